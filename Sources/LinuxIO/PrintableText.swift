/// Text that cannot act on whoever reads it, whatever scripts, names and other machines put into it.
///
/// Every place where text leaves for a person makes it printable: the log, and what a program writes to a terminal.
enum PrintableText {
  /// `text` on one line: what would break the line or steer a terminal is escaped.
  static func line(_ text: String) -> String { escaped(text) { acts($0) } }

  /// `text` with its lines, tabs and colors. The escapes are those of JSON, so that JSON stays what it is.
  static func lines(_ text: String) -> String {
    guard text.unicodeScalars.contains(where: { acts($0) && $0 != "\n" && $0 != "\t" }) else { return text }
    var result = String.UnicodeScalarView()
    var rest = Substring(text).unicodeScalars
    while let scalar = rest.popFirst() {
      if scalar == "\u{1B}", let end = color(rest) {
        result.append(scalar)
        result += rest[..<end]
        rest = rest[end...]
      } else if acts(scalar), scalar != "\n", scalar != "\t" {
        let digits = String(scalar.value, radix: 16)
        result += ("\\u" + String(repeating: "0", count: 4 - digits.count) + digits).unicodeScalars
      } else {
        result.append(scalar)
      }
    }
    return String(result)
  }

  /// Escapes what acts, but keeps line breaks and tabs, for a log that keeps records apart by itself.
  static func record(_ text: String) -> String { escaped(text) { acts($0) && $0 != "\n" && $0 != "\t" } }

  private static func escaped(_ text: String, _ isEscaped: (Unicode.Scalar) -> Bool) -> String {
    guard text.unicodeScalars.contains(where: isEscaped) else { return text }
    return text.unicodeScalars.map { isEscaped($0) ? $0.escaped(asASCII: true) : String($0) }.joined()
  }

  /// Control characters of both sets (C0 and C1), what ends a line, and what changes the direction of the text after it.
  private static func acts(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0..<0x20, 0x7F...0x9F, 0x2028, 0x2029, 0x202A...0x202E, 0x2066...0x2069: true
    default: false
    }
  }

  /// Where a color ends that began with the escape character before `rest`; `nil` where that is something else.
  private static func color(_ rest: Substring.UnicodeScalarView) -> String.Index? {
    guard rest.first == "[" else { return nil }
    let end = rest.dropFirst().firstIndex { $0 != ";" && !("0"..."9").contains($0) }
    guard let end, rest[end] == "m" else { return nil }
    return rest.index(after: end)
  }
}
