import KeepalivedConfig
import Testing

@testable import DaemonRuntime

/// What a start and what a reload takes: a daemon runs with what keepalived would run with, and a reload makes nothing
/// worse.
@Suite struct ConfigurationRulesTests {
  static let good = instance("A", "priority 120")
  static let typo = instance("A", "prioritty 120")
  static let session = "bfd_instance b {\nneighbor_ip 192.0.2.2\n}\n"

  static func instance(_ name: String, _ lines: String = "", identifier: Int = 51) -> String {
    "vrrp_instance \(name) {\ninterface eth0\nvirtual_router_id \(identifier)\n\(lines)\n"
      + "virtual_ipaddress {\n192.0.2.\(identifier)\n}\n}\n"
  }

  private func rules(_ user: KeyUser = .vrrp, isStrict: Bool = false) -> ConfigurationRules {
    ConfigurationRules(user: user, isStrict: isStrict, path: "/f")
  }

  private func load(_ text: String) throws -> LoadedConfiguration {
    var source = ConfigurationSource(identifier: "alpha", randomSeed: 1)
    source.readFile = { (_, _) throws(FileProblem) in ConfigurationFile(bytes: Array(text.utf8)) }
    return try Configuration.load(path: "/f", from: source)
  }

  private func running(_ text: String, _ user: KeyUser = .vrrp) throws -> AcceptedConfiguration {
    let loaded = try load(text)
    return AcceptedConfiguration(loaded.configuration, errors: rules(user).errors(of: loaded))
  }

  @Test func aStartLeavesOutWhatIsWrong() throws {
    let loaded = try load(Self.typo)
    #expect(rules().objections(toStartWith: loaded).isEmpty)
    #expect(loaded.configuration.vrrpInstances.map(\.priority) == [100])
    #expect(rules().errors(of: loaded).map { $0.consequence } == [.lineLeftOut])
  }

  @Test func strictnessRefusesEveryErrorAtAStart() throws {
    #expect(rules(isStrict: true).objections(toStartWith: try load(Self.typo)).count == 1)
    #expect(rules().objections(toStartWith: try load("global_defs {\nconfig_strict\n}\n" + Self.typo)).count == 1)
    #expect(rules(isStrict: true).objections(toStartWith: try load(Self.good)).isEmpty)
  }

  @Test(arguments: [
    instance("A").replacing("virtual_router_id 51\n", with: ""), instance("A", identifier: 300),
    instance("A").replacing("interface eth0\n", with: ""), instance("A") + instance("B"),
    instance("A", "priority"),
  ])
  func whatKeepalivedDoesNotStartWithEndsTheStart(text: String) throws {
    let loaded = try load(text)
    #expect(!rules().objections(toStartWith: loaded).isEmpty)
    #expect(rules(.bfd).objections(toStartWith: loaded).isEmpty)
  }

  @Test(arguments: [
    ("vrrp_instanc A {\ninterface eth0\n}\n", false), ("just prose\n", false), ("", true), ("# nothing\n", true),
    (session, true), (session + "just prose\n", true), ("bfd_instance b {\nmultiplier 3\n}\n", true),
  ])
  func aFileOfWhichNothingIsLeftEndsTheStart(text: String, starts: Bool) throws {
    #expect(rules().objections(toStartWith: try load(text)).isEmpty == starts)
  }

  @Test func theOtherDaemonsBlocksNeverStopThisOne() throws {
    let loaded = try load(Self.typo + Self.session.replacing("192.0.2.2", with: "192.0.2.300"))
    #expect(rules(.vrrp, isStrict: true).objections(toStartWith: loaded).count == 1)
    #expect(rules(.vrrp).objections(toStartWith: loaded).isEmpty)
    #expect(rules(.bfd).errors(of: loaded).map { $0.block?.keyword } == ["bfd_instance"])
    let strict = try load(Self.typo + Self.session)
    #expect(rules(.bfd, isStrict: true).objections(toStartWith: strict).isEmpty)
    #expect(
      rules(.bfd).objections(toReload: strict, running: try running(Self.good + Self.session, .bfd), isForced: false)
        .isEmpty)
  }

  @Test func aReloadMayKeepErrorsButBringNone() throws {
    let before = try running(Self.typo)
    // What was there before does not block a change elsewhere, wherever it stands now.
    let changed = try load("# one line more\n" + Self.typo + Self.instance("B", identifier: 52))
    #expect(rules().objections(toReload: changed, running: before, isForced: false).isEmpty)
    let worse = try load(Self.typo + Self.instance("B", "prioritty 3", identifier: 52))
    #expect(rules().objections(toReload: worse, running: before, isForced: false).count == 1)
    #expect(rules().objections(toReload: worse, running: before, isForced: true).isEmpty)
    let moved = try load(Self.instance("A") + Self.instance("B", "prioritty 120", identifier: 52))
    #expect(rules().objections(toReload: moved, running: before, isForced: false).count == 1)
    #expect(rules().objections(toReload: try load(Self.good), running: before, isForced: false).isEmpty)
    #expect(rules(isStrict: true).objections(toReload: changed, running: before, isForced: true).count == 1)
  }

  @Test(arguments: ["", "# nothing\n", session, String(good.dropLast(3)), String(good.dropLast(20))])
  func anEmptyOrHalfWrittenFileIsRefusedAtAReload(text: String) throws {
    let loaded = try load(text)
    let before = try running(Self.good)
    #expect(!rules().objections(toReload: loaded, running: before, isForced: false).isEmpty)
    #expect(rules().objections(toReload: loaded, running: before, isForced: true).isEmpty)
  }
}
