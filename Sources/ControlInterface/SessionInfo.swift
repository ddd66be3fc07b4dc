// What bfdd says about its sessions. JSON names are the YANG leaf names of RFC 9314 with `_` for `-`. Intervals and ages
// are in microseconds, points in time in microseconds since the Unix epoch; what does not apply is null.

/// The state of a BFD session (RFC 5880 4.1, `state` of RFC 9314).
public enum SessionState: String, Codable, Equatable, Sendable, CaseIterable {
  /// Held down by an operator.
  case adminDown = "admin_down"
  /// The path does not work, or nobody answers.
  case down
  /// The neighbour is heard but does not hear us yet.
  case `init`
  /// The path works both ways.
  case up
}

/// What kind of session it is.
public enum SessionType: String, Codable, Equatable, Sendable, CaseIterable {
  /// RFC 5881: neighbours on one link.
  case singleHop = "single_hop"
  /// RFC 5883: routers may stand between.
  case multihop
  /// RFC 7880: this end asks a reflector.
  case sbfdInitiator = "sbfd_initiator"
}

/// How a session came to be.
public enum SessionOrigin: String, Codable, Equatable, Sendable, CaseIterable {
  /// By a `bfd_instance`.
  case configured
  /// By its neighbour, where a `bfd_unsolicited` lets it (RFC 9468).
  case unsolicited
}

/// A BFD diagnostic code (RFC 5880 4.1).
public struct Diagnostic: Codable, Equatable, Sendable {
  /// The code, 0 to 31.
  public var number: Int
  /// What it says, such as "control detection time expired".
  public var text: String

  /// A diagnostic.
  public init(number: Int, text: String) {
    self.number = number
    self.text = text
  }

  /// Code 0.
  public static let none = Diagnostic(number: 0, text: "no diagnostic")
}

/// Smallest, mean and largest of a number of measured lengths of time, and how they spread.
public struct DurationFigures: Codable, Equatable, Sendable {
  /// How many were measured.
  public var count: Int
  /// The shortest, in microseconds; null where none was measured.
  public var min: Int?
  /// The mean, in microseconds; null where none was measured.
  public var mean: Int?
  /// The longest, in microseconds; null where none was measured.
  public var max: Int?
  /// All together, in microseconds; null where it is not kept.
  public var sum: Int?
  /// How many lasted less than 1, 2, 4, 8, ... microseconds and not less than the bound before; the last one counts all
  /// that lasted longer. Null where only the extremes are kept.
  public var buckets: [Int]?

  /// Figures over `count` measurements.
  public init(
    count: Int = 0, min: Int? = nil, mean: Int? = nil, max: Int? = nil, sum: Int? = nil, buckets: [Int]? = nil
  ) {
    self.count = count
    self.min = min
    self.mean = mean
    self.max = max
    self.sum = sum
    self.buckets = buckets
  }
}

/// What was counted for one session.
public struct SessionStatistics: Codable, Equatable, Sendable {
  /// When the session was created.
  public var createTime = 0
  /// Packets accepted.
  public var receivePacketCount = 0
  /// Packets sent.
  public var sendPacketCount = 0
  /// Packets discarded, all reasons together.
  public var receiveInvalidPacketCount = 0
  /// Packets the kernel did not take.
  public var sendFailedPacketCount = 0
  /// Those of them that were longer than the link's MTU.
  public var sendOversizePacketCount = 0
  /// How often the session went to Up.
  public var upCount = 0
  /// How often the session left Up for Down.
  public var downCount = 0
  /// How often the session went to AdminDown.
  public var adminDownCount = 0
  /// Polls that Demand mode or an operator asked for.
  public var pollCount = 0
  /// Echo packets sent.
  public var echoSendPacketCount = 0
  /// Echo packets that came back.
  public var echoReceivePacketCount = 0
  /// Echo packets of the neighbour that were sent back to it.
  public var echoLoopPacketCount = 0
  /// How long echo packets were under way, there and back.
  public var echoRoundTrip = DurationFigures()
  /// Discarded packets by reason.
  public var drops: [String: Int] = [:]
  /// The time between one accepted packet and the next, since the counters were cleared.
  public var receiveGap = DurationFigures()
  /// How much of the detection time was left when the latest of these packets came: the session was this near to going
  /// down. Negative where a packet was late and still counted. Null before the first.
  public var leastDetectionMargin: Int?
  /// How late the daemon was with this session's deadlines.
  public var lateness = DurationFigures()

  /// Nothing counted yet.
  public init() {}

  enum CodingKeys: String, CodingKey {
    case createTime = "create_time"
    case receivePacketCount = "receive_packet_count"
    case sendPacketCount = "send_packet_count"
    case receiveInvalidPacketCount = "receive_invalid_packet_count"
    case sendFailedPacketCount = "send_failed_packet_count"
    case sendOversizePacketCount = "send_oversize_packet_count"
    case upCount = "up_count"
    case downCount = "down_count"
    case adminDownCount = "admin_down_count"
    case pollCount = "poll_count"
    case echoSendPacketCount = "echo_send_packet_count"
    case echoReceivePacketCount = "echo_receive_packet_count"
    case echoLoopPacketCount = "echo_loop_packet_count"
    case echoRoundTrip = "echo_round_trip"
    case drops
    case receiveGap = "receive_gap"
    case leastDetectionMargin = "least_detection_margin"
    case lateness
  }
}

/// One BFD session.
public struct SessionInfo: Codable, Equatable, Sendable {
  /// The name of the `bfd_instance`.
  public var name: String
  /// The neighbour's address.
  public var neighbor: String
  /// The local address; null until one is chosen.
  public var source: String?
  /// The interface the session uses: the configured one, else the one on which its peer was heard last.
  public var interface: String?
  /// What kind of session it is.
  public var type = SessionType.singleHop
  /// Whether this is a multihop session (RFC 5883).
  public var multihop = false
  /// How it came to be.
  public var origin = SessionOrigin.configured
  /// The VRF device whose routes and addresses are used; null where there is none.
  public var vrf: String?
  /// The DSCP that packets are marked with.
  public var dscp = 48
  /// The bytes of UDP payload that packets are padded to (RFC 9764); null where they are not padded.
  public var paddedPDUSize: Int?
  /// The local state.
  public var localState = SessionState.down
  /// The state in the neighbour's last packet; null before the first.
  public var remoteState: SessionState?
  /// Why the local state changed last.
  public var localDiagnostic = Diagnostic.none
  /// The diagnostic in the neighbour's last packet; null before the first.
  public var remoteDiagnostic: Diagnostic?
  /// The local discriminator.
  public var localDiscriminator = 0
  /// The neighbour's discriminator; null while it is not known.
  public var remoteDiscriminator: Int?
  /// The local detection multiplier.
  public var localMultiplier = 3
  /// The neighbour's detection multiplier; null before its first packet.
  public var remoteMultiplier: Int?
  /// The configured minimum interval between sent packets.
  public var desiredMinTxInterval = 1_000_000
  /// The configured minimum interval between received packets.
  public var requiredMinRxInterval = 1_000_000
  /// The neighbour's desired minimum transmit interval; null before its first packet.
  public var remoteDesiredMinTxInterval: Int?
  /// The neighbour's required minimum receive interval; null before its first packet.
  public var remoteRequiredMinRxInterval: Int?
  /// The interval between packets sent, before jitter; null while none are sent.
  public var negotiatedTxInterval: Int?
  /// The interval at which the neighbour's packets are expected; null while none are.
  public var negotiatedRxInterval: Int?
  /// After this much silence the session goes Down; null while it is not known.
  public var detectionTime: Int?
  /// When the session went to Up last; null if it never did.
  public var lastUp: Int?
  /// When the session left Up last; null if it never did.
  public var lastDown: Int?
  /// How long the session is Up; null while it is not.
  public var uptime: Int?
  /// How long ago the last packet was accepted; null before the first.
  public var lastReceivedAge: Int?
  /// Whether the session waits for the neighbour's first packet before it sends (`passive`).
  public var passive = false
  /// Whether this is an unaffiliated echo session (RFC 9747): the neighbour only forwards.
  public var unaffiliatedEcho = false
  /// How often the neighbour may send echo packets; null where they are not looped.
  public var requiredMinEchoRxInterval: Int?
  /// How often the neighbour lets us send echo packets, 0 for never; null before its first packet.
  public var remoteRequiredMinEchoRxInterval: Int?
  /// The configured interval between echo packets sent; null where none are to be sent.
  public var echoTxInterval: Int?
  /// The interval between echo packets sent, before jitter; null while none are sent.
  public var negotiatedEchoTxInterval: Int?
  /// After this long without an echo coming back the session goes Down; null while none are sent.
  public var echoDetectionTime: Int?
  /// How long the last echo packet was under way, there and back; null before the first.
  public var echoLastRoundTrip: Int?
  /// Why echo packets cannot be sent or looped, in words.
  public var echoProblem: String?
  /// The configured time between two Polls in Demand mode; null without Demand mode.
  public var demandPollInterval: Int?
  /// Whether this end is in Demand mode: the neighbour is asked for no packets, and checked by Polls.
  public var demandActive = false
  /// Whether the neighbour is in Demand mode: it is sent no packets unasked.
  public var remoteDemandActive = false
  /// How packets are authenticated, such as "meticulous-keyed-sha1"; null where they are not.
  public var authenticationType: String?
  /// The id of the key that packets are sent with; null where they are not authenticated. The key is never told.
  public var authenticationKeyID: Int?
  /// Whether a change of keys waits for the neighbour to follow; null where there are no keys, old or new.
  public var authenticationChanging: Bool?
  /// What keeps the session from working, in words, such as a source address this machine does not have.
  public var problem: String?
  /// What was counted.
  public var statistics = SessionStatistics()

  /// A session in state Down of which nothing else is known.
  public init(name: String, neighbor: String) {
    self.name = name
    self.neighbor = neighbor
  }

  enum CodingKeys: String, CodingKey {
    case name, neighbor, source, interface, type, multihop, origin, vrf, dscp
    case paddedPDUSize = "padded_pdu_size"
    case localState = "local_state"
    case remoteState = "remote_state"
    case localDiagnostic = "local_diagnostic"
    case remoteDiagnostic = "remote_diagnostic"
    case localDiscriminator = "local_discriminator"
    case remoteDiscriminator = "remote_discriminator"
    case localMultiplier = "local_multiplier"
    case remoteMultiplier = "remote_multiplier"
    case desiredMinTxInterval = "desired_min_tx_interval"
    case requiredMinRxInterval = "required_min_rx_interval"
    case remoteDesiredMinTxInterval = "remote_desired_min_tx_interval"
    case remoteRequiredMinRxInterval = "remote_required_min_rx_interval"
    case negotiatedTxInterval = "negotiated_tx_interval"
    case negotiatedRxInterval = "negotiated_rx_interval"
    case detectionTime = "detection_time"
    case lastUp = "last_up"
    case lastDown = "last_down"
    case uptime
    case lastReceivedAge = "last_received_age"
    case passive
    case unaffiliatedEcho = "unaffiliated_echo"
    case requiredMinEchoRxInterval = "required_min_echo_rx_interval"
    case remoteRequiredMinEchoRxInterval = "remote_required_min_echo_rx_interval"
    case echoTxInterval = "echo_tx_interval"
    case negotiatedEchoTxInterval = "negotiated_echo_tx_interval"
    case echoDetectionTime = "echo_detection_time"
    case echoLastRoundTrip = "echo_last_round_trip"
    case echoProblem = "echo_problem"
    case demandPollInterval = "demand_poll_interval"
    case demandActive = "demand_active"
    case remoteDemandActive = "remote_demand_active"
    case authenticationType = "authentication_type"
    case authenticationKeyID = "authentication_key_id"
    case authenticationChanging = "authentication_changing"
    case problem, statistics
  }
}
