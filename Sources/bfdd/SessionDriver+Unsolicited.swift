import BFDCore
import DaemonRuntime
import LinuxIO
import Logging
import NetPrimitives

/// Neighbours that begin by themselves (RFC 9468): `bfd_unsolicited`.
extension SessionDriver {
  /// Uses exactly these `bfd_unsolicited` blocks: their sessions are changed as configured ones are, those of a block that
  /// is gone, or is for another interface, are removed.
  func applyUnsolicited(_ blocks: [UnsolicitedPlan], now: Instant) {
    unsolicited = [:]
    for block in blocks {
      let number = unsolicitedNumbers[block.name] ?? unsolicitedNumbers.count
      unsolicitedNumbers[block.name] = number
      unsolicited[number] = block
    }
    updateRules()
    for slot in order {
      guard let session = running[slot], let number = session.rule else { continue }
      guard let block = unsolicited[number], block.interface == session.plan.key.interface else {
        drop(slot)
        remove(slot, now: now)
        continue
      }
      table.setHold(slot, block.hold)
      var plan = block.session(on: table[slot].path)
      plan.name = session.plan.name
      if plan != session.plan { change(slot, to: plan, now: now) }
    }
  }

  /// Tells the engine which interfaces are there and which addresses they have.
  func updateRules() {
    table.setOwnAddresses(watcher.addresses.mapValues { $0.map(\.address) })
    table.setUnsolicited(
      unsolicited.compactMap { $1.rule($0, links: watcher.links, addresses: watcher.addresses) })
  }

  /// A session that runs already, made by its neighbour, becomes the configured one.
  func keepDiscovered(_ plan: SessionPlan) {
    let slot = order.first { slot in
      guard let session = running[slot], session.rule != nil else { return false }
      let key = session.plan.key
      return plan.key.neighbor.scoped(to: 0) == key.neighbor && plan.key.kind == key.kind && plan.key.vrf == nil
        && (plan.key.source ?? key.source) == key.source && (plan.key.interface ?? key.interface) == key.interface
    }
    guard let slot, let name = running[slot]?.plan.name else { return }
    table.keep(slot)
    running[slot]?.rule = nil
    running[slot]?.plan.key = plan.key
    if name == plan.name { subscriber?.publishState(of: name) }
  }

  /// The engine made a session.
  func discovered(_ slot: Int) {
    let path = table[slot].path
    guard let number = table[slot].unsolicited?.rule, let block = unsolicited[number] else { return }
    var plan = block.session(on: path)
    // A neighbour that begins with two of our addresses has two sessions, and each has a name of its own.
    if slotsByName[plan.name] != nil, let local = path.local { plan.name += "/\(local)" }
    register(slot, plan, rule: number)
    order.append(slot)
    slotsByName[plan.name] = slot
    let problem = openOutlet(slot, interface: path.interface, vrf: 0)
    running[slot]?.problem = problem
    logger.notice("\(plan.name): session made for a neighbor that began by itself")
    subscriber?.publishState(of: plan.name)
  }

  /// The session in `slot` is no longer one of those that are shown.
  func drop(_ slot: Int) {
    order.removeAll { $0 == slot }
    if let name = running[slot]?.plan.name, slotsByName[name] == slot { slotsByName[name] = nil }
  }
}
