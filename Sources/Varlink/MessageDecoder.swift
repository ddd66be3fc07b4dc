/// Cuts a byte stream into Varlink messages: JSON texts, each ended by one NUL byte.
///
/// Bytes come in whatever pieces the socket gives. At most `limit` bytes of an unfinished message are kept, so that a
/// peer that never sends the NUL costs bounded memory.
public struct MessageDecoder: Sendable {
  /// Why a stream cannot be read any further.
  public enum Failure: Error, Equatable, Sendable {
    /// A message is longer than the limit, in bytes without its NUL.
    case messageTooLong(limit: Int)
  }

  /// The longest message accepted, in bytes without its NUL.
  public let limit: Int
  private var buffer: [UInt8] = []
  /// Where the first message that was not handed out yet starts.
  private var start = 0
  /// Everything before this index was searched for a NUL already.
  private var searched = 0

  /// A decoder that accepts messages of up to `limit` bytes.
  public init(limit: Int) {
    self.limit = limit
  }

  /// The bytes received and not yet handed out.
  public var bufferedCount: Int { buffer.count - start }

  /// Whether `next` has something to give or to throw.
  public var holdsMessage: Bool {
    mutating get {
      search()
      return searched < buffer.count || searched - start > limit
    }
  }

  /// Adds received bytes.
  public mutating func append(_ bytes: Span<UInt8>) {
    if start > 0 {
      buffer.removeFirst(start)
      searched -= start
      start = 0
    }
    buffer.reserveCapacity(buffer.count + bytes.count)
    for index in bytes.indices { buffer.append(bytes[index]) }
  }

  /// The next whole message without its NUL, or `nil` while it is unfinished.
  public mutating func next() throws(Failure) -> [UInt8]? {
    search()
    guard searched - start <= limit else { throw .messageTooLong(limit: limit) }
    guard searched < buffer.count else { return nil }
    let message = Array(buffer[start..<searched])
    searched += 1
    start = searched
    if start == buffer.count {
      buffer.removeAll(keepingCapacity: buffer.capacity <= 65_536)
      start = 0
      searched = 0
    }
    return message
  }

  /// Moves on to the first NUL. No byte is looked at twice.
  private mutating func search() {
    while searched < buffer.count, buffer[searched] != 0 { searched += 1 }
  }
}
