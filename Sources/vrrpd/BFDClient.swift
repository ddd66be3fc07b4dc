import ControlInterface
import DaemonRuntime
import LinuxIO
import Logging
import NetPrimitives
import VRRPCore
import Varlink

/// The subscription to bfdd: connects, reads, and connects again for as long as vrrpd runs. Nothing here waits.
final class BFDClient {
  private let path: String
  private let loop: EventLoop
  private let logger: Logger
  private let onReport: (String, BFDReport) -> Void
  private var feed = BFDFeed()
  private var connection: (stream: StreamConnection, registration: EventLoop.Registration, wire: ClientConnection)?
  private var retryDelay = BFDClient.firstRetry
  private var retryTimer: EventLoop.TimerID?
  private var isWanted = false

  private static let firstRetry = Interval.milliseconds(50)
  private static let longestRetry = Interval.seconds(1)
  /// While bfdd's queue of connections is full.
  private static let crowdedRetry = Interval.milliseconds(10)
  /// More than any session needs; a reply longer than this is no bfdd's.
  private static let replyLimit = 1 << 16

  /// A client that is not connected yet. `onReport` gets every session's state when it is told and when it changes.
  init(path: String, loop: EventLoop, logger: Logger, onReport: @escaping (String, BFDReport) -> Void) {
    self.path = path
    self.loop = loop
    self.logger = logger
    self.onReport = onReport
  }

  /// Whether the states are bfdd's present ones, and not those of a lost connection.
  var isCurrent: Bool { feed.isComplete }
  /// Whether a connection is wanted: some instance tracks a session.
  var isUsed: Bool { isWanted }
  /// The last known state of every session.
  var sessions: [String: BFDReport] { feed.sessions }

  /// Connects, or ends the connection, as it is wanted or not.
  func setWanted(_ wanted: Bool) {
    guard wanted != isWanted else { return }
    isWanted = wanted
    if wanted {
      connect()
    } else {
      close()
      if let retryTimer { loop.cancelTimer(retryTimer) }
      retryTimer = nil
    }
  }

  private func connect() {
    retryTimer = nil
    guard isWanted, connection == nil else { return }
    do {
      let stream = try StreamConnection.connect(to: path)
      var wire = ClientConnection(replyLimit: Self.replyLimit)
      try wire.call("dev.baton.bfd.Monitor", NoParameters(), more: true)
      // Among the packets: what it says can be as urgent as a missing advertisement.
      let registration = try loop.watch(stream.descriptor, for: [.reading, .writing], priority: .packet) {
        [weak self] in self?.ready($0)
      }
      connection = (stream, registration, wire)
    } catch {
      // Where others fill the queue, patience is for them: bfdd is there, and empties it.
      let isCrowded = (error as? SystemError)?.code == .wouldBlock
      retry(after: isCrowded ? Self.crowdedRetry : nil)
    }
  }

  private func retry(after delay: Interval? = nil) {
    guard isWanted, retryTimer == nil else { return }
    retryTimer = loop.startTimer(at: MonotonicClock.now() + (delay ?? retryDelay)) { [weak self] in self?.connect() }
    if delay == nil { retryDelay = min(retryDelay * 2, Self.longestRetry) }
  }

  private func ready(_ readiness: EventLoop.Readiness) {
    do {
      if readiness.contains(.writable) { try write() }
      if !readiness.isDisjoint(with: [.readable, .closed, .failed]) { try read() }
    } catch {
      lost("\(error)")
    }
  }

  private func write() throws {
    guard let stream = connection?.stream else { return }
    try connection?.wire.output.drain { bytes in
      guard case .bytes(let count) = try stream.write(bytes) else { return 0 }
      return count
    }
    if let current = connection, current.wire.output.isEmpty { try loop.change(current.registration, to: .reading) }
  }

  private func read() throws {
    guard let stream = connection?.stream else { return }
    var bytes: [UInt8] = []
    switch try stream.read(into: &bytes, limit: 65_536) {
    case .wouldBlock: return
    case .endOfStream: return lost("it closed the connection")
    case .bytes: break
    }
    connection?.wire.receive(bytes.span)
    while let reply = try connection?.wire.nextReply() {
      if let error = reply.error { return lost("\(error)") }
      take(try reply.parameters(as: MonitorReply<SessionEvent>.self).event)
    }
  }

  private func take(_ event: SessionEvent) {
    let wasComplete = feed.isComplete
    for (name, report) in feed.take(event) { onReport(name, report) }
    guard feed.isComplete, !wasComplete else { return }
    retryDelay = Self.firstRetry
    logger.log(.bfdConnected, .info, "bfdd at \(path) is connected, sessions: \(feed.sessions.count)")
  }

  /// The states are held: that bfdd is gone says nothing about the paths it watched.
  private func lost(_ reason: String) {
    if feed.isComplete {
      logger.log(
        .bfdUnreachable, .warning, "bfdd at \(path) is not reachable (\(reason)): the last states are held",
        [.reason: reason])
    }
    close()
    retry()
  }

  private func close() {
    if let registration = connection?.registration { loop.unwatch(registration) }
    connection = nil
    feed.disconnected()
  }
}
