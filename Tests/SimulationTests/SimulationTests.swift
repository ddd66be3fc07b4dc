import FoundationEssentials
import NetPrimitives
import Testing

/// Runs the scenario of one seed: faults, then quiet, then a while in which nothing may happen any more.
private func simulate(_ seed: UInt64, isTracing: Bool = false) -> World {
  let scenario = Scenario(seed: seed)
  let world = World(scenario, isTracing: isTracing)
  world.run(until: scenario.faultsEnd)
  world.calmNetwork()
  world.note("all faults are over")
  var end = scenario.faultsEnd + scenario.bfdRecovery
  world.run(until: end)
  world.checkSessions()
  world.note("sessions are up")
  let recovery = scenario.routers.indices.map { scenario.recovery(of: $0) }.max() ?? .zero
  end = end + recovery
  world.run(until: end)
  world.checkElection()
  world.note("elections are over")
  let changes = world.changeCount
  let quiet = scenario.routers.indices.map { scenario.longestMasterDown(of: $0) }.max() ?? .zero
  world.run(until: end + quiet)
  world.checkSessions()
  world.checkElection()
  if world.changeCount != changes { world.fail("something changed although nothing had happened") }
  return world
}

private func environment(_ name: String) -> UInt64? { ProcessInfo.processInfo.environment[name].flatMap { UInt64($0) } }

/// The seeds to run: `BATON_SIMULATION_SEED` alone, or the first `BATON_SIMULATION_COUNT` of them.
private var seeds: Range<UInt64> {
  if let seed = environment("BATON_SIMULATION_SEED") { return seed..<seed + 1 }
  return 0..<(environment("BATON_SIMULATION_COUNT") ?? 300)
}

@Suite struct SimulationTests {
  @Test(arguments: seeds) func promisesAreKept(seed: UInt64) {
    guard simulate(seed).failure != nil else { return }
    // The same again, this time with a record of what happened.
    let world = simulate(seed, isTracing: true)
    let text = world.trace.suffix(150).joined(separator: "\n")
    Issue.record(
      """
      BATON_SIMULATION_SEED=\(seed): \(world.failure ?? "a run that differs from its repetition")
      \(world.scenario.nodeCount) nodes, \(world.scenario.routers.count) virtual routers, \(world.scenario.network)
      \(text)
      """)
  }

  @Test func troubleIsHad() {
    let tally = (0..<100 as Range<UInt64>).reduce(World.Tally()) { $0 + simulate($1).tally }
    #expect(tally.bfdTakeovers > 0)
    #expect(tally.falseTakeovers > 0)
    #expect(tally.overlaps > 0)
    #expect(tally.masterTimeouts > 0)
    #expect(tally.preemptions > 0)
    #expect(tally.ownStalls > 0)
    #expect(tally.detections > 0)
    #expect(tally.neighborDowns > 0)
    #expect(tally.activeGroups > 0)
  }

  @Test func oneSeedIsOneRun() {
    for seed: UInt64 in 0..<5 {
      let (first, second) = (simulate(seed), simulate(seed))
      #expect(first.digest == second.digest)
      #expect(first.eventCount == second.eventCount)
    }
  }

  @Test func differentSeedsAreDifferentRuns() {
    #expect(Set((0..<5 as Range<UInt64>).map { simulate($0).digest }).count == 5)
  }
}
