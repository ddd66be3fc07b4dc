import NetPrimitives
import Testing

@testable import VRRPCore

struct TrackingTests {
  struct Row: Sendable {
    let weight: Int
    let reversed: Bool
    let up: TrackerInfluence
    let down: TrackerInfluence
  }

  static let table = [
    Row(weight: 0, reversed: false, up: .priority(0), down: .fault),
    Row(weight: 0, reversed: true, up: .fault, down: .priority(0)),
    Row(weight: 30, reversed: false, up: .priority(30), down: .priority(0)),
    Row(weight: -30, reversed: false, up: .priority(0), down: .priority(-30)),
    Row(weight: 30, reversed: true, up: .priority(-30), down: .priority(0)),
    Row(weight: -30, reversed: true, up: .priority(0), down: .priority(30)),
  ]

  @Test(arguments: table, Tracker.Kind.allCases)
  func upAndDown(row: Row, kind: Tracker.Kind) {
    let tracker = Tracker(kind: kind, name: "x", weight: row.weight, isReversed: row.reversed)
    #expect(tracker.influence(of: .up) == row.up)
    #expect(tracker.influence(of: .down) == row.down)
    switch kind {
    case .bfd: #expect(tracker.influence(of: .unknown) == row.down)
    case .script: #expect(tracker.influence(of: .unknown) == (row.weight == 0 ? .pending : .priority(0)))
    default: #expect(tracker.influence(of: .unknown) == .priority(0))
    }
  }

  @Test func fileValues() {
    let cases: [(weight: Int, reversed: Bool, value: Int, influence: TrackerInfluence)] = [
      (1, false, 7, .priority(7)), (1, true, 7, .priority(-7)), (-2, false, 7, .priority(-14)),
      (-2, true, 7, .priority(14)), (1, false, 1_000, .priority(254)), (1, false, -253, .priority(-253)),
      (1, false, -254, .fault), (2, false, -127, .fault), (0, false, 0, .priority(0)), (0, false, 1, .fault),
      (0, true, 0, .fault), (0, true, 1, .priority(0)), (254, false, .max, .priority(254)),
      (254, false, .min, .fault), (-254, false, .min, .priority(254)), (-254, false, .max, .fault),
    ]
    for row in cases {
      let tracker = Tracker(kind: .file, name: "x", weight: row.weight, isReversed: row.reversed)
      #expect(tracker.influence(of: .value(row.value)) == row.influence, "\(row)")
    }
  }

  private func started(_ trackers: [Tracker], priority: UInt8 = 100) -> Router {
    var router = Router(
      configuration(priority: priority) { $0.trackers = trackers }, sourceAddress: address("192.0.2.1"))
    _ = router.perform { $0.start(now: .zero, into: &$1) }
    return router
  }

  @Test func priorityIsClamped() {
    for (priority, weight, expected) in [(UInt8(100), 253, UInt8(254)), (100, -253, 1), (255, -253, 255)] {
      var router = started([Tracker(kind: .script, name: "x", weight: weight)], priority: priority)
      _ = router.perform { $0.trackerChanged(.script, "x", to: weight > 0 ? .up : .down, now: .zero, into: &$1) }
      #expect(router.effectivePriority == expected)
    }
  }

  @Test func severalTrackersAddUp() {
    var router = started([
      Tracker(kind: .script, name: "x", weight: -30), Tracker(kind: .interface, name: "x", weight: -20),
      Tracker(kind: .script, name: "y", weight: 5),
    ])
    _ = router.perform { $0.trackerChanged(.script, "x", to: .down, now: .zero, into: &$1) }
    #expect(router.effectivePriority == 70, "an interface of the same name is another object")
    _ = router.perform { $0.trackerChanged(.interface, "x", to: .down, now: .zero, into: &$1) }
    let effects = router.perform { $0.trackerChanged(.script, "y", to: .up, now: .zero, into: &$1) }
    #expect(effects == [.priorityChanged(from: 50, to: 55)])
  }

  /// A change of priority moves the running timer by what the skew changed.
  @Test func timerMovesWithPriority() {
    var router = started([Tracker(kind: .script, name: "x", weight: -30)])
    #expect(router.nextDeadline == Instant.zero + Interval.seconds(3) + Interval.seconds(1) * 156 / 256)
    _ = router.perform { $0.trackerChanged(.script, "x", to: .down, now: .zero + .seconds(1), into: &$1) }
    #expect(router.nextDeadline == Instant.zero + Interval.seconds(3) + Interval.seconds(1) * 186 / 256)
    _ = router.perform { $0.trackerChanged(.script, "x", to: .up, now: .zero + .seconds(2), into: &$1) }
    #expect(router.nextDeadline == Instant.zero + Interval.seconds(3) + Interval.seconds(1) * 156 / 256)
  }

  @Test func unweightedScriptHoldsTheStartBack() {
    var router = started([Tracker(kind: .script, name: "x")])
    #expect(router.state == .initialize)
    #expect(router.nextDeadline == nil)
    let effects = router.perform { $0.trackerChanged(.script, "x", to: .up, now: .zero, into: &$1) }
    #expect(router.state == .backup)
    #expect(effects.first == .notify(.backup, priority: 100))
    var failing = started([Tracker(kind: .script, name: "x")])
    _ = failing.perform { $0.trackerChanged(.script, "x", to: .down, now: .zero, into: &$1) }
    #expect(failing.state == .fault)
    #expect(failing.lastCause == .fault(.tracker))
  }

  @Test func unweightedBFDStartsInFault() {
    var router = started([Tracker(kind: .bfd, name: "b")])
    #expect(router.state == .fault)
    let up = BFDReport(state: .up, neighbor: nil, diagnostic: 0, transmitInterval: .zero)
    _ = router.perform { $0.bfdChanged(session: "b", to: up, now: .zero, into: &$1) }
    #expect(router.state == .backup)
  }

  @Test func everyFaultMustBeCured() {
    var router = started([Tracker(kind: .script, name: "x")])
    _ = router.perform { $0.trackerChanged(.script, "x", to: .up, now: .zero, into: &$1) }
    _ = router.perform { $0.interfaceChanged(isUp: false, now: .zero, into: &$1) }
    _ = router.perform { $0.trackerChanged(.script, "x", to: .down, now: .zero, into: &$1) }
    _ = router.perform { $0.interfaceChanged(isUp: true, now: .zero, into: &$1) }
    #expect(router.state == .fault)
    _ = router.perform { $0.trackerChanged(.script, "x", to: .up, now: .zero, into: &$1) }
    #expect(router.state == .backup)
    #expect(router.lastCause == .faultCleared)
  }
}
