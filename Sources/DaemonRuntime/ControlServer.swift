public import ControlInterface
public import LinuxIO
public import Logging
internal import NetPrimitives
public import Varlink

/// A daemon's control socket: accepts clients, answers them from the daemon, tells subscribers what changes.
///
/// Everything that clients make it do is done in small steps among the control work of the event loop, a few per turn, and
/// within one budget (`ControlBudget`): so no number of clients and no request can delay a packet.
public final class ControlServer<Handler: ControlHandler> {
  private let loop: EventLoop
  private let listener: StreamListener
  private unowned let handler: Handler
  private let service: ServiceDescription
  private let logger: Logger
  private let refusalLog: LimitedLog
  private var log: EventLog<Handler.State, Handler.Change>
  private var isClosed = false

  /// The listener and all clients. While the server rests the loop does not watch it.
  private let group: DescriptorGroup
  private var groupRegistration: EventLoop.Registration?
  private var isWatching = true
  /// Whether one of the group may be ready.
  private var hasInput = false
  /// Whether input goes before those who are in a queue; they take turns.
  private var isInputTurn = true

  private var clients: [UInt64: ControlPeer<Handler>] = [:]
  private var lastToken = ControlServer.listenerToken
  private var places: ControlPlaces
  private var queues = ControlQueues<Handler>()
  private var budget = ControlBudget()
  private var scheduled: (instant: Instant, timer: EventLoop.TimerID)?
  /// The client that is being answered.
  private var served: ControlPeer<Handler>?
  private var refusals: [ControlRefusal: Int] = [:]
  /// Given up for a moment to accept, and turn away, a client that no descriptor is left for.
  private var spare: FileDescriptor?

  private static var listenerToken: UInt64 { 0 }

  /// Listens on the socket `path` with mode 0660, in a directory that is made (mode 0750) where it is missing. A file
  /// left by a process that is gone is replaced.
  ///
  /// `handler` must outlive the server. `logCapacity` is how many changes a subscriber may be behind before it gets the
  /// full state again. `partner` is the user of the other daemon, who has places of its own.
  public convenience init(
    loop: EventLoop, path: String, handler: Handler, service: ServiceDescription, logger: Logger,
    partner: UInt32? = nil, logCapacity: Int = 2_048
  ) throws(ControlServerError) {
    let limit = (try? ProcessControl.limit(.openFiles).soft) ?? 1_024
    try self.init(
      loop: loop, path: path, handler: handler, service: service, logger: logger,
      places: ControlPlaces(
        ownUser: ProcessControl.effectiveUser, partner: partner, descriptorLimit: Int(clamping: limit)),
      logCapacity: logCapacity)
  }

  init(
    loop: EventLoop, path: String, handler: Handler, service: ServiceDescription, logger: Logger,
    places: ControlPlaces, logCapacity: Int
  ) throws(ControlServerError) {
    self.loop = loop
    self.handler = handler
    self.service = service
    self.logger = logger
    self.places = places
    refusalLog = LimitedLog("control clients turned away", logger: logger, loop: loop)
    log = EventLog(capacity: logCapacity)
    do throws(SystemError) {
      if let slash = path.lastIndex(of: "/"), slash != path.startIndex {
        try FileSystem.makeDirectory(String(path[..<slash]), mode: 0o750)
      }
      group = try DescriptorGroup()
      spare = try FileDescriptor.devNull()
      listener = try StreamListener(path: path)
    } catch {
      throw ControlServerError(path: path, cause: error)
    }
    do throws(SystemError) {
      try group.add(listener.descriptor, for: .reading, token: Self.listenerToken)
      groupRegistration = try loop.watch(group.descriptor, priority: .control) { [weak self] _ in self?.inputCame() }
    } catch {
      throw ControlServerError(path: path, cause: error)
    }
  }

  /// How the socket is used now.
  public var use: ControlUse {
    var use = ControlUse()
    use.clients = clients.count
    for (reason, count) in refusals { use.refusals[reason.rawValue] = count }
    return use
  }

  /// Tells subscribers that the object called `name` changed.
  public func publish(_ change: Handler.Change, of name: String) {
    publish(.change, name: name, change: change)
  }

  /// Tells subscribers what the object called `name` is like now: it is new, or was configured anew.
  public func publishState(of name: String) {
    publish(.state, name: name)
  }

  /// Tells subscribers that there is no object called `name` any more.
  public func publishRemoval(of name: String) {
    publish(.removed, name: name)
  }

  private func publish(_ kind: MonitorEventKind, name: String, change: Handler.Change? = nil) {
    log.append(kind, name: name, change: change, time: now)
    // The client whose call made the change is not waiting for news; its connection is in use.
    for client in clients.values where client !== served && client.connection.isMonitoring { makeReady(client) }
  }

  /// Ends all connections and removes the socket file. The second time it does nothing: the file may be a successor's.
  public func close() {
    guard !isClosed else { return }
    isClosed = true
    if let groupRegistration { loop.unwatch(groupRegistration) }
    groupRegistration = nil
    for client in clients.values { client.close() }
    clients = [:]
    queues = ControlQueues()
    hasInput = false
    listener.removeFile()
  }

  /// Microseconds since the Unix epoch.
  private var now: Int { Int(WallClock.now() / 1_000) }

  // MARK: When work is done

  /// One of the group is ready.
  private func inputCame() {
    hasInput = true
    guard loop.wakeUp.monotonic < budget.restsUntil else { return work() }
    setWatching(false)
    schedule(loop.wakeUp.monotonic)
  }

  /// The client has something to do.
  private func makeReady(_ client: ControlPeer<Handler>) {
    queues.add(client, hasNews: client.connection.hasNews(log))
    schedule(loop.wakeUp.monotonic)
  }

  /// Work is done by a timer of the turn of `earliest`, or at the end of the rest where nobody waits whom that does not
  /// hold up.
  private func schedule(_ earliest: Instant) {
    guard hasInput || !queues.isEmpty else { return }
    let instant = queues.isUrgent ? earliest : max(earliest, budget.restsUntil)
    if let scheduled {
      guard instant < scheduled.instant else { return }
      loop.cancelTimer(scheduled.timer)
    }
    scheduled = (instant, loop.startTimer(at: instant) { [weak self] in self?.work() })
  }

  /// Whether the loop hears of input.
  private func setWatching(_ isWanted: Bool) {
    guard isWanted != isWatching, let groupRegistration else { return }
    do throws(SystemError) {
      try loop.change(groupRegistration, to: isWanted ? .reading : [])
      isWatching = isWanted
    } catch {
      logger.error("control socket: \(error)")
    }
  }

  // MARK: Work

  /// A bounded number of steps. Work that is left is done in the next turn, after its packets, or after a rest.
  private func work() {
    if let scheduled { loop.cancelTimer(scheduled.timer) }
    scheduled = nil
    guard !isClosed else { return }
    let start = MonotonicClock.now()
    let isAtRest = start < budget.restsUntil
    var touched: [ControlPeer<Handler>] = []
    for step in 0..<ControlBudget.stepsPerTurn {
      if step > 0, MonotonicClock.now() - start > ControlBudget.turn { break }
      if let client = queues.nextUrgent() {
        answer(client, &touched)
      } else if isAtRest || !takeTurn(&touched) {
        break
      }
    }
    for client in touched where client.isOpen { flush(client) }
    if !isAtRest { budget.worked(from: start, to: MonotonicClock.now()) }
    // What may be ready is looked at after the rest; until then the loop does not hear of it.
    setWatching(!hasInput)
    schedule(loop.wakeUp.monotonic + .nanoseconds(1))
  }

  /// Does something for those who wait for rests; whether there was anything.
  private func takeTurn(_ touched: inout [ControlPeer<Handler>]) -> Bool {
    isInputTurn.toggle()
    if isInputTurn, takeInput() { return true }
    if let client = queues.next() {
      answer(client, &touched)
      return true
    }
    return takeInput()
  }

  /// Takes a step of answering the client.
  private func answer(_ client: ControlPeer<Handler>, _ touched: inout [ControlPeer<Handler>]) {
    guard client.isOpen else { return }
    served = client
    defer { served = nil }
    do {
      switch try client.connection.step(handler, service, log, now: now) {
      case .worked: queues.add(client, hasNews: client.connection.hasNews(log))
      case .refused: count(.callSize, user: client.user)
      case .waitsForClient, .waitsForOutput: break
      }
      client.connection.pendingReply?.whenComplete { [weak self, weak client] in
        if let client { self?.makeReady(client) }
      }
      touched.append(client)
    } catch {
      drop(client, because: error)
    }
  }

  private func flush(_ client: ControlPeer<Handler>) {
    do {
      if try client.flush(), client.queue == .none { queues.add(client, hasNews: client.connection.hasNews(log)) }
      if client.isFinished { drop(client, because: nil) }
    } catch {
      drop(client, because: error)
    }
  }

  private func drop(_ client: ControlPeer<Handler>, because error: (any Error)?) {
    guard client.isOpen else { return }
    if let error { logger.debug("control client dropped: \(error)") }
    queues.remove(client)
    client.close()
    clients[client.token] = nil
    places.giveBack(user: client.user)
  }

  // MARK: Input

  /// Serves one of the group that is ready; whether there was any.
  private func takeInput() -> Bool {
    guard hasInput else { return false }
    do throws(SystemError) {
      guard let event = try group.next() else {
        hasInput = false
        return false
      }
      if event.token == Self.listenerToken {
        accept()
      } else if let client = clients[event.token] {
        read(client, event.readiness)
      }
      return true
    } catch {
      logger.error("control socket: \(error)")
      hasInput = false
      return false
    }
  }

  private func read(_ client: ControlPeer<Handler>, _ readiness: EventLoop.Readiness) {
    do {
      try client.handle(readiness)
      queues.add(client, hasNews: client.connection.hasNews(log))
    } catch {
      drop(client, because: error)
    }
  }

  private func accept() {
    do throws(SystemError) {
      guard let stream = try listener.accept() else { return }
      try admit(stream)
    } catch {
      let isOutOfDescriptors = error.code == .tooManyOpenFiles || error.code == .tooManyOpenFilesInSystem
      guard isOutOfDescriptors, spare != nil else { return stopAccepting(error) }
      turnAwayWithSpare()
    }
  }

  private func admit(_ stream: StreamConnection) throws(SystemError) {
    let user = try stream.peer().uid
    if let refusal = places.take(user: user, descriptor: Int(stream.descriptor.rawValue)) {
      return turnAway(stream, user: user, because: refusal)
    }
    lastToken += 1
    do throws(SystemError) {
      clients[lastToken] = try ControlPeer(
        stream, user: user, rank: places.rank(of: user), token: lastToken, group: group)
    } catch {
      places.giveBack(user: user)
      throw error
    }
  }

  /// The client is told why, as far as its socket takes that.
  private func turnAway(_ stream: StreamConnection, user: UInt32, because refusal: ControlRefusal) {
    count(refusal, user: user)
    var wire = ServerConnection()
    try? wire.refuse(Handler.tooManyClients(refusal.reason))
    _ = try? stream.write(wire.output.takeAll().span)
  }

  /// There is no descriptor left for a client. It is accepted with the one that is kept for this: otherwise it would wait
  /// in the queue and keep all others from being heard.
  private func turnAwayWithSpare() {
    spare = nil
    if let stream = try? listener.accept(), let user = try? stream.peer().uid {
      turnAway(stream, user: user, because: .descriptors)
    }
    spare = try? FileDescriptor.devNull()
  }

  /// The clients wait in the queue; look again when the trouble may be over.
  private func stopAccepting(_ error: SystemError) {
    logger.warning("control socket: \(error)")
    try? group.change(listener.descriptor, to: [], token: Self.listenerToken)
    loop.startTimer(at: MonotonicClock.now() + .seconds(1)) { [weak self] in
      guard let self, !isClosed else { return }
      if spare == nil { spare = try? FileDescriptor.devNull() }
      try? group.change(listener.descriptor, to: .reading, token: Self.listenerToken)
    }
  }

  private func count(_ refusal: ControlRefusal, user: UInt32) {
    refusals[refusal, default: 0] += 1
    refusalLog.log(
      .controlRefused, .warning, "control socket: a client of user \(user) was turned away: \(refusal.reason)",
      [.reason: refusal.rawValue])
  }
}

/// How a control socket is used.
public struct ControlUse: Sendable {
  /// Clients connected.
  public internal(set) var clients = 0
  /// How many were turned away, or had a call refused, by reason.
  public internal(set) var refusals: [String: Int] = [:]

  /// Nobody was there yet.
  public init() {}
}

/// Why a control socket cannot be opened: one line for the log.
public struct ControlServerError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The socket's path.
  public let path: String
  /// The system call that failed.
  public let cause: SystemError

  /// What an operator needs to know.
  public var description: String {
    guard cause.code == .addressInUse else { return "control socket \(path): \(cause)" }
    let kind = (try? FileSystem.status(path, followingLinks: false)).flatMap { $0 }?.kind
    let stranger: String? =
      switch kind {
      case .regular: "a file"
      case .directory: "a folder"
      case .link: "a symbolic link"
      case .fifo: "a named pipe"
      case .characterDevice, .blockDevice: "a device"
      case .socket, nil: nil
      }
    return stranger.map { "control socket \(path): \($0) is in its place, which is not of our making: remove it" }
      ?? "control socket \(path): another daemon is using it"
  }
}
