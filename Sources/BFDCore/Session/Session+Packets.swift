import NetPrimitives

extension Session {
  /// The checks of RFC 5880 6.8.6 and RFC 5881 5 that need the session, up to those of authentication.
  /// Returns why the packet is to be discarded, if it is.
  @inline(__always)
  func refusal(of packet: ControlPacket, _ arrival: Arrival) -> DropReason? {
    guard arrival.kind == .unaffiliatedEcho || arrival.domain == path.domain else { return .wrongVRF }
    guard arrival.kind == path.kind else { return .wrongPort }
    guard isHeard(on: arrival.interface) else { return .wrongInterface }
    guard !isInitiator || isReflected(packet) else { return .notReflected }
    if arrival.kind == .unaffiliatedEcho {
      guard arrival.hopLimit == Self.loopedHopLimit else { return .echoHopLimit }
    } else if parameters.minimumHopLimit > 0 {
      guard let hopLimit = arrival.hopLimit else { return .hopLimitUnknown }
      guard hopLimit >= parameters.minimumHopLimit else { return .hopLimitTooLow }
    }
    guard isPathAvailable else { return .pathUnavailable }
    return isAuthenticated || !packet.isAuthenticated ? nil : .unexpectedAuthentication
  }

  /// Whether packets that come in by `interface` are the session's. One hop belongs to one link (RFC 5881 3): the one the
  /// session is bound to, else the one it came Up on. Otherwise a second link would keep it Up when its own is cut.
  @inline(__always)
  private func isHeard(on interface: UInt32) -> Bool {
    guard path.kind == .singleHop || path.kind == .unaffiliatedEcho else { return true }
    if path.interface != 0 { return path.interface == interface }
    return state != .up || arrivalInterface == interface
  }

  /// The index of the interface the session runs on: the one it is bound to, else the one its peer was last heard on; 0
  /// where neither is known.
  public var currentInterface: UInt32 { path.interface != 0 ? path.interface : arrivalInterface }

  /// Whether the packet can be our reflector's answer (RFC 7880 7.3, 7.3.3).
  @inline(__always)
  private func isReflected(_ packet: ControlPacket) -> Bool {
    !packet.isDemand && (packet.state == .up || packet.state == .adminDown)
      && packet.yourDiscriminator == localDiscriminator && packet.myDiscriminator == parameters.remoteDiscriminator
  }

  /// Takes over what an accepted packet says: the part of RFC 5880 6.8.6 before the state machine.
  mutating func learn(from packet: ControlPacket, at instant: Instant) {
    if state == .up, let lastReceived {
      statistics.received(after: instant - lastReceived, of: isDemandActive ? nil : detectionTime)
    }
    lastReceived = max(instant, lastReceived ?? instant)
    remote.discriminator = packet.myDiscriminator
    remote.state = packet.state
    remote.diagnostic = packet.diagnostic
    remote.detectMultiplier = packet.detectMultiplier
    // The intervals in it are our own constants (RFC 9747 2), and there is nobody to poll.
    guard path.kind != .unaffiliatedEcho else {
      return watch.returned(
        at: instant, interval: negotiatedTxInterval, multiplier: parameters.detectMultiplier)
    }
    remote.isDemand = packet.isDemand
    remote.desiredMinTxInterval = .microseconds(Int64(packet.desiredMinTxInterval))
    remote.requiredMinRxInterval = .microseconds(Int64(packet.requiredMinRxInterval))
    remote.requiredMinEchoRxInterval = .microseconds(Int64(packet.requiredMinEchoRxInterval))
    if packet.state == .down || packet.state == .adminDown { announcement.acknowledged() }
    if packet.isFinal {
      watch.returned(at: instant, interval: negotiatedTxInterval, multiplier: parameters.detectMultiplier)
    }
    if poll.received(final: packet.isFinal) { endPoll() }
    // A peer that sends nothing unasked would never send the packet without F that ends the settling.
    if case .settling = poll, requiredMinRxInterval == .zero || isDemandActive { _ = poll.received(final: false) }
  }

  /// Forgets the peer after a Detection Time of silence (RFC 5880 6.8.1; for the receive interval 6.8.18).
  mutating func forgetRemote() {
    remote = RemoteEnd()
    poll = .idle
    owesFinal = false
    endPoll()
  }

  /// The one place where the state changes.
  mutating func enter(_ transition: StateTransition, now: Instant) {
    statistics.entered(transition.state, from: state, now: now)
    if state == .up || state == .adminDown { unsolicited?.idleSince = now }
    announcement =
      state == .up && transition.state == .adminDown
      ? AdminDownAnnouncement(detectMultiplier: parameters.detectMultiplier, interval: negotiatedTxInterval)
      : AdminDownAnnouncement()
    if state == .up { lastDownDiagnostic = transition.diagnostic }
    state = transition.state
    localDiagnostic = transition.diagnostic ?? localDiagnostic
    isDemandActive = false
    watch = ReturnWatch(since: now)
    adoptIntervals()
  }

  /// Encodes the packet again if the state variables ask for another content than before. Returns whether they did.
  @discardableResult
  mutating func refreshContent() -> Bool {
    var wanted = content
    wanted.state = state
    wanted.diagnostic = localDiagnostic
    wanted.detectMultiplier = parameters.detectMultiplier
    wanted.myDiscriminator = localDiscriminator
    wanted.yourDiscriminator = remote.discriminator
    wanted.isDemand = wantsDemand
    wanted.requiredMinEchoRxInterval = UInt32(clamping: requiredMinEchoRxInterval.microseconds)
    wanted.desiredMinTxInterval = UInt32(clamping: desiredMinTxInterval.microseconds)
    wanted.requiredMinRxInterval = UInt32(clamping: requiredMinRxInterval.microseconds)
    if isInitiator {
      wanted.isDemand = true
      wanted.yourDiscriminator = parameters.remoteDiscriminator
    }
    guard wanted != content else { return false }
    // Where periodic packets do not repeat what is new, only a Poll makes sure of it (6.6).
    if state == .up, content.state == .up, !isInitiator,
      wanted.isDemand || content.isDemand || isRemoteDemandActive
    {
      poll.request()
    }
    content = wanted
    var span = bytes.mutableSpan
    content.encode(into: &span)
    return true
  }

  /// The next packet, without authentication, with P where a Poll Sequence runs, or as the answer to a Poll, which may be an earlier one. F and P never go together (6.5).
  mutating func packet(final isFinal: Bool, slot: Int, now: Instant) -> Transmission {
    var flags = content
    flags.isFinal = isFinal || owesFinal
    owesFinal = false
    flags.isPoll = poll.isActive && !flags.isFinal
    if flags.isPoll {
      if poll == .due { watch = ReturnWatch(since: now) }
      poll.sent()
    }
    if flags.isPoll || path.kind == .unaffiliatedEcho {
      watch.sent(at: now, interval: negotiatedTxInterval, multiplier: parameters.detectMultiplier)
    }
    bytes[1] = flags.flags
    lastSent = now
    announcement.sent()
    statistics.sentPackets &+= 1
    return Transmission(
      slot: slot, bytes: bytes, length: Int(content.length), isEcho: path.kind == .unaffiliatedEcho)
  }
}
