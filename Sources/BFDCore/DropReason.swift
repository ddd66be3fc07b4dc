/// Why a received packet was discarded. Each reason has its own counter, for the session it concerned where one was
/// found, else for the table.
///
/// The cases stand in the order in which a packet meets the checks (RFC 5880 6.8.6).
public enum DropReason: Int, Error, Hashable, Sendable, CaseIterable, BitwiseCopyable {
  /// The payload is shorter than the mandatory section.
  case truncated
  /// The version is not 1.
  case badVersion
  /// The length field is below 24, or below 26 with the A bit.
  case lengthTooShort
  /// The length field is larger than the payload.
  case lengthBeyondPayload
  /// The detection multiplier is 0.
  case zeroMultiplier
  /// The M bit is set.
  case multipoint
  /// My Discriminator is 0.
  case zeroMyDiscriminator
  /// Your Discriminator is not one of ours.
  case unknownDiscriminator
  /// Your Discriminator is 0 in state Init or Up.
  case zeroYourDiscriminator
  /// Your Discriminator is 0 and no session has this source, destination and interface.
  case noSession
  /// No session is made for this sender: it is not in the interface's subnet, or not among those allowed (RFC 9468 2).
  case unsolicitedNotAllowed
  /// No session is made for this sender: there are as many as may be.
  case unsolicitedLimit
  /// It names a session of another routing domain (VRF) than the one it came in by.
  case wrongVRF
  /// It came to the single-hop port for a multihop session, or the other way round.
  case wrongPort
  /// It is for a single-hop session that is bound to another interface, or is Up on another one (RFC 5881 3).
  case wrongInterface
  /// The kernel did not say with which TTL or hop limit it arrived.
  case hopLimitUnknown
  /// The TTL or hop limit is lower than the session accepts: 255 for a single hop (RFC 5881 5).
  case hopLimitTooLow
  /// The session's own address or interface is missing at the moment.
  case pathUnavailable
  /// The A bit is set, but the session uses no authentication.
  case unexpectedAuthentication
  /// The A bit is clear, but the session uses authentication.
  case missingAuthentication
  /// The Auth Type is none of those of the session's keys.
  case authenticationTypeMismatch
  /// The session has no key with this Auth Key ID.
  case unknownKeyID
  /// The Auth Len is not the one of type and key, or does not fit the packet's length.
  case authenticationLength
  /// The sequence number is not ahead of the last packet's, or too far (RFC 5880 6.7.3).
  case replayedSequence
  /// The digest is not the one that the key gives this packet.
  case digestMismatch
  /// The password is not the one with this Auth Key ID.
  case passwordMismatch
  /// It came to an S-BFD initiator and is no answer of its reflector: D is set, the state is Down or Init, or a discriminator
  /// is another one (RFC 7880 7.3).
  case notReflected
  /// It came to the S-BFD reflector with D clear: another reflector's answer (RFC 7880 7.2.3).
  case reflectedDemandClear
  /// It came to the S-BFD reflector from its own port (RFC 7881 6).
  case reflectedSourcePort
  /// It came to the S-BFD reflector from an address that is not allowed.
  case reflectedNotAllowed
  /// The S-BFD reflector answers no more packets in this second.
  case reflectedRate
  /// An echo packet that is no session's, or that of a session whose Echo function is not active any more.
  case unknownEcho
  /// An echo packet that names a session of ours and was not made by it.
  case echoDigestMismatch
  /// An echo packet that has come back before, or that a later one has overtaken.
  case echoRepeated
  /// An unaffiliated echo packet whose TTL or hop limit is not 254: it was not sent back by exactly one system (RFC 9747 2).
  case echoHopLimit
  /// An echo packet of the neighbor that came sooner than its session asked for: it is not sent back.
  case echoRate
  /// The session is administratively down: the peer's values were taken over, its state ignored.
  case administrativelyDown

  /// The counter's name in JSON and metrics.
  public var name: String {
    switch self {
    case .truncated: "truncated"
    case .badVersion: "bad_version"
    case .lengthTooShort: "length_too_short"
    case .lengthBeyondPayload: "length_beyond_payload"
    case .zeroMultiplier: "zero_multiplier"
    case .multipoint: "multipoint"
    case .zeroMyDiscriminator: "zero_my_discriminator"
    case .unknownDiscriminator: "unknown_discriminator"
    case .zeroYourDiscriminator: "zero_your_discriminator"
    case .noSession: "no_session"
    case .unsolicitedNotAllowed: "unsolicited_not_allowed"
    case .unsolicitedLimit: "unsolicited_limit"
    case .wrongVRF: "wrong_vrf"
    case .wrongPort: "wrong_port"
    case .wrongInterface: "wrong_interface"
    case .hopLimitUnknown: "hop_limit_unknown"
    case .hopLimitTooLow: "hop_limit_too_low"
    case .pathUnavailable: "path_unavailable"
    case .unexpectedAuthentication: "unexpected_authentication"
    case .missingAuthentication: "missing_authentication"
    case .authenticationTypeMismatch: "authentication_type_mismatch"
    case .unknownKeyID: "unknown_key_id"
    case .authenticationLength: "authentication_length"
    case .replayedSequence: "replayed_sequence"
    case .digestMismatch: "digest_mismatch"
    case .passwordMismatch: "password_mismatch"
    case .notReflected: "sbfd_not_reflected"
    case .reflectedDemandClear: "sbfd_demand_clear"
    case .reflectedSourcePort: "sbfd_source_port"
    case .reflectedNotAllowed: "sbfd_not_allowed"
    case .reflectedRate: "sbfd_rate"
    case .unknownEcho: "unknown_echo"
    case .echoDigestMismatch: "echo_digest_mismatch"
    case .echoRepeated: "echo_repeated"
    case .echoHopLimit: "echo_hop_limit"
    case .echoRate: "echo_rate"
    case .administrativelyDown: "administratively_down"
    }
  }
}

/// One counter for each `DropReason`.
public struct DropCounters: Sendable, BitwiseCopyable {
  private var counts = [37 of UInt64](repeating: 0)

  /// All counters at 0.
  public init() {}

  /// How many packets were discarded for `reason`.
  public subscript(reason: DropReason) -> UInt64 { counts[reason.rawValue] }

  /// How many packets were discarded in all.
  public var total: UInt64 { DropReason.allCases.reduce(0) { $0 &+ self[$1] } }

  mutating func count(_ reason: DropReason) {
    counts[reason.rawValue] &+= 1
  }

  /// Counts what `other` has counted, too.
  public mutating func add(_ other: DropCounters) {
    for index in counts.indices { counts[index] &+= other.counts[index] }
  }
}
