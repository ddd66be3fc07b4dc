public import NetPrimitives

/// How much longer than Active_Down_Interval a router waits for a better one that has fallen silent before, although it
/// was alive.
///
/// A router that takes over hundreds of addresses may be so busy that its next advertisements are late. Whoever then
/// takes back at once makes it later: it has to answer, to announce again, and to start over. So the first silence is
/// answered after exactly Active_Down_Interval, as the RFC says, and when the silent router turns out to be alive, the next
/// one after a longer wait: at least twice what it was silent for, and twice the wait before, up to `limit`. Once it
/// has advertised steadily for a while, the wait is the ordinary one again.
///
/// Only a silence is waited for. Priority 0 and a BFD session that sees the router die say that it is gone, and work as
/// ever.
public struct Patience: Sendable, Equatable {
  /// The longest that is waited beyond Active_Down_Interval.
  static let limit = Interval.seconds(10)
  /// A router that is heard again later than this after it was replaced was rather restarted than late. It is also the
  /// least time for which it has to be steady.
  static let latest = Interval.seconds(3)
  /// How many of its intervals a router has to be steady before it is trusted again.
  static let steadyIntervals: Int64 = 10

  /// The router that fell silent.
  public private(set) var router: IPAddress?
  /// How much longer it is waited for than Active_Down_Interval; 0 for any other router.
  public private(set) var length = Interval.zero
  /// The router whose silence made us active the last time, since when it was silent, and when we became active.
  private var replaced: (router: IPAddress, silentSince: Instant, at: Instant)?
  /// Since when it has advertised steadily, and when it was heard last.
  private var steadySince = Instant.zero
  private var lastHeard = Instant.zero

  init() {}

  /// Equal where routers are waited for alike.
  public static func == (left: Patience, right: Patience) -> Bool {
    left.router == right.router && left.length == right.length
  }

  /// How much longer than Active_Down_Interval `other` is waited for.
  func length(for other: IPAddress?) -> Interval {
    guard let router, let other, router.isSameHost(as: other) else { return .zero }
    return length
  }

  /// We have become active because `other` was silent since `silentSince`.
  mutating func replaced(_ other: IPAddress, silentSince: Instant, now: Instant) {
    replaced = (other, silentSince, now)
  }

  /// We have become active for another reason.
  mutating func becameActive() { replaced = nil }

  /// We yield to `other`, which is better. If it is the one that was replaced for its silence, it is alive but late.
  mutating func yielded(to other: IPAddress, interval: Interval, downInterval: Interval, now: Instant) {
    defer { replaced = nil }
    if let replaced, replaced.router.isSameHost(as: other), now - replaced.at < max(Self.latest, interval * 3) {
      length = min(max(length * 2, (now - replaced.silentSince) * 2, downInterval), Self.limit)
      router = other
    }
    (steadySince, lastHeard) = (now, now)
  }

  /// `other` is active, and was heard at `now`.
  mutating func heard(_ other: IPAddress, interval: Interval, now: Instant) {
    guard let router, router.isSameHost(as: other) else { return }
    if now - lastHeard > interval * 2 { steadySince = now }
    lastHeard = now
    guard now - steadySince >= max(interval * Self.steadyIntervals, Self.latest) else { return }
    self.router = nil
    length = .zero
  }
}
