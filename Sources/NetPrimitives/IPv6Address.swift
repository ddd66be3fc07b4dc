/// An IPv6 address and, where it needs one, the interface that scopes it.
public struct IPv6Address: Hashable, Sendable, BitwiseCopyable {
  /// The first 64 bits, as a number.
  public let high: UInt64
  /// The last 64 bits, as a number.
  public let low: UInt64
  /// The interface index that scopes a link-local address; 0 where there is none.
  public let scope: UInt32

  /// The address made of two halves, with an interface index as its scope.
  public init(high: UInt64, low: UInt64, scope: UInt32 = 0) {
    self.high = high
    self.low = low
    self.scope = scope
  }

  /// Whether this is in fe80::/10.
  public var isLinkLocal: Bool { high >> 54 == 0xFE80 >> 6 }

  /// The IPv4 address that ::ffff:a.b.c.d stands for; `nil` for every other address.
  public var mappedIPv4: IPv4Address? {
    high == 0 && low >> 32 == 0xFFFF ? IPv4Address(UInt32(truncatingIfNeeded: low)) : nil
  }

  /// The solicited-node multicast address ff02::1:ffXX:XXXX of this address (RFC 4291 2.7.1).
  public var solicitedNode: IPv6Address {
    IPv6Address(high: 0xFF02_0000_0000_0000, low: 0x0000_0001_FF00_0000 | low & 0xFF_FFFF)
  }

  /// The address in the text forms of RFC 4291 2.2, without scope. `nil` for anything else.
  public init?(_ text: some StringProtocol) {
    guard let groups = Self.groups(of: String(text)) else { return nil }
    var high: UInt64 = 0
    var low: UInt64 = 0
    for index in 0..<4 {
      high = high << 16 | UInt64(groups[index])
      low = low << 16 | UInt64(groups[index + 4])
    }
    self.init(high: high, low: low)
  }

  /// The address in network order: 16 bytes.
  public var bytes: [UInt8] {
    (0..<16).map { UInt8(truncatingIfNeeded: ($0 < 8 ? high : low) >> (56 - 8 * UInt64($0 % 8))) }
  }

  /// The eight 16-bit groups of `text`, with "::" filled up.
  private static func groups(of text: String) -> [UInt16]? {
    guard let gap = gap(in: text) else {
      guard let groups = parts(of: text[...]), groups.count == 8 else { return nil }
      return groups
    }
    guard let left = parts(of: text[..<gap.lowerBound], mayEndInIPv4: false),
      let right = parts(of: text[gap.upperBound...]), left.count + right.count < 8
    else { return nil }
    return left + [UInt16](repeating: 0, count: 8 - left.count - right.count) + right
  }

  /// Where "::" stands. More than one gap leaves an empty part behind, which `parts` refuses.
  private static func gap(in text: String) -> Range<String.Index>? {
    var index = text.startIndex
    while index < text.endIndex {
      let next = text.index(after: index)
      if text[index] == ":", next < text.endIndex, text[next] == ":" { return index..<text.index(after: next) }
      index = next
    }
    return nil
  }

  /// The groups of a text without "::"; a dotted quad at the end counts as two.
  private static func parts(of text: Substring, mayEndInIPv4: Bool = true) -> [UInt16]? {
    guard !text.isEmpty else { return [] }
    let words = text.split(separator: ":", omittingEmptySubsequences: false)
    var groups: [UInt16] = []
    for (index, word) in words.enumerated() {
      if mayEndInIPv4, index == words.count - 1, word.contains("."), let quad = IPv4Address(word) {
        groups.append(UInt16(truncatingIfNeeded: quad.bits >> 16))
        groups.append(UInt16(truncatingIfNeeded: quad.bits))
      } else {
        guard (1...4).contains(word.utf8.count), word.utf8.allSatisfy(Self.isHexDigit),
          let group = UInt16(word, radix: 16)
        else { return nil }
        groups.append(group)
      }
    }
    return groups
  }

  /// `UInt16(_:radix:)` would also take a sign.
  private static func isHexDigit(_ character: UInt8) -> Bool {
    switch character {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"),
      UInt8(ascii: "A")...UInt8(ascii: "F"):
      true
    default: false
    }
  }
}

extension IPv6Address: CustomStringConvertible {
  /// The canonical text of RFC 5952, without scope.
  public var description: String {
    if let mapped = mappedIPv4 { return "::ffff:\(mapped)" }
    let groups = (0..<8).map { UInt16(truncatingIfNeeded: ($0 < 4 ? high : low) >> (48 - 16 * UInt64($0 % 4))) }
    let text = { (range: Range<Int>) in range.map { String(groups[$0], radix: 16) }.joined(separator: ":") }
    guard let zeros = Self.longestZeroRun(in: groups) else { return text(0..<8) }
    return text(0..<zeros.lowerBound) + "::" + text(zeros.upperBound..<8)
  }

  /// The longest run of at least two zero groups, the first of several (RFC 5952 4.2).
  private static func longestZeroRun(in groups: [UInt16]) -> Range<Int>? {
    var best: Range<Int>?
    var start: Int?
    for index in 0...groups.count {
      if index < groups.count, groups[index] == 0 {
        start = start ?? index
      } else if let begin = start {
        if index - begin > max(best?.count ?? 1, 1) { best = begin..<index }
        start = nil
      }
    }
    return best
  }
}
