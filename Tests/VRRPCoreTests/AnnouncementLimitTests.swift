import NetPrimitives
import Testing

@testable import VRRPCore

/// What other routers can make a master send: nobody turns one small packet into a thousand frames, again and again.
struct AnnouncementLimitTests {
  private static let addressCount = 200
  private static let burst = 5 * addressCount

  /// A master with many addresses that has been active long enough for its own bursts to be over.
  private func master(
    interval: Interval, _ change: (inout RouterConfiguration) -> Void = { _ in }
  ) -> (router: Router, now: Instant) {
    var router = Router(
      configuration(priority: 200, interval: interval) {
        $0.addresses = (0..<Self.addressCount).map { address("198.51.100.\($0)") }
        change(&$0)
      }, sourceAddress: address("192.0.2.1"))
    var effects: [Effect] = []
    router.start(now: .zero, into: &effects)
    let now = Instant.zero + .seconds(60)
    run(&router, from: .zero, until: now)
    return (router, now)
  }

  private func run(_ router: inout Router, from start: Instant, until end: Instant) {
    var now = start
    var effects: [Effect] = []
    while let next = router.nextDeadline, next <= end {
      now = max(now, next)
      effects.removeAll(keepingCapacity: true)
      router.deadlineReached(now: now, into: &effects)
    }
  }

  /// What it announces and sends while somebody advertises `priority` all the time.
  private func sent(
    by router: inout Router, from start: Instant, for duration: Interval, hearing priority: UInt8, every gap: Interval
  ) -> (announcements: Int, advertisements: Int) {
    let before = router.statistics
    let message = router.configuration.content.message(
      priority: priority, source: address("192.0.2.2"), destination: VRRP.groupIPv4)
    var now = start
    while now < start + duration {
      let path = PacketPath(
        source: address("192.0.2.2"), destination: VRRP.groupIPv4, hopLimit: 255, receivedAt: now)
      var effects: [Effect] = []
      router.receive(message.span, path: path, now: now, into: &effects)
      run(&router, from: now, until: now + gap)
      now = now + gap
    }
    return (
      Int(router.statistics.announcementsSent - before.announcementsSent),
      Int(router.statistics.advertisementsSent - before.advertisementsSent)
    )
  }

  /// 10 and 1,000 advertisements a second, of a lower priority and of priority 0, at several intervals: one burst in each
  /// Active_Down_Interval, and one more `garp_lower_prio_delay` after the last.
  @Test(arguments: [0, 1, 100, 199] as [UInt8], [Interval.milliseconds(1), .milliseconds(100)])
  func oneBurstInEachActiveDownInterval(priority: UInt8, gap: Interval) {
    for interval in [Interval.centiseconds(3), .centiseconds(10), .seconds(1)] {
      var (router, now) = master(interval: interval)
      let downTime = router.masterDownInterval
      let periods = 4
      let sent = sent(
        by: &router, from: now, for: downTime * Int64(periods), hearing: priority, every: gap)
      #expect(sent.announcements >= Self.burst, "it does announce")
      let due = gap < downTime ? periods + 1 : periods
      #expect(sent.announcements <= due * Self.burst, "interval \(interval)")
      // Its own, and four answers in each interval at most.
      let intervals = Int((downTime * Int64(periods)).nanoseconds / interval.nanoseconds) + 1
      #expect(sent.advertisements <= 5 * intervals, "interval \(interval)")
    }
  }

  /// One advertisement is answered at once, as the protocol wants it, whenever it comes.
  @Test func theFirstIsAnsweredAtOnce() {
    var (router, now) = master(interval: .seconds(1)) { $0.announcements.lowerPriorityDelay = .zero }
    let sent = sent(by: &router, from: now, for: .milliseconds(1), hearing: 100, every: .milliseconds(1))
    #expect(sent == (Self.burst, 1))
  }

  /// A second request soon after the first burst waits, is merged with the third, and is served.
  @Test func theLastRequestIsServed() {
    var (router, now) = master(interval: .seconds(1)) { $0.announcements.lowerPriorityDelay = .zero }
    let downTime = router.masterDownInterval
    _ = sent(by: &router, from: now, for: .milliseconds(30), hearing: 100, every: .milliseconds(10))
    let announced = router.statistics.announcementsSent
    run(&router, from: now + .milliseconds(30), until: now + downTime - .milliseconds(1))
    #expect(router.statistics.announcementsSent == announced)
    run(&router, from: now + downTime, until: now + downTime)
    #expect(router.statistics.announcementsSent == announced + UInt64(Self.addressCount))
    run(&router, from: now + downTime, until: now + downTime * 5)
    #expect(router.statistics.announcementsSent == announced + UInt64(Self.addressCount), "once")
  }

  /// A new master has just announced: the last advertisements of the one before it do not make it do so again and again.
  @Test func aTakeoverCounts() {
    var router = Router(
      configuration(priority: 200) {
        $0.addresses = (0..<Self.addressCount).map { address("198.51.100.\($0)") }
      }, sourceAddress: address("192.0.2.1"))
    var effects: [Effect] = []
    router.start(now: .zero, into: &effects)
    let since = Instant.zero + router.masterDownInterval
    run(&router, from: .zero, until: since + .milliseconds(1))
    #expect(router.statistics.announcementsSent == UInt64(Self.burst))
    let sent = sent(
      by: &router, from: since + .milliseconds(1), for: router.masterDownInterval - .milliseconds(200), hearing: 100,
      every: .milliseconds(100))
    #expect(sent.announcements == 0)
    run(&router, from: since, until: since + router.masterDownInterval)
    #expect(router.statistics.announcementsSent > UInt64(Self.burst), "but the last of them counts")
  }

  /// A session that flaps asks for announcements, too.
  @Test func aFlappingSession() {
    var (router, now) = master(interval: .seconds(1)) {
      $0.trackers = [Tracker(kind: .bfd, name: "peer", weight: 1)]
    }
    let before = router.statistics.announcementsSent
    for _ in 0..<100 {
      for state in [BFDReport.State.down, .up] {
        var effects: [Effect] = []
        router.bfdChanged(
          session: "peer",
          to: BFDReport(
            state: state, neighbor: address("192.0.2.2"), diagnostic: 0, transmitInterval: .milliseconds(50)),
          now: now, into: &effects)
        run(&router, from: now, until: now + .milliseconds(10))
        now = now + .milliseconds(10)
      }
    }
    let announced = Int(router.statistics.announcementsSent - before)
    #expect(announced >= Self.addressCount && announced <= Self.burst)
  }

  /// One that was late, and in whose place nobody was active, has no reason to: more work would make it later still.
  @Test func aLateRouterDoesNotAnnounce() {
    var (router, now) = master(interval: .seconds(1))
    let announced = router.statistics.announcementsSent
    var effects: [Effect] = []
    for _ in 0..<10 {
      now = now + router.masterDownInterval * 2
      router.deadlineReached(now: now, into: &effects)
    }
    #expect(router.statistics.announcementsSent == announced)
    #expect(router.statistics.ownStalls == 10)
    #expect(router.state == .master)
  }
}
