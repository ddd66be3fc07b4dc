import Crypto
import NetPrimitives

/// `auth_hmac`: 28 bytes behind the message, as keepalived 2.4.2 and later send them.
///
/// ```
///  0                   1                   2                   3
///  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// | 1             |  key id       |  0                            |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |                     seconds since 1970                        |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |  1/65536 of a second          |  counter                      |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |       the first 16 bytes of an HMAC-SHA256                    |
/// ```
///
/// The code covers family, version, number and sender, the message with 0 for its checksum, and the trailer with 0 for
/// the code. So it is the same for every destination. The checksum of an IPv4 message does not cover the trailer, that of
/// an IPv6 message does.
struct AuthenticationTrailer: Hashable {
  static let length = 28

  let keyID: UInt8
  /// Time and counter as one number: a later one is greater, by serial arithmetic (RFC 1982).
  let sequence: UInt64

  private static let type: UInt8 = 1
  private static let codeLength = 16
  private static let codeOffset = length - codeLength

  init(keyID: UInt8, sequence: UInt64) {
    self.keyID = keyID
    self.sequence = sequence
  }

  /// Reads the trailer of `message`, which is one longer than its header says by `length`.
  init(_ message: Span<UInt8>) throws(DropReason) {
    let start = message.count - Self.length
    guard message[start] == Self.type, message.readUInt16(at: start + 2) == 0 else { throw .malformedAuthentication }
    keyID = message[start + 1]
    sequence = message.readUInt64(at: start + 4)
  }

  /// The time of sending, in seconds since 1970, modulo 2^32.
  var seconds: UInt32 { UInt32(truncatingIfNeeded: sequence >> 32) }

  /// The trailer for `message`, with its code.
  func bytes(behind message: [UInt8], source: IPAddress, key: Secret) -> [UInt8] {
    let head = head
    return head + Self.code(message + head, source: source, key: key)
  }

  /// Whether `message` with this trailer at its end was made by `source` with `key`.
  func verifies(_ message: Span<UInt8>, source: IPAddress, key: Secret) -> Bool {
    let bytes = message.indices.map { message[$0] }
    let covered = Array(bytes.dropLast(Self.codeLength))
    return Secret(Self.code(covered, source: source, key: key)).equals(bytes.suffix(Self.codeLength))
  }

  private var head: [UInt8] {
    var bytes: [UInt8] = [Self.type, keyID, 0, 0]
    bytes.append(bigEndian: UInt32(truncatingIfNeeded: sequence >> 32))
    bytes.append(bigEndian: UInt32(truncatingIfNeeded: sequence))
    return bytes
  }

  private static func code(_ covered: [UInt8], source: IPAddress, key: Secret) -> [UInt8] {
    var covered = covered
    covered.replace(at: Advertisement.checksumOffset, bigEndian: 0)
    var pseudoHeader: [UInt8] = [source.family == .ipv6 ? 6 : 4, covered[0] >> 4, covered[1], 0] + source.bytes
    pseudoHeader += [UInt8](repeating: 0, count: 20 - pseudoHeader.count)
    covered += [UInt8](repeating: 0, count: codeLength)
    let digest = HMAC<SHA256>.authenticationCode(for: pseudoHeader + covered, using: SymmetricKey(data: key.bytes))
    return Array(digest.prefix(codeLength))
  }
}
