public import NetPrimitives

/// On which interface, for whom and how sessions are made for neighbours that begin by themselves (RFC 9468).
public struct UnsolicitedRule: Hashable, Sendable {
  /// The driver's number for it: what a session remembers of the rule it was made by.
  public let id: Int
  /// The index of the interface that packets must come in by.
  public let interface: UInt32
  /// The interface's own addresses: the sender must be in one of their subnets, and send to one of them.
  public let subnets: [IPPrefix]
  /// Which of the senders in those subnets are let in; empty: all. Where the interface has no address of the sender's
  /// family there are no subnets to be in, and the sender must be in here.
  public let allowed: [IPPrefix]
  /// How many sessions there may be at a time.
  public let maximumSessions: Int
  /// How long a session that is not Up is kept.
  public let hold: Interval
  /// What the sessions run with; `isPassive` in any case.
  public let parameters: SessionParameters
  /// The keys they are authenticated with.
  public let keys: AuthenticationKeys

  /// A rule.
  public init(
    id: Int, interface: UInt32, subnets: [IPPrefix], allowed: [IPPrefix] = [], maximumSessions: Int, hold: Interval,
    parameters: SessionParameters, keys: AuthenticationKeys = []
  ) {
    self.id = id
    self.interface = interface
    self.subnets = subnets
    self.allowed = allowed
    self.maximumSessions = maximumSessions
    self.hold = hold
    self.parameters = parameters
    self.keys = keys
  }

  /// Whether a session with `source` may be made for a packet to `destination`.
  func admits(_ source: IPAddress, to destination: IPAddress) -> Bool {
    let subnets = subnets.lazy.filter { $0.address.family == source.family }
    let isAllowed = allowed.contains { $0.contains(source) }
    guard !subnets.isEmpty else { return isAllowed }
    return (allowed.isEmpty || isAllowed)
      && subnets.contains { $0.contains(source) }
      && subnets.contains { $0.address.scoped(to: 0) == destination }
  }
}

/// What a session that nobody configured remembers of its making.
public struct UnsolicitedOrigin: Hashable, Sendable, BitwiseCopyable {
  /// The rule it was made by.
  public let rule: Int
  /// How long it is kept while it is not Up.
  var hold: Interval
  /// Since when it is not Up.
  var idleSince: Instant
}

extension Session {
  /// When a session that nobody configured is removed unless it comes Up; not before its Detection Time (RFC 9468 2).
  /// One that the operator holds down stays: removed, it would come back by itself.
  @inline(__always)
  var removalDeadline: Instant? {
    guard let unsolicited, state == .down || state == .initializing else { return nil }
    return unsolicited.idleSince + max(unsolicited.hold, detectionTime ?? .zero)
  }

  /// When the table must look at the session beside its transmissions.
  @inline(__always)
  var nextCheck: Instant? {
    if let farewell { return farewell }
    guard let detection = detectionDeadline else { return removalDeadline }
    guard let removal = removalDeadline else { return detection }
    return min(removal, detection)
  }
}

extension SessionTable {
  /// Lets sessions be made by `rules` from now on, at most one for an interface. Sessions that others made stay as they
  /// are.
  public mutating func setUnsolicited(_ rules: [UnsolicitedRule]) {
    unsolicitedRules = rules
    for rule in rules where unsolicitedCounts[rule.id, default: 0] < rule.maximumSessions {
      fullRules.remove(rule.id)
    }
  }

  /// Changes how long the session in `slot`, which nobody configured, is kept while it is not Up.
  public mutating func setHold(_ slot: Int, _ hold: Interval) {
    sessions[slot].unsolicited?.hold = hold
    scheduleCheck(slot)
  }

  /// The session in `slot` is configured from now on: it stays whatever happens.
  public mutating func keep(_ slot: Int) {
    forgetOrigin(slot)
    scheduleCheck(slot)
  }

  /// Makes a session for a packet that no session was found for. It is told to nobody before the packet was accepted.
  mutating func admit(
    _ packet: ControlPacket, _ arrival: Arrival, now: Instant, effects: inout Effects
  ) throws(DropReason) -> Int {
    guard packet.state == .down, arrival.kind == .singleHop,
      let rule = unsolicitedRules.first(where: { $0.interface == arrival.interface })
    else { throw .noSession }
    guard let hopLimit = arrival.hopLimit else { throw .hopLimitUnknown }
    guard hopLimit == 255 else { throw .hopLimitTooLow }
    let source = arrival.source.scoped(to: 0)
    let destination = arrival.destination.scoped(to: 0)
    guard rule.admits(source, to: destination) else { throw .unsolicitedNotAllowed }
    let path = SessionPath(
      peer: source, local: destination, interface: arrival.interface, domain: arrival.domain)
    guard unsolicitedCounts[rule.id, default: 0] < rule.maximumSessions,
      let slot = try? add(path, parameters: rule.parameters, keys: rule.keys, now: now)
    else {
      if fullRules.insert(rule.id).inserted { effects.events.append(.unsolicitedLimitReached(rule: rule.id)) }
      throw .unsolicitedLimit
    }
    sessions[slot].unsolicited = UnsolicitedOrigin(rule: rule.id, hold: rule.hold, idleSince: now)
    unsolicitedCounts[rule.id, default: 0] += 1
    return slot
  }

  /// Takes back a session whose first packet was not accepted.
  mutating func refuse(_ slot: Int, _ reason: DropReason) {
    demultiplexer.remove(sessions[slot].path, slot: slot)
    release(slot)
    drops.count(reason)
  }

  /// Removes a session that has not been Up for long enough. Nothing is sent: the peer has to begin again.
  mutating func expire(_ slot: Int, effects: inout Effects) {
    demultiplexer.remove(sessions[slot].path, slot: slot)
    free(slot, effects: &effects)
  }

  mutating func forgetOrigin(_ slot: Int) {
    guard let origin = sessions[slot].unsolicited else { return }
    sessions[slot].unsolicited = nil
    unsolicitedCounts[origin.rule, default: 1] -= 1
    fullRules.remove(origin.rule)
  }
}
