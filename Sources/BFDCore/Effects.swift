public import NetPrimitives

/// A packet to send: its bytes are its own, so what happens to the session afterwards does not change them.
public struct Transmission: Sendable, BitwiseCopyable {
  /// The slot of the session whose socket sends it.
  public let slot: Int
  /// The packet; only the first `length` bytes count.
  public let bytes: [52 of UInt8]
  /// The packet's length in bytes: 24 without authentication.
  public let length: Int
  /// Whether it goes to the echo port, addressed to this system itself, by way of the peer.
  public let isEcho: Bool

  init(slot: Int, bytes: [52 of UInt8], length: Int, isEcho: Bool) {
    self.slot = slot
    self.bytes = bytes
    self.length = length
    self.isEcho = isEcho
  }

  /// `plain` with authentication.
  init(_ plain: Transmission, sealed bytes: [52 of UInt8], length: Int) {
    self.init(slot: plain.slot, bytes: bytes, length: length, isEcho: plain.isEcho)
  }
}

/// What made a session change.
public enum ChangeCause: UInt8, Hashable, Sendable, CaseIterable, BitwiseCopyable {
  /// A packet from the peer.
  case packet
  /// A Detection Time without one.
  case timer
  /// The configuration was read again.
  case configuration
  /// The operator asked for it, or stopped the daemon.
  case administrator
  /// Our address or interface came or went.
  case link

  /// The cause's name in JSON and logs.
  public var name: String {
    switch self {
    case .packet: "packet"
    case .timer: "timer"
    case .configuration: "configuration"
    case .administrator: "operator"
    case .link: "link"
    }
  }
}

/// A session changed its state: what an operator wants to know about it.
public struct StateChange: Sendable, BitwiseCopyable {
  /// The session's slot.
  public let slot: Int
  /// The state that was left.
  public let old: SessionState
  /// The state that was entered.
  public let new: SessionState
  /// The local diagnostic after the change.
  public let diagnostic: Diagnostic
  /// What the peer last said about its own state and why.
  public let remoteState: SessionState
  /// The diagnostic that came with `remoteState`.
  public let remoteDiagnostic: Diagnostic
  /// What made it change.
  public let cause: ChangeCause
  /// When it was decided.
  public let instant: Instant
  /// How long before `instant` the last packet had arrived (the triggering one, where a packet is the cause); `nil`
  /// where none ever did. Where an echo or the answer to a Poll is missing: the last of those.
  public let silence: Interval?
  /// How many packets the peer should have sent, or answered, in that time.
  public let missedPackets: Int
  /// How long after the end of the Detection Time it was declared expired; zero for other causes.
  public let overdue: Interval
}

/// What happened to a session, in the order in which it happened. New timers are part of a change of state among the same
/// effects, whether they came before it or after.
public enum SessionEvent: Sendable, BitwiseCopyable {
  /// It changed its state.
  case stateChanged(StateChange)
  /// The negotiated intervals or the Detection Time of the session in this slot changed, and not its state.
  case timersChanged(Int, cause: ChangeCause)
  /// The session in this slot sends with another key than before, with one at last, or without one.
  case authenticationChanged(Int)
  /// A session was made in this slot for a neighbour that began by itself; what it has to send stands among the
  /// transmissions.
  case discovered(Int)
  /// A session was not made because there are as many as the rule with this number lets be. Not told again before one of
  /// them has gone.
  case unsolicitedLimitReached(rule: Int)
  /// The session in this slot has said its farewell and is gone; the slot may be used again.
  case removed(Int)

  fileprivate func isStateChange(of slot: Int) -> Bool {
    if case .stateChanged(let change) = self { change.slot == slot } else { false }
  }
}

/// What the driver must do after a call into `SessionTable`: send packets, tell subscribers.
///
/// The driver owns one of these and empties it each turn, so that its storage is allocated once.
public struct Effects: Sendable {
  /// Packets to send, oldest first.
  public internal(set) var transmissions: ContiguousArray<Transmission> = []
  /// What happened, oldest first.
  public internal(set) var events: ContiguousArray<SessionEvent> = []

  /// Nothing to do, with room for `capacity` packets.
  public init(capacity: Int = 64) {
    transmissions.reserveCapacity(capacity)
    events.reserveCapacity(capacity)
  }

  private var hasTimersChanged = false
  /// Whether a session was made: the driver has to hear of it before it sends.
  public private(set) var hasDiscoveries = false

  mutating func appendDiscovered(_ slot: Int) {
    events.append(.discovered(slot))
    hasDiscoveries = true
  }

  /// Adds a change of state. The driver looks at the session's timers when it tells of it, so that is no longer told by
  /// itself.
  mutating func append(_ change: StateChange) {
    if hasTimersChanged {
      events.removeAll { if case .timersChanged(change.slot, _) = $0 { true } else { false } }
    }
    events.append(.stateChanged(change))
  }

  /// Adds a change of the timers of the session in `slot`, unless a change of its state tells it already.
  mutating func appendTimersChanged(_ slot: Int, cause: ChangeCause) {
    // Looked for from the end: mostly the change of state was the last thing that happened.
    guard !events.reversed().contains(where: { $0.isStateChange(of: slot) }) else { return }
    events.append(.timersChanged(slot, cause: cause))
    hasTimersChanged = true
  }

  /// Empties the lists and keeps their storage.
  public mutating func removeAll() {
    transmissions.removeAll(keepingCapacity: true)
    events.removeAll(keepingCapacity: true)
    hasTimersChanged = false
    hasDiscoveries = false
  }
}
