import NetPrimitives
import Testing

@Suite struct IPAddressTests {
  @Test(arguments: ["0.0.0.0", "10.0.2.4", "255.255.255.255", "192.0.2.101"])
  func ipv4TextRoundTrips(text: String) throws {
    let address = try #require(IPv4Address(text))
    #expect(address.description == text)
    #expect(IPAddress(text) == .v4(address))
  }

  @Test(arguments: [
    "", "1.2.3", "1.2.3.4.5", "256.1.1.1", "01.2.3.4", "1.2.3.", "1..2.3", "+1.2.3.4", "1.2.3.4 ", "a.b.c.d",
  ])
  func malformedIPv4IsRefused(text: String) {
    #expect(IPv4Address(text) == nil)
  }

  /// Text as written, and its canonical form by RFC 5952.
  @Test(arguments: [
    ("::", "::"), ("::1", "::1"), ("1::", "1::"), ("2001:DB8::1", "2001:db8::1"), ("fe80::0:1", "fe80::1"),
    ("2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"), ("2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"),
    ("0:0:0:0:0:ffff:192.0.2.1", "::ffff:192.0.2.1"), ("64:ff9b::192.0.2.33", "64:ff9b::c000:221"),
    ("1:0:0:2:0:0:0:3", "1:0:0:2::3"), ("1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8"), ("1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"),
  ])
  func ipv6TextIsCanonical(text: String, canonical: String) throws {
    let address = try #require(IPv6Address(text))
    #expect(address.description == canonical)
    #expect(IPv6Address(canonical) == address)
  }

  @Test(arguments: [
    "", ":", ":::", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "1::2::3", "12345::", "g::", "1:2:3:4:5:6:7:8::", "::1%eth0",
    "1.2.3.4::", "::1.2.3", "+1::", "1:2:3:4:5:6:7:1.2.3.4", ":1:2:3:4:5:6:7", "1:2:3:4:5:6:7:",
  ])
  func malformedIPv6IsRefused(text: String) {
    #expect(IPv6Address(text) == nil)
  }

  @Test func bytesRoundTrip() throws {
    for text in ["192.0.2.1", "2001:db8:1:2:3:4:5:6", "fe80::1"] {
      let address = try #require(IPAddress(text))
      let bytes = [0xEE] + address.bytes
      #expect(IPAddress(address.family, from: bytes.span, at: 1) == address)
    }
  }

  @Test func orderIsTheTieBreakOrder() throws {
    let ascending = try ["10.0.0.1", "10.0.0.2", "192.0.2.1", "255.0.0.0", "::1", "fe80::1", "fe80::2"].map {
      try #require(IPAddress($0))
    }
    #expect(ascending == ascending.shuffled().sorted())
  }

  @Test func kindsAreTold() throws {
    #expect(try #require(IPAddress("169.254.7.1")).isLinkLocal)
    #expect(try #require(IPAddress("febf::1")).isLinkLocal)
    #expect(try !#require(IPAddress("fec0::1")).isLinkLocal)
    #expect(try #require(IPAddress("224.0.0.18")).isMulticast)
    #expect(try #require(IPAddress("ff02::12")).isMulticast)
    #expect(try #require(IPAddress("0.0.0.0")).isUnspecified)
    #expect(try #require(IPAddress("fe80::1")).scoped(to: 7).scope == 7)
    #expect(try #require(IPv6Address("fe80::12:3456")).solicitedNode == #require(IPv6Address("ff02::1:ff12:3456")))
  }

  @Test func prefixesContainTheirAddresses() throws {
    let prefix = try #require(IPPrefix("10.0.2.4/24"))
    #expect(prefix.description == "10.0.2.4/24")
    #expect(try prefix.contains(#require(IPAddress("10.0.2.255"))))
    #expect(try !prefix.contains(#require(IPAddress("10.0.3.0"))))
    #expect(try #require(IPPrefix("0.0.0.0/0")).contains(#require(IPAddress("203.0.113.9"))))
    #expect(try #require(IPPrefix("2001:db8::/65")).contains(#require(IPAddress("2001:db8::7fff:0:0:1"))))
    #expect(try !#require(IPPrefix("2001:db8::/65")).contains(#require(IPAddress("2001:db8::8000:0:0:1"))))
    #expect(IPPrefix("10.0.0.1")?.length == 32)
    for malformed in ["10.0.0.0/33", "10.0.0.0/", "10.0.0.0/-1", "::/129", "/8", "10.0.0.0/+8"] {
      #expect(IPPrefix(malformed) == nil)
    }
  }

  @Test func hardwareAddressesRoundTrip() throws {
    let address = try #require(MACAddress("00:00:5e:00:01:33"))
    #expect(address.description == "00:00:5e:00:01:33")
    #expect(address.bytes == [0, 0, 0x5E, 0, 1, 0x33])
    for malformed in ["", "0:0:0:0:0:0", "00:00:5e:00:01", "00:00:5e:00:01:3g", "+0:00:5e:00:01:33"] {
      #expect(MACAddress(malformed) == nil)
    }
  }
}
