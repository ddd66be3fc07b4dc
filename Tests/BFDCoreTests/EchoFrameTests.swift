import NetPrimitives
import Testing

@testable import BFDCore

@Suite("Echo frame") struct EchoFrameTests {
  private static let ours = MACAddress(0x0200_0000_0001)
  private static let theirs = MACAddress(0x0200_0000_0002)
  private static let addresses = [
    IPAddress.v4(IPv4Address(0xC000_0201)), .v6(IPv6Address(high: 0x2001_0db8_0000_0000, low: 1)),
  ]

  private func frame(_ own: IPAddress, length: Int = 32) -> [UInt8] {
    var bytes = [52 of UInt8](repeating: 0)
    for index in 0..<length { bytes[index] = UInt8(truncatingIfNeeded: index &* 7 &+ 1) }
    var frame = [UInt8](repeating: 0xA5, count: 256)
    let count = EchoFrame.write(
      Transmission(slot: 0, bytes: bytes, length: length, isEcho: true),
      EchoFrame.Addresses(from: Self.ours, to: Self.theirs, own: own, port: 50_000), dscp: 48, to: &frame)
    return Array(frame.prefix(count))
  }

  private func read(_ frame: [UInt8]) -> EchoFrame? { EchoFrame(decoding: frame.span) }

  @Test("what is written is read again", arguments: addresses, [24, 31, 32, 52])
  func roundTrip(_ own: IPAddress, _ length: Int) throws {
    let frame = frame(own, length: length)
    #expect(frame.count <= EchoFrame.maximumLength)
    let packet = try #require(read(frame))
    #expect(packet.source == own && packet.destination == own && packet.hopLimit == 255)
    let payload = (0..<length).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ 1) }
    #expect(Array(frame[packet.payload]) == payload)
    // Padding of a short Ethernet frame is no part of the packet.
    #expect(read((frame + [0, 0, 0]))?.payload == packet.payload)
  }

  @Test("the IPv4 header is the one that a packet of the lab had")
  func golden() {
    let header = frame(Self.addresses[0], length: 24)[0..<34]
    let rest: [UInt8] = [
      0x08, 0, 0x45, 0xC0, 0, 52, 0, 0, 0, 0, 255, 17, 0x36, 0xF6, 192, 0, 2, 1, 192, 0, 2, 1,
    ]
    #expect(Array(header) == Self.theirs.bytes + Self.ours.bytes + rest)
  }

  @Test("turning round exchanges the Ethernet addresses and costs a hop; checksums hold", arguments: addresses)
  func turn(_ own: IPAddress) throws {
    var forwarded = frame(own)
    let packet = try #require(read(forwarded))
    packet.turnRound(&forwarded, .forward)
    #expect(Array(forwarded[0..<12]) == Self.ours.bytes + Self.theirs.bytes)
    let back = try #require(read(forwarded))
    #expect(back.hopLimit == 254 && back.source == own && back.destination == own)
    if own.family == .ipv4 {
      var checksum = InternetChecksum()
      checksum.add(forwarded.span.extracting(14..<34))
      #expect(checksum.value == 0)
    }
  }

  @Test("an exchange turns the IP addresses as well")
  func exchange() throws {
    for own in Self.addresses {
      var frame = frame(own)
      // Another source address.
      let offset = own.family == .ipv4 ? 29 : 37
      frame[offset] = 9
      let udp = own.family == .ipv4 ? 34 : 54
      // As the kernel leaves it between two of its own interfaces.
      frame.replace(at: udp + 6, bigEndian: 0x1234)
      let source = IPAddress(own.family, from: frame.span, at: own.family == .ipv4 ? 26 : 22)
      let packet = try #require(read(frame))
      packet.turnRound(&frame, .exchange)
      let back = try #require(read(frame))
      #expect(back.source == own && back.destination == source && back.hopLimit == 254)
      var checksum = InternetChecksum()
      checksum.addPseudoHeader(source: own, destination: source, protocol: 17, length: 40)
      checksum.add(frame.span.extracting(udp..<udp + 40))
      #expect(checksum.value == 0)
    }
  }

  @Test("no frame, however cut or changed, traps, and none to another port is read", arguments: addresses)
  func junk(_ own: IPAddress) {
    let whole = frame(own)
    for count in 0..<whole.count { #expect(read(Array(whole.prefix(count))) == nil) }
    var generator = SeededGenerator(seed: 4)
    for _ in 0..<20_000 {
      var frame = whole
      for _ in 0...generator.next(below: 3) {
        frame[Int(generator.next(below: UInt64(frame.count)))] = UInt8(truncatingIfNeeded: generator.next())
      }
      guard let packet = read(frame) else { continue }
      #expect(packet.payload.upperBound <= frame.count)
      packet.turnRound(&frame, .exchange)
    }
    let udp = own.family == .ipv4 ? 34 : 54
    for offset in [udp + 2, udp + 3] {
      var frame = whole
      frame[offset] ^= 1
      #expect(read(frame) == nil)
    }
  }
}
