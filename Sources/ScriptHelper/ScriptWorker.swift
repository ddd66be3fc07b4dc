import LinuxIO
import NetPrimitives

/// The helper's work: starts what it is told, watches it, says how it ended. It knows nothing about order or states.
final class ScriptWorker: EventLoopDriver {
  /// How many run at once in each lane: beyond that they wait for their turn.
  struct Limits {
    var checks = 128
    var notifications = 64
    var mails = 8
    var services = 16
  }

  /// A script that runs.
  private struct Child {
    let process: ChildProcess
    let registration: EventLoop.Registration
    let lane: ScriptLane
    let started: Instant
    let output: SealedFile?
    var timer: EventLoop.TimerID?
    var wasKilled = false
  }

  /// What waits for its turn in one lane.
  private struct Lane {
    var limit: Int
    var running = 0
    var waiting: [(run: RunID, command: ScriptCommand)] = []
  }

  /// From SIGTERM to SIGKILL.
  private static let grace = Interval.seconds(2)
  /// How much a script may write to its standard error.
  private static let outputLimit = 256 * 1024

  private let loop: EventLoop
  private let socket: MessageSocket
  private let null: FileDescriptor
  private let inherited = ProcessEnvironment.all
  private var registration: EventLoop.Registration?
  private var checks: Lane
  private var notifications: Lane
  private var mails: Lane
  private var services: Lane
  private var children: [RunID: Child] = [:]
  private var outbox: [[UInt8]] = []

  let nextDeadline: Instant? = nil
  func deadlinesReached(at now: Instant) {}

  init(_ socket: MessageSocket, limits: Limits = Limits()) throws(SystemError) {
    self.socket = socket
    loop = try EventLoop()
    null = try FileDescriptor.devNull()
    checks = Lane(limit: limits.checks)
    notifications = Lane(limit: limits.notifications)
    mails = Lane(limit: limits.mails)
    services = Lane(limit: limits.services)
  }

  /// Works until the daemon is gone, then kills what still runs.
  func run() throws(SystemError) {
    registration = try loop.watch(socket.descriptor, priority: .control) { [unowned self] readiness in
      if readiness.contains(.writable) { flush() }
      read()
    }
    try loop.run(self)
    for child in children.values { signal(child, .kill) }
  }

  // MARK: The daemon

  /// Reads a bounded number of messages; the loop calls again while there are more.
  private func read() {
    for _ in 0..<32 {
      do {
        switch try socket.receive(limit: scriptMessageLimit) {
        case .message(let bytes): obey(try ScriptRequest(decoding: bytes.span))
        case .nothing: return
        case .end: return loop.stop()
        }
      } catch {
        // Without understanding there is no use in going on: the daemon starts another helper.
        return loop.stop()
      }
    }
  }

  private func obey(_ request: ScriptRequest) {
    switch request {
    case .run(let run, let lane, let command):
      withLane(lane) { $0.waiting.append((run, command)) }
      startWaiting(lane)
    case .endGroups(let groups):
      for group in groups { ProcessControl.endGroup(group) }
    case .examine(let program, let user):
      outbox.append(ScriptExamination(of: program, as: user).encoded())
      flush()
    case .cancel(let run):
      for lane in [ScriptLane.check, .notify, .mail, .service] {
        withLane(lane) { $0.waiting.removeAll { $0.run == run } }
      }
      terminate(run)
    }
  }

  private func report(_ run: RunID, _ result: ScriptResult) {
    say(.ended(ScriptReport(run: run, result: result)))
  }

  private func say(_ reply: ScriptReply) {
    outbox.append(reply.encoded())
    flush()
  }

  /// Sends what fits. What waits is bounded by what runs: two replies for each run.
  private func flush() {
    do {
      while let message = outbox.first {
        guard try socket.send(message) else { break }
        outbox.removeFirst()
      }
      if let registration { try loop.change(registration, to: outbox.isEmpty ? .reading : [.reading, .writing]) }
    } catch {
      loop.stop()
    }
  }

  // MARK: Scripts

  private func withLane(_ lane: ScriptLane, _ change: (inout Lane) -> Void) {
    switch lane {
    case .check: change(&checks)
    case .notify: change(&notifications)
    case .mail: change(&mails)
    case .service: change(&services)
    }
  }

  private func startWaiting(_ lane: ScriptLane) {
    var next: [(run: RunID, command: ScriptCommand)] = []
    withLane(lane) { lane in
      let room = min(lane.limit - lane.running, lane.waiting.count)
      next = Array(lane.waiting.prefix(room))
      lane.waiting.removeFirst(next.count)
      lane.running += next.count
    }
    for (run, command) in next { start(run, command, lane) }
  }

  private func start(_ run: RunID, _ command: ScriptCommand, _ lane: ScriptLane) {
    let started = MonotonicClock.now()
    // The last look before the run, in the place and with the rights that it has.
    if command.isSecured, let path = command.arguments.first,
      let problem = ScriptSecurity.problem(of: path, as: command.user, in: .system), problem.isSecurityOnly
    {
      withLane(lane) { $0.running -= 1 }
      let refusal = ScriptResult(
        outcome: .notExecuted(errno: 1), duration: .zero,
        errorLine: String(decoding: "\(problem)".utf8.prefix(1_000), as: UTF8.self))
      return report(run, refusal)
    }
    // Without memory for it the script runs all the same, and its last words are not reported.
    let output = lane == .service ? nil : try? SealedFile(size: Self.outputLimit)
    do throws(SystemError) {
      let process = try execute(command, output: output)
      // First of all, so that whoever comes after this helper can end what it leaves.
      say(.started(run, group: process.pid))
      let registration: EventLoop.Registration
      do throws(SystemError) {
        registration = try loop.watch(process.descriptor, priority: .control) { [unowned self] _ in ended(run) }
      } catch {
        try? process.sendToGroup(.kill)
        throw error
      }
      let timer =
        lane == .service ? nil : loop.startTimer(at: started + command.timeout) { [unowned self] in terminate(run) }
      children[run] = Child(
        process: process, registration: registration, lane: lane, started: started, output: output, timer: timer)
    } catch {
      withLane(lane) { $0.running -= 1 }
      report(run, ScriptResult(outcome: .notExecuted(errno: error.code.rawValue), duration: .zero))
    }
  }

  /// Starts the program; a file that is a program of no kind the kernel knows is given to the shell, as execvp(3) does.
  private func execute(_ command: ScriptCommand, output: SealedFile?) throws(SystemError) -> ChildProcess {
    guard let path = command.arguments.first else { throw SystemError("execve", .noSuchFile) }
    var program = ChildProcess.Command(path)
    program.arguments = command.arguments
    program.environment = ScriptEnvironment.make(from: inherited, adding: command.environment)
    program.leadsGroup = true
    program.deathSignal = .kill
    program.clearsCapabilities = true
    program.identity = identity(of: command.user)
    // Every child starts with the mask of its own command.
    ProcessControl.setFileMask(command.fileMask)
    let descriptors = [(null, as: Int32(0)), (null, as: 1), (output?.descriptor ?? null, as: 2)]
    do throws(SystemError) {
      return try ChildProcess(program, descriptors: descriptors)
    } catch {
      guard error.code == .notExecutable else { throw error }
      program.path = "/bin/sh"
      program.arguments.insert("sh", at: 0)
      program.arguments[1] = path
      return try ChildProcess(program, descriptors: descriptors)
    }
  }

  /// An unprivileged helper cannot take an identity, and need not where it is its own.
  private func identity(of user: ScriptUser) -> ChildProcess.Identity? {
    let own = ProcessControl.effectiveUser
    if own != 0, user.uid == own, user.gid == ProcessControl.effectiveGroup { return nil }
    return ChildProcess.Identity(uid: user.uid, gid: user.gid, groups: user.supplementaryGroups)
  }

  /// The time is over: SIGTERM for all of the group, SIGKILL for those it does not impress.
  private func terminate(_ run: RunID) {
    guard var child = children[run], !child.wasKilled else { return }
    child.wasKilled = true
    signal(child, .terminate)
    if let timer = child.timer { loop.cancelTimer(timer) }
    child.timer = loop.startTimer(at: MonotonicClock.now() + Self.grace) { [unowned self] in
      if let child = children[run] { signal(child, .kill) }
    }
    children[run] = child
  }

  private func ended(_ run: RunID) {
    guard let child = children[run] else { return }
    // Its leader is gone, but not yet collected, so the number of the group is still its own.
    if child.wasKilled { signal(child, .kill) }
    let status: ChildProcess.ExitStatus?
    do throws(SystemError) {
      status = try child.process.exitStatus()
      guard status != nil else { return }
    } catch {
      status = nil
    }
    loop.unwatch(child.registration)
    if let timer = child.timer { loop.cancelTimer(timer) }
    children[run] = nil
    withLane(child.lane) { $0.running -= 1 }
    let duration = MonotonicClock.now() - child.started
    report(run, ScriptResult(outcome: outcome(child, status), duration: duration, errorLine: lastLine(of: child)))
    startWaiting(child.lane)
  }

  private func outcome(_ child: Child, _ status: ChildProcess.ExitStatus?) -> ScriptOutcome {
    if child.wasKilled { return .timedOut }
    return switch status {
    case .exited(let status): .exited(status: status)
    case .killed(let signal): .signalled(signal)
    case nil: .abandoned
    }
  }

  private func lastLine(of child: Child) -> String? {
    guard let bytes = try? child.output?.tail(limit: 4_096) else { return nil }
    let lines = bytes.split(separator: UInt8(ascii: "\n"))
    guard let last = lines.last(where: { line in line.contains { $0 > UInt8(ascii: " ") } }) else { return nil }
    // Nothing a script says may forge a line of the log or drive a terminal.
    let printable = last.prefix(200).map { $0 < 0x20 || $0 == 0x7F ? UInt8(ascii: " ") : $0 }
    return String(decoding: printable, as: UTF8.self)
  }

  /// A group that is gone already is no error.
  private func signal(_ child: Child, _ signal: Signal) {
    try? child.process.sendToGroup(signal)
  }
}
