/// A value that cannot be written as JSON: a number that is not finite, or an error thrown by the value's own `encode`.
public struct JSONEncodingError: Error, Equatable, Sendable {
  /// What was wrong, for a log line.
  public let reason: String
}

/// Writes `value` as JSON at the end of `bytes`.
///
/// Unlike Foundation's encoder it writes as it goes, keeps the order in which a type names its fields, and writes an
/// absent optional as `null` instead of leaving the field out: with it, "fields that do not apply are null, not
/// missing" holds for every type without a line of code in the type. On failure `bytes` may hold part of the value.
public func appendJSON(_ value: some Encodable, to bytes: inout [UInt8]) throws(JSONEncodingError) {
  let output = JSONOutput(taking: &bytes)
  defer { bytes = output.release() }
  do {
    try output.writeValue(value)
  } catch let error as JSONEncodingError {
    throw error
  } catch {
    throw JSONEncodingError(reason: String(describing: error))
  }
}

/// `value` as JSON.
public func encodeJSON(_ value: some Encodable) throws(JSONEncodingError) -> [UInt8] {
  var bytes: [UInt8] = []
  try appendJSON(value, to: &bytes)
  return bytes
}

/// The growing text, and which objects and arrays in it are still open.
///
/// Encoding containers have no "end": a container is ended by the return of the `encode` that asked for it, or by the
/// next write to a container outside of it.
final class JSONOutput {
  private enum Bracket {
    case object, array
    var open: UInt8 { self == .object ? UInt8(ascii: "{") : UInt8(ascii: "[") }
    var close: UInt8 { self == .object ? UInt8(ascii: "}") : UInt8(ascii: "]") }
  }

  private var bytes: [UInt8]
  private var open: [(bracket: Bracket, isEmpty: Bool)] = []

  init(taking source: inout [UInt8]) {
    bytes = source
    source = []
  }

  func release() -> [UInt8] {
    defer { bytes = [] }
    return bytes
  }

  /// Writes a value whose place (after a comma or a key) is prepared.
  func writeValue<T: Encodable>(_ value: T) throws {
    let depth = open.count
    let length = bytes.count
    try value.encode(to: JSONValueEncoder(output: self))
    close(downTo: depth)
    if bytes.count == length { bytes.append(contentsOf: [UInt8(ascii: "{"), UInt8(ascii: "}")]) }
  }

  func openObject() -> Int { begin(.object) }
  func openArray() -> Int { begin(.array) }

  /// Prepares the place for the next element of the container at `depth`.
  func beginElement(at depth: Int) {
    close(downTo: depth)
    if open[depth - 1].isEmpty {
      open[depth - 1].isEmpty = false
    } else {
      bytes.append(UInt8(ascii: ","))
    }
  }

  func beginField(_ key: some CodingKey, at depth: Int) {
    beginElement(at: depth)
    write(key.stringValue)
    bytes.append(UInt8(ascii: ":"))
  }

  func writeNull() { bytes.append(contentsOf: "null".utf8) }
  func write(_ value: Bool) { bytes.append(contentsOf: (value ? "true" : "false").utf8) }

  func writeInteger(_ value: some BinaryInteger) {
    if value < 0 { bytes.append(UInt8(ascii: "-")) }
    var rest = UInt64(clamping: value.magnitude)
    let first = bytes.count
    repeat {
      bytes.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10))
      rest /= 10
    } while rest > 0
    bytes[first...].reverse()
  }

  func write(_ value: Double) throws(JSONEncodingError) {
    guard value.isFinite else { throw JSONEncodingError(reason: "the number \(value) has no JSON form") }
    bytes.append(contentsOf: value.description.utf8)
  }

  func write(_ text: String) {
    bytes.append(UInt8(ascii: "\""))
    if Self.needsEscape(text) {
      for byte in text.utf8 { writeEscaped(byte) }
    } else {
      bytes.append(contentsOf: text.utf8)
    }
    bytes.append(UInt8(ascii: "\""))
  }

  private static func needsEscape(_ text: String) -> Bool {
    let bytes = text.utf8Span.span
    for index in bytes.indices where needsEscape(bytes[index]) { return true }
    return false
  }

  private static func needsEscape(_ byte: UInt8) -> Bool {
    byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\")
  }

  private func writeEscaped(_ byte: UInt8) {
    switch byte {
    case UInt8(ascii: "\n"): bytes.append(contentsOf: "\\n".utf8)
    case ..<0x20:
      bytes.append(contentsOf: "\\u00".utf8)
      bytes.append(Self.hexDigit(byte >> 4))
      bytes.append(Self.hexDigit(byte & 0xF))
    default:
      if Self.needsEscape(byte) { bytes.append(UInt8(ascii: "\\")) }
      bytes.append(byte)
    }
  }

  private func begin(_ bracket: Bracket) -> Int {
    open.append((bracket, isEmpty: true))
    bytes.append(bracket.open)
    return open.count
  }

  private func close(downTo depth: Int) {
    while open.count > depth, let last = open.popLast() { bytes.append(last.bracket.close) }
  }

  private static func hexDigit(_ value: UInt8) -> UInt8 {
    value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
  }
}
