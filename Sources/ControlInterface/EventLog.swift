/// The last changes, numbered, so that each subscriber can be told all of them at its own pace.
///
/// The log is shared by all subscribers and bounded: one that is more than `capacity` changes behind has missed some,
/// is told so by `next(after:)`, and starts again from the full state.
public struct EventLog<State: Codable & Equatable & Sendable, Change: Codable & Equatable & Sendable>: Sendable {
  /// What comes after a sequence number.
  public enum Next: Equatable, Sendable {
    /// Nothing yet.
    case nothing
    /// This change.
    case event(MonitorEvent<State, Change>)
    /// A change that is not kept any more.
    case missed
  }

  /// How many changes are kept.
  public let capacity: Int
  /// The number of the last change; 0 before the first.
  public private(set) var lastSequence = 0
  private var ring: [MonitorEvent<State, Change>] = []

  /// An empty log that keeps `capacity` changes (at least one).
  public init(capacity: Int) {
    self.capacity = max(capacity, 1)
  }

  /// Adds a change of the object called `name`: `kind` is `change` with its `change`, `state` or `removed`.
  /// A `state` event is kept without the state, which is filled in as it is when the event is told.
  public mutating func append(_ kind: MonitorEventKind, name: String, change: Change? = nil, time: Int) {
    let event = MonitorEvent<State, Change>(
      sequence: lastSequence + 1, time: time, kind: kind, name: name, change: change)
    if ring.count < capacity {
      ring.append(event)
    } else {
      ring[lastSequence % capacity] = event
    }
    lastSequence += 1
  }

  /// The change after number `sequence`, which is at most `lastSequence`.
  public func next(after sequence: Int) -> Next {
    guard sequence < lastSequence else { return .nothing }
    guard sequence >= lastSequence - ring.count else { return .missed }
    return .event(ring[sequence % capacity])
  }
}
