import NetPrimitives

/// Makes the typed model of the blocks: defaults, inheritance, references and the rules between keywords.
struct Resolver {
  let source: ConfigurationSource
  let findings: Findings
  /// All of `global_defs`, wherever it stood.
  let globals: ParsedBlock
  let root: ParsedBlock
  var configuration = Configuration()
  /// The declared names by the keyword that declares them, those of refused blocks included: a reference to one of
  /// them is not reported a second time.
  var declared: [String: Set<String>] = [:]
  /// The weights of tracked objects, by the keyword that declares them and their name.
  var declaredWeights: [String: [String: TrackWeight]] = [:]
  /// The BFD sessions so far by what tells them apart, with their names.
  var bfdSessions: [BFDKey: String] = [:]
  /// The `bfd_template` blocks by name.
  var bfdTemplates: [String: ParsedBlock] = [:]
  /// The sync group of each instance that is in one.
  var groupOfInstance: [String: String] = [:]
  /// The instances that say themselves whether there are notifications of priorities, and do not leave that to the group.
  var saysOwnPriorityNotices: Set<String> = []
  /// The names of scripts that an instance or group tracks.
  var referencedScripts: Set<String> = []

  init(root: ParsedBlock, source: ConfigurationSource, findings: Findings) {
    self.root = root
    self.source = source
    self.findings = findings
    var globals = ParsedBlock(kind: .globalDefinitions, keyword: root.keyword)
    for block in root.blocks("global_defs") { globals.merge(block) }
    self.globals = globals
  }

  /// The model of everything.
  mutating func resolve() -> Configuration {
    resolveGlobals()
    for block in named("bfd_template") { bfdTemplates[block.name.text] = block }
    for block in named("bfd_instance") { resolveBFD(block) }
    for block in named("sbfd_initiator") { resolveInitiator(block) }
    checkOverlappingSessions()
    declared["bfd_instance", default: []].formUnion(declared["sbfd_initiator"] ?? [])
    resolveReflectors()
    for block in named("bfd_unsolicited") { resolveUnsolicitedBFD(block) }
    for block in named("track_file") { resolveTrackFile(block) }
    for block in named("vrrp_track_process") { resolveTrackProcess(block) }
    for block in named("vrrp_script") { resolveScript(block) }
    collectWeights()
    for block in named("vrrp_instance") { resolveInstance(block) }
    checkVirtualRouters()
    checkAddressesAcrossInstances()
    for block in named("vrrp_sync_group") { resolveSyncGroup(block) }
    for block in named("track_group") { resolveTrackGroup(block) }
    resolveStatic()
    numberRules()
    nameVirtualInterfaces()
    dropUnreferencedScripts()
    examineScripts()
    return configuration
  }

  /// The blocks that `keyword` opens, without those whose name was used before.
  private mutating func named(_ keyword: String) -> [ParsedBlock] {
    var first: [String: Position] = [:]
    let blocks = root.blocks(keyword).filter { block in
      let name = block.name.text
      guard let earlier = first[name], !name.isEmpty else {
        first[name] = block.name.position
        return true
      }
      findings.error(
        block.name.position, "there is a \(keyword) '\(name)' already, at \(findings.location(earlier))")
      return false
    }
    declared[keyword] = Set(first.keys)
    return blocks.filter { !$0.name.text.isEmpty }
  }

  /// Reports names that are not unique among `names` and returns the rest.
  func unique(_ lines: [[Word]], _ what: String) -> [[Word]] {
    var seen: Set<String> = []
    return lines.filter { line in
      guard seen.insert(line[0].text).inserted else {
        findings.warning(line[0].position, "'\(line[0].text)' stands twice among \(what)")
        return false
      }
      return true
    }
  }

  /// A script command with the default user applied.
  func script(_ keyword: String, in block: ParsedBlock) -> ScriptCommand? {
    guard case .script(let arguments, let user)? = block.value(keyword) else { return nil }
    return ScriptCommand(
      arguments: arguments, user: user ?? configuration.global.scriptUser,
      location: findings.location(block.position(of: keyword)))
  }
}
