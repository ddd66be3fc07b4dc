public import ControlInterface

/// Watches a Monitor stream for one object to reach a state.
public struct StateWait<Value: Equatable & Sendable>: Sendable {
  private let name: String
  private let wanted: Value

  /// Waits for the object called `name` to be in `wanted`.
  public init(_ name: String, for wanted: Value) {
    self.name = name
    self.wanted = wanted
  }

  /// Whether the wait is over with this message.
  public func isOver(_ event: SessionEvent) -> Bool where Value == SessionState {
    isOver(event, state: \.localState, newState: \.toState)
  }

  /// Whether the wait is over with this message.
  public func isOver(_ event: InstanceEvent) -> Bool where Value == InstanceState {
    isOver(event, state: \.state, newState: \.toState)
  }

  private func isOver<State, Change>(
    _ event: MonitorEvent<State, Change>, state: (State) -> Value, newState: (Change) -> Value
  ) -> Bool {
    guard event.name == name else { return false }
    return switch event.kind {
    case .state: event.state.map(state) == wanted
    case .change: event.change.map(newState) == wanted
    case .begin, .end, .removed: false
    }
  }
}
