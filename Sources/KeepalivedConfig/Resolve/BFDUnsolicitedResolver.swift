import NetPrimitives

extension Resolver {
  mutating func resolveUnsolicitedBFD(_ written: ParsedBlock) {
    let block = completed(written)
    let name = block.name.text
    guard let interface = block.word("interface") else {
      if !block.mentions("interface") {
        findings.error(
          block.name.position, "bfd_unsolicited '\(name)' has no interface", .objectLeftOut("bfd_unsolicited"))
      }
      return
    }
    if let twin = configuration.bfdUnsolicited.first(where: { $0.interface == interface }) {
      findings.error(
        block.position(of: "interface"), "bfd_unsolicited '\(twin.name)' is for '\(interface)' already",
        .objectLeftOut("bfd_unsolicited"))
      return
    }
    let before = findings.objectsLeftOut
    reportForeignKeywords(of: block)
    var rule = BFDUnsolicited(name: name, interface: interface, location: findings.location(block.position))
    rule.allowed = prefixes("allow", in: block)
    rule.maximumSessions = block.integer("max_sessions") ?? rule.maximumSessions
    rule.holdTime = block.interval("hold_time") ?? rule.holdTime
    readParameters(block, into: &rule.session)
    guard findings.objectsLeftOut == before else { return }
    configuration.bfdUnsolicited.append(rule)
  }

  /// The prefixes that the block `keyword` lists. One that lists none would mean all: that must not happen by mistake.
  func prefixes(_ keyword: String, in block: ParsedBlock) -> [IPPrefix] {
    for inner in block.blocks(keyword) where inner.lines.isEmpty {
      findings.error(inner.position, "'\(keyword)' lists nothing", .objectLeftOut(block.keyword.text))
    }
    let prefixes = block.lines(of: keyword).flatMap { $0 }.compactMap { (word) -> IPPrefix? in
      guard let prefix = IPPrefix(word.text) else {
        findings.error(word.position, "'\(word.text)' is no address and no prefix, such as 192.0.2.0/24", .wordLeftOut)
        return nil
      }
      return prefix
    }
    // All of them wrong is as bad as none.
    if prefixes.isEmpty, let inner = block.blocks(keyword).first, !inner.lines.isEmpty {
      findings.error(inner.position, "'\(keyword)' lists nothing that can be used", .objectLeftOut(block.keyword.text))
    }
    return prefixes
  }

  /// A template may say what these sessions cannot be.
  private func reportForeignKeywords(of block: ParsedBlock) {
    guard let name = block.word("use"), let template = bfdTemplates[name] else { return }
    for keyword in ["source_ip", "multihop", "max_hops", "vrf"] where template.mentions(keyword) {
      findings.error(
        block.position(of: "use"), "bfd_template '\(name)' has '\(keyword)', which bfd_unsolicited cannot have",
        .wordLeftOut)
    }
  }
}
