internal import FoundationEssentials
public import NetPrimitives

/// Several failovers of one engine, and what they have in common.
public struct Series: Sendable {
  /// Who kept the address alive.
  public let engine: Engine
  /// The runs, in order.
  public let timelines: [Timeline]

  /// A series of runs.
  public init(engine: Engine, timelines: [Timeline]) {
    self.engine = engine
    self.timelines = timelines
  }

  /// Runs failovers, each in a new lab, and tells `each` about every one. A run that a busy machine disturbs before its
  /// fault is repeated, as long as fewer than two thirds of all runs are.
  public static func measure(
    _ plan: FailoverPlan, _ engine: Engine, _ fault: Fault, runs: Int, baton: Baton?,
    each: (Int, Timeline) -> Void = { _, _ in }
  ) throws(LabError) -> Series {
    var timelines: [Timeline] = []
    var disturbed = 0
    while timelines.count < runs {
      let failover = try Failover(plan, engine: engine, baton: baton)
      defer { failover.lab.destroy() }
      do throws(LabError) {
        try failover.waitUntilAtRest()
        timelines.append(try failover.run(fault))
        each(timelines.count, timelines[timelines.count - 1])
      } catch {
        guard case .notAtRest = error, disturbed < 2 * runs else { throw error }
        disturbed += 1
      }
    }
    return Series(engine: engine, timelines: timelines)
  }

  /// How long after the fault `step` happened, shortest first; runs in which it was not seen are left out.
  public func sorted(_ step: Timeline.Step) -> [Interval] { timelines.compactMap { $0.sinceFault(step) }.sorted() }

  /// The median of `step` over the runs: the middle one, or the mean of the two in the middle.
  public func median(_ step: Timeline.Step) -> Interval? { Self.median(of: sorted(step)) }

  static func median(of sorted: [Interval]) -> Interval? {
    guard !sorted.isEmpty else { return nil }
    return (sorted[(sorted.count - 1) / 2] + sorted[sorted.count / 2]) / 2
  }
}

/// What the lab prints.
public enum Report {
  /// Milliseconds with one decimal and thousands separated: `2,905.3 ms`.
  public static func milliseconds(_ interval: Interval) -> String {
    let tenths = (interval.nanoseconds.magnitude + 50_000) / 100_000
    var whole = String(tenths / 10)
    var position = whole.count - 3
    while position > 0 {
      whole.insert(",", at: whole.index(whole.startIndex, offsetBy: position))
      position -= 3
    }
    return (interval.nanoseconds < 0 && tenths > 0 ? "-" : "") + "\(whole).\(tenths % 10) ms"
  }

  /// One run, a line per event.
  public static func text(_ timeline: Timeline, title: String) -> String {
    var lines = [title, ""]
    for event in timeline.events {
      let time = timeline.sinceFault(event.step).map(milliseconds) ?? ""
      lines.append("  \(right(time, 13))   \(left(event.host, 3)) \(event.detail)")
    }
    if let total = timeline.total, let step = timeline.events.first(where: { $0.step == .announcement }) {
      lines += ["", "  from the fault to the \(step.detail): \(milliseconds(total))"]
    }
    return lines.joined(separator: "\n") + "\n"
  }

  /// A table of several series, and how they compare.
  public static func summary(_ all: [Series]) -> String {
    let columns = ["", "runs", "median", "shortest", "longest", "first answered ping (median)"]
    var rows = [columns]
    for series in all {
      let totals = series.sorted(.announcement)
      rows.append([
        series.engine.rawValue, "\(totals.count)", text(series.median(.announcement)), text(totals.first),
        text(totals.last), text(series.median(.answer)),
      ])
    }
    var lines = ["From the fault to the first announcement of the address", ""] + table(rows)
    if let ratio = ratio(all) { lines += ["", "  " + ratio] }
    return lines.joined(separator: "\n") + "\n"
  }

  /// Rows of cells as lines: the first column to the left, the others to the right.
  static func table(_ rows: [[String]]) -> [String] {
    let widths = (rows.first ?? []).indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
    return rows.map { row in
      let cells = row.indices.map { $0 == 0 ? left(row[$0], widths[$0]) : right(row[$0], widths[$0]) }
      return "  " + cells.joined(separator: "   ")
    }
  }

  private static func ratio(_ all: [Series]) -> String? {
    guard let ours = all.first(where: { $0.engine == .baton })?.median(.announcement),
      let theirs = all.first(where: { $0.engine == .keepalived })?.median(.announcement), ours > .zero, theirs > .zero
    else { return nil }
    let (slow, fast, winner) = ours <= theirs ? (theirs, ours, "baton") : (ours, theirs, "keepalived")
    let tenths = slow.nanoseconds * 10 / fast.nanoseconds
    if tenths < 11 { return "Both take about the same time." }
    return "\(winner) is \(tenths >= 100 ? "\(tenths / 10)" : "\(tenths / 10).\(tenths % 10)") times as fast."
  }

  /// All runs as JSON: an array of objects, times in microseconds after the fault.
  public static func json(_ all: [Series]) throws(LabError) -> String {
    let runs = all.flatMap(\.timelines).map { timeline in
      RunJSON(
        engine: timeline.engine.rawValue, fault: timeline.fault.rawValue,
        total: timeline.total?.microseconds,
        events: timeline.events.map { event in
          EventJSON(
            event: event.step.rawValue, host: event.host,
            after_fault: timeline.sinceFault(event.step)?.microseconds ?? 0,
            detail: event.detail)
        })
    }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
    do { return String(decoding: try encoder.encode(runs), as: UTF8.self) } catch {
      throw .configuration("the result cannot be written as JSON: \(error)")
    }
  }

  private struct RunJSON: Encodable {
    let engine: String
    let fault: String
    let total: Int64?
    let events: [EventJSON]
  }

  private struct EventJSON: Encodable {
    let event: String
    let host: String
    let after_fault: Int64
    let detail: String
  }

  private static func text(_ interval: Interval?) -> String { interval.map(milliseconds) ?? "-" }

  static func left(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(width - text.count, 0))
  }

  static func right(_ text: String, _ width: Int) -> String {
    String(repeating: " ", count: max(width - text.count, 0)) + text
  }
}
