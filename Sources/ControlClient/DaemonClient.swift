internal import LinuxIO
public import NetPrimitives
public import Varlink

/// A tool's connection to a daemon: asks, and waits for the answer.
public final class DaemonClient {
  /// How long a daemon may take to answer a call.
  private static let patience = Interval.seconds(10)
  /// The longest reply: a list of a hundred thousand sessions.
  private static let replyLimit = 1 << 28

  private let path: String
  private let stream: StreamConnection
  private var wire = ClientConnection(replyLimit: replyLimit)

  /// Connects to the daemon's control socket.
  public init(path: String) throws(ToolError) {
    self.path = path
    do {
      stream = try StreamConnection.connect(to: path)
    } catch {
      throw .unreachable(path: path, reason: Self.reason(error))
    }
  }

  /// Calls a method, by its qualified name, and gives its reply.
  public func call<P: Decodable>(
    _ method: String, _ parameters: some Encodable = NoParameters(), as type: P.Type
  ) throws(ToolError) -> P {
    try send(method, parameters, more: false)
    guard let reply = try receive(timeout: Self.patience) else {
      throw .unreachable(path: path, reason: "no answer within \(Self.patience)")
    }
    return try read(reply, as: type)
  }

  /// Calls a method that answers with a stream, and gives every reply to `body`, until the daemon ends the stream.
  public func stream<P: Decodable>(
    _ method: String, as type: P.Type, _ body: (P) throws(ToolError) -> Void
  ) throws(ToolError) {
    try send(method, NoParameters(), more: true)
    while let reply = try receive(timeout: nil) {
      try body(read(reply, as: type))
      guard reply.continues else { return }
    }
  }

  /// Calls a method that answers with a stream, and gives every reply to `body` until that returns true; false where
  /// `limit` is over first. There is no limit where it is `nil`.
  public func stream<P: Decodable>(
    _ method: String, as type: P.Type, within limit: Interval?, until body: (P) -> Bool
  ) throws(ToolError) -> Bool {
    let end = limit.map { MonotonicClock.now() + $0 }
    try send(method, NoParameters(), more: true)
    while true {
      let rest = end.map { max(.zero, $0 - MonotonicClock.now()) }
      guard let reply = try receive(timeout: rest) else { return false }
      if body(try read(reply, as: type)) { return true }
      guard reply.continues else { throw .unreachable(path: path, reason: "it ended the stream") }
    }
  }

  private func read<P: Decodable>(_ reply: Reply, as type: P.Type) throws(ToolError) -> P {
    if let error = reply.error { throw .refused(error) }
    do {
      return try reply.parameters(as: type)
    } catch {
      throw .unreachable(path: path, reason: "the answer is none this version understands")
    }
  }

  private func send(_ method: String, _ parameters: some Encodable, more: Bool) throws(ToolError) {
    do {
      try wire.call(method, parameters, more: more)
      while !wire.output.isEmpty {
        guard try stream.descriptor.wait(writing: true, timeout: Self.patience) else {
          throw SystemError("send", ErrorCode(rawValue: 110))
        }
        try wire.output.drain { (bytes) throws(SystemError) -> Int in
          guard case .bytes(let count) = try stream.write(bytes) else { return 0 }
          return count
        }
      }
    } catch {
      throw .unreachable(path: path, reason: Self.reason(error))
    }
  }

  /// The next reply; `nil` when the time is over first.
  private func receive(timeout: Interval?) throws(ToolError) -> Reply? {
    do {
      while true {
        if let reply = try wire.nextReply() { return reply }
        guard try stream.descriptor.wait(timeout: timeout) else { return nil }
        var bytes: [UInt8] = []
        switch try stream.read(into: &bytes, limit: 65_536) {
        case .bytes: wire.receive(bytes.span)
        case .wouldBlock: continue
        case .endOfStream: throw SystemError("read", .connectionReset)
        }
      }
    } catch {
      throw .unreachable(path: path, reason: Self.reason(error))
    }
  }

  private static func reason(_ error: any Error) -> String {
    switch (error as? SystemError)?.code {
    case .noSuchFile: "there is no such socket"
    case .connectionRefused: "nobody listens there"
    case .permissionDenied: "permission denied (are you in the socket's group?)"
    case .connectionReset, .brokenPipe: "it closed the connection"
    case .wouldBlock: "too many clients wait already"
    default: "\(error)"
    }
  }
}
