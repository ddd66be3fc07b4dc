/// What made a VRRP instance change.
public enum InstanceCause: String, Codable, Equatable, Sendable, CaseIterable {
  /// An advertisement.
  case packet
  /// A timer of the protocol: the master was silent, or the preempt delay ran out.
  case timer
  /// A BFD session: a takeover, or a tracked session's new state.
  case bfd
  /// A tracked script, file or process.
  case tracking
  /// An interface or an address came or went.
  case link
  /// Another member of the sync group changed.
  case syncGroup = "sync_group"
  /// A changed configuration, the start or the stop of the daemon.
  case configuration
  /// An operator's command.
  case `operator`
}

/// One change of a VRRP instance: of its state, or of its effective priority (then both states are equal).
public struct InstanceChange: Codable, Equatable, Sendable {
  /// The state before.
  public var fromState: InstanceState
  /// The state after.
  public var toState: InstanceState
  /// The priority with all that is tracked counted in.
  public var effectivePriority: Int
  /// The active router's address after the change; null while none is known.
  public var masterAddress: String?
  /// What made it change.
  public var cause: InstanceCause
  /// What happened.
  public var event: InstanceEventType
  /// Why, in words, with names and numbers but without the states; null where the event says it all.
  public var detail: String?
  /// How long before the change the last advertisement was accepted, in microseconds; null if none ever was.
  public var lastPacketAge: Int?
  /// How many advertisements should have come in that time; null if none was expected.
  public var packetsMissed: Int?
  /// How late the daemon itself noticed, in microseconds; null where that has no meaning.
  public var ownLateness: Int?

  /// A change; the figures are null until set.
  public init(
    from fromState: InstanceState, to toState: InstanceState, effectivePriority: Int, cause: InstanceCause,
    event: InstanceEventType
  ) {
    self.fromState = fromState
    self.toState = toState
    self.effectivePriority = effectivePriority
    self.cause = cause
    self.event = event
  }

  enum CodingKeys: String, CodingKey {
    case fromState = "from_state"
    case toState = "to_state"
    case effectivePriority = "effective_priority"
    case masterAddress = "master_address"
    case cause, event, detail
    case lastPacketAge = "last_packet_age"
    case packetsMissed = "packets_missed"
    case ownLateness = "own_lateness"
  }
}
