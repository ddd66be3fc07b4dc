public import ControlInterface
public import LinuxIO
public import Logging
internal import NetPrimitives
public import Varlink

/// A daemon's control socket: accepts clients, answers them from the daemon, tells subscribers what changes.
///
/// It runs among the control work of the event loop, a bounded number of small steps per turn, so that no number of
/// clients and no request can delay a packet.
public final class ControlServer<Handler: ControlHandler> {
  /// Clients served at once; more are turned away.
  public static var clientLimit: Int { 64 }
  /// Further places that only root and the daemon's own user get, so that others cannot lock the operator out.
  public static var reservedClients: Int { 8 }
  /// Steps (one call, or one object written) per turn of the loop, for all clients together.
  static var stepsPerTurn: Int { 8 }
  /// The time after which no further step begins in a turn, however slow this machine is.
  static var turnBudget: Interval { .microseconds(100) }
  /// How many times as long as it worked the server rests while there is more to do. Without rest a client that asks again
  /// and again would keep the daemon busy all the time, and the kernel lets those wait who always want to run.
  static var restFactor: Int64 { 3 }

  /// The number of clients connected.
  public var clientCount: Int { clients.count }

  private let loop: EventLoop
  private let listener: StreamListener
  private unowned let handler: Handler
  private let service: ServiceDescription
  private let logger: Logger
  private var log: EventLog<Handler.State, Handler.Change>
  private var listening: EventLoop.Registration?
  private var isClosed = false
  private var clients: [ObjectIdentifier: ControlPeer<Handler>] = [:]
  /// Clients that have work to do, in turn: subscribers who have to be told of changes, and all others. A client is in one
  /// of them, once.
  private var news: [ControlPeer<Handler>] = []
  private var ready: [ControlPeer<Handler>] = []
  private var scheduled: (instant: Instant, timer: EventLoop.TimerID)?
  /// Until when no work is done, but for news.
  private var restsUntil = Instant.zero
  /// The client that is being answered.
  private var served: ControlPeer<Handler>?

  /// Listens on the socket `path` with mode 0660, in a directory that is made (mode 0750) where it is missing. A file
  /// left by a process that is gone is replaced.
  ///
  /// `handler` must outlive the server. `logCapacity` is how many changes a subscriber may be behind before it gets the
  /// full state again.
  public init(
    loop: EventLoop, path: String, handler: Handler, service: ServiceDescription, logger: Logger,
    logCapacity: Int = 2_048
  ) throws(ControlServerError) {
    self.loop = loop
    self.handler = handler
    self.service = service
    self.logger = logger
    log = EventLog(capacity: logCapacity)
    do throws(SystemError) {
      if let slash = path.lastIndex(of: "/"), slash != path.startIndex {
        try FileSystem.makeDirectory(String(path[..<slash]), mode: 0o750)
      }
      listener = try StreamListener(path: path)
    } catch {
      throw ControlServerError(path: path, cause: error)
    }
    do throws(SystemError) {
      listening = try loop.watch(listener.descriptor, priority: .control) { [weak self] _ in self?.accept() }
    } catch {
      throw ControlServerError(path: path, cause: error)
    }
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
    for client in clients.values where client !== served && client.connection.isMonitoring {
      makeReady(client, isNews: true)
    }
  }

  /// Ends all connections and removes the socket file. The second time it does nothing: the file may be a successor's.
  public func close() {
    guard !isClosed else { return }
    isClosed = true
    if let listening { loop.unwatch(listening) }
    listening = nil
    for client in clients.values { client.close() }
    clients = [:]
    news = []
    ready = []
    listener.removeFile()
  }

  /// Microseconds since the Unix epoch.
  private var now: Int { Int(WallClock.now() / 1_000) }

  // MARK: Clients

  private func accept() {
    do throws(SystemError) {
      for _ in 0..<Self.stepsPerTurn {
        guard let stream = try listener.accept() else { return }
        try admit(stream)
      }
    } catch {
      // Too many open files, most likely. The client waits in the queue; look again when others had time to leave.
      logger.warning("control socket: \(error)")
      pauseListening()
    }
  }

  private func pauseListening() {
    guard let listening else { return }
    loop.unwatch(listening)
    self.listening = nil
    loop.startTimer(at: MonotonicClock.now() + .seconds(1)) { [weak self] in self?.resumeListening() }
  }

  private func resumeListening() {
    guard !isClosed else { return }
    do throws(SystemError) {
      listening = try loop.watch(listener.descriptor, priority: .control) { [weak self] _ in self?.accept() }
    } catch {
      logger.error("control socket: \(error)")
    }
  }

  private func admit(_ stream: StreamConnection) throws(SystemError) {
    let peer = try stream.peer()
    let mayChange = peer.uid == 0 || peer.uid == ProcessControl.effectiveUser
    guard clients.count < Self.clientLimit + (mayChange ? Self.reservedClients : 0) else { return }
    let client = ControlPeer<Handler>(stream, loop: loop, mayChange: mayChange)
    try client.watch { [weak self, unowned client] readiness in self?.serve(client, readiness) }
    clients[ObjectIdentifier(client)] = client
  }

  private func serve(_ client: ControlPeer<Handler>, _ readiness: EventLoop.Readiness) {
    do {
      try client.handle(readiness)
      makeReady(client)
    } catch {
      drop(client, because: error)
    }
  }

  private func drop(_ client: ControlPeer<Handler>, because error: (any Error)?) {
    if let error { logger.debug("control client dropped: \(error)") }
    client.close()
    clients[ObjectIdentifier(client)] = nil
  }

  // MARK: Work

  /// The client has something to do. News go before what others asked for, and wait for no rest: a failover may depend on
  /// them.
  private func makeReady(_ client: ControlPeer<Handler>, isNews: Bool = false) {
    if client.queue == .none || isNews && client.queue == .requests {
      if client.queue == .requests { ready.removeAll { $0 === client } }
      enqueue(client, isNews ? .news : .requests)
    }
    schedule(loop.wakeUp.monotonic)
  }

  private func enqueue(_ client: ControlPeer<Handler>, _ queue: ControlQueue) {
    client.queue = queue
    if queue == .news { news.append(client) } else { ready.append(client) }
  }

  /// The next client to do a step for; requests wait while the server rests.
  private func dequeue(atRest: Bool) -> ControlPeer<Handler>? {
    if !news.isEmpty { return news.removeFirst() }
    return atRest || ready.isEmpty ? nil : ready.removeFirst()
  }

  /// Work is done by a timer of the turn of `earliest`, or at the end of the rest where there are no news.
  private func schedule(_ earliest: Instant) {
    guard !news.isEmpty || !ready.isEmpty else { return }
    let instant = news.isEmpty ? max(earliest, restsUntil) : earliest
    if let scheduled {
      guard instant < scheduled.instant else { return }
      loop.cancelTimer(scheduled.timer)
    }
    scheduled = (instant, loop.startTimer(at: instant) { [weak self] in self?.work() })
  }

  /// A bounded number of steps, one for each client that has something to do and then again from the first. Work that is
  /// left is done in the next turn, after its packets, or after a rest.
  private func work() {
    scheduled = nil
    let start = MonotonicClock.now()
    let atRest = start < restsUntil
    var touched: [ControlPeer<Handler>] = []
    for step in 0..<Self.stepsPerTurn {
      if step > 0, MonotonicClock.now() - start > Self.turnBudget { break }
      guard let client = dequeue(atRest: atRest) else { break }
      let queue = client.queue
      client.queue = .none
      guard client.isOpen else { continue }
      served = client
      defer { served = nil }
      do {
        if try client.connection.step(handler, service, log, now: now) == .worked { enqueue(client, queue) }
        client.connection.pendingReply?.whenComplete { [weak self, weak client] in
          if let client { self?.makeReady(client) }
        }
        touched.append(client)
      } catch {
        drop(client, because: error)
      }
    }
    for client in touched where client.isOpen { flush(client) }
    if !atRest {
      let end = MonotonicClock.now()
      restsUntil = end + (end - start) * Self.restFactor
    }
    schedule(loop.wakeUp.monotonic + .nanoseconds(1))
  }

  private func flush(_ client: ControlPeer<Handler>) {
    do {
      if try client.flush(), client.queue == .none { enqueue(client, .requests) }
      if client.isFinished { drop(client, because: nil) }
    } catch {
      drop(client, because: error)
    }
  }
}

/// Why a control socket cannot be opened: one line for the log.
public struct ControlServerError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The socket's path.
  public let path: String
  /// The system call that failed.
  public let cause: SystemError

  /// What an operator needs to know.
  public var description: String {
    cause.code == .addressInUse
      ? "control socket \(path): another daemon is using it" : "control socket \(path): \(cause)"
  }
}
