import ControlInterface
import LinuxIO
import Varlink

/// One control client with its socket.
final class ControlPeer<Handler: ControlHandler> {
  var connection: ControlConnection<Handler>
  /// Where the client waits for its turn.
  var queue = ControlQueue.none
  private(set) var isOpen = true
  /// The user at the other end, and what that is.
  let user: UInt32
  let rank: ControlRank
  /// What the client is called in the group.
  let token: UInt64
  private let stream: StreamConnection
  private let group: DescriptorGroup
  private var interest: EventLoop.Interest = .reading
  /// The client will send nothing more; what it asked for before is still answered.
  private var inputEnded = false

  /// A client that is waited for in `group`.
  init(
    _ stream: StreamConnection, user: UInt32, rank: ControlRank, token: UInt64, group: DescriptorGroup
  ) throws(SystemError) {
    self.stream = stream
    self.user = user
    self.rank = rank
    self.token = token
    self.group = group
    connection = ControlConnection(mayChange: rank == .administrator)
    try group.add(stream.descriptor, for: interest, token: token)
  }

  func close() {
    if isOpen { group.remove(stream.descriptor) }
    isOpen = false
  }

  /// Reads what the client sent, if it may send more now.
  func handle(_ readiness: EventLoop.Readiness) throws {
    if readiness.contains(.failed) { throw SystemError("send", .connectionReset) }
    guard interest.contains(.reading) else {
      // Nobody is there to take an answer. Calls that wait unread, as behind an endless answer, are lost with it; those
      // that were read and want no answer are still done.
      if readiness.contains(.closed), inputEnded || connection.wire.isAnswering {
        throw SystemError("read", .connectionReset)
      }
      return
    }
    let room = connection.wire.roomForInput
    guard room > 0, readiness.contains(.readable) || readiness.contains(.closed) else { return }
    var bytes: [UInt8] = []
    switch try stream.read(into: &bytes, limit: room) {
    case .bytes: connection.wire.receive(bytes.span)
    case .wouldBlock: break
    case .endOfStream: inputEnded = true
    }
  }

  /// Whether nothing remains to be done for this client: it was told the reason for that, or has left. A subscription
  /// ends with its client.
  var isFinished: Bool {
    if connection.isEnding { return connection.wire.output.isEmpty }
    guard inputEnded else { return false }
    return connection.isMonitoring || (!connection.wire.isAnswering && connection.wire.output.isEmpty && queue == .none)
  }

  /// Writes what the client takes, and waits for what has to be waited for. Whether there is room for more output
  /// where there was none before.
  func flush() throws -> Bool {
    let wasFull = connection.wire.output.count >= ControlConnection<Handler>.outputLimit
    var blocked = false
    while !blocked, !connection.wire.output.isEmpty {
      try connection.wire.output.drain { (bytes) throws(SystemError) -> Int in
        switch try stream.write(bytes) {
        case .bytes(let count): return count
        case .wouldBlock:
          blocked = true
          return 0
        }
      }
    }
    try waitForWhatIsDue()
    return wasFull && connection.wire.output.count < ControlConnection<Handler>.outputLimit
  }

  /// What is not wanted now is not waited for: the kernel would report it over and over.
  private func waitForWhatIsDue() throws(SystemError) {
    var wanted: EventLoop.Interest = []
    if !connection.isEnding {
      if !inputEnded, connection.wire.roomForInput > 0 { wanted.insert(.reading) }
      if !inputEnded, connection.isMonitoring { wanted.insert(.leaving) }
    }
    if !connection.wire.output.isEmpty { wanted.insert(.writing) }
    guard wanted != interest else { return }
    interest = wanted
    try group.change(stream.descriptor, to: wanted, token: token)
  }
}
