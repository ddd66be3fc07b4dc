import Testing

@testable import KeepalivedConfig

/// Files that exist only in a test.
struct MemoryFiles {
  var files: [String: String] = [:]
  var executable: Set<String> = []
  var unreadable: Set<String> = []
  var readableByOthers: Set<String> = []
  var environment: [String: String] = [:]
  var identifier = "alpha"
  var objections: [String: ScriptObjection] = [:]
  var scripts: Set<KeyUser> = [.bfd, .vrrp]
  var users: Set<String> = ["root", "keepalived_script"]
  var programs: [String: String] = [:]
  var limits = Limits()

  var source: ConfigurationSource {
    var source = ConfigurationSource(identifier: identifier, randomSeed: 7)
    let (files, executable, unreadable, readableByOthers) = (files, executable, unreadable, readableByOthers)
    source.readFile = { (path, limit) throws(FileProblem) in
      guard !unreadable.contains(path) else { throw .unreadable("Permission denied (EACCES)") }
      guard let text = files[path] else { throw .missing }
      guard text.utf8.count <= limit else { throw .tooLong }
      return ConfigurationFile(
        bytes: Array(text.utf8), isExecutable: executable.contains(path),
        isReadableByOthers: readableByOthers.contains(path))
    }
    source.matchPaths = { pattern in files.keys.filter { matches(Array($0), Array(pattern)) }.sorted() }
    let (environment, objections, users, programs) = (environment, objections, users, programs)
    source.environment = { environment[$0] }
    source.scriptObjection = { objections[$0.path] }
    source.scripts = scripts
    source.userProblem = { users.contains($0.name) ? nil : "there is no user \($0.name)" }
    source.findProgram = { programs[$0] }
    return source
  }

  /// Loads `text` as the main file, `/etc/main.conf`.
  func load(_ text: String) throws -> LoadedConfiguration {
    var all = self
    all.files["/etc/main.conf"] = text
    return try Configuration.load(path: "/etc/main.conf", from: all.source, limits: limits)
  }
}

/// Whether a path matches a pattern of `*`, which stops at `/`, and plain characters.
private func matches(_ path: [Character], _ pattern: [Character]) -> Bool {
  guard let first = pattern.first else { return path.isEmpty }
  if first == "*" {
    return matches(path, Array(pattern.dropFirst()))
      || (path.first.map { $0 != "/" } ?? false) && matches(Array(path.dropFirst()), pattern)
  }
  return path.first == first && matches(Array(path.dropFirst()), Array(pattern.dropFirst()))
}

/// Loads a text without other files.
func load(_ text: String) throws -> LoadedConfiguration { try MemoryFiles().load(text) }

extension LoadedConfiguration {
  /// The findings without the file's name and the consequence: `line:column: severity: message`.
  var report: [String] {
    findings.map { finding in
      let consequence = finding.consequence.map { $0.description.isEmpty ? "" : "; \($0)" } ?? ""
      return String("\(finding)".dropLast(consequence.count)).replacing("/etc/main.conf:", with: "")
    }
  }
  /// The findings that are errors, warnings or about security; notes and what is not supported yet left out.
  var problems: [Diagnostic] {
    findings.filter { $0.kind != .note && !$0.message.contains("not supported yet") }
  }
  var errors: [Diagnostic] { findings.filter { $0.kind == .error } }
}

/// The addresses that the grammar leaves as entries of `notification_email`, which may be any words: a list in which
/// each line's first word is kept.
func entries(_ text: String, _ files: MemoryFiles = MemoryFiles()) throws -> [String] {
  let loaded = try files.load("global_defs {\nnotification_email {\n\(text)\n}\n}\n")
  #expect(loaded.errors.isEmpty, "\(loaded.report)")
  return loaded.configuration.global.notificationEmail
}
