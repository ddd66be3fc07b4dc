public import NetPrimitives

/// What bfdd says about one of its sessions.
public struct BFDReport: Hashable, Sendable {
  /// The states of RFC 5880 6.2.
  public enum State: Hashable, Sendable {
    /// Taken down by the operator.
    case adminDown
    /// Down.
    case down
    /// Coming up.
    case initializing
    /// Up.
    case up
  }

  /// The session's state.
  public var state: State
  /// Whether the neighbour's last packet said AdminDown.
  public var isNeighborAdminDown: Bool
  /// The other end.
  public var neighbor: IPAddress?
  /// Our last diagnostic (RFC 5880 4.1), 0 to 31.
  public var diagnostic: UInt8
  /// The interval at which the session sends.
  public var transmitInterval: Interval

  /// A report.
  public init(
    state: State, isNeighborAdminDown: Bool = false, neighbor: IPAddress?, diagnostic: UInt8, transmitInterval: Interval
  ) {
    self.state = state
    self.isNeighborAdminDown = isNeighborAdminDown
    self.neighbor = neighbor
    self.diagnostic = diagnostic
    self.transmitInterval = transmitInterval
  }

  /// Whether the session is down because nothing was heard: Control Detection Time Expired or Echo Function Failed.
  var isDetectedFailure: Bool { state == .down && (diagnostic == 1 || diagnostic == 2) }
}

extension Router {
  /// The state of a tracked interface, script, file or process is known now, or changed.
  public mutating func trackerChanged(
    _ kind: Tracker.Kind, _ name: String, to state: TrackerState, now: Instant, into effects: inout [Effect]
  ) {
    var changed = false
    for (index, tracker) in configuration.trackers.enumerated()
    where tracker.kind == kind && tracker.name == name && trackerStates[index] != state {
      trackerStates[index] = state
      changed = true
    }
    if changed { applyTracking(now: now, into: &effects) }
  }

  /// The state of a BFD session is known now, or changed: its weight counts as that of any tracker, and where it died
  /// together with the active router, the router takes over without waiting for VRRP's own timer.
  ///
  /// A lost connection to bfdd is no report: the last state is held.
  public mutating func bfdChanged(
    session name: String, to report: BFDReport, now: Instant, into effects: inout [Effect]
  ) {
    guard configuration.trackers.contains(where: { $0.kind == .bfd && $0.name == name }) else { return }
    let previous = bfdSessions.updateValue(report, forKey: name)
    let state = trackerState(after: report, previous: previous, session: name)
    trackerChanged(.bfd, name, to: state, now: now, into: &effects)
    if let previous, previous.state == .up, report.isDetectedFailure {
      takeOver(
        after: report, session: name, transmitInterval: previous.transmitInterval, now: now, into: &effects)
    }
    if let previous, previous.state != .up, report.state == .up { announceAgain(now: now) }
  }

  /// The path is back. Whoever was behind it may have been active, too, and may have yielded before we heard of it: what
  /// others on the link remember of the addresses may be wrong.
  mutating func announceAgain(now: Instant) {
    guard case .master(var master) = phase else { return }
    master.announcements.announceAgain(interval: masterDownInterval, now: now)
    phase = .master(master)
  }

  /// A session that went down because the neighbour's operator took it down, or is restarting bfdd, says nothing about
  /// the path (RFC 5882 3.2 and 4.2, and keepalived): what it said before is held until it is up again or fails on the
  /// way there. The diagnostic stays 3, Neighbor Signaled Session Down, until then.
  private func trackerState(after report: BFDReport, previous: BFDReport?, session name: String) -> TrackerState {
    if report.state == .up { return .up }
    guard report.state != .adminDown, report.diagnostic == 3,
      let index = configuration.trackers.firstIndex(where: { $0.kind == .bfd && $0.name == name }),
      trackerStates[index] == .up
    else { return .down }
    let isHeld = previous?.state != .up
    return report.isNeighborAdminDown || isHeld ? .up : .down
  }

  /// The Active_Down_Timer becomes at most s: 0 with one tracked session, else the priority's share of the session's
  /// interval, so that several backups keep their order. It is the interval the session had while it was up: one that
  /// is down sends once a second (RFC 5880 6.8.3).
  private mutating func takeOver(
    after report: BFDReport, session: String, transmitInterval: Interval, now: Instant,
    into effects: inout [Effect]
  ) {
    guard configuration.takesOverOnBFD, case .backup(var backup) = phase, let deadline = backup.deadline,
      let master = lastAdvertisement, let neighbor = report.neighbor, neighbor.isSameHost(as: master.source)
    else { return }
    let sessions = configuration.trackers.count { $0.kind == .bfd }
    let delay =
      sessions == 1 ? Interval.zero : transmitInterval * Int64(256 - Int(effectivePriority)) / 256
    guard now + delay < deadline else { return }
    backup.deadline = now + delay
    backup.deadlineWithoutBFD = deadline
    backup.expectation = .bfdTakeover(session: session)
    phase = .backup(backup)
    effects.append(.notice(.takeoverTriggered(session: session)))
  }

  /// The interface that the router lives on came up or went down (or away).
  public mutating func interfaceChanged(isUp: Bool, now: Instant, into effects: inout [Effect]) {
    setFault(.interfaceDown, !isUp, now: now, into: &effects)
  }

  /// The operating system refuses, or no longer refuses, what the router needs.
  public mutating func systemFaultChanged(isFailing: Bool, now: Instant, into effects: inout [Effect]) {
    setFault(.system, isFailing, now: now, into: &effects)
  }

  mutating func setFault(_ reason: FaultReasons, _ isPresent: Bool, now: Instant, into effects: inout [Effect]) {
    guard faults.contains(reason) != isPresent else { return }
    if isPresent { faults.insert(reason) } else { faults.remove(reason) }
    settle(cause: .faultCleared, now: now, into: &effects)
  }

  /// What each tracker does now.
  var influences: [TrackerInfluence] {
    zip(configuration.trackers, trackerStates).map { $0.influence(of: $1) }
  }

  /// Whether an unweighted script has not given its first result yet.
  var isAwaitingScripts: Bool { influences.contains(.pending) }

  /// Brings the faults up to date that follow from the configuration and what is known. The others are told by the
  /// driver, and by the sync group, which must be there to cure its own.
  mutating func deriveFaults() {
    faults.formIntersection(
      configuration.isInSyncGroup ? [.interfaceDown, .system, .syncGroup] : [.interfaceDown, .system])
    if influences.contains(.fault) { faults.insert(.tracker) }
    if sourceAddress == nil { faults.insert(.noSourceAddress) }
    if configuration.lacksPeers { faults.insert(.noPeers) }
  }

  mutating func applyTracking(now: Instant, into effects: inout [Effect]) {
    if isReconfiguring { return }
    let before = effectivePriority
    let skewBefore = skewTime
    recomputePriority()
    if effectivePriority != before {
      prepareAdvertisements()
      effects.append(.priorityChanged(from: before, to: effectivePriority))
      // The timer that is running moves by what the skew time changed (keepalived does the same).
      if case .backup(var backup) = phase, let deadline = backup.deadline {
        backup.deadline = deadline + (skewTime - skewBefore)
        phase = .backup(backup)
      }
    }
    if faults.contains(.tracker) == influences.contains(.fault) {
      settle(cause: .startup, now: now, into: &effects)
    } else {
      setFault(.tracker, influences.contains(.fault), now: now, into: &effects)
    }
  }

  /// The configured priority and what the trackers add, within 1 to 254; that of an owner never changes.
  mutating func recomputePriority() {
    guard !configuration.isOwner else {
      effectivePriority = VRRP.ownerPriority
      return
    }
    var total = Int(configuration.priority)
    for case .priority(let amount) in influences { total += amount }
    effectivePriority = UInt8(min(max(total, 1), 254))
  }
}
