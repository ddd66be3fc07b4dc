import ControlInterface
import KeepalivedConfig
import LinuxIO
import Logging
import NetPrimitives
import ScriptHelper
import VRRPCore

/// Gives the command of a configuration its user and its time limit; `nil` where it is not to run.
typealias ScriptResolution = (KeepalivedConfig.ScriptCommand, Interval) -> ScriptHelper.ScriptCommand?

/// A reload leaves what a start with the new file would leave, but for the roles: an instance that goes on keeps its own.
///
/// The difference is computed first. What the steps take from the new configuration they take whole, and whatever is there
/// of the old one and not in the new one goes.
extension VRRPDaemon {
  /// Makes `wanted` the configuration in use.
  func apply(_ wanted: Configuration, resolve: ScriptResolution) {
    workOffAll()
    let new = placed(wanted)
    let now = MonotonicClock.now()
    let difference = ReloadDifference(from: instances.map(\.configuration), to: new.vrrpInstances)
    let namesBefore = instances.map(\.configuration.name)
    isReloading = true
    handOver(difference, new)
    end(difference, new, now: now)
    adopt(new)
    replaceInstances(difference, new, resolve)
    formGroups(resolve)
    openPorts(new)
    watchTracked(new, resolve)
    block()
    for pair in difference.kept { reconfigure(pair.after, now: now) }
    instances.indices.forEach(warnOfUnadvertised)
    for pair in difference.kept { bringHoldings(instances[pair.after]) }
    isReloading = false
    refreshInterfaces()
    applyStatic()
    for index in instances.indices { update(index) { self.tellTracked(self.instances[index], &$0, &$1, now: now) } }
    groups.indices.forEach { agree($0) }
    for index in difference.added { begin(index, now: now) }
    publish(difference, before: namesBefore)
  }

  // MARK: The steps

  /// What an instance or a static list gives up and another one that has the role wants changes hands before anything is
  /// removed: the machine notices nothing.
  private func handOver(_ difference: ReloadDifference, _ new: Configuration) {
    let wanted = instances.enumerated().map { index, instance in
      guard instance.router.state == .master, let successor = difference.successor(of: index) else { return Holdings() }
      return Holdings(successor, link: watcher.link(named:))
    }
    let holdings = Holdings.handedOver(
      instances.map(\.held) + [staticHeld], wanted: wanted + [staticHoldings(of: new)])
    for (index, instance) in instances.enumerated() { instance.held = holdings[index] }
    staticHeld = holdings[instances.count]
    installer.hasChanged = true
  }

  private func end(_ difference: ReloadDifference, _ new: Configuration, now: Instant) {
    for index in difference.ended {
      let name = instances[index].configuration.name
      let startsAnew = new.vrrpInstances.contains { $0.name == name }
      logger.notice("\(name): \(startsAnew ? "another virtual router" : "removed") by the new configuration")
      act(index) { $0.shutDown(telling: .deleted, now: now, into: &$1) }
      dropLeftovers(of: instances[index], "the instance is removed")
    }
    workOffAll()
  }

  /// What concerns the daemon as a whole.
  private func adopt(_ new: Configuration) {
    configuration = new
    unknownRouters.isLogging = new.global.logUnknownVRIDs
    announcements.setPacing(AnnouncementPacing(new))
    acceptFilter.use(AcceptFilter.Table(name: new.global.firewallTable, priority: new.global.firewallPriority))
    virtualAddresses = Set(
      new.vrrpInstances.filter { !$0.isOwner }.flatMap { $0.allAddresses.map(\.address) })
    namedSources = Set(new.vrrpInstances.compactMap { $0.sourceAddress?.scoped(to: 0) })
    watchRouting()
  }

  private func replaceInstances(_ difference: ReloadDifference, _ new: Configuration, _ resolve: ScriptResolution) {
    let previous = instances
    instances = new.vrrpInstances.enumerated().map { index, wanted in
      let notifications = NotificationCommands(wanted.notify, resolve: resolve)
      guard let before = difference.predecessor(of: index) else {
        return Instance(wanted, router: routerConfiguration(wanted), notifications: notifications)
      }
      let instance = previous[before]
      if instance.configuration.allAddresses != wanted.allAddresses || instance.configuration.name != wanted.name {
        announcements.remove(instance.configuration.name)
      }
      instance.configuration = wanted
      instance.notifications = notifications
      return instance
    }
    rearm()
  }

  private func formGroups(_ resolve: ScriptResolution) {
    // A group that goes on is told about only when its state changes.
    let states = Dictionary(groups.map { ($0.name, $0.state) }, uniquingKeysWith: { first, _ in first })
    groups = configuration.syncGroups.map { group in
      SyncGroup(
        name: group.name,
        members: instances.indices.filter { group.members.contains(instances[$0].configuration.name) },
        state: states[group.name] ?? .initialize)
    }
    groupOfInstance = instances.indices.map { index in groups.firstIndex { $0.members.contains(index) } }
    groupNotifications = Dictionary(
      configuration.syncGroups.map { ($0.name, NotificationCommands($0.notify, resolve: resolve)) },
      uniquingKeysWith: { first, _ in first })
  }

  private func openPorts(_ new: Configuration) {
    virtualLinks.replace(with: new.vrrpInstances.flatMap(\.virtualInterfaces))
    // What was made is known when netlink has told it.
    if new.vrrpInstances.contains(where: { !$0.virtualInterfaces.isEmpty }) { networkChanged() }
    findStayingLinks()
    updatePorts()
  }

  private func watchTracked(_ new: Configuration, _ resolve: ScriptResolution) {
    checks.replace(with: new.scripts.map { ($0, resolve($0.command, $0.timeout)) })
    files.replace(with: new.trackFiles)
    processes.replace(with: new.trackProcesses)
    links.replace(
      with: LinkStates.Delay.all(of: new) { interface, delay in
        logger.warning("\(interface): down counts after \(delay) already, before another router takes over")
      })
    bfd.setWanted(new.vrrpInstances.contains { routerConfiguration($0).trackers.contains { $0.kind == .bfd } })
  }

  /// Packets to what is blocked by the new configuration are dropped before it moves.
  private func block() {
    for instance in instances where instance.router.state == .master {
      let blocked = blockedAddresses(of: instance, instance.wanted(watcher.link(named:)))
      acceptFilter.bring(&instance.blocked, to: instance.blocked.union(blocked))
    }
  }

  private func reconfigure(_ index: Int, now: Instant) {
    let router = routerConfiguration(instances[index].configuration)
    act(index) {
      $0.reconfigure(router, now: now, into: &$1) {
        self.tellTracked(self.instances[index], &$0, &$1, now: now)
      }
    }
  }

  /// New addresses are added before old ones go, and only those that differ.
  private func bringHoldings(_ instance: Instance) {
    guard instance.router.state == .master else {
      return dropLeftovers(of: instance, "its configuration has changed")
    }
    bringSettings(of: instance, isActive: true)
    bring(instance, to: instance.wanted(watcher.link(named:)))
  }

  private func publish(_ difference: ReloadDifference, before: [String]) {
    for name in Set(before).subtracting(instances.map(\.configuration.name)).sorted() { onRemoval(name) }
    let unchanged = Set(difference.kept.map(\.after)).subtracting(difference.changed.map(\.after))
    for index in instances.indices where !unchanged.contains(index) {
      onAppearance(instances[index].configuration.name)
    }
  }

  // MARK: Parts of the steps

  /// What the core needs of an instance of the present configuration, on the link that there is now.
  func routerConfiguration(_ instance: VRRPInstance) -> RouterConfiguration {
    var configuration = RouterConfiguration(
      instance, global: configuration.global,
      group: configuration.syncGroups.first { $0.members.contains(instance.name) },
      statics: configuration)
    configuration.fitAddresses(mtu: mtu(of: instance))
    return configuration
  }

  /// Indices changed: every deadline is set anew.
  private func rearm() {
    deadlines = DeadlineQueue(capacity: instances.count)
    for index in instances.indices {
      if let deadline = instances[index].router.nextDeadline { deadlines.schedule(index, at: deadline) }
    }
  }

  private func begin(_ index: Int, now: Instant) {
    if isInMaintenance { update(index) { $0.setMaintenance(true, now: now, into: &$1) } }
    if isStarted { update(index) { $0.start(now: now, into: &$1) } }
  }

  /// Tells a router what is known of everything that it tracks. What has not been found out again keeps its last state; a
  /// script that is not run any more is not waited for.
  private func tellTracked(
    _ instance: Instance, _ router: inout Router, _ effects: inout [Effect], now: Instant
  ) {
    for tracker in router.configuration.trackers {
      let name = tracker.name
      var state: TrackerState?
      switch tracker.kind {
      case .interface: state = isUp(name, for: instance) ? .up : .down
      case .script:
        let known = checks.state(of: name)
        state = known == .unknown ? nil : known
      case .file: state = files.value(name).map { .value($0) }
      case .process: state = processes.isUp(name).map { $0 ? .up : .down }
      case .bfd:
        if let report = bfd.sessions[name] {
          router.bfdChanged(session: name, to: report, now: now, into: &effects)
        }
      case .group: break
      }
      if let state { router.trackerChanged(tracker.kind, name, to: state, now: now, into: &effects) }
    }
  }
}
