import LabKit
import NetPrimitives
import Testing

extension LabTests {
  @Suite struct Failovers {
    private func series(_ plan: FailoverPlan, _ engine: Engine, _ fault: Fault, runs: Int) throws -> Series {
      try Series.measure(plan, engine, fault, runs: runs, baton: LabTests.baton())
    }

    @Test func bfdTakesOverLongBeforeTheAdvertisementsAreMissed() throws {
      let series = try series(.demo, .baton, .cut, runs: 5)
      // RFC 3768 6.1: Master_Down_Interval = 3 x 1 s + (256 - 90)/256 s for the backup of the plan.
      let masterDown = Interval.milliseconds(3648)
      let median = try #require(series.median(.announcement))
      #expect(median < masterDown / 10, "\(Report.summary([series]))")
      for timeline in series.timelines { try expectOrder(timeline) }
    }

    private func expectOrder(_ timeline: Timeline) throws {
      let text = Report.text(timeline, title: "")
      let lastBFD = try #require(timeline.time(of: .lastBFD), "\(text)")
      let down = try #require(timeline.time(of: .bfdDown), "\(text)")
      let advertisement = try #require(timeline.time(of: .advertisement), "\(text)")
      let announcement = try #require(timeline.time(of: .announcement), "\(text)")
      let answer = try #require(timeline.time(of: .answer), "\(text)")
      // RFC 5880 6.8.4: 3 x 10 ms without a packet. Never sooner (the last bit is the way through the switch).
      #expect(down - lastBFD > .microseconds(29_500), "\(text)")
      #expect(advertisement - lastBFD > .microseconds(29_500), "\(text)")
      #expect(announcement >= advertisement, "\(text)")
      #expect(answer > announcement, "\(text)")
    }

    @Test(arguments: [Fault.kill, .stop])
    func aDeadOrFrozenRouterIsReplacedByBFD(_ fault: Fault) throws {
      let timeline = try #require(series(.demo, .baton, fault, runs: 1).timelines.first)
      let total = try #require(timeline.total)
      #expect(total < .milliseconds(1800), "half the VRRP down interval:\n\(Report.text(timeline, title: ""))")
    }

    @Test func anOrderlyStopHandsOverByPriorityZero() throws {
      let timeline = try #require(series(.demo, .baton, .term, runs: 1).timelines.first)
      // RFC 3768 6.4.2: after priority 0 the backup waits for its skew time only, (256 - 90)/256 s.
      #expect(try #require(timeline.total) < .milliseconds(1800), "\(Report.text(timeline, title: ""))")
    }

    @Test func fastAdvertisementsAreNoSlowerThanKeepaliveds() throws {
      let folder = LabTests.fixtures + "/advert-30ms"
      let plan = try FailoverPlan(
        activeFile: folder + "/keepalived.conf", backupFile: nil, folder: folder + "/etc")
      let all = try [Engine.baton, .keepalived].map { try series(plan, $0, .cut, runs: 5) }
      let ours = try #require(all[0].median(.announcement))
      let theirs = try #require(all[1].median(.announcement))
      #expect(ours < theirs * 3 / 2, "\(Report.summary(all))")
    }
  }
}
