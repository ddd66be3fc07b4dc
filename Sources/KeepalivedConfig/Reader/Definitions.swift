import NetPrimitives

/// The `$NAME=` definitions and built-ins, and the substitution of both.
struct Definitions {
  /// A definition's lines; one, unless it was written with trailing backslashes.
  private var lines: [String: [[UInt8]]] = [:]
  private var generator: SeededGenerator
  private var substitutedBytes = 0
  private let environment: (String) -> String?
  private let limits: Limits

  init(source: ConfigurationSource, limits: Limits) {
    self.limits = limits
    generator = SeededGenerator(seed: source.randomSeed)
    environment = source.environment
    lines["_INSTANCE"] = [Array(source.identifier.utf8)]
    lines["_HASH"] = [Array("\\#".utf8)]
    lines["_BANG"] = [Array("\\!".utf8)]
  }

  /// Sets or replaces a definition; also of a built-in.
  mutating func define(_ name: String, as value: [[UInt8]]) { lines[name] = value }

  /// Why a line could not be substituted; `index` is where in it.
  enum Problem: Error {
    case endless(String, column: Int32)
    case tooLong
    case exhausted
    case notLast(String, column: Int32)
  }

  /// A line with all references replaced, and the further lines that a multi-line definition at its end brought.
  struct Result {
    var text: SourceText
    var following: [SourceText] = []
  }

  /// Replaces every reference to a known name. Replaced text is scanned again, so definitions may refer to others.
  mutating func substitute(_ text: SourceText) throws(Problem) -> Result {
    guard text.bytes.contains(UInt8(ascii: "$")) else { return Result(text: text) }
    var bytes = Array(text.bytes)
    var columns = text.bytes.indices.map(text.column(at:))
    var following: [(bytes: [UInt8], column: Int32)] = []
    var count = 0
    var index = 0
    while index < bytes.count {
      guard bytes[index] == UInt8(ascii: "$"), let reference = Reference(bytes[...], at: index),
        let value = value(of: reference)
      else {
        index += 1
        continue
      }
      let column = columns[index]
      count += 1
      guard count <= limits.substitutionsPerLine else { throw .endless(reference.name, column: column) }
      if value.count > 1 {
        guard reference.end == bytes.count else { throw .notLast(reference.name, column: column) }
        substitutedBytes += value.reduce(0) { $0 + $1.count }
        following.insert(contentsOf: value.dropFirst().map { ($0, column) }, at: 0)
      }
      let first = isQuoted(bytes, index) ? withoutEscape(value[0]) : value[0]
      bytes.replaceSubrange(index..<reference.end, with: first)
      columns.replaceSubrange(index..<reference.end, with: repeatElement(column, count: first.count))
      guard bytes.count <= limits.lineBytes else { throw .tooLong }
      substitutedBytes += bytes.count
      guard substitutedBytes <= limits.substitutedBytes else { throw .exhausted }
    }
    guard count > 0 else { return Result(text: text) }
    return Result(
      text: SourceText(bytes: bytes, columns: columns, replacing: text),
      following: following.map { line in
        SourceText(
          bytes: line.bytes, columns: [Int32](repeating: line.column, count: line.bytes.count), replacing: text)
      })
  }

  /// The line that `text`, which is a reference and nothing else, stands for, where that is a repetition: what it
  /// repeats is substituted each time, with another value.
  func repetition(_ text: SourceText) -> SourceText? {
    guard text.first == UInt8(ascii: "$"), let reference = Reference(text.bytes, at: text.bytes.startIndex),
      reference.end == text.bytes.endIndex, let value = lines[reference.name], value.count == 1,
      value[0].starts(with: "~SEQ".utf8) || value[0].starts(with: "~LST".utf8)
    else { return nil }
    let columns = [Int32](repeating: text.column(at: text.bytes.startIndex), count: value[0].count)
    return SourceText(bytes: value[0], columns: columns, replacing: text)
  }

  private mutating func value(of reference: Reference) -> [[UInt8]]? {
    if let defined = lines[reference.name] { return defined }
    switch reference.name {
    case "_ENV":
      guard let variable = reference.arguments.first, let value = environment(variable) else { return nil }
      return [value.utf8.filter { $0 != 0 && $0 != 0x0A }]
    case "_RANDOM":
      let bounds = reference.arguments.compactMap { Int($0) }
      guard bounds.count == reference.arguments.count, bounds.count <= 2 else { return nil }
      let low = bounds.first ?? 0
      let high = bounds.count == 2 ? bounds[1] : 32_767
      guard low <= high else { return nil }
      return [Array(String(Int.random(in: low...high, using: &generator)).utf8)]
    default: return nil
    }
  }

  /// Whether `index` stands inside double quotes.
  private func isQuoted(_ bytes: [UInt8], _ index: Int) -> Bool {
    bytes[..<index].count { $0 == UInt8(ascii: "\"") } % 2 == 1
  }

  /// `#` for `\#`: inside quotes nothing needs, and nothing removes, the escape.
  private func withoutEscape(_ value: [UInt8]) -> [UInt8] {
    value == Array("\\#".utf8) || value == Array("\\!".utf8) ? [value[1]] : value
  }
}

/// `${NAME}`, `${_BUILTIN argument ...}`, or `$NAME` before a blank, `,`, `)` or the end of the line.
struct Reference {
  var name: String
  var arguments: [String] = []
  /// The longest reference that is recognised, in bytes.
  static let maximumLength = 256
  /// The index behind the reference.
  var end: Int

  /// The reference whose `$` is at `start`, if there is one.
  init?(_ bytes: ArraySlice<UInt8>, at start: Int) {
    let braced = start + 1 < bytes.endIndex && bytes[start + 1] == UInt8(ascii: "{")
    let nameStart = start + (braced ? 2 : 1)
    var index = nameStart
    guard index < bytes.endIndex, bytes[index].startsName else { return nil }
    while index < bytes.endIndex, bytes[index].continuesName { index += 1 }
    name = String(decoding: bytes[nameStart..<index], as: UTF8.self)
    guard braced else {
      guard
        index == bytes.endIndex || bytes[index].isBlank || bytes[index] == UInt8(ascii: ",")
          || bytes[index] == UInt8(ascii: ")")
      else { return nil }
      end = index
      return
    }
    guard index < bytes.endIndex, bytes[index] == UInt8(ascii: "}") || name.hasPrefix("_"),
      let close = bytes[index...].prefix(Self.maximumLength).firstIndex(of: UInt8(ascii: "}"))
    else {
      return nil
    }
    let inside = bytes[index..<close]
    guard inside.isEmpty || inside.first?.isBlank == true && name.hasPrefix("_") else { return nil }
    arguments = inside.split(whereSeparator: \.isBlank).map { String(decoding: $0, as: UTF8.self) }
    end = close + 1
  }
}
