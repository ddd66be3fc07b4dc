/// A 48-bit Ethernet address.
public struct MACAddress: Hashable, Sendable, BitwiseCopyable {
  /// The address as a number in the low 48 bits.
  public let bits: UInt64

  /// The address in the low 48 bits of `bits`; the rest is ignored.
  public init(_ bits: UInt64) {
    self.bits = bits & 0xFFFF_FFFF_FFFF
  }

  /// Six colon-separated bytes of two hexadecimal digits. `nil` for anything else.
  public init?(_ text: some StringProtocol) {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count == 6 else { return nil }
    var bits: UInt64 = 0
    for part in parts {
      guard part.utf8.count == 2, part.first != "+", let byte = UInt8(part, radix: 16) else { return nil }
      bits = bits << 8 | UInt64(byte)
    }
    self.bits = bits
  }

  /// ff:ff:ff:ff:ff:ff.
  public static let broadcast = MACAddress(0xFFFF_FFFF_FFFF)

  /// The address in network order: 6 bytes.
  public var bytes: [UInt8] { (0..<6).map { UInt8(truncatingIfNeeded: bits >> (40 - 8 * UInt64($0))) } }
}

extension MACAddress: CustomStringConvertible {
  /// Six colon-separated bytes of two lower-case hexadecimal digits.
  public var description: String {
    bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined(separator: ":")
  }
}
