public import LinuxIO
public import Logging
public import NetPrimitives

/// Runs scripts for a daemon without ever forking in its event loop: everything is done by a helper process.
///
/// `start()` before real-time scheduling is requested and before capabilities are dropped: the helper inherits both.
/// Nothing here blocks. What is under way is bounded by the number of checks and queues. When the helper dies it is
/// started again and the last state of every queue is delivered.
public final class ScriptRunner {
  /// A helper that runs.
  private struct Helper {
    /// `nil`: started by the service manager, which looks after it.
    let process: ChildProcess?
    let socket: MessageSocket
    var registrations: [EventLoop.Registration] = []
    /// What the socket had no room for.
    var outbox: [[UInt8]] = []
  }

  private enum State {
    /// Not started yet, or finished.
    case idle
    case running(Helper)
    /// The helper died too soon and is started again by a timer.
    case waiting(EventLoop.TimerID)
  }

  /// Where helpers come from.
  public enum Origin: Hashable, Sendable {
    /// A child of the daemon: the program that calls `ScriptHelperProcess.runIfRequested` first.
    case program(String)
    /// The service manager, which starts a helper for each connection to this socket (SOCK_SEQPACKET), so that scripts
    /// run outside of the daemon's sandbox and without its privileges.
    case serviceManager(socket: String)

    /// The socket that the systemd unit names for it; `nil` elsewhere.
    public static var socketOfUnit: String? {
      FileSystem.environment("VRRPD_SCRIPT_SOCKET").flatMap { $0.isEmpty ? nil : $0 }
    }

    /// The daemon itself.
    public static let ownProgram = Origin.program("/proc/self/exe")
  }

  private let name: String
  private let origin: Origin
  private let loop: EventLoop
  private let logger: Logger
  private let onCheckResult: (CheckID, ScriptResult) -> Void
  private var state = State.idle
  private var dispatcher = ScriptDispatcher(waitingLimit: 16)
  /// A helper that dies, or cannot be started, is replaced at once, and then so often.
  private static let restartInterval = Interval.seconds(1)
  private var lastStart: Instant?
  /// The process groups of what runs, and those that were left by helpers that are gone.
  private var groups: [RunID: Int32] = [:]
  private var leftGroups: [Int32] = []
  /// When the end or want of a helper was logged last.
  private var lastComplaint: Instant?
  /// Called when a helper has been started (true), and when one could not be (false).
  public var onHelper: (Bool) -> Void = { _ in }
  private var draining: (timer: EventLoop.TimerID, completion: () -> Void)?
  private var isFinishing = false

  /// A runner whose helper shows as `<name>-scripts` in the process list.
  ///
  /// - Parameters:
  ///   - origin: where the helper comes from.
  ///   - onCheckResult: gets every check's result, from the event loop; results of notifications are logged.
  public init(
    name: String, loop: EventLoop, logger: Logger, origin: Origin = .ownProgram,
    onCheckResult: @escaping (CheckID, ScriptResult) -> Void
  ) {
    self.name = name
    self.origin = origin
    self.loop = loop
    self.logger = logger
    self.onCheckResult = onCheckResult
  }

  /// What happened so far.
  public var statistics: ScriptStatistics { dispatcher.statistics }

  /// Whether there is a helper to run scripts.
  public var hasHelper: Bool {
    if case .running = state { true } else { false }
  }

  /// The process id of the helper; `nil` while there is none, or where it is not this process's child.
  public var helperPID: Int32? {
    if case .running(let helper) = state { helper.process?.pid } else { nil }
  }

  /// Starts the helper. An error here is final, except that a service manager's socket is tried again; later deaths of
  /// the helper are handled.
  public func start() throws(SystemError) {
    guard case .idle = state else { return }
    if case .program = origin { try startHelper() } else { startAgain() }
  }

  /// Runs a check script once. `false` where its previous run has not ended or the helper is being restarted: nothing
  /// is queued then, and the check's next interval is the next chance.
  @discardableResult
  public func run(_ check: CheckID, _ command: ScriptCommand) -> Bool {
    guard let request = dispatcher.run(check, command) else { return false }
    send(request)
    return true
  }

  /// Starts a program that is to run as long as the daemon, and has no timeout; its end is reported as a check's result
  /// is. `false` as for `run`.
  @discardableResult
  public func serve(_ service: CheckID, _ command: ScriptCommand) -> Bool {
    guard let request = dispatcher.run(service, command, lane: .service) else { return false }
    send(request)
    return true
  }

  /// Ends a check's run, if there is one, without a result: for checks that a reload removed or changed.
  public func cancel(_ check: CheckID) {
    if let request = dispatcher.cancel(check) { send(request) }
  }

  /// Tells a state change: `commands` run one after another (`notify_master`, then `notify`), behind all earlier ones
  /// of the same `queue` (the name of the instance or group), beside those of other queues.
  ///
  /// Where a queue's scripts are slower than its changes, old changes are dropped and counted; the last is delivered.
  public func notify(queue: String, _ commands: [ScriptCommand]) {
    if let request = dispatcher.notify(queue, commands) { send(request) }
  }

  /// Sends a mail, behind all earlier ones of the same `queue`, beside everything else.
  public func mail(queue: String, _ command: ScriptCommand) {
    if let request = dispatcher.notify("mail \(queue)", [command], lane: .mail) { send(request) }
  }

  /// Waits until all notifications are delivered, for `grace` at most, then calls `completion`. One at a time.
  public func drain(within grace: Interval, then completion: @escaping () -> Void) {
    guard draining == nil else { return }
    let timer = loop.startTimer(at: MonotonicClock.now() + grace) { [weak self] in self?.drained() }
    draining = (timer, completion)
    endDrainingIfDone()
  }

  /// Ends the helper and every script: waits until all notifications are delivered, for `grace` at most, then calls
  /// `completion`. No result is reported any more.
  public func finish(within grace: Interval, then completion: @escaping () -> Void) {
    guard !isFinishing else { return }
    isFinishing = true
    drain(within: grace) { [weak self] in
      self?.end()
      completion()
    }
  }

  // MARK: The helper

  private func startHelper() throws(SystemError) {
    lastStart = MonotonicClock.now()
    var helper: Helper
    switch origin {
    case .program(let path): helper = try startProgram(path)
    case .serviceManager(let path):
      let socket = try MessageSocket.connect(to: path)
      helper = Helper(process: nil, socket: socket)
    }
    let socket = helper.socket.descriptor
    helper.registrations = [
      try loop.watch(socket, priority: .control) { [unowned self] readiness in
        if readiness.contains(.writable) { flush() }
        read()
      }
    ]
    if let process = helper.process {
      helper.registrations.append(
        try loop.watch(process.descriptor, priority: .control) { [unowned self] _ in helperEnded() })
    }
    state = .running(helper)
    // Its scripts ended with the last helper, but not what they had started.
    if !leftGroups.isEmpty { send(.endGroups(leftGroups)) }
    leftGroups = []
    for request in dispatcher.helperStarted() { send(request) }
    onHelper(true)
  }

  private func startProgram(_ path: String) throws(SystemError) -> Helper {
    let (ours, theirs) = try MessageSocket.pair()
    var command = ChildProcess.Command(path)
    command.arguments = [
      "\(name)-scripts", ScriptHelperProcess.keyword, String(ScriptHelperProcess.descriptorNumber),
    ]
    command.environment = ProcessEnvironment.all
    // Ctrl-C at a terminal is for the daemon, which still needs the helper then.
    command.leadsGroup = true
    let process = try ChildProcess(
      command, descriptors: [(theirs.descriptor, as: ScriptHelperProcess.descriptorNumber)])
    return Helper(process: process, socket: ours)
  }

  private func helperEnded() {
    // What it had said before it died still counts.
    read()
    guard case .running(let helper) = state else { return }
    let end = (try? helper.process?.exitStatus()).flatMap { $0 }
    for registration in helper.registrations { loop.unwatch(registration) }
    state = .idle
    complain("script helper ended unexpectedly", ["end": "\(end.map { "\($0)" } ?? "unknown")"])
    leftGroups += groups.values
    groups = [:]
    let abandoned = dispatcher.helperDied()
    for check in abandoned { onCheckResult(check, ScriptResult(outcome: .abandoned, duration: .zero)) }
    restart()
  }

  /// At once, but not more often than once in an interval: whatever ends helpers, notifications do not wait long.
  private func restart() {
    let earliest = lastStart.map { $0 + Self.restartInterval } ?? MonotonicClock.now()
    guard earliest > MonotonicClock.now() else { return startAgain() }
    state = .waiting(loop.startTimer(at: earliest) { [unowned self] in startAgain() })
  }

  private func startAgain() {
    state = .idle
    do throws(SystemError) {
      try startHelper()
    } catch {
      complain("cannot start the script helper", ["error": "\(error)"])
      onHelper(false)
      restart()
    }
  }

  /// What goes on and on is said once a minute.
  private func complain(_ message: Logger.Message, _ metadata: Logger.Metadata) {
    let now = MonotonicClock.now()
    if let lastComplaint, now - lastComplaint < .seconds(60) { return }
    lastComplaint = now
    logger.error(message, metadata: metadata)
  }

  /// Says nothing to a helper that is not there: `helperStarted` says it to the next one.
  private func send(_ request: ScriptRequest) {
    guard case .running(var helper) = state else { return }
    guard let message = request.encoded() else { return refuse(request) }
    helper.outbox.append(message)
    state = .running(helper)
    flush()
  }

  /// A command too long for a message was not executed: argument list too long (E2BIG).
  private func refuse(_ request: ScriptRequest) {
    guard case .run(let run, _, _) = request else { return }
    // Not from within the caller: it does not expect the result before `run` has returned.
    loop.startTimer(at: MonotonicClock.now()) { [weak self] in
      self?.receive(
        ScriptReport(run: run, result: ScriptResult(outcome: .notExecuted(errno: 7), duration: .zero)))
    }
  }

  private func flush() {
    guard case .running(var helper) = state, let registration = helper.registrations.first else { return }
    var sent = 0
    do throws(SystemError) {
      while sent < helper.outbox.count, try helper.socket.send(helper.outbox[sent]) { sent += 1 }
      helper.outbox.removeFirst(sent)
      state = .running(helper)
      try loop.change(registration, to: helper.outbox.isEmpty ? .reading : [.reading, .writing])
    } catch {
      abandon(helper)
    }
  }

  /// Reads a bounded number of reports; the loop calls again while there are more.
  private func read() {
    for _ in 0..<64 {
      guard case .running(let helper) = state, !helper.registrations.isEmpty else { return }
      do {
        switch try helper.socket.receive(limit: 4_096) {
        case .message(let bytes):
          switch try ScriptReply(decoding: bytes.span) {
          case .started(let run, let group): groups[run] = group
          case .ended(let report):
            groups[report.run] = nil
            receive(report)
          }
        case .nothing: return
        case .end: return abandon(helper)
        }
      } catch {
        return abandon(helper)
      }
    }
  }

  /// A helper that cannot be talked to is of no use. The end of a child is handled when the kernel reports it; another's
  /// end is that it cannot be talked to, handled in a turn of its own because callers expect no results yet.
  private func abandon(_ helper: Helper) {
    guard let socket = helper.registrations.first else { return }
    loop.unwatch(socket)
    if let process = helper.process {
      try? process.send(.kill)
    } else {
      var helper = helper
      helper.registrations = []
      state = .running(helper)
      loop.startTimer(at: MonotonicClock.now()) { [weak self] in self?.helperEnded() }
    }
  }

  private func receive(_ report: ScriptReport) {
    guard let (completion, next) = dispatcher.receive(report) else { return }
    if let next { send(next) }
    switch completion {
    case .check(let check, let result):
      if !isFinishing { onCheckResult(check, result) }
    case .notification(let queue, let command, let result): log(queue, command, result)
    }
    endDrainingIfDone()
  }

  private func log(_ queue: String, _ command: ScriptCommand, _ result: ScriptResult) {
    let isMail = command.arguments.dropFirst().first == MailProcess.keyword
    let what = isMail ? "mail" : "notify script"
    var metadata: Logger.Metadata = ["instance": "\(queue)"]
    if !isMail { metadata["script"] = "\(command.arguments.first ?? "")" }
    if result.outcome.isSuccess {
      logger.debug("\(what) \(result)", metadata: metadata)
    } else {
      logger.warning("\(what) \(result)", metadata: metadata)
    }
  }

  // MARK: The end

  private func endDrainingIfDone() {
    if draining != nil, dispatcher.notificationsAreDone { drained() }
  }

  private func drained() {
    guard let (timer, completion) = draining else { return }
    draining = nil
    loop.cancelTimer(timer)
    completion()
  }

  /// Closes the socket, upon which the helper kills what still runs and ends.
  private func end() {
    dispatcher.dropNotifications()
    switch state {
    case .running(let helper): for registration in helper.registrations { loop.unwatch(registration) }
    case .waiting(let timer): loop.cancelTimer(timer)
    case .idle: break
    }
    state = .idle
  }
}
