/// What was counted for one VRRP instance: the statistics of RFC 8347, and some of our own.
public struct InstanceStatistics: Codable, Equatable, Sendable {
  /// How often the state changed.
  public var stateTransitions = 0
  /// How often the instance became master.
  public var masterTransitions = 0
  /// How often it gave that up.
  public var masterReleases = 0
  /// Advertisements accepted.
  public var advertisementRcvd = 0
  /// Advertisements sent.
  public var advertisementSent = 0
  /// Packets with a wrong VRRP checksum.
  public var checksumErrors = 0
  /// Packets of a version that is not configured.
  public var versionErrors = 0
  /// Packets with an unknown virtual router id.
  public var vridErrors = 0
  /// Packets whose TTL or hop limit was not 255.
  public var ipTTLErrors = 0
  /// Advertisements whose interval is not the configured one (VRRPv2).
  public var intervalErrors = 0
  /// Advertisements with priority 0 accepted.
  public var priorityZeroPktsRcvd = 0
  /// Advertisements with priority 0 sent.
  public var priorityZeroPktsSent = 0
  /// Packets of a type other than advertisement.
  public var invalidTypePktsRcvd = 0
  /// Advertisements whose addresses are not the configured ones.
  public var addressListErrors = 0
  /// Packets shorter than they say, or than they can be.
  public var packetLengthErrors = 0
  /// Packets whose authentication does not fit the configured one (VRRPv2).
  public var authenticationErrors = 0
  /// Packets discarded for any other reason.
  public var otherErrors = 0
  /// Advertisements the kernel did not take.
  public var sendFailed = 0
  /// IPv4 advertisements accepted whose VRRPv3 checksum covers a pseudo-header (RFC 5798).
  public var checksumWithPseudoHeader = 0
  /// IPv4 advertisements accepted whose VRRPv3 checksum covers the message only (RFC 9568).
  public var checksumWithoutPseudoHeader = 0
  /// How often another router was heard as master while this one was.
  public var dualMasterEpisodes = 0
  /// How often the instance took over because BFD saw the master die.
  public var takeovers = 0
  /// How many of these takeovers the old master answered by being alive.
  public var falseTakeovers = 0
  /// Gratuitous ARP packets or unsolicited neighbour advertisements sent.
  public var gratuitousSent = 0
  /// Packets that were not accepted, by reason.
  public var drops: [String: Int] = [:]
  /// How late the daemon was with this instance's deadlines.
  public var lateness = DurationFigures()

  /// Nothing counted yet.
  public init() {}

  enum CodingKeys: String, CodingKey {
    case stateTransitions = "state_transitions"
    case masterTransitions = "master_transitions"
    case masterReleases = "master_releases"
    case advertisementRcvd = "advertisement_rcvd"
    case advertisementSent = "advertisement_sent"
    case checksumErrors = "checksum_errors"
    case versionErrors = "version_errors"
    case vridErrors = "vrid_errors"
    case ipTTLErrors = "ip_ttl_errors"
    case intervalErrors = "interval_errors"
    case priorityZeroPktsRcvd = "priority_zero_pkts_rcvd"
    case priorityZeroPktsSent = "priority_zero_pkts_sent"
    case invalidTypePktsRcvd = "invalid_type_pkts_rcvd"
    case addressListErrors = "address_list_errors"
    case packetLengthErrors = "packet_length_errors"
    case authenticationErrors = "authentication_errors"
    case otherErrors = "other_errors"
    case sendFailed = "send_failed"
    case checksumWithPseudoHeader = "checksum_with_pseudo_header"
    case checksumWithoutPseudoHeader = "checksum_without_pseudo_header"
    case dualMasterEpisodes = "dual_master_episodes"
    case takeovers
    case falseTakeovers = "false_takeovers"
    case gratuitousSent = "gratuitous_sent"
    case drops, lateness
  }
}
