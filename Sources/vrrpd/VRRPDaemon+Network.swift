import DaemonRuntime
import KeepalivedConfig
import LinuxIO
import Logging
import NetPrimitives
import VRRPCore

extension VRRPDaemon {
  /// Reads what netlink reports, and tells the routers.
  func networkChanged() {
    var changedLinks: Set<String> = []
    var cameUp: Set<String> = []
    var setDown: Set<String> = []
    var renewed: Set<String> = []
    var isForeign = false
    var losses: [Installer.Loss] = []
    var additions: [InterfaceAddress] = []
    do throws(SystemError) {
      try watcher.process { event in
        switch event {
        case .link(let link, let previous):
          changedLinks.formUnion([link.name, previous?.name ?? link.name])
          virtualLinks.changed(link)
          if link.isRunning, previous?.isRunning == false { cameUp.insert(link.name) }
          if !link.isUp, previous?.isUp == true { setDown.insert(link.name) }
          noteSize(of: link, previous)
          if let previous, link.macAddress != previous.macAddress { renewed.insert(link.name) }
        case .linkRemoved(let link):
          changedLinks.insert(link.name)
          virtualLinks.changed(link)
        case .address(let address, let previous):
          isForeign = isForeign || decidesSource(address)
          if previous == nil { additions.append(address) }
        case .addressRemoved(let address, let sender):
          isForeign = isForeign || decidesSource(address)
          losses.append(Installer.Loss(address: address, sender: sender))
        }
      }
    } catch {
      networkTrouble.log(.networkTrouble, .error, "netlink: \(error)", [.reason: "\(error)"])
    }
    tellUnexpected(additions)
    if !changedLinks.isEmpty || isForeign { placeInstances() }
    if !changedLinks.isEmpty {
      // What was made is reported like everything else, the next time.
      virtualLinks.makeMissing()
      restoreVirtualLinks(setDown: setDown)
      updatePorts()
    }
    rejoin(cameUp)
    renew(cameUp.union(renewed))
    if isForeign || !changedLinks.isEmpty { refreshInterfaces() }
    if isForeign || !changedLinks.isEmpty || losses.contains(where: isHeld) { restore(losses: losses) }
  }

  /// A virtual address that somebody adds where this router is not master is not ours to remove, but two routers may answer
  /// for it.
  private func tellUnexpected(_ addresses: [InterfaceAddress]) {
    for address in addresses where virtualAddresses.contains(address.address.scoped(to: 0)) {
      guard let link = watcher.links[address.interface],
        watcher.address(address.address, on: address.interface) != nil
      else { continue }
      for instance in instances where instance.router.state != .master && !instance.configuration.isOwner {
        guard !instance.held.addresses.contains(where: { $0.object.isSame(as: address) }),
          instance.configuration.allAddresses.contains(where: {
            $0.address.scoped(to: 0) == address.address.scoped(to: 0)
          })
        else { continue }
        let name = instance.configuration.name
        addressTrouble.log(
          .addressUnexpected, .warning,
          "\(name): somebody has added \(address.prefix) to \(link.name), although this router is not master",
          [.instance: name, .address: "\(address.prefix)", .interface: link.name])
      }
    }
  }

  /// Whether `address` may be what an instance sends from. Our own virtual addresses that come and go are so only where
  /// somebody has named one of them.
  private func decidesSource(_ address: InterfaceAddress) -> Bool {
    address.origin != InterfaceAddress.originMark || namedSources.contains(address.address.scoped(to: 0))
  }

  /// `wanted`, in which every instance without `interface` has the one that holds its source address now, or has none.
  func placed(_ wanted: Configuration) -> Configuration {
    var result = wanted
    for index in result.vrrpInstances.indices where result.vrrpInstances[index].followsSourceAddress {
      let key = InstanceKey(result.vrrpInstances[index])
      let present = instances.first { $0.key == key }?.configuration.interface ?? ""
      result.vrrpInstances[index].interface = place(of: result.vrrpInstances[index], present: present)
    }
    return result
  }

  /// The interface that holds the source address: `present`, if it does or nobody does.
  private func place(of instance: VRRPInstance, present: String) -> String {
    let holders = watcher.addresses.filter { $0.value.contains { $0.address == instance.sourceAddress } }
      .compactMap { watcher.links[$0.key]?.name }.sorted()
    return holders.contains(present) ? present : holders.first ?? present
  }

  /// Moves every instance without `interface` to the interface that has its source address now. One that moves goes
  /// through FAULT, so that nothing of it stays where it was.
  private func placeInstances() {
    var hasMoved = false
    for index in instances.indices where instances[index].configuration.followsSourceAddress {
      let before = instances[index].configuration
      let place = place(of: before, present: before.interface)
      guard place != before.interface else { continue }
      logger.notice("\(before.name): its source address is on \(place)")
      let now = MonotonicClock.now()
      update(index) { $0.sourceAddressChanged(to: nil, now: now, into: &$1) }
      instances[index].configuration.interface = place
      configuration.vrrpInstances[index].interface = place
      let router = routerConfiguration(instances[index].configuration)
      update(index) { $0.reconfigure(router, now: now, into: &$1) }
      hasMoved = true
    }
    if hasMoved { updatePorts() }
  }

  // MARK: The size of advertisements

  /// By what MTU the number of advertised addresses is decided: keepalived takes Ethernet's where an instance has no
  /// interface. It is decided when the configuration is read, and when the interface appears.
  func mtu(of instance: VRRPInstance) -> Int {
    let link = instance.vrf == nil ? watcher.link(named: instance.interface) : nil
    return link.map { Int($0.mtu) } ?? 1_500
  }

  /// A link that appears decides. One whose MTU changes does not: the other routers keep to the number of addresses that
  /// they know, and keepalived drops advertisements with another. What no longer fits leaves in fragments.
  private func noteSize(of link: Link, _ previous: Link?) {
    guard previous?.mtu != link.mtu else { return }
    let now = MonotonicClock.now()
    for index in instances.indices where instances[index].configuration.interface == link.name {
      let instance = instances[index]
      let router = routerConfiguration(instance.configuration)
      let count = instance.router.configuration.addresses.count
      guard router.addresses.count != count else { continue }
      if previous == nil {
        update(index) { $0.reconfigure(router, now: now, into: &$1) }
        warnOfUnadvertised(index)
      } else {
        logger.warning(
          "\(instance.configuration.name): \(link.name) has MTU \(link.mtu) now: \(count) addresses are advertised as before, and \(router.addresses.count) after the next reload"
        )
      }
    }
  }

  /// Says where not all addresses fit into an advertisement.
  func warnOfUnadvertised(_ index: Int) {
    let instance = instances[index]
    let (all, count) = (
      instance.configuration.virtualAddresses.count, instance.router.configuration.addresses.count
    )
    guard count < all else { return }
    logger.warning(
      "\(instance.configuration.name): an advertisement on \(instance.configuration.interface) (MTU \(mtu(of: instance.configuration))) has room for \(count) of its \(all) addresses: the others move with it unadvertised, as with keepalived"
    )
  }

  private func renew(_ interfaces: Set<String>) {
    guard !interfaces.isEmpty else { return }
    let now = MonotonicClock.now()
    for index in instances.indices where interfaces.contains(instances[index].configuration.interface) {
      update(index) { $0.linkRenewed(now: now, into: &$1) }
    }
  }

  private func rejoin(_ interfaces: Set<String>) {
    for (key, entry) in ports where interfaces.contains(key.interface) {
      do throws(SystemError) {
        try entry.port.rejoin()
      } catch {
        networkTrouble.log(
          .networkTrouble, .warning, "\(key.interface): joining the multicast group again: \(error)",
          [.interface: key.interface, .reason: "\(error)"])
      }
    }
  }

  /// Tells every router about its interface, its source address, and the interfaces it tracks.
  func refreshInterfaces() {
    for index in instances.indices { refreshInterface(of: index) }
  }

  func refreshInterface(of index: Int) {
    let now = MonotonicClock.now()
    let instance = instances[index]
    let configuration = instance.configuration
    let link = watcher.link(named: configuration.interface)
    let isUp =
      (link != nil && configuration.dontTrackPrimary || links.isUp(configuration.interface, link)
        || link == nil && configuration.followsSourceAddress)
      && !configuration.virtualInterfaces.contains(where: virtualLinks.isBroken)
    let source = link.flatMap { sourceAddress(of: configuration, on: $0) }
    update(index) { router, effects in
      // The address first where both are good news, the interface first where both are bad: one transition each way.
      if isUp { router.sourceAddressChanged(to: source, now: now, into: &effects) }
      router.interfaceChanged(isUp: isUp, now: now, into: &effects)
      if !isUp { router.sourceAddressChanged(to: source, now: now, into: &effects) }
      // Those of its sync group are among them.
      for tracked in router.configuration.trackers where tracked.kind == .interface {
        let isUp = self.isUp(tracked.name, for: instance)
        router.trackerChanged(.interface, tracked.name, to: isUp ? .up : .down, now: now, into: &effects)
      }
    }
  }

  /// Whether an interface that the instance needs or tracks is up. One that is made for the instance itself is down until it
  /// is master, and could be up when its base interface is.
  func isUp(_ name: String, for instance: Instance) -> Bool {
    guard let own = instance.ownInterface(name) else { return links.isUp(name, watcher.link(named: name)) }
    return links.isUp(own.base, watcher.link(named: own.base)) && !virtualLinks.isBroken(own)
  }

  /// `mcast_src_ip` or `unicast_src_ip` where this host has it, else the interface's primary address: for IPv4 the first
  /// that is no virtual address, for IPv6 the first usable link-local one (RFC 9568 5.1.2.1). The owner of the addresses
  /// may have no other than these: then it sends from the first, which it has as soon as it is active.
  private func sourceAddress(of configuration: VRRPInstance, on link: Link) -> IPAddress? {
    if let wanted = configuration.sourceAddress {
      let found = watcher.addresses.values.joined().filter { $0.address.scoped(to: 0) == wanted.scoped(to: 0) }
      let isUsable = found.isEmpty ? !configuration.needsSourceAddress : found.contains { $0.isUsable }
      return isUsable ? scoped(wanted, link) : nil
    }
    let candidates = (watcher.addresses[link.index] ?? []).filter { address in
      address.address.family == configuration.family && address.isUsable
        && address.origin != InterfaceAddress.originMark && !virtualAddresses.contains(address.address.scoped(to: 0))
        && (configuration.family == .ipv4 || address.address.isLinkLocal)
    }
    let primary = candidates.first { !$0.flags.contains(.secondary) } ?? candidates.first
    return (primary?.address ?? configuration.ownAddress).map { scoped($0, link) }
  }

  private func scoped(_ address: IPAddress, _ link: Link) -> IPAddress {
    address.isLinkLocal ? address.scoped(to: link.index) : address
  }
}

extension VRRPInstance {
  /// Whether the source address must be on this host. A unicast router hears only what is sent to it: without the address it
  /// would be deaf and become a second master; keepalived goes to FAULT, too. A multicast router
  /// hears the group, whatever it sends from. An owner may send from what it has only while it is master.
  fileprivate var needsSourceAddress: Bool {
    guard isUnicast, !trackSourceAddress else { return trackSourceAddress }
    return !(isOwner && virtualAddresses.contains { $0.address == sourceAddress })
  }

  /// The first virtual address of an owner's interface that its packets may come from.
  fileprivate var ownAddress: IPAddress? {
    guard isOwner else { return nil }
    return virtualAddresses.first { entry in
      device(of: entry) == interface && (family == .ipv4 || entry.address.isLinkLocal)
    }?.address
  }
}
