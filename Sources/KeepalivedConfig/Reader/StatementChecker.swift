import NetPrimitives

/// Checks one statement against its row of the keyword table and turns its words into a value.
struct StatementChecker {
  let findings: Findings

  /// The words of a line; an unterminated quote is reported.
  func words(of text: SourceText) -> [Word] {
    let (words, unterminated) = text.words()
    if let unterminated { findings.error(unterminated, "the quote is never closed") }
    return words
  }

  /// Reads a statement without a block into `block`.
  func read(_ text: SourceText, _ keyword: Word, into block: inout ParsedBlock) {
    guard let row = KeywordTable.keyword(keyword.text, in: block.kind) else {
      return reportUnknown(keyword, in: block.kind, isBlock: false)
    }
    if row.arguments == .anything || row.isSkipped {
      block.set(row.name, nil, at: keyword.position)
      return reportSkipped(row, keyword, text)
    }
    findings.usualConsequence = row.consequenceOfLoss
    defer { findings.usualConsequence = .lineLeftOut }
    let (all, unterminated) = row.arguments.isCommand ? text.shellWords() : text.words()
    if let unterminated {
      findings.error(unterminated, "the quote is never closed")
      return block.set(row.name, nil, at: keyword.position)
    }
    guard let arguments = counted(Array(all.dropFirst()), keyword, row) else {
      return block.set(row.name, nil, at: keyword.position)
    }
    let value = value(arguments, keyword, row)
    // What is turned off needs no support.
    if value != .flag(false) { report(row, keyword) }
    store(value, arguments, row, keyword, in: &block)
  }

  /// Keeps the value. The last of several holds, but the first of several `notify` scripts.
  private func store(
    _ value: Value?, _ arguments: [Word], _ row: Keyword, _ keyword: Word, in block: inout ParsedBlock
  ) {
    let position = arguments.first?.position ?? keyword.position
    let isOneOfMany = row.arguments == .numberedSecret
    guard block.mentions(row.name), !isOneOfMany else {
      if isOneOfMany { block.lines.append(arguments) }
      return block.set(row.name, value, at: position)
    }
    let keepsFirst = row.name.hasPrefix("notify") && row.arguments == .script
    findings.warning(
      keyword.position,
      "'\(row.name)' was given before in this block; the \(keepsFirst ? "first" : "last") one holds")
    if !keepsFirst { block.set(row.name, value, at: position) }
  }

  /// The arguments, if there are enough; more than enough are reported and dropped.
  private func counted(_ arguments: [Word], _ keyword: Word, _ row: Keyword) -> [Word]? {
    let range = row.arguments.wordCount
    guard arguments.count >= range.lowerBound else {
      // keepalived ends where it has to read such a word.
      findings.error(keyword.position, "'\(row.name)' needs \(row.arguments.description)", .startRefused)
      return nil
    }
    guard arguments.count > range.upperBound else { return arguments }
    let surplus = arguments[range.upperBound]
    if row.arguments == .secret || row.arguments == .numberedSecret {
      findings.error(surplus.position, "'\(row.name)' is one word: quote it where it has blanks")
      return nil
    }
    if row.arguments == .command {
      findings.warning(
        surplus.position, "'\(surplus.text)' is not part of the command: quote the command with its arguments")
    } else {
      reportExtra(surplus, after: row.name)
    }
    return Array(arguments[..<range.upperBound])
  }

  /// Turns arguments, whose number fits, into a value.
  func value(_ arguments: [Word], _ keyword: Word, _ row: Keyword) -> Value? {
    switch row.arguments {
    case .flag: .flag(true)
    case .optionalBoolean: arguments.first.map { boolean($0, row) } ?? .flag(true)
    case .integer(let range): integer(arguments[0], range, row)
    case .optionalInteger(let range, let otherwise):
      arguments.first.map { integer($0, range, row) } ?? .integer(otherwise)
    case .interval(let range, let unit, let step): interval(arguments[0], range, unit, step, row)
    case .word: .word(arguments[0].text)
    case .secret: .secret(Secret(arguments[0].text.utf8))
    case .optionalWord: .word(arguments.first?.text ?? "")
    case .words: .words(arguments)
    case .numberedSecret: nil
    case .choice(let choices): choice(arguments[0], choices, row)
    case .optionalChoice(let choices): arguments.first.map { choice($0, choices, row) } ?? .word("")
    case .address: address(arguments[0], row)
    case .scopedAddress: scopedAddress(arguments[0], row)
    case .prefix: prefix(arguments[0], row)
    case .interface: interface(arguments[0], row)
    case .weight(let limit): weight(arguments, limit, row)
    case .script, .command: script(arguments, row)
    case .user: .user(ScriptUser(arguments))
    case .block, .namedBlock, .anything: nil
    }
  }

  private func boolean(_ word: Word, _ row: Keyword) -> Value? {
    switch word.text {
    case "on", "true", "yes": return .flag(true)
    case "off", "false", "no": return .flag(false)
    default:
      findings.error(word.position, "'\(row.name)' is on or off, not '\(word.text)'")
      return nil
    }
  }

  private func integer(_ word: Word, _ range: ClosedRange<Int>, _ row: Keyword) -> Value? {
    guard let number = decimalInteger(word.text), range.contains(number) else {
      findings.error(word.position, "'\(row.name)' is \(row.arguments.description), not '\(word.text)'")
      return nil
    }
    return .integer(number)
  }

  private func interval(
    _ word: Word, _ range: ClosedRange<Interval>, _ unit: TimeUnit, _ step: Interval, _ row: Keyword
  ) -> Value? {
    guard let exact = decimalInterval(word.text, unit: unit), range.contains(exact) else {
      findings.error(word.position, "'\(row.name)' is \(row.arguments.description), not '\(word.text)'")
      return nil
    }
    let rounded = exact.rounded(to: step, atLeast: range.lowerBound)
    if rounded != exact { findings.warning(word.position, "'\(row.name)' is rounded from \(exact) to \(rounded)") }
    return .interval(rounded)
  }

  private func choice(_ word: Word, _ choices: [String], _ row: Keyword) -> Value? {
    guard choices.contains(word.text) else {
      let hint = suggestion(for: word.text, among: choices).map { " (did you mean '\($0)'?)" } ?? ""
      findings.error(word.position, "'\(row.name)' is \(row.arguments.description), not '\(word.text)'\(hint)")
      return nil
    }
    return .word(word.text)
  }

  private func address(_ word: Word, _ row: Keyword) -> Value? {
    guard let address = addressAlone(word) else {
      findings.error(word.position, "'\(row.name)' needs an IP address, not '\(word.text)'")
      return nil
    }
    return .address(address)
  }

  /// An address. A prefix length after it has no effect, as in keepalived, where an address alone is wanted.
  func addressAlone(_ word: Word) -> IPAddress? {
    let parts = word.text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2, let address = IPAddress(parts[0]), decimalInteger(String(parts[1])) != nil else {
      return IPAddress(word.text)
    }
    findings.warning(word.position, "'\(word.text)' is to be an address: the prefix length has no effect")
    return address
  }

  private func scopedAddress(_ word: Word, _ row: Keyword) -> Value? {
    let parts = word.text.split(separator: "%", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2 else { return address(word, row) }
    guard let address = IPAddress(parts[0]), address.family == .ipv6, address.isLinkLocal,
      (1...15).contains(parts[1].utf8.count)
    else {
      findings.error(word.position, "'\(row.name)' takes an interface behind '%' for fe80:: addresses only")
      return nil
    }
    return .scopedAddress(address, interface: String(parts[1]))
  }

  private func prefix(_ word: Word, _ row: Keyword) -> Value? {
    guard let prefix = IPPrefix(word.text) else {
      findings.error(word.position, "'\(row.name)' needs an IP address or prefix, not '\(word.text)'")
      return nil
    }
    return .prefix(prefix)
  }

  private func interface(_ word: Word, _ row: Keyword) -> Value? {
    guard isInterfaceName(word.text) else {
      findings.error(word.position, "'\(word.text)' is no interface name: at most 15 bytes, no '/'")
      return nil
    }
    return .word(word.text)
  }

  private func weight(_ arguments: [Word], _ limit: Int, _ row: Keyword) -> Value? {
    guard let number = decimalInteger(arguments[0].text), (-limit...limit).contains(number) else {
      findings.error(
        arguments[0].position, "'\(row.name)' is \(row.arguments.description), not '\(arguments[0].text)'")
      return nil
    }
    guard arguments.count > 1 else { return .weight(TrackWeight(number)) }
    guard ["reverse", "noreverse"].contains(arguments[1].text) else {
      findings.error(arguments[1].position, "a weight is followed by 'reverse' or nothing, not '\(arguments[1].text)'")
      return nil
    }
    return .weight(TrackWeight(number, reverse: arguments[1].text == "reverse"))
  }

  private func script(_ arguments: [Word], _ row: Keyword) -> Value? {
    let command = commandArguments(arguments[0].text)
    guard command.first?.isEmpty == false else {
      findings.error(arguments[0].position, "'\(row.name)' needs a command")
      return nil
    }
    return .script(arguments: command, user: arguments.count > 1 ? ScriptUser(Array(arguments.dropFirst())) : nil)
  }
}

/// What is said about a statement as a whole.
extension StatementChecker {
  /// Says what the table says of a keyword that does not do what its user expects; once for each keyword.
  func report(_ row: Keyword, _ keyword: Word) {
    switch row.status {
    case .supported: break
    case .lvs where row.name == "virtual_server": findings.countService(keyword.position)
    case .ignored(let reason):
      let subject = row.status == .lvs ? "lvs" : row.name
      findings.once(.note, keyword.position, about: subject, "'\(row.name)' is skipped: \(reason)")
    case .stored, .unsupported:
      guard !KeywordTable.inactiveBlocks.contains(row.block) else { return }
      findings.once(
        .warning, keyword.position, about: "\(row.block)/\(row.name)",
        "'\(row.name)' is not supported yet: it has no effect")
    }
  }

  /// What is skipped is not looked at; what is turned off is not worth a word.
  private func reportSkipped(_ row: Keyword, _ keyword: Word, _ text: SourceText) {
    let words = text.words().words
    let isOff = row.arguments == .optionalBoolean && words.count == 2 && ["off", "false", "no"].contains(words[1].text)
    if !isOff { report(row, keyword) }
  }

  func reportExtra(_ word: Word, after keyword: String) {
    findings.warning(word.position, "'\(word.text)' and what follows it has no meaning after '\(keyword)'")
  }

  func reportUnknown(_ keyword: Word, in block: Block, isBlock: Bool) {
    let consequence: Consequence = isBlock ? .blockLeftOut : .lineLeftOut
    if block.isList {
      return findings.error(keyword.position, "'{' cannot stand in a list", .blockLeftOut)
    }
    if let other = KeywordTable.blocks(knowing: keyword.text).first {
      let place = other == .root ? "outside all blocks" : "in '\(other.rawValue)'"
      let reason = KeywordTable.reasonOfAbsence(keyword.text, in: block).map { ": \($0)" } ?? ""
      return findings.error(
        keyword.position, "'\(keyword.text)' does not belong in \(block.rawValue), but \(place)\(reason)", consequence)
    }
    let hint = suggestion(for: keyword.text, among: KeywordTable.names(in: block)).map { " (did you mean '\($0)'?)" }
    findings.error(
      keyword.position, "unknown \(isBlock ? "block" : "keyword") '\(keyword.text)'\(hint ?? "")", consequence)
  }
}
