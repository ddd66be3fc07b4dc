import NetPrimitives

/// Reads the lines of `virtual_routes`, `static_routes`, `virtual_rules` and `static_rules`.
struct RouteLines {
  let findings: Findings

  /// The route of a line; `nil` where it is not valid.
  func route(_ words: [Word]) -> RouteEntry? {
    let options = LineOptions(words, of: .route, allowedOthers: 1, findings)
    var entry = RouteEntry(words: words.map(\.text), location: findings.location(words[0].position))
    guard let destination = options.word("to") ?? options.others.first else {
      findings.error(words[0].position, "the route has no destination")
      return nil
    }
    if destination.text != "default" {
      guard let prefix = IPPrefix(destination.text) else {
        findings.error(destination.position, "'\(destination.text)' is not a valid destination")
        return nil
      }
      entry.destination = prefix
    }
    if let via = options.word("via"), via.text != "inet", via.text != "inet6" {
      entry.gateway = address(via, "via")
    }
    entry.source = options.word("src").flatMap { address($0, "src") }
    entry.device = options.word("dev")?.text
    entry.table = options.word("table")?.text
    entry.metric = options.integer("metric").flatMap(UInt32.init(exactly:))
    return entry
  }

  /// The rule of a line; `nil` where it is not valid.
  func rule(_ words: [Word]) -> RuleEntry? {
    let options = LineOptions(words, of: .rule, findings)
    var entry = RuleEntry(words: words.map(\.text), location: findings.location(words[0].position))
    entry.from = options.word("from").flatMap { prefix($0, "from") }
    entry.to = options.word("to").flatMap { prefix($0, "to") }
    entry.table = options.word("table")?.text
    let actions = ["table", "goto", "type", "nop", "blackhole", "unreachable", "prohibit", "l3mdev"]
    guard actions.contains(where: options.mentions) else {
      findings.error(words[0].position, "the rule does nothing: 'table' or another action is missing")
      return nil
    }
    guard let preference = options.word("preference") else {
      if !options.mentions("preference") {
        findings.warning(words[0].position, "the rule has no preference; the kernel chooses one")
      }
      return entry
    }
    entry.preference = integerWithPrefix(preference.text).flatMap(UInt32.init(exactly:))
    if entry.preference == nil {
      findings.error(preference.position, "'preference' is a number, not '\(preference.text)'")
    }
    return entry
  }

  private func address(_ word: Word, _ option: String) -> IPAddress? {
    let address = IPAddress(word.text)
    if address == nil { findings.error(word.position, "'\(option)' needs an IP address, not '\(word.text)'") }
    return address
  }

  private func prefix(_ word: Word, _ option: String) -> IPPrefix? {
    guard !["all", "any", "default"].contains(word.text) else { return nil }
    let prefix = IPPrefix(word.text)
    if prefix == nil { findings.error(word.position, "'\(option)' needs an IP prefix, not '\(word.text)'") }
    return prefix
  }
}
