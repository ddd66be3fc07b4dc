import NetPrimitives

/// `vrrp_instance`: what decides what it is. Its parts are in the files beside this one.
extension Resolver {
  mutating func resolveInstance(_ block: ParsedBlock) {
    let name = block.name.text
    let tracking = self.tracking(of: block)
    let addresses = self.addresses(in: "virtual_ipaddress", of: block, besides: [])
    let excluded = self.addresses(in: "virtual_ipaddress_excluded", of: block, besides: addresses)
    let before = findings.objectsLeftOut
    guard let (interface, virtualRouterID) = identity(block) else { return }
    var instance = VRRPInstance(
      name: name, interface: interface, virtualRouterID: virtualRouterID, location: findings.location(block.position))
    instance.followsSourceAddress = interface.isEmpty
    instance.vrf = block.word("vrf")
    instance.tracking = tracking
    instance.strict = block.flag("strict_mode") ?? globals.flag("vrrp_strict") ?? false
    instance.excludedAddresses = excluded
    readFamily(block, addresses, into: &instance)
    readVersion(block, into: &instance)
    readPriority(block, into: &instance)
    readAdvertisementInterval(block, into: &instance)
    readPreemption(block, into: &instance)
    readUnicast(block, into: &instance)
    readBehaviour(block, into: &instance)
    readGratuitous(block, into: &instance)
    readAuthentication(block, into: &instance)
    readVirtualMAC(block, into: &instance)
    readNotification(block, into: &instance)
    readRoutes(block, into: &instance)
    applyStrictMode(block, to: &instance)
    readIPVLAN(block, into: &instance)
    checkVRF(block, instance)
    checkAddressCount(block, instance)
    guard findings.objectsLeftOut == before else { return }
    configuration.vrrpInstances.append(instance)
  }

  /// `interface`, or the VRF that stands for one, and `virtual_router_id`; what is missing is reported. No interface is
  /// needed, and the name is empty, where a unicast source address says which one it is.
  private func identity(_ block: ParsedBlock) -> (interface: String, virtualRouterID: UInt8)? {
    let name = block.name.text
    if !block.mentions("virtual_router_id") {
      findings.error(block.name.position, "vrrp_instance '\(name)' has no virtual_router_id", .startRefused)
    }
    let lacksInterface = !block.mentions("interface") && !block.mentions("vrf")
    if lacksInterface, !isPlacedBySource(block) {
      findings.error(
        block.name.position,
        "vrrp_instance '\(name)' has no interface; only unicast_peer with a unicast_src_ip that is not link-local needs none",
        .startRefused)
      return nil
    }
    if block.mentions("interface"), block.mentions("vrf") {
      findings.error(
        block.position(of: "vrf"), "vrf and interface exclude each other: an interface is in its VRF by itself",
        .objectLeftOut("vrrp_instance"))
    }
    if block.word("interface") == "lo" {
      findings.error(block.position(of: "interface"), "the loopback interface cannot carry VRRP", .startRefused)
    }
    guard let interface = lacksInterface ? "" : block.word("interface") ?? block.word("vrf"),
      let identifier = block.integer("virtual_router_id")
    else { return nil }
    return (interface, UInt8(clamping: identifier))
  }

  private func isPlacedBySource(_ block: ParsedBlock) -> Bool {
    guard let source = block.address("unicast_src_ip"), !source.isLinkLocal else { return false }
    return !block.lines(of: "unicast_peer").isEmpty
  }

  /// A VRF device has no wire: nothing that needs one goes with it.
  private func checkVRF(_ block: ParsedBlock, _ instance: VRRPInstance) {
    guard instance.vrf != nil else { return }
    let position = block.position(of: "vrf")
    if !instance.isUnicast {
      findings.error(
        position, "vrf needs unicast_peer: multicast goes by one interface, which 'interface' names",
        .objectLeftOut("vrrp_instance"))
    }
    if instance.unicastPeers.contains(where: \.address.isLinkLocal) {
      findings.error(
        position, "vrf and a link-local unicast_peer: such an address needs 'interface'",
        .objectLeftOut("vrrp_instance"))
    }
    if instance.virtualMAC != nil || instance.ipvlan != nil {
      let keyword = instance.virtualMAC != nil ? "use_vmac" : "use_ipvlan"
      findings.error(
        block.position(of: keyword), "\(keyword) needs 'interface', not vrf", .objectLeftOut("vrrp_instance"))
    }
  }

  /// The first virtual address fixes the family (keepalived), else the source address, else `native_ipv6`.
  private func readFamily(_ block: ParsedBlock, _ addresses: [AddressEntry], into instance: inout VRRPInstance) {
    let source = block.address("unicast_src_ip") ?? block.address("mcast_src_ip")
    let peer = block.lines(of: "unicast_peer").lazy.compactMap { IPAddress($0[0].text) }.first
    let native: AddressFamily? = block.flag("native_ipv6") == true ? .ipv6 : nil
    instance.family = native ?? addresses.first?.address.family ?? source?.family ?? peer?.family ?? .ipv4
    instance.virtualAddresses = addresses.filter { entry in
      guard entry.address.family != instance.family else { return true }
      findings.error(
        entry.location,
        "'\(entry.address)' is not \(instance.family.name) like the instance: put it in virtual_ipaddress_excluded")
      return false
    }
    guard let source, source.family == instance.family else {
      if let source {
        let keyword = block.mentions("unicast_src_ip") ? "unicast_src_ip" : "mcast_src_ip"
        findings.error(block.position(of: keyword), "'\(source)' is not \(instance.family.name) like the instance")
      }
      return
    }
    instance.sourceAddress = source
  }

  private func readVersion(_ block: ParsedBlock, into instance: inout VRRPInstance) {
    let given = block.integer("version")
    guard instance.family == .ipv6 else {
      instance.version = given ?? globals.integer("vrrp_version") == 3 ? .v3 : .v2
      return
    }
    instance.version = .v3
    if given == 2 {
      let position = block.position(of: "version")
      if instance.strict {
        findings.warning(position, "VRRP version 2 has no IPv6: strict mode makes it version 3")
      } else {
        findings.error(
          position, "VRRP version 2 has no IPv6 (RFC 3768): the instance needs version 3",
          .objectLeftOut("vrrp_instance"))
      }
    }
  }

  private func readPriority(_ block: ParsedBlock, into instance: inout VRRPInstance) {
    let state = block.word("state")
    let given = block.integer("priority").map(UInt8.init(clamping:))
    instance.priority = given ?? (state == "MASTER" && !block.mentions("priority") ? 255 : 100)
    instance.state = (state.map { $0 == "MASTER" } ?? instance.isOwner) ? .master : .backup
    if state == "MASTER", !block.mentions("priority") {
      findings.warning(
        block.position(of: "state"), "state MASTER without a priority means 255, the owner of the addresses")
    }
  }

  /// Version 2 carries whole seconds, version 3 hundredths in 12 bits.
  private func readAdvertisementInterval(_ block: ParsedBlock, into instance: inout VRRPInstance) {
    guard let given = block.interval("advert_int") else { return }
    let position = block.position(of: "advert_int")
    let step = instance.version == .v2 ? Interval.seconds(1) : .centiseconds(1)
    let rounded = given.rounded(to: step, atLeast: step)
    if rounded != given {
      let reason =
        instance.version == .v2 ? "VRRP version 2 counts in seconds" : "VRRP version 3 counts in hundredths of a second"
      findings.warning(position, "\(reason): advert_int is rounded from \(given) to \(rounded)")
    }
    guard instance.version == .v2 || rounded <= .centiseconds(4_095) else {
      findings.error(
        position, "in VRRP version 3 advert_int is at most 40.95 s, not \(given)", .replaced(with: "40.95 s"))
      instance.advertisementInterval = .centiseconds(4_095)
      return
    }
    instance.advertisementInterval = rounded
  }

  private func readPreemption(_ block: ParsedBlock, into instance: inout VRRPInstance) {
    let without = block.flag("nopreempt") ?? false
    if without, block.mentions("preempt") {
      findings.warning(block.position(of: "preempt"), "preempt and nopreempt contradict each other; nopreempt holds")
    }
    instance.preempt = !without
    instance.preemptDelay = block.interval("preempt_delay") ?? .zero
    let reason =
      instance.isOwner ? "priority 255" : instance.state == .master ? "state MASTER" : nil
    if let reason, without {
      findings.warning(
        block.position(of: "nopreempt"), "nopreempt has no effect with \(reason); it needs state BACKUP on all routers")
      instance.preempt = true
    }
    guard instance.preemptDelay > .zero else { return }
    if let cause = instance.state == .master ? "state MASTER" : !instance.preempt ? "nopreempt" : nil {
      findings.warning(block.position(of: "preempt_delay"), "preempt_delay has no effect with \(cause)")
      instance.preemptDelay = .zero
    }
  }
}
