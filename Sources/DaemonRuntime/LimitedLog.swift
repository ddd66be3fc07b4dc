public import LinuxIO
public import Logging
public import NetPrimitives

/// The log lines of one class, such as refused packets: a few at a time, then a count of what was left out.
///
/// The first lines of a period are written. Where there were more, one line says at its end how many, and the next period
/// is twice as long, up to an hour, until one passes without too many: what goes wrong all the time is told ever more
/// rarely. A line that is left out costs a comparison.
public final class LimitedLog {
  /// The longest period.
  public static let longestPeriod = Interval.seconds(3_600)

  private let name: String
  private let logger: Logger
  private let loop: EventLoop
  private let burst: Int
  private let shortestPeriod: Interval
  private var period: Interval
  private var isCounting = false
  private var written = 0
  /// How many lines of the current period were left out.
  public private(set) var leftOut: UInt64 = 0

  /// At most `burst` lines in a period of at first `period`. `name` is what the lines are called: "refused packets".
  public init(
    _ name: String, logger: Logger, loop: EventLoop, burst: Int = 3, period: Interval = .seconds(60)
  ) {
    self.name = name
    self.logger = logger
    self.loop = loop
    self.burst = burst
    self.period = period
    shortestPeriod = period
  }

  /// Writes the line of an event, or counts it.
  public func log(
    _ id: MessageID, _ level: Logger.Level, _ message: @autoclosure () -> Logger.Message,
    _ fields: @autoclosure () -> [LogField: String] = [:]
  ) {
    guard written < burst else { return leftOut += 1 }
    written += 1
    logger.log(id, level, message(), fields())
    guard !isCounting else { return }
    isCounting = true
    loop.startTimer(at: MonotonicClock.now() + period) { [weak self] in self?.endPeriod() }
  }

  private func endPeriod() {
    isCounting = false
    written = 0
    guard leftOut > 0 else { return period = shortestPeriod }
    let (count, length) = (leftOut, period)
    leftOut = 0
    period = min(period * 2, Self.longestPeriod)
    logger.log(
      .linesLeftOut, .warning, "\(name): \(count) more in \(length), left out here",
      [.class: name, .leftOut: "\(count)"])
  }
}
