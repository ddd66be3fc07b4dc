import NetPrimitives
import Testing

@testable import VRRPCore

/// How many addresses an advertisement carries, and how long one may be.
struct AdvertisementSizeTests {
  /// keepalived 2.2.7 advertises as many.
  @Test(arguments: [
    (VRRPVersion.v2, AddressFamily.ipv4, 576, 131), (.v2, .ipv4, 1_500, 255), (.v3, .ipv4, 576, 133),
    (.v3, .ipv4, 1_061, 254), (.v3, .ipv4, 1_062, 255), (.v3, .ipv6, 1_500, 89), (.v3, .ipv6, 1_280, 76),
    (.v3, .ipv6, 9_000, 255), (.v3, .ipv6, 65_536, 255), (.v2, .ipv4, 68, 4), (.v3, .ipv6, 60, 1), (.v2, .ipv4, 0, 1),
  ])
  func theMTUDecides(version: VRRPVersion, family: AddressFamily, mtu: Int, expected: Int) {
    var router = configuration(version, family: family)
    #expect(router.addressLimit(mtu: mtu) == expected)
    router.addresses = (0..<300).map { address(family == .ipv4 ? "10.0.\($0 / 200).\($0 % 200)" : "2001:db8::\($0)") }
    router.excludedAddressCount = 7
    let all = router.addresses
    router.fitAddresses(mtu: mtu)
    #expect(router.addresses == Array(all.prefix(expected)))
    #expect(router.excludedAddressCount == 7 + 300 - expected)
    router.fitAddresses(mtu: mtu)
    #expect(router.addresses.count == expected, "once is enough")
  }

  @Test func authenticationNeedsRoom() {
    let plain = configuration(.v2).addressLimit(mtu: 576)
    let header = configuration(.v2) { $0.authentication = .header(Secret(Array("key".utf8))) }
    #expect(header.addressLimit(mtu: 576) == plain - 24 / 4)
  }

  /// The longest message of all is accepted, and one byte more is not.
  @Test func theLongestMessage() {
    let addresses = (0..<255).map { address("2001:db8::\($0)") }
    var router = Router(
      configuration(family: .ipv6) { $0.addresses = addresses }, sourceAddress: address("fe80::1"))
    _ = router.perform { $0.start(now: .zero, into: &$1) }
    let source = address("fe80::2")
    let message = router.configuration.content.message(priority: 200, source: source, destination: VRRP.groupIPv6)
    #expect(message.count == VRRP.longestMessage - AuthenticationTrailer.length)
    let now = Instant.zero + .seconds(1)
    let path = PacketPath(source: source, destination: VRRP.groupIPv6, hopLimit: 255, receivedAt: now)
    func receive(_ bytes: [UInt8]) -> DropReason? {
      var effects: [Effect] = []
      return router.receive(bytes.span, path: path, now: now, into: &effects)
    }
    #expect(receive(message) == nil)
    #expect(router.statistics.addressListErrors == 0)
    let cut = message + [UInt8](repeating: 0, count: VRRP.longestMessage + 1 - message.count)
    #expect(receive(cut) == .packetLength)
    #expect(router.statistics.drops[.packetLength] == 1)
  }
}
