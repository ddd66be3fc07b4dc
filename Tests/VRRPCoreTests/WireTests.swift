import NetPrimitives
import Testing

@testable import VRRPCore

/// Messages byte for byte. The checksums were computed independently of this code and agree with tshark's.
struct WireTests {
  static let twoAddresses = [address("10.0.1.5"), address("10.0.1.6")]

  private func v3Message(priority: UInt8, source: String, form: ChecksumForm) -> [UInt8] {
    AdvertisementContent(
      version: .v3, virtualRouterID: 1, interval: .centiseconds(1), addresses: Self.twoAddresses, checksumForm: form
    ).message(priority: priority, source: address(source), destination: VRRP.groupIPv4)
  }

  @Test func v3WithPseudoHeader() {
    #expect(
      v3Message(priority: 30, source: "10.0.1.3", form: .pseudoHeader)
        == hex("31 01 1e 02 0001 af5a 0a000105 0a000106"))
    #expect(v3Message(priority: 20, source: "10.0.1.2", form: .pseudoHeader)[6...7] == [0xB9, 0x5B])
  }

  @Test func v3WithoutPseudoHeader() {
    #expect(
      v3Message(priority: 30, source: "10.0.1.3", form: .messageOnly)
        == hex("31 01 1e 02 0001 9af0 0a000105 0a000106"))
    #expect(v3Message(priority: 20, source: "10.0.1.2", form: .messageOnly)[6...7] == [0xA4, 0xF0])
  }

  @Test(arguments: [(UInt8(30), UInt16(0x0910)), (20, 0x1310)])
  func v3IPv6(priority: UInt8, checksum: UInt16) {
    let content = AdvertisementContent(
      version: .v3, virtualRouterID: 1, interval: .centiseconds(1),
      addresses: [address("2001:db8::370:7334"), address("2001:db8::370:7335")])
    let message = content.message(
      priority: priority, source: address("fe80::200:5eff:fe00:201"), destination: VRRP.groupIPv6)
    #expect(message.count == 8 + 32)
    #expect(message.span.readUInt16(at: 6) == checksum)
  }

  @Test(arguments: [(UInt8(1), UInt16(0xB5F7)), (51, 0xB5C5)])
  func v2(virtualRouterID: UInt8, checksum: UInt16) {
    let content = AdvertisementContent(
      version: .v2, virtualRouterID: virtualRouterID, interval: .seconds(1), addresses: [address("10.0.1.5")])
    let message = content.message(priority: 30, source: address("10.0.1.3"), destination: VRRP.groupIPv4)
    var expected = hex("21 00 1e 01 00 01 0000 0a000105 0000000000000000")
    expected[1] = virtualRouterID
    expected.replace(at: 6, bigEndian: checksum)
    #expect(message == expected)
  }

  @Test func v2WithPassword() {
    let content = AdvertisementContent(
      version: .v2, virtualRouterID: 1, interval: .seconds(1), addresses: [address("10.0.1.5")],
      authentication: .password(Password("secret-and-longer")))
    let message = content.message(priority: 30, source: address("10.0.1.3"), destination: VRRP.groupIPv4)
    #expect(message[4] == 1)
    #expect(Array(message[12...]) == Array("secret-a".utf8))
  }

  @Test func headerIsReadBack() throws {
    let bytes = hex("31 33 64 02 0064 0000 0a000105 0a000106")
    let advertisement = try Advertisement(bytes.span, family: .ipv4)
    #expect(advertisement.version == 3)
    #expect(advertisement.type == 1)
    #expect(advertisement.virtualRouterID == 51)
    #expect(advertisement.priority == 100)
    #expect(advertisement.interval == .seconds(1))
    #expect(advertisement.address(1, of: bytes.span) == address("10.0.1.6"))
  }

  /// A message is exactly as long as its count says, whatever its length and version.
  @Test func lengthIsExact() {
    for length in 0...64 {
      var bytes = [UInt8](repeating: 0, count: length)
      for (version, trailer) in [(UInt8(2), 8), (3, 0)] {
        for count in 0...12 {
          if length >= 4 {
            bytes[0] = version << 4 | 1
            bytes[3] = UInt8(count)
          }
          let fits = length == 8 + 4 * count + trailer
          #expect(((try? Advertisement(bytes.span, family: .ipv4)) != nil) == fits)
        }
      }
    }
  }

  @Test func everyFieldAtItsMaximum() {
    let content = AdvertisementContent(
      version: .v3, virtualRouterID: 255, interval: .greatest,
      addresses: [IPAddress](repeating: address("255.255.255.255"), count: 300))
    let message = content.message(priority: 255, source: address("255.255.255.255"), destination: VRRP.groupIPv4)
    #expect(message.count == 8 + 255 * 4)
    #expect(message.span.readUInt16(at: 4) == 4095)
    var alone = InternetChecksum()
    alone.add(message.span)
    alone.addPseudoHeader(
      source: address("255.255.255.255"), destination: VRRP.groupIPv4, protocol: 112, length: message.count)
    #expect(alone.value == 0)
  }

  @Test func intervalsFitTheWire() {
    #expect(VRRPVersion.v3.nearestInterval(to: .milliseconds(30)) == .centiseconds(3))
    #expect(VRRPVersion.v3.nearestInterval(to: .milliseconds(1)) == .centiseconds(1))
    #expect(VRRPVersion.v3.nearestInterval(to: .seconds(50)) == .centiseconds(4095))
    #expect(VRRPVersion.v2.nearestInterval(to: .milliseconds(30)) == .seconds(1))
    #expect(VRRPVersion.v2.nearestInterval(to: .milliseconds(1500)) == .seconds(2))
    #expect(VRRPVersion.v2.nearestInterval(to: .seconds(1000)) == .seconds(255))
  }

  @Test func virtualMACAddresses() {
    #expect(VRRP.virtualMAC(.ipv4, virtualRouterID: 51).description == "00:00:5e:00:01:33")
    #expect(VRRP.virtualMAC(.ipv6, virtualRouterID: 255).description == "00:00:5e:00:02:ff")
  }

  @Test func gratuitousARP() {
    #expect(
      GratuitousARP.frame(address: v4("192.0.2.200"), source: MACAddress(0x0200_0000_00AA))
        == hex(
          """
          ffffffffffff 0200000000aa 0806
          0001 0800 06 04 0001
          0200000000aa c00002c8
          ffffffffffff c00002c8
          """))
  }

  @Test(arguments: [(true, "a0000000", "7483"), (false, "20000000", "f483")])
  func unsolicitedNeighborAdvertisement(isRouter: Bool, flags: String, checksum: String) {
    let frame = NeighborAdvertisement.frame(
      address: v6("2001:db8::200"), source: MACAddress(0x0200_0000_00AA), isRouter: isRouter)
    let header = hex(
      """
      333300000001 0200000000aa 86dd
      60000000 0020 3a ff
      20010db8000000000000000000000200
      ff020000000000000000000000000001
      """)
    #expect(Array(frame.prefix(54)) == header)
    #expect(Array(frame[54...55]) == [136, 0])
    #expect(
      Array(frame[58...]) == hex("\(flags) 20010db8000000000000000000000200 0201 0200000000aa"))
    var sum = InternetChecksum()
    sum.add(Array(frame[54...]).span)
    sum.addPseudoHeader(
      source: address("2001:db8::200"), destination: address("ff02::1"), protocol: 58, length: 32)
    #expect(sum.value == 0)
    #expect(Array(frame[56...57]) == hex(checksum))
  }
}
