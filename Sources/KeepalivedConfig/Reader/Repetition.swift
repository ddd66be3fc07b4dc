/// `~SEQ` and `~LST`: a line repeated with different values of a variable.
extension Preprocessor {
  /// Runs the repetition that `text` begins with. Returns whether there was one.
  mutating func repetition(_ text: SourceText, depth: Int) -> Bool {
    guard text.first == UInt8(ascii: "~"), let open = text.bytes.firstIndex(of: UInt8(ascii: "(")) else { return false }
    let keyword = text.slice(text.bytes.startIndex..<open).string
    guard ["~SEQ", "~SEQx", "~LST"].contains(keyword) else { return false }
    guard let close = text.bytes[open...].firstIndex(of: UInt8(ascii: ")")) else {
      findings.error(text.position, "'\(keyword)(' has no ')'")
      return true
    }
    guard let arguments = substitute(text.slice(open + 1..<close))?.text else { return true }
    let body = text.from(close + 1).trimmed()
    guard !body.isEmpty else { return true }
    if keyword == "~LST" {
      repeatList(arguments, body, depth)
    } else {
      repeatSequence(arguments, hexadecimal: keyword == "~SEQx", body, depth)
    }
    return true
  }

  /// `~SEQ(var, [start, [step,]] end)`, end included.
  private mutating func repeatSequence(_ text: SourceText, hexadecimal: Bool, _ body: SourceText, _ depth: Int) {
    let parts = text.string.split(separator: ",", omittingEmptySubsequences: false).map(trim)
    let numbers = parts.dropFirst().compactMap(integerWithPrefix)
    guard let name = parts.first, isName(name), (1...3).contains(numbers.count), numbers.count == parts.count - 1 else {
      return findings.error(text.position, "~SEQ needs a name and one to three numbers: (name, start, step, end)")
    }
    let end = numbers[numbers.count - 1]
    let start = numbers.count > 1 ? numbers[0] : end < 0 ? -1 : 1
    let step = numbers.count == 3 ? numbers[1] : end < start ? -1 : 1
    guard step != 0, start == end || (end > start) == (step > 0) else {
      return findings.error(text.position, "~SEQ from \(start) by \(step) never reaches \(end)")
    }
    guard !hexadecimal || min(start, end) >= 0 else {
      return findings.error(text.position, "~SEQx cannot count in negative numbers")
    }
    for value in stride(from: start, through: end, by: step) {
      guard !isExhausted else { return }
      definitions.define(name, as: [Array(String(value, radix: hexadecimal ? 16 : 10).utf8)])
      process(body, depth: depth + 1)
    }
  }

  /// `~LST(var, value, ...)` or `~LST({var, ...}, {value, ...}, ...)`.
  private mutating func repeatList(_ text: SourceText, _ body: SourceText, _ depth: Int) {
    let groups = listGroups(text.string)
    guard let names = groups.first, !names.isEmpty, names.allSatisfy(isName), groups.count > 1 else {
      return findings.error(text.position, "~LST needs a name, or names in braces, and values")
    }
    for values in groups.dropFirst() where values.count > names.count {
      return findings.error(
        text.position, "~LST has \(values.count) values for \(names.count) names")
    }
    for values in groups.dropFirst() {
      guard !isExhausted else { return }
      for (index, name) in names.enumerated() {
        definitions.define(name, as: [Array((index < values.count ? values[index] : "").utf8)])
      }
      process(body, depth: depth + 1)
    }
  }

  /// Splits at commas; what stands in braces is one group.
  private func listGroups(_ text: String) -> [[String]] {
    var groups: [[String]] = []
    var rest = trim(text[...])[...]
    while !rest.isEmpty {
      let isGroup = rest.first == "{"
      let end = rest.firstIndex(of: isGroup ? "}" : ",") ?? rest.endIndex
      let inside = isGroup ? rest[..<end].dropFirst() : rest[..<end]
      groups.append(
        isGroup ? inside.split(separator: ",", omittingEmptySubsequences: false).map(trim) : [trim(inside)])
      rest = rest[end...]
      if isGroup { rest = rest.drop { $0 != "," } }
      rest = trim(rest.dropFirst())[...]
    }
    return groups
  }

  private func isName(_ text: String) -> Bool {
    text.utf8.first?.startsName == true && text.utf8.allSatisfy(\.continuesName)
  }
}

/// Without blanks at both ends.
private func trim(_ text: Substring) -> String {
  let bytes = text.utf8.drop(while: \.isBlank)
  return String(
    Substring(bytes.prefix(upTo: bytes.lastIndex { !$0.isBlank }.map(bytes.index(after:)) ?? bytes.startIndex)))
}

/// A whole number as C's strtol reads it with base 0: decimal, 0x hexadecimal, 0 octal.
func integerWithPrefix(_ text: String) -> Int? { integerWithPrefix(text, as: Int32.self).map(Int.init) }

/// The same for a number as wide as `Number`.
func integerWithPrefix<Number: FixedWidthInteger & SignedInteger>(_ text: String, as: Number.Type) -> Number? {
  let negative = text.hasPrefix("-")
  let digits = negative || text.hasPrefix("+") ? text.dropFirst() : text[...]
  guard digits.utf8.first?.isDigit == true else { return nil }
  let magnitude =
    digits.hasPrefix("0x") || digits.hasPrefix("0X")
    ? Number(unsignedHexadecimal: digits.dropFirst(2)) : Number(digits, radix: digits.hasPrefix("0") ? 8 : 10)
  return magnitude.map { negative ? -$0 : $0 }
}

extension FixedWidthInteger {
  fileprivate init?(unsignedHexadecimal digits: Substring) {
    guard let first = digits.first, first.isHexDigit, let value = Self(digits, radix: 16) else { return nil }
    self = value
  }
}
