public import NetPrimitives

/// Everything that an advertisement says, apart from its priority and its addressees.
public struct AdvertisementContent: Sendable, Equatable {
  /// The version to write.
  public var version: VRRPVersion
  /// The virtual router's number, 1 to 255.
  public var virtualRouterID: UInt8
  /// The interval to announce; written in the unit of the version.
  public var interval: Interval
  /// The addresses, all of one family, at most 255.
  public var addresses: [IPAddress]
  /// How the advertisement is authenticated. Header and trailer are not part of the message; v2 has authentication data
  /// of its own (RFC 2338 5.3.6).
  public var authentication: Authentication?
  /// IPv4 v3 only: the form of the checksum to write.
  public var checksumForm: ChecksumForm

  /// The content of advertisements.
  public init(
    version: VRRPVersion, virtualRouterID: UInt8, interval: Interval, addresses: [IPAddress],
    authentication: Authentication? = nil, checksumForm: ChecksumForm = .pseudoHeader
  ) {
    self.version = version
    self.virtualRouterID = virtualRouterID
    self.interval = interval
    self.addresses = addresses
    self.authentication = authentication
    self.checksumForm = checksumForm
  }

  /// The message with `priority`, its checksum made for a packet from `source` to `destination`.
  public func message(priority: UInt8, source: IPAddress, destination: IPAddress) -> [UInt8] {
    let count = min(addresses.count, 255)
    var bytes: [UInt8] = [version.rawValue << 4 | 1, virtualRouterID, priority, UInt8(truncatingIfNeeded: count)]
    let steps = version.nearestInterval(to: interval)
    switch version {
    case .v2:
      bytes.append(authentication?.typeOnWire ?? 0)
      bytes.append(UInt8(clamping: steps.nanoseconds / 1_000_000_000))
    case .v3: bytes.append(bigEndian: UInt16(clamping: steps.nanoseconds / 10_000_000))
    }
    bytes.append(bigEndian: UInt16(0))
    for address in addresses.prefix(count) { bytes.append(contentsOf: address.bytes) }
    if version == .v2 { bytes.append(contentsOf: authenticationData) }
    var checksum = InternetChecksum()
    checksum.add(bytes.span)
    if source.family == .ipv6 || version == .v3 && checksumForm == .pseudoHeader {
      checksum.addPseudoHeader(
        source: source, destination: destination, protocol: VRRP.protocolNumber, length: bytes.count)
    }
    bytes.replace(at: Advertisement.checksumOffset, bigEndian: checksum.value)
    return bytes
  }

  private var authenticationData: [UInt8] {
    if case .password(let password) = authentication { password.bytes } else { [UInt8](repeating: 0, count: 8) }
  }
}

/// A simple text password of VRRPv2 (`auth_type PASS`): 8 bytes, sent in clear.
public struct Password: Sendable, Hashable {
  /// The authentication type on the wire (RFC 2338 5.3.6).
  static let authenticationType: UInt8 = 1
  /// Exactly 8 bytes: the text, cut or padded with NUL bytes.
  public let bytes: [UInt8]

  /// The first 8 bytes of `text` in UTF-8, padded with NUL bytes.
  public init(_ text: String) {
    self.init(bytes: Array(text.utf8))
  }

  /// The first 8 of `bytes`, padded with NUL bytes.
  public init(bytes: [UInt8]) {
    self.bytes = bytes.prefix(8) + [UInt8](repeating: 0, count: max(0, 8 - bytes.count))
  }

  /// Whether the 8 bytes of `message` from `offset` are this password, in a time that does not depend on where they differ.
  func matches(_ message: Span<UInt8>, at offset: Int) -> Bool {
    var difference: UInt8 = 0
    for index in 0..<8 { difference |= bytes[index] ^ message[offset + index] }
    return difference == 0
  }
}
