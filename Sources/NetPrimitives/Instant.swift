/// A point on the monotonic clock, in nanoseconds since an arbitrary start (in the daemons: `CLOCK_MONOTONIC`).
///
/// Arithmetic saturates: a deadline computed from absurd peer values is merely very far away, it never wraps or traps.
public struct Instant: Hashable, Comparable, Sendable, BitwiseCopyable {
  /// Nanoseconds since the clock's start.
  public let nanoseconds: UInt64

  /// The instant `nanoseconds` after the clock's start.
  @inlinable
  public init(nanoseconds: UInt64) {
    self.nanoseconds = nanoseconds
  }

  /// The clock's start.
  @inlinable
  public static var zero: Instant { Instant(nanoseconds: 0) }
  /// Later than every instant a running system can reach; used as "never".
  @inlinable
  public static var distantFuture: Instant { Instant(nanoseconds: .max) }

  /// Whether the left instant is the earlier one.
  @inlinable
  public static func < (left: Instant, right: Instant) -> Bool { left.nanoseconds < right.nanoseconds }

  /// The instant `interval` later (earlier where it is negative), saturating at both ends of the clock.
  @inlinable
  public static func + (instant: Instant, interval: Interval) -> Instant {
    let magnitude = interval.nanoseconds.magnitude
    let (sum, overflow) =
      interval.nanoseconds < 0
      ? instant.nanoseconds.subtractingReportingOverflow(magnitude)
      : instant.nanoseconds.addingReportingOverflow(magnitude)
    guard overflow else { return Instant(nanoseconds: sum) }
    return interval.nanoseconds < 0 ? .zero : .distantFuture
  }

  /// The instant `interval` earlier, saturating at both ends of the clock.
  @inlinable
  public static func - (instant: Instant, interval: Interval) -> Instant { instant + -interval }

  /// How much later `left` is than `right`: negative where it is earlier, saturating at the ends of `Interval`.
  @inlinable
  public static func - (left: Instant, right: Instant) -> Interval {
    if left.nanoseconds >= right.nanoseconds {
      return Interval(nanoseconds: Int64(clamping: left.nanoseconds - right.nanoseconds))
    }
    return -Interval(nanoseconds: Int64(clamping: right.nanoseconds - left.nanoseconds))
  }
}
