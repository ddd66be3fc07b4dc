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
    let now = MonotonicClock.now()
    let previous = Dictionary(instances.map { ($0.key, $0) }, uniquingKeysWith: { first, _ in first })
    let keys = Set(new.vrrpInstances.map(InstanceKey.init))
    for index in instances.indices where !keys.contains(instances[index].key) {
      logger.notice("\(instances[index].configuration.name): removed by the new configuration")
      update(index) { $0.shutDown(now: now, into: &$1) }
    }
    configuration = new
    var added: [Int] = []
    var changed: [(index: Int, before: VRRPInstance)] = []
    instances = new.vrrpInstances.enumerated().map { index, wanted in
      let notifications = NotificationCommands(wanted.notify, resolve: resolve)
      guard let instance = previous[InstanceKey(wanted)] else {
        added.append(index)
        return Instance(wanted, global: new.global, notifications: notifications)
      }
      changed.append((index, instance.configuration))
      instance.configuration = wanted
      instance.notifications = notifications
      return instance
    }
    virtualAddresses = Set(
      new.vrrpInstances.filter { !$0.isOwner }.flatMap { $0.allAddresses.map(\.address) })
    rearm()
    updatePorts()
    for change in changed { reconfigure(change.index, before: change.before, now: now) }
    checks.replace(
      with: new.scripts.compactMap { script in
        resolve(script.command, script.timeout).map { (script, $0) }
      })
    bfd.setWanted(new.vrrpInstances.contains { !$0.tracking.bfd.isEmpty })
    refreshInterfaces()
    refreshTrackers()
    for index in added { begin(index, now: now) }
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
    if instance.router.state == .master {
      let wanted = instance.interfaceAddresses { watcher.link(named: $0)?.index }
      let held = instance.held
      for address in wanted where !held.contains(where: { $0.isSame(as: address) }) {
        if add(address, for: instance) { instance.held.append(address) }
      }
      for address in held.reversed() where !wanted.contains(where: { $0.isSame(as: address) }) {
        instance.held.removeAll { $0.isSame(as: address) }
        remove(address, owner: instance.configuration.name)
      }
    }
    let router = RouterConfiguration(instance.configuration, global: configuration.global)
    update(index) { $0.reconfigure(router, now: now, into: &$1) }
  }

  /// Tells routers what is known about scripts and sessions that they did not track before.
  private func refreshTrackers() {
    let now = MonotonicClock.now()
    for script in configuration.scripts {
      if let isUp = checks.isUp(script.name) { scriptChanged(script.name, isUp: isUp) }
    }
    for (name, report) in bfd.sessions.sorted(by: { $0.key < $1.key }) {
      updateAll { $0.bfdChanged(session: name, to: report, now: now, into: &$1) }
    }
  }
}
