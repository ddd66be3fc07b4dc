internal import CLinux
internal import Glibc
public import NetPrimitives

/// SIGINT and SIGTERM for a program that works in steps: blocked, so that no step is torn, and asked for between steps.
public enum Interruption {
  private static let signals = [Signal.interrupt.rawValue, Signal.terminate.rawValue]

  /// Blocks both signals in the calling thread (call it in the main thread, before any other exists).
  public static func block() throws(SystemError) {
    try check("pthread_sigmask") { unsafe baton_block_signals(signals, UInt32(signals.count)) }
  }

  /// Sleeps for `interval`, or until one of the two signals comes (or had come); that signal, or `nil` after the sleep.
  /// Where they are not blocked this is a plain sleep.
  public static func pause(_ interval: Interval) -> Signal? {
    var set = sigset_t()
    unsafe sigemptyset(&set)
    for signal in signals { unsafe sigaddset(&set, signal) }
    return wait(for: set, interval)
  }

  /// Sleeps for `interval`, whatever signals come; they stay pending.
  public static func sleep(_ interval: Interval) {
    var set = sigset_t()
    unsafe sigemptyset(&set)
    _ = wait(for: set, interval)
  }

  private static func wait(for set: sigset_t, _ interval: Interval) -> Signal? {
    var set = set
    let (seconds, nanoseconds) = max(interval, .zero).nanoseconds.quotientAndRemainder(dividingBy: 1_000_000_000)
    var time = timespec(tv_sec: Int(seconds), tv_nsec: Int(nanoseconds))
    return Signal(rawValue: unsafe sigtimedwait(&set, nil, &time))
  }
}
