internal import Glibc
public import NetPrimitives

/// SIGINT and SIGTERM for a program that works in steps: blocked, so that no step is torn, and asked for between steps.
public enum Interruption {
  /// Blocks both signals in the calling thread (call it in the main thread, before any other exists).
  public static func block() {
    var signals = both()
    unsafe pthread_sigmask(SIG_BLOCK, &signals, nil)
  }

  /// Sleeps for `interval`, or until one of the two signals comes (or had come); that signal, or `nil` after the sleep.
  /// Where they are not blocked this is a plain sleep.
  public static func pause(_ interval: Interval) -> Int32? {
    var signals = both()
    var time = timespec(
      tv_sec: Int(interval.nanoseconds / 1_000_000_000), tv_nsec: Int(interval.nanoseconds % 1_000_000_000))
    let signal = unsafe sigtimedwait(&signals, nil, &time)
    return signal > 0 ? signal : nil
  }

  /// The time on the clock that packets and logs are stamped with, CLOCK_REALTIME, in nanoseconds since 1970.
  public static func realtime() -> Instant {
    var time = timespec()
    unsafe clock_gettime(CLOCK_REALTIME, &time)
    return Instant(nanoseconds: UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec))
  }

  private static func both() -> sigset_t {
    var signals = sigset_t()
    unsafe sigemptyset(&signals)
    unsafe sigaddset(&signals, SIGINT)
    unsafe sigaddset(&signals, SIGTERM)
    return signals
  }
}
