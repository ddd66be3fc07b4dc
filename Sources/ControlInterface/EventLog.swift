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
  private var ring: [Record] = []

  /// An event without what a change never has.
  private struct Record: Sendable {
    let kind: MonitorEventKind
    let name: String
    let change: Change?
    let time: Int
  }

  /// An empty log that keeps `capacity` changes (at least one).
  public init(capacity: Int) {
    self.capacity = max(capacity, 1)
  }

  /// Adds a change of the object called `name`: `kind` is `change` with its `change`, `state` or `removed`.
  /// A `state` event is kept without the state, which is filled in as it is when the event is told.
  public mutating func append(_ kind: MonitorEventKind, name: String, change: Change? = nil, time: Int) {
    let record = Record(kind: kind, name: name, change: change, time: time)
    if ring.count < capacity {
      ring.append(record)
    } else {
      ring[lastSequence % capacity] = record
    }
    lastSequence += 1
  }

  /// The change after number `sequence`, which is at most `lastSequence`.
  public func next(after sequence: Int) -> Next {
    guard sequence < lastSequence else { return .nothing }
    guard sequence >= lastSequence - ring.count else { return .missed }
    let record = ring[sequence % capacity]
    return .event(
      MonitorEvent(
        sequence: sequence + 1, time: record.time, kind: record.kind, name: record.name, change: record.change))
  }
}
