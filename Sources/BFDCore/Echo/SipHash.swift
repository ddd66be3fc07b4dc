import NetPrimitives

/// SipHash-2-4 (Aumasson and Bernstein, 2012): a short keyed digest that nobody without the key can make.
struct SipHash: Hashable, Sendable, BitwiseCopyable {
  private let key: (low: UInt64, high: UInt64)

  /// A digest with this key.
  init(low: UInt64, high: UInt64) { key = (low, high) }

  static func == (left: SipHash, right: SipHash) -> Bool { left.key == right.key }

  func hash(into hasher: inout Hasher) {
    hasher.combine(key.low)
    hasher.combine(key.high)
  }

  /// The digest of the first `count` bytes.
  func digest(_ bytes: Span<UInt8>, count: Int) -> UInt64 {
    var state = State(key.low, key.high)
    var offset = 0
    while offset + 8 <= count {
      state.absorb(bytes.readUInt64(at: offset).byteSwapped)
      offset += 8
    }
    var last = UInt64(UInt8(truncatingIfNeeded: count)) << 56
    for index in offset..<count { last |= UInt64(bytes[index]) << UInt64(8 * (index - offset)) }
    state.absorb(last)
    return state.finish()
  }

  private struct State {
    var words: (UInt64, UInt64, UInt64, UInt64)

    init(_ low: UInt64, _ high: UInt64) {
      words = (
        low ^ 0x736f_6d65_7073_6575, high ^ 0x646f_7261_6e64_6f6d, low ^ 0x6c79_6765_6e65_7261,
        high ^ 0x7465_6462_7974_6573
      )
    }

    mutating func absorb(_ word: UInt64) {
      words.3 ^= word
      rounds(2)
      words.0 ^= word
    }

    mutating func finish() -> UInt64 {
      words.2 ^= 0xFF
      rounds(4)
      return words.0 ^ words.1 ^ words.2 ^ words.3
    }

    private mutating func rounds(_ count: Int) {
      for _ in 0..<count {
        words.0 &+= words.1
        words.1 = Self.rotate(words.1, 13) ^ words.0
        words.0 = Self.rotate(words.0, 32)
        words.2 &+= words.3
        words.3 = Self.rotate(words.3, 16) ^ words.2
        words.0 &+= words.3
        words.3 = Self.rotate(words.3, 21) ^ words.0
        words.2 &+= words.1
        words.1 = Self.rotate(words.1, 17) ^ words.2
        words.2 = Self.rotate(words.2, 32)
      }
    }

    private static func rotate(_ word: UInt64, _ count: UInt64) -> UInt64 { word << count | word >> (64 - count) }
  }
}
