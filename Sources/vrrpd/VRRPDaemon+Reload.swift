import ControlInterface
import KeepalivedConfig
import LinuxIO
import Logging
import NetPrimitives
import ScriptHelper
import VRRPCore

extension VRRPDaemon {
  /// Makes `new` the configuration in use, by applying the difference to the present one: an instance that is the same
  /// (by interface, family, number and version) goes on as it was, and one that did not change does not even notice.
  func apply(_ new: Configuration, resolve: (KeepalivedConfig.ScriptCommand, Interval) -> ScriptHelper.ScriptCommand?) {
    workOffAll()
    let now = MonotonicClock.now()
    let previous = Dictionary(instances.map { ($0.key, $0) }, uniquingKeysWith: { first, _ in first })
    let keys = Set(new.vrrpInstances.map(InstanceKey.init))
    for index in instances.indices where !keys.contains(instances[index].key) {
      let name = instances[index].configuration.name
      let startsAnew = new.vrrpInstances.contains { $0.name == name }
      logger.notice("\(name): \(startsAnew ? "another virtual router" : "removed") by the new configuration")
      update(index) { $0.shutDown(telling: .deleted, now: now, into: &$1) }
    }
    workOffAll()
    let namesBefore = Set(instances.map(\.configuration.name))
    configuration = new
    unknownRouters.isLogging = new.global.logUnknownVRIDs
    announcements.setPacing(AnnouncementPacing(new))
    acceptFilter.table = (new.global.firewallTable, new.global.firewallPriority)
    var added: [Int] = []
    var changed: [(index: Int, before: VRRPInstance)] = []
    instances = new.vrrpInstances.enumerated().map { index, wanted in
      let notifications = NotificationCommands(wanted.notify, resolve: resolve)
      guard let instance = previous[InstanceKey(wanted)] else {
        added.append(index)
        return Instance(wanted, router: routerConfiguration(wanted), notifications: notifications)
      }
      changed.append((index, instance.configuration))
      instance.configuration = wanted
      instance.notifications = notifications
      return instance
    }
    virtualAddresses = Set(
      new.vrrpInstances.filter { !$0.isOwner }.flatMap { $0.allAddresses.map(\.address) })
    formGroups(resolve)
    rearm()
    watchRouting()
    virtualLinks.replace(with: new.vrrpInstances.flatMap(\.virtualInterfaces))
    // What was made is known when netlink has told it.
    if new.vrrpInstances.contains(where: { !$0.virtualInterfaces.isEmpty }) { networkChanged() }
    updatePorts()
    for change in changed { reconfigure(change.index, before: change.before, now: now) }
    checks.replace(
      with: new.scripts.compactMap { script in
        resolve(script.command, script.timeout).map { (script, $0) }
      })
    files.replace(with: new.trackFiles)
    processes.replace(with: new.trackProcesses)
    links.replace(
      with: LinkStates.Delay.all(of: new) { interface, delay in
        logger.warning("\(interface): down counts after \(delay) already, before another router takes over")
      })
    bfd.setWanted(instances.contains { $0.router.configuration.trackers.contains { $0.kind == .bfd } })
    refreshInterfaces()
    applyStatic()
    refreshTrackers()
    for index in added { begin(index, now: now) }
    for name in namesBefore.subtracting(instances.map(\.configuration.name)).sorted() { onRemoval(name) }
    let unchanged = Set(changed.filter { $0.before == instances[$0.index].configuration }.map(\.index))
    for index in instances.indices where !unchanged.contains(index) {
      onAppearance(instances[index].configuration.name)
    }
  }

  /// What the core needs of an instance of the present configuration.
  private func routerConfiguration(_ instance: VRRPInstance) -> RouterConfiguration {
    RouterConfiguration(
      instance, global: configuration.global,
      group: configuration.syncGroups.first { $0.members.contains(instance.name) },
      statics: configuration)
  }

  private func formGroups(
    _ resolve: (KeepalivedConfig.ScriptCommand, Interval) -> ScriptHelper.ScriptCommand?
  ) {
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

  /// New addresses are added before old ones go, and only those that differ.
  private func reconfigure(_ index: Int, before: VRRPInstance, now: Instant) {
    let instance = instances[index]
    if instance.router.state == .master { bring(instance, to: instance.wanted(watcher.link(named:))) }
    let router = routerConfiguration(instance.configuration)
    update(index) { $0.reconfigure(router, now: now, into: &$1) }
  }

  /// Tells routers what is known about scripts, files and sessions that they did not track before.
  private func refreshTrackers() {
    let now = MonotonicClock.now()
    for script in configuration.scripts {
      if let isUp = checks.isUp(script.name) { scriptChanged(script.name, isUp: isUp) }
    }
    for file in configuration.trackFiles {
      if let value = files.value(file.name) { fileChanged(file.name, to: value) }
    }
    for process in configuration.trackProcesses {
      if let isUp = processes.isUp(process.name) { processChanged(process.name, isUp: isUp) }
    }
    for (name, report) in bfd.sessions.sorted(by: { $0.key < $1.key }) {
      updateAll { $0.bfdChanged(session: name, to: report, now: now, into: &$1) }
    }
  }
}
