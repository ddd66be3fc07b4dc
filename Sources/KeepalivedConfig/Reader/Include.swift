/// What an include that finds nothing, or something unreadable, is an error for.
struct IncludeChecks: OptionSet {
  let rawValue: Int
  /// A file that cannot be read.
  static let read = IncludeChecks(rawValue: 1)
  /// A path that matches nothing.
  static let match = IncludeChecks(rawValue: 2)
  /// A wildcard that matches nothing.
  static let wildcard = IncludeChecks(rawValue: 4)
  /// An alternative in braces that matches nothing.
  static let brace = IncludeChecks(rawValue: 8)
  /// The keywords that include.
  static let keywords = ["include", "includer", "includem", "includew", "includeb", "includea"]
  static let all: IncludeChecks = [.read, .match, .wildcard, .brace]

  /// The checks of an `include` keyword; `nil` for another word. Plain `include` follows `current`.
  init?(keyword: String, current: IncludeChecks) {
    switch keyword {
    case "include": self = current
    case "includer": self = .read
    case "includem": self = [.read, .match]
    case "includew": self = [.read, .match, .wildcard]
    case "includeb": self = [.read, .match, .brace]
    case "includea": self = .all
    default: return nil
    }
  }

  init(rawValue: Int) { self.rawValue = rawValue }

  /// A word of `include_check`.
  init?(name: some StringProtocol) {
    switch name {
    case "read", "readable": self = .read
    case "match": self = .match
    case "wildcard_match": self = .wildcard
    case "brace_match": self = .brace
    default: return nil
    }
  }
}

extension Preprocessor {
  /// `include_check [[+|-]read|match|wildcard_match|brace_match ...]`; without words: all. The words were checked
  /// against the keyword table like all others.
  mutating func setIncludeChecks(_ text: SourceText) {
    let words = text.words().words.map(\.text)
    guard !words.isEmpty else {
      includeChecks = .all
      return
    }
    if !words.contains(where: { $0.hasPrefix("+") || $0.hasPrefix("-") }) { includeChecks = [] }
    for word in words {
      let removes = word.hasPrefix("-")
      guard let check = IncludeChecks(name: removes || word.hasPrefix("+") ? word.dropFirst() : word[...]) else {
        continue
      }
      if removes { includeChecks.subtract(check) } else { includeChecks.formUnion(check) }
    }
  }

  /// Reads what an `include` line names. Returns whether the line was one.
  mutating func include(_ text: SourceText) -> Bool {
    guard text.first == UInt8(ascii: "i") else { return false }
    let (keyword, end) = text.firstWord()
    guard let checks = IncludeChecks(keyword: keyword.text, current: includeChecks) else { return false }
    let name = text.from(end).trimmed().unescaped()
    let pattern = name.words().words.first
    guard let pattern, !pattern.text.isEmpty else {
      findings.error(keyword.position, "'\(keyword.text)' needs the name of a file")
      return true
    }
    guard openFiles.count <= limits.nesting else {
      findings.error(keyword.position, "includes are nested deeper than \(limits.nesting)")
      return true
    }
    guard pattern.text.utf8.count <= limits.patternBytes, let alternatives = bracesExpanded(pattern.text) else {
      exhaust(pattern.position, "more than \(limits.includes) names are included, or one is too long")
      return true
    }
    for alternative in alternatives {
      includeAlternative(alternative, of: pattern, isOneOfSeveral: alternatives.count > 1, checks)
    }
    return true
  }

  private mutating func includeAlternative(
    _ name: String, of pattern: Word, isOneOfSeveral: Bool, _ checks: IncludeChecks
  ) {
    let path = name.hasPrefix("/") ? name : "\(directory)/\(name)"
    let isWildcard = name.contains { "*?[".contains($0) }
    let paths = isWildcard ? source.matchPaths(path) : [path]
    if paths.isEmpty {
      let required = checks.contains(isOneOfSeveral ? .brace : .wildcard)
      findings.add(required ? .error : .warning, pattern.position, "nothing matches '\(name)': nothing is included")
    }
    for path in paths where !isExhausted {
      let missingIsError = checks.contains(isOneOfSeveral ? .brace : .match)
      includeFile(path, pattern.position, missingIsError: missingIsError, unreadableIsError: checks.contains(.read))
    }
  }

  private mutating func includeFile(
    _ path: String, _ position: Position, missingIsError: Bool, unreadableIsError: Bool
  ) {
    guard !openFiles.contains(path) else { return findings.error(position, "'\(path)' includes itself") }
    includeCount += 1
    guard includeCount <= limits.includes else {
      return exhaust(position, "more than \(limits.includes) files are included")
    }
    do {
      let file = try source.readFile(path, limits.fileBytes)
      guard !file.isExecutable else {
        return findings.error(position, "'\(path)' is executable, so it is no configuration: not included")
      }
      read(file, path: path)
    } catch {
      let isError = error == .missing ? missingIsError : unreadableIsError || error == .tooLong
      findings.add(isError ? .error : .warning, position, "cannot include '\(path)': \(error)")
    }
  }

  /// The names that a pattern with `{a,b}` stands for; `nil` where they are too many.
  private mutating func bracesExpanded(_ pattern: String) -> [String]? {
    var finished: [String] = []
    var pending = [pattern]
    while let next = pending.popLast() {
      includeCount += 1
      guard includeCount + pending.count <= limits.includes else { return nil }
      guard let group = braceGroup(in: next) else {
        finished.append(next)
        continue
      }
      pending += group.reversed()
    }
    return finished
  }

  /// The alternatives of the first outermost brace group, each with what stands around it.
  private func braceGroup(in pattern: String) -> [String]? {
    guard let open = pattern.firstIndex(of: "{") else { return nil }
    var depth = 0
    var parts = [""]
    for index in pattern.indices[open...] {
      let character = pattern[index]
      if character == "}", depth == 1 {
        let rest = pattern[pattern.index(after: index)...]
        return parts.map { pattern[..<open] + $0 + rest }
      }
      if character == "{" { depth += 1 }
      if character == "}" { depth -= 1 }
      if character == ",", depth == 1 {
        parts.append("")
      } else if index != open {
        parts[parts.count - 1].append(character)
      }
    }
    return nil
  }
}
