import NetPrimitives
import Testing

@testable import VRRPCore

struct TimingTests {
  /// V9: the worked figures of the RFCs, to the nanosecond.
  @Test(arguments: [
    (VRRPVersion.v3, UInt8(100), Interval.centiseconds(100), Interval.microseconds(609_375)),
    (.v3, 254, .centiseconds(100), .nanoseconds(7_812_500)),
    (.v3, 100, .centiseconds(1), .nanoseconds(6_093_750)),
    (.v3, 1, .centiseconds(4095), .nanoseconds(40_790_039_062)),
    (.v2, 100, .seconds(1), .microseconds(609_375)),
    (.v2, 100, .seconds(10), .microseconds(609_375)),
  ])
  func workedExamples(version: VRRPVersion, priority: UInt8, interval: Interval, skew: Interval) {
    #expect(Timing.skewTime(version: version, priority: priority, interval: interval) == skew)
    let down = Timing.masterDownInterval(version: version, priority: priority, interval: interval)
    #expect(down == interval * 3 + skew)
  }

  @Test func skewFallsWithEveryPriority() {
    for version in VRRPVersion.allCases {
      for interval in [Interval.centiseconds(1), .seconds(1), .centiseconds(4095)] {
        var previous = Interval.greatest
        for priority in UInt8.min...UInt8.max {
          let skew = Timing.skewTime(version: version, priority: priority, interval: interval)
          #expect(skew < previous)
          #expect(skew > .zero)
          let base = version == .v2 ? Interval.seconds(1) : interval
          let remainder = base * Int64(256 - Int(priority)) - skew * 256
          #expect(remainder < .nanoseconds(256))
          previous = skew
        }
      }
    }
  }

  /// V9: a backup takes over at its master-down interval and not a nanosecond earlier.
  @Test(arguments: [UInt8(1), 100, 254], [Int64(1), 10, 100])
  func backupTakesOverOnTime(priority: UInt8, centiseconds: Int64) throws {
    let start = Instant.zero + .seconds(5)
    var router = Router(
      configuration(priority: priority, interval: .centiseconds(centiseconds)), sourceAddress: address("192.0.2.1"))
    _ = router.perform { $0.start(now: start, into: &$1) }
    let interval = Interval.centiseconds(centiseconds)
    let expected = start + interval * 3 + interval * Int64(256 - Int(priority)) / 256
    #expect(router.nextDeadline == expected)
    #expect(router.perform { $0.deadlineReached(now: expected - .nanoseconds(1), into: &$1) } == [])
    _ = router.perform { $0.deadlineReached(now: expected, into: &$1) }
    #expect(router.state == .master)
  }

  @Test func downTimerAdverts() {
    var router = Router(configuration { $0.downTimerAdvertisements = 5 }, sourceAddress: address("192.0.2.1"))
    _ = router.perform { $0.start(now: .zero, into: &$1) }
    #expect(router.masterDownInterval == .milliseconds(5_000) + .microseconds(609_375))
  }

  /// The cadence of the active router does not drift with late wake-ups, and a missed one is not made up for.
  @Test func cadence() {
    var router = Router(
      configuration(priority: 255) { $0.prefersMaster = true }, sourceAddress: address("192.0.2.1"))
    _ = router.perform { $0.start(now: .zero, into: &$1) }
    // The announcements of the beginning.
    while router.nextDeadline == .zero { _ = router.perform { $0.deadlineReached(now: .zero, into: &$1) } }
    let late = Instant.zero + .milliseconds(1_003)
    #expect(router.perform { $0.deadlineReached(now: late, into: &$1) }.count == 1)
    #expect(router.nextDeadline == Instant.zero + .seconds(2))
    _ = router.perform { $0.deadlineReached(now: .zero + .milliseconds(4_500), into: &$1) }
    #expect(router.nextDeadline == Instant.zero + .milliseconds(5_000), "the second burst of announcements")
    #expect(router.statistics.worstAdvertisementLateness == .milliseconds(2_500))
  }
}
