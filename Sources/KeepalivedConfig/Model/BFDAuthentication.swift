public import NetPrimitives

/// `authentication {}` in a `bfd_instance`: a key, and what it is used for (RFC 5880 6.7).
public struct BFDAuthentication: Hashable, Sendable {
  /// `type`, by its word in the file.
  public enum Kind: String, Hashable, Sendable, CaseIterable {
    /// SHA1, sequence numbers may repeat.
    case keyedSHA1 = "keyed-sha1"
    /// SHA1, every packet has a new sequence number.
    case meticulousKeyedSHA1 = "meticulous-keyed-sha1"
    /// MD5, sequence numbers may repeat.
    case keyedMD5 = "keyed-md5"
    /// MD5, every packet has a new sequence number.
    case meticulousKeyedMD5 = "meticulous-keyed-md5"
    /// A password in clear.
    case simplePassword = "simple-password"
    /// What FRR makes of keyed SHA1.
    case frrHMACSHA1 = "frr-hmac-sha1"

    /// The longest key in bytes.
    public var maximumKeyLength: Int {
      switch self {
      case .keyedSHA1, .meticulousKeyedSHA1: 20
      case .keyedMD5, .meticulousKeyedMD5, .simplePassword, .frrHMACSHA1: 16
      }
    }

    /// A packet does not tell FRR's form from keyed SHA1: they cannot have the same key id.
    var onTheWire: Kind { self == .frrHMACSHA1 ? .keyedSHA1 : self }
  }

  /// `type`.
  public var kind: Kind
  /// `key_id`, 0 to 255.
  public var keyID: UInt8
  /// `key`, or the contents of `key_file`. Empty, and thus of no use, where the file was not to be read.
  public var key: Secret

  /// A key for `kind`.
  public init(kind: Kind, keyID: UInt8, key: Secret) {
    self.kind = kind
    self.keyID = keyID
    self.key = key
  }
}
