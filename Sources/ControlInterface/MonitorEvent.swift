/// One message of a Monitor stream.
///
/// A stream begins with the full state: `begin`, one `state` for each object, `end`. Then every change follows in its
/// order. A subscriber that was too slow, and one that connects again, gets the full state again, from a new `begin`.
public struct MonitorEvent<State: Codable & Equatable & Sendable, Change: Codable & Equatable & Sendable>:
  Codable, Equatable, Sendable
{
  /// The number of the change, counted from 1 since the daemon started; in the full state, that of the last change it
  /// holds.
  public var sequence: Int
  /// When the message's subject happened, in microseconds since the Unix epoch.
  public var time: Int
  /// What the message tells.
  public var kind: MonitorEventKind
  /// The object's name; null in `begin` and `end`.
  public var name: String?
  /// The whole object, in `state` only.
  public var state: State?
  /// The change, in `change` only.
  public var change: Change?

  /// A message.
  public init(
    sequence: Int, time: Int, kind: MonitorEventKind, name: String? = nil, state: State? = nil, change: Change? = nil
  ) {
    self.sequence = sequence
    self.time = time
    self.kind = kind
    self.name = name
    self.state = state
    self.change = change
  }
}

/// What a message of a Monitor stream tells.
public enum MonitorEventKind: String, Codable, Equatable, Sendable, CaseIterable {
  /// The full state follows; forget what you knew.
  case begin
  /// One object as it is now: part of the full state, or created or configured anew since.
  case state
  /// The full state is complete; whatever it did not name is gone.
  case end
  /// One object changed.
  case change
  /// One object is gone.
  case removed
}

/// A message of bfdd's Monitor stream.
public typealias SessionEvent = MonitorEvent<SessionInfo, SessionChange>
/// A message of vrrpd's Monitor stream.
public typealias InstanceEvent = MonitorEvent<InstanceInfo, InstanceChange>
