public import NetPrimitives

/// How advertisements prove who they come from.
public enum Authentication: Hashable, Sendable {
  /// `auth_type PASS`, v2 only: a password in clear.
  case password(Password)
  /// `auth_type AH`, v2 only: an authentication header before the message, made with this key.
  case header(Secret)
  /// `auth_hmac`: an authentication code behind the message.
  case trailer(TrailerAuthentication)

  /// The authentication type of a v2 advertisement (RFC 2338 5.3.6).
  var typeOnWire: UInt8 {
    switch self {
    case .password: Password.authenticationType
    case .header: AuthenticationHeader.authenticationType
    case .trailer: 0
    }
  }
}

/// `auth_hmac`: the keys, and what is demanded of other routers.
public struct TrailerAuthentication: Hashable, Sendable {
  /// What happens to an advertisement without a trailer. One with a trailer has to be right in every mode.
  public enum Mode: Hashable, Sendable {
    /// It is dropped.
    case enforce
    /// It is accepted.
    case permissive
    /// It is accepted, and we send none ourselves: the first step of a migration.
    case receiveOnly
  }

  /// The keys by their numbers; each has 32 to 64 bytes.
  public var keys: [UInt8: Secret]
  /// The number of the key to send with.
  public var activeKey: UInt8
  /// What is demanded.
  public var mode: Mode
  /// `anti_replay time`: how many seconds an advertisement's time may differ from ours, 1 to 300. `nil` for
  /// `anti_replay monotonic`: only the order counts.
  public var timeWindow: Int?

  /// Authentication with these keys.
  public init(keys: [UInt8: Secret], activeKey: UInt8, mode: Mode = .enforce, timeWindow: Int? = 5) {
    self.keys = keys
    self.activeKey = activeKey
    self.mode = mode
    self.timeWindow = timeWindow
  }

  /// The key to send with, unless nothing is sent with a key.
  var sendingKey: Secret? { mode == .receiveOnly ? nil : keys[activeKey] }
}
