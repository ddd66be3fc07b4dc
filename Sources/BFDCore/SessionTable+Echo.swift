public import NetPrimitives

extension SessionTable {
  /// How often the session in `slot` sends echo packets now, before jitter; `nil` while its Echo function is not active.
  public func echoInterval(of slot: Int) -> Interval? { echoes[slot]?.interval }

  /// Says what the driver can do for the session in `slot`: send echo packets, loop those of the peer. At first neither.
  public mutating func setEcho(
    _ slot: Int, maySend: Bool, mayLoop: Bool, now: Instant, effects: inout Effects
  ) {
    guard sessions[slot].maySendEcho != maySend || sessions[slot].mayLoopEcho != mayLoop else { return }
    sessions[slot].maySendEcho = maySend
    sessions[slot].mayLoopEcho = mayLoop
    conclude(slot, cause: .link, now: now, effects: &effects)
  }

  /// Takes an echo packet of ours that came back. One that is not, or not any more, changes nothing but a counter.
  public mutating func receiveEcho(
    _ payload: Span<UInt8>, at instant: Instant, now: Instant, effects: inout Effects
  ) {
    guard let packet = EchoPacket(decoding: payload), let slot = demultiplexer.slot(near: packet.discriminator),
      sessions[slot].localDiscriminator == packet.discriminator, let wasProven = echoes[slot]?.isProven
    else { return drops.count(.unknownEcho) }
    let instant = min(instant, now)
    do throws(DropReason) {
      let roundTrip = try echoes[slot]?.received(
        packet, payload, multiplier: sessions[slot].parameters.detectMultiplier, at: instant)
      sessions[slot].statistics.echo.receivedPackets &+= 1
      sessions[slot].statistics.echo.lastRoundTrip = roundTrip
      if let roundTrip { sessions[slot].statistics.echo.roundTrips.record(roundTrip) }
    } catch {
      return sessions[slot].statistics.drops.count(error)
    }
    // On a path longer than a Detection Time packets are always outstanding; else only silence sets a deadline.
    if echoes[slot]?.watch.unanswered ?? 0 > 0 { scheduleEchoDetection(slot) }
    if !wasProven { conclude(slot, cause: .packet, now: now, effects: &effects) }
  }

  /// The slot of the session whose echo packet is sent back: it is Up, on `interface`, and its neighbor has the address
  /// `peer`, or else it is the session in the slot `known`, whose neighbor the frame came from by its Ethernet address: a
  /// neighbor with several addresses may send from any of them (RFC 5881 4). Counts the packet, and why it is not sent
  /// back. More than were asked for are not: nobody is answered at line rate.
  public mutating func loopEcho(
    from peer: IPAddress, or known: @autoclosure () -> Int? = nil, interface: UInt32, domain: UInt32 = 0, now: Instant
  ) -> Int? {
    let slot =
      demultiplexer.slot(of: peer, kind: .singleHop, domain: domain, where: { sessions[$0].loopsEcho(on: interface) })
      ?? known()
    guard let slot, sessions[slot].loopsEcho(on: interface) else {
      drops.count(.unknownEcho)
      return nil
    }
    // With its jitter the neighbor sends a third more often than its interval says.
    let interval = sessions[slot].requiredMinEchoRxInterval * 3 / 4
    guard sessions[slot].echoAnswers.spend(now: now, interval: interval) else {
      sessions[slot].statistics.drops.count(.echoRate)
      return nil
    }
    sessions[slot].statistics.echo.loopedPackets &+= 1
    return slot
  }

  /// Counts a packet to the echo port that is neither ours nor a neighbor's that may have it sent back.
  public mutating func dropEcho() { drops.count(.unknownEcho) }

  /// Starts, changes or ends the Echo function as the session now asks for.
  mutating func adjustEcho(_ slot: Int, now: Instant) {
    let interval = sessions[slot].wantedEchoInterval
    guard interval != nil || !echoes.isEmpty && echoes[slot] != nil else { return }
    if let interval {
      if echoes[slot] == nil {
        echoes[slot] = EchoFunction(interval: interval, now: now, using: &generator)
        // Sessions that come up together do not send in step.
        let wait = Interval.nanoseconds(Int64(generator.next(below: UInt64(interval.nanoseconds) + 1)))
        echoTransmissions.schedule(slot, at: now + wait)
      } else if echoes[slot]?.interval != interval {
        echoes[slot]?.change(interval: interval, now: now)
        scheduleEcho(slot, interval, after: now)
        scheduleEchoDetection(slot)
      }
    } else {
      endEcho(slot)
    }
    let isProven = echoes[slot]?.isProven == true
    guard sessions[slot].isSlowedByEcho != isProven else { return }
    sessions[slot].isSlowedByEcho = isProven
    sessions[slot].adoptIntervals()
  }

  mutating func endEcho(_ slot: Int) {
    echoes[slot] = nil
    echoTransmissions.cancel(slot)
    echoDetections.cancel(slot)
  }

  mutating func sendDueEchoes(now: Instant, effects: inout Effects) {
    if let due = echoTransmissions.next, due <= now { lateness.wokeUp(late: now - due) }
    while let slot = echoTransmissions.popExpired(now: now) {
      let packet = echoes[slot]?.packet(
        discriminator: sessions[slot].localDiscriminator, multiplier: sessions[slot].parameters.detectMultiplier,
        slot: slot, now: now)
      guard let packet, let interval = echoes[slot]?.interval else { continue }
      effects.transmissions.append(packet)
      sessions[slot].statistics.echo.sentPackets &+= 1
      scheduleEcho(slot, interval, after: now)
      scheduleEchoDetection(slot)
    }
  }

  private mutating func scheduleEcho(_ slot: Int, _ interval: Interval, after instant: Instant) {
    echoTransmissions.schedule(slot, at: nextDeparture(slot, interval, after: instant, now: instant))
  }

  /// The deadline stands only while packets are missing, so a living path costs no work here.
  private mutating func scheduleEchoDetection(_ slot: Int) {
    guard let deadline = echoDeadline(slot) else { return }
    echoDetections.schedule(slot, at: deadline)
  }

  private func echoDeadline(_ slot: Int) -> Instant? {
    guard let echo = echoes[slot] else { return nil }
    return echo.watch.deadline(interval: echo.interval, multiplier: sessions[slot].parameters.detectMultiplier)
  }

  /// Whether an echo that is missing would end a session at `now`.
  mutating func isEchoDetectionDue(now: Instant) -> Bool {
    while let slot = echoDetections.popExpired(now: now) {
      guard let deadline = echoDeadline(slot) else { continue }
      echoDetections.schedule(slot, at: deadline)
      if deadline <= now { return true }
    }
    return false
  }

  mutating func checkEchoes(now: Instant, effects: inout Effects) {
    while let slot = echoDetections.popExpired(now: now) {
      guard let deadline = echoDeadline(slot), let watch = echoes[slot]?.watch else { continue }
      guard deadline <= now else {
        echoDetections.schedule(slot, at: deadline)
        continue
      }
      lateness.detected(late: now - deadline)
      change(
        slot, on: .echoFailed, cause: .timer, missing: watch, overdue: now - deadline, now: now, effects: &effects)
      conclude(slot, cause: .timer, now: now, effects: &effects)
    }
  }
}

extension Session {
  /// The slowest reception of control packets that the Echo function makes do with (RFC 5880 6.8.3).
  static let echoMinRxInterval = Interval.seconds(1)

  /// How often to send echo packets; `nil` where none may leave (6.8.9). There is no echo over several hops (RFC 5883 3).
  @inline(__always)
  var wantedEchoInterval: Interval? {
    guard let own = parameters.echoTxInterval, maySendEcho, path.kind == .singleHop, isPathAvailable, !isLeaving,
      state == .up, remote.requiredMinEchoRxInterval > .zero
    else { return nil }
    return max(own, remote.requiredMinEchoRxInterval)
  }

  /// bfd.RequiredMinEchoRxInterval: how often the peer may send echo packets; zero for never.
  var requiredMinEchoRxInterval: Interval {
    mayLoopEcho && path.kind == .singleHop ? parameters.requiredMinEchoRxInterval : .zero
  }

  /// Whether an echo packet of the peer that came in by `interface` is to be sent back.
  func loopsEcho(on interface: UInt32) -> Bool {
    state == .up && requiredMinEchoRxInterval > .zero
      && currentInterface == interface
  }
}
