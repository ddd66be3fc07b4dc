import NetPrimitives
import Testing

@testable import VRRPCore

/// A BFD session that dies together with the active router ends the wait for VRRP's own timer; nothing else does.
struct TakeoverTests {
  private func report(
    _ state: BFDReport.State, diagnostic: UInt8 = 0, neighbor: String = "192.0.2.1",
    interval: Interval = .milliseconds(10)
  ) -> BFDReport {
    BFDReport(state: state, neighbor: address(neighbor), diagnostic: diagnostic, transmitInterval: interval)
  }

  /// Router 0 active, router 1 its backup with a BFD session to it that is up.
  private func segment(
    sessions: [String] = ["b"], weight: Int = 40, _ change: (inout RouterConfiguration) -> Void = { _ in }
  ) -> Segment {
    var segment = Segment([
      configuration(.v2, priority: 200),
      configuration(.v2, priority: 100) {
        $0.trackers = sessions.map { Tracker(kind: .bfd, name: $0, weight: weight) }
        change(&$0)
      },
    ])
    for session in sessions {
      segment.apply(1) { $0.bfdChanged(session: session, to: report(.up), now: $1, into: &$2) }
    }
    segment.startAll()
    segment.run(for: .seconds(10))
    return segment
  }

  @Test(arguments: [UInt8(1), 2])
  func oneSession(diagnostic: UInt8) {
    var segment = segment()
    segment.isAlive[0] = false
    let death = segment.now
    segment.apply(1) {
      $0.bfdChanged(session: "b", to: report(.down, diagnostic: diagnostic), now: $1, into: &$2)
    }
    #expect(segment.routers[1].nextDeadline == death)
    segment.run(for: .zero)
    #expect(segment.masters == [1])
    #expect(segment.routers[1].lastCause == .bfdTakeover(session: "b"))
    #expect(segment.routers[1].statistics.bfdTakeovers == 1)
    segment.run(for: .seconds(10))
    #expect(segment.routers[1].statistics.falseBFDTakeovers == 0)
  }

  @Test func severalSessionsKeepTheOrderOfPriorities() {
    var segment = segment(sessions: ["b", "c"], weight: -20)
    segment.apply(1) { $0.bfdChanged(session: "b", to: report(.down, diagnostic: 1), now: $1, into: &$2) }
    #expect(segment.routers[1].effectivePriority == 80)
    #expect(segment.routers[1].nextDeadline == segment.now + .milliseconds(10) * 176 / 256)
  }

  @Test func theIntervalIsTheOneTheSessionHadWhileUp() {
    var segment = segment(sessions: ["b", "c"], weight: -20)
    // A session that is down sends once a second, and says so.
    let down = report(.down, diagnostic: 1, interval: .seconds(1))
    segment.apply(1) { $0.bfdChanged(session: "b", to: down, now: $1, into: &$2) }
    #expect(segment.routers[1].nextDeadline == segment.now + .milliseconds(10) * 176 / 256)
  }

  @Test func theTimerIsNeverMadeLonger() {
    var segment = segment(sessions: ["b", "c"], weight: -20)
    segment.apply(1) {
      $0.bfdChanged(session: "b", to: report(.up, interval: .seconds(10)), now: $1, into: &$2)
    }
    segment.isAlive[0] = false
    let deadline = segment.routers[1].nextDeadline ?? .zero
    segment.run(for: deadline - segment.now - .milliseconds(100))
    let slow = report(.down, diagnostic: 1, interval: .seconds(10))
    let before = segment.routers[1].skewTime
    segment.apply(1) { $0.bfdChanged(session: "b", to: slow, now: $1, into: &$2) }
    let shift = segment.routers[1].skewTime - before
    #expect(segment.routers[1].nextDeadline == deadline + shift)
  }

  @Test func whatDoesNotTrigger() {
    let cases: [(String, BFDReport)] = [
      ("taken down by its operator", report(.adminDown, diagnostic: 7)),
      ("signalled by the neighbour", report(.down, diagnostic: 3)),
      ("down without a reason", report(.down, diagnostic: 0)),
      ("path down", report(.down, diagnostic: 5)),
      ("another neighbour", report(.down, diagnostic: 1, neighbor: "192.0.2.9")),
      ("coming up", report(.initializing, diagnostic: 1)),
    ]
    for (why, report) in cases {
      var segment = segment(weight: -1)
      segment.apply(1) { $0.bfdChanged(session: "b", to: report, now: $1, into: &$2) }
      segment.run(for: .seconds(20))
      #expect(segment.masters == [0], "\(why)")
      #expect(segment.routers[1].statistics.bfdTakeovers == 0, "\(why)")
    }
  }

  /// bfdd on the other router is restarted: AdminDown, silence, Down, Init, Up. Nobody's priority moves.
  @Test func aNeighbourThatIsTakenDownIsHeld() {
    var segment = segment(weight: 40)
    let before = segment.routers[1].effectivePriority
    let steps: [(BFDReport.State, Bool)] = [
      (.down, true), (.down, false), (.initializing, false), (.down, true), (.initializing, false), (.up, false),
    ]
    for (state, isNeighborAdminDown) in steps {
      var report = report(state, diagnostic: state == .up ? 0 : 3)
      report.isNeighborAdminDown = isNeighborAdminDown
      segment.apply(1) { $0.bfdChanged(session: "b", to: report, now: $1, into: &$2) }
      #expect(segment.routers[1].effectivePriority == before, "\(state)")
    }
  }

  @Test(arguments: [
    (BFDReport.State.down, UInt8(1)), (.initializing, 1), (.down, 5), (.adminDown, 7), (.down, 0),
  ])
  func holdingEndsWithAFailure(state: BFDReport.State, diagnostic: UInt8) {
    var segment = segment(weight: 40)
    let before = segment.routers[1].effectivePriority
    var adminDown = report(.down, diagnostic: 3)
    adminDown.isNeighborAdminDown = true
    segment.apply(1) { $0.bfdChanged(session: "b", to: adminDown, now: $1, into: &$2) }
    let failure = report(state, diagnostic: diagnostic)
    segment.apply(1) { $0.bfdChanged(session: "b", to: failure, now: $1, into: &$2) }
    #expect(segment.routers[1].effectivePriority == before - 40)
    #expect(segment.routers[1].statistics.bfdTakeovers == 0)
  }

  @Test func neverUp() {
    var segment = Segment([
      configuration(.v2, priority: 200),
      configuration(.v2, priority: 100) { $0.trackers = [Tracker(kind: .bfd, name: "b", weight: 40)] },
    ])
    segment.startAll()
    segment.run(for: .seconds(10))
    for state in [BFDReport.State.down, .initializing, .down] {
      segment.apply(1) { $0.bfdChanged(session: "b", to: report(state, diagnostic: 1), now: $1, into: &$2) }
    }
    segment.run(for: .seconds(1))
    #expect(segment.routers[1].statistics.bfdTakeovers == 0)
  }

  @Test func switchedOff() {
    var segment = segment { $0.takesOverOnBFD = false }
    let deadline = segment.routers[1].nextDeadline
    segment.apply(1) { $0.bfdChanged(session: "b", to: report(.down, diagnostic: 1), now: $1, into: &$2) }
    let moved = Interval.seconds(1) * 40 / 256
    #expect(segment.routers[1].nextDeadline == deadline.map { $0 + moved }, "only the weight counts")
  }

  @Test func anUntrackedSessionDoesNothing() {
    var segment = segment()
    let deadline = segment.routers[1].nextDeadline
    for state in [report(.up), report(.down, diagnostic: 1)] {
      segment.apply(1) { $0.bfdChanged(session: "another", to: state, now: $1, into: &$2) }
    }
    #expect(segment.routers[1].nextDeadline == deadline)
  }

  /// The path was dead, the router was not: its next advertisement ends our mastership at once.
  @Test func falseTakeover() {
    var segment = segment()
    segment.apply(1) { $0.bfdChanged(session: "b", to: report(.down, diagnostic: 1), now: $1, into: &$2) }
    segment.run(for: .seconds(3))
    #expect(segment.masters == [0])
    #expect(segment.transitions.filter { $0.router == 1 }.map(\.to) == [.backup, .master, .backup])
    #expect(segment.routers[1].statistics.falseBFDTakeovers == 1)
  }

  /// An unweighted session is a fault first of all, as in keepalived.
  @Test func unweightedSessionIsAFault() {
    var segment = segment(weight: 0)
    segment.apply(1) { $0.bfdChanged(session: "b", to: report(.down, diagnostic: 1), now: $1, into: &$2) }
    #expect(segment.routers[1].state == .fault)
    segment.run(for: .seconds(10))
    #expect(segment.masters == [0])
  }

  /// A path was cut, both were active, and the other yielded without a word: the address is announced all the same.
  @Test func anActiveRouterAnnouncesAgainWhenThePathIsBack() {
    var segment = Segment([configuration(.v2) { $0.trackers = [Tracker(kind: .bfd, name: "b", weight: 40)] }])
    segment.apply(0) { $0.bfdChanged(session: "b", to: report(.up), now: $1, into: &$2) }
    segment.startAll()
    segment.run(for: .seconds(20))
    segment.apply(0) { $0.bfdChanged(session: "b", to: report(.adminDown), now: $1, into: &$2) }
    segment.run(for: .seconds(1))
    let before = segment.announcements
    segment.apply(0) { $0.bfdChanged(session: "b", to: report(.up), now: $1, into: &$2) }
    segment.run(for: .seconds(1))
    #expect(segment.masters == [0] && segment.announcements > before)
  }

  @Test func aTakeoverIsForgottenWhenTheRouterIsHeard() {
    var segment = segment(sessions: ["b", "c"], weight: -1)
    let down = report(.down, diagnostic: 1, interval: .seconds(2))
    segment.apply(1) { $0.bfdChanged(session: "b", to: down, now: $1, into: &$2) }
    segment.run(for: .seconds(20))
    #expect(segment.masters == [0], "its advertisement came before the takeover was due")
    segment.isAlive[0] = false
    segment.run(for: .seconds(5))
    #expect(segment.routers[1].lastCause == .masterTimeout)
  }
}
