import BFDCore
import NetPrimitives
import VRRPCore

/// Routers, their network and their clock: one run of one scenario.
///
/// Nothing in it depends on anything but the scenario. The first broken promise ends the run.
final class World {
  /// What a simulation without which would prove little.
  struct Tally {
    var bfdTakeovers = 0
    var falseTakeovers = 0
    var overlaps = 0
    var masterTimeouts = 0
    var preemptions = 0
    var ownStalls = 0
    var detections = 0
    var neighborDowns = 0
    var activeGroups = 0

    static func + (left: Tally, right: Tally) -> Tally {
      Tally(
        bfdTakeovers: left.bfdTakeovers + right.bfdTakeovers,
        falseTakeovers: left.falseTakeovers + right.falseTakeovers, overlaps: left.overlaps + right.overlaps,
        masterTimeouts: left.masterTimeouts + right.masterTimeouts, preemptions: left.preemptions + right.preemptions,
        ownStalls: left.ownStalls + right.ownStalls, detections: left.detections + right.detections,
        neighborDowns: left.neighborDowns + right.neighborDowns,
        activeGroups: left.activeGroups + right.activeGroups)
    }
  }

  typealias DaemonKind = SimulatedNetwork.Traffic

  enum Event {
    case arrival(Packet, to: Int)
    case wake(Int, DaemonKind, token: UInt64)
    case report(BFDReport, session: String, to: Int)
    case start(Int, DaemonKind)
    case faultStarts(Int)
    case faultEnds(Int, incarnation: UInt64)
    case workEnds(Int, DaemonKind, incarnation: UInt64)
  }

  struct Packet {
    var traffic: DaemonKind
    var sender: Int
    /// The virtual router; 0 for BFD, where two nodes have one session.
    var flow: Int
    var bytes: [UInt8]
    var hopLimit: UInt8 = 255
  }

  let scenario: Scenario
  private(set) var now = Instant.zero
  private var queue = EventQueue<Event>()
  private var random: SeededGenerator
  private(set) var network: SimulatedNetwork
  private(set) var nodes: [SimulatedNode] = []
  private var safety: SafetyMonitor
  private var rolesHaveChanged = false
  /// The configuration in force, by virtual router and node.
  private(set) var configurations: [[RouterConfiguration]]
  private(set) var parameters: [SessionParameters]
  /// Hosts, one beside each node: where they believe each virtual router to be, by host and virtual router.
  private(set) var hosts: [[Int?]]

  /// What went wrong first; `nil` as long as every promise was kept.
  private(set) var failure: String?
  /// How often what happened.
  var tally = Tally()
  /// What happened, if it is recorded.
  private(set) var trace: [String] = []
  private let isTracing: Bool
  /// A number that any difference between two runs would change.
  private(set) var digest: UInt64 = 0xCBF2_9CE4_8422_2325
  private(set) var eventCount = 0

  init(_ scenario: Scenario, isTracing: Bool = false) {
    self.scenario = scenario
    self.isTracing = isTracing
    random = SeededGenerator(seed: scenario.seed ^ 0x5EED)
    network = SimulatedNetwork(
      nodeCount: scenario.nodeCount, flowCount: scenario.routers.count, options: scenario.network)
    configurations = scenario.routers
    parameters = scenario.parameters ?? []
    safety = SafetyMonitor(scenario)
    hosts = Array(repeating: Array(repeating: nil, count: scenario.routers.count), count: scenario.nodeCount)
    nodes = (0..<scenario.nodeCount).map { SimulatedNode($0, routerCount: scenario.routers.count) }
    for node in nodes.indices {
      schedule(.start(node, .vrrp), at: .zero + random.interval(upTo: .seconds(1)))
      if scenario.parameters != nil { schedule(.start(node, .bfd), at: .zero + random.interval(upTo: .seconds(1))) }
    }
    for (index, fault) in scenario.faults.enumerated() { schedule(.faultStarts(index), at: fault.start) }
  }

  // MARK: Time

  /// Lets the world run until `end`, or until a promise is broken.
  func run(until end: Instant) {
    while failure == nil, let time = queue.next, time <= end, let (_, event) = queue.pop() {
      now = time
      eventCount += 1
      digest = (digest ^ time.nanoseconds) &* 0x100_0000_01B3
      handle(event)
      if let broken = safety.overdue(at: now, in: self) { fail(broken) }
    }
    now = max(now, end)
  }

  /// From now on the network loses, repeats and reorders nothing.
  func calmNetwork() {
    network.options.loss = 0
    network.options.duplication = 0
    network.options.reordering = 0
  }

  func schedule(_ event: Event, at time: Instant) { queue.schedule(event, at: time) }

  func fail(_ text: String) {
    guard failure == nil else { return }
    failure = "at \(now.nanoseconds / 1_000) us: \(text)"
  }

  func note(_ text: @autoclosure () -> String) {
    guard isTracing else { return }
    trace.append("\(now.nanoseconds / 1_000) us: \(text())")
  }

  private func handle(_ event: Event) {
    switch event {
    case .arrival(let packet, let node):
      submit(.packet(packet, receivedAt: now), to: node, packet.traffic)
    case .wake(let node, let kind, let token):
      guard nodes[node][kind].token == token, nodes[node][kind].isScheduled else { return }
      runDaemon(node, kind)
    case .report(let report, let session, let node):
      submit(.report(report, session: session), to: node, .vrrp)
    case .start(let node, let kind): start(node, kind)
    case .faultStarts(let index): begin(index)
    case .faultEnds(let index, let incarnation): end(index, incarnation)
    case .workEnds(let node, let kind, let incarnation):
      guard nodes[node][kind].incarnation == incarnation, nodes[node].resume(kind) else { return }
      rolesChanged()
      runDaemon(node, kind)
    }
  }

  // MARK: Daemons

  /// Hands something to a daemon: at once, or when it is scheduled again.
  private func submit(_ input: SimulatedNode.Input, to node: Int, _ kind: DaemonKind) {
    guard nodes[node][kind].isRunning else { return }
    nodes[node].enqueue(input, kind)
    if nodes[node][kind].isScheduled { runDaemon(node, kind) }
  }

  /// Some router has changed its state or its priority.
  func rolesChanged() { rolesHaveChanged = true }

  /// A daemon works for so long that it does nothing else meanwhile.
  func keepBusy(_ node: Int, _ kind: DaemonKind, for work: Interval) {
    nodes[node].stall(kind)
    rolesChanged()
    schedule(.workEnds(node, kind, incarnation: nodes[node][kind].incarnation), at: now + work)
  }

  /// One turn of a daemon: everything that has arrived, then what is due.
  private func runDaemon(_ node: Int, _ kind: DaemonKind) {
    switch kind {
    case .vrrp: nodes[node].runVRRP(in: self)
    case .bfd: nodes[node].runBFD(in: self)
    }
    defer { reviewSafety() }
    // A daemon that is busy looks at its deadlines when it has finished.
    guard nodes[node][kind].isScheduled, let deadline = nodes[node].nextDeadline(kind) else {
      nodes[node].arm(kind, nil)
      return
    }
    if let token = nodes[node].arm(kind, deadline) {
      schedule(
        .wake(node, kind, token: token), at: max(now, deadline) + random.interval(upTo: scenario.wakeDelay))
    }
  }

  private func reviewSafety() {
    guard rolesHaveChanged else { return }
    rolesHaveChanged = false
    safety.update(in: self)
  }

  private func start(_ node: Int, _ kind: DaemonKind) {
    note("node \(node): start \(kind)")
    switch kind {
    case .vrrp:
      nodes[node].startVRRP(configurations.map { $0[node] }, in: self)
      for peer in nodes.indices { nodes[node].reportSession(with: peer, in: self) }
    case .bfd:
      nodes[node].startBFD(parameters[node], seed: random.next(), in: self)
      for peer in nodes.indices { nodes[node].reportSession(with: peer, in: self) }
    }
    runDaemon(node, kind)
  }

  // MARK: Network

  /// Sends a packet to `receiver`, or to all other nodes.
  func send(_ packet: Packet, to receiver: Int? = nil) {
    for node in nodes.indices where node != packet.sender && (receiver == nil || receiver == node) {
      let arrivals = network.arrivals(
        of: packet.traffic, flow: packet.flow, from: packet.sender, to: node, now: now, random: &random)
      for arrival in arrivals { schedule(.arrival(packet, to: node), at: arrival) }
    }
  }

  /// A node announces the addresses of a virtual router: the hosts that it reaches go there from now on.
  func announced(_ router: Int, by sender: Int) {
    for host in nodes.indices where host == sender || network.isOpen(from: sender, to: host) {
      hosts[host][router] = sender
    }
  }

  // MARK: Faults

  private func begin(_ index: Int) {
    let fault = scenario.faults[index]
    note("fault: \(fault.kind)")
    var incarnation: UInt64 = 0
    switch fault.kind {
    case .partition, .oneWay, .isolation, .unplugged: setPaths(fault.kind, blocked: true)
    case .stall(let node, let kind):
      nodes[node].stall(kind)
      incarnation = nodes[node][kind].incarnation
    case .crash(let node, let kind):
      // A daemon that another fault has ended already is started by that one.
      guard nodes[node][kind].isRunning else { return }
      nodes[node].kill(kind)
      incarnation = nodes[node][kind].incarnation
    case .stop(let node, let kind):
      guard nodes[node][kind].isRunning, nodes[node][kind].isScheduled else { return }
      nodes[node].stop(kind, in: self)
      incarnation = nodes[node][kind].incarnation
    case .priority(let router, let node, let priority):
      configurations[router][node].priority = priority
      submit(.configuration(configurations[router][node], router: router), to: node, .vrrp)
    case .interval(let router, let node, let interval):
      configurations[router][node].advertisementInterval = interval
      submit(.configuration(configurations[router][node], router: router), to: node, .vrrp)
    case .parameters(let node, let changed):
      parameters[node] = changed
      submit(.parameters(changed), to: node, .bfd)
    }
    safety.update(in: self)
    schedule(.faultEnds(index, incarnation: incarnation), at: fault.end)
  }

  private func end(_ index: Int, _ incarnation: UInt64) {
    let fault = scenario.faults[index]
    note("over: \(fault.kind)")
    switch fault.kind {
    case .partition, .oneWay, .isolation, .unplugged: setPaths(fault.kind, blocked: false)
    case .stall(let node, let kind):
      guard nodes[node][kind].incarnation == incarnation, nodes[node].resume(kind) else { break }
      if nodes[node][kind].isRunning { runDaemon(node, kind) }
    case .crash(let node, let kind), .stop(let node, let kind):
      guard nodes[node][kind].incarnation == incarnation else { break }
      if kind == .vrrp || scenario.parameters != nil { start(node, kind) }
    case .priority, .interval, .parameters: break
    }
    safety.update(in: self)
  }

  private func setPaths(_ kind: Fault.Kind, blocked: Bool) {
    for sender in nodes.indices {
      for receiver in nodes.indices where sender != receiver && kind.separates(sender, receiver) {
        if blocked {
          network.block(from: sender, to: receiver)
        } else {
          network.unblock(from: sender, to: receiver)
        }
      }
    }
    guard case .unplugged(let node) = kind else { return }
    nodes[node].unpluggedBy += blocked ? 1 : -1
    submit(.link, to: node, .vrrp)
    submit(.link, to: node, .bfd)
  }
}

extension Fault.Kind {
  /// Whether packets from one node to the other are lost.
  fileprivate func separates(_ sender: Int, _ receiver: Int) -> Bool {
    switch self {
    case .partition(let group): group >> UInt(sender) & 1 != group >> UInt(receiver) & 1
    case .oneWay(let from, let to): sender == from && receiver == to
    case .isolation(let node), .unplugged(let node): sender == node || receiver == node
    case .stall, .crash, .stop, .priority, .interval, .parameters: false
    }
  }
}
