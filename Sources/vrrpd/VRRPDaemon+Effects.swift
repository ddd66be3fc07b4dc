import ControlInterface
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
    case .removeAddresses: removeAddresses(of: instance)
    case .announce(let run): announce(run, of: instance)
    case .notify(let notification, let priority):
      let commands = instance.notifications.commands(
        for: notification, name: instance.configuration.name, priority: priority)
      if !commands.isEmpty { scripts.notify(queue: instance.configuration.name, commands) }
      pipes.write(notification.rawValue, type: .instance, name: instance.configuration.name, priority: priority)
    case .stateChanged(let transition):
      logger.notice("\(instance.configuration.name): \(transition.text)")
      onChange(instance, InstanceChange(transition, masterAddress: instance.router.masterAddress))
    case .priorityChanged(let before, let after):
      logger.notice("\(instance.configuration.name): effective priority \(before) -> \(after)")
      onChange(instance, InstanceChange(instance.router, priorityBefore: before))
      writePriority(of: instance)
    case .notice(let notice):
      logger.warning("\(instance.configuration.name): \(notice.text)")
    }
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
    }
    for instance in instances where instance.router.state != .initialize {
      pipes.write(
        instance.router.state.rawValue.uppercased(), type: .instance, name: instance.configuration.name,
        priority: instance.router.effectivePriority)
    }
  }

  private func send(_ message: [UInt8], to destination: IPAddress, for instance: Instance) {
    guard let port = ports[instance.port]?.port else { return }
    do throws(SystemError) {
      try port.socket.send(
        message.span, to: destination.scoped(to: port.index), from: instance.router.sourceAddress,
        interface: port.index, hopLimit: instance.router.configuration.hopLimit)
      instance.recordSendSuccess()
    } catch {
      if instance.recordSendFailure(error) {
        logger.warning("\(instance.configuration.name): advertisement to \(destination) not sent: \(error)")
      }
    }
  }

  // MARK: Addresses

  private func addAddresses(of instance: Instance) {
    for address in instance.interfaceAddresses({ watcher.link(named: $0)?.index }) {
      if add(address, for: instance) { instance.held.append(address) }
    }
  }

  /// Adds an address; one that is there already becomes ours.
  func add(_ address: InterfaceAddress, for instance: Instance) -> Bool {
    do throws(SystemError) {
      try configurator.replace(address)
      addressesChanged = true
      return true
    } catch {
      logger.error("\(instance.configuration.name): \(address.prefix) cannot be added: \(error)")
      return false
    }
  }

  /// Takes away what is ours, the last address first: the first of a prefix on an interface takes the others along.
  private func removeAddresses(of instance: Instance) {
    let held = instance.held
    instance.held = []
    for address in held.reversed() { remove(address, owner: instance.configuration.name) }
  }

  func remove(_ address: InterfaceAddress, owner: String) {
    addressesChanged = true
    do throws(SystemError) {
      try configurator.remove(address)
    } catch {
      // Gone already is as good.
      if error.code != .addressNotAvailable, error.code != .noSuchDevice {
        logger.error("\(owner): \(address.prefix) cannot be removed: \(error)")
      }
    }
  }

  private func announce(_ run: Range<Int>, of instance: Instance) {
    let entries = instance.configuration.allAddresses
    for index in run where index < entries.count {
      let entry = entries[index]
      guard let link = watcher.link(named: entry.device ?? instance.configuration.interface) else { continue }
      announcer.announce(entry.address, on: link)
    }
  }

  /// Notes what is on interfaces because of us, where that has changed.
  func noteAddresses() {
    guard addressesChanged else { return }
    addressesChanged = false
    record?.note(
      instances.flatMap(\.held).compactMap { address in
        watcher.links[address.interface].map { AddressRecord.name(of: address, on: $0.name) }
      })
  }

  /// Removes what a vrrpd that was killed has left behind.
  func removeLeftovers(_ leftovers: Leftovers) {
    let all = watcher.addresses.values.flatMap { $0 }
    for address in leftovers.find(among: all, interface: { watcher.links[$0]?.name }) {
      logger.notice("removing \(address.prefix), left behind by an earlier run")
      remove(address, owner: "start")
    }
  }
}
