/// An address with a prefix length, as in `192.0.2.1/24`. The bits behind the prefix are kept.
public struct IPPrefix: Hashable, Sendable, BitwiseCopyable {
  /// The address, host bits included.
  public let address: IPAddress
  /// The prefix length in bits, 0 to 32 or 128.
  public let length: Int

  /// `nil` where `length` is not in the range of the address's family.
  public init?(_ address: IPAddress, length: Int) {
    guard (0...address.family.addressBits).contains(length) else { return nil }
    self.address = address
    self.length = length
  }

  /// `ADDRESS/LENGTH`, or `ADDRESS` alone for a host prefix (/32, /128). `nil` for anything else.
  public init?(_ text: some StringProtocol) {
    let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
    guard let first = parts.first, let address = IPAddress(first) else { return nil }
    guard parts.count == 2 else {
      self.init(address, length: address.family.addressBits)
      return
    }
    guard parts[1].utf8.allSatisfy((UInt8(ascii: "0")...UInt8(ascii: "9")).contains), let length = Int(parts[1]) else {
      return nil
    }
    self.init(address, length: length)
  }

  /// The same with every bit behind the prefix 0.
  public var network: IPPrefix {
    var bytes = address.bytes
    for index in bytes.indices {
      let kept = min(max(length - 8 * index, 0), 8)
      bytes[index] &= UInt8(truncatingIfNeeded: 0xFF00 >> kept)
    }
    return IPPrefix(IPAddress(address.family, from: bytes.span, at: 0), length: length) ?? self
  }

  /// Whether `other` lies inside this prefix; an address of the other family never does.
  public func contains(_ other: IPAddress) -> Bool {
    switch (address, other) {
    case (.v4(let mine), .v4(let other)):
      length == 0 || (mine.bits ^ other.bits) >> (32 - UInt32(length)) == 0
    case (.v6(let mine), .v6(let other)):
      Self.leadingZeros(mine.high ^ other.high, mine.low ^ other.low) >= length
    default: false
    }
  }

  private static func leadingZeros(_ high: UInt64, _ low: UInt64) -> Int {
    high == 0 ? 64 + low.leadingZeroBitCount : high.leadingZeroBitCount
  }
}

extension IPPrefix: CustomStringConvertible {
  /// `ADDRESS/LENGTH`.
  public var description: String { "\(address)/\(length)" }
}
