/// What stands in one line: comments, escapes, words.
extension SourceText {
  /// The text up to the comment that `!` or `#` outside double quotes begins, without blanks at both ends. A backslash
  /// takes the meaning of the next byte; both stay in place until `unescaped()`.
  func withoutComment() -> SourceText {
    var quoted = false
    var index = bytes.startIndex
    scan: while index < bytes.endIndex {
      switch bytes[index] {
      case UInt8(ascii: "\\"): index += 1
      case UInt8(ascii: "\""): quoted.toggle()
      case UInt8(ascii: "!") where !quoted, UInt8(ascii: "#") where !quoted: break scan
      default: break
      }
      index += 1
    }
    return slice(bytes.startIndex..<min(index, bytes.endIndex)).trimmed()
  }

  /// The text with `\#` and `\!` outside double quotes replaced by the character alone.
  func unescaped() -> SourceText {
    guard bytes.contains(UInt8(ascii: "\\")) else { return self }
    var result: [UInt8] = []
    var columns: [Int32] = []
    var quoted = false
    var index = bytes.startIndex
    while index < bytes.endIndex {
      let byte = bytes[index]
      if byte == UInt8(ascii: "\""), index == bytes.startIndex || bytes[index - 1] != UInt8(ascii: "\\") {
        quoted.toggle()
      }
      if byte == UInt8(ascii: "\\"), !quoted, index + 1 < bytes.endIndex,
        bytes[index + 1] == UInt8(ascii: "#") || bytes[index + 1] == UInt8(ascii: "!")
      {
        index += 1
      }
      columns.append(column(at: index))
      result.append(bytes[index])
      index += 1
    }
    return SourceText(bytes: result, columns: columns, replacing: self)
  }

  /// The text without the backslash at its end by which a definition goes on, and without blanks before it.
  func withoutContinuation() -> SourceText {
    guard bytes.last == UInt8(ascii: "\\") else { return self }
    return slice(bytes.startIndex..<bytes.endIndex - 1).trimmed()
  }

  /// Whether the text begins with `\#` or `\!`, as `${_HASH}` and `${_BANG}` give them: keepalived takes such a line for
  /// a comment.
  var isHash: Bool {
    let start = bytes.prefix(2)
    return start.elementsEqual("\\#".utf8) || start.elementsEqual("\\!".utf8)
  }

  /// The first word, and where the text behind it begins.
  func firstWord() -> (word: Word, end: Int) {
    var end = bytes.startIndex
    while end < bytes.endIndex, !bytes[end].isBlank, bytes[end] != UInt8(ascii: "\"") { end += 1 }
    return (word(bytes.startIndex..<end), end)
  }

  /// The words of the line. A `"` begins a word of its own, even inside another; there are no escapes in it.
  ///
  /// Where a `"` has no partner the words before it remain, and its position is returned beside them.
  func words() -> (words: [Word], unterminated: Position?) {
    var words: [Word] = []
    var index = bytes.startIndex
    while index < bytes.endIndex {
      if bytes[index].isBlank {
        index += 1
        continue
      }
      var end = index
      if bytes[index] == UInt8(ascii: "\"") {
        index += 1
        guard let close = bytes[index...].firstIndex(of: UInt8(ascii: "\"")) else {
          return (words, position(at: index - 1))
        }
        words.append(word(index..<close))
        index = close + 1
      } else {
        while end < bytes.endIndex, !bytes[end].isBlank, bytes[end] != UInt8(ascii: "\"") { end += 1 }
        words.append(word(index..<end))
        index = end
      }
    }
    return (words, nil)
  }

  /// The words as a shell sees them: `"` and `'` both quote, adjacent pieces are one word. A backslash keeps the next
  /// byte from ending a word or quote and stays in the word, for `commandArguments` to interpret.
  func shellWords() -> (words: [Word], unterminated: Position?) {
    var words: [Word] = []
    var piece: [UInt8] = []
    var start: Int?
    var quote: (mark: UInt8, index: Int)?
    var index = bytes.startIndex
    while index < bytes.endIndex {
      let byte = bytes[index]
      if quote == nil, byte.isBlank {
        if let begin = start { words.append(Word(piece, position(at: begin))) }
        start = nil
        piece = []
      } else {
        if start == nil { start = index }
        if byte == UInt8(ascii: "\\"), index + 1 < bytes.endIndex {
          piece.append(byte)
          index += 1
          piece.append(bytes[index])
        } else if byte == quote?.mark {
          quote = nil
        } else if quote == nil, byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") {
          quote = (byte, index)
        } else {
          piece.append(byte)
        }
      }
      index += 1
    }
    if let quote { return (words, position(at: quote.index)) }
    if let begin = start { words.append(Word(piece, position(at: begin))) }
    return (words, nil)
  }
}

extension Word {
  fileprivate init(_ bytes: [UInt8], _ position: Position) {
    self.init(text: String(decoding: bytes, as: UTF8.self), position: position)
  }
}

/// Splits a command string into its arguments: quotes as in a shell, and the escapes `\a \b \E \f \n \r \t \v`,
/// `\nnn` (octal), `\xHH`, `\cC`; a backslash before anything else makes it literal.
func commandArguments(_ command: String) -> [String] {
  var arguments: [String] = []
  var piece: [UInt8]?
  var quote: UInt8?
  var bytes = Array(command.utf8)[...]
  while let byte = bytes.popFirst() {
    if quote == nil, byte.isBlank {
      if let finished = piece { arguments.append(String(decoding: finished, as: UTF8.self)) }
      piece = nil
    } else if byte == UInt8(ascii: "\\"), !bytes.isEmpty {
      piece = (piece ?? []) + [escapedByte(&bytes)]
    } else if byte == quote {
      quote = nil
    } else if quote == nil, byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") {
      quote = byte
      piece = piece ?? []
    } else {
      piece = (piece ?? []) + [byte]
    }
  }
  if let finished = piece { arguments.append(String(decoding: finished, as: UTF8.self)) }
  return arguments
}

/// Reads what follows a backslash; `bytes` is not empty.
private func escapedByte(_ bytes: inout ArraySlice<UInt8>) -> UInt8 {
  let byte = bytes.removeFirst()
  switch byte {
  case UInt8(ascii: "a"): return 0x07
  case UInt8(ascii: "b"): return 0x08
  case UInt8(ascii: "E"): return 0x1B
  case UInt8(ascii: "f"): return 0x0C
  case UInt8(ascii: "n"): return 0x0A
  case UInt8(ascii: "r"): return 0x0D
  case UInt8(ascii: "t"): return 0x09
  case UInt8(ascii: "v"): return 0x0B
  case UInt8(ascii: "c"): return bytes.isEmpty ? byte : bytes.removeFirst() & 0x1F
  case UInt8(ascii: "x"): return number(&bytes, radix: 16, digits: 2) ?? byte
  case UInt8(ascii: "0")...UInt8(ascii: "7"):
    bytes = [byte] + bytes
    return number(&bytes, radix: 8, digits: 3) ?? byte
  default: return byte
  }
}

/// Takes at most `digits` digits from the front; `nil` where there is none.
private func number(_ bytes: inout ArraySlice<UInt8>, radix: Int, digits: Int) -> UInt8? {
  var value: Int?
  for _ in 0..<digits {
    guard let first = bytes.first, first != UInt8(ascii: "+"), first != UInt8(ascii: "-"),
      let digit = Int(String(UnicodeScalar(first)), radix: radix)
    else { break }
    value = (value ?? 0) * radix + digit
    bytes.removeFirst()
  }
  return value.map { UInt8(truncatingIfNeeded: $0) }
}
