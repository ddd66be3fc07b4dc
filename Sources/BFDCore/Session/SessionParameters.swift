public import NetPrimitives

/// Which of the UDP applications of BFD a session or packet belongs to.
public enum PathKind: UInt8, Hashable, Sendable, CaseIterable, BitwiseCopyable {
  /// RFC 5881: neighbours on one link.
  case singleHop
  /// RFC 5883: routers may stand between.
  case multihop
  /// RFC 7880, RFC 7881: this end is an S-BFD initiator, the other a reflector. Answers come to the initiator's own port.
  case seamless
  /// RFC 9747: control packets to this system itself by way of a neighbour that only forwards them.
  case unaffiliatedEcho

  /// The UDP destination port of control packets: 3784, 4784, 7784 or 3785.
  public var port: UInt16 {
    switch self {
    case .singleHop: 3784
    case .multihop: 4784
    case .seamless: 7784
    case .unaffiliatedEcho: 3785
    }
  }
}

/// Which two systems a session runs between.
public struct SessionPath: Hashable, Sendable, BitwiseCopyable {
  /// The peer's address, without scope: `interface` says on which link a link-local one is.
  public let peer: IPAddress
  /// Our address; `nil` takes packets to any address of this system.
  public let local: IPAddress?
  /// The index of the interface the peer is on; 0 for any.
  public internal(set) var interface: UInt32
  /// Single hop or multihop.
  public let kind: PathKind
  /// The routing domain (VRF), by a number of the driver's choice: the same address in another domain is another peer.
  public let domain: UInt32

  /// A path; the scopes of the addresses are dropped.
  public init(
    peer: IPAddress, local: IPAddress? = nil, interface: UInt32 = 0, kind: PathKind = .singleHop, domain: UInt32 = 0
  ) {
    self.peer = peer.scoped(to: 0)
    self.local = local?.scoped(to: 0)
    self.interface = interface
    self.kind = kind
    self.domain = domain
  }
}

/// What the operator decides about a session. All of it may change while the session runs.
public struct SessionParameters: Hashable, Sendable, BitwiseCopyable {
  /// The slowest start RFC 5880 6.8.3 allows: a session that is not Up sends no faster than this.
  public static let minimumIdleInterval = Interval.seconds(1)

  /// How often to send once Up, at most; 1 us to 4294.967295 s.
  public let desiredMinTxInterval: Interval
  /// How often to receive, at most; 0 asks the peer for no periodic packets and ends detection; up to 4294.967295 s.
  public let requiredMinRxInterval: Interval
  /// How often to send while not Up; 1 s to 4294.967295 s.
  public let idleTxInterval: Interval
  /// How many packets of ours the peer may miss; 1 to 255.
  public let detectMultiplier: UInt8
  /// Whether to stay silent until the peer is heard.
  public let isPassive: Bool
  /// The lowest TTL or hop limit accepted: 255 for a single hop without further thought, 0 turns the check off.
  public let minimumHopLimit: UInt8
  /// The reflector's discriminator, of an S-BFD initiator only.
  public let remoteDiscriminator: UInt32
  /// How often to loop the peer's echo packets, at most; 0 for never; up to 4294.967295 s.
  public let requiredMinEchoRxInterval: Interval
  /// How often to send echo packets while Up, where the peer loops them; 1 us to 4294.967295 s; `nil` for never.
  public let echoTxInterval: Interval?
  /// How often to check the path by a Poll in Demand mode, at least 1 ms; `nil` without Demand mode (RFC 5880 6.6).
  public let demandPollInterval: Interval?

  /// Values outside their range are moved to its nearest end.
  public init(
    desiredMinTxInterval: Interval, requiredMinRxInterval: Interval,
    idleTxInterval: Interval = Self.minimumIdleInterval, detectMultiplier: UInt8, isPassive: Bool = false,
    minimumHopLimit: UInt8 = 255, remoteDiscriminator: UInt32 = 0,
    requiredMinEchoRxInterval: Interval = .zero, echoTxInterval: Interval? = nil, demandPollInterval: Interval? = nil
  ) {
    let longest = Interval.microseconds(Int64(UInt32.max))
    self.desiredMinTxInterval = min(max(desiredMinTxInterval, .microseconds(1)), longest)
    self.requiredMinRxInterval = min(max(requiredMinRxInterval, .zero), longest)
    self.idleTxInterval = min(max(idleTxInterval, Self.minimumIdleInterval), longest)
    self.detectMultiplier = max(detectMultiplier, 1)
    self.isPassive = isPassive
    self.minimumHopLimit = minimumHopLimit
    self.remoteDiscriminator = remoteDiscriminator
    self.requiredMinEchoRxInterval = min(max(requiredMinEchoRxInterval, .zero), longest)
    self.echoTxInterval = echoTxInterval.map { min(max($0, .microseconds(1)), longest) }
    self.demandPollInterval = demandPollInterval.map { max($0, .milliseconds(1)) }
  }
}
