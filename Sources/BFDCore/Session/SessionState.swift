/// The state of one end of a session (RFC 5880 6.2), with its code on the wire.
public enum SessionState: UInt8, Hashable, Sendable, CaseIterable, BitwiseCopyable {
  /// Held down by the operator.
  case adminDown = 0
  /// Not established; the peer has not been heard, or says that it does not hear us.
  case down = 1
  /// The peer is heard; whether it hears us is not known yet.
  case initializing = 2
  /// Both directions work.
  case up = 3

  /// The state with the code in the low two bits: every code has one.
  init(twoBits: UInt8) {
    switch twoBits & 0x3 {
    case 0: self = .adminDown
    case 1: self = .down
    case 2: self = .initializing
    default: self = .up
    }
  }

  /// The state's name in JSON and logs: admin_down, down, init, up.
  public var name: String {
    switch self {
    case .adminDown: "admin_down"
    case .down: "down"
    case .initializing: "init"
    case .up: "up"
    }
  }
}

/// What can move a session from one state to another.
public enum StateEvent: Hashable, Sendable {
  /// A valid packet arrived whose state field is this.
  case received(SessionState)
  /// A Detection Time passed without a packet.
  case detectionTimeExpired
  /// Too many echo packets did not come back.
  case echoFailed
  /// The session's own address or interface went away.
  case pathLost
  /// The operator, or the end of the session, holds it down.
  case disabled
  /// The operator lets it come up again.
  case enabled
}

/// A change of state, and the diagnostic that goes with it.
public struct StateTransition: Hashable, Sendable {
  /// The state to enter; never the one that is left.
  public let state: SessionState
  /// The new local diagnostic; `nil` leaves it as it is.
  public let diagnostic: Diagnostic?
}

extension SessionState {
  /// The state machine of an S-BFD initiator, RFC 7880 7.3.1: a reflector answers Up or AdminDown, and there is no Init.
  public func initiatorTransition(on event: StateEvent) -> StateTransition? {
    switch (self, event) {
    case (.down, .received(.up)): StateTransition(state: .up, diagnostic: Diagnostic.none)
    case (.up, .received(.up)), (_, .received(.down)), (_, .received(.initializing)): nil
    default: transition(on: event)
    }
  }

  /// The state machine of RFC 5880 6.8.6 and 6.8.16; `nil` where the event changes nothing.
  ///
  /// The diagnostic says why the state last changed (6.8.1), so it is cleared on Up, as FRR, BIRD and keepalived do. On
  /// the way from Down to Init it stays: the session is still not up for that reason.
  public func transition(on event: StateEvent) -> StateTransition? {
    switch (self, event) {
    case (.adminDown, .enabled): StateTransition(state: .down, diagnostic: Diagnostic.none)
    case (.adminDown, _), (_, .enabled): nil
    case (_, .disabled): StateTransition(state: .adminDown, diagnostic: .administrativelyDown)

    case (.down, .received(.down)): StateTransition(state: .initializing, diagnostic: nil)
    case (.down, .received(.initializing)): StateTransition(state: .up, diagnostic: Diagnostic.none)
    case (.down, _): nil

    case (.initializing, .received(.initializing)), (.initializing, .received(.up)):
      StateTransition(state: .up, diagnostic: Diagnostic.none)
    case (.initializing, .received(.down)): nil
    case (.up, .received(.initializing)), (.up, .received(.up)): nil

    case (.initializing, .received(.adminDown)), (.up, .received(.adminDown)), (.up, .received(.down)):
      StateTransition(state: .down, diagnostic: .neighborSignaledSessionDown)
    case (.initializing, .detectionTimeExpired), (.up, .detectionTimeExpired):
      StateTransition(state: .down, diagnostic: .controlDetectionTimeExpired)
    case (.initializing, .echoFailed), (.up, .echoFailed):
      StateTransition(state: .down, diagnostic: .echoFunctionFailed)
    case (.initializing, .pathLost), (.up, .pathLost):
      StateTransition(state: .down, diagnostic: .pathDown)
    }
  }
}
