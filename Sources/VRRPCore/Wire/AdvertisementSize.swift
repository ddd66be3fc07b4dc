import NetPrimitives

extension VRRP {
  /// The most addresses of an advertisement: their count has one byte (RFC 9568 5.2.5).
  public static let addressLimit = 255
  /// The longest message that the protocol allows, in bytes: 255 IPv6 addresses and the trailer of `auth_hmac`. IPv4 has
  /// shorter addresses, with an authentication header as well.
  public static let longestMessage =
    Advertisement.headerLength + addressLimit * AddressFamily.ipv6.addressLength + AuthenticationTrailer.length
}

extension RouterConfiguration {
  /// How many addresses fit into an advertisement on a link with this MTU, in bytes, by keepalived's count: it takes the 14
  /// bytes of an Ethernet header off the MTU as well. Routers must agree on this number, for keepalived drops
  /// advertisements with another number of addresses than its own. 1 to 255.
  func addressLimit(mtu: Int) -> Int {
    let ethernetHeader = 14
    var headers = ethernetHeader + (family == .ipv4 ? 20 : 40) + Advertisement.headerLength
    if version == .v2 { headers += Advertisement.authenticationLength }
    switch authentication {
    case nil, .password: break
    case .header: headers += VRRP.messageOffsetBehindHeader - 20
    case .trailer: headers += AuthenticationTrailer.length
    }
    return min(max((mtu - headers) / family.addressLength, 1), VRRP.addressLimit)
  }

  /// Moves the addresses that do not fit into an advertisement on a link with this MTU to those that are not advertised.
  public mutating func fitAddresses(mtu: Int) {
    let excess = addresses.count - addressLimit(mtu: mtu)
    guard excess > 0 else { return }
    addresses.removeLast(excess)
    excludedAddressCount += excess
  }
}
