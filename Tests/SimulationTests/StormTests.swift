import NetPrimitives
import Testing
import VRRPCore

/// Feedback between routers dies down by itself: whatever makes the better one late or silent, a fault costs a bounded number
/// of changes of role.
@Suite struct StormTests {
  private static let interval = Interval.centiseconds(10)

  /// A router that is active, and a better one that arrives at second six and needs `takeover` for each address.
  private func arrival(
    _ seed: UInt64, routers count: Int, takeover: Interval, nodeCount: Int = 2
  ) -> Scenario {
    var random = SeededGenerator(seed: seed)
    var scenario = Scenario(emptyWorld: seed)
    scenario.nodeCount = nodeCount
    scenario.routers = (0..<count).map { router in
      (0..<nodeCount).map { node in
        var configuration = RouterConfiguration(
          name: "VI_\(router)", virtualRouterID: UInt8(router + 1), family: .ipv4, version: .v3)
        configuration.advertisementInterval = Self.interval
        configuration.priority = UInt8(100 + 50 * node)
        configuration.addresses = [.v4(IPv4Address(0x0A00_0164 + UInt32(router)))]
        // As keepalived does, the one that arrives yields without a word.
        configuration.answersHigherPriority = node == 0
        return configuration
      }
    }
    scenario.network.delay = .microseconds(100)
    scenario.network.jitter = .microseconds(200)
    scenario.wakeDelay = .microseconds(500)
    for node in 1..<nodeCount {
      scenario.workloads[node] = Workload(takeover: takeover, announcement: takeover / 2)
      let start = Instant.zero + .seconds(6) + random.interval(upTo: .seconds(1))
      scenario.faults.append(
        Fault(kind: .crash(node, .vrrp), start: .zero + .milliseconds(1_001), end: start))
    }
    scenario.faultsEnd = .zero + .seconds(6)
    return scenario
  }

  /// The most changes of role that any virtual router of a node has seen after an instant.
  private func mostChanges(of node: Int, since start: Instant, in world: World) -> Int {
    world.nodes[node].routers.map { router in
      router.history.transitions.count { $0.time > start && $0.from != .initialize }
    }.max() ?? 0
  }

  /// It needs two seconds for 250 addresses, and half as much again for every return of the other one: far longer than the
  /// Active_Down_Interval of 0.36 s. Without patience, this goes on for ever, with 54 changes in half a minute.
  @Test(arguments: 0..<2 as Range<UInt64>) func aBetterRouterThatIsLateSettles(seed: UInt64) {
    let scenario = arrival(seed, routers: 250, takeover: .milliseconds(8))
    let world = World(scenario)
    world.run(until: scenario.faultsEnd + .seconds(18))
    #expect(world.failure == nil)
    for router in scenario.routers.indices {
      #expect(world.nodes.map { $0.routers[router].state } == [.backup, .master], "router \(router)")
    }
    #expect(world.tally.masterTimeouts > 250, "it was late, or this would prove nothing")
    for node in world.nodes.indices {
      #expect(mostChanges(of: node, since: scenario.faultsEnd, in: world) <= 7, "node \(node)")
    }
    let changes = world.changeCount
    world.run(until: world.now + .seconds(5))
    world.checkElection()
    #expect(world.failure == nil)
    #expect(world.changeCount == changes)
  }

  /// Advertisements of the better router come through once in two seconds: it makes us yield and falls silent. It is taken over
  /// from less and less often.
  @Test func aRouterThatYieldsSilently() {
    var scenario = arrival(1, routers: 1, takeover: .zero)
    let start = Instant.zero + .seconds(10)
    for round in 0..<30 as Range<Int64> {
      let begin = start + .seconds(2) * round
      scenario.faults.append(Fault(kind: .oneWay(1, 0), start: begin, end: begin + .milliseconds(1_895)))
    }
    let world = World(scenario)
    world.run(until: start + .seconds(60))
    #expect(world.failure == nil)
    let changes = mostChanges(of: 0, since: start, in: world)
    #expect((2...6).contains(changes), "one in each round without patience")
    // All is in order again: whoever is patient now trusts again soon.
    world.run(until: world.now + .seconds(20))
    world.checkElection()
    #expect(world.nodes[0].routers[0].patience.length == .zero)
    #expect(world.failure == nil)
  }

  /// Patience has an end: a router that dies in the middle of a storm is replaced, and one that dies after a while of peace
  /// within the ordinary time.
  @Test(arguments: [Interval.milliseconds(1_500), .seconds(20)])
  func aDeadRouterIsReplaced(after delay: Interval) {
    var scenario = arrival(2, routers: 60, takeover: .milliseconds(30))
    let death = scenario.faultsEnd + .seconds(1) + delay
    scenario.faults.append(Fault(kind: .crash(1, .vrrp), start: death, end: .distantFuture))
    let world = World(scenario)
    world.run(until: death)
    #expect(world.tally.masterTimeouts > 60, "there was a storm")
    let ordinary = Timing.masterDownInterval(version: .v3, priority: 100, interval: Self.interval)
    world.run(until: death + ordinary + (delay > .seconds(10) ? .milliseconds(5) : .seconds(10)))
    #expect(world.failure == nil)
    for router in scenario.routers.indices { #expect(world.nodes[0].isActive(router), "router \(router)") }
  }

  /// Three routers, two of which are late: without patience, one of them changes 64 times in this time, and goes on.
  @Test func twoLateRouters() {
    let scenario = arrival(3, routers: 60, takeover: .milliseconds(30), nodeCount: 3)
    let world = World(scenario)
    world.run(until: scenario.faultsEnd + .seconds(25))
    world.checkElection()
    #expect(world.failure == nil)
    for node in world.nodes.indices {
      #expect(mostChanges(of: node, since: scenario.faultsEnd, in: world) <= 18, "node \(node)")
    }
  }
}
