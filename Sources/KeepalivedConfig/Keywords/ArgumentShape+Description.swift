import NetPrimitives

extension ArgumentShape: CustomStringConvertible {
  /// What follows the keyword, in words that fit behind "needs" and "is".
  public var description: String {
    switch self {
    case .flag: "nothing after it"
    case .optionalBoolean: "on or off"
    case .integer(let range), .optionalInteger(let range, _):
      "a whole number from \(range.lowerBound) to \(range.upperBound)"
    case .interval(let range, let unit, _):
      "a number of \(unit.rawValue) from \(range.lowerBound.decimal(unit)) to \(range.upperBound.decimal(unit))"
    case .word, .secret: "a word"
    case .numberedSecret: "an id and a key"
    case .optionalWord: "at most one word"
    case .words(let count):
      count.lowerBound == count.upperBound
        ? "\(count.lowerBound) words" : "\(count.lowerBound) to \(count.upperBound) words"
    case .choice(let choices), .optionalChoice(let choices): "one of " + choices.joined(separator: ", ")
    case .address, .scopedAddress: "an IP address"
    case .prefix: "an IP address or prefix"
    case .interface: "an interface name"
    case .weight(let limit): "a whole number from -\(limit) to \(limit), and possibly 'reverse'"
    case .script, .command: "a command"
    case .user: "a user, and possibly a group"
    case .block: "a block"
    case .namedBlock: "a name and a block"
    case .anything: "anything"
    }
  }
}

extension Interval {
  /// The length in `unit`s as a decimal number without trailing zeros.
  func decimal(_ unit: TimeUnit) -> String {
    let one = unit.interval.nanoseconds
    let whole = nanoseconds / one
    var fraction = String(nanoseconds % one + one).dropFirst()
    while fraction.last == "0" { fraction.removeLast() }
    return fraction.isEmpty ? "\(whole)" : "\(whole).\(fraction)"
  }

  /// The least multiple of `step` that is not shorter. Not negative.
  func rounded(upTo step: Interval) -> Interval {
    (self + step - .nanoseconds(1)) / step.nanoseconds * step.nanoseconds
  }

  /// The nearest multiple of `step`, but not less than `minimum`. Not negative.
  func rounded(to step: Interval, atLeast minimum: Interval) -> Interval {
    max((self + step / 2) / step.nanoseconds * step.nanoseconds, minimum)
  }
}
