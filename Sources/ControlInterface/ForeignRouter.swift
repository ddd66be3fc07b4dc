/// A router whose advertisements were heard and are none of ours.
public struct ForeignRouter: Codable, Equatable, Sendable {
  /// What is foreign about it.
  public enum Kind: String, Codable, Equatable, Sendable, CaseIterable {
    /// No instance on the interface has its virtual router id.
    case unknownVRID = "unknown_vrid"
    /// An instance has its virtual router id, and does not accept what it says: version, authentication, interval or
    /// checksum differ.
    case notAccepted = "not_accepted"
    /// An instance has its virtual router id, and other addresses.
    case otherAddresses = "other_addresses"
  }

  /// The interface it was heard on.
  public var interface: String
  /// The virtual router id it advertises.
  public var vrid: Int
  /// Its address.
  public var source: String
  /// The protocol version.
  public var version: Int
  /// The priority it advertised last.
  public var priority: Int
  /// What is foreign about it.
  public var kind: Kind
  /// Advertisements heard.
  public var count: Int
  /// When it was heard first, in microseconds since the Unix epoch.
  public var firstSeen: Int
  /// When it was heard last.
  public var lastSeen: Int

  /// A foreign router.
  public init(
    interface: String, vrid: Int, source: String, version: Int, priority: Int, kind: Kind, count: Int, firstSeen: Int,
    lastSeen: Int
  ) {
    self.interface = interface
    self.vrid = vrid
    self.source = source
    self.version = version
    self.priority = priority
    self.kind = kind
    self.count = count
    self.firstSeen = firstSeen
    self.lastSeen = lastSeen
  }

  enum CodingKeys: String, CodingKey {
    case interface, vrid, source, version, priority, kind, count
    case firstSeen = "first_seen"
    case lastSeen = "last_seen"
  }
}

/// The reply of dev.baton.vrrp.Foreign.
public struct ForeignReply: Codable, Equatable, Sendable {
  /// At most 64 routers.
  public let routers: [ForeignRouter]

  /// A reply with `routers`.
  public init(routers: [ForeignRouter]) { self.routers = routers }
}

/// The reply of dev.baton.vrrp.KeepalivedDump.
public struct KeepalivedDumpReply: Codable, Equatable, Sendable {
  /// A JSON array.
  public let json: String

  /// A reply with `json`.
  public init(json: String) { self.json = json }
}
