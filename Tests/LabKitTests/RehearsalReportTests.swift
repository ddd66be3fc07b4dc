import LabKit
import NetPrimitives
import Testing

/// From what was seen to what is said of it.
@Suite struct RehearsalReportTests {
  private let plan: RehearsalPlan
  private let second = Instant(nanoseconds: 1_000_000_000_000)

  init() throws {
    let text = "vrrp_instance V { \n interface eth0 \n virtual_router_id 1 \n virtual_ipaddress { 192.0.2.1 } }"
    plan = try RehearsalPlan(RehearsalFile(path: "/a & b.conf", files: ["/a & b.conf": text]))
  }

  // MARK: What was seen

  @Test func gapsAreBetweenAnswers() {
    var history = AddressHistory()
    for number in 0..<100 { probe(&history, number, by: (30..<34).contains(number) ? nil : number < 30 ? "a" : "b") }
    let all = span(0, 1_000)
    #expect(milliseconds(history.gaps(in: all)) == [[291, 341]])
    #expect(history.answers(in: all).map(\.router) == ["a", "b"])
    #expect(history.isAnswered(in: span(400, 900)) && !history.isAnswered(in: all))
    #expect(!history.isAnswered(in: span(2_000, 3_000)), "no ping, no answer")
  }

  @Test func lateAnswersAreNone() {
    var history = AddressHistory()
    for number in 0..<50 { probe(&history, number, by: "a", after: number == 20 ? 150 : 1) }
    #expect(milliseconds(history.gaps(in: span(0, 500))) == [[191, 211]])
  }

  @Test func pingsOnTheirWayAreNoGap() {
    var history = AddressHistory()
    for number in 0..<50 { probe(&history, number, by: number < 45 ? "a" : nil) }
    #expect(history.gaps(in: span(0, 500)).isEmpty)
    #expect(milliseconds(history.gaps(in: span(0, 800))) == [[441, 800]], "nothing came until the end")
  }

  @Test func theDeadHaveNoAddresses() {
    var history = AddressHistory()
    history.changed("a", holds: true, at: time(0))
    history.changed("b", holds: true, at: time(300))
    history.changed("b", holds: true, at: time(310))
    history.died("a", span(200, 600))
    #expect(history.holders(at: time(100)) == ["a"])
    #expect(history.holders(at: time(250)) == [])
    #expect(history.holders(at: time(599)) == ["b"])
    #expect(history.holders(at: time(600)) == ["a", "b"])
    #expect(history.holdings(in: span(0, 700)).map(\.holders) == [["a"], [], ["b"], ["a", "b"]])
    #expect(history.isSteady(in: span(310, 590)) && !history.isSteady(in: span(290, 310)))
    history.forget(before: time(650))
    #expect(history.holders(at: time(700)) == ["a", "b"])
  }

  // MARK: What is said

  @Test func whatHappenedInWords() {
    #expect(outcome(path: ["a"]).summary == "stays on a")
    #expect(outcome(path: ["a", "b"]).summary == "moves to b, stays on b")
    #expect(outcome(path: ["a", "b", "a"]).summary == "moves to b, returns to a")
    #expect(outcome(path: ["a", "b", "a", "b", "a"]).summary == "moves 4 times, returns to a")
    #expect(outcome(path: ["a"], after: ["a", "b"]).summary == "two masters")
    #expect(outcome(path: ["a"], after: []).summary == "nobody has it")
    #expect(!outcome(path: ["a"], after: ["a", "b"]).isGood && outcome(path: ["a", "b"]).isGood)
  }

  @Test func theTableComparesRouters() {
    let table = RehearsalReport.summary([run(.baton), run(.keepalived, gone: 2_905)])
    #expect(table.contains("baton: what happened") && table.contains("keepalived: what happened"), "\(table)")
    #expect(table.contains("30.0 ms") && table.contains("2,905.0 ms"), "\(table)")
    #expect(table.contains("baton: every fault ended with exactly one router for each address."), "\(table)")
    let bad = RehearsalRun(engine: .baton, outcomes: run(.baton).outcomes, unplayed: [.reload])
    #expect(!bad.isGood && RehearsalReport.summary([bad]).contains("not played: reload"))
  }

  @Test func everyFieldIsInTheJSON() throws {
    let json = try RehearsalReport.json(plan, [run(.baton)])
    let keys = [
      "files", "notes", "routers", "runs", "ok", "faults", "fault", "text", "active", "unrest", "mended", "end",
      "addresses", "address", "instance", "interface", "summary", "before", "after", "path", "gone", "longest_gap",
      "both_held", "announced", "gaps", "holdings", "unplayed", "segment", "name", "router",
    ]
    for key in keys { #expect(json.contains("\"\(key)\" :"), "\(key) is not in \(json)") }
    #expect(json.contains("\"gone\" : 30000") && json.contains("\"unrest\" : null"))
  }

  @Test func theDrawingIsXML() throws {
    let svg = RehearsalDrawing(plan, [run(.baton), run(.keepalived, gone: 2_905)]).svg
    #expect(wellFormed(svg) == nil)
    for part in ["a &amp; b.conf", ">30 ms<", ">2.90 s<", "prefers-color-scheme: dark", ">no power<", ">mended<"] {
      #expect(svg.contains(part), "\(part)")
    }
    #expect(!svg.contains("href") && !svg.contains("url(http"), "it needs nothing beside itself")
    #expect(wellFormed("<a><b></a></b>") != nil && wellFormed("<a>&</a>") != nil && wellFormed("<a x=1/>") != nil)
  }

  // MARK: Parts

  private func time(_ milliseconds: Int64) -> Instant { second + .milliseconds(milliseconds) }

  private func span(_ start: Int64, _ end: Int64) -> AddressHistory.Span {
    AddressHistory.Span(time(start), time(end))
  }

  private func milliseconds(_ spans: [AddressHistory.Span]) -> [[Int64]] {
    spans.map { [($0.start - second).milliseconds, ($0.end - second).milliseconds] }
  }

  /// Ping `number`, every 10 ms, answered by a router or by nobody.
  private func probe(_ history: inout AddressHistory, _ number: Int, by router: String?, after delay: Int64 = 1) {
    let sequence = UInt16(number)
    history.sent(sequence, at: time(Int64(number) * 10))
    guard let router else { return }
    history.replied(sequence, by: router)
    history.arrived(sequence, at: time(Int64(number) * 10 + delay))
  }

  private func outcome(path: [String], after: [String]? = nil, gone: Int64 = 30) -> AddressOutcome {
    func span(_ start: Int64, _ end: Int64) -> AddressOutcome.Span {
      AddressOutcome.Span(.milliseconds(start), .milliseconds(end))
    }
    let answers = path.enumerated().map { number, router in
      AddressOutcome.Holding(span(Int64(number) * 100, Int64(number) * 100 + 90), [router])
    }
    let last = AddressOutcome.Holding(span(900, 5_000), after ?? [path[path.count - 1]])
    return AddressOutcome(
      watched: plan.watched[0], holdings: [AddressOutcome.Holding(span(-500, 900), [path[0]]), last],
      answers: answers, gaps: [span(0, gone)], conflicts: [span(200, 210)], announced: nil)
  }

  private func run(_ engine: Engine, gone: Int64 = 30) -> RehearsalRun {
    let outcome = FaultOutcome(
      fault: .power, active: "a", start: .milliseconds(-500), mended: .milliseconds(4_000), end: .milliseconds(5_000),
      conditions: [
        FaultOutcome.Condition(
          router: "a", text: "no power", start: .zero, end: .milliseconds(4_000), isAway: true)
      ],
      addresses: [self.outcome(path: ["a", "b", "a"], gone: gone)], unrest: nil)
    return RehearsalRun(engine: engine, outcomes: [outcome], unplayed: [])
  }
}

/// What keeps a text from being well-formed XML, as far as drawings can go wrong: tags that do not match, attributes
/// without quotes, bare `&` and `<`. `nil`: nothing.
private func wellFormed(_ text: String) -> String? {
  var open: [Substring] = []
  var rest = text[...]
  while let start = rest.firstIndex(of: "<") {
    if let problem = references(rest[..<start]) { return problem }
    guard let end = rest[start...].firstIndex(of: ">") else { return "a tag without an end" }
    let tag = rest[rest.index(after: start)..<end]
    rest = rest[rest.index(after: end)...]
    if tag.contains("<") { return "'<' in <\(tag)>" }
    if tag.hasPrefix("?") { continue }
    if tag.hasPrefix("/") {
      guard open.popLast() == tag.dropFirst() else { return "<\(tag)> closes nothing" }
      continue
    }
    let isEmpty = tag.hasSuffix("/")
    let name = tag.prefix { !$0.isWhitespace && $0 != "/" }
    // Outside the values nothing but names and `=` may be left, each `=` before a value.
    let pieces = tag.dropFirst(name.count).split(separator: "\"", omittingEmptySubsequences: false)
    guard pieces.count % 2 == 1 else { return "a quote without a partner in <\(tag)>" }
    for (number, piece) in pieces.enumerated() {
      let isLast = number == pieces.count - 1
      if number % 2 == 0, isLast ? piece.contains("=") : piece.last != "=" { return "<\(tag)>" }
      if number % 2 == 1, let problem = references(piece) { return problem }
    }
    if !isEmpty { open.append(name) }
  }
  return open.isEmpty ? references(rest) : "<\(open[open.count - 1])> is never closed"
}

private func references(_ text: Substring) -> String? {
  for piece in text.split(separator: "&", omittingEmptySubsequences: false).dropFirst() {
    guard ["amp;", "lt;", "gt;", "quot;"].contains(where: piece.hasPrefix) else { return "'&\(piece.prefix(10))'" }
  }
  return nil
}
