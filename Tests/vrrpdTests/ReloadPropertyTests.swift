import KeepalivedConfig
import NetPrimitives
import ReloadSamples
import Testing

@testable import VRRPCore
@testable import vrrpd

/// For every keyword: a router that was told of a changed file is the router that was started with it, in the same role.
struct ReloadPropertyTests {
  /// What is not derived from the configuration: what was counted, heard, and when.
  private static let memory: Set<String> = [
    "statistics", "history", "authenticator", "lastAdvertisement", "since", "cause", "displaced", "lastRival",
  ]

  /// A value with all that it is made of, so that a member that is added is compared without anybody thinking of it here.
  /// Of an instant only counts whether there is one.
  private func dump(_ value: Any) -> String {
    if value is Instant { return "an instant" }
    if let secret = value as? Secret { return "\(secret.hashValue)" }
    let mirror = Mirror(reflecting: value)
    guard !mirror.children.isEmpty else { return "\(value)" }
    var parts = mirror.children.filter { !Self.memory.contains($0.label ?? "") }.map { child in
      "\(child.label ?? ""): \(dump(child.value))"
    }
    if mirror.displayStyle == .set || mirror.displayStyle == .dictionary { parts.sort() }
    return "(\(parts.joined(separator: ", ")))"
  }

  /// What others see of a router in some situations.
  private func behaviour(_ given: ElectionBench, isBackup: Bool) -> [String] {
    var bench = given
    var seen: [String] = []
    /// A trailer has the time in it.
    func content(of message: [UInt8]) -> [UInt8] {
      given.router.needsRealTime ? Array(message.prefix(8 + 4 * Int(message[3]))) : message
    }
    func note(_ what: String) {
      let last = bench.sent.last.map { "\(content(of: $0.message)) to \($0.to)" } ?? "nothing"
      seen.append(
        "\(what): \(bench.router.state), \(bench.router.effectivePriority), \(bench.sent.count) sent, the last \(last), "
          + "\(bench.announced.reduce(0) { $0 + $1.count }) announced")
      (bench.sent, bench.announced) = ([], [])
    }
    (bench.sent, bench.announced) = ([], [])
    if isBackup {
      for _ in 0..<40 {
        bench.hear(priority: 1)
        bench.run(for: .milliseconds(500))
      }
      note("a router of lower priority")
    }
    // Where a timer ends depends on when it began; the figures that follow begin together.
    bench.hear(priority: 254)
    bench.run(for: .milliseconds(1))
    bench.hear(priority: 254)
    let silence = bench.elapsed
    note("a router of higher priority")
    if bench.router.nextDeadline != nil, bench.router.state == .backup {
      _ = try? bench.runUntilMaster()
      seen.append("master after \(bench.elapsed - silence)")
    }
    bench.run(for: .seconds(300))
    note("alone")
    bench.hear(priority: 1)
    bench.run(for: .zero)
    note("an advertisement of lower priority")
    bench.run(for: .seconds(60))
    note("after it")
    for isUp in [false, true] {
      bench.tell(isUp)
      bench.run(for: .seconds(60))
      note("tracked objects are \(isUp ? "up" : "down")")
    }
    return seen
  }

  private static let base = ["version 3", "advert_int 1", "virtual_ipaddress { 10.1.%.1/32 }"]

  /// A file with one instance, perhaps in a group.
  private static func file(_ instance: String, global: String = "", group: String? = nil) -> String {
    """
    global_defs {
    \(global)
    }
    vrrp_script check {
    script /usr/bin/true
    }
    track_file number {
    file /run/number
    }
    vrrp_track_process none {
    process none
    }
    bfd_instance session {
    neighbor_ip 192.0.2.2
    }
    vrrp_instance VI_1 {
    interface eth0
    virtual_router_id 51
    \(instance)
    }
    \(group.map { "vrrp_sync_group G {\ngroup { VI_1 }\n\($0)\n}" } ?? "")

    """
  }

  /// The router is brought to a role by `text`.
  private func started(_ text: String, isBackup: Bool) throws -> ElectionBench {
    var bench = try ElectionBench(text: text)
    bench.tell(true)
    settle(&bench, isBackup: isBackup)
    return bench
  }

  private func settle(_ bench: inout ElectionBench, isBackup: Bool) {
    for _ in 0..<400 {
      if isBackup { bench.hear(priority: 254) }
      bench.run(for: .milliseconds(500))
    }
  }

  private func compare(_ keyword: String, _ before: String, _ after: String, isBackup: Bool) throws {
    var reloaded = try started(before, isBackup: isBackup)
    let state = reloaded.router.state
    try reloaded.reload(text: after)
    reloaded.tell(true)
    settle(&reloaded, isBackup: isBackup)
    let fresh = try started(after, isBackup: isBackup)
    #expect(
      dump(reloaded.router) == dump(fresh.router), "\(keyword), \(state)\nbefore:\n\(before)\nafter:\n\(after)")
    #expect(
      behaviour(reloaded, isBackup: isBackup) == behaviour(fresh, isBackup: isBackup), "\(keyword), \(state)")
  }

  /// Each keyword comes and goes, beside some others that are drawn.
  @Test(arguments: ReloadSamples.instance.indices, [UInt64(1), 2]) func instance(index: Int, seed: UInt64) throws {
    let sample = ReloadSamples.instance[index]
    var generator = SeededGenerator(seed: seed &* 1_000 &+ UInt64(index))
    // Those that need no other version, transport or role.
    let others = ReloadSamples.instance.filter {
      $0.common.isEmpty && $0.keyword != "state" && $0.keyword != "unicast_peer"
    }
    let drawn = (0..<(seed == 1 ? 0 : 3)).flatMap { _ in others[Int(generator.next(below: UInt64(others.count)))].lines
    }
    .filter { line in !sample.lines.contains { $0.prefix { $0 != " " } == line.prefix { $0 != " " } } }
    .filter { !$0.hasPrefix("auth_hmac") || !sample.common.contains("version 2") }
    .filter { !$0.hasPrefix("advert_int") }
    let texts = [false, true].map { Self.file(sample.instance($0, base: Self.base + drawn, number: 7)) }
    // An owner is no backup, whatever it hears.
    let isOwner = (sample.common + sample.lines).contains("state MASTER")
    for isBackup in isOwner ? [false] : [false, true] {
      try compare(sample.keyword, texts[0], texts[1], isBackup: isBackup)
      try compare(sample.keyword, texts[1], texts[0], isBackup: isBackup)
    }
  }

  @Test(arguments: ReloadSamples.inherited.indices) func inherited(index: Int) throws {
    let sample = ReloadSamples.inherited[index]
    let texts = [false, true].map { isPresent in
      Self.file(
        Self.base.joined(separator: "\n").replacing("%", with: "7"),
        global: sample.instance(isPresent, base: [], number: 7))
    }
    for isBackup in [false, true] {
      try compare(sample.keyword, texts[0], texts[1], isBackup: isBackup)
      try compare(sample.keyword, texts[1], texts[0], isBackup: isBackup)
    }
  }

  @Test(arguments: ReloadSamples.group.indices) func group(index: Int) throws {
    let sample = ReloadSamples.group[index]
    let instance = Self.base.joined(separator: "\n").replacing("%", with: "7")
    let texts =
      [Self.file(instance)]
      + [false, true].map { Self.file(instance, group: sample.instance($0, base: [], number: 7)) }
    for isBackup in [false, true] {
      for (before, after) in [(0, 1), (0, 2), (1, 2), (2, 1), (1, 0), (2, 0)] {
        try compare("\(sample.keyword) of a group", texts[before], texts[after], isBackup: isBackup)
      }
    }
  }

  // MARK: Coverage

  /// A keyword with an effect has a sample, or a reason for having none.
  @Test func everyKeywordIsCovered() {
    func check(_ block: Block, _ samples: [ReloadSample], _ reasons: [String: String]) {
      let rows = KeywordTable.all.filter { $0.block == block && $0.status == .supported }.map(\.name)
      let sampled = Set(samples.map(\.keyword))
      for name in Set(rows) {
        #expect(sampled.contains(name) != (reasons[name] != nil), "\(name) of \(block.rawValue)")
      }
      #expect(sampled.union(reasons.keys).subtracting(rows) == [], "\(block.rawValue) has no such keyword")
    }
    check(
      .vrrpInstance, ReloadSamples.instance + ReloadSamples.anotherRouter, ReloadSamples.withoutSample)
    check(.syncGroup, ReloadSamples.group, ReloadSamples.groupWithoutSample)
    check(
      .globalDefinitions, ReloadSamples.inherited + ReloadSamples.daemon, ReloadSamples.globalWithoutSample)
  }

  /// A sample without an effect would test nothing.
  @Test func everySampleChangesTheModel() throws {
    func model(_ text: String) throws -> Configuration {
      var source = ConfigurationSource(identifier: "alpha", randomSeed: 7)
      source.readFile = { (_, _) throws(FileProblem) in ConfigurationFile(bytes: Array(text.utf8)) }
      let loaded = try Configuration.load(path: "/etc/main.conf", from: source)
      let errors = loaded.findings.filter { $0.kind == .error }
      #expect(errors.isEmpty, "\(errors) in\n\(text)")
      return loaded.configuration
    }
    func check(_ keyword: String, _ texts: [String]) throws {
      let difference = try model(texts[0]).differences(to: model(texts[1]), forBFD: false)
      #expect(!difference.isEmpty, "\(keyword):\n\(texts[1])")
    }
    let instance = Self.base.joined(separator: "\n").replacing("%", with: "7")
    for sample in ReloadSamples.instance + ReloadSamples.anotherRouter {
      try check(
        sample.keyword, [false, true].map { Self.file(sample.instance($0, base: Self.base, number: 7)) })
    }
    for sample in ReloadSamples.inherited + ReloadSamples.daemon {
      try check(
        sample.keyword,
        [false, true].map { Self.file(instance, global: sample.instance($0, base: [], number: 7)) })
    }
    for sample in ReloadSamples.group {
      try check(
        "\(sample.keyword) of a group",
        [false, true].map { Self.file(instance, group: sample.instance($0, base: [], number: 7)) })
    }
  }
}
