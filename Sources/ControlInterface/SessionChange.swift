/// What made a BFD session change.
public enum SessionCause: String, Codable, Equatable, Sendable, CaseIterable {
  /// A packet from the neighbour.
  case packet
  /// Silence: the detection time ran out.
  case timer
  /// A changed configuration.
  case configuration
  /// An operator's command.
  case `operator`
  /// An interface or an address came or went.
  case link
}

/// One change of a BFD session: of its state, or of what was negotiated (then both states are equal).
public struct SessionChange: Codable, Equatable, Sendable {
  /// The neighbour's address.
  public var neighbor: String
  /// The state before.
  public var fromState: SessionState
  /// The state after.
  public var toState: SessionState
  /// The state in the neighbour's last packet; null before the first.
  public var remoteState: SessionState?
  /// The local diagnostic after the change.
  public var localDiagnostic: Diagnostic
  /// The diagnostic in the neighbour's last packet; null before the first.
  public var remoteDiagnostic: Diagnostic?
  /// The interval between packets sent, in microseconds; null while none are sent.
  public var negotiatedTxInterval: Int?
  /// The detection time in microseconds; null while it is not known.
  public var detectionTime: Int?
  /// What made it change.
  public var cause: SessionCause
  /// How long before the change the last packet was accepted, in microseconds; null if none ever was.
  public var lastPacketAge: Int?
  /// How many packets should have come in that time; null if none was expected.
  public var packetsMissed: Int?
  /// How late the daemon itself noticed, in microseconds; null where that has no meaning.
  public var ownLateness: Int?

  /// A change; the figures are null until set.
  public init(
    neighbor: String, from fromState: SessionState, to toState: SessionState, cause: SessionCause,
    localDiagnostic: Diagnostic = .none
  ) {
    self.neighbor = neighbor
    self.fromState = fromState
    self.toState = toState
    self.cause = cause
    self.localDiagnostic = localDiagnostic
  }

  enum CodingKeys: String, CodingKey {
    case neighbor
    case fromState = "from_state"
    case toState = "to_state"
    case remoteState = "remote_state"
    case localDiagnostic = "local_diagnostic"
    case remoteDiagnostic = "remote_diagnostic"
    case negotiatedTxInterval = "negotiated_tx_interval"
    case detectionTime = "detection_time"
    case cause
    case lastPacketAge = "last_packet_age"
    case packetsMissed = "packets_missed"
    case ownLateness = "own_lateness"
  }
}
