import NetPrimitives

/// The options of one line of a list: words that the keyword table knows for this kind of line, each with its
/// arguments.
struct LineOptions {
  private var values: [String: (position: Position, value: Value?)] = [:]
  /// The words that are no option, before the first option or between options.
  var others: [Word] = []

  /// Reads `words` by the rows of `block`. A word that is no option is an error, unless `others` may hold more.
  init(_ words: some Collection<Word>, of block: Block, allowedOthers: Int = 0, _ findings: Findings) {
    let checker = StatementChecker(findings: findings)
    var hasUnknown = false
    var rest = Array(words)[...]
    while let word = rest.popFirst() {
      guard let row = KeywordTable.keyword(word.text, in: block) else {
        if others.count < allowedOthers {
          others.append(word)
          continue
        }
        // What follows it may be its argument; one finding for the line is enough. What is known still holds.
        if !hasUnknown { checker.reportUnknown(word, within: block) }
        hasUnknown = true
        continue
      }
      checker.report(row, word)
      let arguments = Self.take(row, &rest)
      guard row.arguments != .anything else {
        values[row.name] = (word.position, nil)
        return
      }
      guard arguments.count >= row.arguments.wordCount.lowerBound else {
        findings.error(word.position, "'\(word.text)' needs \(row.arguments.description)", .wordLeftOut)
        values[row.name] = (word.position, nil)
        continue
      }
      values[row.name] = (arguments.first?.position ?? word.position, checker.value(arguments, word, row))
    }
  }

  /// The words behind an option that belong to it.
  private static func take(_ row: Keyword, _ rest: inout ArraySlice<Word>) -> [Word] {
    var arguments: [Word] = []
    let count = row.arguments.wordCount
    while arguments.count < count.upperBound, let next = rest.first {
      if arguments.count >= count.lowerBound {
        guard case .weight = row.arguments, ["reverse", "noreverse"].contains(next.text) else { break }
      }
      arguments.append(next)
      rest = rest.dropFirst()
    }
    return arguments
  }

  func position(of option: String) -> Position? { values[option]?.position }
  func mentions(_ option: String) -> Bool { values[option] != nil }

  func flag(_ option: String) -> Bool { values[option]?.value == .flag(true) }

  func word(_ option: String) -> Word? {
    guard let (position, value) = values[option], case .word(let text)? = value else { return nil }
    return Word(text: text, position: position)
  }

  func integer(_ option: String) -> Int? {
    guard case .integer(let number)? = values[option]?.value else { return nil }
    return number
  }

  func weight(_ option: String) -> TrackWeight? {
    guard case .weight(let weight)? = values[option]?.value else { return nil }
    return weight
  }

  func prefix(_ option: String) -> IPPrefix? {
    guard case .prefix(let prefix)? = values[option]?.value else { return nil }
    return prefix
  }
}

extension StatementChecker {
  /// A word within a line of a list that is none of its options.
  func reportUnknown(_ word: Word, within block: Block, _ consequence: Consequence = .wordLeftOut) {
    let hint = suggestion(for: word.text, among: KeywordTable.names(in: block)).map { " (did you mean '\($0)'?)" }
    findings.error(word.position, "'\(word.text)' has no meaning in \(block.rawValue)\(hint ?? "")", consequence)
  }
}
