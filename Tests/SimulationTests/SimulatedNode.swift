import BFDCore
import NetPrimitives
import VRRPCore

/// One machine: a vrrpd with its virtual routers and a bfdd with a session to every other node.
///
/// It does what the drivers of the daemons do: everything that has arrived is handed to the cores before deadlines are
/// believed, with the time at which it had arrived.
final class SimulatedNode {
  typealias DaemonKind = SimulatedNetwork.Traffic

  enum Input {
    case packet(World.Packet, receivedAt: Instant)
    case report(BFDReport, session: String)
    case configuration(RouterConfiguration, router: Int)
    case parameters(SessionParameters)
    /// The interface came or went; its present state counts.
    case link
  }

  /// What the world knows about a process.
  struct Daemon {
    var isRunning = false
    /// How many faults keep it from running.
    var stalls = 0
    /// Which process it is: killing, stopping and starting make another.
    var incarnation: UInt64 = 0
    var inbox: [Input] = []
    /// The deadline a wake-up is scheduled for, and its number.
    var armed: Instant?
    var token: UInt64 = 0

    var isScheduled: Bool { stalls == 0 }
  }

  let index: Int
  private var daemons = [Daemon(), Daemon()]
  private(set) var routers: [Router] = []
  /// Their deadlines, which are looked at far more often than they change.
  private var deadlines: [Instant] = []
  /// Whether the addresses of each virtual router are on the interface.
  private var holdsAddresses: [Bool]
  /// The sync groups, which are those of the scenario.
  private var groups: [SyncGroup] = []
  private(set) var table: SessionTable?
  /// The other end of each slot, and when its last accepted packet arrived.
  private var peers: [Int] = []
  private var lastAccepted: [Instant?] = []
  /// The virtual routers that a node with a workload serves before it reads again, and the work of the present turn.
  private var agenda: [Int] = []
  private var work = Interval.zero
  /// How many faults have pulled the cable.
  var unpluggedBy = 0

  init(_ index: Int, routerCount: Int) {
    self.index = index
    holdsAddresses = Array(repeating: false, count: routerCount)
  }

  subscript(kind: DaemonKind) -> Daemon { daemons[kind.rawValue] }

  /// Whether this node believes to be the active one of a virtual router, and could act on it now.
  func isActive(_ router: Int) -> Bool {
    self[.vrrp].isRunning && self[.vrrp].isScheduled && routers[router].state == .master
  }

  /// The session with another node.
  func session(with peer: Int) -> Session? {
    guard let table, let slot = peers.firstIndex(of: peer) else { return nil }
    return table[slot]
  }

  // MARK: The process

  func enqueue(_ input: Input, _ kind: DaemonKind) { daemons[kind.rawValue].inbox.append(input) }
  func stall(_ kind: DaemonKind) { daemons[kind.rawValue].stalls += 1 }

  /// Ends one stall; whether the daemon runs again.
  func resume(_ kind: DaemonKind) -> Bool {
    daemons[kind.rawValue].stalls -= 1
    return self[kind].isScheduled
  }

  /// The number of the wake-up to schedule for `deadline`; `nil` where that is scheduled already.
  @discardableResult
  func arm(_ kind: DaemonKind, _ deadline: Instant?) -> UInt64? {
    guard daemons[kind.rawValue].armed != deadline else { return nil }
    daemons[kind.rawValue].armed = deadline
    daemons[kind.rawValue].token += 1
    return daemons[kind.rawValue].token
  }

  func nextDeadline(_ kind: DaemonKind) -> Instant? {
    guard self[kind].isRunning else { return nil }
    switch kind {
    case .vrrp: return deadlines.min().flatMap { $0 == .distantFuture ? nil : $0 }
    case .bfd: return table?.nextDeadline
    }
  }

  func kill(_ kind: DaemonKind) {
    exit(kind)
    daemons[kind.rawValue].incarnation += 1
  }

  /// The process is gone, as it was meant to be.
  private func exit(_ kind: DaemonKind) {
    let old = self[kind]
    daemons[kind.rawValue] = Daemon(incarnation: old.incarnation, token: old.token + 1)
    switch kind {
    case .vrrp: (routers, deadlines, agenda) = ([], [], [])
    case .bfd: table = nil
    }
    // What a killed vrrpd leaves on the interface its successor removes first.
    if kind == .vrrp { holdsAddresses = holdsAddresses.map { _ in false } }
  }

  /// The end that a daemon knows of: priority 0, AdminDown for a while.
  func stop(_ kind: DaemonKind, in world: World) {
    switch kind {
    case .vrrp:
      for router in routers.indices { act(router, in: world) { $0.shutDown(now: world.now, into: &$1) } }
      kill(.vrrp)
    case .bfd:
      var effects = BFDCore.Effects()
      table?.removeAll(cause: .administrator, now: world.now, effects: &effects)
      carryOut(effects, detectionTimes: [], in: world)
      daemons[kind.rawValue].incarnation += 1
    }
  }

  // MARK: vrrpd

  func startVRRP(_ configurations: [RouterConfiguration], in world: World) {
    kill(.vrrp)
    daemons[DaemonKind.vrrp.rawValue].isRunning = true
    deadlines = configurations.map { _ in .distantFuture }
    routers = configurations.map { Router($0, sourceAddress: Scenario.address(of: index, $0.family)) }
    groups = world.scenario.groups.map { SyncGroup(name: "G", members: $0) }
    for router in routers.indices {
      act(router, in: world) {
        if unpluggedBy > 0 { $0.interfaceChanged(isUp: false, now: world.now, into: &$1) }
        $0.start(now: world.now, into: &$1)
      }
    }
  }

  func runVRRP(in world: World) {
    if world.scenario.workloads[index] != nil { return workSlowly(in: world) }
    let inbox = takeInbox(.vrrp, now: world.now)
    let mustYield = routers.indices.filter { sleptThroughBetterRouter($0, inbox, now: world.now) }
    for input in inbox { handle(input, in: world) }
    for router in routers.indices where deadlines[router] <= world.now {
      act(router, in: world) { $0.deadlineReached(now: world.now, into: &$1) }
    }
    checkGroups(in: world)
    for router in mustYield where routers[router].state == .master {
      world.fail("node \(index) router \(router): still active after a stall in which a better router advertised")
    }
  }

  /// One piece of work, after which the daemon is busy for as long as that takes. All packets that have arrived are read
  /// when everything is done that was due the last time.
  private func workSlowly(in world: World) {
    work = .zero
    if agenda.isEmpty {
      for input in takeInbox(.vrrp, now: world.now) { handle(input, in: world) }
      agenda = routers.indices.filter { deadlines[$0] <= world.now }
    }
    while work == .zero, let router = agenda.popLast() {
      act(router, in: world) { $0.deadlineReached(now: world.now, into: &$1) }
    }
    if work > .zero { world.keepBusy(index, .vrrp, for: work) }
  }

  private func handle(_ input: Input, in world: World) {
    switch input {
    case .packet(let packet, let receivedAt):
      let family = routers[packet.flow].configuration.family
      let path = PacketPath(
        source: Scenario.address(of: packet.sender, family), destination: VRRP.group(family),
        hopLimit: packet.hopLimit, receivedAt: receivedAt)
      act(packet.flow, in: world) { $0.receive(packet.bytes.span, path: path, now: world.now, into: &$1) }
    case .report(let report, let session):
      update(in: world) { $0.bfdChanged(session: session, to: report, now: world.now, into: &$1) }
    case .configuration(let configuration, let router):
      act(router, in: world) { $0.reconfigure(configuration, now: world.now, into: &$1) }
    case .link:
      let isUp = unpluggedBy == 0
      update(in: world) { $0.interfaceChanged(isUp: isUp, now: world.now, into: &$1) }
    case .parameters: break
    }
  }

  private func update(in world: World, _ change: (inout Router, inout [VRRPCore.Effect]) -> Void) {
    for router in routers.indices { act(router, in: world, change) }
  }

  /// Lets a virtual router act, and the members of its group agree, as vrrpd does.
  private func act(_ router: Int, in world: World, _ action: (inout Router, inout [VRRPCore.Effect]) -> Void) {
    actAlone(router, in: world, action)
    guard let group = groups.first(where: { $0.members.contains(router) }) else { return }
    while let step = group.nextStep({ routers[$0].groupMember }) {
      actAlone(step.index, in: world) { $0.follow(step.step, now: world.now, into: &$1) }
    }
  }

  /// What others see of a group between two turns: all of its members are active, or none.
  private func checkGroups(in world: World) {
    for group in groups {
      let states = group.members.map { routers[$0].state }
      guard states.contains(.master) else { continue }
      world.tally.activeGroups += 1
      if !states.allSatisfy({ $0 == .master }) {
        world.fail("node \(index): a part of the group \(group.members) is active: \(states)")
      }
    }
  }

  private func actAlone(_ router: Int, in world: World, _ action: (inout Router, inout [VRRPCore.Effect]) -> Void) {
    var effects: [VRRPCore.Effect] = []
    action(&routers[router], &effects)
    deadlines[router] = routers[router].nextDeadline ?? .distantFuture
    carryOut(effects, router, in: world)
  }

  /// Whether an active router finds, after a stall, that a better one has advertised within the last three intervals
  /// and nobody resigned: then it has no business being active.
  private func sleptThroughBetterRouter(_ router: Int, _ inbox: [Input], now: Instant) -> Bool {
    guard inbox.count > 1, routers[router].state == .master else { return false }
    var isBeaten = false
    for input in inbox {
      guard case .packet(let packet, let receivedAt) = input else { return false }
      guard packet.flow == router else { continue }
      let priority = packet.bytes[2]
      if priority == 0 { return false }
      if priority > routers[router].effectivePriority,
        now - receivedAt < routers[router].configuration.advertisementInterval * 3
      {
        isBeaten = true
      }
    }
    return isBeaten
  }

  private func carryOut(_ effects: [VRRPCore.Effect], _ router: Int, in world: World) {
    if let workload = world.scenario.workloads[index] {
      for effect in effects {
        switch effect {
        case .addAddresses: work = work + workload.takeover
        case .removeAddresses, .announce, .announceSource: work = work + workload.announcement
        case .sendAdvertisement, .notify, .stateChanged, .priorityChanged, .notice: break
        }
      }
    }
    for effect in effects {
      switch effect {
      case .sendAdvertisement(let message, _):
        world.send(World.Packet(traffic: .vrrp, sender: index, flow: router, bytes: message))
      case .addAddresses:
        if holdsAddresses[router] { world.fail("node \(index) router \(router): added its addresses twice") }
        holdsAddresses[router] = true
      case .removeAddresses: holdsAddresses[router] = false
      case .stateChanged(let transition):
        world.tally.note(transition)
        world.rolesChanged()
        world.note(
          "node \(index) router \(router): \(transition.from) -> \(transition.to), \(transition.cause), priority"
            + " \(transition.priority)")
      case .priorityChanged(let old, let new):
        world.rolesChanged()
        world.note("node \(index) router \(router): priority \(old) -> \(new)")
      case .notice(let notice):
        world.tally.note(notice)
        world.note("node \(index) router \(router): \(notice)")
      case .announce: world.announced(router, by: index)
      case .notify, .announceSource: break
      }
    }
    if holdsAddresses[router] != (routers[router].state == .master) {
      world.fail("node \(index) router \(router): \(routers[router].state) with addresses \(holdsAddresses[router])")
    }
  }

  // MARK: bfdd

  func startBFD(_ parameters: SessionParameters, seed: UInt64, in world: World) {
    kill(.bfd)
    daemons[DaemonKind.bfd.rawValue].isRunning = true
    var table = SessionTable(seed: seed)
    peers = (0..<world.nodes.count).filter { $0 != index }
    lastAccepted = peers.map { _ in nil }
    for peer in peers {
      let path = SessionPath(
        peer: Scenario.address(of: peer, .ipv4), local: Scenario.address(of: index, .ipv4), interface: 1)
      do throws(AddSessionError) {
        _ = try table.add(path, parameters: parameters, isPathAvailable: unpluggedBy == 0, now: world.now)
      } catch {
        world.fail("node \(index): no session with \(peer): \(error)")
      }
    }
    self.table = table
  }

  func runBFD(in world: World) {
    let inbox = takeInbox(.bfd, now: world.now)
    for input in inbox { handleBFD(input, in: world) }
    guard var table, let deadline = table.nextDeadline, deadline <= world.now else { return }
    let detectionTimes = peers.indices.map { table[$0].detectionTime }
    var effects = BFDCore.Effects()
    table.advance(now: world.now, effects: &effects)
    self.table = table
    carryOut(effects, detectionTimes: detectionTimes, in: world)
    if table.count == 0 { exit(.bfd) }
  }

  private func handleBFD(_ input: Input, in world: World) {
    guard var table else { return }
    var effects = BFDCore.Effects()
    switch input {
    case .packet(let packet, let receivedAt):
      let arrival = Arrival(
        source: Scenario.address(of: packet.sender, .ipv4), destination: Scenario.address(of: index, .ipv4),
        interface: 1, hopLimit: packet.hopLimit, kind: .singleHop, instant: receivedAt)
      let accepted = peers.indices.map { table[$0].statistics.receivedPackets }
      table.receive(packet.bytes.span, arrival, now: world.now, effects: &effects)
      for slot in peers.indices where table[slot].statistics.receivedPackets != accepted[slot] {
        lastAccepted[slot] = receivedAt
      }
    case .parameters(let parameters):
      for slot in table.slots { table.update(slot, parameters: parameters, now: world.now, effects: &effects) }
    case .link:
      for slot in table.slots {
        table.setPath(slot, interface: 1, isAvailable: unpluggedBy == 0, now: world.now, effects: &effects)
      }
    case .report, .configuration: break
    }
    self.table = table
    carryOut(effects, detectionTimes: [], in: world)
  }

  private func carryOut(_ effects: BFDCore.Effects, detectionTimes: [Interval?], in world: World) {
    for transmission in effects.transmissions {
      let bytes = (0..<transmission.length).map { transmission.bytes[$0] }
      world.send(World.Packet(traffic: .bfd, sender: index, flow: 0, bytes: bytes), to: peers[transmission.slot])
    }
    for case .timersChanged(let slot, _) in effects.events { reportSession(with: peers[slot], in: world) }
    for case .stateChanged(let change) in effects.events {
      world.note(
        "node \(index) session with \(peers[change.slot]): \(change.old) -> \(change.new), \(change.cause), diagnostic"
          + " \(change.diagnostic)")
      if change.old == .up, change.cause == .packet { world.tally.neighborDowns += 1 }
      if change.cause == .timer, change.old == .up {
        world.tally.detections += 1
        checkDetection(change, detectionTimes[change.slot], in: world)
      }
      reportSession(with: peers[change.slot], in: world)
    }
  }

  /// A peer is only given up after a Detection Time in which none of its packets had reached this machine, whenever
  /// they were read.
  private func checkDetection(_ change: StateChange, _ detectionTime: Interval?, in world: World) {
    let silence = lastAccepted[change.slot].map { world.now - $0 } ?? .greatest
    guard let detectionTime, silence >= detectionTime else {
      world.fail(
        "node \(index): session with \(peers[change.slot]) went down after \(silence), Detection Time"
          + " \(detectionTime.map(\.description) ?? "none")")
      return
    }
  }

  /// Tells the local vrrpd the state of a session, as a subscription to bfdd would.
  func reportSession(with peer: Int, in world: World) {
    guard self[.bfd].isRunning, self[.vrrp].isRunning, let session = session(with: peer) else { return }
    let state: BFDReport.State =
      switch session.state {
      case .adminDown: .adminDown
      case .down: .down
      case .initializing: .initializing
      case .up: .up
      }
    let neighbors = Set(routers.map(\.configuration.family))
    // The neighbour's address is that of the session; where a router speaks IPv6, the session stands for its address.
    for family in AddressFamily.allCases where neighbors.contains(family) {
      let report = BFDReport(
        state: state, neighbor: Scenario.address(of: peer, family), diagnostic: session.localDiagnostic.rawValue,
        transmitInterval: session.negotiatedTxInterval)
      world.schedule(
        .report(report, session: Scenario.session(with: peer), to: index),
        at: world.now + world.scenario.reportDelay)
      break
    }
  }

  private func takeInbox(_ kind: DaemonKind, now: Instant) -> [Input] {
    defer { daemons[kind.rawValue].inbox = [] }
    if let armed = self[kind].armed, armed <= now { daemons[kind.rawValue].armed = nil }
    return self[kind].inbox
  }
}

extension World.Tally {
  fileprivate mutating func note(_ transition: Transition) {
    switch transition.cause {
    case .bfdTakeover: bfdTakeovers += 1
    case .masterTimeout: masterTimeouts += 1
    case .preemption: preemptions += 1
    default: break
    }
  }

  fileprivate mutating func note(_ notice: Notice) {
    switch notice {
    case .falseTakeover: falseTakeovers += 1
    case .stalled: ownStalls += 1
    default: break
    }
  }
}
