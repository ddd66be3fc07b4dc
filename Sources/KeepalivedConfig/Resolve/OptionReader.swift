import NetPrimitives

/// Reads the words of a line in order, where the meaning of a word depends on those before it.
struct OptionReader {
  let block: Block
  let findings: Findings
  private var rest: ArraySlice<Word>

  init(_ words: [Word], of block: Block, _ findings: Findings) {
    self.block = block
    self.findings = findings
    rest = words[...]
  }

  /// The next word, with its row where it is an option.
  mutating func next() -> (word: Word, row: Keyword?)? {
    guard let word = rest.popFirst() else { return nil }
    let row = KeywordTable.keyword(word.text, in: block)
    if let row { StatementChecker(findings: findings).report(row, word) }
    return (word, row)
  }

  /// The word behind `option`, which has to be there.
  mutating func argument(of option: Word) -> Word? {
    guard let word = rest.popFirst() else {
      findings.error(option.position, "'\(option.text)' needs a value")
      return nil
    }
    return word
  }

  /// Whether `text` comes next; then it is taken.
  mutating func take(_ text: String) -> Bool {
    guard rest.first?.text == text else { return false }
    rest = rest.dropFirst()
    return true
  }

  /// The next word, if it is one of these; then it is taken.
  mutating func take(oneOf names: Set<String>) -> Word? {
    guard let first = rest.first, names.contains(first.text) else { return nil }
    return rest.popFirst()
  }

  /// Leaves the rest of the line out.
  mutating func skipRest() { rest = [] }

  // MARK: Values

  mutating func number<Number: FixedWidthInteger>(_ option: Word, in range: ClosedRange<Number>) -> Number? {
    guard let word = argument(of: option) else { return nil }
    guard let number = integerWithPrefix(word.text, as: Int64.self).flatMap(Number.init(exactly:)),
      range.contains(number)
    else {
      findings.error(
        word.position,
        "'\(option.text)' is a whole number from \(range.lowerBound) to \(range.upperBound), not '\(word.text)'")
      return nil
    }
    return number
  }

  /// The number that a name of `file` stands for, or a number.
  mutating func named(
    _ option: Word, _ file: RoutingNames.File, _ names: RoutingNames, limit: UInt32 = .max
  ) -> UInt32? {
    guard let word = argument(of: option) else { return nil }
    guard let number = names.number(word.text, file, limit: limit) else {
      findings.error(
        word.position,
        "'\(option.text)' is a number up to \(limit) or a name of \(file.rawValue), not '\(word.text)'")
      return nil
    }
    return number
  }

  /// `REALM` or `FROM/TO`: the first in the upper 16 bits.
  mutating func realms(_ option: Word, _ names: RoutingNames) -> UInt32? {
    guard let word = argument(of: option) else { return nil }
    let parts = word.text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
    let numbers = parts.compactMap { names.number(String($0), .realms, limit: 0xFFFF) }
    guard numbers.count == parts.count, let last = numbers.last else {
      findings.error(word.position, "'\(option.text)' is a realm or two with '/' between them, not '\(word.text)'")
      return nil
    }
    return numbers.count == 2 ? numbers[0] << 16 | last : last
  }

  mutating func interface(_ option: Word) -> String? {
    guard let word = argument(of: option) else { return nil }
    guard isInterfaceName(word.text) else {
      findings.error(word.position, "'\(word.text)' is no interface name: at most 15 bytes, no '/'")
      return nil
    }
    return word.text
  }

  mutating func address(_ option: Word) -> IPAddress? {
    guard let word = argument(of: option) else { return nil }
    let address = IPAddress(word.text)
    if address == nil { findings.error(word.position, "'\(option.text)' needs an IP address, not '\(word.text)'") }
    return address
  }

  /// A prefix, without its host bits; `nil` for `all`, `any` and `default`.
  mutating func prefix(_ option: Word) -> IPPrefix? {
    guard let word = argument(of: option), !["all", "any", "default"].contains(word.text) else { return nil }
    let prefix = IPPrefix(word.text)
    if prefix == nil { findings.error(word.position, "'\(option.text)' needs an IP prefix, not '\(word.text)'") }
    return prefix?.network
  }

  /// `LOW-HIGH` or one number.
  mutating func range<Number: FixedWidthInteger>(_ option: Word, limit: Number) -> ClosedRange<Number>? {
    guard let word = argument(of: option) else { return nil }
    let parts = word.text.split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
    let numbers = parts.compactMap { decimalInteger(String($0)).flatMap(Number.init(exactly:)) }
    guard numbers.count == parts.count, let low = numbers.first, let high = numbers.last, 0 <= low, low <= high,
      high <= limit
    else {
      findings.error(
        word.position, "'\(option.text)' is a number up to \(limit) or LOW-HIGH, not '\(word.text)'")
      return nil
    }
    return low...high
  }
}
