/// A connection seen from the client: calls in, bytes out; bytes in, replies out.
///
/// Calls may be sent without waiting; replies come in the order of the calls.
public struct ClientConnection: Sendable {
  /// Calls whose last reply did not come yet, oldest first: whether each accepts several replies.
  private var waiting: [Bool] = []
  private var input: MessageDecoder
  /// Call bytes that wait for the socket.
  public var output = OutputBuffer()

  /// A new connection that accepts replies of up to `replyLimit` bytes.
  public init(replyLimit: Int) {
    input = MessageDecoder(limit: replyLimit)
  }

  /// Whether a call still waits for its last reply.
  public var isWaiting: Bool { !waiting.isEmpty }

  /// Sends a call; with `more` several replies are accepted.
  public mutating func call(
    _ method: String, _ parameters: some Encodable, more: Bool = false
  ) throws(JSONEncodingError) {
    output.append(contentsOf: try Call.message(method: method, parameters: parameters, more: more))
    waiting.append(more)
  }

  /// Takes received bytes.
  public mutating func receive(_ bytes: Span<UInt8>) { input.append(bytes) }

  /// The next reply; `nil` while there is none. It belongs to the oldest call whose last reply did not come yet.
  public mutating func nextReply() throws(ProtocolViolation) -> Reply? {
    let message: [UInt8]?
    do {
      message = try input.next()
    } catch {
      switch error {
      case .messageTooLong(let limit): throw .messageTooLong(limit: limit)
      }
    }
    guard let message else { return nil }
    let reply = try Reply(parsing: message)
    guard let acceptsMore = waiting.first else { throw .unexpectedReply }
    if reply.continues {
      guard acceptsMore else { throw .unexpectedContinuation }
    } else {
      waiting.removeFirst()
    }
    return reply
  }
}
