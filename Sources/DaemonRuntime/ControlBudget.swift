import NetPrimitives

/// How much time control clients get.
///
/// Everything that they make a daemon do is inside of it: accepting and turning away, reading, answering, writing, closing.
/// Without rest clients that ask again and again would keep the daemon busy all the time, and the kernel lets those wait
/// who always want to run, or stops them, in real time.
struct ControlBudget {
  /// The time after which no further step begins in a turn of the loop, however slow this machine is.
  static var turn: Interval { .microseconds(100) }
  /// Steps per turn, for all clients together: the clock is read after each.
  static var stepsPerTurn: Int { 8 }
  /// How many times as long as it worked the server rests.
  static var restFactor: Int64 { 3 }

  /// Until when nothing is done.
  private(set) var restsUntil = Instant.zero

  /// To be called after work that took from `start` to `end`.
  mutating func worked(from start: Instant, to end: Instant) {
    restsUntil = end + (end - start) * Self.restFactor
  }
}
