import NetPrimitives

/// A checked argument.
enum Value: Hashable {
  case flag(Bool)
  case integer(Int)
  case interval(Interval)
  case word(String)
  case words([Word])
  case secret(Secret)
  case address(IPAddress)
  case scopedAddress(IPAddress, interface: String)
  case prefix(IPPrefix)
  case weight(TrackWeight)
  case script(arguments: [String], user: ScriptUser?)
  case user(ScriptUser)
}

/// A block as it was written: each keyword with its checked argument. What was wrong has been reported and is `nil`.
struct ParsedBlock {
  let kind: Block
  /// The keyword that opened the block.
  let keyword: Word
  /// The block's name; empty where it has none, or none was given.
  let name: Word
  /// The arguments by keyword (not alias); the value is `nil` where it was not valid.
  fileprivate var given: [String: (position: Position, value: Value?)] = [:]
  /// The lines of a list.
  var lines: [[Word]] = []
  /// The blocks within this one, in order.
  var blocks: [ParsedBlock] = []

  init(kind: Block, keyword: Word, name: Word? = nil) {
    self.kind = kind
    self.keyword = keyword
    self.name = name ?? Word(text: "", position: keyword.position)
  }

  var position: Position { keyword.position }

  mutating func set(_ keyword: String, _ value: Value?, at position: Position) {
    given[keyword] = (position, value)
  }

  /// Whether `keyword` was written, validly or not.
  func mentions(_ keyword: String) -> Bool { given[checked(keyword)] != nil }

  /// Where `keyword` was written, else where the block begins.
  func position(of keyword: String) -> Position { given[checked(keyword)]?.position ?? position }

  func value(_ keyword: String) -> Value? { given[checked(keyword)]?.value }

  func flag(_ keyword: String) -> Bool? {
    guard case .flag(let value)? = value(keyword) else { return nil }
    return value
  }

  func integer(_ keyword: String) -> Int? {
    guard case .integer(let value)? = value(keyword) else { return nil }
    return value
  }

  func interval(_ keyword: String) -> Interval? {
    guard case .interval(let value)? = value(keyword) else { return nil }
    return value
  }

  func word(_ keyword: String) -> String? {
    guard case .word(let value)? = value(keyword) else { return nil }
    return value
  }

  func words(_ keyword: String) -> [Word]? {
    guard case .words(let value)? = value(keyword) else { return nil }
    return value
  }

  func secret(_ keyword: String) -> Secret? {
    guard case .secret(let value)? = value(keyword) else { return nil }
    return value
  }

  func address(_ keyword: String) -> IPAddress? {
    switch value(keyword) {
    case .address(let value), .scopedAddress(let value, _): return value
    default: return nil
    }
  }

  /// The interface that the address of `keyword` names behind a `%`.
  func scope(_ keyword: String) -> String? {
    guard case .scopedAddress(_, let interface)? = value(keyword) else { return nil }
    return interface
  }

  func weight(_ keyword: String) -> TrackWeight? {
    guard case .weight(let value)? = value(keyword) else { return nil }
    return value
  }

  /// The lines of all blocks that `keyword` opened within this one.
  func lines(of keyword: String) -> [[Word]] {
    blocks.filter { $0.keyword.text == checked(keyword) }.flatMap(\.lines)
  }

  /// The blocks that `keyword` opened within this one.
  func blocks(_ keyword: String) -> [ParsedBlock] { blocks.filter { $0.keyword.text == checked(keyword) } }

  /// A keyword that the table does not have could never be given: a mistake of ours.
  private func checked(_ keyword: String) -> String {
    assert(KeywordTable.keyword(keyword, in: kind)?.name == keyword, "no row for \(keyword) in \(kind)")
    return keyword
  }
}

extension ParsedBlock {
  /// This block with what it does not say itself taken from `template`. Blocks within go by their keyword: those of the
  /// template hold where this one has none that is opened by the same.
  func completed(from template: ParsedBlock) -> ParsedBlock {
    var result = self
    result.given.merge(template.given) { own, _ in own }
    let own = Set(blocks.map(\.keyword.text))
    result.blocks += template.blocks.filter { !own.contains($0.keyword.text) }
    return result
  }

  /// Adds what another block of the same kind says; where both say something, that block's word holds.
  mutating func merge(_ other: ParsedBlock) {
    given.merge(other.given) { _, later in later }
    lines += other.lines
    blocks += other.blocks
  }
}
