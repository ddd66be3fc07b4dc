import NetPrimitives
import Testing

@testable import VRRPCore

/// What a tracked object of each kind does to a running router, whatever comes first: its result or the start.
struct TrackerTableTests {
  /// What becomes of a router of priority 100.
  enum Outcome: Hashable, CustomTestStringConvertible {
    case fault, waiting
    case runs(UInt8)
    var testDescription: String { "\(self)" }
  }

  struct Row: Sendable {
    let weight: Int
    let isReversed: Bool
    let state: TrackerState
    let outcome: Outcome
  }

  static let table: [Row] = [
    Row(weight: 0, isReversed: false, state: .up, outcome: .runs(100)),
    Row(weight: 0, isReversed: false, state: .down, outcome: .fault),
    Row(weight: 0, isReversed: true, state: .up, outcome: .fault),
    Row(weight: 0, isReversed: true, state: .down, outcome: .runs(100)),
    Row(weight: 20, isReversed: false, state: .up, outcome: .runs(120)),
    Row(weight: 20, isReversed: false, state: .down, outcome: .runs(100)),
    Row(weight: 20, isReversed: true, state: .up, outcome: .runs(80)),
    Row(weight: 20, isReversed: true, state: .down, outcome: .runs(100)),
    Row(weight: -20, isReversed: false, state: .up, outcome: .runs(100)),
    Row(weight: -20, isReversed: false, state: .down, outcome: .runs(80)),
    Row(weight: -20, isReversed: true, state: .up, outcome: .runs(100)),
    Row(weight: -20, isReversed: true, state: .down, outcome: .runs(120)),
    Row(weight: 253, isReversed: false, state: .up, outcome: .runs(254)),
    Row(weight: -253, isReversed: false, state: .down, outcome: .runs(1)),
  ]

  static let fileTable: [Row] = [
    Row(weight: 0, isReversed: false, state: .value(0), outcome: .runs(100)),
    Row(weight: 0, isReversed: false, state: .value(3), outcome: .fault),
    Row(weight: 0, isReversed: true, state: .value(0), outcome: .fault),
    Row(weight: 0, isReversed: true, state: .value(-3), outcome: .runs(100)),
    Row(weight: 2, isReversed: false, state: .value(10), outcome: .runs(120)),
    Row(weight: 2, isReversed: true, state: .value(10), outcome: .runs(80)),
    Row(weight: -2, isReversed: false, state: .value(10), outcome: .runs(80)),
    Row(weight: -2, isReversed: true, state: .value(-10), outcome: .runs(80)),
    Row(weight: 1, isReversed: false, state: .value(-254), outcome: .fault),
    Row(weight: 1, isReversed: false, state: .value(1_000), outcome: .runs(254)),
  ]

  private func router(_ tracker: Tracker, inGroup: Bool) -> Router {
    Router(
      configuration {
        $0.trackers = [tracker]
        $0.isInSyncGroup = inGroup
      }, sourceAddress: address("192.0.2.1"))
  }

  private func report(_ state: TrackerState, of tracker: Tracker, to router: inout Router) {
    _ = router.perform {
      if tracker.kind == .bfd {
        let report = BFDReport(
          state: state == .up ? .up : .down, neighbor: nil, diagnostic: 0, transmitInterval: .milliseconds(10))
        $0.bfdChanged(session: tracker.name, to: report, now: .zero, into: &$1)
      } else {
        $0.trackerChanged(tracker.kind, tracker.name, to: state, now: .zero, into: &$1)
      }
    }
  }

  private func outcome(_ router: Router) -> Outcome {
    switch router.state {
    case .initialize: .waiting
    case .fault: .fault
    case .backup, .master: .runs(router.effectivePriority)
    }
  }

  private func check(_ row: Row, _ kind: Tracker.Kind) {
    let tracker = Tracker(kind: kind, name: "x", weight: row.weight, isReversed: row.isReversed)
    for inGroup in [false, true] {
      // The result first.
      var before = router(tracker, inGroup: inGroup)
      report(row.state, of: tracker, to: &before)
      _ = before.perform { $0.start(now: .zero, into: &$1) }
      #expect(outcome(before) == row.outcome, "\(kind) \(row), before the start, group \(inGroup)")
      // The start first.
      var after = router(tracker, inGroup: inGroup)
      _ = after.perform { $0.start(now: .zero, into: &$1) }
      report(row.state, of: tracker, to: &after)
      #expect(outcome(after) == row.outcome, "\(kind) \(row), after the start, group \(inGroup)")
      // By the other state and back.
      if kind != .file {
        report(row.state == .up ? .down : .up, of: tracker, to: &after)
        report(row.state, of: tracker, to: &after)
        #expect(outcome(after) == row.outcome, "\(kind) \(row), and back, group \(inGroup)")
      }
    }
  }

  @Test(arguments: [Tracker.Kind.interface, .script, .process, .bfd])
  func upAndDown(kind: Tracker.Kind) {
    for row in Self.table { check(row, kind) }
  }

  @Test func numbersInFiles() {
    for row in Self.fileTable { check(row, .file) }
  }

  /// What holds before the first result.
  @Test func unknown() {
    let rows: [(kind: Tracker.Kind, weight: Int, isReversed: Bool, outcome: Outcome)] = [
      (.script, 0, false, .waiting), (.script, 20, false, .runs(100)), (.script, -20, true, .runs(100)),
      (.bfd, 0, false, .fault), (.bfd, 20, false, .runs(100)), (.bfd, -20, false, .runs(80)),
      (.bfd, 0, true, .runs(100)),
      (.interface, 0, false, .runs(100)), (.file, 0, false, .runs(100)), (.process, 0, false, .runs(100)),
      (.process, -20, false, .runs(100)),
    ]
    for row in rows {
      var router = router(
        Tracker(kind: row.kind, name: "x", weight: row.weight, isReversed: row.isReversed), inGroup: false)
      _ = router.perform { $0.start(now: .zero, into: &$1) }
      #expect(outcome(router) == row.outcome, "\(row)")
    }
  }
}
