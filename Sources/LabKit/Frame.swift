public import BFDCore
public import NetPrimitives
public import VRRPCore

/// What a frame is, as far as the lab cares.
public enum FrameContent: Sendable, Hashable {
  /// A BFD control packet, its TTL or hop limit beside it.
  case bfd(ControlPacket, hopLimit: UInt8)
  /// A VRRP advertisement with the addresses it lists.
  case advertisement(Advertisement, addresses: [IPAddress])
  /// An ARP packet: gratuitous where sender and target address are the same.
  case arp(isReply: Bool, sender: IPAddress, senderMAC: MACAddress, target: IPAddress)
  /// An ICMPv6 neighbour advertisement: unsolicited where `isSolicited` is false.
  case neighborAdvertisement(target: IPAddress, isSolicited: Bool, overrides: Bool)
  /// An ICMP or ICMPv6 echo request or reply.
  case echo(isReply: Bool, sequence: UInt16)
  /// A packet of a watched protocol that its decoder refuses, with the refusal.
  case malformed(String)
  /// Anything else.
  case other
}

/// A decoded Ethernet frame.
public struct DecodedFrame: Sendable, Hashable {
  /// The Ethernet source address.
  public let sourceMAC: MACAddress
  /// The IP source address; `nil` for ARP and other protocols.
  public let source: IPAddress?
  /// The IP destination address; `nil` for ARP and other protocols.
  public let destination: IPAddress?
  /// What the frame carries.
  public let content: FrameContent

  private static let ethernetHeader = 14

  /// Decodes a frame from its Ethernet header on; a frame that is too short or of another protocol is `.other`.
  public init(_ frame: Span<UInt8>) {
    guard frame.count >= Self.ethernetHeader else {
      self.init(sourceMAC: MACAddress(0), source: nil, destination: nil, content: .other)
      return
    }
    let sourceMAC = Self.mac(frame, at: 6)
    let payload = frame.extracting(Self.ethernetHeader...)
    switch frame.readUInt16(at: 12) {
    case 0x0806: self.init(sourceMAC: sourceMAC, source: nil, destination: nil, content: Self.arp(payload))
    case 0x0800: self.init(sourceMAC: sourceMAC, ipv4: payload)
    case 0x86DD: self.init(sourceMAC: sourceMAC, ipv6: payload)
    default: self.init(sourceMAC: sourceMAC, source: nil, destination: nil, content: .other)
    }
  }

  private init(sourceMAC: MACAddress, source: IPAddress?, destination: IPAddress?, content: FrameContent) {
    self.sourceMAC = sourceMAC
    self.source = source
    self.destination = destination
    self.content = content
  }

  private init(sourceMAC: MACAddress, ipv4 packet: Span<UInt8>) {
    guard packet.count >= 20 else {
      self.init(sourceMAC: sourceMAC, source: nil, destination: nil, content: .other)
      return
    }
    let header = Int(packet[0] & 0xF) * 4
    // Short frames are padded to Ethernet's minimum, so the packet's own length counts.
    let end = min(Int(packet.readUInt16(at: 2)), packet.count)
    let isFragment = packet.readUInt16(at: 6) & 0x3FFF != 0
    let content: FrameContent =
      header >= 20 && header <= end && !isFragment
      ? Self.payload(packet.extracting(header..<end), protocol: packet[9], hopLimit: packet[8], family: .ipv4) : .other
    self.init(
      sourceMAC: sourceMAC, source: IPAddress(.ipv4, from: packet, at: 12),
      destination: IPAddress(.ipv4, from: packet, at: 16), content: content)
  }

  private init(sourceMAC: MACAddress, ipv6 packet: Span<UInt8>) {
    guard packet.count >= 40 else {
      self.init(sourceMAC: sourceMAC, source: nil, destination: nil, content: .other)
      return
    }
    let end = min(40 + Int(packet.readUInt16(at: 4)), packet.count)
    self.init(
      sourceMAC: sourceMAC, source: IPAddress(.ipv6, from: packet, at: 8),
      destination: IPAddress(.ipv6, from: packet, at: 24),
      content: Self.payload(packet.extracting(40..<end), protocol: packet[6], hopLimit: packet[7], family: .ipv6))
  }

  private static func payload(
    _ bytes: Span<UInt8>, protocol number: UInt8, hopLimit: UInt8, family: AddressFamily
  ) -> FrameContent {
    switch number {
    case 17: udp(bytes, hopLimit: hopLimit)
    case VRRP.protocolNumber: advertisement(bytes, family: family)
    case VRRP.authenticationHeaderNumber where family == .ipv4 && bytes.count > 24 && bytes[0] == VRRP.protocolNumber:
      advertisement(bytes.extracting(24...), family: family)
    case 1 where family == .ipv4: echo(bytes, request: 8, reply: 0)
    case 58 where family == .ipv6: icmpv6(bytes)
    default: .other
    }
  }

  private static func udp(_ bytes: Span<UInt8>, hopLimit: UInt8) -> FrameContent {
    guard bytes.count >= 8, [3784, 4784].contains(bytes.readUInt16(at: 2)) else { return .other }
    do throws(BFDCore.DropReason) {
      return .bfd(try ControlPacket(decoding: bytes.extracting(8...)), hopLimit: hopLimit)
    } catch { return .malformed("BFD: \(error)") }
  }

  private static func advertisement(_ bytes: Span<UInt8>, family: AddressFamily) -> FrameContent {
    do throws(VRRPCore.DropReason) {
      let advertisement = try Advertisement(bytes, family: family)
      var addresses: [IPAddress] = []
      for index in 0..<Int(advertisement.addressCount) { addresses.append(advertisement.address(index, of: bytes)) }
      return .advertisement(advertisement, addresses: addresses)
    } catch { return .malformed("VRRP: \(error)") }
  }

  private static func arp(_ bytes: Span<UInt8>) -> FrameContent {
    // Ethernet and IPv4 only (RFC 826): 28 bytes.
    guard bytes.count >= 28, bytes.readUInt16(at: 2) == 0x0800 else { return .other }
    return .arp(
      isReply: bytes.readUInt16(at: 6) == 2, sender: IPAddress(.ipv4, from: bytes, at: 14),
      senderMAC: mac(bytes, at: 8), target: IPAddress(.ipv4, from: bytes, at: 24))
  }

  private static func icmpv6(_ bytes: Span<UInt8>) -> FrameContent {
    guard bytes.count >= 24, bytes[0] == 136 else { return echo(bytes, request: 128, reply: 129) }
    // RFC 4861 4.4: R, S and O are the three highest bits after the checksum.
    return .neighborAdvertisement(
      target: IPAddress(.ipv6, from: bytes, at: 8), isSolicited: bytes[4] & 0x40 != 0, overrides: bytes[4] & 0x20 != 0)
  }

  private static func echo(_ bytes: Span<UInt8>, request: UInt8, reply: UInt8) -> FrameContent {
    guard bytes.count >= 8, bytes[0] == request || bytes[0] == reply else { return .other }
    return .echo(isReply: bytes[0] == reply, sequence: bytes.readUInt16(at: 6))
  }

  private static func mac(_ bytes: Span<UInt8>, at offset: Int) -> MACAddress {
    MACAddress(UInt64(bytes.readUInt16(at: offset)) << 32 | UInt64(bytes.readUInt32(at: offset + 2)))
  }
}
