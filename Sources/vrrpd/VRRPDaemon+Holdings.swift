import DaemonRuntime
import KeepalivedConfig
import LinuxIO
import Logging
import NetPrimitives
import VRRPCore

/// What the daemon has on the machine: virtual addresses, routes and rules, and the static ones.
extension VRRPDaemon {
  // MARK: Instances

  func addAddresses(of instance: Instance) {
    claimLeftovers(of: instance)
    raise(instance)
    if instance.staysRaised { silenceBackups() }
    bringSettings(of: instance, isActive: true)
    bring(instance, to: instance.wanted(watcher.link(named:)))
  }

  func removeAddresses(of instance: Instance) {
    lower(instance)
    bring(instance, to: Holdings())
    bringSettings(of: instance, isActive: false)
  }

  /// Sets the interfaces with the virtual router's MAC address up, if they are not.
  func raise(_ instance: Instance) {
    guard !instance.isRaised, !instance.configuration.virtualInterfaces.isEmpty else { return }
    if instance.staysRaised { silenceBackups() }
    instance.isRaised = virtualLinks.set(instance.configuration.virtualInterfaces, up: true)
  }

  /// Sets them down before the addresses go: what the kernel says about that must not leave with the virtual MAC address,
  /// which is another router's by now.
  private func lower(_ instance: Instance) {
    guard instance.isRaised else { return }
    if instance.staysRaised { return silenceBackups() }
    _ = virtualLinks.set(instance.configuration.virtualInterfaces, up: false)
    instance.isRaised = false
  }

  /// An interface that is new is down, whether its instance is master or not.
  func virtualLinkMade(_ name: String) {
    installer.hasChanged = true
    for instance in instances where instance.ownInterface(name) != nil { instance.isRaised = false }
  }

  /// Looks after the interfaces that are to be up. `setDown` are those that were up and no longer are.
  func restoreVirtualLinks(setDown: Set<String> = []) {
    for instance in instances where instance.router.state == .master || instance.staysRaised {
      for interface in instance.configuration.virtualInterfaces where setDown.contains(interface.name) {
        guard instance.isRaised, watcher.link(named: interface.name)?.isUp == false else { continue }
        instance.isRaised = false
        installer.tellRaised(interface.name, instance.configuration.name)
      }
      raise(instance)
    }
  }

  /// Finds the interfaces that something lies on which is there whether their instance is master or not: what is static, and
  /// what other instances have or track. keepalived's are up always.
  func findStayingLinks() {
    let hops = configuration.staticRoutes.flatMap(\.route.hops)
    let tracked = configuration.syncGroups.flatMap(\.tracking.interfaces).map(\.name)
    let used = Set(configuration.staticAddresses.compactMap(\.device) + hops.compactMap(\.device) + tracked)
    for instance in instances {
      let others = instances.filter { $0 !== instance }
      instance.staysRaised = instance.configuration.virtualInterfaces.contains { interface in
        used.contains(interface.name) || others.contains { $0.configuration.uses(interface.name) }
      }
      if !instance.staysRaised, instance.router.state != .master { lower(instance) }
    }
    silenceBackups()
    restoreVirtualLinks()
  }

  /// Reports of group memberships must not leave with a virtual MAC address that is another router's.
  private func silenceBackups() {
    let backups = instances.filter { $0.staysRaised && $0.router.state != .master }
    let names = backups.flatMap { $0.configuration.virtualInterfaces.map(\.name) }
    acceptFilter.silence(Set(names.compactMap { watcher.link(named: $0)?.index }))
  }

  /// Adds and removes; packets to addresses are dropped before these are there and until they are gone.
  func bring(_ instance: Instance, to wanted: Holdings) {
    let blocked = blockedAddresses(of: instance, wanted)
    acceptFilter.bring(&instance.blocked, to: instance.blocked.union(blocked))
    defer { acceptFilter.bring(&instance.blocked, to: blocked) }
    installer.bring(&instance.held, to: wanted, for: instance.configuration.name)
  }

  /// `promote_secondaries`: without it the kernel removes all addresses of a prefix with the first.
  func bringSettings(of instance: Instance, isActive: Bool) {
    let isWanted = isActive && instance.configuration.promoteSecondaries
    let devices = isWanted ? Set(instance.configuration.allAddresses.map(instance.configuration.device)) : []
    settings.bring(
      instance.settingsOwner,
      to: Dictionary(uniqueKeysWithValues: devices.map { ("ipv4/conf/\($0)/promote_secondaries", "1") }))
  }

  /// The addresses whose packets are dropped while the instance has `wanted` on the machine.
  func blockedAddresses(of instance: Instance, _ wanted: Holdings) -> Set<IPAddress> {
    instance.configuration.accepts ? [] : Set(wanted.addresses.map(\.object.blockedAddress))
  }

  // MARK: Static objects

  private var staticWanted: Holdings { staticHoldings(of: configuration) }

  func staticHoldings(of configuration: Configuration) -> Holdings {
    Holdings(
      addresses: configuration.staticAddresses, routes: configuration.staticRoutes, rules: configuration.staticRules,
      link: watcher.link(named:), device: { $0.device ?? configuration.global.defaultInterface })
  }

  /// Adds what the configuration has new in its `static_*` lists and removes what it no longer has.
  func applyStatic() {
    installer.bring(&staticHeld, to: staticWanted, for: "static")
    refreshTrackGroups()
  }

  func removeStatic() { installer.bring(&staticHeld, to: Holdings(), for: "static") }

  /// Tells routers whether the static objects of their `track_group` are there.
  func refreshTrackGroups() {
    guard !configuration.trackGroups.isEmpty else { return }
    let present = staticHeld.groups
    // What is left out of those wanted, because its interface is missing, counts as well.
    let wanted =
      configuration.staticAddresses.compactMap(\.trackGroup) + configuration.staticRoutes.compactMap(\.trackGroup)
      + configuration.staticRules.compactMap(\.trackGroup)
    let now = MonotonicClock.now()
    for group in configuration.trackGroups {
      let isComplete = present.count { $0 == group.name } == wanted.count { $0 == group.name }
      updateAll { $0.trackerChanged(.group, group.name, to: isComplete ? .up : .down, now: now, into: &$1) }
    }
  }

  // MARK: Losses

  /// Whether the address is to be there: one that we removed ourselves is not.
  func isHeld(_ loss: Installer.Loss) -> Bool {
    ([staticHeld] + instances.map(\.held)).contains { held in
      held.addresses.contains { $0.object.isSame(as: loss.address) }
    }
  }

  /// Looks after what active instances and the static lists have on the machine: what somebody removed is put back at
  /// once, and what could not be added before is tried again.
  func restore(losses: [Installer.Loss] = [], sender: UInt32? = nil) {
    restoreVirtualLinks()
    for instance in instances where instance.router.state == .master {
      let wanted = instance.wanted(watcher.link(named:))
      if !instance.configuration.accepts {
        acceptFilter.bring(&instance.blocked, to: Set(wanted.addresses.map(\.object.blockedAddress)))
      }
      installer.restore(
        &instance.held, to: wanted, for: instance.configuration.name, losses: losses,
        sender: sender)
    }
    guard isStarted || startTime != nil else { return }
    installer.restore(&staticHeld, to: staticWanted, for: "static", losses: losses, sender: sender)
    refreshTrackGroups()
  }

  /// Listens for deletions of routes and rules while there is any whose loss matters.
  func watchRouting() {
    let isNeeded =
      configuration.staticRoutes.contains { !$0.noTrack } || configuration.staticRules.contains { !$0.noTrack }
      || configuration.vrrpInstances.contains { instance in
        instance.routes.contains { !$0.noTrack } || instance.rules.contains { !$0.noTrack }
      }
    guard isNeeded else {
      if let registration = routing?.registration { loop.unwatch(registration) }
      routing = nil
      return
    }
    guard routing == nil else { return }
    do throws(SystemError) {
      let watcher = try RoutingWatcher(origin: VirtualRouting.origin)
      let registration = try loop.watch(watcher.descriptor, priority: .control) { [weak self] _ in
        self?.routingChanged()
      }
      routing = (watcher, registration)
    } catch {
      networkTrouble.log(
        .networkTrouble, .error, "lost routes and rules will not be noticed: \(error)", [.reason: "\(error)"])
    }
  }

  private func routingChanged() {
    do throws(SystemError) {
      if let sender = try routing?.watcher.process() { restore(sender: sender) }
    } catch {
      networkTrouble.log(.networkTrouble, .error, "netlink: \(error)", [.reason: "\(error)"])
    }
  }

  // MARK: The record

  /// Notes what is on the machine because of us, where that has changed: once for all that is under way.
  func noteHoldings() {
    guard installer.hasChanged || settings.hasChanged, backlog.isEmpty else { return }
    installer.hasChanged = false
    settings.hasChanged = false
    let holdings = (instances.map(\.held) + [staticHeld]).flatMap { AddressRecord.names(of: $0, link: watcher.links) }
    record?.note(virtualLinks.names.map(AddressRecord.name(ofLink:)) + settings.names + holdings)
  }
}
