/// Puts statements and braces together to blocks, and checks every statement against the keyword table.
struct BlockBuilder {
  let findings: Findings
  private var statements: StatementChecker
  /// The blocks that are open, outermost first; the first is the file itself.
  private var open: [ParsedBlock]
  /// How many braces are open within a block that is skipped.
  private var skippedDepth = 0
  /// A statement that may still be followed by a brace.
  private var pending: (text: SourceText, keyword: Word)?

  /// Keywords that stand at root level only; within a block they show that its brace was forgotten.
  private static let rootOnly: Set<String> = [
    "global_defs", "bfd_instance", "bfd_template", "bfd_unsolicited", "sbfd_initiator", "sbfd_reflector",
    "vrrp_instance", "vrrp_script", "vrrp_sync_group",
    "vrrp_track_process",
    "virtual_server", "virtual_server_group", "static_ipaddress", "static_routes", "static_rules",
  ]

  init(findings: Findings) {
    self.findings = findings
    statements = StatementChecker(findings: findings)
    open = [ParsedBlock(kind: .root, keyword: Word(text: "", position: Position(file: 0, line: 1, column: 1)))]
  }

  private var kind: Block { open[open.count - 1].kind }

  /// The text between two braces or line ends; not empty.
  mutating func statement(_ text: SourceText) {
    flush()
    let keyword = text.firstWord().word
    if Self.rootOnly.contains(keyword.text), isOutOfPlace(keyword) { closeAll(before: keyword) }
    if skippedDepth == 0 { pending = (text, keyword) }
  }

  /// `{`
  mutating func open(_ position: Position) {
    guard skippedDepth == 0 else { return skippedDepth += 1 }
    guard let (text, keyword) = pending else {
      findings.error(position, "'{' without a keyword before it", .blockLeftOut)
      return skippedDepth = 1
    }
    pending = nil
    openBlock(text, keyword, hasBrace: true)
  }

  /// `}`
  mutating func close(_ position: Position) {
    flush()
    if skippedDepth > 0 { return skippedDepth -= 1 }
    guard open.count > 1 else { return findings.error(position, "'}' without a '{' before it", .wordLeftOut) }
    closeBlock()
  }

  /// The end of the last file: the whole of it.
  mutating func finish() -> ParsedBlock {
    flush()
    if open.count > 1 {
      let unclosed = open[open.count - 1]
      let count = open.count - 1 + skippedDepth
      findings.error(
        unclosed.position, "'\(unclosed.keyword.text)' is never closed: \(count) '}' missing at the end of the file",
        .braceAssumed)
    } else if skippedDepth > 0 {
      findings.error(
        lastSkipped, "the block is never closed: \(skippedDepth) '}' missing at the end of the file", .blockLeftOut)
    }
    while open.count > 1 { closeBlock() }
    findings.reportServices()
    return open[0]
  }

  /// Whether what comes next is, or should be, in a block that holds passwords or keys.
  func holdsSecrets(_ text: SourceText) -> Bool {
    if Self.rootOnly.contains(text.firstWord().word.text) { return false }
    return open.contains { $0.kind.holdsSecrets } || skippedDepth > 0 && skipsSecrets
      || pending.map { SecretText.isLikely(in: $0.text) } ?? false
  }

  private var skipsSecrets = false
  /// Where the block that is being skipped began.
  private var lastSkipped = Position(file: 0, line: 1, column: 1)

  /// Whether a keyword of the root level stands within a block.
  private func isOutOfPlace(_ keyword: Word) -> Bool {
    skippedDepth > 0 || open.count > 1 && KeywordTable.keyword(keyword.text, in: kind) == nil
  }

  private mutating func closeAll(before keyword: Word) {
    let name = open.count > 1 ? open[1].keyword.text : "the block before"
    findings.error(keyword.position, "'}' missing: '\(name)' is still open before '\(keyword.text)'", .braceAssumed)
    skippedDepth = 0
    while open.count > 1 { closeBlock() }
  }

  private mutating func closeBlock() {
    let block = open.removeLast()
    open[open.count - 1].blocks.append(block)
    if open.count == 1 { findings.block = nil }
  }

  /// The pending statement has no brace.
  private mutating func flush() {
    guard let (text, keyword) = pending else { return }
    pending = nil
    if kind.isList {
      let words = statements.words(of: text)
      if !words.isEmpty { open[open.count - 1].lines.append(words) }
    } else if KeywordTable.keyword(keyword.text, in: kind)?.arguments.opensBlock == true {
      findings.error(keyword.position, "'\(keyword.text)' needs a block: '{' is missing", .braceAssumed)
      openBlock(text, keyword, hasBrace: false)
    } else {
      statements.read(text, keyword, into: &open[open.count - 1])
    }
  }

  private mutating func openBlock(_ text: SourceText, _ keyword: Word, hasBrace: Bool) {
    guard !kind.isList, let row = KeywordTable.keyword(keyword.text, in: kind) else {
      statements.reportUnknown(keyword, in: kind, isBlock: true)
      return skip(keyword.position, text)
    }
    switch row.arguments {
    case .block(let inner):
      if hasBrace { statements.report(row, keyword) }
      let words = statements.words(of: text)
      if words.count > 1 { statements.reportExtra(words[1], after: row.name) }
      append(ParsedBlock(kind: inner, keyword: Word(text: row.name, position: keyword.position)))
    case .namedBlock(let inner):
      if hasBrace { statements.report(row, keyword) }
      let words = statements.words(of: text)
      if words.count < 2 || words[1].text.isEmpty {
        findings.error(keyword.position, "'\(row.name)' needs a name", .objectLeftOut(row.name))
      }
      if words.count > 2 { statements.reportExtra(words[2], after: "\(row.name) \(words[1].text)") }
      append(
        ParsedBlock(
          kind: inner, keyword: Word(text: row.name, position: keyword.position), name: words.dropFirst().first))
    case .anything:
      statements.report(row, keyword)
      skip(keyword.position, text)
    default:
      findings.error(keyword.position, "'\(keyword.text)' takes no block", .blockLeftOut)
      skip(keyword.position, text)
    }
  }

  private mutating func append(_ block: ParsedBlock) {
    if open.count == 1 { findings.block = BlockName(keyword: block.keyword.text, name: block.name.text) }
    open.append(block)
  }

  private mutating func skip(_ position: Position, _ text: SourceText) {
    skippedDepth = 1
    skipsSecrets = SecretText.isLikely(in: text)
    lastSkipped = position
  }
}
