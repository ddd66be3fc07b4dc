internal import KeepalivedConfig
internal import NetPrimitives

/// A file made fit for the lab: what reaches beyond a network namespace is taken out, and what the lab has to have in
/// its hands (scripts, tracked files, named pipes) is replaced. Everything else stays as it is written.
struct RehearsalRewriting {
  /// The folder of stand-ins in a router's file system, executable for every user.
  static let folder = "/etc/keepalived/rehearsal"
  /// The folder of files that decide about stand-ins.
  static let decisions = "/run/rehearsal"
  /// The longest that preemption and start are delayed; longer delays in the file are shortened to it.
  static let longestDelay = 10

  private(set) var statements: [Statement] = []
  /// Stand-ins by path.
  private(set) var files: [String: String] = [:]
  private(set) var checks: [RehearsalPlan.Check] = []
  /// What is not as in the file, in words.
  private(set) var notes: [String] = []
  private let model: Configuration
  private let withScripts: Bool
  private var dropped: [String: Int] = [:]
  private var stoodIn: [String] = []

  init(_ file: RehearsalFile, withScripts: Bool) {
    self.model = file.configuration
    self.withScripts = withScripts
    if !withScripts { files["\(Self.folder)/notify"] = "#!/bin/sh\nexit 0\n" }
    statements = rewritten(file.statements, in: .root, name: "")
    for path in paths(in: file.statements) { files[path] = Files.read(path) }
    for (reason, names) in Self.reasons {
      let there = dropped.keys.filter(names).sorted()
      guard !there.isEmpty else { continue }
      let list = there.map { (dropped[$0] ?? 1) > 1 ? "\($0) (\(dropped[$0] ?? 1) times)" : $0 }
      notes.append("left out: \(list.joined(separator: ", ")): \(reason)")
    }
    if !stoodIn.isEmpty {
      notes.append(
        "not run, a stand-in succeeds in their place (--with-scripts runs them): "
          + unique(stoodIn).joined(separator: ", "))
    }
  }

  /// Why keywords are left out.
  private static let reasons: [(reason: String, holds: @Sendable (String) -> Bool)] = [
    ("IPVS forwarding is not rebuilt", { isForwarding($0) }),
    ("interfaces are rebuilt outside of any VRF", { $0 == "vrf" }),
    ("the processes of this machine say nothing about that one", { $0.hasSuffix("track_process") }),
    ("no mail leaves the lab", { $0.hasPrefix("smtp_") || $0.hasPrefix("notification_email") }),
    ("it would reach beyond the lab", { isOutside($0) }),
  ]

  private static func isForwarding(_ keyword: String) -> Bool {
    [Block.root, .globalDefinitions, .vrrpInstance].contains { KeywordTable.keyword(keyword, in: $0)?.status == .lvs }
  }

  private static func isOutside(_ keyword: String) -> Bool {
    let names = [
      "net_namespace", "net_namespace_ipvs", "namespace_with_ipsets", "tmp_config_directory", "config_save_dir",
      "reload_file", "reload_time_file", "reload_repeat", "state_dump_file", "stats_dump_file", "json_dump_file",
      "vrrp_delay_after_boot",
    ]
    return names.contains(keyword)
      || ["enable_dbus", "dbus_", "enable_snmp", "snmp_", "enable_traps"]
        .contains { keyword.hasPrefix($0) }
  }

  // MARK: Statements

  private mutating func rewritten(_ all: [Statement], in block: Block, name: String) -> [Statement] {
    all.compactMap { statement in
      let keyword = statement.keyword
      if Self.reasons.contains(where: { $0.holds(keyword) }) {
        dropped[keyword, default: 0] += 1
        return nil
      }
      return rewritten(statement, KeywordTable.keyword(keyword, in: block), name: name)
    }
  }

  private mutating func rewritten(_ statement: Statement, _ row: Keyword?, name: String) -> Statement? {
    guard let row else { return statement }
    var result = statement
    switch row.arguments {
    case .block(let inner), .namedBlock(let inner):
      guard !inner.isList else { return statement }
      let inside = statement.words.dropFirst().first ?? name
      result.block = rewritten(statement.block ?? [], in: inner, name: inside)
    case .script, .command:
      if row.name == "script" { return check(statement, name: name) }
      guard !withScripts else { return statement }
      stoodIn.append(row.name)
      result.text = "\(row.name) \"\(Self.folder)/notify\""
    default: return adapted(statement, row, name: name)
    }
    return result
  }

  private mutating func adapted(_ statement: Statement, _ row: Keyword, name: String) -> Statement? {
    var result = statement
    let argument = statement.words.dropFirst().first ?? ""
    switch (row.block, row.name) {
    case (.vrrpScript, "user"), (.globalDefinitions, "script_user"):
      // The user may not exist here, and a stand-in needs none.
      if !withScripts { result.text = "\(row.name) root" }
    case (.globalDefinitions, "notify_fifo"), (.globalDefinitions, "vrrp_notify_fifo"):
      result.text = "\(row.name) /run/\(row.name)"
      notes.append("\(row.name) \(argument) is /run/\(row.name) in the lab")
    case (.trackFile, "file"): result.text = "file \(trackFile(name))"
    // What it is set to decides about a fault that the lab plays.
    case (.trackFile, "init_file"): return nil
    case (.vrrpInstance, "preempt_delay"), (.globalDefinitions, "vrrp_startup_delay"):
      if let seconds = Double(argument), seconds > Double(Self.longestDelay) {
        result.text = "\(row.name) \(Self.longestDelay)"
        notes.append("\(row.name) \(argument) is shortened to \(Self.longestDelay) s")
      }
    default: break
    }
    return result
  }

  /// Files that statements name in /etc/keepalived (keys, and scripts that are run): a router's is its own, so what is
  /// wanted from there must be put there.
  private func paths(in all: [Statement]) -> [String] {
    all.flatMap { statement -> [String] in
      let words = statement.words.flatMap { $0.split(separator: " ") }
      let own = words.compactMap { word -> String? in
        let path = word.hasPrefix("file:") ? word.dropFirst("file:".count) : word
        return path.hasPrefix("/etc/keepalived/") ? String(path) : nil
      }
      return own + paths(in: statement.block ?? [])
    }
  }

  // MARK: Stand-ins

  /// A script that fails while a file is there, and else succeeds or does what it did.
  private mutating func check(_ statement: Statement, name: String) -> Statement {
    guard let script = model.scripts.first(where: { $0.name == name }) else { return statement }
    let decision = "\(Self.decisions)/script-\(Self.fileName(name))"
    let path = "\(Self.folder)/script-\(Self.fileName(name))"
    let real = withScripts ? "exec " + script.command.arguments.map(Self.quoted).joined(separator: " ") : "exit 0"
    files[path] = "#!/bin/sh\n# vrrp_script \(name)\n[ ! -e \(decision) ] || exit 1\n\(real)\n"
    if !withScripts { stoodIn.append("vrrp_script \(name)") }
    checks.append(
      RehearsalPlan.Check(
        name: name, isFile: false, path: decision, healthy: nil, failing: "",
        delay: script.interval * (Int64(script.fall) + 1)))
    var result = statement
    let user = script.command.user.map { " \($0.name)" + ($0.group.map { " \($0)" } ?? "") }
    result.text = "script \"\(path)\"" + (withScripts ? user ?? "" : "")
    return result
  }

  /// The lab's file in place of a tracked one.
  private mutating func trackFile(_ name: String) -> String {
    guard let file = model.trackFiles.first(where: { $0.name == name }) else { return "\(Self.decisions)/none" }
    let tracking = model.vrrpInstances.map(\.tracking) + model.syncGroups.map(\.tracking)
    let weight = tracking.flatMap(\.files).first { $0.name == name }?.weight ?? file.weight
    let path = "\(Self.decisions)/file-\(Self.fileName(name))"
    // The number times the weight is added to the priority; with weight 0 any number but 0 is a fault.
    let step = max(253 / max(weight.value.magnitude, 1), 1)
    let isNegative = weight.value > 0 && !weight.reverse || weight.value < 0 && weight.reverse
    let failing = weight.value == 0 ? "1\n" : "\(isNegative ? "-" : "")\(step)\n"
    checks.append(
      RehearsalPlan.Check(
        name: name, isFile: true, path: path, healthy: "0\n", failing: failing, delay: .seconds(1)))
    notes.append("track_file \(name): \(file.path) is a file of the lab with 0 in it")
    return path
  }

  /// A file name of its own for any name.
  private static func fileName(_ name: String) -> String {
    name.utf8.map { byte in
      let character = Character(UnicodeScalar(byte))
      return character.isASCII && (character.isLetter || character.isNumber || "_-".contains(character))
        ? String(character) : "%" + String(byte, radix: 16)
    }.joined()
  }

  /// A word for the shell.
  private static func quoted(_ word: String) -> String {
    "'" + word.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'"
  }

  private func unique(_ names: [String]) -> [String] {
    var seen: Set<String> = []
    return names.filter { seen.insert($0).inserted }
  }
}
