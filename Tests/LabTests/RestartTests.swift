import LabKit
import NetPrimitives
import Testing

extension LabTests {
  /// A daemon that is killed and started again: the other one goes on, and both agree soon.
  @Suite struct Restarts {
    /// The demonstration's routers, with BFD that only a fault takes down, not a moment without processor time.
    private static let plan = {
      var plan = FailoverPlan.demo
      for side in [\FailoverPlan.active, \.backup] {
        plan[keyPath: side].configuration.replace("min_rx 10\n", with: "min_rx 100\n")
        plan[keyPath: side].configuration.replace("min_tx 10\n", with: "min_tx 100\n")
      }
      return plan
    }()

    /// Both routers at rest, a active.
    private func routers() throws -> (Failover, Baton) {
      let baton = try LabTests.baton()
      let failover = try Failover(Self.plan, engine: .baton, baton: baton)
      do { try failover.waitUntilAtRest() } catch {
        failover.lab.destroy()
        throw error
      }
      return (failover, baton)
    }

    private func waitForStep(_ failover: Failover, _ baton: Baton) throws {
      let (a, b) = (failover.active, failover.backup)
      try eventually("a is master, b is backup, both see BFD up", in: failover.lab) {
        let (onA, onB) = try (baton.instances(on: a).first, baton.instances(on: b).first)
        let sessions = try baton.sessions(on: a) + baton.sessions(on: b)
        return onA?.state == "master" && onB?.state == "backup"
          && onA?.tracked.map(\.state) == ["up"] && onB?.tracked.map(\.state) == ["up"]
          && sessions.map(\.localState) == ["up", "up"]
      }
      try eventually("a alone has the address", in: failover.lab) {
        try a.has(FailoverPlan.demo.virtualAddress) && !b.has(FailoverPlan.demo.virtualAddress)
      }
    }

    @Test(arguments: ["a", "b"])
    func bfddKilledAndStartedAgain(_ name: String) throws {
      let (failover, baton) = try routers()
      defer { failover.lab.destroy() }
      let host = name == "a" ? failover.active : failover.backup
      let vrrpd = try #require(host.daemon("vrrpd"))
      try #require(host.daemon("bfdd")).kill()
      try eventually("vrrpd shows its BFD state as stale", in: failover.lab) {
        try baton.instances(on: host).first?.tracked.map(\.state) == ["stale_up"]
      }
      try baton.startBFD(on: host)
      try waitForStep(failover, baton)
      #expect(vrrpd.isRunning)
    }

    @Test(arguments: ["a", "b"])
    func vrrpdKilledAndStartedAgain(_ name: String) throws {
      let (failover, baton) = try routers()
      defer { failover.lab.destroy() }
      let host = name == "a" ? failover.active : failover.backup
      let bfdd = try #require(host.daemon("bfdd"))
      let before = try #require(baton.sessions(on: host).first).statistics.upCount
      try #require(host.daemon("vrrpd")).kill()
      try baton.startVRRP(on: host)
      try waitForStep(failover, baton)
      #expect(bfdd.isRunning)
      #expect(try baton.sessions(on: host).first?.statistics.upCount == before, "BFD did not notice")
    }
  }
}
