import Crypto
import NetPrimitives

/// `auth_type AH`: the authentication header of RFC 2402 between the IPv4 header and a v2 advertisement, as keepalived
/// makes it.
///
/// ```
///  0                   1                   2                   3
///  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// | 112           | 4             |  0                            |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |                the sender's address (as the SPI)              |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |                        sequence number                        |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |        HMAC-MD5-96 of the whole packet (RFC 2403)             |
/// ```
///
/// In the code, type of service, fragment offset, flags and checksum of the IP header count as 0, and the TTL as well
/// unless the packet goes to a group. The routers of one number share one sequence: each sends the successor of the
/// highest it has seen, and accepts what is higher.
enum AuthenticationHeader {
  static let authenticationType: UInt8 = 2
  private static let ipLength = 20
  private static let length = 24
  private static let addressOffset = ipLength + 4
  private static let sequenceOffset = ipLength + 8
  private static let code = ipLength + 12..<ipLength + length
  private static let trafficClass: UInt8 = 0xC0

  /// The whole IP packet; the kernel fills in the checksum of its header.
  static func packet(
    _ message: [UInt8], sequence: UInt32, key: Secret, source: IPAddress, destination: IPAddress, hopLimit: UInt8
  ) -> [UInt8] {
    var packet: [UInt8] = [0x45, trafficClass]
    packet.append(bigEndian: UInt16(clamping: VRRP.messageOffsetBehindHeader + message.count))
    // Never 0, for which the kernel would put a number of its own.
    packet.append(bigEndian: UInt16(sequence % 0xFFFF) + 1)
    packet.append(bigEndian: UInt16(0))
    packet += [hopLimit, VRRP.authenticationHeaderNumber, 0, 0]
    packet += source.bytes + destination.bytes
    packet += [VRRP.protocolNumber, UInt8(length / 4 - 2), 0, 0]
    packet += source.bytes
    packet.append(bigEndian: sequence)
    packet += [UInt8](repeating: 0, count: code.count)
    packet += message
    packet.replaceSubrange(code, with: code(of: packet, key: key))
    return packet
  }

  /// Checks that `packet` is one IP packet with an authentication header and something behind it.
  static func checkShape(_ packet: Span<UInt8>) throws(DropReason) {
    guard packet.count > VRRP.messageOffsetBehindHeader, packet[0] == 0x45,
      Int(packet.readUInt16(at: 2)) == packet.count
    else {
      throw .packetLength
    }
    guard packet[9] == VRRP.authenticationHeaderNumber, packet[ipLength] == VRRP.protocolNumber else {
      throw .malformedAuthentication
    }
  }

  /// Checks a packet that has the right shape in keepalived's order: sender, sequence, code. Returns its sequence number.
  static func verify(_ packet: Span<UInt8>, key: Secret, after last: UInt32) throws(DropReason) -> UInt32 {
    guard packet.readUInt32(at: addressOffset) == packet.readUInt32(at: 12) else { throw .malformedAuthentication }
    let sequence = packet.readUInt32(at: sequenceOffset)
    guard sequence > last else { throw .replayedAuthentication }
    let bytes = packet.indices.map { packet[$0] }
    guard Secret(code(of: bytes, key: key)).equals(bytes[code]) else { throw .authenticationFailure }
    return sequence
  }

  private static func code(of packet: [UInt8], key: Secret) -> [UInt8] {
    var packet = packet
    let isMulticast = packet[16] & 0xF0 == 0xE0
    for offset in [1, 6, 7, 10, 11] + (isMulticast ? [] : [8]) { packet[offset] = 0 }
    for offset in code { packet[offset] = 0 }
    let digest = HMAC<Insecure.MD5>.authenticationCode(for: packet, using: SymmetricKey(data: key.bytes))
    return Array(digest.prefix(code.count))
  }
}
