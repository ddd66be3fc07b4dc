public import NetPrimitives

extension Router {
  /// Gives the addresses to the next router: an active router resigns, and does not preempt before it has been active
  /// again. Returns false where the router is not active.
  public mutating func failOver(now: Instant, into effects: inout [Effect]) -> Bool {
    guard case .master = phase else { return false }
    sendResignation(now: now, into: &effects)
    isYielding = true
    becomeBackup(cause: .failover, lateness: .zero, now: now, &effects)
    return true
  }

  /// Keeps the router from being active, or no longer does. An active router resigns.
  public mutating func setMaintenance(_ isOn: Bool, now: Instant, into effects: inout [Effect]) {
    guard isOn != isInMaintenance else { return }
    isInMaintenance = isOn
    switch phase {
    case .initialize, .fault: break
    case .backup(var backup):
      backup.deadline = isOn ? nil : now + masterDownInterval
      phase = .backup(backup)
    case .master:
      sendResignation(now: now, into: &effects)
      becomeBackup(cause: .maintenance, lateness: .zero, now: now, &effects)
    }
  }
}
