import LabKit
import NetPrimitives
import Testing

extension LabTests {
  /// Configurations of the shape that people run keepalived with, unchanged.
  @Suite struct ProductionConfigurations {
    @Test func heartbeatByBFD() throws {
      let plan = try FailoverPlan(
        activeFile: LabTests.fixtures + "/heartbeat/keepalived.conf", backupFile: nil, folder: nil)
      let baton = try LabTests.baton()
      let failover = try Failover(plan, engine: .baton, baton: baton)
      defer { failover.lab.destroy() }
      try failover.waitUntilAtRest()

      let active = try #require(baton.instances(on: failover.active).first)
      let backup = try #require(baton.instances(on: failover.backup).first)
      #expect(active.state == "master" && active.priority == 100 && active.effectivePriority == 140)
      #expect(backup.state == "backup" && backup.priority == 90 && backup.effectivePriority == 130)
      #expect(active.tracked.map(\.name) == ["heartbeat"] && active.tracked.map(\.state) == ["up"])
      #expect(failover.active.daemon("bfdd")?.processName == "heartbeat", "bfd_process_name")

      let timeline = try failover.run(.kill)
      #expect(try #require(timeline.total) < .milliseconds(1800), "\(Report.text(timeline, title: ""))")
    }

    @Test func thirtyMillisecondsWithCheckAndNotify() throws {
      let folder = LabTests.fixtures + "/advert-30ms"
      let plan = try FailoverPlan(
        activeFile: folder + "/keepalived.conf", backupFile: nil, folder: folder + "/etc")
      let baton = try LabTests.baton()
      let failover = try Failover(plan, engine: .baton, baton: baton)
      defer { failover.lab.destroy() }
      try failover.waitUntilAtRest()
      let (a, b) = (failover.active, failover.backup)

      let addresses = try a.run(["ip", "-o", "-4", "addr", "show", "dev", "eth3"])
      #expect(addresses.contains("192.168.147.19/32 scope global eth3:9"), "\(addresses)")
      #expect(try baton.instances(on: a).first?.virtualAddresses.first?.label == "eth3:9")
      try wait(failover, "the notify script of a says MASTER") { notified(a).last == "INSTANCE upyun_lb MASTER 100" }
      try wait(failover, "the notify script of b says BACKUP") { notified(b).last == "INSTANCE upyun_lb BACKUP 90" }

      // The check fails: 100 - 30 is less than b's 90, and the address moves.
      try a.write("", to: "/run/check-fails")
      try wait(failover, "the address is on b only") {
        try b.has(plan.virtualAddress) && !a.has(plan.virtualAddress)
      }
      #expect(try baton.instances(on: a).first?.effectivePriority == 70)
      try wait(failover, "the notify scripts agree") {
        notified(a).last == "INSTANCE upyun_lb BACKUP 70" && notified(b).last == "INSTANCE upyun_lb MASTER 90"
      }

      // The check succeeds again: a takes the address back.
      a.remove("/run/check-fails")
      try wait(failover, "the address is on a only") {
        try a.has(plan.virtualAddress) && !b.has(plan.virtualAddress)
      }
      try wait(failover, "the notify script of a says MASTER") { notified(a).last == "INSTANCE upyun_lb MASTER 100" }
    }

    private func notified(_ host: Host) -> [String] {
      (host.read("/run/notified") ?? "").split(separator: "\n").map(String.init)
    }

    private func wait(_ failover: Failover, _ what: String, _ condition: () throws -> Bool) throws {
      try eventually(what, in: failover.lab, condition)
    }
  }
}
