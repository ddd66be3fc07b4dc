import BFDCore
import DaemonRuntime
import LinuxIO
import Logging
import NetPrimitives

/// Sessions are started, changed and removed as the configuration says.
extension SessionDriver {
  /// Runs exactly these sessions: starts, changes and removes what differs from before. Sockets to receive with are
  /// opened first; where that fails nothing has changed.
  func apply(_ plans: [SessionPlan], unsolicited blocks: [UnsolicitedPlan] = [], now: Instant) throws(SystemError) {
    for plan in plans where plan.key.vrf == nil && plan.key.kind != .seamless && plan.key.kind != .unaffiliatedEcho {
      try receivers.listen(plan.key.neighbor.family, plan.key.kind)
    }
    if !blocks.isEmpty {
      for family in AddressFamily.allCases { try receivers.listen(family, .singleHop) }
    }
    for plan in plans { keepDiscovered(plan) }
    let discovered = order.filter { running[$0]?.rule != nil }
    order.removeAll { running[$0]?.rule != nil }
    let slots = Dictionary(order.compactMap { slot in running[slot].map { ($0.plan.key, slot) } }) { first, _ in first }
    let difference = SessionDifference(from: order.compactMap { running[$0]?.plan }, to: plans)
    for key in difference.removed { if let slot = slots[key] { remove(slot, now: now) } }
    for plan in difference.changed { if let slot = slots[plan.key] { change(slot, to: plan, now: now) } }
    var added: [SessionPlan.Key: Int] = [:]
    for plan in difference.added { added[plan.key] = add(plan, now: now) }
    setOrder(plans.compactMap { added[$0.key] ?? slots[$0.key] } + discovered)
    applyUnsolicited(blocks, now: now)
    sieve()
    finishTurn()
    closeUnusedReceivers()
  }

  /// Removes all sessions; `becameEmpty` is called when their peers have been told.
  func stop(now: Instant) {
    setOrder([])
    unsolicited = [:]
    table.setUnsolicited([])
    table.removeAll(cause: .administrator, now: now, effects: &effects)
    finishTurn()
  }

  private func setOrder(_ slots: [Int]) {
    order = slots
    slotsByName = Dictionary(slots.compactMap { slot in running[slot].map { ($0.plan.name, slot) } }) { first, _ in
      first
    }
  }

  private func add(_ plan: SessionPlan, now: Instant) -> Int? {
    let path = SessionPath(
      peer: plan.key.neighbor, local: plan.key.source, kind: plan.key.kind, domain: domain(of: plan.key.vrf))
    let slot: Int
    do throws(AddSessionError) {
      slot = try table.add(
        path, parameters: plan.parameters, keys: plan.keys, isEnabled: !plan.isAdminDown, isPathAvailable: false,
        now: now)
    } catch {
      logger.error("\(plan.name): session not started: \(error)")
      return nil
    }
    register(slot, plan, rule: nil)
    resolvePath(slot, now: now)
    subscriber?.publishState(of: plan.name)
    return slot
  }

  /// Notes what is known of the session in `slot` beside the engine's state.
  func register(_ slot: Int, _ plan: SessionPlan, rule: Int?) {
    while running.count <= slot { running.append(nil) }
    let ports = DatagramSocket.sourcePorts
    running[slot] = Running(
      plan: plan, created: Int(loop.wakeUp.realtime / 1_000), problem: nil,
      port: ports.lowerBound + UInt16(generator.next(below: UInt64(ports.count))), rule: rule)
  }

  func change(_ slot: Int, to plan: SessionPlan, now: Instant) {
    guard let old = running[slot]?.plan else { return }
    running[slot]?.plan = plan
    do throws(SystemError) {
      let isSentOtherwise =
        old.hopLimit != plan.hopLimit || old.dscp != plan.dscp || old.paddedPDUSize != plan.paddedPDUSize
      if isSentOtherwise, let outlet = outlets[slot], try !outlets.adapt(slot, to: plan) {
        try open(slot, interface: outlet.interface, vrf: outlet.vrf)
      }
    } catch {
      logger.error("\(plan.name): \(error)")
    }
    if old.parameters != plan.parameters {
      table.update(slot, parameters: plan.parameters, now: now, effects: &effects)
    }
    if old.keys != plan.keys {
      table.update(slot, keys: plan.keys, now: now, effects: &effects)
      if table.isChangingAuthentication(of: slot) {
        logger.notice("\(plan.name): authentication changes as soon as the neighbour's does")
      }
    }
    if old.isAdminDown != plan.isAdminDown {
      table.setEnabled(slot, !plan.isAdminDown, cause: .configuration, now: now, effects: &effects)
    }
    if old.usesEcho || plan.usesEcho { resolveEcho(slot, now: now) }
    if old.name != plan.name { subscriber?.publishRemoval(of: old.name) }
    subscriber?.publishState(of: plan.name)
  }

  func remove(_ slot: Int, now: Instant) {
    guard let name = running[slot]?.plan.name else { return }
    table.remove(slot, cause: .configuration, now: now, effects: &effects)
    // The slot may be free now, and the next session may be given it: what happened to this one is told first.
    finishTurn()
    subscriber?.publishRemoval(of: name)
  }
}
