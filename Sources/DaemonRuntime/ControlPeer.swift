import ControlInterface
import LinuxIO
import Varlink

/// Where a control client waits for its turn.
enum ControlQueue {
  /// Nowhere: it has nothing to do.
  case none
  /// Among those who asked for something.
  case requests
  /// Among the subscribers who have to be told of a change.
  case news
}

/// One control client with its socket.
final class ControlPeer<Handler: ControlHandler> {
  /// Bytes read at a time.
  private static var readLimit: Int { 16_384 }

  var connection: ControlConnection<Handler>
  /// Where the client waits for its turn.
  var queue = ControlQueue.none
  private(set) var isOpen = true
  private let stream: StreamConnection
  private let loop: EventLoop
  private var registration: EventLoop.Registration?
  private var interest: EventLoop.Interest = .reading
  /// The client will send nothing more; what it asked for before is still answered.
  private var inputEnded = false

  init(_ stream: StreamConnection, loop: EventLoop, mayChange: Bool) {
    self.stream = stream
    self.loop = loop
    connection = ControlConnection(mayChange: mayChange)
  }

  func watch(_ handler: @escaping (EventLoop.Readiness) -> Void) throws(SystemError) {
    registration = try loop.watch(stream.descriptor, for: interest, priority: .control, handler: handler)
  }

  func close() {
    if let registration { loop.unwatch(registration) }
    registration = nil
    isOpen = false
  }

  /// Reads what the client sent, if it may send more now.
  func handle(_ readiness: EventLoop.Readiness) throws {
    if readiness.contains(.failed) { throw SystemError("send", .connectionReset) }
    guard !inputEnded else {
      // Reading has ended, so this is no half-closed stream: nobody is there to take an answer.
      if readiness.contains(.closed), !interest.contains(.reading) { throw SystemError("read", .connectionReset) }
      return
    }
    guard connection.wire.wantsInput else {
      // Calls that wait behind an endless answer are never read, nor is the end of the stream after them.
      if readiness.contains(.closed), connection.isMonitoring { throw SystemError("read", .connectionReset) }
      return
    }
    guard readiness.contains(.readable) || readiness.contains(.closed) else { return }
    var bytes: [UInt8] = []
    switch try stream.read(into: &bytes, limit: Self.readLimit) {
    case .bytes: connection.wire.receive(bytes.span)
    case .wouldBlock: break
    case .endOfStream: inputEnded = true
    }
  }

  /// Whether the client has left and nothing it asked for remains to be answered. A subscription ends with its client.
  var isFinished: Bool {
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
    var wanted: EventLoop.Interest = []
    if !inputEnded, connection.wire.wantsInput { wanted.insert(.reading) }
    if !connection.wire.output.isEmpty { wanted.insert(.writing) }
    if wanted != interest, let registration {
      interest = wanted
      try loop.change(registration, to: wanted)
    }
    return wasFull && connection.wire.output.count < ControlConnection<Handler>.outputLimit
  }
}
