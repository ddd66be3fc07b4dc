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
  /// The families whose `vrrp_mcast_group4` or `vrrp_mcast_group6` cannot be used.
  var unusableGroups: Set<AddressFamily> = []
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
    each("bfd_template") { $0.bfdTemplates[$1.name.text] = $1 }
    each("bfd_instance") { $0.resolveBFD($1) }
    each("sbfd_initiator") { $0.resolveInitiator($1) }
    checkOverlappingSessions()
    declared["bfd_instance", default: []].formUnion(declared["sbfd_initiator"] ?? [])
    resolveReflectors()
    each("bfd_unsolicited") { $0.resolveUnsolicitedBFD($1) }
    each("track_file") { $0.resolveTrackFile($1) }
    each("vrrp_track_process") { $0.resolveTrackProcess($1) }
    each("vrrp_script") { $0.resolveScript($1) }
    collectWeights()
    each("vrrp_instance") { $0.resolveInstance($1) }
    checkVirtualRouters()
    checkAddressesAcrossInstances()
    each("vrrp_sync_group") { $0.resolveSyncGroup($1) }
    each("track_group") { $0.resolveTrackGroup($1) }
    resolveStatic()
    numberRules()
    nameVirtualInterfaces()
    dropUnreferencedScripts()
    examineScripts()
    return configuration
  }

  /// Resolves the blocks that `keyword` opens; findings are about the block being resolved.
  private mutating func each(_ keyword: String, _ resolve: (inout Resolver, ParsedBlock) -> Void) {
    for block in named(keyword) {
      findings.block = BlockName(keyword: keyword, name: block.name.text)
      resolve(&self, block)
    }
    findings.block = nil
  }

  /// Whether `resolve` met no error that leaves out the whole object.
  func isUsable(_ resolve: () -> Void) -> Bool {
    let before = findings.objectsLeftOut
    resolve()
    return findings.objectsLeftOut == before
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
      findings.block = BlockName(keyword: keyword, name: name)
      findings.error(
        block.name.position, "there is a \(keyword) '\(name)' already, at \(findings.location(earlier))", .blockLeftOut)
      findings.block = nil
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
