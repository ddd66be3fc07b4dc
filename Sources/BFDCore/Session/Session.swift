public import NetPrimitives

/// What is known about the other end: the fields of its last packet.
public struct RemoteEnd: Hashable, Sendable, BitwiseCopyable {
  /// bfd.RemoteDiscr; 0 where the peer has not been heard for a Detection Time.
  public internal(set) var discriminator: UInt32 = 0
  /// bfd.RemoteSessionState.
  public internal(set) var state = SessionState.down
  /// Why the peer's state last changed.
  public internal(set) var diagnostic = Diagnostic.none
  /// bfd.RemoteDemandMode.
  public internal(set) var isDemand = false
  /// The peer's detection multiplier; 0 before its first packet.
  public internal(set) var detectMultiplier: UInt8 = 0
  /// How often the peer would like to send.
  public internal(set) var desiredMinTxInterval = Interval.zero
  /// bfd.RemoteMinRxInterval: how often the peer is willing to receive. Its initial value is 1 us (RFC 5880 6.8.1).
  public internal(set) var requiredMinRxInterval = Interval.microseconds(1)
  /// How often the peer is willing to loop echo packets; zero for never.
  public internal(set) var requiredMinEchoRxInterval = Interval.zero

  /// Whether the peer was heard within the last Detection Time.
  public var isKnown: Bool { discriminator != 0 }
}

/// One BFD session: the state variables of RFC 5880 6.8.1. Plain data, so that a table of sessions is one flat block.
///
/// Its methods change the variables only; `SessionTable` sends, schedules and reports.
public struct Session: Sendable, BitwiseCopyable {
  /// Between which systems it runs.
  public internal(set) var path: SessionPath
  /// What the operator wants.
  public internal(set) var parameters: SessionParameters
  /// bfd.LocalDiscr; never 0.
  public internal(set) var localDiscriminator: UInt32

  /// bfd.SessionState.
  public internal(set) var state = SessionState.down
  /// bfd.LocalDiag.
  public internal(set) var localDiagnostic = Diagnostic.none
  /// The diagnostic with which the session last left Up; unlike `localDiagnostic` it outlives the next Up.
  public internal(set) var lastDownDiagnostic: Diagnostic?
  /// The peer's end.
  public internal(set) var remote = RemoteEnd()

  /// The index of the interface by which the peer's last packet came in; 0 before the first one.
  public internal(set) var arrivalInterface: UInt32 = 0

  /// bfd.DesiredMinTxInterval as it is advertised now.
  public internal(set) var desiredMinTxInterval: Interval
  /// bfd.RequiredMinRxInterval as it is advertised now.
  public internal(set) var requiredMinRxInterval: Interval
  /// The transmit interval in use, which follows an increase of the advertised one only after a Poll Sequence.
  var effectiveMinTxInterval: Interval
  /// The receive interval in use for detection, which follows a decrease only after a Poll Sequence.
  var effectiveMinRxInterval: Interval
  var poll = PollSequence.idle

  /// When the last packet was accepted, by the kernel's time stamp.
  public internal(set) var lastReceived: Instant?
  /// When the last packet was handed to the driver.
  public internal(set) var lastSent: Instant?
  /// Whether the session's own address and interface are there.
  public internal(set) var isPathAvailable = true
  /// How it was made, where nobody configured it.
  public internal(set) var unsolicited: UnsolicitedOrigin?
  /// Whether `SessionTable` has an authenticator for it.
  var isAuthenticated = false
  /// How often packets of the peer may be answered at once.
  var answers = AnswerBudget()
  /// How often echo packets of the peer may be sent back.
  var echoAnswers = AnswerBudget()
  /// Whether the next periodic packet answers a Poll.
  var owesFinal = false
  /// How AdminDown is told to a peer that may still believe the session to be Up.
  var announcement = AdminDownAnnouncement()
  /// Whether the driver can send echo packets, and can loop those of the peer.
  var maySendEcho = false
  var mayLoopEcho = false
  /// Whether the Echo function does the work of detection, so that the peer may send control packets slowly.
  var isSlowedByEcho = false
  /// Whether only Polls show that the peer is there: from the first D bit until the peer has confirmed that it is gone.
  public internal(set) var isDemandActive = false
  /// The answers to Polls in Demand mode, or the packets of an unaffiliated echo session.
  var watch = ReturnWatch(since: .zero)
  /// Until when AdminDown is still announced before the session is removed.
  var farewell: Instant?

  /// What it has seen.
  public internal(set) var statistics = SessionStatistics()

  /// The packet to send next, without P and F; encoded again only where the content changes.
  var content: ControlPacket
  var bytes = [52 of UInt8](repeating: 0)
  /// What the timers were set to; compared with what they should be after each event.
  var scheduledInterval: Interval?
  var reportedDetectionTime: Interval?
  var scheduledDemand = false

  /// What a TTL of 255 is after one system has forwarded the packet.
  static let loopedHopLimit: UInt8 = 254

  init(path: SessionPath, parameters: SessionParameters, localDiscriminator: UInt32, isEnabled: Bool) {
    self.path = path
    self.parameters = parameters
    self.localDiscriminator = localDiscriminator
    if !isEnabled {
      state = .adminDown
      localDiagnostic = .administrativelyDown
    }
    effectiveMinTxInterval = parameters.idleTxInterval
    // What an unaffiliated echo session says of its intervals is not read by anybody (RFC 9747 2).
    let isEcho = path.kind == .unaffiliatedEcho
    desiredMinTxInterval = isEcho ? .seconds(1) : parameters.idleTxInterval
    requiredMinRxInterval = isEcho ? .seconds(1) : parameters.requiredMinRxInterval
    effectiveMinRxInterval = requiredMinRxInterval
    content = ControlPacket(
      state: .down, detectMultiplier: 1, myDiscriminator: localDiscriminator, yourDiscriminator: 0,
      desiredMinTxInterval: 0, requiredMinRxInterval: 0)
    refreshContent()
  }

  /// Whether this is an S-BFD initiator: its peer reflects, it runs another state machine and says other things.
  var isInitiator: Bool { path.kind == .seamless }
  /// Whether a Poll Sequence waits for the peer's Final.
  public var isPolling: Bool { poll.isActive }
  /// Whether the session is being removed and only announces AdminDown.
  public var isLeaving: Bool { farewell != nil }
}
