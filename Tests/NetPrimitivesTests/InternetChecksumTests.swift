import NetPrimitives
import Testing

/// Advertisements whose checksums were worked out independently of this code.
@Suite struct InternetChecksumTests {
  /// VRRPv3, VRID 1, priority 30, 1 cs, addresses 10.0.1.5 and 10.0.1.6, checksum zero.
  static let version3: [UInt8] = [0x31, 1, 30, 2, 0, 1, 0, 0, 10, 0, 1, 5, 10, 0, 1, 6]

  @Test func messageAlone() {
    var checksum = InternetChecksum()
    checksum.add(Self.version3.span)
    #expect(checksum.value == 0x9AF0)
  }

  @Test func withIPv4PseudoHeader() throws {
    var checksum = InternetChecksum()
    checksum.addPseudoHeader(
      source: try #require(IPAddress("10.0.1.3")), destination: try #require(IPAddress("224.0.0.18")), protocol: 112,
      length: Self.version3.count)
    checksum.add(Self.version3.span)
    #expect(checksum.value == 0xAF5A)
  }

  @Test func withIPv6PseudoHeader() throws {
    var message: [UInt8] = [0x31, 1, 30, 2, 0, 1, 0, 0]
    for text in ["2001:db8::370:7334", "2001:db8::370:7335"] { message += try #require(IPAddress(text)).bytes }
    var checksum = InternetChecksum()
    checksum.addPseudoHeader(
      source: try #require(IPAddress("fe80::200:5eff:fe00:201")), destination: try #require(IPAddress("ff02::12")),
      protocol: 112, length: message.count)
    checksum.add(message.span)
    #expect(checksum.value == 0x0910)
  }

  @Test func dataWithItsChecksumSumsToZero() {
    var message = Self.version3
    message.replace(at: 6, bigEndian: 0x9AF0)
    var checksum = InternetChecksum()
    checksum.add(message.span)
    #expect(checksum.value == 0)
  }

  @Test func oddLengthCountsAsHighByte() {
    var odd = InternetChecksum()
    odd.add([0x12, 0x34, 0x56].span)
    var even = InternetChecksum()
    even.add([0x12, 0x34, 0x56, 0].span)
    #expect(odd.value == even.value)
  }
}
