public import ControlInterface

/// The S-BFD reflector as text for operators.
public enum ReflectorText {
  /// Everything about it; `nil` means that none is configured.
  public static func detail(_ reflector: ReflectorInfo?, _ style: TextStyle) -> String {
    guard let reflector else { return "no S-BFD reflector is configured\n" }
    var table = TextTable(["", ""])
    for (index, discriminator) in reflector.discriminators.enumerated() {
      table.append([index == 0 ? "discriminator" : "", .init("\(discriminator) (\(dotted(discriminator)))")])
    }
    table.append(["answers", .init(SessionText.words(reflector.state.rawValue), TextStyle.color(reflector.state))])
    table.append(["required min rx", .init(DurationText.interval(reflector.requiredMinRxInterval))])
    table.append(["reflected", "\(reflector.reflectedPacketCount) packets"])
    let drops = discarded(reflector)
    table.append(["discarded", "\(drops.reduce(0) { $0 + $1.count }) packets"])
    for (reason, count) in drops { table.append(["", "\(count) \(SessionText.words(reason))"]) }
    return style.paint("S-BFD reflector", .heading) + "\n" + table.text(style, indent: "  ")
  }

  /// What it is and what it did, in one line without its end.
  static func line(_ reflector: ReflectorInfo, _ style: TextStyle) -> String {
    let state = style.paint(SessionText.words(reflector.state.rawValue), TextStyle.color(reflector.state))
    let names = reflector.discriminators.map(String.init).joined(separator: ", ")
    return style.paint("S-BFD reflector", .heading)
      + " \(names): \(state), \(reflector.reflectedPacketCount) packets reflected"
  }

  /// The same, and a line for each reason for which packets were discarded.
  static func counters(_ reflector: ReflectorInfo, _ style: TextStyle) -> String {
    discarded(reflector).reduce(into: line(reflector, style) + "\n") {
      $0 += "  \($1.count) discarded: \(SessionText.words($1.reason))\n"
    }
  }

  private static func discarded(_ reflector: ReflectorInfo) -> [(reason: String, count: Int)] {
    reflector.drops.filter { $0.value > 0 }.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
  }

  /// A discriminator as many routers write it: like an IPv4 address.
  private static func dotted(_ discriminator: Int) -> String {
    [24, 16, 8, 0].map { String(discriminator >> $0 & 0xFF) }.joined(separator: ".")
  }
}
