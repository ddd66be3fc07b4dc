/// The Poll Sequence of RFC 5880 6.5: how a change of timers is confirmed by the peer.
///
/// A Final does not say which Poll it answers, so after one has arrived another sequence may only start when a packet
/// with the F bit clear has shown that no second Final is under way (6.8.3, third choice).
enum PollSequence: Hashable, BitwiseCopyable {
  /// Nothing to confirm.
  case idle
  /// The next packets carry P; none has left yet, so further changes travel with the same sequence.
  case due
  /// P was sent with the values in force now.
  case outstanding
  /// P was sent, then the values changed: the Final may confirm the older ones only.
  case superseded
  /// A Final arrived; a packet without F has to come before the next sequence, which is wanted if `again`.
  case settling(again: Bool)

  /// Whether outgoing packets carry the P bit.
  var isActive: Bool {
    switch self {
    case .due, .outstanding, .superseded: true
    case .idle, .settling: false
    }
  }

  /// Values that need a confirmation were changed.
  mutating func request() {
    switch self {
    case .idle, .due: self = .due
    case .outstanding, .superseded: self = .superseded
    case .settling: self = .settling(again: true)
    }
  }

  /// A packet with P left.
  mutating func sent() {
    if case .due = self { self = .outstanding }
  }

  /// A packet arrived. Returns whether it confirmed all values in force.
  mutating func received(final isFinal: Bool) -> Bool {
    switch (self, isFinal) {
    case (.outstanding, true):
      self = .settling(again: false)
      return true
    case (.superseded, true):
      self = .settling(again: true)
      return false
    case (.settling(let again), false):
      self = again ? .due : .idle
      return false
    // A Final before our first Poll answers an earlier sequence.
    case (.idle, _), (.due, _), (.outstanding, false), (.superseded, false), (.settling, true):
      return false
    }
  }
}
