public import NetPrimitives

/// The message by which a new active router tells IPv6 neighbours where a virtual address is now.
public enum NeighborAdvertisement {
  /// ff02::1, the group of all nodes, to which it goes.
  public static let allNodes = IPv6Address(high: 0xFF02_0000_0000_0000, low: 1)
  /// 33:33:00:00:00:01, the Ethernet address of that group (RFC 2464 7).
  public static let allNodesMAC = MACAddress(0x3333_0000_0001)

  /// The ICMPv6 message (RFC 4861 4.4) for `address`: Solicited 0, Override 1, Router as given, with the target
  /// link-layer address option. The checksum is that of a packet from `address` to ff02::1.
  public static func message(address: IPv6Address, linkLayer: MACAddress, isRouter: Bool) -> [UInt8] {
    var bytes: [UInt8] = [136, 0, 0, 0]
    bytes.append(bigEndian: (isRouter ? UInt32(1) << 31 : 0) | UInt32(1) << 29)
    bytes.append(contentsOf: address.bytes)
    bytes.append(contentsOf: [2, 1])  // option: target link-layer address, one unit of 8 bytes
    bytes.append(contentsOf: linkLayer.bytes)
    var checksum = InternetChecksum()
    checksum.add(bytes.span)
    checksum.addPseudoHeader(source: .v6(address), destination: .v6(allNodes), protocol: 58, length: bytes.count)
    bytes.replace(at: 2, bigEndian: checksum.value)
    return bytes
  }

  /// The whole Ethernet frame that carries `message(address:linkLayer:isRouter:)`: hop limit 255 (RFC 4861 7.1.2).
  public static func frame(address: IPv6Address, source: MACAddress, isRouter: Bool) -> [UInt8] {
    let message = message(address: address, linkLayer: source, isRouter: isRouter)
    var frame = allNodesMAC.bytes + source.bytes
    frame.append(bigEndian: UInt16(0x86DD))
    frame.append(bigEndian: UInt32(0x6000_0000))
    frame.append(bigEndian: UInt16(truncatingIfNeeded: message.count))
    frame.append(contentsOf: [58, 255])
    frame.append(contentsOf: address.bytes)
    frame.append(contentsOf: allNodes.bytes)
    return frame + message
  }
}
