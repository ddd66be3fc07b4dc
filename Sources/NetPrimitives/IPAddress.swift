/// The two Internet protocols.
public enum AddressFamily: UInt8, Hashable, Sendable, CaseIterable, BitwiseCopyable {
  /// IPv4.
  case ipv4 = 4
  /// IPv6.
  case ipv6 = 6

  /// The length of an address of this family in bytes: 4 or 16.
  public var addressLength: Int { self == .ipv4 ? 4 : 16 }
  /// The length of an address of this family in bits, the longest prefix: 32 or 128.
  public var addressBits: Int { addressLength * 8 }
}

/// An IPv4 or IPv6 address; an IPv6 address carries the scope (interface index) that a link-local one needs.
public enum IPAddress: Hashable, Sendable, BitwiseCopyable {
  /// An IPv4 address.
  case v4(IPv4Address)
  /// An IPv6 address, with its scope.
  case v6(IPv6Address)

  /// The family of the address.
  public var family: AddressFamily {
    switch self {
    case .v4: .ipv4
    case .v6: .ipv6
    }
  }

  /// The address in text form: dotted quad or RFC 5952, without scope. `nil` for anything else.
  public init?(_ text: some StringProtocol) {
    if let address = IPv4Address(text) {
      self = .v4(address)
    } else if let address = IPv6Address(text) {
      self = .v6(address)
    } else {
      return nil
    }
  }

  /// The address in the first 4 or 16 bytes of `bytes` at `offset`, in network order. `bytes` must be long enough.
  public init(_ family: AddressFamily, from bytes: Span<UInt8>, at offset: Int) {
    switch family {
    case .ipv4: self = .v4(IPv4Address(bytes.readUInt32(at: offset)))
    case .ipv6:
      self = .v6(IPv6Address(high: bytes.readUInt64(at: offset), low: bytes.readUInt64(at: offset + 8)))
    }
  }

  /// Whether this is 169.254/16 or fe80::/10.
  public var isLinkLocal: Bool {
    switch self {
    case .v4(let address): address.bits >> 16 == 0xA9FE
    case .v6(let address): address.isLinkLocal
    }
  }

  /// Whether this is 224/4 or ff00::/8.
  public var isMulticast: Bool {
    switch self {
    case .v4(let address): address.bits >> 28 == 0xE
    case .v6(let address): address.high >> 56 == 0xFF
    }
  }

  /// Whether this is 0.0.0.0 or ::.
  public var isUnspecified: Bool {
    switch self {
    case .v4(let address): address.bits == 0
    case .v6(let address): address.high == 0 && address.low == 0
    }
  }

  /// The interface index that scopes a link-local IPv6 address; 0 for all other addresses.
  public var scope: UInt32 {
    switch self {
    case .v4: 0
    case .v6(let address): address.scope
    }
  }

  /// The same address with `scope` as its interface index; an IPv4 address is returned as it is.
  public func scoped(to scope: UInt32) -> IPAddress {
    switch self {
    case .v4: self
    case .v6(let address): .v6(IPv6Address(high: address.high, low: address.low, scope: scope))
    }
  }

  /// The address in network order, without scope: 4 or 16 bytes.
  public var bytes: [UInt8] {
    switch self {
    case .v4(let address): address.bytes
    case .v6(let address): address.bytes
    }
  }
}

extension IPAddress: Comparable {
  /// IPv4 before IPv6, then as unsigned integers in network order: the order of the VRRP tie-break (RFC 9568 6.4.3).
  public static func < (left: IPAddress, right: IPAddress) -> Bool {
    switch (left, right) {
    case (.v4(let left), .v4(let right)): left.bits < right.bits
    case (.v6(let left), .v6(let right)): (left.high, left.low, left.scope) < (right.high, right.low, right.scope)
    case (.v4, .v6): true
    case (.v6, .v4): false
    }
  }
}

extension IPAddress: CustomStringConvertible {
  /// Dotted quad or RFC 5952 text, without scope.
  public var description: String {
    switch self {
    case .v4(let address): address.description
    case .v6(let address): address.description
    }
  }
}
