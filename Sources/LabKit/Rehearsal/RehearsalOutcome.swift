public import NetPrimitives

/// What one fault did. All times count from the fault; what was before it is negative.
public struct FaultOutcome: Sendable {
  /// What a router is in while a fault lasts.
  public struct Condition: Sendable, Hashable {
    /// The router.
    public let router: String
    /// Its condition, in a word or two.
    public let text: String
    /// When it begins.
    public let start: Interval
    /// When it ends.
    public let end: Interval
    /// Whether the router is away from the network, so that it does no harm to have an address.
    public let isAway: Bool

    /// A router's condition for some time.
    public init(router: String, text: String, start: Interval, end: Interval, isAway: Bool) {
      self.router = router
      self.text = text
      self.start = start
      self.end = end
      self.isAway = isAway
    }
  }

  /// The fault.
  public let fault: RehearsalFault
  /// The router it was done to.
  public let active: String
  /// When the recording begins; negative.
  public let start: Interval
  /// When the fault was mended.
  public let mended: Interval
  /// When all was at rest again, or the patience at its end.
  public let end: Interval
  /// What the router was in.
  public let conditions: [Condition]
  /// What happened to each address.
  public let addresses: [AddressOutcome]
  /// Why the network was not at rest in the end; `nil`: it was.
  public let unrest: String?

  /// Whether the network came to rest with exactly one router for each address.
  public var isGood: Bool { unrest == nil && addresses.allSatisfy(\.isGood) }

  /// An outcome of these parts.
  public init(
    fault: RehearsalFault, active: String, start: Interval, mended: Interval, end: Interval, conditions: [Condition],
    addresses: [AddressOutcome], unrest: String?
  ) {
    self.fault = fault
    self.active = active
    self.start = start
    self.mended = mended
    self.end = end
    self.conditions = conditions
    self.addresses = addresses
    self.unrest = unrest
  }
}

/// What happened to one address in one fault. All times count from the fault.
public struct AddressOutcome: Sendable {
  /// From when to when.
  public struct Span: Sendable, Hashable {
    /// The beginning.
    public let start: Interval
    /// The end.
    public let end: Interval

    /// From `start` to `end`.
    public init(_ start: Interval, _ end: Interval) {
      self.start = start
      self.end = end
    }

    /// How long it is.
    public var length: Interval { end - start }
  }

  /// A time and the routers that have the address in it: none, one or both.
  public struct Holding: Sendable, Hashable {
    /// When.
    public let span: Span
    /// Who, in order of name.
    public let routers: [String]

    /// `routers` have the address in `span`.
    public init(_ span: Span, _ routers: [String]) {
      self.span = span
      self.routers = routers
    }
  }

  /// The address.
  public let watched: RehearsalPlan.Watched
  /// Who has it, from the beginning to the end.
  public let holdings: [Holding]
  /// Who answers pings to it. Empty where it is not pinged.
  public let answers: [Holding]
  /// When nobody answers, or, where it is not pinged, when nobody has it.
  public let gaps: [Span]
  /// When both routers have it while both are on the network.
  public let conflicts: [Span]
  /// The first announcement after the fault.
  public let announced: Interval?

  /// An outcome of these parts.
  public init(
    watched: RehearsalPlan.Watched, holdings: [Holding], answers: [Holding], gaps: [Span], conflicts: [Span],
    announced: Interval?
  ) {
    self.watched = watched
    self.holdings = holdings
    self.answers = answers
    self.gaps = gaps
    self.conflicts = conflicts
    self.announced = announced
  }

  /// Who has it before the fault.
  public var before: [String] { holders(at: .zero) }
  /// Who has it in the end.
  public var after: [String] { holdings.last?.routers ?? [] }
  /// Whether exactly one router has it in the end.
  public var isGood: Bool { after.count == 1 }
  /// How long it was gone, all gaps together.
  public var gone: Interval { gaps.map(\.length).reduce(.zero, +) }
  /// The longest gap.
  public var longestGap: Interval { gaps.map(\.length).max() ?? .zero }

  /// How long both routers had it while both were on the network.
  public var bothHeld: Interval { conflicts.map(\.length).reduce(.zero, +) }

  /// Who has it at a time.
  public func holders(at time: Interval) -> [String] {
    (holdings.last { $0.span.start < time } ?? holdings.first)?.routers ?? []
  }

  /// The routers that answered for it, one after the other: `a`, `b`, `a` where it moved and came back. Where it is not
  /// pinged, those that had it alone.
  public var path: [String] {
    var path: [String] = []
    for step in watched.isAnswered ? answers : holdings where step.routers.count == 1 && path.last != step.routers[0] {
      path.append(step.routers[0])
    }
    return path
  }

  /// What happened, in words.
  public var summary: String {
    guard after.count == 1 else { return after.isEmpty ? "nobody has it" : "two masters" }
    let path = path
    guard path.count > 1 else { return "stays on \(after[0])" }
    let moves = path.count == 2 ? "moves to \(path[1])" : "moves \(path.count - 1) times"
    if path.last != path.first { return "\(moves), stays on \(after[0])" }
    return path.count == 3 ? "moves to \(path[1]), returns to \(after[0])" : "\(moves), returns to \(after[0])"
  }
}

/// All faults with one engine.
public struct RehearsalRun: Sendable {
  /// Who kept the addresses alive.
  public let engine: Engine
  /// Fault by fault, in the order in which they were played.
  public let outcomes: [FaultOutcome]
  /// Faults that were not played any more because the network did not come to rest before.
  public let unplayed: [RehearsalFault]

  /// A run of these outcomes.
  public init(engine: Engine, outcomes: [FaultOutcome], unplayed: [RehearsalFault]) {
    self.engine = engine
    self.outcomes = outcomes
    self.unplayed = unplayed
  }

  /// Whether every fault was played and ended well.
  public var isGood: Bool { unplayed.isEmpty && outcomes.allSatisfy(\.isGood) }
}
