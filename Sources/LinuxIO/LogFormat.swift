internal import Glibc
internal import Logging
internal import NetPrimitives

/// How a log event looks: a line of text, or a record of journald's native protocol.
enum LogFormat {
  /// Longer messages are cut: a datagram to journald has a limit, and so has patience.
  static let messageLimit = 8192

  /// `LEVEL message key=value`, with the local time in front where `seconds` is given.
  static func line(
    _ level: Logger.Level, _ message: String, _ metadata: [(String, String)], time: Int64? = nil
  ) -> [UInt8] {
    var text = time.map { WallClock.localText($0) + " " } ?? ""
    text += level.rawValue.uppercased() + " " + oneLine(message)
    for (key, value) in metadata { text += " " + key + "=" + quoted(value) }
    return Array((text + "\n").utf8)
  }

  /// MESSAGE, PRIORITY, SYSLOG_IDENTIFIER and the metadata in upper case; values with line breaks in the binary form.
  static func journal(
    _ level: Logger.Level, _ message: String, _ metadata: [(String, String)], identifier: String
  ) -> [UInt8] {
    var record: [UInt8] = []
    append("MESSAGE", PrintableText.record(limited(message)), to: &record)
    append("PRIORITY", String(level.syslogPriority), to: &record)
    append("SYSLOG_IDENTIFIER", identifier, to: &record)
    for (key, value) in metadata {
      if let name = fieldName(key) { append(name, PrintableText.record(limited(value)), to: &record) }
    }
    return record
  }

  /// The record that says that lines are missing here.
  static func lost(_ count: UInt64, sink: LogSink) -> [UInt8] {
    let message = "\(count) log lines lost: the reader was too slow"
    if sink.isJournal {
      let metadata = [(SinkLogHandler.messageIDKey, LogSink.lostMessageID), ("lost", String(count))]
      return journal(.warning, message, metadata, identifier: programName())
    }
    return line(.warning, message, [], time: sink.wantsTime ? WallClock.now() : nil)
  }

  /// The name of the program, for SYSLOG_IDENTIFIER where nothing else is given.
  static func programName() -> String {
    CommandLine.arguments.first?.split(separator: "/").last.map(String.init) ?? "baton"
  }

  private static func append(_ name: String, _ value: String, to record: inout [UInt8]) {
    record += name.utf8
    let bytes = Array(value.utf8)
    if bytes.contains(UInt8(ascii: "\n")) {
      record.append(UInt8(ascii: "\n"))
      let count = UInt64(bytes.count)
      record += (0..<8).map { UInt8(truncatingIfNeeded: count >> (8 * $0)) }
    } else {
      record.append(UInt8(ascii: "="))
    }
    record += bytes
    record.append(UInt8(ascii: "\n"))
  }

  /// journald takes names of upper-case letters, digits and `_` that do not start with `_` or a digit, up to 64 bytes.
  private static func fieldName(_ key: String) -> String? {
    let name = String(
      key.utf8.prefix(64).map { byte -> Character in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"): Character(UnicodeScalar(byte - 32))
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"):
          Character(UnicodeScalar(byte))
        default: "_"
        }
      })
    guard let first = name.utf8.first, (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(first) else { return nil }
    return name
  }

  private static func limited(_ text: String) -> String {
    text.utf8.count <= messageLimit ? text : String(decoding: text.utf8.prefix(messageLimit), as: UTF8.self)
  }

  /// One line: what would break it or steer a terminal is escaped.
  private static func oneLine(_ text: String) -> String {
    PrintableText.line(limited(text))
  }

  /// A value as it is where that is unambiguous, else in quotes.
  private static func quoted(_ value: String) -> String {
    let needsQuotes =
      value.isEmpty || value.utf8.contains { $0 <= 32 || $0 == UInt8(ascii: "\"") || $0 == UInt8(ascii: "=") }
    guard needsQuotes else { return oneLine(value) }
    return "\"" + oneLine(value.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\\\""))
      + "\""
  }
}

extension Logger.Level {
  /// The syslog severity.
  var syslogPriority: Int {
    switch self {
    case .trace, .debug: 7
    case .info: 6
    case .notice: 5
    case .warning: 4
    case .error: 3
    case .critical: 2
    }
  }
}
