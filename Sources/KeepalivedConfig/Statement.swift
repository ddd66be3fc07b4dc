/// One statement of a configuration after includes, conditions, definitions and repetitions: what a tool changes that
/// wants another file of the same meaning, such as that of the router at the other end.
public struct Statement: Hashable, Sendable {
  /// The text before the brace or the line's end, comments and blanks around it left out.
  public var text: String
  /// What stands in its braces; `nil` where it opens none.
  public var block: [Statement]?
  /// Where it begins.
  public var location: SourceLocation

  /// A statement of this text, with a block or without.
  public init(_ text: String, block: [Statement]? = nil, at location: SourceLocation) {
    self.text = text
    self.block = block
    self.location = location
  }

  /// The words of the text, quotes taken off.
  public var words: [String] { SourceText(text).words().words.map(\.text) }

  /// The first word; empty only where the text is.
  public var keyword: String { SourceText(text).firstWord().word.text }

  /// The statement as it would stand in a file, each line indented by `depth` steps.
  fileprivate func rendered(depth: Int) -> String {
    let indent = String(repeating: "    ", count: depth)
    guard let block else { return "\(indent)\(Self.escaped(text))\n" }
    let inner = block.map { $0.rendered(depth: depth + 1) }.joined()
    return "\(indent)\(Self.escaped(text)) {\n\(inner)\(indent)}\n"
  }

  /// `#` and `!` outside quotes would begin a comment.
  private static func escaped(_ text: String) -> String {
    var quoted = false
    var result = ""
    for character in text {
      if character == "\"" { quoted.toggle() }
      if !quoted, character == "#" || character == "!" { result.append("\\") }
      result.append(character)
    }
    return result
  }
}

extension Configuration {
  /// The statements of the configuration at `path` with everything it includes, in order. What makes no sense is among
  /// them or left out: `load` says what is wrong with it.
  public static func statements(path: String, from source: ConfigurationSource) throws(FileProblem) -> [Statement] {
    let limits = Limits()
    let file = try source.readFile(path, limits.fileBytes)
    var preprocessor = Preprocessor(source: source, findings: Findings(limit: limits.findings), limits: limits)
    preprocessor.recorder = StatementRecorder()
    preprocessor.read(file, path: path)
    return preprocessor.recorder?.finish() ?? []
  }
}

extension Sequence where Element == Statement {
  /// The text of a file with these statements.
  public var fileText: String { map { $0.rendered(depth: 0) }.joined() }
}

/// Puts statements and braces together to a tree, as they come from the preprocessor.
struct StatementRecorder {
  /// The blocks that are open, outermost first; the first is the file itself.
  private var open: [[Statement]] = [[]]

  mutating func statement(_ text: SourceText, at location: SourceLocation) {
    open[open.count - 1].append(Statement(text.string, at: location))
  }

  mutating func openBlock() { open.append([]) }

  /// The block belongs to the statement before it; without one both are a mistake, and left out.
  mutating func closeBlock() {
    guard open.count > 1 else { return }
    let block = open.removeLast()
    guard let last = open[open.count - 1].indices.last else { return }
    open[open.count - 1][last].block = block
  }

  mutating func finish() -> [Statement] {
    while open.count > 1 { closeBlock() }
    return open[0]
  }
}

extension SourceText {
  /// A line that stands in no file.
  init(_ text: String) { self.init(bytes: Array(text.utf8)[...], file: 0, line: 1) }
}
