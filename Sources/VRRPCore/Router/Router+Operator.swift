public import NetPrimitives

extension Router {
  /// Takes over a changed configuration of the same router (number, family and version stay). State, timers and
  /// counters stay as they are wherever the change allows it. The driver brings the addresses up to date itself.
  public mutating func reconfigure(_ new: RouterConfiguration, now: Instant, into effects: inout [Effect]) {
    guard new != configuration else { return }
    let old = configuration
    let known = Dictionary(zip(old.trackers, trackerStates), uniquingKeysWith: { first, _ in first })
    let knownObjects = Dictionary(
      zip(old.trackers.map { ObjectKey($0) }, trackerStates), uniquingKeysWith: { first, _ in first })
    configuration = new
    trackerStates = new.trackers.map { known[$0] ?? knownObjects[ObjectKey($0)] ?? .unknown }
    bfdSessions = bfdSessions.filter { name, _ in
      new.trackers.contains { $0.kind == .bfd && $0.name == name }
    }
    switch phase {
    case .initialize, .fault:
      masterAdvertisementInterval = new.advertisementInterval
    case .backup(var backup):
      // A v3 backup keeps to what the active router announces; otherwise its own interval counts from now on.
      if new.version == .v2 || lastAdvertisement == nil, new.advertisementInterval != old.advertisementInterval {
        masterAdvertisementInterval = new.advertisementInterval
        if backup.deadline != nil { backup.deadline = now + masterDownInterval }
      }
      phase = .backup(backup)
    case .master(var master):
      masterAdvertisementInterval = new.advertisementInterval
      master.deadline = min(master.deadline, now + new.advertisementInterval)
      if new.addresses != old.addresses || new.excludedAddressCount != old.excludedAddressCount {
        master.announcements = AnnouncementSchedule(addressCount: new.addresses.count + new.excludedAddressCount)
        master.announcements.startBursts(
          rounds: new.announcements.repeats, delay: new.announcements.delay, now: now)
        master.announcements.startRefresh(new.announcements, now: now)
      }
      phase = .master(master)
    }
    applyTracking(now: now, into: &effects)
    prepareAdvertisements()
    setFault(.noPeers, new.lacksPeers, now: now, into: &effects)
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
