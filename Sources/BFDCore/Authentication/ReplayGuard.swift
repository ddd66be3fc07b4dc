import NetPrimitives

/// The sequence numbers of the peer's packets: bfd.AuthSeqKnown and bfd.RcvAuthSeq (RFC 5880 6.7.3, 6.7.4).
///
/// Only a packet whose digest was right moves it; the text would let any packet do so.
struct ReplayGuard {
  /// bfd.RcvAuthSeq; `nil` where bfd.AuthSeqKnown is 0.
  private var last: UInt32?
  /// When the number is forgotten: two Detection Times after the last packet (6.8.1).
  private var expiry = Instant.zero

  /// Whether a packet with this number may be new: it is ahead of the last one, by no more than three times the Detect
  /// Mult it carries; unless `isMeticulous` it may be the last one's again.
  func allows(_ sequence: UInt32, multiplier: UInt8, isMeticulous: Bool, at instant: Instant) -> Bool {
    guard let last, instant < expiry else { return true }
    let distance = sequence &- last
    return distance >= (isMeticulous ? 1 : 0) && distance <= 3 * UInt32(multiplier)
  }

  /// Forgets the number where it is old enough. Returns whether there was one to forget.
  mutating func forget(at instant: Instant) -> Bool {
    guard last != nil, instant >= expiry else { return false }
    last = nil
    return true
  }

  /// A packet with this number was verified.
  mutating func verified(_ sequence: UInt32) {
    last = sequence
  }

  /// A packet was accepted at `instant`; another may be missing for `detectionTime`.
  mutating func heard(at instant: Instant, detectionTime: Interval) {
    expiry = instant + detectionTime * 2
  }
}
