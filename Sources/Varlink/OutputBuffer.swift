/// Bytes waiting for a socket that takes them as it can.
public struct OutputBuffer: Sendable {
  private var bytes: [UInt8] = []
  private var head = 0

  /// An empty buffer.
  public init() {}

  /// How many bytes wait.
  public var count: Int { bytes.count - head }
  /// Whether nothing waits.
  public var isEmpty: Bool { head == bytes.count }

  /// Lets `body` write what it can of the waiting bytes; it returns how many it took.
  public mutating func drain<Failure: Error>(_ body: (Span<UInt8>) throws(Failure) -> Int) throws(Failure) {
    guard !isEmpty else { return }
    let taken = try body(bytes.span.extracting(head..<bytes.count))
    head += min(max(taken, 0), count)
    if isEmpty {
      bytes.removeAll(keepingCapacity: bytes.capacity <= 131_072)
      head = 0
    } else if head > 65_536 {
      bytes.removeFirst(head)
      head = 0
    }
  }

  /// Takes everything that waits.
  public mutating func takeAll() -> [UInt8] {
    defer {
      bytes = []
      head = 0
    }
    return head == 0 ? bytes : Array(bytes[head...])
  }

  /// Adds bytes at the end, by writing to the array that holds them.
  mutating func append(_ write: (inout [UInt8]) throws(JSONEncodingError) -> Void) throws(JSONEncodingError) {
    let before = bytes.count
    do {
      try write(&bytes)
    } catch {
      bytes.removeLast(bytes.count - before)
      throw error
    }
  }

  mutating func append(_ text: String) { bytes.append(contentsOf: text.utf8) }

  mutating func append(contentsOf more: [UInt8]) { bytes.append(contentsOf: more) }
}
