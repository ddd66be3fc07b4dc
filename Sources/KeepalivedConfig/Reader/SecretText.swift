/// What of the files no finding may show: the lines that hold passwords and keys, or look as if they did, and their words.
///
/// Every message goes through `shown` before anybody reads it, whoever wrote it. Where a key stands in the wrong place
/// the rest of its line is as secret as in the right one.
struct SecretText {
  /// The lines of which nothing is shown but keywords.
  private var lines: Set<Position> = []
  /// Words of those lines, which might stand elsewhere, too.
  private var words: Set<[UInt8]> = []
  /// More words than are worth looking for: then no message shows any text of the files.
  private var hidesEverything = false
  private static let limit = 256
  private static let leastLength = 4
  private static let placeholder = "(not shown)"

  /// Keeps the line of `text` secret, and its words wherever they stand.
  mutating func keep(_ text: SourceText) {
    lines.insert(text.position.lineStart)
    for piece in text.bytes.split(whereSeparator: { $0.isBlank || $0 == UInt8(ascii: "\"") }) {
      // A value may follow its name without a blank, and a definition's value a reference.
      let parts = [piece] + piece.split(whereSeparator: { "=:,{}()".utf8.contains($0) })
      for part in parts {
        let word = Array(part)
        guard word.count >= Self.leastLength, !Self.isHarmless(String(decoding: word, as: UTF8.self)) else { continue }
        guard words.count < Self.limit else { return hidesEverything = true }
        words.insert(word)
      }
    }
  }

  /// A message about a place, without what must not be shown.
  func shown(_ message: String, at position: Position) -> String {
    guard !lines.isEmpty else { return message }
    var bytes = Array(message.utf8)
    if hidesEverything || lines.contains(position.lineStart) { bytes = hidingQuotations(bytes) { _ in true } }
    for word in words where bytes.firstRange(of: word) != nil {
      // A password that is a word of ours would show by what is left out of the sentence.
      if word.allSatisfy({ $0 >= UInt8(ascii: "a") && $0 <= UInt8(ascii: "z") }) {
        bytes = hidingQuotations(bytes) { $0.firstRange(of: word) != nil }
      } else {
        while let range = bytes.firstRange(of: word) { bytes.replaceSubrange(range, with: Self.placeholder.utf8) }
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// The message with each `'quotation'` that is no keyword and that `isHidden` applies to left out. Where quotation
  /// marks do not pair, the quoted text has some itself: all of it goes.
  private func hidingQuotations(_ message: [UInt8], _ isHidden: (ArraySlice<UInt8>) -> Bool) -> [UInt8] {
    let mark = UInt8(ascii: "'")
    let parts = message.split(separator: mark, omittingEmptySubsequences: false)
    let hasOwnMarks = words.contains { $0.contains(mark) }
    guard parts.count % 2 == 1, !hasOwnMarks else {
      let start = message.firstIndex(of: mark) ?? message.endIndex
      return message[..<start] + (start < message.endIndex ? Array(Self.placeholder.utf8) : [])
    }
    var result: [UInt8] = []
    for (index, part) in parts.enumerated() {
      guard index % 2 == 1 else {
        result += part
        continue
      }
      if !Self.isHarmless(String(decoding: part, as: UTF8.self)), isHidden(part) {
        result += Self.placeholder.utf8
      } else {
        result += [mark] + part + [mark]
      }
    }
    return result
  }
}

/// What looks as if a secret followed it.
extension SecretText {
  /// Whether a word of `text` is a name that passwords and keys are given by, well written or not.
  static func isLikely(in text: SourceText) -> Bool {
    guard mayBe(text.bytes) else { return false }
    return text.bytes.split { $0.isBlank || "\"'={}:$,()".utf8.contains($0) }.contains { isName(Array($0)) }
  }

  /// Whether the secret of such a line may be on the next one: nothing follows the name.
  static func isOpen(_ text: SourceText) -> Bool {
    let words = text.bytes.split(whereSeparator: \.isBlank)
    guard let last = words.last, let end = last.last else { return false }
    return words.count == 1 || "={:\\".utf8.contains(end) || isName(Array(last))
  }

  /// A quick look that spares most lines the slow one.
  private static func mayBe(_ bytes: ArraySlice<UInt8>) -> Bool {
    var last: (UInt8, UInt8) = (0, 0)
    for byte in bytes {
      let letter = byte | 0x20
      switch (last.0, last.1, letter) {
      case (UInt8(ascii: "p"), UInt8(ascii: "a"), UInt8(ascii: "s")),
        (UInt8(ascii: "k"), UInt8(ascii: "e"), UInt8(ascii: "y")),
        (UInt8(ascii: "s"), UInt8(ascii: "e"), UInt8(ascii: "c")),
        (UInt8(ascii: "p"), UInt8(ascii: "s"), UInt8(ascii: "k")),
        (UInt8(ascii: "h"), UInt8(ascii: "m"), UInt8(ascii: "a")),
        (UInt8(ascii: "t"), UInt8(ascii: "o"), UInt8(ascii: "k")),
        (UInt8(ascii: "c"), UInt8(ascii: "r"), UInt8(ascii: "e")),
        (UInt8(ascii: "u"), UInt8(ascii: "t"), UInt8(ascii: "h")),
        (UInt8(ascii: "a"), UInt8(ascii: "u"), UInt8(ascii: "t")), (UInt8(ascii: "p"), UInt8(ascii: "w"), _),
        (_, UInt8(ascii: "p"), UInt8(ascii: "w")), (UInt8(ascii: "t"), UInt8(ascii: "u"), UInt8(ascii: "h")):
        return true
      default: last = (last.1, letter)
      }
    }
    return false
  }

  private static let parts: Set<String> = [
    "pass", "passwd", "password", "passwort", "passphrase", "pw", "pwd", "secret", "secrets", "key", "keys", "psk",
    "hmac", "token", "credential", "credentials", "auth",
  ]

  private static let ours: Set<String> = [
    "authentication", "auth_pass", "auth_type", "auth_hmac", "key", "active_key", "key_id", "key_file",
  ]

  private static func isName(_ word: [UInt8]) -> Bool {
    guard word.count <= 64, mayBe(word[...]) else { return false }
    let name = String(decoding: word, as: UTF8.self).lowercased()
    if ours.contains(name) { return true }
    guard !isHarmless(name) else { return false }
    return name.hasPrefix("auth") || name.contains("passw") || name.contains("secret")
      || name.split { "_-./".contains($0) }.contains { parts.contains(String($0)) }
      || suggestion(for: name, among: Array(ours)) != nil
  }

  /// A word that the keyword table has: it is no secret that somebody wrote it.
  private static func isHarmless(_ word: String) -> Bool { known.contains(word) }

  private static let known: Set<String> = {
    var known: Set<String> = Set(IncludeChecks.keywords)
    for keyword in KeywordTable.all {
      known.formUnion([keyword.name] + keyword.aliases)
      switch keyword.arguments {
      case .choice(let choices), .optionalChoice(let choices): known.formUnion(choices)
      default: break
      }
    }
    return known.union(Block.allCases.map(\.rawValue)).union(["{", "}", "hex:", "file:"])
  }()
}
