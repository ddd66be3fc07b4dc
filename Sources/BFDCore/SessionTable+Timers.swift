public import NetPrimitives

extension SessionTable {
  /// Does what is due at `now`: detection, the end of farewells, periodic packets. At most one packet per session, and
  /// those that say Down first.
  public mutating func advance(now: Instant, effects: inout Effects) {
    detect(now: now, effects: &effects)
    _ = sendDue(now: now, effects: &effects)
  }

  /// Only gives up the peers whose Detection Time is over at `now`, and ends farewells. With `limit` packets to send it
  /// stops; the others are still due then.
  public mutating func detect(now: Instant, limit: Int = .max, effects: inout Effects) {
    while effects.transmissions.count < limit, let slot = detections.popExpired(now: now) {
      checkDetection(slot, now: now, effects: &effects)
    }
    checkEchoes(now: now, effects: &effects)
  }

  /// Only sends: the periodic packets that are due at `now`. Returns whether that was all: with about `limit` packets it stops, so that the driver can look whether a detection
  /// has become due meanwhile.
  public mutating func sendDue(now: Instant, limit: Int = .max, effects: inout Effects) -> Bool {
    guard sendPeriodic(now: now, limit: limit, effects: &effects) else { return false }
    sendDueEchoes(now: now, effects: &effects)
    pollDue(now: now, effects: &effects)
    return true
  }

  private mutating func sendPeriodic(now: Instant, limit: Int, effects: inout Effects) -> Bool {
    if let due = transmissions.next, due <= now { lateness.wokeUp(late: now - due) }
    while let due = transmissions.next, due <= now, let slot = transmissions.nextID {
      guard effects.transmissions.count < limit else { return false }
      transmissions.cancel(slot)
      sessions[slot].statistics.transmitLateness.record(now - due)
      send(slot, final: false, now: now, effects: &effects)
      announce(slot, now: now, effects: &effects)
      if sessions[slot].periodicInterval == sessions[slot].scheduledInterval {
        schedulePeriodic(slot, after: now, notBefore: now)
      } else {
        reschedule(slot, now: now)
      }
    }
    return true
  }

  /// Whether `advance` at `now` would give up a peer. The driver reads its sockets once more before it lets that happen;
  /// as long as the peers live the answer is no, and costs next to nothing.
  public mutating func isDetectionDue(now: Instant) -> Bool {
    while let slot = detections.popExpired(now: now) {
      guard let deadline = sessions[slot].nextCheck else { continue }
      detections.schedule(slot, at: deadline)
      if deadline <= now { return true }
    }
    return isEchoDetectionDue(now: now)
  }

  /// Moves the detection deadlines that would come next to where the packets since then have put them, so that nobody
  /// wakes up for one that has moved on. Those behind the next transmission are left until then: so it costs next to
  /// nothing, however many packets arrive.
  public mutating func updateDetections() {
    while let next = detections.next, let slot = detections.nextID, next < transmissions.next ?? .distantFuture,
      let deadline = sessions[slot].farewell ?? sessions[slot].detectionDeadline, deadline > next
    {
      detections.schedule(slot, at: deadline)
    }
  }

  /// A detection deadline has come. Packets only note when they arrived, so mostly it has moved on meanwhile.
  private mutating func checkDetection(_ slot: Int, now: Instant, effects: inout Effects) {
    if let farewell = sessions[slot].farewell {
      guard farewell <= now else { return detections.schedule(slot, at: farewell) }
      return free(slot, effects: &effects)
    }
    if let removal = sessions[slot].removalDeadline, removal <= now { return expire(slot, effects: &effects) }
    guard let deadline = sessions[slot].detectionDeadline, deadline <= now else { return scheduleCheck(slot) }
    let session = sessions[slot]
    if session.state == .up { lateness.detected(late: now - deadline) }
    let isEcho = session.path.kind == .unaffiliatedEcho
    change(
      slot, on: isEcho ? .echoFailed : .detectionTimeExpired, cause: .timer,
      missing: isEcho || session.isDemandActive ? session.watch : nil, overdue: now - deadline, now: now,
      effects: &effects)
    sessions[slot].forgetRemote()
    conclude(slot, cause: .timer, now: now, effects: &effects)
  }

  /// Gives `event` to the session's state machine and reports what it did.
  mutating func change(
    _ slot: Int, on event: StateEvent, cause: ChangeCause, missing: ReturnWatch? = nil, overdue: Interval = .zero,
    now: Instant, effects: inout Effects
  ) {
    let old = sessions[slot].state
    let next = sessions[slot].isInitiator ? old.initiatorTransition(on: event) : old.transition(on: event)
    guard let transition = next else { return }
    let silence = (missing?.lastReturn ?? sessions[slot].lastReceived).map { now - $0 }
    let missed = missing?.unanswered ?? sessions[slot].missedPackets(in: silence)
    sessions[slot].enter(transition, now: now)
    if sessions[slot].unsolicited != nil { scheduleCheck(slot) }
    // A session held down goes on telling its peer so, who may know the former keys only.
    if old == .up, transition.state == .down, sessions[slot].isAuthenticated {
      settleAuthentication(slot, effects: &effects)
    }
    let session = sessions[slot]
    effects.append(
      StateChange(
        slot: slot, old: old, new: session.state, diagnostic: session.localDiagnostic,
        remoteState: session.remote.state, remoteDiagnostic: session.remote.diagnostic, cause: cause, instant: now,
        silence: silence,
        missedPackets: missed, overdue: overdue))
  }

  /// Ends every event: sends what it calls for and sets the timers to what it left behind.
  ///
  /// At most one packet leaves. It answers a Poll, or tells the peer at once what is new (6.8.7); the next periodic
  /// packet comes in addition. Where too many packets of the peer were answered so, the next periodic packet does it.
  mutating func conclude(
    _ slot: Int, cause: ChangeCause, answeringPoll: Bool = false, isRekeyed: Bool = false, now: Instant,
    effects: inout Effects
  ) {
    adjustEcho(slot, now: now)
    let toldState = sessions[slot].content.state
    let isChanged = sessions[slot].refreshContent()
    let isNew = isChanged && (toldState != sessions[slot].state || !sessions[slot].awaitsNewBeginning)
    adjustDemand(slot, now: now)
    var isPutOff = false
    if sessions[slot].maySend, isNew || answeringPoll || isRekeyed {
      if cause != .packet || sessions[slot].mayAnswer(isPoll: answeringPoll, now: now) {
        send(slot, final: answeringPoll, now: now, effects: &effects)
      } else {
        isPutOff = true
        sessions[slot].owesFinal = sessions[slot].owesFinal || answeringPoll
      }
    }
    let isRescheduled = sessions[slot].periodicInterval != sessions[slot].scheduledInterval
    if isRescheduled { reschedule(slot, now: now) }
    // Where no periodic packet will bring the answer, one packet does.
    if isPutOff, transmissions.deadline(of: slot) == nil {
      transmissions.schedule(slot, at: now + sessions[slot].answerInterval)
    }
    let isRetimed =
      sessions[slot].detectionTime != sessions[slot].reportedDetectionTime
      || sessions[slot].isDemandActive != sessions[slot].scheduledDemand
    if isRetimed || sessions[slot].isLeaving {
      sessions[slot].reportedDetectionTime = sessions[slot].detectionTime
      sessions[slot].scheduledDemand = sessions[slot].isDemandActive
      scheduleCheck(slot)
    }
    // A peer in Demand mode makes packets come and go with every Poll: nothing new was negotiated.
    if isRescheduled && !sessions[slot].isRemoteDemandActive || isRetimed {
      effects.appendTimersChanged(slot, cause: cause)
    }
  }

  private mutating func send(_ slot: Int, final isFinal: Bool, now: Instant, effects: inout Effects) {
    let packet = sessions[slot].packet(final: isFinal, slot: slot, now: now)
    // While an answer is awaited the deadline appears with the packet that makes the silence long enough.
    if sessions[slot].isDemandActive || packet.isEcho { scheduleCheck(slot) }
    guard sessions[slot].isAuthenticated else { return effects.transmissions.append(packet) }
    expireAuthentication(slot, now: now, effects: &effects)
    effects.transmissions.append(authenticators[slot]?.seal(packet) ?? packet)
  }

  /// Sends a packet of the kind that a change of authentication waits to use, beside a periodic one.
  private mutating func announce(_ slot: Int, now: Instant, effects: inout Effects) {
    guard sessions[slot].isAuthenticated, authenticators[slot]?.isAnnouncementDue(now: now) == true else { return }
    let packet = sessions[slot].packet(final: false, slot: slot, now: now)
    effects.transmissions.append(authenticators[slot]?.announce(packet, now: now) ?? packet)
  }

  /// The detection deadline moves to its exact place where the Detection Time changed; else it is left to find out.
  mutating func scheduleCheck(_ slot: Int) {
    if let deadline = sessions[slot].nextCheck {
      detections.schedule(slot, at: deadline)
    } else {
      detections.cancel(slot)
    }
  }

  /// The transmit interval changed: the next packet comes one new interval after the last one, or at once where that
  /// has passed (6.8.3).
  mutating func reschedule(_ slot: Int, now: Instant) {
    let interval = sessions[slot].periodicInterval
    sessions[slot].scheduledInterval = interval
    guard let interval else { return transmissions.cancel(slot) }
    if let lastSent = sessions[slot].lastSent {
      schedulePeriodic(slot, after: lastSent, notBefore: now)
    } else {
      let spread = min(interval, Self.startSpread)
      transmissions.schedule(
        slot, at: now + .nanoseconds(Int64(generator.next(below: UInt64(spread.nanoseconds) + 1))))
    }
  }

  /// Schedules the next packet, one interval after `instant`. `earliest` is the present where `instant` may be long ago:
  /// a session that was silent meanwhile owed nothing, and the daemon is not late with it.
  private mutating func schedulePeriodic(_ slot: Int, after instant: Instant, notBefore earliest: Instant) {
    guard let interval = sessions[slot].scheduledInterval else { return }
    transmissions.schedule(slot, at: max(nextDeparture(slot, interval, after: instant, now: earliest), earliest))
  }

  /// When the packet of the session in `slot` leaves that follows the one at `instant`.
  mutating func nextDeparture(_ slot: Int, _ interval: Interval, after instant: Instant, now: Instant) -> Instant {
    let waits = sessions[slot].waits(interval)
    let spread = UInt64((waits.upperBound - waits.lowerBound).nanoseconds)
    let wanted = instant + waits.lowerBound + .nanoseconds(Int64(generator.next(below: spread + 1)))
    return departures.join(
      wanted, in: instant + waits.lowerBound...instant + waits.upperBound, now: now, using: &generator)
  }
}
