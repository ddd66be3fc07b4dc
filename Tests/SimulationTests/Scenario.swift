import BFDCore
import NetPrimitives
import VRRPCore

/// Something that goes wrong, or is changed, at `start`; what lasts is over at `end`.
struct Fault {
  enum Kind {
    /// The nodes of the set (one bit each) and the others do not reach each other.
    case partition(UInt)
    /// Packets of the first node do not reach the second.
    case oneWay(Int, Int)
    /// A node reaches nobody and does not notice.
    case isolation(Int)
    /// A node's interface is down: it reaches nobody, and its daemons are told.
    case unplugged(Int)
    /// A daemon is not scheduled; packets for it wait in its sockets.
    case stall(Int, SimulatedNetwork.Traffic)
    /// A daemon is killed; `end` is the start of the next.
    case crash(Int, SimulatedNetwork.Traffic)
    /// A daemon is stopped in good order; `end` is the start of the next.
    case stop(Int, SimulatedNetwork.Traffic)
    /// An operator changes the priority of one virtual router on one node.
    case priority(router: Int, node: Int, UInt8)
    /// An operator changes the advertisement interval of one virtual router on one node.
    case interval(router: Int, node: Int, Interval)
    /// An operator changes the parameters of a node's BFD sessions.
    case parameters(node: Int, SessionParameters)
  }

  var kind: Kind
  var start: Instant
  var end: Instant
}

/// A vrrpd that does one thing after the other, as keepalived does: while it takes over one virtual router, the advertisements
/// of the others wait.
struct Workload {
  /// The time that adding the addresses of a virtual router takes.
  var takeover: Interval
  /// The time that a turn of announcements of one virtual router takes, and yielding.
  var announcement: Interval
}

/// Everything one seed decides about a world before it starts.
struct Scenario {
  let seed: UInt64
  var nodeCount = 2
  /// The configuration of each virtual router on each node.
  var routers: [[RouterConfiguration]] = []
  /// The sync groups: virtual routers, the same on all nodes.
  var groups: [[Int]] = []
  /// The parameters of the BFD sessions of each node, one session with each other node; `nil` for no BFD.
  var parameters: [SessionParameters]?
  var network = NetworkOptions()
  /// How late a daemon wakes up for a deadline, at most.
  var wakeDelay = Interval.zero
  /// How long a report of bfdd takes to vrrpd.
  var reportDelay = Interval.zero
  /// The nodes whose work takes time.
  var workloads: [Int: Workload] = [:]
  var faults: [Fault] = []
  /// When the last fault is over and the network is in order.
  var faultsEnd = Instant.zero

  /// A world without virtual routers and faults.
  init(emptyWorld seed: UInt64) { self.seed = seed }

  /// The longest interval any node ever uses for the virtual router.
  func longestInterval(of router: Int) -> Interval {
    var longest = routers[router].map(\.advertisementInterval).max() ?? .zero
    for case .interval(router: router, node: _, let interval) in faults.map(\.kind) { longest = max(longest, interval) }
    return longest
  }

  /// The longest time any node waits for an advertisement of the virtual router before it takes over.
  func longestMasterDown(of router: Int) -> Interval {
    let configuration = routers[router][0]
    return Timing.masterDownInterval(
      version: configuration.version, priority: 1, interval: longestInterval(of: router))
  }

  /// After the faults, BFD sessions need: the Detection Time of a peer that sends once a second, and three packets in
  /// turn, each after an idle interval at most.
  var bfdRecovery: Interval {
    guard let parameters else { return .zero }
    var multiplier = parameters.map { Int64($0.detectMultiplier) }
    for case .parameters(node: _, let changed) in faults.map(\.kind) {
      multiplier.append(Int64(changed.detectMultiplier))
    }
    return .seconds((multiplier.max() ?? 1) + 4) + network.longestDelay * 8 + wakeDelay * 8
  }

  /// After BFD, a virtual router needs: somebody's full timer, doubled by the rule for those that slept; then the best
  /// router's preempt_delay from an advertisement on, and again its full timer.
  func recovery(of router: Int) -> Interval {
    let delays = routers[router].map { configuration in
      if case .after(let delay) = configuration.preemption { delay } else { Interval.zero }
    }
    let slack = network.longestDelay * 8 + wakeDelay * 8
    return longestMasterDown(of: router) * 3 + longestInterval(of: router) * 2 + (delays.max() ?? .zero) + slack
  }

  /// The network's address of a node.
  static func address(of node: Int, _ family: AddressFamily) -> IPAddress {
    switch family {
    case .ipv4: .v4(IPv4Address(0x0A00_0001 + UInt32(node)))
    case .ipv6: .v6(IPv6Address(high: 0xFE80_0000_0000_0000, low: 1 + UInt64(node)))
    }
  }

  /// The name of a node's session with another node.
  static func session(with peer: Int) -> String { "to-\(peer)" }
}

// MARK: Drawing a scenario

extension Scenario {
  /// The scenario of `seed`. Not every seed has every trouble: which ones occur is drawn, too, because a world with all
  /// of them at once would hide what happens with few.
  init(seed: UInt64) {
    self.seed = seed
    var random = SeededGenerator(seed: seed)
    let isLarge = random.chance(50)
    nodeCount = isLarge ? 5 : random.number(2...4)
    let routerCount = isLarge ? random.number(4...8) : random.number(1...3)
    let hasBFD = random.chance(700)
    for index in 0..<routerCount { routers.append(Self.drawRouter(index, nodeCount, hasBFD: hasBFD, &random)) }
    let fastest = routers.map { $0[0].advertisementInterval }.min() ?? .seconds(1)
    var unit = fastest
    if hasBFD {
      let interval = random.pick([50, 100, 300].map { Interval.milliseconds($0) })
      parameters = (0..<nodeCount).map { _ in Self.drawParameters(interval, &random) }
      unit = min(unit, interval)
    }
    drawNetwork(unit: unit, &random)
    let slowest = routers.map { $0[0].advertisementInterval }.max() ?? .seconds(1)
    let length = min(max(slowest * 20, .seconds(6)), .seconds(20))
    drawFaults(length: length, slowest: slowest, &random)
    drawGroup()
  }

  /// A group of some virtual routers, which agree about the nodes: with priorities that contradict each other there is no
  /// right one.
  private mutating func drawGroup() {
    var random = SeededGenerator(seed: seed ^ 0x6709)
    guard routers.count > 1, random.chance(500) else { return }
    let members = Array(0..<random.number(2...routers.count))
    groups = [members]
    for member in members {
      for node in 0..<nodeCount {
        let first = routers[0][node]
        routers[member][node].isInSyncGroup = true
        routers[member][node].priority = first.priority
        routers[member][node].prefersMaster = first.prefersMaster
        routers[member][node].preemption = first.preemption
        routers[member][node].trackers = first.trackers
        routers[member][node].takesOverOnBFD = first.takesOverOnBFD
      }
    }
    faults.removeAll {
      if case .priority(let router, _, _) = $0.kind { members.contains(router) } else { false }
    }
  }

  private static func drawRouter(
    _ index: Int, _ nodeCount: Int, hasBFD: Bool, _ random: inout SeededGenerator
  ) -> [RouterConfiguration] {
    let version: VRRPVersion = random.chance(350) ? .v2 : .v3
    let family: AddressFamily = version == .v3 && random.chance(400) ? .ipv6 : .ipv4
    let interval = version == .v2 ? .seconds(1) : random.pick([10, 50, 100].map { Interval.centiseconds($0) })
    let equalPriorities = random.chance(150)
    let owner = random.chance(150) ? random.number(0...nodeCount - 1) : -1
    let tracks = hasBFD && random.chance(800)
    let style = random.number(0...3)
    return (0..<nodeCount).map { node in
      var configuration = RouterConfiguration(
        name: "VI_\(index + 1)", virtualRouterID: UInt8(index + 1), family: family, version: version)
      configuration.advertisementInterval = interval
      configuration.priority = equalPriorities ? 100 : UInt8(random.number(1...254))
      if node == owner {
        configuration.priority = VRRP.ownerPriority
        configuration.prefersMaster = random.chance(500)
      }
      configuration.addresses =
        family == .ipv4
        ? [.v4(IPv4Address(0x0A00_0164 + UInt32(index)))]
        : [.v6(IPv6Address(high: 0xFE80_0000_0000_0000, low: 0x100 + UInt64(index)))]
      switch style {
      case 0: configuration.preemption = .never
      case 1: configuration.preemption = .after(interval * Int64(random.number(0...5)))
      case 2: configuration.preemption = random.chance(500) ? .never : .after(.zero)
      default: configuration.preemption = .after(.zero)
      }
      configuration.takesOverOnBFD = !random.chance(200)
      if tracks { configuration.trackers = drawTrackers(of: node, nodeCount, &random) }
      return configuration
    }
  }

  /// Sessions with weights; an unweighted one is a fault while it is down, so only pairs that stay together have it.
  private static func drawTrackers(
    of node: Int, _ nodeCount: Int, _ random: inout SeededGenerator
  ) -> [Tracker] {
    let peers = (0..<nodeCount).filter { $0 != node && random.chance(700) }
    return peers.map { peer in
      var weight = random.number(-60...60)
      if weight == 0, !random.chance(100) { weight = -20 }
      return Tracker(kind: .bfd, name: session(with: peer), weight: weight, isReversed: random.chance(150))
    }
  }

  private static func drawParameters(_ interval: Interval, _ random: inout SeededGenerator) -> SessionParameters {
    SessionParameters(
      desiredMinTxInterval: interval * Int64(random.number(1...2)),
      requiredMinRxInterval: interval * Int64(random.number(1...2)), detectMultiplier: UInt8(random.number(1...5)))
  }

  /// Delays stay small against the fastest interval: what happens beyond that is loss, which has its own option.
  private mutating func drawNetwork(unit: Interval, _ random: inout SeededGenerator) {
    network.delay = unit / Int64(random.number(50...1_000))
    if random.chance(600) { network.jitter = unit / Int64(random.number(50...200)) }
    if random.chance(400) { network.duplication = UInt64(random.number(1...200)) }
    if random.chance(400) {
      network.reordering = UInt64(random.number(1...100))
      network.reorderingDelay = unit / Int64(random.number(40...200))
    }
    if random.chance(500) {
      network.loss = UInt64(random.number(1...400))
      network.longestLossRun = random.number(1...6)
    }
    wakeDelay = random.chance(700) ? unit / 100 : .zero
    reportDelay = unit / 50
  }

  private mutating func drawFaults(length: Interval, slowest: Interval, _ random: inout SeededGenerator) {
    let start = Instant.zero + .seconds(2)
    faultsEnd = start + length
    let kinds = (0..<10).filter { _ in random.chance(400) }
    guard !kinds.isEmpty else { return }
    for _ in 0..<random.number(1...8) {
      let begin = start + random.interval(upTo: length)
      let longest = random.chance(700) ? slowest * 6 : slowest
      let end = min(begin + random.interval(upTo: longest), faultsEnd)
      faults.append(Fault(kind: drawFault(random.pick(kinds), slowest, &random), start: begin, end: end))
    }
  }

  private func drawFault(_ kind: Int, _ slowest: Interval, _ random: inout SeededGenerator) -> Fault.Kind {
    let node = random.number(0...nodeCount - 1)
    let other = (node + random.number(1...nodeCount - 1)) % nodeCount
    let daemon = random.pick(SimulatedNetwork.Traffic.allCases)
    let router = random.number(0...routers.count - 1)
    switch kind {
    case 0: return .partition(UInt(random.number(1...(1 << nodeCount) - 2)))
    case 1: return .oneWay(node, other)
    case 2: return .isolation(node)
    case 3: return .unplugged(node)
    case 4, 5: return .stall(node, daemon)
    case 6: return .crash(node, daemon)
    case 7: return .stop(node, daemon)
    case 8:
      guard !routers[router][node].isOwner else { return .oneWay(node, other) }
      return .priority(router: router, node: node, UInt8(random.number(1...254)))
    default:
      guard routers[router][node].version == .v3, parameters == nil || random.chance(500) else {
        guard parameters != nil else { return .isolation(node) }
        return .parameters(node: node, Self.drawParameters(.milliseconds(100), &random))
      }
      return .interval(router: router, node: node, random.pick([10, 50, 100].map { Interval.centiseconds($0) }))
    }
  }
}
