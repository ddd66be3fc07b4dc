import FoundationEssentials
import LinuxIO
import Logging
import NetPrimitives
import ScriptHelper
import Testing

/// A daemon that does nothing but run scripts, and a directory of its own for what they leave behind.
final class ScriptingDaemon: EventLoopDriver {
  let loop: EventLoop
  let directory: String
  private(set) var runner: ScriptRunner?
  private(set) var results: [CheckID: [ScriptResult]] = [:]

  /// Conditions may be about files, which wake nobody: look again after a while.
  var nextDeadline: Instant? { MonotonicClock.now() + .milliseconds(5) }
  func deadlinesReached(at now: Instant) {}

  /// The program beside the tests that is a script helper.
  static let helper: String = {
    let tests = (try? FileSystem.realPath("/proc/self/exe")) ?? ""
    return tests.prefix(through: tests.lastIndex(of: "/") ?? tests.startIndex) + "script-helper-host"
  }()

  /// Whom scripts of unprivileged tests run as.
  static let user = ScriptUser(uid: ProcessControl.effectiveUser, gid: ProcessControl.effectiveGroup)

  init(origin: ScriptRunner.Origin = .program(helper)) throws {
    loop = try EventLoop()
    directory = FileManager.default.temporaryDirectory.path() + "/baton-scripts-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    var logger = Logger(label: "scripts") { _ in SwiftLogNoOpLogHandler() }
    logger.logLevel = .critical
    let runner = ScriptRunner(name: "test", loop: loop, logger: logger, origin: origin) {
      [unowned self] in
      results[$0, default: []].append($1)
    }
    try runner.start()
    self.runner = runner
  }

  deinit {
    runner?.finish(within: .zero) {}
    try? FileManager.default.removeItem(atPath: directory)
  }

  /// A shell script; `$0` is the directory, `$1` and so on are `words`.
  func shell(
    _ script: String, _ words: String..., timeout: Interval = .seconds(60), environment: [ScriptCommand.Variable] = []
  ) -> ScriptCommand {
    ScriptCommand(
      ["/bin/sh", "-c", script, directory] + words, user: Self.user, timeout: timeout, environment: environment)
  }

  /// Runs the loop until `condition` holds.
  func run(until condition: () -> Bool, _ location: SourceLocation = #_sourceLocation) throws {
    // A test that cannot succeed fails.
    let patience = MonotonicClock.now() + .seconds(60)
    while !condition() {
      try #require(MonotonicClock.now() < patience, "nothing happens any more", sourceLocation: location)
      try loop.runTurn(self)
    }
  }

  /// The next result of a check.
  func result(of check: Int, _ location: SourceLocation = #_sourceLocation) throws -> ScriptResult {
    let id = CheckID(check)
    try run(until: { results[id] != nil }, location)
    let result = try #require(results[id]?.first)
    results[id] = nil
    return result
  }

  /// The lines of a file in the directory; none where it does not exist.
  func lines(_ name: String) -> [String] {
    guard let data = FileManager.default.contents(atPath: "\(directory)/\(name)") else { return [] }
    return String(decoding: data, as: UTF8.self).split(separator: "\n").map(String.init)
  }

  /// Whether a process exists and is no zombie.
  static func isAlive(_ pid: String) -> Bool {
    guard let status = FileManager.default.contents(atPath: "/proc/\(pid)/stat") else { return false }
    let text = String(decoding: status, as: UTF8.self)
    let state = text[text.index(after: text.lastIndex(of: ")") ?? text.startIndex)...].first { $0 != " " }
    return state != "Z" && state != "X"
  }
}
