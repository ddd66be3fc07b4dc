/// The bytes of one run, read from front to back. What is read beyond their end is 0.
public struct Tape {
  private let bytes: [UInt8]
  private var position = 0

  /// What libFuzzer gives.
  public init(_ start: UnsafePointer<UInt8>, _ count: Int) {
    bytes = unsafe Array(UnsafeBufferPointer(start: start, count: count))
  }

  /// Whether all was read.
  public var isAtEnd: Bool { position >= bytes.count }

  /// The next byte.
  public mutating func next() -> UInt8 {
    guard position < bytes.count else { return 0 }
    defer { position += 1 }
    return bytes[position]
  }

  /// As many of the next bytes as there are, at most `count`.
  public mutating func next(_ count: Int) -> [UInt8] {
    let end = min(bytes.count, position + count)
    defer { position = end }
    return Array(bytes[position..<end])
  }

  /// All that is left.
  public mutating func rest() -> [UInt8] { next(bytes.count) }
}
