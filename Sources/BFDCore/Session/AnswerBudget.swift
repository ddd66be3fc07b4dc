import NetPrimitives

/// How many packets may answer those of the peer at once, between the periodic ones: a burst, which brings a session Up and
/// through its Poll Sequences, and beyond that one for each transmit interval. Otherwise whoever sends at line rate would
/// be answered at line rate, and two ends that answer each other would never stop.
struct AnswerBudget: Sendable, BitwiseCopyable {
  private static let burst: Int64 = 8
  private var left = Self.burst
  private var filled = Instant.zero

  /// A full budget.
  init() {}

  /// Takes one packet from the budget, which gains one for each `interval`; `false` where none is left.
  mutating func spend(now: Instant, interval: Interval) -> Bool {
    let gained = (now - filled).nanoseconds / max(interval.nanoseconds, 1)
    if left + gained >= Self.burst {
      left = Self.burst
      filled = now
    } else {
      left += gained
      filled = filled + interval * gained
    }
    guard left > 0 else { return false }
    left -= 1
    return true
  }
}
