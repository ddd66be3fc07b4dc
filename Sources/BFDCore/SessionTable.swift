public import NetPrimitives

/// Why a session cannot be added.
public enum AddSessionError: Error, Hashable, Sendable {
  /// There is one with the same path already.
  case duplicatePath
  /// There are 65535 sessions.
  case full
}

/// All BFD sessions of a system: the RFC 5880 engine as a value, without sockets and without a clock.
///
/// Every call takes the current time and appends to `effects` what the driver must do. After each turn the driver calls
/// `advance` when `nextDeadline` has come, having given the table every packet that had arrived by then: what a late
/// wake-up finds in the sockets is heard before any peer is declared dead.
///
/// Sessions live in numbered slots of one flat block. Nothing is allocated for a packet received or sent.
public struct SessionTable: Sendable {
  var sessions: ContiguousArray<Session> = []
  var isUsed: ContiguousArray<Bool> = []
  private var freeSlots: [Int] = []
  /// Only of the slots whose sessions use authentication.
  var authenticators: [Int: Authenticator] = [:]
  var unsolicitedRules: [UnsolicitedRule] = []
  /// How many sessions each rule has made that are still there.
  var unsolicitedCounts: [Int: Int] = [:]
  /// The rules of which it was told that they have made all the sessions that may be.
  var fullRules: Set<Int> = []
  /// Only of the slots whose Echo function is active.
  var echoes: [Int: EchoFunction] = [:]
  var demultiplexer = Demultiplexer()
  var transmissions = DeadlineQueue()
  var detections = DeadlineQueue()
  var echoTransmissions = DeadlineQueue()
  var echoDetections = DeadlineQueue()
  /// When Demand mode checks the path next.
  var demandPolls = DeadlineQueue()
  var generator: SeededGenerator
  var departures = Departures()

  /// How many sessions there are, those that are saying their farewell included.
  public private(set) var count = 0
  /// How many of them are saying their farewell.
  private var leavingCount = 0
  /// How late the driver called.
  public internal(set) var lateness = Lateness()
  /// Packets discarded before a session was found for them.
  public internal(set) var drops = DropCounters()

  /// How long a removed session goes on announcing AdminDown: for the peer's Detection Time, as RFC 5880 6.8.16 advises,
  /// but no shorter and no longer than this. A session that was not Up sends a second packet within a second, in case the
  /// first is lost.
  public static let farewell = Interval.seconds(1)...Interval.seconds(10)
  /// New sessions send their first packet at a random time within this, so that a thousand do not start in step.
  static let startSpread = Interval.milliseconds(100)

  /// An empty table; jitter and discriminators come from `seed`.
  public init(seed: UInt64) { generator = SeededGenerator(seed: seed) }

  /// The session in `slot`, which must be in use.
  public subscript(slot: Int) -> Session { sessions[slot] }

  /// The slots in use, in order.
  public var slots: [Int] { isUsed.indices.filter { isUsed[$0] } }

  /// When to call `advance` next; `nil` where there is nothing to wait for. It may be for nothing, unless
  /// `updateDetections` was called.
  public var nextDeadline: Instant? {
    var earliest = min(transmissions.next ?? .distantFuture, detections.next ?? .distantFuture)
    for other in [echoTransmissions.next, echoDetections.next, demandPolls.next] {
      if let other { earliest = min(earliest, other) }
    }
    return earliest == .distantFuture ? nil : earliest
  }

  /// Adds a session and returns its slot. It starts Down, or AdminDown where `isEnabled` is false, and sends its first
  /// packet soon; without `isPathAvailable` it waits for `setPath`. With `keys` it is authenticated.
  public mutating func add(
    _ path: SessionPath, parameters: SessionParameters, keys: AuthenticationKeys = [], isEnabled: Bool = true,
    isPathAvailable: Bool = true, now: Instant
  ) throws(AddSessionError) -> Int {
    // A session that waits for its interface does not know its whole path yet.
    // Initiators are told apart by their discriminators alone.
    guard !isPathAvailable || path.kind == .seamless || !demultiplexer.contains(path) else { throw .duplicatePath }
    guard count < Demultiplexer.capacity else { throw .full }
    let slot = freeSlots.popLast() ?? sessions.count
    let discriminator = demultiplexer.makeDiscriminator(for: slot, using: &generator)
    var session = Session(
      path: path, parameters: parameters, localDiscriminator: discriminator, isEnabled: isEnabled)
    session.isPathAvailable = isPathAvailable
    if slot == sessions.count {
      sessions.append(session)
      isUsed.append(true)
    } else {
      sessions[slot] = session
      isUsed[slot] = true
    }
    count += 1
    demultiplexer.insert(path, slot: slot)
    if !keys.isEmpty { startAuthentication(slot, keys) }
    reschedule(slot, now: now)
    return slot
  }

  /// Changes what the operator decides about a session; a change of intervals is confirmed by a Poll Sequence.
  public mutating func update(_ slot: Int, parameters: SessionParameters, now: Instant, effects: inout Effects) {
    sessions[slot].parameters = parameters
    sessions[slot].adoptIntervals()
    conclude(slot, cause: .configuration, now: now, effects: &effects)
  }

  /// Changes the keys of a session. While it is Up it goes on with the former ones until its peer shows that it knows
  /// the new ones, for ten minutes at most (RFC 5880 6.7.1).
  public mutating func update(_ slot: Int, keys: AuthenticationKeys, now: Instant, effects: inout Effects) {
    if !sessions[slot].isAuthenticated {
      guard !keys.isEmpty else { return }
      startAuthentication(slot, [])
    }
    changeAuthentication(slot, to: keys, now: now, effects: &effects)
  }

  /// Holds a session down, or lets it come up again. An AdminDown session goes on sending, so that its peer knows
  /// (RFC 5880 6.8.16).
  public mutating func setEnabled(
    _ slot: Int, _ isEnabled: Bool, cause: ChangeCause = .administrator, now: Instant, effects: inout Effects
  ) {
    guard !sessions[slot].isLeaving else { return }
    change(slot, on: isEnabled ? .enabled : .disabled, cause: cause, now: now, effects: &effects)
    conclude(slot, cause: cause, now: now, effects: &effects)
  }

  /// Says which addresses this system has on which interface, by its index. First packets to any other are for no session
  /// that is bound to the interface.
  public mutating func setOwnAddresses(_ addresses: [UInt32: [IPAddress]]) {
    demultiplexer.ownAddresses = addresses.mapValues { Set($0.map { $0.scoped(to: 0) }) }
  }

  /// Says on which interface the session now is (0 for any), and whether it can send at all: its own address and
  /// interface are there. Without them the session goes Down and is silent until they come back. It also goes Down where
  /// its peer was heard on another interface than the new one: that was another path.
  public mutating func setPath(
    _ slot: Int, interface: UInt32, isAvailable: Bool, now: Instant, effects: inout Effects
  ) {
    let session = sessions[slot]
    if session.path.interface != interface, !session.isLeaving {
      demultiplexer.remove(session.path, slot: slot)
      sessions[slot].path.interface = interface
      demultiplexer.insert(sessions[slot].path, slot: slot)
      if session.path.kind == .singleHop, interface != 0, session.currentInterface != interface {
        change(slot, on: .pathLost, cause: .link, now: now, effects: &effects)
        if session.isPathAvailable == isAvailable { conclude(slot, cause: .link, now: now, effects: &effects) }
      }
    }
    guard session.isPathAvailable != isAvailable else { return }
    sessions[slot].isPathAvailable = isAvailable
    if !isAvailable { change(slot, on: .pathLost, cause: .link, now: now, effects: &effects) }
    conclude(slot, cause: .link, now: now, effects: &effects)
  }

  /// Removes a session. A peer that is heard is told AdminDown first, for the time of `farewell`;
  /// `SessionEvent.removed` says when the slot is free. A new session for the path may be added at once.
  public mutating func remove(_ slot: Int, cause: ChangeCause, now: Instant, effects: inout Effects) {
    guard !sessions[slot].isLeaving else { return }
    demultiplexer.remove(sessions[slot].path, slot: slot)
    let isAlone = sessions[slot].isInitiator || sessions[slot].path.kind == .unaffiliatedEcho
    guard sessions[slot].remote.isKnown, sessions[slot].maySend, !isAlone else {
      free(slot, effects: &effects)
      return
    }
    change(slot, on: .disabled, cause: cause, now: now, effects: &effects)
    let wait = sessions[slot].announcement.peersDetectionTime
    sessions[slot].farewell = now + min(max(wait, Self.farewell.lowerBound), Self.farewell.upperBound)
    leavingCount += 1
    conclude(slot, cause: cause, now: now, effects: &effects)
  }

  /// Ends the farewells to the neighbour that the session in `slot` has just met. A reload that changes what tells
  /// sessions apart makes two of one, whose packets both reach the neighbour's one session: there the AdminDown of the
  /// old one would end what the new one has begun.
  mutating func endFarewells(replacedBy slot: Int, now: Instant) {
    guard leavingCount > 0, !sessions[slot].isLeaving else { return }
    let (path, discriminator) = (sessions[slot].path, sessions[slot].remote.discriminator)
    for old in sessions.indices where isUsed[old] && sessions[old].isLeaving {
      guard sessions[old].remote.discriminator == discriminator, sessions[old].path.peer == path.peer,
        sessions[old].path.domain == path.domain
      else { continue }
      sessions[old].farewell = now
      transmissions.cancel(old)
      detections.schedule(old, at: now)
    }
  }

  /// Removes all sessions; the driver may end when `count` is 0.
  public mutating func removeAll(cause: ChangeCause, now: Instant, effects: inout Effects) {
    for slot in slots { remove(slot, cause: cause, now: now, effects: &effects) }
  }

  /// Notes that the system refused to send a packet of the session, because it was longer than the link's MTU where
  /// `isOversize`.
  public mutating func noteSendFailure(_ slot: Int, isOversize: Bool = false) {
    sessions[slot].statistics.failedPackets &+= 1
    if isOversize { sessions[slot].statistics.oversizePackets &+= 1 }
  }

  /// Sets the statistics of the session in `slot` to zero; the times of its last changes stay.
  public mutating func clearStatistics(_ slot: Int) {
    let old = sessions[slot].statistics
    sessions[slot].statistics = SessionStatistics()
    sessions[slot].statistics.lastUp = old.lastUp
    sessions[slot].statistics.lastDown = old.lastDown
  }

  /// Sets the counters that belong to no session to zero.
  public mutating func clearStatistics() {
    lateness = Lateness()
    drops = DropCounters()
  }

  mutating func free(_ slot: Int, effects: inout Effects) {
    release(slot)
    effects.events.append(.removed(slot))
  }

  mutating func release(_ slot: Int) {
    forgetOrigin(slot)
    if sessions[slot].isLeaving { leavingCount -= 1 }
    demultiplexer.release(sessions[slot].localDiscriminator)
    transmissions.cancel(slot)
    detections.cancel(slot)
    demandPolls.cancel(slot)
    endEcho(slot)
    authenticators[slot] = nil
    isUsed[slot] = false
    freeSlots.append(slot)
    count -= 1
  }
}
