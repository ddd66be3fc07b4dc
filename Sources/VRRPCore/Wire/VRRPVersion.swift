public import NetPrimitives

/// The two versions of VRRP in use.
public enum VRRPVersion: UInt8, Hashable, Sendable, CaseIterable, BitwiseCopyable {
  /// RFC 3768: IPv4 only, intervals in whole seconds, 8 bytes of authentication data.
  case v2 = 2
  /// RFC 9568 (and RFC 5798): IPv4 and IPv6, intervals in hundredths of a second.
  case v3 = 3

  /// The interval as it fits into an advertisement of this version: v2 1-255 whole seconds, v3 1-4095 hundredths of a
  /// second; rounded to the nearest step, clamped at both ends.
  public func nearestInterval(to interval: Interval) -> Interval {
    switch self {
    case .v2: .seconds(min(max((interval + .milliseconds(500)).nanoseconds / 1_000_000_000, 1), 255))
    case .v3: .centiseconds(min(max((interval + .milliseconds(5)).nanoseconds / 10_000_000, 1), 4095))
    }
  }
}

/// Numbers that RFC 9568 and RFC 3768 fix.
public enum VRRP {
  /// The IP protocol number (RFC 9568 5.1.1.4).
  public static let protocolNumber: UInt8 = 112
  /// The IP protocol number of the authentication header, which `auth_type AH` sends advertisements in (RFC 2402).
  public static let authenticationHeaderNumber: UInt8 = 51
  /// Where the advertisement begins in an IPv4 packet with an authentication header.
  public static let messageOffsetBehindHeader = 44
  /// The TTL or hop limit every multicast advertisement leaves and must arrive with (RFC 9568 5.1.1.3).
  public static let hopLimit: UInt8 = 255
  /// The priority of the router that owns the addresses.
  public static let ownerPriority: UInt8 = 255
  /// 224.0.0.18 (RFC 9568 5.1.1.2).
  public static let groupIPv4 = IPAddress.v4(IPv4Address(0xE000_0012))
  /// ff02::12 (RFC 9568 5.1.2.2).
  public static let groupIPv6 = IPAddress.v6(IPv6Address(high: 0xFF02_0000_0000_0000, low: 0x12))

  /// The multicast group that advertisements of `family` are sent to.
  public static func group(_ family: AddressFamily) -> IPAddress { family == .ipv4 ? groupIPv4 : groupIPv6 }

  /// The virtual MAC address 00-00-5E-00-01-{VRID} (IPv4) or 00-00-5E-00-02-{VRID} (IPv6), RFC 9568 7.3.
  public static func virtualMAC(_ family: AddressFamily, virtualRouterID: UInt8) -> MACAddress {
    MACAddress(0x0000_5E00_0000 | (family == .ipv4 ? 0x100 : 0x200) | UInt64(virtualRouterID))
  }
}
