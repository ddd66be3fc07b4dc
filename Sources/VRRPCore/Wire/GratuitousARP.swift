public import NetPrimitives

/// The broadcast by which a new active router tells IPv4 neighbours and switches where a virtual address is now.
public enum GratuitousARP {
  /// A whole Ethernet frame: an ARP request (RFC 826) whose sender and target address are both `address`, from `source`
  /// to the broadcast address; the target hardware address is the broadcast address.
  ///
  /// RFC 9568 6.4.1 leaves request or reply open; the request is what keepalived sends and every neighbour honours.
  public static func frame(address: IPv4Address, source: MACAddress) -> [UInt8] {
    var frame = MACAddress.broadcast.bytes + source.bytes
    frame.append(bigEndian: UInt16(0x0806))
    frame.append(bigEndian: UInt16(1))  // hardware type: Ethernet
    frame.append(bigEndian: UInt16(0x0800))  // protocol type: IPv4
    frame.append(6)
    frame.append(4)
    frame.append(bigEndian: UInt16(1))  // operation: request
    frame.append(contentsOf: source.bytes)
    frame.append(contentsOf: address.bytes)
    frame.append(contentsOf: MACAddress.broadcast.bytes)
    frame.append(contentsOf: address.bytes)
    return frame
  }
}
