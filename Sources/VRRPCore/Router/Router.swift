public import NetPrimitives

/// One virtual router (RFC 9568 6.4, RFC 3768 6.4) with keepalived's fault state and priority rules.
///
/// ```
///                    +-------------+
///         +--------->|  initialize |<-------------+
///         |          +-------------+              |      any state, on a fault -> fault
///         |             |       |                 |      fault, when the last one is cured -> backup
///    shutDown           |       | priority 255   shutDown   (an owner with `state MASTER` -> master)
///         |             v       v                 |
///   +----------+   no advertisement    +----------+
///   |  backup  |---------------------->|  master  |
///   |          |<----------------------|          |
///   +----------+  better advertisement +----------+
/// ```
///
/// The router opens nothing and reads no clock. Its driver tells it what happens, with the present instant, carries out
/// the effects, and calls `deadlineReached` once `nextDeadline` has come, *after* it has handed over every packet that
/// had arrived by then. Because only `deadlineReached` makes a router active or repeats an advertisement, a daemon that
/// was stalled reads what happened meanwhile before it acts: late is not dead.
public struct Router: Sendable {
  /// What the operator decided.
  public internal(set) var configuration: RouterConfiguration
  /// The address advertisements leave from; `nil` where the interface has none.
  public internal(set) var sourceAddress: IPAddress?
  /// The priority in use, after tracking: 1 to 254, or 255 for an owner.
  public internal(set) var effectivePriority: UInt8
  /// The interval of the active router, by which it is judged: what it announces in v3, else our own.
  public var masterAdvertisementInterval: Interval {
    switch configuration.version {
    case .v2: configuration.advertisementInterval
    case .v3: adoptedInterval ?? configuration.advertisementInterval
    }
  }
  /// The last advertisement of the active router whose silence this router waits for.
  public internal(set) var lastAdvertisement: LastAdvertisement?
  /// The last advertisement of an active router that this router is about to preempt, and whose silence changes nothing.
  var preempted: LastAdvertisement?
  /// The last advertisement that was refused, or had other addresses than ours.
  public internal(set) var lastTrouble: AdvertisementTrouble?
  /// Everything that was counted.
  public internal(set) var statistics = RouterStatistics()
  /// How much longer it waits for a better router that fell silent and was alive.
  public internal(set) var patience = Patience()
  /// The last transitions.
  public internal(set) var history = History()
  /// Why the router is in fault; empty where it is not.
  public internal(set) var faults: FaultReasons = []
  /// Whether the operator keeps the router from becoming active.
  public internal(set) var isInMaintenance = false
  /// What is known about each of `configuration.trackers`.
  public internal(set) var trackerStates: [TrackerState]

  var phase = Phase.initialize
  /// The interval that the active router announces; `nil` where none was heard, or we are active.
  var adoptedInterval: Interval?
  /// While a changed configuration is taken over: what becomes known then has its effect at the end, once.
  var isReconfiguring = false
  /// Whether `start` was called and `shutDown` was not.
  var isRunning = false
  /// In a sync group: this router gave up being active, and the group does not know yet.
  var hasYielded = false
  /// After the operator's `failover`: it does not preempt until the next time we are active.
  public internal(set) var isYielding = false
  var authenticator = Authenticator()
  /// Whether our unicast checksums are those of old keepalived, because one was heard.
  var hasHeardOldChecksum = false
  var bfdSessions: [String: BFDReport] = [:]
  /// Advertisements with the effective priority, one for each destination, built when something in them changes.
  var prepared: [(destination: IPAddress, message: [UInt8])] = []

  /// The states with what exists only in them.
  enum Phase: Sendable {
    case initialize
    case backup(Backup)
    case master(Master)
    case fault
  }

  struct Backup: Sendable {
    /// Active_Down_Timer; `nil` while the operator holds the router back.
    var deadline: Instant?
    /// What it will mean if the timer runs out.
    var expectation = TransitionCause.masterTimeout
    /// When `preempt_delay` began: at the first advertisement of lower priority.
    var lowerPrioritySince: Instant?
    /// Whether an active router was accepted since the timer began.
    var hearsActive = false
    /// When the timer would have run out without BFD.
    var deadlineWithoutBFD: Instant?
    /// In a sync group: the timer ran out for this reason, and the group has not agreed yet.
    var wish: TransitionCause?
    /// Whether another router was heard that was active.
    var hasHeardActive = false
    /// Whether a late wake-up was already given the benefit of the doubt.
    var hasWaitedAfterStall = false
  }

  struct Master: Sendable {
    /// Adver_Timer.
    var deadline: Instant
    var announcements: AnnouncementSchedule
    let since: Instant
    let cause: TransitionCause
    /// The router a BFD takeover displaced, and until when hearing it proves the takeover wrong.
    var displaced: (router: IPAddress, until: Instant)?
    /// When an advertisement of an equal or lower router was last received: a dual-master episode is going on.
    var lastRival: Instant?
    /// How many advertisements were sent in answer to others since an instant, within an interval of it.
    var answers = (since: Instant.zero, count: 0)
  }

  /// A router in `initialize`, waiting for `start`.
  public init(_ configuration: RouterConfiguration, sourceAddress: IPAddress? = nil) {
    self.configuration = configuration
    self.sourceAddress = sourceAddress
    effectivePriority = configuration.priority
    trackerStates = [TrackerState](repeating: .unknown, count: configuration.trackers.count)
    recomputePriority()
    prepareAdvertisements()
  }

  /// The state the operator sees.
  public var state: RouterState {
    switch phase {
    case .initialize: .initialize
    case .backup: .backup
    case .master: .master
    case .fault: .fault
    }
  }

  /// When `deadlineReached` must be called; `nil` for never.
  public var nextDeadline: Instant? {
    switch phase {
    case .initialize, .fault: nil
    case .backup(let backup): backup.deadline
    case .master(let master): min(master.deadline, master.announcements.nextDeadline ?? .distantFuture)
    }
  }

  /// Skew_Time with the priority and the interval in use.
  public var skewTime: Interval {
    Timing.skewTime(
      version: configuration.version, priority: effectivePriority, interval: masterAdvertisementInterval)
  }

  /// Active_Down_Interval with the priority and the interval in use.
  public var masterDownInterval: Interval {
    Timing.masterDownInterval(
      version: configuration.version, priority: effectivePriority, interval: masterAdvertisementInterval,
      advertisements: configuration.downTimerAdvertisements)
  }

  /// When `preempt_delay` ends that keeps a backup from preempting a router of lower priority; `nil` where none runs.
  public var preemptionAllowed: Instant? {
    guard case .backup(let backup) = phase, case .after(let delay) = configuration.preemption, delay > .zero else {
      return nil
    }
    return backup.lowerPrioritySince.map { $0 + delay }
  }

  /// How long it waits for the active router: Active_Down_Interval, and longer for one that was silent before, but alive.
  public var silenceLimit: Interval { masterDownInterval + patience.length(for: lastAdvertisement?.source) }

  /// Whether it listens, and has heard another router that was active.
  public var hasHeardActive: Bool {
    if case .backup(let backup) = phase { backup.hasHeardActive } else { false }
  }

  /// The last advertisement of any active router that was heard while listening.
  public var lastHeard: LastAdvertisement? {
    guard let preempted else { return lastAdvertisement }
    guard let lastAdvertisement, lastAdvertisement.receivedAt > preempted.receivedAt else { return preempted }
    return lastAdvertisement
  }

  /// When the router that `preempt_delay` holds back becomes active, if the active router goes on as it does: each
  /// advertisement within the delay starts the Active_Down_Timer again, and the timer still has to run out after the last
  /// of them. `nil` where no delay ran.
  public var preemptionExpected: Instant? {
    guard let allowed = preemptionAllowed, case .backup(let backup) = phase, let deadline = backup.deadline else {
      return nil
    }
    let interval = masterAdvertisementInterval
    guard interval > .zero, let last = lastAdvertisement?.receivedAt, last < allowed else { return deadline }
    let remaining = ((allowed - last).nanoseconds - 1) / interval.nanoseconds
    return last + interval * remaining + silenceLimit
  }

  /// Whether `realTimeOffset` matters.
  public var needsRealTime: Bool {
    if case .trailer = configuration.authentication { true } else { false }
  }

  /// CLOCK_REALTIME minus the clock of the instants that this router is given; `auth_hmac` sends the time of day.
  public var realTimeOffset: Interval {
    get { authenticator.realTimeOffset }
    set { authenticator.realTimeOffset = newValue }
  }

  /// The last transition's cause; `nil` before the first.
  public var lastCause: TransitionCause? { history.transitions.last?.cause }

  // MARK: Starting and stopping

  /// Takes part in the election from `now` on: as master where the router owns its addresses and is configured so, as
  /// backup with the full timer otherwise; not before every unweighted script gave its first result.
  public mutating func start(now: Instant, into effects: inout [Effect]) {
    isRunning = true
    deriveFaults()
    settle(cause: .startup, now: now, into: &effects)
  }

  /// Stops taking part: an active router says so by priority 0 (RFC 9568 6.4.3).
  public mutating func shutDown(
    telling notification: Notification = .stop, now: Instant, into effects: inout [Effect]
  ) {
    guard isRunning else { return }
    isRunning = false
    let before = state
    resignIfMaster(now: now, into: &effects)
    phase = .initialize
    effects.append(.notify(notification, priority: effectivePriority))
    if before != .initialize { record(from: before, cause: .shutdown, now: now, into: &effects) }
  }

  // MARK: Deadlines

  /// Does what is due at `now`: becomes master, repeats the advertisement, goes on announcing.
  ///
  /// The driver must have handed over all packets that had arrived before it calls this.
  public mutating func deadlineReached(now: Instant, into effects: inout [Effect]) {
    switch phase {
    case .initialize, .fault: break
    case .backup(let backup):
      guard let deadline = backup.deadline, deadline <= now else { return }
      backupTimerExpired(backup, lateness: now - deadline, now: now, into: &effects)
    case .master(let master):
      serve(master, now: now, into: &effects)
    }
  }

  private mutating func backupTimerExpired(
    _ backup: Backup, lateness: Interval, now: Instant, into effects: inout [Effect]
  ) {
    // If we come later than an interval, the active router's latest advertisement may have been lost in a full socket
    // buffer: listen for one more interval before it is believed dead. Once, or a busy machine would never take over.
    if lateness > masterAdvertisementInterval, !backup.hasWaitedAfterStall {
      statistics.ownStalls &+= 1
      effects.append(.notice(.stalled(lateness)))
      var waiting = backup
      waiting.deadline = now + masterAdvertisementInterval + skewTime
      waiting.hasWaitedAfterStall = true
      phase = .backup(waiting)
      return
    }
    if configuration.isInSyncGroup {
      wish(backup.expectation, now: now)
      return
    }
    becomeMaster(
      cause: backup.expectation, displaced: backup.deadlineWithoutBFD, lateness: lateness, now: now, &effects)
  }

  private mutating func serve(_ current: Master, now: Instant, into effects: inout [Effect]) {
    var master = current
    if master.deadline <= now {
      let lateness = now - master.deadline
      statistics.worstAdvertisementLateness = max(statistics.worstAdvertisementLateness, lateness)
      if let limit = expiredTimerLimit, lateness > limit {
        statistics.ownStalls &+= 1
        effects.append(.notice(.stalled(lateness)))
        becomeBackup(cause: .ownStall, lateness: lateness, now: now, &effects)
        return
      }
      if lateness >= masterDownInterval {
        // The others have given us up. What they sent meanwhile has been read, and none of them is better than us; but
        // if one is active now and we may not preempt it, it stays.
        statistics.ownStalls &+= 1
        effects.append(.notice(.stalled(lateness)))
        let hasRival = master.lastRival.map { $0 > master.deadline } ?? false
        if hasRival && !mayPreempt {
          becomeBackup(cause: .ownStall, lateness: lateness, now: now, &effects)
          return
        }
        // Where nobody was active in our place, no host was misled, and more work would only make us later still.
        if hasRival { master.announcements.announceAgain(interval: masterDownInterval, now: now) }
      }
      sendAdvertisements(now: now, into: &effects)
      master.deadline = nextAdvertisement(after: master.deadline, now: now)
    }
    announce(&master.announcements, now: now, into: &effects)
    phase = .master(master)
  }

  /// `timer_expired_backup`: by when a router of that priority has given us up.
  private var expiredTimerLimit: Interval? {
    configuration.expiredTimerPriority.map {
      Timing.masterDownInterval(
        version: configuration.version, priority: $0, interval: configuration.advertisementInterval)
    }
  }

  /// One interval after the last deadline, so that the cadence does not drift; after a delay, one interval from now.
  private func nextAdvertisement(after deadline: Instant, now: Instant) -> Instant {
    let next = deadline + configuration.advertisementInterval
    return next > now ? next : now + configuration.advertisementInterval
  }

  private mutating func announce(_ schedule: inout AnnouncementSchedule, now: Instant, into effects: inout [Effect]) {
    guard let run = schedule.due(now: now) else { return }
    effects.append(.announce(run))
    statistics.announcementsSent &+= UInt64(run.count)
  }

  // MARK: Transitions

  /// Whether a living router of lower priority may be displaced.
  var mayPreempt: Bool {
    if configuration.isOwner { return true }
    return configuration.preemption != .never && !isYielding
  }

  /// In fault, held back, or taking part, as the faults and trackers say: the one place where a router that is not
  /// listening begins to.
  mutating func settle(cause: TransitionCause, now: Instant, into effects: inout [Effect]) {
    guard isRunning, !isReconfiguring else { return }
    let before = state
    if !faults.isEmpty {
      guard before != .fault else { return }
      resignIfMaster(now: now, into: &effects)
      phase = .fault
      effects.append(.notify(.fault, priority: effectivePriority))
      record(from: before, cause: .fault(faults), now: now, into: &effects)
      return
    }
    guard before == .fault || before == .initialize, !isAwaitingScripts else { return }
    announceSource(into: &effects)
    if configuration.isOwner, configuration.prefersMaster, !isInMaintenance, !configuration.isInSyncGroup {
      becomeMaster(cause: .ownAddresses, displaced: nil, lateness: .zero, now: now, &effects)
    } else {
      becomeBackup(cause: before == .fault ? .faultCleared : cause, lateness: .zero, now: now, &effects)
      if configuration.isOwner, configuration.prefersMaster, !isInMaintenance { wish(.ownAddresses, now: now) }
    }
  }

  mutating func becomeMaster(
    cause: TransitionCause, displaced: Instant?, lateness: Interval, now: Instant, _ effects: inout [Effect]
  ) {
    let before = state
    let patience = cause == .masterTimeout ? patience.length(for: lastAdvertisement?.source) : .zero
    noteReplaced(cause, now: now)
    isYielding = false
    sendAdvertisements(now: now, into: &effects)
    effects.append(.addAddresses)
    adoptedInterval = nil
    var schedule = AnnouncementSchedule(addressCount: configuration.announcedCount, configuration.announcements)
    schedule.startTakeover(interval: masterDownInterval, now: now)
    schedule.startRefresh(now: now)
    announce(&schedule, now: now, into: &effects)
    var master = Master(
      deadline: now + configuration.advertisementInterval, announcements: schedule, since: now, cause: cause)
    if case .bfdTakeover = cause {
      statistics.bfdTakeovers &+= 1
      if let displaced, let last = lastAdvertisement { master.displaced = (last.source, displaced) }
    }
    phase = .master(master)
    statistics.masterTransitions &+= 1
    effects.append(.notify(.master, priority: effectivePriority))
    record(from: before, cause: cause, patience: patience, lateness: lateness, now: now, into: &effects)
  }

  /// Remembers whose silence makes us active: if it is heard again soon, it was only late.
  private mutating func noteReplaced(_ cause: TransitionCause, now: Instant) {
    guard case .masterTimeout = cause, let last = lastAdvertisement else { return patience.becameActive() }
    patience.replaced(last.source, silentSince: last.receivedAt, now: now)
  }

  /// Listens from `now` on with the full timer. An active router that yields to a better one sends no priority 0.
  mutating func becomeBackup(cause: TransitionCause, lateness: Interval, now: Instant, _ effects: inout [Effect]) {
    let before = state
    if before == .master {
      statistics.masterReleases &+= 1
      effects.append(.removeAddresses)
      hasYielded = configuration.isInSyncGroup && cause != .syncGroup
    }
    if before == .fault || before == .initialize {
      adoptedInterval = nil
      lastAdvertisement = nil
      preempted = nil
    }
    let limit = cause == .betterRouter ? silenceLimit : masterDownInterval
    phase = .backup(Backup(deadline: isInMaintenance ? nil : now + limit))
    effects.append(.notify(.backup, priority: effectivePriority))
    record(from: before, cause: cause, lateness: lateness, now: now, into: &effects)
  }

  /// Priority 0 and no addresses, if the router is active.
  mutating func resignIfMaster(now: Instant, into effects: inout [Effect]) {
    guard case .master = phase else { return }
    sendResignation(now: now, into: &effects)
    effects.append(.removeAddresses)
    statistics.masterReleases &+= 1
  }

  mutating func record(
    from before: RouterState, cause: TransitionCause, patience: Interval = .zero, lateness: Interval = .zero,
    now: Instant,
    into effects: inout [Effect]
  ) {
    let transition = Transition(
      time: now, from: before, to: state, cause: cause, priority: effectivePriority,
      master: lastAdvertisement?.source, masterPriority: lastAdvertisement?.priority,
      lastAdvertisementAge: lastAdvertisement.map { now - $0.receivedAt }, lateness: lateness,
      patience: patience)
    history.record(transition)
    statistics.stateTransitions &+= 1
    effects.append(.stateChanged(transition))
  }
}

/// What is remembered of an advertisement that was not what it should be.
public struct AdvertisementTrouble: Hashable, Sendable {
  /// Its sender.
  public let source: IPAddress
  /// Why it was refused; `nil` where it was accepted, but has other addresses than ours.
  public let refusal: DropReason?
  /// When the kernel received it.
  public let receivedAt: Instant

  init(_ source: IPAddress, refusal: DropReason?, at instant: Instant) {
    self.source = source
    self.refusal = refusal
    receivedAt = instant
  }
}

/// What is remembered of an accepted advertisement.
public struct LastAdvertisement: Hashable, Sendable {
  /// Its sender.
  public let source: IPAddress
  /// The sender's priority.
  public let priority: UInt8
  /// When the kernel received it.
  public let receivedAt: Instant
  /// The interval it announced.
  public let interval: Interval

  init(_ advertisement: Advertisement, _ path: PacketPath) {
    source = path.source
    priority = advertisement.priority
    receivedAt = path.receivedAt
    interval = advertisement.interval
  }
}
