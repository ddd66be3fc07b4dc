import NetPrimitives

extension SessionTable {
  /// The key that the session in `slot` sends with; `nil` where its packets are not authenticated.
  public func sendingKey(of slot: Int) -> AuthenticationKey? { authenticators[slot]?.setting.sending }

  /// Whether the session in `slot` waits for its peer to follow a change of keys.
  public func isChangingAuthentication(of slot: Int) -> Bool {
    if case .announced = authenticators[slot]?.setting { true } else { false }
  }

  /// Begins to authenticate the session in `slot`, with no keys as long as nothing was changed.
  mutating func startAuthentication(_ slot: Int, _ keys: AuthenticationKeys) {
    authenticators[slot] = Authenticator(.settled(keys), sequence: UInt32(truncatingIfNeeded: generator.next()))
    sessions[slot].isAuthenticated = true
  }

  mutating func changeAuthentication(_ slot: Int, to keys: AuthenticationKeys, now: Instant, effects: inout Effects) {
    let before = sendingKey(of: slot)
    authenticators[slot]?.change(to: keys, isUp: sessions[slot].state == .up, now: now)
    if sendingKey(of: slot) != before { effects.events.append(.authenticationChanged(slot)) }
    dropIdleAuthenticator(slot)
  }

  /// Why a packet for the session in `slot` is to be discarded for its authentication; else the key it was made with.
  mutating func authenticate(
    _ slot: Int, _ packet: ControlPacket, _ payload: Span<UInt8>, at instant: Instant, now: Instant,
    effects: inout Effects
  ) throws(DropReason) -> AuthenticationKey? {
    expireAuthentication(slot, now: now, effects: &effects)
    guard let authenticator = authenticators[slot] else {
      guard !packet.isAuthenticated else { throw .unexpectedAuthentication }
      return nil
    }
    return try authenticator.check(packet, payload, at: instant)
  }

  /// Gives the session in `slot` another discriminator where its peer was silent for so long that its sequence numbers are
  /// forgotten (RFC 5880 6.8.1): what was recorded before then names the old one. Not while Up, where Demand mode may be
  /// silent. Returns whether it did.
  mutating func renewDiscriminator(_ slot: Int, at instant: Instant) -> Bool {
    guard sessions[slot].state != .up, authenticators[slot]?.forgetsNumbers(at: instant) == true else { return false }
    demultiplexer.release(sessions[slot].localDiscriminator)
    sessions[slot].localDiscriminator = demultiplexer.makeDiscriminator(for: slot, using: &generator)
    return true
  }

  /// Notes that a packet was accepted. Returns whether another key is used from now on, which the peer should see soon.
  mutating func acceptedAuthentication(
    _ slot: Int, _ key: AuthenticationKey?, _ payload: Span<UInt8>, at instant: Instant, now: Instant,
    effects: inout Effects
  ) -> Bool {
    let session = sessions[slot]
    let detectionTime = session.negotiatedRxInterval * Int64(session.remote.detectMultiplier)
    let isChanged =
      authenticators[slot]?.accepted(key, payload, detectionTime: detectionTime, at: instant, now: now) ?? false
    if isChanged { effects.events.append(.authenticationChanged(slot)) }
    return isChanged
  }

  /// Ends a change of keys that has lasted long enough.
  mutating func expireAuthentication(_ slot: Int, now: Instant, effects: inout Effects) {
    if authenticators[slot]?.expire(now: now) == true { effects.events.append(.authenticationChanged(slot)) }
    dropIdleAuthenticator(slot)
  }

  /// Ends a change of keys because the session went Down.
  mutating func settleAuthentication(_ slot: Int, effects: inout Effects) {
    if authenticators[slot]?.settle() == true { effects.events.append(.authenticationChanged(slot)) }
    dropIdleAuthenticator(slot)
  }

  private mutating func dropIdleAuthenticator(_ slot: Int) {
    guard authenticators[slot]?.isIdle == true else { return }
    authenticators[slot] = nil
    sessions[slot].isAuthenticated = false
  }
}
