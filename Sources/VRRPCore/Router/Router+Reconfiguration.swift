public import NetPrimitives

/// A changed configuration of the same router leaves what a router that was started with it would have in the same role.
/// Whatever follows from the configuration is therefore derived from the new one alone. Kept is what happened: the role,
/// what was heard, known and counted, and what the operator asked for.
extension Router {
  /// Takes over a changed configuration of the same router (number, family and version stay). The driver brings the
  /// addresses up to date itself.
  ///
  /// In `tellKnown` the driver tells what it knows of objects that were not tracked before. Only then the router draws its
  /// conclusions, so that an object that works is no fault for a moment.
  public mutating func reconfigure(
    _ new: RouterConfiguration, now: Instant, into effects: inout [Effect],
    tellKnown: (inout Router, inout [Effect]) -> Void = { _, _ in }
  ) {
    guard new != configuration else { return }
    let old = self
    configuration = new
    keepWhatIsKnown(of: old)
    isReconfiguring = true
    tellKnown(&self, &effects)
    isReconfiguring = false
    recomputePriority()
    deriveFaults()
    prepareAdvertisements()
    if effectivePriority != old.effectivePriority {
      effects.append(.priorityChanged(from: old.effectivePriority, to: effectivePriority))
    }
    switch phase {
    case .initialize, .fault: break
    case .backup(let backup): phase = .backup(adapted(backup, after: old, now: now))
    case .master(let master): phase = .master(adapted(master, after: old, now: now))
    }
    settle(cause: .startup, now: now, into: &effects)
  }

  private mutating func keepWhatIsKnown(of old: Router) {
    let states = Dictionary(
      zip(old.configuration.trackers.map { ObjectKey($0) }, old.trackerStates), uniquingKeysWith: { first, _ in first })
    trackerStates = configuration.trackers.map { states[ObjectKey($0)] ?? .unknown }
    bfdSessions = bfdSessions.filter { name, _ in
      configuration.trackers.contains { $0.kind == .bfd && $0.name == name }
    }
    if configuration.version == .v2 { adoptedInterval = nil }
    if !configuration.isInSyncGroup { hasYielded = false }
    // Other peers may have other checksums.
    let isHeardAnew =
      configuration.transport != old.configuration.transport
      || configuration.oldUnicastChecksum != old.configuration.oldUnicastChecksum
    if isHeardAnew { hasHeardOldChecksum = false }
  }

  /// The same object, whatever its weight.
  private struct ObjectKey: Hashable {
    let kind: Tracker.Kind
    let name: String

    init(_ tracker: Tracker) {
      kind = tracker.kind
      name = tracker.name
    }
  }

  /// The Active_Down_Timer as it would run with the configuration in use.
  private func adapted(_ current: Backup, after old: Router, now: Instant) -> Backup {
    var backup = current
    if let wish = backup.wish, !configuration.isInSyncGroup {
      // The timer ran out, and nobody has to agree any more.
      backup.wish = nil
      backup.expectation = wish
      backup.deadline = backup.deadline.map { min($0, now) }
      return backup
    }
    if preemptionDelay == .zero { backup.lowerPrioritySince = nil }
    guard let deadline = backup.deadline else { return backup }
    switch backup.expectation {
    case .masterResigned: return backup
    case .bfdTakeover(let session):
      if configuration.takesOverOnBFD, bfdSessions[session] != nil { return backup }
      backup.expectation = .masterTimeout
      backup.deadlineWithoutBFD = nil
      backup.deadline = now + masterDownInterval
    case .preemption where !mayPreempt || preemptionDelay > .zero || effectivePriority < old.effectivePriority:
      // The next advertisement of the active router decides that again.
      backup.expectation = .masterTimeout
      backup.deadline = now + masterDownInterval
    case .startup, .shutdown, .masterTimeout, .preemption, .ownAddresses, .betterRouter, .ownStall, .fault,
      .faultCleared, .syncGroup, .failover, .maintenance:
      // A priority moves the timer that is running (keepalived does the same); an interval begins a new one.
      let isSameWait = masterDownInterval - skewTime == old.masterDownInterval - old.skewTime
      backup.deadline = isSameWait ? deadline + (skewTime - old.skewTime) : now + masterDownInterval
    }
    return backup
  }

  /// `preempt_delay`, where there is anything to wait for.
  private var preemptionDelay: Interval {
    if case .after(let delay) = configuration.preemption, !configuration.isOwner { delay } else { .zero }
  }

  private func adapted(_ current: Master, after old: Router, now: Instant) -> Master {
    var master = current
    master.deadline = min(master.deadline, now + configuration.advertisementInterval)
    if configuration.addresses != old.configuration.addresses || configuration.places != old.configuration.places
      || configuration.announcedCount != old.configuration.announcedCount
    {
      master.announcements = AnnouncementSchedule(
        addressCount: configuration.announcedCount, configuration.announcements)
      master.announcements.startBursts(now: now)
      master.announcements.startRefresh(now: now)
    } else {
      master.announcements.adopt(configuration.announcements, now: now)
    }
    return master
  }
}
