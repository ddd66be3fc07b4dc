/// Where a byte came from: an index into the files read, a line and a column, both from 1.
struct Position: Hashable, Comparable {
  var file: Int32
  var line: Int32
  var column: Int32

  /// The first column of the same line.
  var lineStart: Position { Position(file: file, line: line, column: 1) }

  static func < (left: Position, right: Position) -> Bool {
    (left.file, left.line, left.column) < (right.file, right.line, right.column)
  }
}

/// One word with the place it came from.
struct Word: Hashable {
  var text: String
  var position: Position
}

/// A piece of a line whose bytes know their columns in the original file.
struct SourceText {
  /// The bytes; a slice of the whole file as long as nothing was substituted.
  var bytes: ArraySlice<UInt8>
  let file: Int32
  let line: Int32
  /// The index in `bytes` of the line's first byte.
  private let lineStart: Int
  /// The column of every byte by index, once substitution has moved them.
  private let columns: [Int32]?

  /// A line as it stands in the file.
  init(bytes: ArraySlice<UInt8>, file: Int32, line: Int32) {
    self.bytes = bytes
    self.file = file
    self.line = line
    lineStart = bytes.startIndex
    columns = nil
  }

  /// Text that came into being at the place of `original`; every byte says its own column.
  init(bytes: [UInt8], columns: [Int32], replacing original: SourceText) {
    self.bytes = bytes[...]
    file = original.file
    line = original.line
    lineStart = 0
    self.columns = columns
  }

  var isEmpty: Bool { bytes.isEmpty }
  var first: UInt8? { bytes.first }
  /// Where the text begins.
  var position: Position { position(at: bytes.startIndex) }
  var string: String { String(decoding: bytes, as: UTF8.self) }

  /// Where the byte at `index` came from; behind the last byte: one column further.
  func position(at index: Int) -> Position {
    Position(file: file, line: line, column: column(at: index))
  }

  func column(at index: Int) -> Int32 {
    guard let columns else { return Int32(clamping: index - lineStart + 1) }
    return index < columns.count ? columns[index] : (columns.last ?? 0) + 1
  }

  func slice(_ range: Range<Int>) -> SourceText {
    var copy = self
    copy.bytes = bytes[range]
    return copy
  }

  func from(_ index: Int) -> SourceText { slice(index..<bytes.endIndex) }

  func word(_ range: Range<Int>) -> Word {
    Word(text: String(decoding: bytes[range], as: UTF8.self), position: position(at: range.lowerBound))
  }

  /// The text without blanks at both ends.
  func trimmed() -> SourceText {
    var start = bytes.startIndex
    var end = bytes.endIndex
    while start < end, bytes[start].isBlank { start += 1 }
    while end > start, bytes[end - 1].isBlank { end -= 1 }
    return slice(start..<end)
  }
}

extension UInt8 {
  /// keepalived's white space: space, tab, line feed, vertical tab, form feed, carriage return.
  var isBlank: Bool { self == 0x20 || (self >= 0x09 && self <= 0x0D) }
  var isDigit: Bool { self >= 0x30 && self <= 0x39 }
  var isLetter: Bool { (self | 0x20) >= 0x61 && (self | 0x20) <= 0x7A }
  /// May begin the name of a definition.
  var startsName: Bool { isLetter || self == UInt8(ascii: "_") }
  /// May stand in the name of a definition.
  var continuesName: Bool { startsName || isDigit }
}
