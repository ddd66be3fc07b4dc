import NetPrimitives

/// Reads the lines of `virtual_rules` and `static_rules`.
struct RuleLines {
  let findings: Findings
  let names: RoutingNames
  let place: AddressPlace

  /// The rule of a line; `nil` where anything in it is not valid: without that it would be another one.
  func rule(_ words: [Word]) -> RuleEntry? {
    let before = findings.errorsMet
    let entry = entry(words)
    return findings.errorsMet == before ? entry : nil
  }

  private func entry(_ words: [Word]) -> RuleEntry? {
    let position = words[0].position
    var line = Line(
      reader: OptionReader(words, of: .rule, findings), names: names,
      entry: RuleEntry(
        rule: RoutingRule(family: .ipv4, action: .nop, origin: VirtualRouting.origin),
        location: findings.location(position)))
    while let (word, row) = line.reader.next() {
      guard let row else {
        StatementChecker(findings: findings).reportUnknown(word, within: .rule, .lineLeftOut)
        return nil
      }
      if !line.readCondition(word, row.name) { line.readRest(word, row.name) }
    }
    guard let action = line.action else {
      findings.error(position, "the rule does nothing: 'table' or another action is missing")
      return nil
    }
    line.entry.rule.action = action
    let families = [line.entry.rule.source, line.entry.rule.destination].compactMap { $0?.address.family }
    line.entry.rule.family = line.family ?? families.first ?? .ipv4
    if families.contains(where: { $0 != line.entry.rule.family }) {
      findings.error(position, "the addresses of the rule are of different families")
    }
    if case .goTo(let target) = action, let own = line.entry.rule.priority, target <= own {
      findings.error(position, "'goto' leads to a rule with a greater preference, not from \(own) to \(target)")
    }
    if place == .instance, line.entry.trackGroup != nil {
      findings.error(position, "'track_group' is for static rules only")
    }
    return line.entry
  }
}

/// A rule that is being read.
private struct Line {
  var reader: OptionReader
  let names: RoutingNames
  var entry: RuleEntry
  var action: RoutingRule.Action?
  var family: AddressFamily?

  private var findings: Findings { reader.findings }

  /// What a packet must have; false where `option` is no condition.
  mutating func readCondition(_ word: Word, _ option: String) -> Bool {
    switch option {
    case "not": entry.rule.isInverted = true
    case "from": entry.rule.source = reader.prefix(word)
    case "to": entry.rule.destination = reader.prefix(word)
    case "tos": entry.rule.typeOfService = reader.named(word, .services, names, limit: 255).map(UInt8.init) ?? 0
    case "fwmark": entry.rule.mark = mark(word)
    case "iif": entry.rule.incomingInterface = reader.interface(word)
    case "oif": entry.rule.outgoingInterface = reader.interface(word)
    case "tunnel-id": entry.rule.tunnel = reader.number(word, in: 0...UInt64(Int64.max))
    case "uidrange": entry.rule.users = reader.range(word, limit: UInt32.max)
    case "ipproto": entry.rule.transport = transport(word)
    case "sport": entry.rule.sourcePorts = reader.range(word, limit: UInt16.max)
    case "dport": entry.rule.destinationPorts = reader.range(word, limit: UInt16.max)
    default: return false
    }
    return true
  }

  mutating func readRest(_ word: Word, _ option: String) {
    switch option {
    case "inet": family = .ipv4
    case "inet6": family = .ipv6
    case "table": action = reader.named(word, .tables, names).map { .table($0) }
    case "preference": entry.rule.priority = reader.number(word, in: 0...UInt32.max)
    case "realms": entry.rule.realms = reader.realms(word, names)
    case "suppress_prefixlength": entry.rule.suppressedPrefixLength = reader.number(word, in: 0...128)
    case "suppress_ifgroup": entry.rule.suppressedGroup = reader.named(word, .groups, names)
    case "protocol":
      // Ours stays, so that a rule that was left behind is known again.
      _ = reader.named(word, .protocols, names, limit: 255)
      findings.once(.note, word.position, about: "rule protocol", "'protocol' of a rule is always keepalived")
    case "type":
      guard let kind = reader.argument(of: word) else { return }
      readAction(kind)
    case "no_track": entry.noTrack = true
    case "track_group": entry.trackGroup = reader.argument(of: word)?.text
    default: readAction(word)
    }
  }

  private mutating func readAction(_ word: Word) {
    switch word.text {
    case "goto": action = reader.number(word, in: 1...UInt32.max).map { .goTo($0) }
    case "l3mdev": action = .vrf
    case "nop": action = .nop
    case "blackhole": action = .blackhole
    case "unreachable": action = .unreachable
    case "prohibit": action = .prohibit
    default: findings.error(word.position, "'\(word.text)' is no action of a rule")
    }
  }

  /// `VALUE` or `VALUE/MASK`.
  private mutating func mark(_ option: Word) -> RoutingRule.Mark? {
    guard let word = reader.argument(of: option) else { return nil }
    let parts = word.text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
    let numbers = parts.compactMap { integerWithPrefix(String($0), as: Int64.self).flatMap(UInt32.init(exactly:)) }
    guard numbers.count == parts.count, let value = numbers.first else {
      findings.error(word.position, "'\(option.text)' is a number, possibly with /MASK, not '\(word.text)'")
      return nil
    }
    return RoutingRule.Mark(value: value, mask: numbers.count == 2 ? numbers[1] : .max)
  }

  /// The protocols that have ports, and what else a rule is likely to be for; others by number.
  private mutating func transport(_ option: Word) -> UInt8? {
    guard let word = reader.argument(of: option) else { return nil }
    let names: [String: UInt8] = ["icmp": 1, "tcp": 6, "udp": 17, "dccp": 33, "ipv6-icmp": 58, "sctp": 132]
    guard let number = names[word.text] ?? integerWithPrefix(word.text).flatMap(UInt8.init(exactly:)) else {
      findings.error(
        word.position, "'\(option.text)' is a protocol's number or tcp, udp, sctp, icmp, not '\(word.text)'")
      return nil
    }
    return number
  }
}
