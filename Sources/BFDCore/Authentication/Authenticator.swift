import NetPrimitives

/// The authentication of one session: keys, what the peer's sequence numbers were, and our own.
///
/// It stands beside the table of sessions, so that a session without authentication is no larger for it.
struct Authenticator {
  private(set) var setting: AuthenticationSetting
  private var replayGuard = ReplayGuard()
  /// bfd.XmitAuthSeq: the number of the last packet sent.
  private var sequence: UInt32
  /// The last packet sent, and of what it was made.
  private var sealed: (plain: [24 of UInt8], key: AuthenticationKey, packet: [52 of UInt8], length: Int)?
  /// When the next packet of an announced setting may go out.
  private var nextAnnouncement: Instant?

  /// How often a new setting is announced: often enough for who waits at a terminal, and too seldom to eat into the
  /// window of the peer's replay check.
  private static let announcementInterval = Interval.seconds(1)

  /// The sequence numbers begin behind `sequence`, which should be random (6.8.1).
  init(_ setting: AuthenticationSetting, sequence: UInt32) {
    self.setting = setting
    self.sequence = sequence
  }

  /// Whether nothing is left to do for it.
  var isIdle: Bool {
    if case .settled(let keys) = setting { keys.isEmpty } else { false }
  }

  // MARK: Change

  mutating func change(to keys: AuthenticationKeys, isUp: Bool, now: Instant) {
    setting.change(to: keys, isUp: isUp, now: now)
    nextAnnouncement = nil
  }

  /// Ends what has lasted long enough; returns whether another key is used from now on.
  mutating func expire(now: Instant) -> Bool { setting.expire(now: now) }

  /// The session went Down; returns whether another key is used from now on.
  mutating func settle() -> Bool { setting.settle() }

  // MARK: Receiving

  /// Checks a packet by RFC 5880 6.8.6 and 6.7; `key` is the one that it was made with.
  func check(
    _ packet: ControlPacket, _ payload: Span<UInt8>, at instant: Instant
  ) throws(DropReason) -> AuthenticationKey? {
    guard packet.isAuthenticated else {
      guard setting.acceptsPlain else { throw .missingAuthentication }
      return nil
    }
    let bytes = (0..<Int(packet.length)).map { payload[$0] }
    // The check at which the packet fails with the key that comes furthest.
    var problem = DropReason.authenticationTypeMismatch
    let key = setting.firstAccepted { key in
      do throws(DropReason) {
        try check(bytes, multiplier: packet.detectMultiplier, with: key, at: instant)
        return true
      } catch {
        if error.rawValue > problem.rawValue { problem = error }
        return false
      }
    }
    guard let key else { throw problem }
    return key
  }

  /// Checks the section with one key, in the order of 6.7.2 to 6.7.4. A packet with the A bit has 26 bytes at least.
  private func check(
    _ bytes: [UInt8], multiplier: UInt8, with key: AuthenticationKey, at instant: Instant
  ) throws(DropReason) {
    guard bytes[AuthenticationOffset.type] == key.type.code else { throw .authenticationTypeMismatch }
    guard bytes.count > AuthenticationOffset.keyID else { throw .authenticationLength }
    guard bytes[AuthenticationOffset.keyID] == key.id else { throw .unknownKeyID }
    guard Int(bytes[AuthenticationOffset.length]) == key.sectionLength,
      bytes.count == ControlPacket.mandatoryLength + key.sectionLength
    else { throw .authenticationLength }
    if key.type == .simplePassword {
      guard key.secret.equals(bytes[AuthenticationOffset.password...]) else { throw .passwordMismatch }
      return
    }
    let sequence = bytes.span.readUInt32(at: AuthenticationOffset.sequence)
    guard replayGuard.allows(sequence, multiplier: multiplier, isMeticulous: key.type.isMeticulous, at: instant) else {
      throw .replayedSequence
    }
    guard key.verifies(bytes) else { throw .digestMismatch }
  }

  /// Whether the peer's sequence numbers are too old to tell a replayed packet from a new one; told once.
  mutating func forgetsNumbers(at instant: Instant) -> Bool { replayGuard.forget(at: instant) }

  /// A packet that `check` found right, made with `key`, was accepted. Returns whether another key is used from now on.
  mutating func accepted(
    _ key: AuthenticationKey?, _ payload: Span<UInt8>, detectionTime: Interval, at instant: Instant, now: Instant
  ) -> Bool {
    if let key, key.type != .simplePassword {
      replayGuard.verified(payload.readUInt32(at: AuthenticationOffset.sequence))
    }
    replayGuard.heard(at: instant, detectionTime: detectionTime)
    return setting.accepted(key, detectionTime: detectionTime, now: now)
  }

  // MARK: Sending

  /// Gives a packet the section that it leaves with.
  mutating func seal(_ transmission: Transmission) -> Transmission {
    guard let key = setting.sending else { return transmission }
    return seal(transmission, with: key)
  }

  /// Whether a packet of the setting that waits for the peer is to go out now.
  func isAnnouncementDue(now: Instant) -> Bool {
    guard case .announced(let old, let new, _) = setting, old.first != new.first else { return false }
    return nextAnnouncement.map { $0 <= now } ?? true
  }

  /// Gives a packet the section that the setting that waits for the peer would send it with.
  mutating func announce(_ transmission: Transmission, now: Instant) -> Transmission {
    nextAnnouncement = now + Self.announcementInterval
    guard let key = setting.wanted.first else { return transmission }
    return seal(transmission, with: key)
  }

  /// A packet that is not different from the last one keeps its number, unless the type is meticulous: the receiver has
  /// to accept the number again anyway (6.7.3), so another one would not protect it from anything, and the digest need
  /// not be computed again.
  private mutating func seal(_ transmission: Transmission, with key: AuthenticationKey) -> Transmission {
    let plain = [24 of UInt8] { transmission.bytes[$0] }
    if let sealed, sealed.key == key, !key.type.isMeticulous, (0..<24).allSatisfy({ sealed.plain[$0] == plain[$0] }) {
      return Transmission(transmission, sealed: sealed.packet, length: sealed.length)
    }
    sequence &+= 1
    var packet = transmission.bytes
    let length = key.seal(&packet, sequence: sequence)
    sealed = (plain, key, packet, length)
    return Transmission(transmission, sealed: packet, length: length)
  }
}
