import Foundation
import Testing

@testable import KeepalivedConfig

/// The files in Fixtures.
enum Fixture: String, CaseIterable {
  case heartbeat, fast, forwarding, mistakes, everything

  var text: String {
    get throws {
      let url = try #require(Bundle.module.url(forResource: "Fixtures/\(rawValue)", withExtension: "conf"))
      return try String(contentsOf: url, encoding: .utf8)
    }
  }

  /// The fixture as the main file, among files it may include.
  func load() throws -> LoadedConfiguration {
    var files = MemoryFiles()
    files.files["/etc/keepalived/forwarding.conf"] = try Fixture.forwarding.text
    return try files.load(text)
  }
}
