public import NetPrimitives

/// How a packet proves where it comes from (RFC 5880 4.2 to 4.4).
public enum AuthenticationType: Hashable, Sendable, CaseIterable, BitwiseCopyable {
  /// The password itself is in the packet.
  case simplePassword
  /// MD5 over packet and key; the sequence number may repeat.
  case keyedMD5
  /// MD5 over packet and key; every packet has a new sequence number.
  case meticulousKeyedMD5
  /// SHA1 over packet and key; the sequence number may repeat.
  case keyedSHA1
  /// SHA1 over packet and key; every packet has a new sequence number.
  case meticulousKeyedSHA1
  /// What FRR sends and expects as keyed SHA1: HMAC-SHA1 over the packet with zeros in place of the digest.
  case frrHMACSHA1

  /// The Auth Type on the wire. FRR's form has the code of keyed SHA1.
  public var code: UInt8 {
    switch self {
    case .simplePassword: 1
    case .keyedMD5: 2
    case .meticulousKeyedMD5: 3
    case .keyedSHA1, .frrHMACSHA1: 4
    case .meticulousKeyedSHA1: 5
    }
  }

  /// The longest key in bytes. FRR takes no more than 16.
  public var maximumKeyLength: Int {
    switch self {
    case .simplePassword, .keyedMD5, .meticulousKeyedMD5, .frrHMACSHA1: 16
    case .keyedSHA1, .meticulousKeyedSHA1: 20
    }
  }

  /// The name in configuration, JSON and logs.
  public var name: String {
    switch self {
    case .simplePassword: "simple-password"
    case .keyedMD5: "keyed-md5"
    case .meticulousKeyedMD5: "meticulous-keyed-md5"
    case .keyedSHA1: "keyed-sha1"
    case .meticulousKeyedSHA1: "meticulous-keyed-sha1"
    case .frrHMACSHA1: "frr-hmac-sha1"
    }
  }

  /// Whether a sequence number is accepted once only.
  var isMeticulous: Bool { self == .meticulousKeyedMD5 || self == .meticulousKeyedSHA1 }

  /// How many bytes the digest has; 0 for the password, which has none.
  var digestLength: Int {
    switch self {
    case .simplePassword: 0
    case .keyedMD5, .meticulousKeyedMD5: 16
    case .keyedSHA1, .meticulousKeyedSHA1, .frrHMACSHA1: 20
    }
  }
}

/// Why a key cannot be used.
public enum AuthenticationKeyError: Error, Hashable, Sendable {
  /// It has no bytes.
  case empty
  /// It has more bytes than its type allows: this many.
  case tooLong(maximum: Int)
}

/// A key with its number, and the type of authentication it is for.
public struct AuthenticationKey: Hashable, Sendable {
  /// What it is used for.
  public let type: AuthenticationType
  /// Auth Key ID.
  public let id: UInt8
  let secret: Secret

  /// A key; one that its type cannot use is refused, so that no session runs with less than was asked for.
  public init(type: AuthenticationType, id: UInt8, secret: Secret) throws(AuthenticationKeyError) {
    guard !secret.bytes.isEmpty else { throw .empty }
    guard secret.bytes.count <= type.maximumKeyLength else { throw .tooLong(maximum: type.maximumKeyLength) }
    self.type = type
    self.id = id
    self.secret = secret
  }
}

/// The keys of a session: all are accepted, the first is used to send. No keys mean no authentication.
public typealias AuthenticationKeys = [AuthenticationKey]
