import DaemonRuntime
import FoundationEssentials
import Testing

@testable import LinuxIO

@Suite struct MessageIDTests {
  private static let catalog =
    #filePath.split(separator: "/").dropLast(3).reduce(into: "") { $0 += "/\($1)" }
    + "/systemd/baton.catalog"

  /// The entries of the catalog: each id with its text.
  private func entries() throws -> [(id: String, text: String)] {
    let text = String(decoding: try Data(contentsOf: URL(filePath: Self.catalog)), as: UTF8.self)
    return text.split(separator: "\n-- ").dropFirst().map { entry in
      let id = entry.prefix { $0 != "\n" }
      return (String(id), String(entry.dropFirst(id.count)))
    }
  }

  @Test func everyEventIsExplainedAndNothingElseIs() throws {
    let entries = try entries()
    #expect(entries.map(\.id).sorted() == MessageID.allCases.map(\.rawValue).sorted())
    for event in MessageID.allCases {
      #expect(event.rawValue.utf8.count == 32 && event.rawValue.allSatisfy { $0.isHexDigit && !$0.isUppercase })
    }
    for (id, text) in entries {
      #expect(text.contains("\nSubject: ") && text.contains("\nDefined-By: Baton\n"), "\(id)")
      #expect(text.contains("\n\n"), "\(id) has no words")
    }
    #expect(MessageID.linesLost.rawValue == LogSink.lostMessageID)
  }

  /// What stands between two `@` is a field of a log line.
  @Test func theCatalogNamesFieldsThatThereAre() throws {
    let fields: [LogField] = [
      .instance, .session, .from, .to, .cause, .neighbor, .interface, .address, .diagnostic, .priority, .reason,
      .script, .class, .leftOut,
    ]
    let known = Set(fields.map { $0.rawValue.uppercased() } + ["LOST"])
    for (id, text) in try entries() {
      let named = text.split(separator: "@", omittingEmptySubsequences: false).enumerated()
        .filter { $0.offset % 2 == 1 }.map { String($0.element) }
      #expect(Set(named).isSubset(of: known), "\(id): \(named)")
    }
  }
}
