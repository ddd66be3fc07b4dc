/// Turns files into statements: comments, conditions, definitions, repetitions, includes and braces, in keepalived's
/// order. What is left, words and blocks, goes to the `BlockBuilder`.
struct Preprocessor {
  let source: ConfigurationSource
  let findings: Findings
  let limits: Limits
  var builder: BlockBuilder
  /// Takes every statement, too, where somebody wants them as they are.
  var recorder: StatementRecorder?
  var definitions: Definitions
  /// `include_check`; an included file's own setting ends with it.
  var includeChecks: IncludeChecks = []
  /// The files being read, outermost first.
  var openFiles: [String] = []
  private var work = 0
  /// The line before ended with a name that a password or key follows.
  private var secretFollows = false
  /// How many names includes have tried.
  var includeCount = 0
  /// Set when a limit of the whole configuration was reached: nothing more is read.
  private var isOverLimit = false
  var isExhausted: Bool { isOverLimit || findings.hasTooManyErrors }
  /// A `$NAME= \` whose lines are still being collected.
  private var collecting: (name: String, lines: [[UInt8]], size: Int)?

  init(source: ConfigurationSource, findings: Findings, limits: Limits) {
    self.source = source
    self.findings = findings
    self.limits = limits
    builder = BlockBuilder(findings: findings)
    definitions = Definitions(source: source, limits: limits)
  }

  /// Reads the lines of one file.
  mutating func read(_ file: ConfigurationFile, path: String) {
    let number = findings.enter(file: path)
    let checks = includeChecks
    work += file.bytes.count
    openFiles.append(path)
    definePath()
    var start = file.bytes.startIndex
    var line: Int32 = 0
    while start < file.bytes.endIndex, !isExhausted {
      line += 1
      let end = file.bytes[start...].firstIndex(of: UInt8(ascii: "\n")) ?? file.bytes.endIndex
      readLine(SourceText(bytes: file.bytes[start..<end], file: number, line: line))
      start = end + 1
    }
    endDefinition()
    openFiles.removeLast()
    includeChecks = checks
    definePath()
  }

  /// `${_PWD}` is the directory of the file being read.
  private mutating func definePath() {
    definitions.define("_PWD", as: [Array(directory.utf8)])
  }

  /// The directory of the file being read.
  var directory: String {
    guard let path = openFiles.last, let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }

  private mutating func readLine(_ line: SourceText) {
    guard line.bytes.count <= limits.lineBytes else {
      keepSecrets(of: line.slice(line.bytes.startIndex..<line.bytes.startIndex + limits.lineBytes))
      return findings.error(line.position, "the line is longer than \(limits.lineBytes) bytes")
    }
    guard !line.bytes.contains(0) else { return findings.error(line.position, "the line has a NUL byte in it") }
    let text = line.withoutComment()
    // A comment in a definition of several lines ends before the backslash that continues it.
    let continues = line.trimmed().bytes.last == UInt8(ascii: "\\")
    if collecting != nil {
      keepSecrets(of: text)
      return collect(text.withoutContinuation(), continues: continues)
    }
    guard !text.isEmpty else { return }
    if continues, text.bytes.last != UInt8(ascii: "\\"), beginCollecting(text) { return }
    process(text, depth: 0)
  }

  /// Processes one line and everything it expands to.
  mutating func process(_ line: SourceText, depth: Int) {
    guard depth <= limits.nesting else {
      return findings.error(line.position, "definitions and repetitions are nested deeper than \(limits.nesting)")
    }
    var pending = [(text: line, depth: depth)]
    while let next = pending.popLast(), !isExhausted {
      work += next.text.bytes.count + limits.lineCost
      guard work <= limits.work else {
        return exhaust(next.text.position, "the configuration is too long after all includes and repetitions")
      }
      keepSecrets(of: next.text)
      guard let text = condition(next.text), !define(text), !repetition(text, depth: next.depth) else { continue }
      if let repeated = definitions.repetition(text) {
        pending.append((repeated, next.depth + 1))
        continue
      }
      guard let result = substitute(text) else { continue }
      if result.text.bytes != text.bytes { keepSecrets(of: result.text) }
      if !result.following.isEmpty {
        guard next.depth < limits.nesting else {
          findings.error(text.position, "definitions are nested deeper than \(limits.nesting), or refer to themselves")
          continue
        }
        pending += result.following.reversed().map { ($0.withoutComment(), next.depth + 1) }
      }
      guard !result.text.isHash, let statement = condition(result.text.withoutComment()), !include(statement) else {
        continue
      }
      if let rest = splitAtBrace(statement) { pending.append((rest, next.depth)) }
    }
  }

  mutating func exhaust(_ position: Position, _ message: String) {
    isOverLimit = true
    findings.error(position, "\(message); the rest is not read", .startRefused)
  }

  /// Keeps a line secret that holds a password or key, or may hold one: where it stands, or what stands in it, says so.
  private mutating func keepSecrets(of text: SourceText) {
    let isLikely = SecretText.isLikely(in: text)
    if isLikely || secretFollows || builder.holdsSecrets(text) { findings.keepSecret(text) }
    secretFollows = isLikely && SecretText.isOpen(text)
  }

  /// `@id text` and `@^id text`: the text, where the condition holds; `nil` where it does not.
  private func condition(_ text: SourceText) -> SourceText? {
    guard text.first == UInt8(ascii: "@") else { return text.isEmpty ? nil : text }
    let (word, end) = text.firstWord()
    var name = word.text.dropFirst()
    let negated = name.first == "^"
    if negated { name.removeFirst() }
    guard (name == source.identifier) != negated else { return nil }
    let rest = text.from(end).trimmed()
    guard rest.first != UInt8(ascii: "@") else {
      findings.error(rest.position, "a line can have only one condition")
      return nil
    }
    return rest.isEmpty ? nil : rest
  }

  /// Begins a definition of several lines whose first has a comment before its backslash. Returns whether it is one.
  private mutating func beginCollecting(_ text: SourceText) -> Bool {
    guard let text = condition(text), let (name, value) = definition(text) else { return false }
    collecting = (name, value.isEmpty ? [] : [Array(value.bytes)], value.bytes.count)
    return true
  }

  /// `$NAME=value`. Returns whether the line was a definition.
  private mutating func define(_ text: SourceText) -> Bool {
    guard let (name, value) = definition(text) else { return false }
    guard value.bytes.last == UInt8(ascii: "\\") else {
      definitions.define(name, as: [Array(value.bytes)])
      return true
    }
    let first = value.withoutContinuation()
    collecting = (name, first.isEmpty ? [] : [Array(first.bytes)], first.bytes.count)
    return true
  }

  /// The name and the value of a line that is a definition.
  private func definition(_ text: SourceText) -> (name: String, value: SourceText)? {
    guard text.first == UInt8(ascii: "$") else { return nil }
    var index = text.bytes.startIndex + 1
    guard index < text.bytes.endIndex, text.bytes[index].startsName else { return nil }
    while index < text.bytes.endIndex, text.bytes[index].continuesName { index += 1 }
    guard index < text.bytes.endIndex, text.bytes[index] == UInt8(ascii: "=") else { return nil }
    return (text.word(text.bytes.startIndex + 1..<index).text, text.from(index + 1).trimmed())
  }

  /// One more line of a multi-line definition; the first without a trailing backslash is its last.
  private mutating func collect(_ line: SourceText, continues: Bool) {
    guard var definition = collecting else { return }
    if !line.isEmpty { definition.lines.append(Array(line.bytes)) }
    definition.size += line.bytes.count + 1
    collecting = definition
    if definition.size > limits.definitionBytes {
      findings.error(
        line.position, "the definition of '$\(definition.name)' is longer than \(limits.definitionBytes) bytes")
      collecting = nil
    } else if !continues {
      endDefinition()
    }
  }

  private mutating func endDefinition() {
    guard let (name, lines, _) = collecting else { return }
    definitions.define(name, as: lines.isEmpty ? [[]] : lines)
    collecting = nil
  }

  mutating func substitute(_ text: SourceText) -> Definitions.Result? {
    do {
      return try definitions.substitute(text)
    } catch {
      var position = text.position
      switch error {
      case .endless(let name, let column):
        position.column = column
        findings.error(
          position,
          "more than \(limits.substitutionsPerLine) substitutions in one line: does '$\(name)' refer to itself?")
      case .notLast(let name, let column):
        position.column = column
        findings.error(position, "'$\(name)' has several lines: nothing may follow it on this line")
      case .tooLong: findings.error(position, "the line is longer than \(limits.lineBytes) bytes after substitution")
      case .exhausted: exhaust(position, "substitutions made more than \(limits.substitutedBytes) bytes")
      }
      return nil
    }
  }

  /// Sends what stands before the first brace outside quotes to the builder, then the brace; returns the rest.
  private mutating func splitAtBrace(_ text: SourceText) -> SourceText? {
    var quoted = false
    var index = text.bytes.startIndex
    while index < text.bytes.endIndex {
      switch text.bytes[index] {
      case UInt8(ascii: "\\"): index += 1
      case UInt8(ascii: "\""): quoted.toggle()
      case UInt8(ascii: "$"):
        if let end = undefinedReference(text, at: index, quoted: quoted) {
          index = end
          continue
        }
      case UInt8(ascii: "{") where !quoted, UInt8(ascii: "}") where !quoted:
        emit(text.slice(text.bytes.startIndex..<index))
        let opens = text.bytes[index] == UInt8(ascii: "{")
        if opens { builder.open(text.position(at: index)) } else { builder.close(text.position(at: index)) }
        if opens { recorder?.openBlock() } else { recorder?.closeBlock() }
        let rest = text.from(index + 1).trimmed()
        return rest.isEmpty ? nil : rest
      default: break
      }
      index += 1
    }
    emit(text)
    return nil
  }

  /// `${NAME}` that no definition replaced: reported, and stepped over so that its braces are none.
  private func undefinedReference(_ text: SourceText, at index: Int, quoted: Bool) -> Int? {
    let next = index + 1
    guard next < text.bytes.endIndex, text.bytes[next] == UInt8(ascii: "{"),
      let reference = Reference(text.bytes, at: index)
    else { return nil }
    let kind: Diagnostic.Kind = quoted ? .warning : .error
    findings.add(kind, text.position(at: index), "'${\(reference.name)}' is not defined")
    findings.silence(text.position)
    return reference.end
  }

  private mutating func emit(_ text: SourceText) {
    let statement = text.trimmed().unescaped()
    guard !statement.isEmpty else { return }
    let (keyword, end) = statement.firstWord()
    if keyword.text == "include_check" { setIncludeChecks(statement.from(end)) }
    builder.statement(statement)
    recorder?.statement(statement, at: findings.location(statement.position))
  }
}
