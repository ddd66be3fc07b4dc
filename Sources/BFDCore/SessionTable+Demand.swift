public import NetPrimitives

extension SessionTable {
  /// Checks the path of the session in `slot` by a Poll Sequence (RFC 5880 6.6). Returns whether the session is Up and has a
  /// peer that could answer.
  public mutating func poll(
    _ slot: Int, cause: ChangeCause = .administrator, now: Instant, effects: inout Effects
  ) -> Bool {
    let session = sessions[slot]
    guard session.state == .up, session.path.kind != .unaffiliatedEcho, !session.isLeaving else { return false }
    sessions[slot].statistics.polls &+= 1
    // One that runs already is as good.
    if !session.poll.isActive { sessions[slot].poll.request() }
    conclude(slot, cause: cause, now: now, effects: &effects)
    return true
  }

  /// Begins or ends Demand mode as the session's packets now say.
  mutating func adjustDemand(_ slot: Int, now: Instant) {
    if sessions[slot].content.isDemand, !sessions[slot].isInitiator, !sessions[slot].isDemandActive {
      sessions[slot].isDemandActive = true
      sessions[slot].watch = ReturnWatch(since: now)
    }
    guard sessions[slot].isDemandActive, let interval = sessions[slot].parameters.demandPollInterval else {
      return demandPolls.cancel(slot)
    }
    let latest = now + interval
    if demandPolls.deadline(of: slot) ?? .distantFuture > latest { demandPolls.schedule(slot, at: latest) }
  }

  /// Begins the Polls that Demand mode has due.
  mutating func pollDue(now: Instant, effects: inout Effects) {
    while let slot = demandPolls.popExpired(now: now) { _ = poll(slot, cause: .timer, now: now, effects: &effects) }
  }
}

extension Session {
  /// How many packets the peer should have sent in a silence of that length.
  func missedPackets(in silence: Interval?) -> Int {
    let expected = detectionTime == nil ? .zero : negotiatedRxInterval
    return expected > .zero ? Int((silence ?? .zero).nanoseconds / expected.nanoseconds) : 0
  }
}
