internal import ControlInterface
internal import LinuxIO
internal import NetPrimitives

/// How text for an operator looks here: with or without colour, at what time of day.
public struct TextStyle: Sendable {
  /// Whether colours are used.
  public var usesColor: Bool
  /// The time of day in microseconds since the Unix epoch.
  public var now: Int
  /// How a point in time, in microseconds since the Unix epoch, is written.
  public var time: @Sendable (Int) -> String

  /// A style; tests fix all of it.
  public init(usesColor: Bool, now: Int, time: @escaping @Sendable (Int) -> String) {
    self.usesColor = usesColor
    self.now = now
    self.time = time
  }

  /// The style of this process's standard output: colours on a terminal, unless `$NO_COLOR` is set (no-color.org) or
  /// the terminal is "dumb"; local time.
  public static func standard() -> TextStyle {
    let plain = !(FileSystem.environment("NO_COLOR") ?? "").isEmpty || FileSystem.environment("TERM") == "dumb"
    return TextStyle(
      usesColor: Terminal.isInteractive && !plain, now: Int(WallClock.now() / 1_000),
      time: { WallClock.localText(Int64($0) * 1_000) })
  }

  /// The colours used, by what they mean.
  enum Color: String, Sendable {
    case good = "32"
    case pending = "33"
    case bad = "31"
    case heading = "1"
    case quiet = "2"
  }

  func paint(_ text: String, _ color: Color?) -> String {
    guard usesColor, let color else { return text }
    return "\u{1B}[\(color.rawValue)m\(text)\u{1B}[0m"
  }

  static func color(_ state: SessionState) -> Color {
    switch state {
    case .up: .good
    case .`init`: .pending
    case .down: .bad
    case .adminDown: .quiet
    }
  }

  static func color(_ state: InstanceState) -> Color {
    switch state {
    case .master: .good
    case .backup: .heading
    case .`init`: .pending
    case .fault: .bad
    }
  }
}

/// Lengths of time as people say them.
enum DurationText {
  /// An interval of the protocol in microseconds: "30 ms"; "-" where there is none.
  static func interval(_ microseconds: Int?) -> String {
    microseconds.map { Interval.microseconds(Int64($0)).description } ?? "-"
  }

  /// A length of time in microseconds, in its two largest units: "2h 13m", "3d 4h", "12 s".
  static func age(_ microseconds: Int?) -> String {
    guard let microseconds else { return "-" }
    let seconds = max(microseconds, 0) / 1_000_000
    let (minutes, hours, days) = (seconds / 60, seconds / 3_600, seconds / 86_400)
    if days > 0 { return "\(days)d \(hours % 24)h" }
    if hours > 0 { return "\(hours)h \(minutes % 60)m" }
    if minutes > 0 { return "\(minutes)m \(seconds % 60)s" }
    return "\(seconds) s"
  }
}
