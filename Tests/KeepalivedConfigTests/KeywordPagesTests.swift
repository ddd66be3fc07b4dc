import FoundationEssentials
import KeepalivedConfig
import Testing

/// The pages about keywords say what the keyword table says. `make keywords` writes them.
@Suite struct KeywordPagesTests {
  /// A file of the project, and what encloses the generated part of it.
  struct Page: CustomTestStringConvertible, Sendable {
    let path: String
    let begin: String
    let end: String
    let text: String

    var testDescription: String { path }

    static let all = [
      Page(
        path: "docs/migrating-from-keepalived.md", begin: "<!-- keywords: written by make keywords -->\n",
        end: "<!-- end of keywords -->\n", text: KeywordPages.migration),
      Page(
        path: "man/baton.conf.5", begin: ".\\\" keywords: written by make keywords\n", end: ".\\\" end of keywords\n",
        text: KeywordPages.manual),
    ]
  }

  /// The file in the folder of the project, which is above the one with the tests.
  private static func find(_ path: String) throws -> URL {
    var folder = URL(filePath: #filePath)
    while folder.path().count > 1 {
      folder.deleteLastPathComponent()
      let file = folder.appending(path: path)
      if FileManager.default.fileExists(atPath: file.path()) { return file }
    }
    return try #require(nil, "\(path) is missing")
  }

  @Test(arguments: Page.all) func theCommittedPageIsTheOneOfTheTable(_ page: Page) throws {
    let file = try Self.find(page.path)
    let old = try String(contentsOf: file, encoding: .utf8)
    let begin = try #require(old.firstRange(of: page.begin), "\(page.path) has lost its mark \(page.begin)")
    let end = try #require(old.firstRange(of: page.end), "\(page.path) has lost its mark \(page.end)")
    if ProcessInfo.processInfo.environment["BATON_WRITE_KEYWORDS"] == "1" {
      let new = old[..<begin.upperBound] + page.text + old[end.lowerBound...]
      try Data(new.utf8).write(to: file)
      return
    }
    #expect(
      old[begin.upperBound..<end.lowerBound] == page.text,
      "\(page.path) does not say what the keyword table says: run 'make keywords' and commit what it writes")
  }

  @Test func everyKeywordIsOnBothPages() {
    for keyword in KeywordTable.all {
      #expect(KeywordPages.migration.contains("`\(keyword.name)`"), "\(keyword.name)")
      #expect(!keyword.meaning.isEmpty, "\(keyword.name) has no meaning")
    }
    let items = KeywordPages.manual.split(separator: "\n").count { $0.hasPrefix(".It ") }
    #expect(items == KeywordTable.all.count)
  }
}
