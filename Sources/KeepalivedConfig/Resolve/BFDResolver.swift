import NetPrimitives

/// What tells two sessions apart (keepalived matches received packets by it).
struct BFDKey: Hashable {
  var neighbor: IPAddress
  var interface: String?
  var vrf: String?
  var source: IPAddress?
  var multihop: Bool
  var remoteDiscriminator: UInt32?
}

extension Resolver {
  mutating func resolveBFD(_ written: ParsedBlock) {
    let block = completed(written)
    let name = block.name.text
    guard checkSessionName(block, declaredBy: "bfd_instance") else { return }
    guard let neighbor = block.address("neighbor_ip") else {
      if !block.mentions("neighbor_ip") {
        findings.error(
          block.name.position, "bfd_instance '\(name)' has no neighbor_ip", .objectLeftOut("bfd_instance"))
      }
      return
    }
    let before = findings.objectsLeftOut
    var instance = BFDInstance(name: name, neighbor: neighbor, location: findings.location(block.position))
    readPath(block, into: &instance)
    instance.source = source(of: block, for: neighbor)
    checkNeighbor(instance, block)
    instance.multihop = block.flag("multihop") ?? false
    readParameters(block, into: &instance)
    readHops(block, into: &instance)
    readEcho(block, into: &instance)
    instance.passive = block.flag("passive") ?? false
    instance.adminDown = block.flag("admin_down") ?? false
    instance.weight = block.weight("weight") ?? .fault
    guard findings.objectsLeftOut == before else { return }
    append(instance, block)
  }

  /// Whether the block's name can be a session's. Both kinds of session share their names: what tracks one does not say
  /// which it is.
  func checkSessionName(_ block: ParsedBlock, declaredBy keyword: String) -> Bool {
    let name = block.name.text
    guard name.utf8.count <= 31 else {
      findings.error(block.name.position, "the name of a BFD session has at most 31 bytes", .objectLeftOut(keyword))
      return false
    }
    guard !configuration.bfdInstances.contains(where: { $0.name == name }) else {
      findings.error(block.name.position, "there is a BFD session '\(name)' already", .objectLeftOut(keyword))
      return false
    }
    return true
  }

  /// `source_ip`, where it fits the neighbour.
  func source(of block: ParsedBlock, for neighbor: IPAddress) -> IPAddress? {
    guard let address = block.address("source_ip") else { return nil }
    guard address.family == neighbor.family else {
      findings.error(
        block.position(of: "source_ip"), "source_ip is \(address.family.name), neighbor_ip is \(neighbor.family.name)",
        .objectLeftOut(block.keyword.text))
      return nil
    }
    return address
  }

  /// Reports a neighbour that cannot be one.
  func checkNeighbor(_ instance: BFDInstance, _ block: ParsedBlock) {
    let neighbor = instance.neighbor
    if neighbor.isMulticast || neighbor.isUnspecified {
      findings.error(
        block.position(of: "neighbor_ip"), "'\(neighbor)' cannot be a neighbor's address",
        .objectLeftOut(block.keyword.text))
    }
    if neighbor.scoped(to: 0) == instance.source?.scoped(to: 0) {
      findings.warning(
        block.position(of: "neighbor_ip"), "neighbor_ip is source_ip: the session watches this system itself, and is up"
      )
    }
    if neighbor.isLinkLocal, neighbor.family == .ipv6, instance.interface == nil, instance.source?.isLinkLocal != true {
      findings.error(
        block.position(of: "neighbor_ip"), "a link-local neighbor needs its interface: '\(neighbor)%eth0'",
        .objectLeftOut(block.keyword.text))
    }
  }

  /// Adds a session unless there is one that packets could not tell from it.
  mutating func append(_ instance: BFDInstance, _ block: ParsedBlock) {
    let key = BFDKey(
      neighbor: instance.neighbor, interface: instance.interface, vrf: instance.vrf, source: instance.source,
      multihop: instance.multihop, remoteDiscriminator: instance.remoteDiscriminator)
    if let twin = bfdSessions[key] {
      let what = instance.remoteDiscriminator == nil ? "vrf and multihop" : "and remote_discriminator"
      findings.error(
        block.name.position,
        "\(block.keyword.text) '\(twin)' has the same neighbor_ip, source_ip, interface, \(what)",
        .objectLeftOut(block.keyword.text))
      return
    }
    bfdSessions[key] = instance.name
    configuration.bfdInstances.append(instance)
  }

  /// Warns of sessions to one neighbour of which one takes any address, or any interface, and thus the other's, too: a
  /// neighbour's first packets name no session.
  func checkOverlappingSessions() {
    let sessions = configuration.bfdInstances.filter { $0.remoteDiscriminator == nil && !$0.unaffiliatedEcho }
    let groups = Dictionary(grouping: sessions) { session in
      BFDKey(neighbor: session.neighbor.scoped(to: 0), vrf: session.vrf, multihop: session.multihop)
    }
    for group in groups.values {
      for (index, session) in group.enumerated() {
        guard let other = group[..<index].first(where: { $0.overlaps(session) }) else { continue }
        findings.add(
          .warning, session.location,
          "the neighbor_ip of '\(session.name)' is that of '\(other.name)', too, and its first packets may be meant for "
            + "either: give both a source_ip, or both an interface")
      }
    }
  }

  /// What every session can be told, however it is made.
  func readParameters(_ block: ParsedBlock, into instance: inout BFDInstance) {
    readTimers(block, into: &instance)
    instance.ttl = block.integer("ttl").map(UInt8.init(clamping:)) ?? 255
    instance.dscp = block.integer("dscp").map(UInt8.init(clamping:)) ?? instance.dscp
    instance.paddedPDUSize = block.integer("padded_pdu_size")
    readReports(block, into: &instance)
    instance.authentication = authentication(block)
  }

  /// Who is told of changes of state.
  func readReports(_ block: ParsedBlock, into instance: inout BFDInstance) {
    instance.logStateChanges = block.flag("log_state_changes") ?? true
    instance.notify.up = script("notify_up", in: block)
    instance.notify.down = script("notify_down", in: block)
    instance.notify.any = script("notify", in: block)
  }

  /// The block with what its template says.
  func completed(_ block: ParsedBlock) -> ParsedBlock {
    guard let name = block.word("use") else { return block }
    guard let template = bfdTemplates[name] else {
      let hint = suggestion(for: name, among: Array(bfdTemplates.keys)).map { " (did you mean '\($0)'?)" } ?? ""
      findings.error(block.position(of: "use"), "there is no bfd_template '\(name)'\(hint)")
      return block
    }
    return block.completed(from: template)
  }

  /// Where packets leave and come in, and how they are marked.
  private func readPath(_ block: ParsedBlock, into instance: inout BFDInstance) {
    let scope = block.scope("neighbor_ip")
    instance.interface = block.word("interface") ?? scope
    if let scope, let interface = instance.interface, interface != scope {
      findings.error(
        block.position(of: "interface"), "interface is '\(interface)', but neighbor_ip names '\(scope)'",
        .objectLeftOut(block.keyword.text))
    }
    instance.vrf = block.word("vrf")
    if let vrf = instance.vrf, vrf == instance.interface {
      findings.error(
        block.position(of: "vrf"), "'\(vrf)' cannot be both interface and vrf",
        .objectLeftOut(block.keyword.text))
    }
  }

  private func readTimers(_ block: ParsedBlock, into instance: inout BFDInstance) {
    instance.requiredMinRX = block.interval("min_rx") ?? instance.requiredMinRX
    instance.desiredMinTX = block.interval("min_tx") ?? instance.desiredMinTX
    instance.idleTX = block.interval("idle_tx") ?? instance.idleTX
    instance.multiplier = block.integer("multiplier").map(UInt8.init(clamping:)) ?? instance.multiplier
    if block.flag("common_intervals") ?? configuration.global.commonBFDIntervals {
      instance.requiredMinRX = CommonIntervals.rounded(instance.requiredMinRX)
      instance.desiredMinTX = CommonIntervals.rounded(instance.desiredMinTX)
      instance.idleTX = CommonIntervals.rounded(instance.idleTX)
    } else {
      reportUncommonIntervals(block)
    }
    for keyword in ["min_rx", "min_tx"] {
      guard let interval = block.interval(keyword), interval > .milliseconds(10_000) else { continue }
      findings.warning(block.position(of: keyword), "'\(keyword)' of \(interval) is long: the unit is milliseconds")
    }
  }

  /// An interval that a neighbour in hardware may not have (RFC 7419). Said once of each, however many sessions have it.
  private func reportUncommonIntervals(_ block: ParsedBlock) {
    for keyword in ["min_rx", "min_tx"] {
      guard let interval = block.interval(keyword), interval < .seconds(10) else { continue }
      let common = CommonIntervals.rounded(interval)
      guard common != interval else { continue }
      findings.once(
        .warning, block.position(of: keyword), about: "uncommon interval \(interval)",
        "'\(keyword)' of \(interval) is none of the intervals that every BFD implementation supports (RFC 7419: "
          + "3.3, 10, 20, 50, 100 ms, 1 s, 10 s); that matters where the neighbour does BFD in hardware: "
          + "take \(common), or let 'common_intervals' round it")
    }
  }

  /// The Echo function and Demand mode.
  private func readEcho(_ block: ParsedBlock, into instance: inout BFDInstance) {
    instance.requiredMinEchoRX = block.interval("echo_rx")
    instance.echoTX = block.interval("echo_tx")
    instance.unaffiliatedEcho = block.flag("unaffiliated_echo") ?? false
    instance.demand = block.flag("demand") ?? false
    instance.demandPollInterval = block.interval("demand_poll_interval") ?? instance.demandPollInterval
    let echo = ["unaffiliated_echo", "echo_tx", "echo_rx"].first { block.mentions($0) }
    if let echo, instance.multihop {
      findings.error(block.position(of: echo), "'\(echo)' and multihop: echo packets make one hop (RFC 5883 section 3)")
      instance.requiredMinEchoRX = nil
      instance.echoTX = nil
      instance.unaffiliatedEcho = false
    }
    guard instance.unaffiliatedEcho else { return }
    if instance.interface == nil {
      findings.error(
        block.position(of: "unaffiliated_echo"), "'unaffiliated_echo' needs the neighbor's interface",
        .objectLeftOut(block.keyword.text))
    }
    for keyword in ["echo_rx", "demand", "passive", "max_hops", "ttl"] where block.mentions(keyword) {
      findings.warning(
        block.position(of: keyword), "'\(keyword)' has no meaning with unaffiliated_echo: no neighbour takes part")
    }
  }

  /// keepalived sends IPv6 packets with hop limit 64, which no other implementation accepts (RFC 5881 section 5).
  private func readHops(_ block: ParsedBlock, into instance: inout BFDInstance) {
    instance.maxHops = block.integer("max_hops") ?? 0
    if instance.neighbor.family == .ipv6, !block.mentions("ttl") {
      findings.once(
        .note, block.position, about: "bfd ipv6 hoplimit",
        "the hop limit is 255 as RFC 5881 demands; keepalived's default for IPv6 is 64, it needs 'hoplimit 255'")
    }
    // keepalived runs both, and so do we; but it is mostly a mistake.
    if block.mentions("ttl"), !instance.multihop, instance.ttl < 255 {
      findings.warning(
        block.position(of: "ttl"),
        "ttl \(instance.ttl) on a single hop: other implementations accept 255 only (RFC 5881 section 5), and packets that a router has forwarded are accepted here"
      )
    }
    if instance.multihop, !block.mentions("max_hops"), instance.ttl == 255 {
      findings.warning(
        block.position(of: "multihop"),
        "multihop without max_hops: packets that a router has forwarded are discarded, as in keepalived; give max_hops")
    }
    if instance.maxHops > Int(instance.ttl), instance.maxHops != 255 {
      findings.warning(block.position(of: "max_hops"), "max_hops is greater than the ttl of \(instance.ttl)")
      instance.maxHops = Int(instance.ttl)
    }
  }
}

extension BFDInstance {
  /// Whether a packet from the neighbour of both could be for this one as well as for `other`.
  fileprivate func overlaps(_ other: BFDInstance) -> Bool {
    (source == nil || other.source == nil || source == other.source)
      && (interface == nil || other.interface == nil || interface == other.interface)
  }
}
