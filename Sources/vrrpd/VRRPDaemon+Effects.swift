import ControlInterface
import DaemonRuntime
import KeepalivedConfig
import LinuxIO
import Logging
import NetPrimitives
import ScriptHelper
import VRRPCore

extension VRRPDaemon {
  /// Carries out one effect of an instance's router.
  func perform(_ effect: Effect, for instance: Instance) {
    switch effect {
    case .sendAdvertisement(let message, let destination): send(message, to: destination, for: instance)
    case .addAddresses: addAddresses(of: instance)
    case .removeAddresses:
      announcements.remove(instance.configuration.name)
      removeAddresses(of: instance)
    case .announce(let run):
      // Meanwhile it may have given the addresses up.
      if instance.router.state == .master { announce(run, of: instance) }
    case .announceSource:
      if let source = instance.router.sourceAddress { announce(source, on: instance.configuration.interface) }
    case .notify(let notification, let priority): notify(notification, priority: priority, of: instance)
    case .stateChanged(let transition):
      let change = InstanceChange(transition, masterAddress: instance.router.masterAddress)
      logger.log(
        change.messageID, .notice,
        "\(instance.configuration.name): \(transition.text(of: instance.router, source: instance.configuration.sourceAddress))",
        change.logFields(of: instance.configuration))
      if transition.to == .master { logAnnouncements(of: instance) }
      onChange(instance, change)
      stream.write(
        NotificationStream.Line(instance.configuration.name, change, isRemoval: transition.to == .initialize))
    case .priorityChanged(let before, let after):
      let change = InstanceChange(instance.router, priorityBefore: before)
      logger.log(
        .priorityChanged, .notice, "\(instance.configuration.name): effective priority \(before) -> \(after)",
        [.instance: instance.configuration.name, .from: "\(before)", .to: "\(after)", .cause: change.cause.rawValue])
      onChange(instance, change)
      stream.write(NotificationStream.Line(instance.configuration.name, change))
      writePriority(of: instance)
    case .notice(let notice):
      notices.log(
        notice.messageID, .warning, "\(instance.configuration.name): \(notice.text)",
        [.instance: instance.configuration.name])
    }
  }

  /// Runs scripts, writes to the pipes and sends mails, in keepalived's order.
  private func notify(_ given: VRRPCore.Notification, priority: UInt8, of instance: Instance) {
    let name = instance.configuration.name
    // Without a script of its own, the removal by a reload is a fault to whoever is told (keepalived 4.10).
    let notification = given == .deleted && instance.notifications.specific[.deleted] == nil ? .fault : given
    let commands = instance.notifications.commands(for: notification, name: name, priority: priority)
    if !commands.isEmpty { scripts.notify(queue: name, commands) }
    pipes.write(notification.rawValue, type: .instance, name: name, priority: priority)
    if notification == .masterReceivedLowerPriority {
      stream.write(NotificationStream.Line(name, instance.router, event: .lowerPriorityHeard))
    }
    if instance.configuration.smtpAlert {
      sendMail(notification, type: .instance, name: name, facts: Mailer.facts(of: instance))
    }
  }

  func sendMail(
    _ notification: VRRPCore.Notification, type: NotificationCommands.Subject, name: String, facts: [String]
  ) {
    guard let command = mailer?.command(for: notification, type: type, name: name, facts: facts) else { return }
    scripts.mail(queue: "\(type.rawValue) \(name)", command)
  }

  /// One line for what would be hundreds.
  private func logAnnouncements(of instance: Instance) {
    let count = instance.configuration.allAddresses.count
    guard count > 0 else { return }
    let policy = instance.configuration.gratuitous
    let again = policy.delay > .zero ? ", and again in \(policy.delay)" : ""
    logger.info(
      "\(instance.configuration.name): announcing \(count) address\(count == 1 ? "" : "es"), \(policy.repeats) times\(again)"
    )
  }

  /// `notify_priority_changes`: a line of its own for a priority that changes without the state.
  private func writePriority(of instance: Instance) {
    guard instance.configuration.notifyPriorityChanges else { return }
    let (name, priority) = (instance.configuration.name, instance.router.effectivePriority)
    switch instance.router.state {
    case .initialize, .fault: break
    case .backup: pipes.write("BACKUP_PRIORITY", type: .instance, name: name, priority: priority)
    case .master: pipes.write("MASTER_PRIORITY", type: .instance, name: name, priority: priority)
    }
  }

  /// `fifo_write_vrrp_states_on_reload`: a line for every group and instance that takes part, as if it had just changed.
  func writeAllStates() {
    for group in groups where group.state != .initialize {
      pipes.write(group.state.rawValue.uppercased(), type: .group, name: group.name, priority: 0)
      stream.write(NotificationStream.Line(.group, group.name, .present, InstanceState(group.state)))
    }
    for instance in instances where instance.router.state != .initialize {
      pipes.write(
        instance.router.state.rawValue.uppercased(), type: .instance, name: instance.configuration.name,
        priority: instance.router.effectivePriority)
      stream.write(NotificationStream.Line(instance.configuration.name, instance.router, event: .present))
    }
  }

  private func send(_ message: [UInt8], to destination: IPAddress, for instance: Instance) {
    raise(instance)
    guard let port = ports[instance.sendingPort]?.port else { return }
    do throws(SystemError) {
      try port.socket.send(
        message.span, to: destination.scoped(to: port.index), from: instance.router.sourceAddress,
        interface: port.index, hopLimit: instance.router.configuration.hopLimit)
      instance.recordSendSuccess()
    } catch {
      if instance.recordSendFailure(error) {
        logger.log(
          .sendFailed, .warning, "\(instance.configuration.name): advertisement to \(destination) not sent: \(error)",
          [.instance: instance.configuration.name, .reason: "\(error)"])
      }
    }
  }

  // MARK: Addresses

  private func announce(_ run: Range<Int>, of instance: Instance) {
    let entries = instance.configuration.allAddresses
    for index in run where index < entries.count {
      let entry = entries[index]
      let device = instance.configuration.device(of: entry)
      let waits = announcements.append(
        .init(instance: instance.configuration.name, address: index), family: entry.address.family, interface: device)
      if !waits { announce(entry.address, on: device) }
    }
  }

  /// An address of a VRF device is announced on the VRF's interfaces: the device itself has no wire.
  private func announce(_ address: IPAddress, on device: String) {
    guard let link = watcher.link(named: device) else { return }
    guard link.kind == "vrf" else { return announcer.announce(address, on: link) }
    for member in watcher.links.values where member.master == link.index { announcer.announce(address, on: member) }
  }

  /// Sends the announcements whose turn has come, as far as the addresses are still there.
  func announceWaiting(now: Instant) {
    for item in announcements.due(now: now) {
      guard let index = index(of: item.instance), instances[index].router.state == .master else { continue }
      let configuration = instances[index].configuration
      guard item.address < configuration.allAddresses.count else { continue }
      let entry = configuration.allAddresses[item.address]
      announce(entry.address, on: configuration.device(of: entry))
    }
  }
}
