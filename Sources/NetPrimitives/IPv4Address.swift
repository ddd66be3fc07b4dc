/// An IPv4 address.
public struct IPv4Address: Hashable, Sendable, BitwiseCopyable {
  /// The address as a number: 192.0.2.1 is 0xC000_0201.
  public let bits: UInt32

  /// The address with the value `bits`.
  public init(_ bits: UInt32) {
    self.bits = bits
  }

  /// The address in dotted-quad form: exactly four decimal parts without leading zeros. `nil` for anything else.
  public init?(_ text: some StringProtocol) {
    var bits: UInt32 = 0
    var parts = 0
    for part in text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false) {
      guard let value = Self.octet(Array(part)), parts < 4 else { return nil }
      bits = bits << 8 | value
      parts += 1
    }
    guard parts == 4 else { return nil }
    self.bits = bits
  }

  /// The address in network order: 4 bytes.
  public var bytes: [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: bits >> (24 - 8 * UInt32($0))) } }

  private static func octet(_ digits: [UInt8]) -> UInt32? {
    guard (1...3).contains(digits.count), digits.count == 1 || digits[0] != UInt8(ascii: "0") else { return nil }
    var value: UInt32 = 0
    for digit in digits {
      guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digit) else { return nil }
      value = value * 10 + UInt32(digit - UInt8(ascii: "0"))
    }
    return value <= 255 ? value : nil
  }
}

extension IPv4Address: CustomStringConvertible {
  /// Dotted quad.
  public var description: String { bytes.map(String.init).joined(separator: ".") }
}
