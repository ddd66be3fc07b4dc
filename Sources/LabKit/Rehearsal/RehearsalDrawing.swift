internal import NetPrimitives

/// The timeline of a rehearsal as an SVG picture: one panel for each fault, in it one lane for each router and each
/// address. It needs nothing beside itself, and has colours for light and dark surroundings.
public struct RehearsalDrawing {
  private let plan: RehearsalPlan
  private let runs: [RehearsalRun]
  private var body: [String] = []
  private var y = 0

  private static let width = 1_040
  private static let plotStart = 190
  private static let plotEnd = 1_010
  private static let routerLane = 20
  private static let addressLane = 32

  /// A drawing of these runs.
  public init(_ plan: RehearsalPlan, _ runs: [RehearsalRun]) {
    self.plan = plan
    self.runs = runs
    drawHead()
    for number in 0..<(runs.map(\.outcomes.count).max() ?? 0) {
      let played = runs.filter { $0.outcomes.indices.contains(number) }
      // The same fault with several routers is drawn to the same scale, one under the other.
      let outcomes = played.map { $0.outcomes[number] }
      let scale = Scale(outcomes.map(\.start).min() ?? .zero, outcomes.map(\.end).max() ?? .zero)
      for (run, outcome) in zip(played, outcomes) { drawPanel(outcome, number: number + 1, run, scale) }
    }
  }

  /// The document.
  public var svg: String {
    let height = y + 8
    return """
      <?xml version="1.0" encoding="UTF-8"?>
      <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \(Self.width) \(height)" width="\(Self.width)" \
      height="\(height)" role="img" aria-label="Timeline of the rehearsal of \(Self.escaped(title))">
      <style>
      \(Self.style)
      </style>
      <defs>
      <pattern id="away" width="7" height="7" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">\
      <rect width="3" height="7" class="away"/></pattern>
      </defs>
      <rect width="\(Self.width)" height="\(height)" class="ground"/>
      \(body.joined(separator: "\n"))
      </svg>

      """
  }

  /// Writes the document to a file.
  public func write(to path: String) throws(LabError) { try Files.write(svg, to: path) }

  private static let style = """
    text { font: 12px system-ui, "Segoe UI", "DejaVu Sans", sans-serif; fill: #1f2328; }
    .title { font-size: 19px; font-weight: 600; } .name { font-size: 14px; font-weight: 600; }
    .dim { fill: #59636e; } .small { font-size: 11px; } .end { text-anchor: end; } .middle { text-anchor: middle; }
    .ground { fill: #ffffff; } .lane { fill: #eef1f4; } .grid { stroke: #d1d9e0; } .rule { stroke: #d1d9e0; }
    .a { fill: #2f69c8; } .b { fill: #b7630a; } .on { fill: #ffffff; font-weight: 600; font-size: 11px; }
    .gone { fill: #d1242f; } .gone-text { fill: #c01c28; font-weight: 600; font-size: 11px; }
    .both { fill: #8250df; } .away { fill: #7d8894; }
    .fault { stroke: #d1242f; stroke-width: 1.5; } .fault-text { fill: #c01c28; font-size: 11px; font-weight: 600; }
    .mended { stroke: #1a7f37; stroke-width: 1.5; stroke-dasharray: 4 3; } .mended-text { fill: #1a7f37; font-size: 11px; }
    @media (prefers-color-scheme: dark) {
      text { fill: #e6edf3; } .dim { fill: #9aa4af; } .ground { fill: #0d1117; } .lane { fill: #1b222b; }
      .grid { stroke: #30363d; } .rule { stroke: #30363d; } .a { fill: #3f7fe6; } .b { fill: #c2711a; }
      .on { fill: #ffffff; } .gone { fill: #f85149; } .gone-text { fill: #ff7b72; } .both { fill: #a371f7; }
      .away { fill: #8b949e; } .fault { stroke: #f85149; } .fault-text { fill: #ff7b72; }
      .mended { stroke: #3fb950; } .mended-text { fill: #56d364; }
    }
    """

  private var title: String {
    plan.paths.map { $0.split(separator: "/").last.map(String.init) ?? $0 }.joined(separator: " and ")
  }

  // MARK: The head

  private mutating func drawHead() {
    text(24, 38, "Rehearsal of \(title)", "title")
    var x = 24
    let keys: [(style: String, label: String)] = [
      ("a", "router a has it, answers"), ("b", "router b"), ("gone", "nobody answers"),
      ("both", "both routers have it"), ("key-away", "the fault lasts"),
    ]
    for key in keys {
      let fill = key.style == "key-away" ? "fill=\"url(#away)\"" : "class=\"\(key.style)\""
      body.append("<rect x=\"\(x)\" y=\"53\" width=\"14\" height=\"11\" rx=\"2\" \(fill)/>")
      text(x + 20, 63, key.label, "dim")
      x += 34 + Self.textWidth(key.label)
    }
    y = 80
  }

  // MARK: A panel

  private mutating func drawPanel(_ outcome: FaultOutcome, number: Int, _ run: RehearsalRun, _ scale: Scale) {
    line(24, y, Self.width - 24, y, "rule")
    let name = "\(number)  \(outcome.fault.name)" + (runs.count > 1 ? ", \(run.engine.rawValue)" : "")
    text(24, y + 24, name, "name")
    let x = 24 + Self.textWidth(name, size: 14) + 36
    text(x, y + 24, "\(outcome.fault.text) (\(outcome.active))", "dim")
    drawVerdict(outcome)
    let top = y + 50
    let height = plan.routers.count * Self.routerLane + outcome.addresses.count * Self.addressLane + 4
    drawAxis(scale, top: top, height: height)
    var lane = top
    for router in plan.routers {
      drawRouter(router.name, outcome, scale, top: lane)
      lane += Self.routerLane
    }
    for address in outcome.addresses {
      drawAddress(address, outcome, scale, top: lane)
      lane += Self.addressLane
    }
    drawMarks(outcome, scale, top: top, height: height)
    y = top + height + 30
  }

  private mutating func drawVerdict(_ outcome: FaultOutcome) {
    guard outcome.isGood else {
      let reason = outcome.unrest ?? outcome.addresses.first { !$0.isGood }?.summary ?? ""
      return text(Self.plotEnd, y + 24, "NOT WELL: \(reason)", "gone-text end")
    }
    let longest = outcome.addresses.map(\.gone).max() ?? .zero
    guard longest > .zero else { return text(Self.plotEnd, y + 24, "never gone", "mended-text end") }
    let few = outcome.addresses.count > 1 ? "gone at most" : "gone"
    text(Self.plotEnd, y + 24, "\(few) \(Self.duration(longest))", "gone-text end")
  }

  private mutating func drawAxis(_ scale: Scale, top: Int, height: Int) {
    for tick in scale.ticks {
      let x = scale.x(tick)
      line(x, Double(top), x, Double(top + height), "grid")
      text(x, Double(top + height + 14), Self.axisLabel(tick), "dim small middle")
    }
  }

  /// What the router has, and what is wrong with it.
  private mutating func drawRouter(_ name: String, _ outcome: FaultOutcome, _ scale: Scale, top: Int) {
    text(Self.plotStart - 12, top + 14, "router \(name)", "end")
    bar(outcome.start, outcome.end, scale, top + 5, 10, "class=\"lane\"")
    for span in Self.union(outcome.addresses.flatMap { $0.holdings.filter { $0.routers.contains(name) }.map(\.span) }) {
      bar(span.start, span.end, scale, top + 5, 10, "class=\"\(name)\"")
    }
    for condition in outcome.conditions where condition.router == name {
      bar(condition.start, condition.end, scale, top + 3, 14, "fill=\"url(#away)\"")
      let width = scale.x(condition.end) - scale.x(condition.start)
      let label = Self.textWidth(condition.text, size: 11)
      // Where the label has no room inside it stands behind.
      let inside = width > Double(label + 24)
      let x = inside ? scale.x(condition.start) + width / 2 : scale.x(condition.end) + Double(label / 2 + 8)
      let left = Self.number(x - Double(label / 2 + 4))
      body.append(
        "<rect x=\"\(left)\" y=\"\(top + 3)\" width=\"\(label + 8)\" height=\"14\" rx=\"3\" class=\"ground\"/>")
      text(x, Double(top + 14), condition.text, "small middle")
    }
  }

  private mutating func drawAddress(
    _ address: AddressOutcome, _ outcome: FaultOutcome, _ scale: Scale, top: Int
  ) {
    text(Self.plotStart - 12, top + 26, "\(address.watched.address)", "end")
    bar(outcome.start, outcome.end, scale, top + 14, 15, "class=\"lane\"")
    let owners = address.watched.isAnswered ? address.answers : address.holdings.filter { $0.routers.count == 1 }
    for owner in owners {
      guard let router = owner.routers.first else { continue }
      bar(owner.span.start, owner.span.end, scale, top + 14, 15, "class=\"\(router)\"")
      let (from, to) = (scale.x(owner.span.start), scale.x(owner.span.end))
      if to - from > 24 { text((from + to) / 2, Double(top + 26), router, "on middle") }
    }
    for conflict in address.conflicts {
      bar(conflict.start, conflict.end, scale, top + 29, 3, "class=\"both\"")
    }
    var free = 0.0
    for gap in address.gaps {
      bar(gap.start, gap.end, scale, top + 14, 15, "class=\"gone\"", least: 3)
      let label = Self.duration(gap.length)
      // Beside the line of the fault, not across it.
      let start = scale.x(gap.start)
      let x = gap.start < .zero && gap.end > .zero ? scale.x(.zero) + 4 : start
      guard x >= free else { continue }
      text(x, Double(top + 11), label, "gone-text")
      free = x + Double(Self.textWidth(label, size: 11) + 8)
    }
  }

  private mutating func drawMarks(_ outcome: FaultOutcome, _ scale: Scale, top: Int, height: Int) {
    let fault = scale.x(.zero)
    line(fault, Double(top - 2), fault, Double(top + height), "fault")
    text(fault - 4, Double(top - 5), "fault", "fault-text end")
    guard outcome.fault != .reload else { return }
    let mended = scale.x(outcome.mended)
    line(mended, Double(top - 2), mended, Double(top + height), "mended")
    text(mended + 4, Double(top - 5), "mended", "mended-text")
  }

  // MARK: Shapes

  private mutating func bar(
    _ start: Interval, _ end: Interval, _ scale: Scale, _ top: Int, _ height: Int, _ look: String, least: Double = 1
  ) {
    let x = scale.x(start)
    let width = max(scale.x(end) - x, least)
    body.append(
      "<rect x=\"\(Self.number(x))\" y=\"\(top)\" width=\"\(Self.number(width))\" height=\"\(height)\" \(look)/>")
  }

  private mutating func line(_ x1: Int, _ y1: Int, _ x2: Int, _ y2: Int, _ style: String) {
    line(Double(x1), Double(y1), Double(x2), Double(y2), style)
  }

  private mutating func line(_ x1: Double, _ y1: Double, _ x2: Double, _ y2: Double, _ style: String) {
    body.append(
      "<line x1=\"\(Self.number(x1))\" y1=\"\(Self.number(y1))\" x2=\"\(Self.number(x2))\" "
        + "y2=\"\(Self.number(y2))\" class=\"\(style)\"/>")
  }

  private mutating func text(_ x: Int, _ y: Int, _ text: String, _ style: String) {
    self.text(Double(x), Double(y), text, style)
  }

  private mutating func text(_ x: Double, _ y: Double, _ text: String, _ style: String) {
    body.append(
      "<text x=\"\(Self.number(x))\" y=\"\(Self.number(y))\" class=\"\(style)\">\(Self.escaped(text))</text>")
  }

  // MARK: Text and numbers

  static func escaped(_ text: String) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      // XML 1.0 has no place for control characters.
      case _ where scalar.value < 0x20: result += " "
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }

  /// About how wide a text is, in pixels.
  private static func textWidth(_ text: String, size: Int = 12) -> Int { text.count * size * 11 / 20 }

  private static func number(_ value: Double) -> String {
    let tenths = Int((value * 10).rounded())
    return tenths % 10 == 0 ? "\(tenths / 10)" : "\(tenths / 10).\(abs(tenths % 10))"
  }

  /// "38 ms", "2.91 s".
  private static func duration(_ interval: Interval) -> String {
    let milliseconds = interval.milliseconds
    guard milliseconds >= 1_000 else { return "\(max(milliseconds, 1)) ms" }
    let hundredths = String(milliseconds % 1_000 / 10)
    return "\(milliseconds / 1_000).\(hundredths.count < 2 ? "0" : "")\(hundredths) s"
  }

  private static func axisLabel(_ tick: Interval) -> String {
    let tenths = tick.milliseconds / 100
    return tenths % 10 == 0 ? "\(tenths / 10) s" : "\(tenths / 10).\(tenths % 10) s"
  }

  /// Spans that overlap or touch as one.
  private static func union(_ spans: [AddressOutcome.Span]) -> [AddressOutcome.Span] {
    var result: [AddressOutcome.Span] = []
    for span in spans.sorted(by: { $0.start < $1.start }) {
      if let last = result.last, span.start <= last.end {
        result[result.count - 1] = AddressOutcome.Span(last.start, max(last.end, span.end))
      } else {
        result.append(span)
      }
    }
    return result
  }

  /// Where a time is in the picture.
  private struct Scale {
    let start: Interval
    let end: Interval

    init(_ start: Interval, _ end: Interval) {
      self.start = start
      self.end = max(end, start + .milliseconds(1))
    }

    func x(_ time: Interval) -> Double {
      let share = Double((min(max(time, start), end) - start).nanoseconds) / Double((end - start).nanoseconds)
      return Double(RehearsalDrawing.plotStart) + share * Double(RehearsalDrawing.plotEnd - RehearsalDrawing.plotStart)
    }

    /// Round times, six to fifteen of them.
    var ticks: [Interval] {
      let steps: [Int64] = [100, 200, 500, 1_000, 2_000, 5_000, 10_000, 20_000, 60_000]
      let step = Interval.milliseconds(steps.first { (end - start).milliseconds / $0 <= 14 } ?? 300_000)
      var tick = Interval.zero
      var ticks: [Interval] = []
      while tick <= end {
        ticks.append(tick)
        tick = tick + step
      }
      return ticks
    }
  }
}
