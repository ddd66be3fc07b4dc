/// Text in Prometheus' exposition format, version 0.0.4.
struct Exposition {
  /// The text so far: complete families, each with its HELP and TYPE lines.
  private(set) var text = ""

  /// Adds every column, with the samples of all objects; a metric without samples is left out.
  mutating func add<Object>(
    _ columns: [Column<Object>], of objects: [Object], labels: (Object) -> [(name: String, value: String)]
  ) {
    guard !objects.isEmpty else { return }
    let own = objects.map(labels)
    for column in columns {
      var isStarted = false
      for (object, own) in zip(objects, own) {
        for sample in column.samples(object) {
          if !isStarted { start(column.name, column.kind, column.help) }
          isStarted = true
          add(column.name, own + sample.labels, sample.value)
        }
      }
    }
  }

  /// Adds every column of the one object there is.
  mutating func add<Object>(_ columns: [Column<Object>], of object: Object) {
    add(columns, of: [object]) { _ in [] }
  }

  private mutating func start(_ name: String, _ kind: MetricKind, _ help: String) {
    text += "# HELP \(name) \(Self.escaped(help, quotes: false))\n# TYPE \(name) \(kind.rawValue)\n"
  }

  private mutating func add(_ name: String, _ labels: [(name: String, value: String)], _ value: Value) {
    switch value {
    case .integer(let number): line(name, labels, "\(number)")
    case .microseconds(let time): line(name, labels, Self.seconds(time))
    case .histogram(let histogram):
      for bound in histogram.bounds {
        line(name + "_bucket", labels + [("le", Self.seconds(bound.microseconds))], "\(bound.count)")
      }
      line(name + "_bucket", labels + [("le", "+Inf")], "\(histogram.count)")
      line(name + "_sum", labels, Self.seconds(histogram.sum))
      line(name + "_count", labels, "\(histogram.count)")
    }
  }

  private mutating func line(_ name: String, _ labels: [(name: String, value: String)], _ value: String) {
    text += name
    if !labels.isEmpty {
      text += "{"
      for (index, label) in labels.enumerated() {
        if index > 0 { text += "," }
        text += "\(label.name)=\"\(Self.escaped(label.value, quotes: true))\""
      }
      text += "}"
    }
    text += " \(value)\n"
  }

  /// Seconds, without a loss and without an exponent.
  static func seconds(_ microseconds: Int) -> String {
    let (whole, rest) = microseconds.magnitude.quotientAndRemainder(dividingBy: 1_000_000)
    let sign = microseconds < 0 ? "-" : ""
    guard rest > 0 else { return "\(sign)\(whole)" }
    var digits = Substring("\(1_000_000 + rest)".dropFirst())
    while digits.last == "0" { digits.removeLast() }
    return "\(sign)\(whole).\(digits)"
  }

  /// Backslashes and line ends as the format wants them, and quotes in the values of labels.
  private static func escaped(_ text: String, quotes: Bool) -> String {
    guard text.utf8.contains(where: { $0 == 92 || $0 == 10 || $0 == 34 }) else { return text }
    return text.reduce(into: "") { result, character in
      switch character {
      case "\\": result += "\\\\"
      case "\n": result += "\\n"
      case "\"" where quotes: result += "\\\""
      default: result.append(character)
      }
    }
  }
}
