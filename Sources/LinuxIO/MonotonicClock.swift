internal import Glibc
public import NetPrimitives

/// CLOCK_MONOTONIC: the clock of all protocol time.
public enum MonotonicClock {
  /// The current instant.
  public static func now() -> Instant {
    Instant(nanoseconds: UInt64(clamping: read(CLOCK_MONOTONIC)))
  }

  /// How long ago the machine booted, the time in which it was suspended included (CLOCK_BOOTTIME).
  public static func sinceBoot() -> Interval { .nanoseconds(read(CLOCK_BOOTTIME)) }

  /// Sleeps until `instant`, or until a signal is handled.
  public static func sleep(until instant: Instant) {
    let (seconds, nanoseconds) = instant.nanoseconds.quotientAndRemainder(dividingBy: 1_000_000_000)
    var time = timespec(tv_sec: Int(clamping: seconds), tv_nsec: Int(nanoseconds))
    _ = unsafe clock_nanosleep(CLOCK_MONOTONIC, absoluteTime, &time, nil)
  }

  /// TIMER_ABSTIME, a macro that Swift does not see.
  private static let absoluteTime: Int32 = 1
}

/// CLOCK_REALTIME: for people to read, never for protocol arithmetic.
public enum WallClock {
  /// Nanoseconds since 1970-01-01T00:00:00Z.
  public static func now() -> Int64 { read(CLOCK_REALTIME) }

  /// "2026-11-22 17:20:03.123": the local time, to the millisecond, of a point in nanoseconds since 1970.
  public static func localText(_ nanoseconds: Int64) -> String {
    var seconds = time_t(nanoseconds / 1_000_000_000)
    var parts = unsafe tm()
    unsafe localtime_r(&seconds, &parts)
    func two(_ number: Int32) -> String { (number < 10 ? "0" : "") + String(number) }
    let milliseconds = String(1000 + nanoseconds / 1_000_000 % 1000).dropFirst()
    let day = unsafe "\(parts.tm_year + 1900)-\(two(parts.tm_mon + 1))-\(two(parts.tm_mday))"
    return unsafe "\(day) \(two(parts.tm_hour)):\(two(parts.tm_min)):\(two(parts.tm_sec)).\(milliseconds)"
  }
}

/// Both clocks, read together; it translates the kernel's reception stamps, which are CLOCK_REALTIME.
public struct ClockSample: Sendable, BitwiseCopyable {
  /// The monotonic instant of the sample.
  public let monotonic: Instant
  /// CLOCK_REALTIME at that instant, in nanoseconds since 1970.
  public let realtime: Int64

  /// A sample with given values, for tests.
  public init(monotonic: Instant, realtime: Int64) {
    self.monotonic = monotonic
    self.realtime = realtime
  }

  /// Reads both clocks.
  public static func now() -> ClockSample {
    // Realtime second: a stamp can then never look newer than the sample only because of the order.
    let monotonic = MonotonicClock.now()
    return ClockSample(monotonic: monotonic, realtime: WallClock.now())
  }

  /// CLOCK_REALTIME minus CLOCK_MONOTONIC, for protocols that send the time of day.
  public var realTimeOffset: Interval {
    .nanoseconds(realtime &- Int64(truncatingIfNeeded: monotonic.nanoseconds))
  }

  /// The monotonic instant of a reception that the kernel stamped with `stamp` (CLOCK_REALTIME nanoseconds).
  ///
  /// The result lies between `earliest` (when the socket was last seen empty: what is in it now came later) and the
  /// sample. So a step of the realtime clock between stamp and sample can make a datagram look at most as old as the
  /// time since the socket was drained, and never younger than now. Without a stamp (0) it is the sample.
  public func instant(ofStamp stamp: Int64, notBefore earliest: Instant) -> Instant {
    guard stamp != 0 else { return monotonic }
    let (age, overflow) = realtime.subtractingReportingOverflow(stamp)
    guard !overflow, age > 0 else { return monotonic }
    return min(monotonic, max(earliest, monotonic - .nanoseconds(age)))
  }
}

/// The clock `id` in nanoseconds. The clocks used here exist on every Linux, so the call cannot fail.
private func read(_ id: clockid_t) -> Int64 {
  var time = timespec()
  _ = unsafe clock_gettime(id, &time)
  return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
}
