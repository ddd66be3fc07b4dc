internal import LinuxIO
public import NetPrimitives
public import Varlink

/// A tool's connection to a daemon: asks, and waits for the answer.
public final class DaemonClient {
  /// The longest reply: a list of a hundred thousand sessions.
  private static let replyLimit = 1 << 28

  /// How often a stream looks whether somebody still reads what it leads to.
  private static let readerCheck = Interval.milliseconds(500)

  private let path: String
  /// How long the daemon may take to answer a call.
  private let patience: Interval
  private let stream: StreamConnection
  private var wire = ClientConnection(replyLimit: replyLimit)

  /// Connects to the daemon's control socket. `patience` is how long it may take to answer a call.
  public init(path: String, patience: Interval = .seconds(10)) throws(ToolError) {
    self.path = path
    self.patience = patience
    do {
      stream = try Self.connect(to: path, patience: patience)
    } catch {
      throw .unreachable(path: path, reason: Self.reason(error))
    }
  }

  /// Calls a method, by its qualified name, and gives its reply.
  public func call<P: Decodable>(
    _ method: String, _ parameters: some Encodable = NoParameters(), as type: P.Type
  ) throws(ToolError) -> P {
    let end = MonotonicClock.now() + patience
    try send(method, parameters, more: false)
    guard let reply = try receive(until: end) else {
      throw .unreachable(path: path, reason: "no answer within \(patience)")
    }
    return try read(reply, as: type)
  }

  /// Calls a method that answers with a stream, and gives every reply to `body`, until the daemon ends the stream or
  /// nobody reads standard output any more, as behind `| grep -m 1`.
  public func stream<P: Decodable>(
    _ method: String, as type: P.Type, _ body: (P) throws(ToolError) -> Void
  ) throws(ToolError) {
    try send(method, NoParameters(), more: true)
    while Terminal.hasReader {
      guard let reply = try receive(until: MonotonicClock.now() + Self.readerCheck) else { continue }
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
      guard let reply = try receive(until: end) else { return false }
      if body(try read(reply, as: type)) { return true }
      guard reply.continues else { throw .unreachable(path: path, reason: "it ended the stream") }
    }
  }

  private func read<P: Decodable>(_ reply: Reply, as type: P.Type) throws(ToolError) -> P {
    if let error = reply.error { throw problem(error) }
    do {
      return try reply.parameters(as: type)
    } catch {
      throw .unreachable(path: path, reason: "the answer is none this version understands")
    }
  }

  /// That the daemon has no place for this connection is no answer to the call.
  private func problem(_ error: VarlinkError) -> ToolError {
    guard error.name.split(separator: ".").last == "TooManyClients" else { return .refused(error) }
    return .unreachable(path: path, reason: "it turned this client away: \(error.parameters["reason"] ?? "")")
  }

  private func send(_ method: String, _ parameters: some Encodable, more: Bool) throws(ToolError) {
    do {
      try wire.call(method, parameters, more: more)
    } catch {
      throw .impossible("\(error)")
    }
    do throws(SystemError) {
      while !wire.output.isEmpty {
        guard try stream.descriptor.wait(writing: true, timeout: patience) else {
          throw SystemError("send", ErrorCode(rawValue: 110))
        }
        try wire.output.drain { (bytes) throws(SystemError) -> Int in
          guard case .bytes(let count) = try stream.write(bytes) else { return 0 }
          return count
        }
      }
    } catch {
      // A daemon that takes no call, or none that large, says so before it closes.
      if error.code == .brokenPipe || error.code == .connectionReset,
        let reply = try? receive(until: MonotonicClock.now()), let refusal = reply.error
      {
        throw problem(refusal)
      }
      throw .unreachable(path: path, reason: Self.reason(error))
    }
  }

  /// Connects. A queue that is full empties fast, and is worth some patience.
  private static func connect(to path: String, patience: Interval) throws(SystemError) -> StreamConnection {
    let end = MonotonicClock.now() + min(patience, .seconds(3))
    while true {
      do throws(SystemError) {
        return try StreamConnection.connect(to: path)
      } catch {
        guard error.code == .wouldBlock, MonotonicClock.now() < end else { throw error }
        MonotonicClock.sleep(until: MonotonicClock.now() + .milliseconds(1))
      }
    }
  }

  /// The next reply; `nil` where it is not complete at `end`.
  private func receive(until end: Instant?) throws(ToolError) -> Reply? {
    do {
      while true {
        if let reply = try wire.nextReply() { return reply }
        guard try stream.descriptor.wait(timeout: end.map { max(.zero, $0 - MonotonicClock.now()) }) else { return nil }
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
