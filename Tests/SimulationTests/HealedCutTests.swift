import NetPrimitives
import Testing
import VRRPCore

/// A cut between routers without BFD heals: wherever it was, and whoever hears the other first, all hosts go to the one that
/// remains active, within the protocol's bound.
@Suite struct HealedCutTests {
  /// A world in which nothing happens but one cut, long enough that everybody who is cut off becomes active.
  private func scenario(_ seed: UInt64, lastWords: Bool) -> Scenario {
    var random = SeededGenerator(seed: seed)
    var scenario = Scenario(emptyWorld: seed)
    scenario.nodeCount = random.number(2...4)
    let version: VRRPVersion = random.chance(500) ? .v2 : .v3
    let hasEqualPriorities = random.chance(300)
    let inGroup = random.chance(300)
    let intervals = version == .v2 ? [100] : [3, 10, 100]
    for router in 0..<(inGroup ? 2 : 1) {
      scenario.routers.append(
        (0..<scenario.nodeCount).map { node in
          var configuration = RouterConfiguration(
            name: "VI", virtualRouterID: UInt8(router + 1), family: .ipv4, version: version)
          configuration.advertisementInterval = .centiseconds(Int64(random.pick(intervals)))
          configuration.priority = hasEqualPriorities ? 100 : UInt8(50 + 50 * node)
          configuration.addresses = [.v4(IPv4Address(0x0A00_0164 + UInt32(router)))]
          configuration.answersHigherPriority = lastWords
          configuration.isInSyncGroup = inGroup
          // A second burst would hide that there was none when it was needed.
          configuration.announcements.delay = .zero
          configuration.announcements.lowerPriorityDelay = .zero
          return configuration
        })
    }
    if inGroup { scenario.groups = [[0, 1]] }
    scenario.network.delay = .microseconds(100)
    scenario.network.jitter = .microseconds(100)
    scenario.wakeDelay = .microseconds(200)
    let kind: Fault.Kind =
      switch random.number(0...2) {
      case 0: .isolation(random.number(0...scenario.nodeCount - 1))
      case 1: .oneWay(scenario.nodeCount - 1, random.number(0...scenario.nodeCount - 2))
      default: .partition(UInt(random.number(1...(1 << scenario.nodeCount) - 2)))
      }
    let start = Instant.zero + .seconds(12)
    let end = start + .seconds(20) + random.interval(upTo: .seconds(2))
    scenario.faults = [Fault(kind: kind, start: start, end: end)]
    scenario.faultsEnd = end
    return scenario
  }

  /// The hosts that go to the wrong node once an advertisement of the best, an answer and an announcement are through.
  private func lostHosts(_ seed: UInt64, lastWords: Bool) -> [Int] {
    let scenario = scenario(seed, lastWords: lastWords)
    let world = World(scenario)
    world.run(until: scenario.faultsEnd)
    // Priorities and addresses rise with the number of the node.
    let best = world.nodes.indices.last { world.nodes[$0].isActive(0) }
    let longest = scenario.routers.indices.map { scenario.longestInterval(of: $0) }.max() ?? .zero
    world.run(until: scenario.faultsEnd + longest + (scenario.network.longestDelay + scenario.wakeDelay) * 3)
    #expect(world.failure == nil)
    #expect(world.nodes.indices.filter { world.nodes[$0].isActive(0) } == [best].compactMap { $0 })
    return world.hosts.indices.filter { world.hosts[$0].contains { $0 != best } }
  }

  @Test(arguments: 0..<60 as Range<UInt64>) func hostsFollowTheOneThatRemains(seed: UInt64) {
    #expect(lostHosts(seed, lastWords: true).isEmpty)
  }

  /// What the last advertisement of the one that yields is for.
  @Test func withoutLastWordsSomeAreLost() {
    #expect((0..<60 as Range<UInt64>).contains { !lostHosts($0, lastWords: false).isEmpty })
  }
}
