public import NetPrimitives

/// UDP packets of the echo port in Ethernet frames: written, read, and turned round (RFC 5881 4).
///
/// They are addressed to the one who sends them, by way of a neighbour's Ethernet address, which no UDP socket can do.
public struct EchoFrame: Sendable {
  /// The UDP port of echo packets.
  public static let port: UInt16 = 3785
  /// The longest frame: Ethernet, IPv6 and UDP headers and the longest payload of ours.
  public static let maximumLength = ethernetLength + 40 + udpLength + ControlPacket.maximumLength

  private static let ethernetLength = 14
  private static let udpLength = 8
  private static let udp: UInt8 = 17

  /// The sender's Ethernet address.
  public let sender: MACAddress
  /// The sender's IP address.
  public let source: IPAddress
  /// The receiver's IP address.
  public let destination: IPAddress
  /// TTL or hop limit.
  public let hopLimit: UInt8
  /// Where the UDP payload stands in the frame.
  public let payload: Range<Int>
  private let ipLength: Int

  /// The packet in a frame; `nil` where it is no whole UDP packet to the echo port.
  ///
  /// The UDP checksum is not looked at: between two interfaces of one machine the kernel leaves it unfinished.
  public init?(decoding frame: Span<UInt8>) {
    guard frame.count >= Self.ethernetLength + 20 else { return nil }
    sender = MACAddress(UInt64(frame.readUInt16(at: 6)) << 32 | UInt64(frame.readUInt32(at: 8)))
    let ip = Self.ethernetLength
    let total: Int
    switch frame.readUInt16(at: 12) {
    case 0x0800:
      ipLength = Int(frame[ip] & 0xF) * 4
      total = Int(frame.readUInt16(at: ip + 2))
      // A fragment does not have the whole of it.
      guard frame[ip] >> 4 == 4, ipLength >= 20, frame.readUInt16(at: ip + 6) & 0x3FFF == 0, frame[ip + 9] == Self.udp
      else { return nil }
      (source, destination) = (IPAddress(.ipv4, from: frame, at: ip + 12), IPAddress(.ipv4, from: frame, at: ip + 16))
      hopLimit = frame[ip + 8]
    case 0x86DD:
      ipLength = 40
      guard frame.count >= ip + 40, frame[ip] >> 4 == 6, frame[ip + 6] == Self.udp else { return nil }
      total = 40 + Int(frame.readUInt16(at: ip + 4))
      (source, destination) = (IPAddress(.ipv6, from: frame, at: ip + 8), IPAddress(.ipv6, from: frame, at: ip + 24))
      hopLimit = frame[ip + 7]
    default: return nil
    }
    let start = ip + ipLength
    guard total >= ipLength + Self.udpLength, frame.count >= ip + total,
      frame.readUInt16(at: start + 2) == Self.port
    else { return nil }
    let length = Int(frame.readUInt16(at: start + 4))
    guard length >= Self.udpLength, length <= total - ipLength else { return nil }
    payload = start + Self.udpLength..<start + length
  }

  /// The addresses of a frame that is to be written.
  public struct Addresses: Hashable, Sendable {
    /// The Ethernet address of the interface it leaves by.
    public let from: MACAddress
    /// The Ethernet address of the neighbour who is to send it back.
    public let to: MACAddress
    /// Source and destination of the IP packet: this system's own address.
    public let own: IPAddress
    /// The UDP source port.
    public let port: UInt16

    /// These addresses.
    public init(from: MACAddress, to: MACAddress, own: IPAddress, port: UInt16) {
      self.from = from
      self.to = to
      self.own = own
      self.port = port
    }
  }

  /// Writes the frame for `transmission`, with TTL or hop limit 255, to the beginning of `frame`, which has room for
  /// `maximumLength` bytes. Returns its length.
  public static func write(
    _ transmission: Transmission, _ addresses: Addresses, dscp: UInt8, to frame: inout [UInt8]
  ) -> Int {
    let ipLength = addresses.own.family == .ipv4 ? 20 : 40
    let udp = ethernetLength + ipLength
    let length = udpLength + transmission.length
    for offset in 0..<udp + length { frame[offset] = 0 }
    var span = frame.mutableSpan
    write(addresses.to, at: 0, &span)
    write(addresses.from, at: 6, &span)
    let ip = ethernetLength
    switch addresses.own {
    case .v4(let own):
      span.write(UInt16(0x0800), at: 12)
      span.write(UInt8(0x45), at: ip)
      span.write(dscp << 2, at: ip + 1)
      span.write(UInt16(20 + length), at: ip + 2)
      span.write(UInt8(255), at: ip + 8)
      span.write(Self.udp, at: ip + 9)
      span.write(own.bits, at: ip + 12)
      span.write(own.bits, at: ip + 16)
      var checksum = InternetChecksum()
      checksum.add(span.span.extracting(ip..<ip + 20))
      span.write(checksum.value, at: ip + 10)
    case .v6(let own):
      span.write(UInt16(0x86DD), at: 12)
      span.write(UInt32(6) << 28 | UInt32(dscp) << 22, at: ip)
      span.write(UInt16(length), at: ip + 4)
      span.write(Self.udp, at: ip + 6)
      span.write(UInt8(255), at: ip + 7)
      write(own, at: ip + 8, &span)
      write(own, at: ip + 24, &span)
    }
    span.write(addresses.port, at: udp)
    span.write(port, at: udp + 2)
    span.write(UInt16(length), at: udp + 4)
    for offset in 0..<transmission.length { span.write(transmission.bytes[offset], at: udp + udpLength + offset) }
    writeChecksum(addresses.own, addresses.own, udp..<udp + length, &span)
    return udp + length
  }

  /// Writes the checksum of the UDP packet at `range`.
  private static func writeChecksum(
    _ source: IPAddress, _ destination: IPAddress, _ range: Range<Int>, _ span: inout MutableSpan<UInt8>
  ) {
    span.write(UInt16(0), at: range.lowerBound + 6)
    var checksum = InternetChecksum()
    checksum.addPseudoHeader(source: source, destination: destination, protocol: udp, length: range.count)
    checksum.add(span.span.extracting(range))
    // Zero would mean "none".
    span.write(checksum.value == 0 ? 0xFFFF : checksum.value, at: range.lowerBound + 6)
  }

  /// Whether a payload that came to the echo port is a control packet, as an unaffiliated echo session sends them, and
  /// not an echo packet of ours.
  public static func isControlPacket(_ payload: Span<UInt8>) -> Bool { payload.count > 0 && payload[0] >> 5 == 1 }

  /// How a peer's echo packet is to be sent back.
  public enum Turn: Hashable, Sendable {
    /// As a router would forward it: it is addressed to the peer.
    case forward
    /// With the IP addresses exchanged: it is addressed to us, as FRR addresses its IPv6 echo.
    case exchange
  }

  /// Turns a received frame, this one, round: the Ethernet addresses are exchanged, and it has made a hop more. The UDP
  /// checksum is computed anew, for it may have been left unfinished.
  public func turnRound(_ frame: inout [UInt8], _ turn: Turn) {
    for offset in 0..<6 { frame.swapAt(offset, offset + 6) }
    let ip = Self.ethernetLength
    switch source.family {
    case .ipv4:
      frame[ip + 8] = hopLimit &- 1
      if turn == .exchange { for offset in 0..<4 { frame.swapAt(ip + 12 + offset, ip + 16 + offset) } }
      frame.replace(at: ip + 10, bigEndian: 0)
      var checksum = InternetChecksum()
      checksum.add(frame.span.extracting(ip..<ip + ipLength))
      frame.replace(at: ip + 10, bigEndian: checksum.value)
    case .ipv6:
      frame[ip + 7] = hopLimit &- 1
      if turn == .exchange { for offset in 0..<16 { frame.swapAt(ip + 8 + offset, ip + 24 + offset) } }
    }
    // The sum is the same in both directions.
    var span = frame.mutableSpan
    Self.writeChecksum(source, destination, payload.lowerBound - Self.udpLength..<payload.upperBound, &span)
  }

  private static func write(_ address: IPv6Address, at offset: Int, _ span: inout MutableSpan<UInt8>) {
    span.write(UInt32(truncatingIfNeeded: address.high >> 32), at: offset)
    span.write(UInt32(truncatingIfNeeded: address.high), at: offset + 4)
    span.write(UInt32(truncatingIfNeeded: address.low >> 32), at: offset + 8)
    span.write(UInt32(truncatingIfNeeded: address.low), at: offset + 12)
  }

  private static func write(_ address: MACAddress, at offset: Int, _ span: inout MutableSpan<UInt8>) {
    span.write(UInt16(truncatingIfNeeded: address.bits >> 32), at: offset)
    span.write(UInt32(truncatingIfNeeded: address.bits), at: offset + 2)
  }
}
