/// Why an advertisement was not accepted, in the order in which the checks are made. Each reason has its own counter.
///
/// The order is keepalived's, so that a packet with two faults is counted under the same one.
public enum DropReason: Int, Error, Hashable, Sendable, CaseIterable, BitwiseCopyable {
  /// Too short for its header, or not exactly as long as its version and address count say (RFC 9568 7.1).
  case packetLength
  /// A multicast packet whose TTL or hop limit is not 255, or is not known (RFC 9568 7.1).
  case hopLimit
  /// Not the version this router speaks.
  case version
  /// v2: an authentication type that does not exist (RFC 3768 5.3.6: 0, 1 and 2 do).
  case authenticationType
  /// v2: an authentication type other than the configured one.
  case authenticationMismatch
  /// The right type, but the wrong password, or a code that was not made with our key.
  case authenticationFailure
  /// No `auth_hmac` trailer, which is demanded.
  case missingAuthentication
  /// An authentication header or trailer that contradicts itself.
  case malformedAuthentication
  /// A trailer whose time is too far from ours.
  case staleAuthentication
  /// A trailer made with a key whose number we do not have.
  case unknownKey
  /// A sequence number that is not new: somebody repeats what was sent before.
  case replayedAuthentication
  /// v2: an interval other than the configured one; v3: an interval of 0 (RFC 9568 erratum 8301).
  case interval
  /// Not an ADVERTISEMENT, the only type there is (RFC 9568 5.2.2).
  case packetType
  /// The checksum is wrong in every form that is in use.
  case checksum
  /// A unicast packet for a multicast router, or the reverse.
  case destination
  /// No address at all (RFC 9568 erratum 8299).
  case addressCount
  /// From one of our own addresses: the network reflects our packets. Answering them would make a storm.
  case ownAddress
  /// We own the addresses and `owner_ignore_adverts` is set, while the sender claims to own them too.
  case ownerIgnoresAdvertisements
  /// A unicast packet whose sender is not a configured peer, or whose TTL is outside the peer's limits.
  case unicastSource
  /// The router is in `init` or `fault` and takes no part in the election.
  case notListening

  /// The name under which the counter is shown, lower case with underscores.
  public var name: String {
    switch self {
    case .packetLength: "packet_length_errors"
    case .hopLimit: "ip_ttl_errors"
    case .version: "version_errors"
    case .authenticationType: "invalid_authentication_type"
    case .authenticationMismatch: "authentication_type_mismatch"
    case .authenticationFailure: "authentication_failures"
    case .missingAuthentication: "missing_authentication"
    case .malformedAuthentication: "malformed_authentication"
    case .staleAuthentication: "stale_authentication"
    case .unknownKey: "unknown_key_id"
    case .replayedAuthentication: "replayed_sequence"
    case .interval: "interval_errors"
    case .packetType: "invalid_type_pkts_rcvd"
    case .checksum: "checksum_errors"
    case .destination: "destination_errors"
    case .addressCount: "address_count_errors"
    case .ownAddress: "own_address_pkts_rcvd"
    case .ownerIgnoresAdvertisements: "owner_ignored_pkts_rcvd"
    case .unicastSource: "unicast_source_errors"
    case .notListening: "not_listening_pkts_rcvd"
    }
  }
}

/// One counter for each drop reason.
public struct DropCounters: Sendable, Equatable {
  private var counts = [UInt64](repeating: 0, count: DropReason.allCases.count)

  /// All counters at 0.
  public init() {}

  /// How many packets were dropped for `reason`.
  public internal(set) subscript(reason: DropReason) -> UInt64 {
    get { counts[reason.rawValue] }
    set { counts[reason.rawValue] = newValue }
  }

  /// How many packets were dropped for any reason but `notListening`, which is no fault of the sender.
  public var total: UInt64 { counts.reduce(0, &+) &- self[.notListening] }
}
