public import NetPrimitives

extension Router {
  /// What a sync group needs to know about this router.
  public var groupMember: SyncGroup.Member {
    var (wants, hears) = (false, false)
    if case .backup(let backup) = phase { (wants, hears) = (backup.wish != nil, backup.hearsActive) }
    return SyncGroup.Member(
      state: state, hasOwnFault: !faults.subtracting(.syncGroup).isEmpty, isHeldInFault: faults.contains(.syncGroup),
      hasYielded: hasYielded, wantsToBeMaster: wants, hearsActive: hears)
  }

  /// Does what the group agreed on.
  public mutating func follow(_ step: SyncGroup.Step, now: Instant, into effects: inout [Effect]) {
    switch step {
    case .fault(let isPresent): setFault(.syncGroup, isPresent, now: now, into: &effects)
    case .yield: yieldWithGroup(now: now, into: &effects)
    case .becomeMaster:
      guard case .backup(let backup) = phase, let wish = backup.wish else { return }
      becomeMaster(cause: wish, displaced: backup.deadlineWithoutBFD, lateness: .zero, now: now, &effects)
    }
  }

  /// Asks the group, with the timer running again meanwhile.
  mutating func wish(_ cause: TransitionCause, now: Instant) {
    guard case .backup(var backup) = phase else { return }
    backup.wish = cause
    backup.hearsActive = false
    backup.deadline = now + masterDownInterval
    phase = .backup(backup)
  }

  /// Another member gave up. It is said by priority 0, so that the group that takes over need not wait for each member; and
  /// before that by a last advertisement, from which a group that is active already learns that we were.
  private mutating func yieldWithGroup(now: Instant, into effects: inout [Effect]) {
    hasYielded = false
    switch phase {
    case .initialize, .fault: break
    case .backup(var backup):
      backup.wish = nil
      phase = .backup(backup)
    case .master:
      if configuration.answersHigherPriority { sendAdvertisements(now: now, into: &effects) }
      sendResignation(now: now, into: &effects)
      becomeBackup(cause: .syncGroup, lateness: .zero, now: now, &effects)
    }
  }
}
