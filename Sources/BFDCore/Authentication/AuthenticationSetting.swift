import NetPrimitives

/// Which keys a session uses, and how it passes from some to others without going Down (RFC 5880 6.7.1).
///
/// Neither end can know when the other is told of a change. So while Up a new setting is not in use yet: packets go on
/// as before, with now and then one of the new kind beside them, and both kinds are accepted. The peer that knows the new
/// setting sees from the first such packet that it may pass over, and its answer shows the same here. Then the former
/// kind is accepted for one more Detection Time, for what the peer sent before it heard.
///
/// That happens once for each change by the operator, never backwards, and not for ever: after `patience`, or when the
/// session goes Down, the new setting is in use whatever the peer does.
enum AuthenticationSetting {
  /// How long a change may wait for the peer: time to change both ends by hand.
  static let patience = Interval.seconds(600)

  /// Nothing is changing.
  case settled(AuthenticationKeys)
  /// The peer has not shown that it knows the new keys.
  case announced(old: AuthenticationKeys, new: AuthenticationKeys, until: Instant)
  /// It has; what it sent before is still accepted.
  case followed(old: AuthenticationKeys, new: AuthenticationKeys, until: Instant)

  /// The key to send with; `nil` for none.
  var sending: AuthenticationKey? {
    switch self {
    case .settled(let keys), .announced(old: let keys, _, _), .followed(_, new: let keys, _): keys.first
    }
  }

  /// What was configured last.
  var wanted: AuthenticationKeys {
    switch self {
    case .settled(let keys), .announced(_, new: let keys, _), .followed(_, new: let keys, _): keys
    }
  }

  /// What is accepted beside `wanted`.
  var former: AuthenticationKeys? {
    switch self {
    case .settled: nil
    case .announced(let old, _, _), .followed(let old, _, _): old
    }
  }

  /// Whether a packet without authentication is acceptable.
  var acceptsPlain: Bool { wanted.isEmpty || former?.isEmpty == true }

  /// Calls `body` with each key that is accepted until it returns `true`.
  func firstAccepted(where body: (AuthenticationKey) -> Bool) -> AuthenticationKey? {
    wanted.first(where: body) ?? former?.first(where: body)
  }

  /// The operator wants `keys`. Without a living session there is nobody to wait for.
  mutating func change(to keys: AuthenticationKeys, isUp: Bool, now: Instant) {
    let inUse: AuthenticationKeys =
      switch self {
      case .settled(let keys), .announced(old: let keys, _, _), .followed(_, new: let keys, _): keys
      }
    guard wanted != keys else { return }
    self = isUp && inUse != keys ? .announced(old: inUse, new: keys, until: now + Self.patience) : .settled(keys)
  }

  /// A packet was accepted, by `key` or, without one, for needing none. Returns whether it ended the waiting: it is of a
  /// kind that only the new setting accepts, or that the new setting sends.
  mutating func accepted(_ key: AuthenticationKey?, detectionTime: Interval, now: Instant) -> Bool {
    guard case .announced(let old, let new, _) = self else { return false }
    let isNew = key.map { new.contains($0) && (!old.contains($0) || $0 == new.first) } ?? new.isEmpty
    guard isNew else { return false }
    self = .followed(old: old, new: new, until: now + detectionTime)
    return true
  }

  /// Ends what has lasted long enough. Returns whether the key to send with changed by that.
  mutating func expire(now: Instant) -> Bool {
    switch self {
    case .announced(_, let new, let until) where until <= now:
      self = .settled(new)
      return true
    case .followed(_, let new, let until) where until <= now:
      self = .settled(new)
      return false
    default: return false
    }
  }

  /// The session is not Up any more. Returns whether the key to send with changed by that.
  mutating func settle() -> Bool {
    let isWaiting = if case .announced = self { true } else { false }
    self = .settled(wanted)
    return isWaiting
  }
}
