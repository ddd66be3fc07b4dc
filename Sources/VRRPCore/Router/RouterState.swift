public import NetPrimitives

/// The state of a router as its operator sees it.
public enum RouterState: String, Hashable, Sendable, CaseIterable {
  /// Not started, or held back until the first result of its scripts.
  case initialize = "init"
  /// Listening to the active router.
  case backup
  /// The active router.
  case master
  /// Unable to take part.
  case fault
}

/// What makes a router unable to take part; any of them does.
public struct FaultReasons: OptionSet, Hashable, Sendable {
  /// One bit for each reason.
  public let rawValue: UInt8
  /// The reasons in `rawValue`.
  public init(rawValue: UInt8) { self.rawValue = rawValue }

  /// An unweighted tracked object failed.
  public static let tracker = FaultReasons(rawValue: 1)
  /// The interface is down or missing.
  public static let interfaceDown = FaultReasons(rawValue: 2)
  /// The interface has no address of the router's family to send from.
  public static let noSourceAddress = FaultReasons(rawValue: 4)
  /// The operating system refused what the router needs, such as its socket.
  public static let system = FaultReasons(rawValue: 8)
  /// Another member of the sync group is in fault.
  public static let syncGroup = FaultReasons(rawValue: 16)
  /// A unicast router has no peers, and must not run without.
  public static let noPeers = FaultReasons(rawValue: 64)
}

/// Why a router changed its state.
public enum TransitionCause: Hashable, Sendable {
  /// The daemon started.
  case startup
  /// The daemon, or this router, is being stopped.
  case shutdown
  /// No advertisement for the master-down interval: the active router is dead.
  case masterTimeout
  /// The active router gave up by an advertisement of priority 0, and nobody else was faster.
  case masterResigned
  /// A tracked BFD session, named here, reported that the active router is dead.
  case bfdTakeover(session: String)
  /// The active router's priority is lower than ours.
  case preemption
  /// We own the addresses.
  case ownAddresses
  /// An advertisement of higher priority, or of the same and from a higher address.
  case betterRouter
  /// We were not scheduled for so long that another became active, and we may not preempt it.
  case ownStall
  /// A fault.
  case fault(FaultReasons)
  /// The last fault was cured.
  case faultCleared
  /// Another member of the sync group made the group change.
  case syncGroup
  /// The operator's request (`vrrpctl failover`).
  case failover
  /// The operator's request (`vrrpctl maintenance`).
  case maintenance
}

/// One change of state, with the figures that explain it.
public struct Transition: Hashable, Sendable {
  /// When the state changed.
  public let time: Instant
  /// The state before.
  public let from: RouterState
  /// The state after.
  public let to: RouterState
  /// Why.
  public let cause: TransitionCause
  /// Our effective priority.
  public let priority: UInt8
  /// The sender of the advertisement that was accepted last, and its priority; `nil` where there was none.
  public let master: IPAddress?
  /// The priority of the advertisement that was accepted last.
  public let masterPriority: UInt8?
  /// How old that advertisement was.
  public let lastAdvertisementAge: Interval?
  /// How late we were ourselves in acting; more than a few milliseconds means that this machine is starved.
  public let lateness: Interval
  /// How much longer than Active_Down_Interval a router that takes over had waited, because the silent one had been late
  /// before (`Patience`).
  public let patience: Interval
}

/// The last transitions of a router, the newest last, at most 64.
public struct History: Sendable {
  /// The most transitions that are kept.
  public static let capacity = 64
  /// The transitions, the oldest first.
  public private(set) var transitions: [Transition] = []

  init() {}

  mutating func record(_ transition: Transition) {
    if transitions.count == Self.capacity { transitions.removeFirst() }
    transitions.append(transition)
  }
}

/// What a router counted. The names are those of RFC 8347 where it has one.
public struct RouterStatistics: Sendable, Equatable {
  /// Transitions of any kind.
  public internal(set) var stateTransitions: UInt64 = 0
  /// Transitions to master.
  public internal(set) var masterTransitions: UInt64 = 0
  /// Transitions away from master.
  public internal(set) var masterReleases: UInt64 = 0
  /// Advertisements that passed every check.
  public internal(set) var advertisementsReceived: UInt64 = 0
  /// Advertisements handed to the driver, once for all unicast peers.
  public internal(set) var advertisementsSent: UInt64 = 0
  /// Received advertisements of priority 0.
  public internal(set) var priorityZeroReceived: UInt64 = 0
  /// Sent advertisements of priority 0.
  public internal(set) var priorityZeroSent: UInt64 = 0
  /// Accepted advertisements whose addresses are not ours.
  public internal(set) var addressListErrors: UInt64 = 0
  /// v3: accepted advertisements whose interval is not ours, which is no error.
  public internal(set) var intervalDifferences: UInt64 = 0
  /// v3 IPv4: accepted advertisements whose checksum covers a pseudo-header.
  public internal(set) var checksumsWithPseudoHeader: UInt64 = 0
  /// v3 IPv4: accepted advertisements whose checksum covers the message only.
  public internal(set) var checksumsWithoutPseudoHeader: UInt64 = 0
  /// Announcements (gratuitous ARP or neighbour advertisement) handed to the driver.
  public internal(set) var announcementsSent: UInt64 = 0
  /// Episodes in which another router was active beside us.
  public internal(set) var dualMasterEpisodes: UInt64 = 0
  /// Takeovers because of BFD.
  public internal(set) var bfdTakeovers: UInt64 = 0
  /// Takeovers because of BFD after which the active router was heard again before VRRP itself would have missed it.
  public internal(set) var falseBFDTakeovers: UInt64 = 0
  /// Times we found that we had not been scheduled for longer than the other routers wait for us.
  public internal(set) var ownStalls: UInt64 = 0
  /// The largest delay of an advertisement of ours behind its time.
  public internal(set) var worstAdvertisementLateness = Interval.zero
  /// Packets that were not accepted, by reason.
  public internal(set) var drops = DropCounters()

  init() {}
}
