import NetPrimitives
import Testing

@testable import VRRPCore

/// A better router that falls silent, although it is alive, is waited for longer the next time.
struct PatienceTests {
  private static let interval = Interval.centiseconds(10)

  /// The worse of two routers, and the clock.
  private struct Pair {
    var router: Router
    var now: Instant
    let better = address("192.0.2.2")

    init(_ change: (inout RouterConfiguration) -> Void = { _ in }) {
      router = Router(
        configuration(priority: 100, interval: PatienceTests.interval, change), sourceAddress: address("192.0.2.1"))
      now = .zero + .seconds(1)
      var effects: [Effect] = []
      router.start(now: now, into: &effects)
      waitUntilMaster()
    }

    /// Lets deadlines pass until the router is active; how long that took.
    @discardableResult mutating func waitUntilMaster() -> Interval {
      let start = now
      var effects: [Effect] = []
      while router.state != .master, let next = router.nextDeadline {
        now = max(now, next)
        router.deadlineReached(now: now, into: &effects)
      }
      return now - start
    }

    mutating func hear(_ priority: UInt8 = 150, from source: IPAddress? = nil) {
      let source = source ?? better
      let message = router.configuration.content.message(
        priority: priority, source: source, destination: VRRP.groupIPv4)
      let path = PacketPath(source: source, destination: VRRP.groupIPv4, hopLimit: 255, receivedAt: now)
      var effects: [Effect] = []
      router.receive(message.span, path: path, now: now, into: &effects)
    }

    /// The better one advertises on time.
    mutating func hear(for duration: Interval) {
      let end = now + duration
      while now < end {
        now = now + PatienceTests.interval
        hear()
      }
    }

    /// It is heard once, and again `late` after we have replaced it; how long we waited.
    mutating func silence(late: Interval) -> Interval {
      hear()
      let waited = waitUntilMaster()
      now = now + late
      return waited
    }
  }

  private static let ordinary = Timing.masterDownInterval(version: .v3, priority: 100, interval: interval)

  @Test func theFirstSilenceIsAnsweredInTime() {
    var pair = Pair()
    #expect(pair.silence(late: .zero) == Self.ordinary)
  }

  @Test func itGrowsAndIsBounded() {
    var pair = Pair()
    let waits = (0..<8).map { _ in pair.silence(late: .milliseconds(50)) }
    #expect(waits[0] == Self.ordinary)
    for (before, after) in zip(waits, waits.dropFirst()) where before < Self.ordinary + Patience.limit {
      #expect(after - Self.ordinary >= min((before + .milliseconds(50)) * 2, Patience.limit))
    }
    #expect(waits.last == Self.ordinary + Patience.limit)
    #expect(pair.router.history.transitions.last?.patience == Patience.limit)
  }

  /// Twice what it was silent for, so that a router that is late by seconds is not taken over from again and again.
  @Test func itIsLongerThanTheSilence() {
    var pair = Pair()
    _ = pair.silence(late: .seconds(2))
    #expect(pair.silence(late: .zero) == Self.ordinary + (Self.ordinary + .seconds(2)) * 2)
  }

  @Test func aSteadyRouterIsTrustedAgain() {
    var pair = Pair()
    _ = pair.silence(late: .milliseconds(50))
    pair.hear()
    pair.hear(for: Patience.latest - .milliseconds(200))
    #expect(pair.router.patience.length > .zero)
    pair.hear(for: .milliseconds(300))
    #expect(pair.router.patience.length == .zero)
    #expect(pair.waitUntilMaster() == Self.ordinary)
  }

  /// One that comes back after so long was dead and restarted: its next death is an ordinary one.
  @Test func aRestartedRouterIsNotLate() {
    var pair = Pair()
    _ = pair.silence(late: Patience.latest)
    #expect(pair.silence(late: .zero) == Self.ordinary)
  }

  @Test func othersAreNotWaitedFor() {
    var pair = Pair()
    _ = pair.silence(late: .milliseconds(50))
    pair.hear()
    pair.hear(200, from: address("192.0.2.3"))
    #expect(pair.waitUntilMaster() == Self.ordinary)
  }

  /// A router that is heard with a lower priority, because a check of its own failed, is not silent.
  @Test func preemptionNeedsNone() {
    var pair = Pair()
    for _ in 0..<4 { _ = pair.silence(late: .milliseconds(50)) }
    pair.hear()
    let start = pair.now
    var effects: [Effect] = []
    while pair.router.state == .backup, pair.now - start < .seconds(5) {
      pair.hear(70)
      let next = pair.now + Self.interval
      pair.now = min(next, max(pair.now, pair.router.nextDeadline ?? next))
      pair.router.deadlineReached(now: pair.now, into: &effects)
    }
    #expect(pair.router.state == .master && pair.router.lastCause == .preemption)
    #expect(pair.now - start <= Self.ordinary + Self.interval)
  }

  /// Whoever says that it goes, is gone.
  @Test func priorityZeroNeedsNone() {
    var pair = Pair()
    for _ in 0..<4 { _ = pair.silence(late: .milliseconds(50)) }
    pair.hear()
    pair.hear(0)
    #expect(pair.waitUntilMaster() == pair.router.skewTime)
    #expect(pair.router.lastCause == .masterResigned)
  }

  /// So does BFD.
  @Test func neitherDoesBFD() {
    var pair = Pair { $0.trackers = [Tracker(kind: .bfd, name: "peer", weight: 1)] }
    for _ in 0..<4 { _ = pair.silence(late: .milliseconds(50)) }
    pair.hear()
    var effects: [Effect] = []
    for (state, diagnostic) in [(BFDReport.State.up, 0), (.down, 1)] as [(BFDReport.State, UInt8)] {
      let report = BFDReport(
        state: state, neighbor: pair.better, diagnostic: diagnostic, transmitInterval: .milliseconds(50))
      pair.router.bfdChanged(session: "peer", to: report, now: pair.now, into: &effects)
    }
    #expect(pair.waitUntilMaster() == .zero)
    #expect(pair.router.lastCause == .bfdTakeover(session: "peer"))
  }
}
