import BFDCore
import DaemonRuntime
import LinuxIO
import Logging
import NetPrimitives

/// Interfaces and addresses come and go: a session runs while its path is there, and waits while it is not.
extension SessionDriver {
  /// Reads what netlink reports, and looks at every session's path again where something did change.
  func networkChanged() {
    var isChanged = false
    do throws(SystemError) {
      try watcher.process { _ in isChanged = true }
    } catch {
      networkTrouble.log(
        .networkTrouble, .error, "interfaces and addresses cannot be watched: \(error)", [.reason: "\(error)"])
    }
    guard isChanged else { return }
    updateRules()
    for slot in order { resolvePath(slot, now: loop.wakeUp.monotonic) }
    sieve()
    finishTurn()
  }

  /// Lets the session run where its address and interface are there, and wait where they are not.
  func resolvePath(_ slot: Int, now: Instant) {
    guard let session = running[slot] else { return }
    var problem: String?
    switch PathResolution(
      session.plan.key, links: watcher.links, addresses: watcher.addresses, bound: session.boundInterface)
    {
    case .waiting(let reason): problem = reason
    case .available(let interface, let vrf):
      running[slot]?.boundInterface = interface
      problem = listen(session.plan.key, vrf: vrf) ?? openOutlet(slot, interface: interface, vrf: vrf)
    }
    if problem != session.problem {
      running[slot]?.problem = problem
      if let problem {
        logger.log(
          .sessionWaiting, .warning, "\(session.plan.name): waiting: \(problem)",
          [.session: session.plan.name, .reason: problem])
      } else {
        logger.log(
          .sessionReady, .notice, "\(session.plan.name): waiting no more", [.session: session.plan.name])
      }
    }
    table.setPath(
      slot, interface: outlets[slot]?.interface ?? 0, isAvailable: problem == nil, now: now, effects: &effects)
    if session.plan.usesEcho { resolveEcho(slot, now: now) }
    guard problem != session.problem else { return }
    // The change of state first: the state as a whole contains it.
    finishTurn()
    subscriber?.publishState(of: session.plan.name)
  }

  /// Opens the session's socket where it has none for `interface`. Returns what went wrong.
  func openOutlet(_ slot: Int, interface: UInt32, vrf: UInt32) -> String? {
    guard outlets[slot]?.interface != interface || outlets[slot]?.vrf != vrf else { return nil }
    do throws(SystemError) {
      try open(slot, interface: interface, vrf: vrf)
      return nil
    } catch {
      return "no socket to send with: \(error)"
    }
  }

  /// Opens the session's socket anew, with its old source port if that is still free.
  func open(_ slot: Int, interface: UInt32, vrf: UInt32) throws(SystemError) {
    guard let session = running[slot] else { return }
    closeOutlet(slot)
    running[slot]?.port = try outlets.open(slot, session.plan, interface: interface, vrf: vrf, port: session.port)
    guard session.plan.key.kind == .seamless, let socket = outlets[slot]?.socket else { return }
    let domain = domain(of: session.plan.key.vrf)
    answers[slot] = try loop.watch(socket.descriptor, priority: .packet) { [unowned self] _ in
      receive(socket, .seamless, domain, batches: Receivers.batchesPerTurn)
    }
  }

  /// Closes the session's socket, if it has one.
  func closeOutlet(_ slot: Int) {
    if let registration = answers.removeValue(forKey: slot) { loop.unwatch(registration) }
    outlets.close(slot)
  }

  /// Opens the VRF's receiver where there is none. Returns what went wrong.
  private func listen(_ key: SessionPlan.Key, vrf: UInt32) -> String? {
    guard let name = key.vrf, key.kind != .seamless, key.kind != .unaffiliatedEcho else { return nil }
    do throws(SystemError) {
      try receivers.listen(key.neighbor.family, key.kind, domain: domain(of: name), vrf: (name, vrf))
      return nil
    } catch {
      return "no socket to receive with: \(error)"
    }
  }

  /// Tells the receivers which TTLs and hop limits no session accepts.
  func sieve() {
    receivers.sieve { kind, family, domain in
      running.compactMap { session -> UInt8? in
        guard let plan = session?.plan, plan.key.kind == kind, plan.key.neighbor.family == family,
          self.domain(of: plan.key.vrf) == domain
        else { return nil }
        return plan.parameters.minimumHopLimit
      }.min()
    }
  }

  /// Closes the ports that no session needs any more; those that are saying their farewell still hear the answer to it.
  func closeUnusedReceivers() {
    receivers.close { kind, family, domain in
      kind == .singleHop && domain == 0 && !unsolicited.isEmpty
        || running.contains { session in
          guard let key = session?.plan.key else { return false }
          return key.kind == kind && key.neighbor.family == family && self.domain(of: key.vrf) == domain
        }
    }
  }

  /// What the kernel dropped since `clearKernelDrops`, by reason: it was for no session, or nobody looked.
  var kernelDrops: [String: Int] { receivers.drops }

  /// Counts what the kernel drops from zero again.
  func clearKernelDrops() { receivers.clearDrops() }

  /// The number of the VRF's routing domain, a new one at first sight; 0 outside of VRFs.
  func domain(of vrf: String?) -> UInt32 {
    guard let vrf else { return 0 }
    let number = domains[vrf] ?? UInt32(domains.count + 1)
    domains[vrf] = number
    return number
  }

  /// What is known of the interfaces.
  var links: [UInt32: Link] { watcher.links }

  /// The addresses of the interface with that index.
  func addresses(on interface: UInt32) -> [InterfaceAddress] { watcher.addresses[interface] ?? [] }

  /// The routing domain that the interface with that index belongs to, as the engine numbers them.
  func domain(of interface: UInt32) -> UInt32 {
    guard let master = links[interface]?.master, let vrf = links[master], vrf.kind == "vrf" else { return 0 }
    return domains[vrf.name] ?? 0
  }

  /// The name of the interface that the session in `slot` uses: the configured one, else the one its socket is bound to,
  /// else, as the routes decide, the one its peer was heard on. A path of several hops has none (RFC 5883).
  func interface(of slot: Int) -> String? {
    guard let key = running[slot]?.plan.key else { return nil }
    if let name = key.interface { return name }
    guard key.kind == .singleHop else { return nil }
    return watcher.links[table[slot].currentInterface]?.name
  }
}
