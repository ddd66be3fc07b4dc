import NetPrimitives

/// Whether what this end sends is answered: echo packets that come back, Polls that get their Final.
///
/// Silence alone proves nothing where this end was itself not scheduled and sent nothing. So a path is given up only when
/// as many packets as the multiplier says have left since the last answer, the last of them had an interval's time to be
/// answered, and a Detection Time is over.
struct ReturnWatch: Hashable, Sendable, BitwiseCopyable {
  /// When the last answer arrived, by the kernel's time stamp; when the watch began before there was one.
  private(set) var lastReturn: Instant
  /// How many packets have left since.
  private(set) var unanswered = 0
  /// When the packet that makes the silence long enough has had its time.
  private var ripe: Instant?

  /// Nothing sent yet.
  init(since now: Instant) { lastReturn = now }

  /// A packet left.
  mutating func sent(at now: Instant, interval: Interval, multiplier: UInt8) {
    unanswered += 1
    if ripe == nil, unanswered >= Int(multiplier) { ripe = now + interval }
  }

  /// An answer arrived; `outstanding` packets have left since the one it answers.
  mutating func returned(at instant: Instant, outstanding: Int = 0, interval: Interval, multiplier: UInt8) {
    lastReturn = max(lastReturn, instant)
    unanswered = outstanding
    ripe = outstanding >= Int(multiplier) ? lastReturn + interval : nil
  }

  /// When the path is to be given up unless an answer arrives; `nil` while too few packets are unanswered.
  func deadline(interval: Interval, multiplier: UInt8) -> Instant? {
    ripe.map { max($0, lastReturn + interval * Int64(multiplier)) }
  }
}
