public import NetPrimitives

/// What was seen of one virtual address: which routers had it when, which pings were answered by whom, who announced it.
public struct AddressHistory: Sendable {
  /// From when to when, `end` not included.
  public struct Span: Sendable, Hashable {
    /// The beginning.
    public let start: Instant
    /// The end.
    public let end: Instant

    /// From `start` to `end`.
    public init(_ start: Instant, _ end: Instant) {
      self.start = start
      self.end = end
    }

    /// How long it is.
    public var length: Interval { end - start }
  }

  /// An answer that comes later than this is none: whoever waited for it has noticed.
  public static let patience = Interval.milliseconds(100)

  private struct Probe {
    let sent: Instant
    let sequence: UInt16
    var router: String?
    var answered: Instant?
  }

  private struct Change {
    let time: Instant
    let router: String
    let holds: Bool
  }

  private var probes: [Probe] = []
  private var changes: [Change] = []
  private var dead: [(router: String, span: Span)] = []
  private var announcements: [(time: Instant, router: String)] = []

  /// A history of nothing.
  public init() {}

  // MARK: What was seen

  /// A ping left the client.
  public mutating func sent(_ sequence: UInt16, at time: Instant) {
    probes.append(Probe(sent: time, sequence: sequence))
  }

  /// A router sent the answer to a ping.
  public mutating func replied(_ sequence: UInt16, by router: String) {
    guard let index = probes.lastIndex(where: { $0.sequence == sequence }) else { return }
    probes[index].router = router
  }

  /// The answer to a ping reached the client.
  public mutating func arrived(_ sequence: UInt16, at time: Instant) {
    guard let index = probes.lastIndex(where: { $0.sequence == sequence }), probes[index].answered == nil else {
      return
    }
    probes[index].answered = time
  }

  /// A router's kernel has the address from now on, or no longer. What is known already is no change.
  public mutating func changed(_ router: String, holds: Bool, at time: Instant) {
    guard (changes.last { $0.router == router }?.holds ?? false) != holds else { return }
    let place = changes.lastIndex { $0.time <= time }.map { $0 + 1 } ?? 0
    changes.insert(Change(time: time, router: router, holds: holds), at: place)
  }

  /// A router announced the address: gratuitous ARP or unsolicited neighbour advertisement.
  public mutating func announced(by router: String, at time: Instant) { announcements.append((time, router)) }

  /// A router without power has no address, whatever its kernel, which lives on in the lab, says.
  public mutating func died(_ router: String, _ span: Span) { dead.append((router, span)) }

  /// Forgets what was before, but for who has the address.
  public mutating func forget(before time: Instant) {
    let now = holders(at: time)
    changes = now.map { Change(time: time, router: $0, holds: true) } + changes.filter { $0.time > time }
    probes.removeAll { $0.sent < time }
    announcements.removeAll { $0.time < time }
    dead.removeAll { $0.span.end < time }
  }

  // MARK: What it means

  /// The routers that have the address at that moment, in order of name.
  public func holders(at time: Instant) -> [String] {
    var holders: Set<String> = []
    for change in changes where change.time <= time {
      if change.holds { holders.insert(change.router) } else { holders.remove(change.router) }
    }
    return holders.filter { router in !isDead(router, at: time) }.sorted()
  }

  private func isDead(_ router: String, at time: Instant) -> Bool {
    dead.contains { $0.router == router && $0.span.start <= time && time < $0.span.end }
  }

  /// Who has the address from when to when, one after the other, without gaps between them.
  public func holdings(in range: Span) -> [(span: Span, holders: [String])] {
    let times = changes.map(\.time) + dead.flatMap { [$0.span.start, $0.span.end] }
    let inside = Set(times.filter { $0 > range.start && $0 < range.end }).sorted()
    var result: [(span: Span, holders: [String])] = []
    for (start, end) in zip([range.start] + inside, inside + [range.end]) {
      let holders = holders(at: start)
      if let last = result.last, last.holders == holders {
        result[result.count - 1].span = Span(last.span.start, end)
      } else {
        result.append((Span(start, end), holders))
      }
    }
    return result
  }

  /// Whether who has the address has changed in `range`.
  public func isSteady(in range: Span) -> Bool { holdings(in: range).count == 1 }

  /// The times without an answer: from the last answer before an unanswered ping to the first one after it. With the end
  /// of `range` where none came any more.
  public func gaps(in range: Span) -> [Span] {
    var gaps: [Span] = []
    var lastAnswer: Instant?
    var open = false
    for probe in probes where probe.sent < range.end {
      if let answered = probe.answered, answered - probe.sent <= Self.patience {
        if open { gaps.append(Span(lastAnswer ?? range.start, answered)) }
        open = false
        lastAnswer = max(answered, lastAnswer ?? answered)
      } else if probe.sent >= range.start {
        // A ping whose time is not up at the end of the range says nothing.
        if probe.sent + Self.patience < range.end { open = true }
      }
    }
    if open { gaps.append(Span(lastAnswer ?? range.start, range.end)) }
    return gaps.filter { $0.end > range.start }
  }

  /// Who answers from when to when: runs of pings answered in time by the same router.
  public func answers(in range: Span) -> [(span: Span, router: String)] {
    var result: [(span: Span, router: String)] = []
    var broken = true
    for probe in probes where probe.sent >= range.start && probe.sent < range.end {
      guard let router = probe.router, let answered = probe.answered, answered - probe.sent <= Self.patience else {
        broken = broken || probe.sent + Self.patience < range.end
        continue
      }
      if !broken, let last = result.last, last.router == router {
        result[result.count - 1].span = Span(last.span.start, answered)
      } else {
        // Two routers one right after the other: the second begins where the first ends.
        let start = broken ? answered : result.last?.span.end ?? answered
        result.append((Span(start, max(answered, start)), router))
      }
      broken = false
    }
    return result
  }

  /// Whether every ping of the range whose time is up was answered, and some were.
  public func isAnswered(in range: Span) -> Bool {
    let due = probes.filter { $0.sent >= range.start && $0.sent < range.end - Self.patience }
    return !due.isEmpty
      && due.allSatisfy { probe in probe.answered.map { $0 - probe.sent <= Self.patience } ?? false }
  }

  /// The first announcement in the range.
  public func announcement(in range: Span) -> (time: Instant, router: String)? {
    announcements.first { $0.time >= range.start && $0.time < range.end }
  }
}
