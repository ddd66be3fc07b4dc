/// A change of an object's state that happened earlier.
public struct PastChange<Change: Codable & Equatable & Sendable>: Codable, Equatable, Sendable {
  /// When it happened, in microseconds since the Unix epoch.
  public var time: Int
  /// The change.
  public var change: Change

  /// A change that happened at `time`.
  public init(time: Int, change: Change) {
    self.time = time
    self.change = change
  }
}

/// The reply of both History methods.
public struct HistoryReply<Change: Codable & Equatable & Sendable>: Codable, Equatable, Sendable {
  /// The last changes of the object's state, the oldest first.
  public let changes: [PastChange<Change>]

  /// A reply with `changes`.
  public init(changes: [PastChange<Change>]) { self.changes = changes }
}
