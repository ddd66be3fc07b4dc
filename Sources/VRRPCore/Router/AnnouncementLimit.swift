import NetPrimitives

/// How often other routers can make us announce: one burst in each Active_Down_Interval.
///
/// Every advertisement of a lower priority asks for announcements, because its sender may have misled the hosts. Without
/// a limit, one small packet costs a thousand frames, and anyone on the link can send a thousand of those a second. A
/// router that really was active beside us needed an Active_Down_Interval of silence to become so: one burst in that time
/// is enough. While a rival goes on, the rounds of a burst are sent one by one, evenly spaced, so that the last
/// advertisement of an episode never waits long. A request that comes too early is not lost: it waits, together with all
/// that follow.
struct AnnouncementLimit: Sendable {
  /// Until when nothing more is granted.
  private var end = Instant.zero
  /// Rounds that were asked for and wait for `end`.
  private var owed = 0

  /// When rounds that had to wait may be sent; `nil` where none wait.
  var nextDeadline: Instant? { owed > 0 ? end : nil }

  /// Grants nothing before `end`: a whole burst leaves now for another reason.
  mutating func close(until end: Instant) { self.end = end }

  /// The rounds that may be sent now: `wanted` and what had to wait, or none. `burst` rounds are allowed in each `interval`.
  mutating func grant(_ wanted: Int, of burst: Int, in interval: Interval, now: Instant) -> Int {
    owed = min(max(owed, wanted), burst)
    guard owed > 0, end <= now else { return 0 }
    defer { owed = 0 }
    end = now + interval / Int64(burst) * Int64(owed)
    return owed
  }
}
