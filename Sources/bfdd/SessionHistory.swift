import BFDCore
import NetPrimitives

/// One change of a session's state, as it is kept and told: with what was negotiated when it happened.
struct SessionTransition {
  let change: StateChange
  let peer: IPAddress
  /// The transmit interval that was negotiated; `nil` while the peer is not known.
  let transmitInterval: Interval?
  /// The detection time; `nil` while there is no detection.
  let detectionTime: Interval?

  /// `change`, which has just happened to `session`.
  init(_ change: StateChange, _ session: Session) {
    self.change = change
    peer = session.path.peer
    transmitInterval = session.remote.isKnown ? session.negotiatedTxInterval : nil
    detectionTime = session.detectionTime
  }
}

/// The last transitions of a session. Storage grows with what happens, so a thousand quiet sessions cost nothing.
struct SessionHistory {
  /// The most transitions that are kept.
  static let capacity = 64

  /// A transition and its time of day, in microseconds since the Unix epoch.
  struct Entry {
    let time: Int
    let transition: SessionTransition
  }

  private var ring: [Entry] = []
  private var oldest = 0

  /// Adds the newest transition, in place of the oldest where there are `capacity` of them.
  mutating func record(_ transition: SessionTransition, time: Int) {
    let entry = Entry(time: time, transition: transition)
    guard ring.count == Self.capacity else { return ring.append(entry) }
    ring[oldest] = entry
    oldest = (oldest + 1) % Self.capacity
  }

  /// The transitions, the oldest first.
  var entries: [Entry] { Array(ring[oldest...] + ring[..<oldest]) }
}
