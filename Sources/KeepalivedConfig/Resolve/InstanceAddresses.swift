import NetPrimitives

/// Addresses, routes, peers and the VMAC of a `vrrp_instance`.
extension Resolver {
  /// The addresses of a list, without those that are among `others` already. One that `virtual_ipaddress` lists twice is
  /// advertised twice, as by keepalived, which refuses advertisements with another number of addresses than its own.
  func addresses(in keyword: String, of block: ParsedBlock, besides others: [AddressEntry]) -> [AddressEntry] {
    let reader = AddressLines(findings: findings, place: .instance)
    var seen = Set(others.map { AddressKey($0) })
    return block.lines(of: keyword).compactMap { line in
      guard let entry = reader.entry(line) else { return nil }
      guard !seen.insert(AddressKey(entry)).inserted else { return entry }
      let isAdvertised = keyword == "virtual_ipaddress"
      let consequence = isAdvertised ? "it is advertised twice, as by keepalived" : "once is enough"
      findings.warning(line[0].position, "'\(entry.address)' is listed twice in this instance; \(consequence)")
      return isAdvertised ? entry : nil
    }
  }

  func readRoutes(_ block: ParsedBlock, into instance: inout VRRPInstance) {
    let routes = RouteLines(findings: findings, names: routingNames, place: .instance)
    let rules = RuleLines(findings: findings, names: routingNames, place: .instance)
    instance.routes = block.lines(of: "virtual_routes").compactMap(routes.route)
    instance.rules = block.lines(of: "virtual_rules").compactMap(rules.rule)
  }

  func readUnicast(_ block: ParsedBlock, into instance: inout VRRPInstance) {
    var seen: Set<IPAddress> = []
    for line in block.lines(of: "unicast_peer") {
      guard let peer = peer(line, instance.family) else { continue }
      guard seen.insert(peer.address).inserted else {
        findings.warning(
          line[0].position, "the peer '\(peer.address)' is listed twice in this instance; once is enough")
        continue
      }
      instance.unicastPeers.append(peer)
    }
    instance.faultWithoutPeers = block.flag("unicast_fault_no_peer") ?? false
    instance.isUnicast = !instance.unicastPeers.isEmpty || instance.faultWithoutPeers
    reportPeers(block, instance)
    let limitsTTL = instance.unicastPeers.contains { $0.minimumTTL != nil || $0.maximumTTL != nil }
    instance.checkUnicastSource =
      limitsTTL || block.flag("check_unicast_src") ?? globals.flag("vrrp_check_unicast_src") ?? false
    guard let ttl = block.integer("unicast_ttl") else { return }
    guard instance.isUnicast else {
      // keepalived would send multicast adverts with TTL 0, which never leave the machine.
      return findings.warning(block.position(of: "unicast_ttl"), "unicast_ttl without unicast_peer has no effect")
    }
    instance.unicastTTL = UInt8(clamping: ttl)
  }

  /// Without a peer keepalived ignores the other unicast keywords and uses multicast; so do we. An advert that comes back
  /// to its sender says nothing.
  private func reportPeers(_ block: ParsedBlock, _ instance: VRRPInstance) {
    if let own = instance.unicastPeers.first(where: { $0.address == instance.sourceAddress }) {
      findings.add(
        .warning, own.location, "the peer '\(own.address)' is this router's own unicast_src_ip: nothing is sent to it")
    }
    let reason =
      block.mentions("unicast_src_ip") ? "unicast_src_ip without any unicast_peer" : "unicast_peer names no peer"
    guard instance.unicastPeers.isEmpty,
      let position = block.mentions("unicast_src_ip")
        ? block.position(of: "unicast_src_ip") : block.blocks("unicast_peer").first?.position
    else { return }
    let result =
      instance.faultWithoutPeers
      ? "the instance stays in FAULT (unicast_fault_no_peer)"
      : "'\(instance.name)' sends its adverts by multicast, as keepalived does"
    findings.warning(position, "\(reason): \(result)")
  }

  private func peer(_ line: [Word], _ family: AddressFamily) -> UnicastPeer? {
    let options = LineOptions(line.dropFirst(), of: .unicastPeer, findings)
    guard let address = StatementChecker(findings: findings).addressAlone(line[0]), address.family == family else {
      findings.error(line[0].position, "'\(line[0].text)' is not a valid \(family.name) address")
      return nil
    }
    var peer = UnicastPeer(address: address, location: findings.location(line[0].position))
    peer.minimumTTL = options.integer("min_ttl").map(UInt8.init(clamping:))
    peer.maximumTTL = options.integer("max_ttl").map(UInt8.init(clamping:))
    if let minimum = peer.minimumTTL, let maximum = peer.maximumTTL, minimum > maximum {
      findings.error(
        line[0].position, "min_ttl \(minimum) is greater than max_ttl \(maximum)", .replaced(with: "neither of them"))
      peer.minimumTTL = nil
      peer.maximumTTL = nil
    }
    return peer
  }

  /// `use_vmac [[name] IF] [MAC] [netlink_notify_msg] [group G]`
  func readVirtualMAC(_ block: ParsedBlock, into instance: inout VRRPInstance) {
    guard let words = block.words("use_vmac"), !lacksBase("use_vmac", block, instance) else { return }
    if block.mentions("use_ipvlan") {
      findings.error(
        block.position(of: "use_ipvlan"), "use_ipvlan and use_vmac exclude each other",
        .objectLeftOut("vrrp_instance"))
    }
    var vmac = VirtualMAC()
    vmac.coversOtherInterfaces = block.flag("use_vmac_addr") ?? false
    vmac.transmitsFromBase = block.flag("vmac_xmit_base") ?? false || instance.isUnicast
    var rest = words[...]
    while let word = rest.popFirst() {
      switch word.text {
      case "netlink_notify_msg": continue
      case "group": rest = rest.dropFirst()
      case "name": vmac.name = interfaceName(rest.popFirst() ?? word)
      default:
        if let address = hardwareAddress(word, instance.virtualRouterID) {
          vmac.address = address
        } else if !word.text.contains(":") {
          vmac.name = interfaceName(word)
        }
      }
    }
    instance.virtualMAC = vmac
  }

  /// `use_ipvlan [[name] IF] [ADDR] [bridge|private|vepa] [group G]`. The address is the one to send from, and is there
  /// with the virtual ones.
  func readIPVLAN(_ block: ParsedBlock, into instance: inout VRRPInstance) {
    guard let words = block.words("use_ipvlan"), !lacksBase("use_ipvlan", block, instance) else { return }
    let position = block.position(of: "use_ipvlan")
    var ipvlan = IPVLAN()
    var rest = words[...]
    while let word = rest.popFirst() {
      switch word.text {
      case "bridge": ipvlan.mode = .bridge
      case "private": ipvlan.mode = .private
      case "vepa": ipvlan.mode = .vepa
      case "group": rest = rest.dropFirst()
      case "name": ipvlan.name = interfaceName(rest.popFirst() ?? word)
      default:
        guard let prefix = IPPrefix(word.text) else {
          ipvlan.name = interfaceName(word)
          continue
        }
        if prefix.address.family != instance.family || instance.isUnicast || !(instance.accept || instance.isOwner) {
          findings.error(
            word.position,
            "'\(prefix)' is not \(instance.family.name) like the instance, or there is unicast_peer or no_accept",
            .wordLeftOut)
          continue
        }
        instance.sourceAddress = prefix.address
        var entry = AddressEntry(prefix: prefix, location: findings.location(word.position))
        entry.noDuplicateAddressDetection = instance.family == .ipv6
        instance.excludedAddresses.append(entry)
      }
    }
    if block.mentions("use_vmac_addr") {
      findings.warning(position, "use_vmac_addr has no effect with use_ipvlan")
    }
    instance.ipvlan = ipvlan
  }

  /// Whether there is no interface to make another on; keepalived leaves the keyword out then.
  private func lacksBase(_ keyword: String, _ block: ParsedBlock, _ instance: VRRPInstance) -> Bool {
    guard instance.followsSourceAddress else { return false }
    findings.warning(block.position(of: keyword), "\(keyword) has no effect without 'interface'")
    return true
  }

  private func interfaceName(_ word: Word) -> String? {
    guard isInterfaceName(word.text) else {
      findings.error(word.position, "'\(word.text)' is no interface name: at most 15 bytes, no '/'", .wordLeftOut)
      return nil
    }
    return word.text
  }

  /// A MAC address of six bytes, or five to which the VRID is the sixth. A multicast one is an error.
  private func hardwareAddress(_ word: Word, _ identifier: UInt8) -> MACAddress? {
    guard word.text.contains(":") else { return nil }
    let last = String(identifier, radix: 16)
    let full = MACAddress(word.text) ?? MACAddress("\(word.text):\(last.count == 1 ? "0" : "")\(last)")
    guard let full, full.bits >> 40 & 1 == 0 else {
      findings.error(word.position, "'\(word.text)' is not a unicast MAC address of 5 or 6 bytes", .wordLeftOut)
      return nil
    }
    return full
  }

  func checkAddressCount(_ block: ParsedBlock, _ instance: VRRPInstance) {
    let wrote = !block.lines(of: "virtual_ipaddress").isEmpty
    if instance.virtualAddresses.isEmpty, !wrote {
      let allowed = block.flag("no_virtual_ipaddress") == true && !instance.strict
      if !allowed, instance.version == .v3 || instance.strict {
        let remedy = instance.strict ? "strict mode needs one" : "version 3 needs one, or 'no_virtual_ipaddress'"
        findings.error(
          block.name.position, "vrrp_instance '\(instance.name)' has no virtual_ipaddress: \(remedy)",
          .startRefused)
      } else if !allowed {
        findings.warning(
          block.name.position, "vrrp_instance '\(instance.name)' has no virtual_ipaddress: nothing moves with it")
      }
    }
    if instance.virtualAddresses.count > 255 {
      findings.warning(
        block.name.position,
        "vrrp_instance '\(instance.name)' has \(instance.virtualAddresses.count) addresses; an advert carries 255, and the others are not advertised"
      )
    }
    if instance.version == .v3, let first = instance.virtualAddresses.first, first.address.family == .ipv6,
      !first.address.isLinkLocal
    {
      findings.add(
        instance.strict ? .warning : .note, block.name.position,
        "the first IPv6 address of '\(instance.name)' is not link-local, as RFC 9568 5.2.9 wants it")
    }
    if instance.isOwner {
      let weighted = [
        instance.tracking.interfaces, instance.tracking.scripts, instance.tracking.files,
        instance.tracking.processes, instance.tracking.bfd,
      ].joined().first { $0.weight.value != 0 }
      if let weighted {
        findings.add(.warning, weighted.location, "weights have no effect on priority 255: an owner's never changes")
      }
    }
  }

  mutating func resolveStatic() {
    let addresses = AddressLines(findings: findings, place: .global)
    let routes = RouteLines(findings: findings, names: routingNames, place: .global)
    let rules = RuleLines(findings: findings, names: routingNames, place: .global)
    configuration.staticAddresses = root.lines(of: "static_ipaddress").compactMap(addresses.entry)
    configuration.staticRoutes = root.lines(of: "static_routes").compactMap(routes.route)
    configuration.staticRules = root.lines(of: "static_rules").compactMap(rules.rule)
    let tracked =
      configuration.staticAddresses.map { ($0.trackGroup, $0.location) }
      + configuration.staticRoutes.map { ($0.trackGroup, $0.location) }
      + configuration.staticRules.map { ($0.trackGroup, $0.location) }
    for case (let group?, let location) in tracked where declared["track_group"]?.contains(group) != true {
      findings.add(.error, location, "there is no track_group '\(group)'", .wordLeftOut)
    }
    dropUnknownTrackGroups()
  }

  private mutating func dropUnknownTrackGroups() {
    func known(_ group: String?) -> String? {
      group.flatMap { declared["track_group"]?.contains($0) == true ? $0 : nil }
    }
    for index in configuration.staticAddresses.indices {
      configuration.staticAddresses[index].trackGroup = known(configuration.staticAddresses[index].trackGroup)
    }
    for index in configuration.staticRoutes.indices {
      configuration.staticRoutes[index].trackGroup = known(configuration.staticRoutes[index].trackGroup)
    }
    for index in configuration.staticRules.indices {
      configuration.staticRules[index].trackGroup = known(configuration.staticRules[index].trackGroup)
    }
  }

  /// A rule without a preference gets one, as in keepalived: 16384 for the first of its family, and so on down.
  mutating func numberRules() {
    var next: [AddressFamily: UInt32] = [:]
    func number(_ entry: inout RuleEntry) {
      guard entry.rule.priority == nil else { return }
      let priority = next[entry.rule.family] ?? 16_384
      next[entry.rule.family] = priority - 1
      entry.rule.priority = priority
      findings.add(.warning, entry.location, "the rule has no preference; it gets \(priority)")
    }
    for index in configuration.staticRules.indices { number(&configuration.staticRules[index]) }
    for index in configuration.vrrpInstances.indices {
      for rule in configuration.vrrpInstances[index].rules.indices {
        number(&configuration.vrrpInstances[index].rules[rule])
      }
    }
  }

  private var routingNames: RoutingNames {
    RoutingNames(
      source: source,
      folders: [
        globals.word("iproute_etc_dir") ?? "/etc/iproute2", globals.word("iproute_usr_dir") ?? "/usr/share/iproute2",
      ])
  }
}

/// What makes two address lines the same address.
struct AddressKey: Hashable {
  var address: IPAddress
  var device: String?

  init(_ entry: AddressEntry) {
    address = entry.address
    device = entry.device
  }
}
