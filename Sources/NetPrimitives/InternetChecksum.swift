/// The Internet checksum of RFC 1071: the one's complement of the one's complement sum of 16-bit words.
///
/// Parts are added in any order; every part but the last must have an even length.
public struct InternetChecksum: Sendable {
  private var sum: UInt64 = 0

  /// The checksum of nothing.
  public init() {}

  /// Adds `bytes`; an odd last byte counts as the high half of a word.
  public mutating func add(_ bytes: Span<UInt8>) {
    var offset = 0
    while offset + 1 < bytes.count {
      sum += UInt64(bytes.readUInt16(at: offset))
      offset += 2
    }
    if offset < bytes.count { sum += UInt64(bytes[offset]) << 8 }
  }

  /// Adds one 32-bit number as two words.
  public mutating func add(_ value: UInt32) {
    sum += UInt64(value >> 16) + UInt64(value & 0xFFFF)
  }

  /// Adds the pseudo-header of `source`'s family: RFC 793 3.1 form for IPv4, RFC 8200 8.1 form for IPv6.
  ///
  /// Both addresses must be of one family. `length` is the upper-layer packet's length in bytes.
  public mutating func addPseudoHeader(source: IPAddress, destination: IPAddress, protocol number: UInt8, length: Int) {
    precondition(source.family == destination.family, "a pseudo-header joins two addresses of one family")
    for address in [source, destination] {
      switch address {
      case .v4(let address): add(address.bits)
      case .v6(let address):
        for half in [address.high, address.low] {
          add(UInt32(truncatingIfNeeded: half >> 32))
          add(UInt32(truncatingIfNeeded: half))
        }
      }
    }
    add(UInt32(length))
    add(UInt32(number))
  }

  /// The checksum to store. Over data that holds its own correct checksum it is 0.
  public var value: UInt16 {
    var folded = sum
    while folded > 0xFFFF { folded = folded >> 16 + folded & 0xFFFF }
    return ~UInt16(truncatingIfNeeded: folded)
  }
}
