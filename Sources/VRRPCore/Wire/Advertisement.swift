public import NetPrimitives

/// The fixed part of a received advertisement, as it stands on the wire, with its length already checked.
///
/// ```
///  0                   1                   2                   3
///  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |Version| Type  | Virtual Rtr ID|   Priority    |  Addr Count   |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |Rsrvd| Max Advertise Interval  |          Checksum             |   v3, RFC 9568 5.2
/// |  Auth Type    | Advert Int    |          Checksum             |   v2, RFC 3768 5.1
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |                        Address(es)                            |
/// |              v2 only: 8 bytes of authentication data          |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// ```
public struct Advertisement: Hashable, Sendable, BitwiseCopyable {
  /// The version nibble, 0 to 15.
  public let version: UInt8
  /// The type nibble, 0 to 15; 1 is ADVERTISEMENT.
  public let type: UInt8
  /// The virtual router's number, 1 to 255.
  public let virtualRouterID: UInt8
  /// The sender's priority; 0 means that it gives up.
  public let priority: UInt8
  /// How many addresses follow.
  public let addressCount: UInt8
  /// v2: the authentication type; otherwise 0.
  public let authenticationType: UInt8
  /// The advertisement interval that the sender announces.
  public let interval: Interval
  /// The family of the addresses, which is that of the IP packet.
  public let family: AddressFamily

  static let headerLength = 8
  static let authenticationLength = 8
  static let checksumOffset = 6

  /// Reads the header of `message`, the payload of an IP packet of `family`. Behind what the header promises there may
  /// be a trailer of `trailerLength` bytes.
  ///
  /// - Throws: `DropReason.packetLength` where the length is not exactly what the header promises.
  public init(_ message: Span<UInt8>, family: AddressFamily, trailerLength: Int = 0) throws(DropReason) {
    guard message.count >= Self.headerLength else { throw .packetLength }
    version = message.readUInt8(at: 0) >> 4
    type = message.readUInt8(at: 0) & 0xF
    virtualRouterID = message.readUInt8(at: 1)
    priority = message.readUInt8(at: 2)
    addressCount = message.readUInt8(at: 3)
    self.family = family
    if version == VRRPVersion.v2.rawValue {
      authenticationType = message.readUInt8(at: 4)
      interval = .seconds(Int64(message.readUInt8(at: 5)))
    } else {
      authenticationType = 0
      interval = .centiseconds(Int64(message.readUInt16(at: 4) & 0xFFF))
    }
    guard message.count == length || message.count == length + trailerLength else { throw .packetLength }
  }

  /// The length of the whole message in bytes, without a trailer.
  var length: Int {
    Self.headerLength + Int(addressCount) * family.addressLength
      + (version == VRRPVersion.v2.rawValue ? Self.authenticationLength : 0)
  }

  /// Where the v2 authentication data begins.
  var authenticationOffset: Int { Self.headerLength + Int(addressCount) * family.addressLength }

  /// The address number `index` of `message`, from which this header was read. `index` must be below `addressCount`.
  public func address(_ index: Int, of message: Span<UInt8>) -> IPAddress {
    IPAddress(family, from: message, at: Self.headerLength + index * family.addressLength)
  }
}

/// How the checksum of a received IPv4 VRRPv3 message was made; both are in use (RFC 5798 can be read either way,
/// RFC 9568 5.2.8 leaves the pseudo-header out).
public enum ChecksumForm: Sendable, Hashable {
  /// Over the message alone: all of v2, v3 by RFC 9568, keepalived's `v3_checksum_as_v2`.
  case messageOnly
  /// Over a pseudo-header and the message: all of IPv6, keepalived's and FRR's default for IPv4.
  case pseudoHeader
}

extension ChecksumForm {
  /// The form in which the checksum of `message` is right; `nil` where it is right in none that its version knows.
  static func verified(
    _ message: Span<UInt8>, version: VRRPVersion, source: IPAddress, destination: IPAddress
  ) -> ChecksumForm? {
    var alone = InternetChecksum()
    alone.add(message)
    if source.family == .ipv4, alone.value == 0 { return .messageOnly }
    guard version == .v3, source.family == destination.family else { return nil }
    var full = alone
    full.addPseudoHeader(
      source: source, destination: destination, protocol: VRRP.protocolNumber, length: message.count)
    return full.value == 0 ? .pseudoHeader : nil
  }
}
