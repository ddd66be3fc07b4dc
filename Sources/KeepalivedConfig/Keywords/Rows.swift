import NetPrimitives

/// Short forms that make the tables readable as tables.
func row(
  _ block: Block, _ name: String, _ arguments: ArgumentShape, _ defaultValue: String, _ meaning: String,
  _ status: KeywordStatus = .supported, aliases: [String] = []
) -> Keyword {
  Keyword(
    block: block, name: name, aliases: aliases, arguments: arguments, defaultValue: defaultValue, meaning: meaning,
    status: status)
}

extension KeywordStatus {
  /// What belongs to IPVS.
  public static let lvs = KeywordStatus.ignored("IPVS is not part of Baton")
  static let snmp = KeywordStatus.ignored("there is no SNMP agent; the tools and the exporter show the same figures")
  static let dbus = KeywordStatus.ignored("there is no D-Bus service; the control socket says the same")
  static let dumps = KeywordStatus.ignored("the tools show the state; no file is written on a signal")
}

extension ArgumentShape {
  /// Seconds with up to six decimals.
  static func seconds(_ range: ClosedRange<Interval>) -> ArgumentShape {
    .interval(range, unit: .seconds, step: .microseconds(1))
  }
  /// Whole seconds.
  static func wholeSeconds(_ range: ClosedRange<Int64>) -> ArgumentShape {
    .interval(.seconds(range.lowerBound) ... .seconds(range.upperBound), unit: .seconds, step: .seconds(1))
  }
  /// Seconds with up to three decimals.
  static func milliseconds(ofSeconds range: ClosedRange<Interval>) -> ArgumentShape {
    .interval(range, unit: .seconds, step: .milliseconds(1))
  }
  /// Milliseconds with up to three decimals.
  static func milliseconds(_ range: ClosedRange<Int64>) -> ArgumentShape {
    .interval(
      .milliseconds(range.lowerBound) ... .milliseconds(range.upperBound), unit: .milliseconds, step: .microseconds(1))
  }
  /// Any non-negative 32-bit number.
  static let count = ArgumentShape.integer(0...4_294_967_295)
}
