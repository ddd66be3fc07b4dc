import BFDCore
import NetPrimitives
import VRRPCore

/// At most one active router: where two nodes are active for the same virtual router and the better one reaches the
/// other, both of them being scheduled, then the other steps down within
///
///     (longest run of losses + 1) advertisement intervals + the longest delay + as many wake-up delays
///
/// because by then it has received an advertisement of the better one. The clock starts anew when the better one cannot
/// reach the other for a moment, when one of them sleeps, or when the order of their priorities changes.
struct SafetyMonitor {
  private let nodeCount: Int
  private let bounds: [Interval]
  /// Until when the overlap must have ended, by virtual router, better and worse node.
  private var deadlines: [Instant?]
  private var earliest: Instant?

  init(_ scenario: Scenario) {
    nodeCount = scenario.nodeCount
    let runs = Int64(scenario.network.longestLossRun + 1)
    bounds = scenario.routers.indices.map { router in
      (scenario.longestInterval(of: router) + scenario.wakeDelay) * runs + scenario.network.longestDelay
        + scenario.wakeDelay
    }
    deadlines = Array(repeating: nil, count: scenario.routers.count * nodeCount * nodeCount)
  }

  /// Looks who is active now.
  mutating func update(in world: World) {
    guard world.nodes.count == nodeCount else { return }
    for router in bounds.indices {
      for better in 0..<nodeCount {
        for worse in 0..<nodeCount where better != worse {
          let place = (router * nodeCount + better) * nodeCount + worse
          let mustEnd =
            world.nodes[better].isActive(router) && world.nodes[worse].isActive(router)
            && world.network.isOpen(from: better, to: worse)
            && isBetter(world.nodes[better].routers[router], than: world.nodes[worse].routers[router])
          if !mustEnd {
            deadlines[place] = nil
          } else if deadlines[place] == nil {
            deadlines[place] = world.now + bounds[router]
            world.tally.overlaps += 1
          }
        }
      }
    }
    earliest = deadlines.reduce(nil) { earliest, deadline in
      guard let deadline else { return earliest }
      return min(deadline, earliest ?? deadline)
    }
  }

  /// The overlap that lasted too long, in words.
  func overdue(at now: Instant, in world: World) -> String? {
    guard let earliest, earliest < now, let place = deadlines.firstIndex(of: earliest) else { return nil }
    let (router, better, worse) = (place / nodeCount / nodeCount, place / nodeCount % nodeCount, place % nodeCount)
    return "router \(router): nodes \(better) and \(worse) both active for more than \(bounds[router])"
  }

  private func isBetter(_ left: Router, than right: Router) -> Bool {
    guard left.effectivePriority == right.effectivePriority, let mine = left.sourceAddress,
      let theirs = right.sourceAddress
    else { return left.effectivePriority > right.effectivePriority }
    return mine > theirs
  }
}

extension World {
  /// Every session is Up at both ends, which know each other's discriminator and agree on the intervals.
  func checkSessions() {
    guard failure == nil, scenario.parameters != nil else { return }
    for (left, node) in nodes.enumerated() {
      for right in nodes.indices where right != left {
        guard let here = node.session(with: right), let there = nodes[right].session(with: left) else {
          return fail("no session between \(left) and \(right)")
        }
        let name = "session of node \(left) with node \(right)"
        guard here.state == .up else { return fail("\(name) is \(here.state)") }
        guard here.remote.discriminator == there.localDiscriminator else {
          return fail("\(name) has an old discriminator")
        }
        let interval = max(parameters[left].desiredMinTxInterval, parameters[right].requiredMinRxInterval)
        guard here.negotiatedTxInterval == interval, !here.isPolling else {
          return fail("\(name) sends every \(here.negotiatedTxInterval) instead of \(interval)")
        }
        guard there.detectionTime == interval * Int64(parameters[left].detectMultiplier) else {
          return fail("\(name) is given up after \(there.detectionTime.map(\.description) ?? "never")")
        }
      }
    }
  }

  /// Each virtual router has exactly one active node, and none that may preempt it is better; it has none only where
  /// all nodes are in fault.
  func checkElection() {
    // A world that has failed stands still, perhaps before its daemons have started.
    guard failure == nil else { return }
    for router in scenario.routers.indices {
      let all = nodes.map { $0.routers[router] }
      let active = all.indices.filter { all[$0].state == .master }
      let states = all.map { "\($0.state) \($0.effectivePriority)" }.joined(separator: ", ")
      guard all.contains(where: { $0.state != .fault }) else { continue }
      guard let winner = active.first, active.count == 1 else {
        return fail("router \(router): \(active.count) active nodes: \(states)")
      }
      for (node, other) in all.enumerated() where other.state == .backup {
        let mayPreempt = other.configuration.isOwner || other.configuration.preemption != .never
        if mayPreempt, other.effectivePriority > all[winner].effectivePriority {
          return fail("router \(router): node \(node) is better than the active \(winner): \(states)")
        }
      }
    }
  }

  /// How often anything has changed its state so far.
  var changeCount: UInt64 {
    nodes.reduce(0) { count, node in
      let elections = node.routers.reduce(0) {
        $0 + $1.statistics.masterTransitions + $1.statistics.masterReleases
      }
      let sessions = nodes.indices.reduce(0) { $0 + (node.session(with: $1)?.statistics.downCount ?? 0) }
      return count + elections + sessions
    }
  }
}
