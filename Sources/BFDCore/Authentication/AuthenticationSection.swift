import Crypto
import NetPrimitives

/// Offsets within a packet with an authentication section (RFC 5880 4.2 to 4.4).
enum AuthenticationOffset {
  static let type = 24
  static let length = 25
  static let keyID = 26
  static let password = 27
  static let reserved = 27
  static let sequence = 28
  static let digest = 32
}

extension AuthenticationKey {
  /// Auth Len: the length of the section in bytes.
  var sectionLength: Int { type == .simplePassword ? 3 + secret.bytes.count : 8 + type.digestLength }

  /// Appends the section to the 24 bytes of a mandatory section and returns the length of both. `sequence` does not
  /// matter for a password.
  func seal(_ packet: inout [52 of UInt8], sequence: UInt32) -> Int {
    let length = ControlPacket.mandatoryLength + sectionLength
    packet[1] |= 0x04
    packet[3] = UInt8(length)
    packet[AuthenticationOffset.type] = type.code
    packet[AuthenticationOffset.length] = UInt8(sectionLength)
    packet[AuthenticationOffset.keyID] = id
    if type == .simplePassword {
      for (index, byte) in secret.bytes.enumerated() { packet[AuthenticationOffset.password + index] = byte }
      return length
    }
    packet[AuthenticationOffset.reserved] = 0
    var span = packet.mutableSpan
    span.write(sequence, at: AuthenticationOffset.sequence)
    let digest = digest(of: (0..<length).map { packet[$0] })
    for (index, byte) in digest.enumerated() { packet[AuthenticationOffset.digest + index] = byte }
    return length
  }

  /// Whether the whole `packet`, whose length fits the type, carries the digest that this key gives it.
  func verifies(_ packet: [UInt8]) -> Bool {
    Secret(digest(of: packet)).equals(packet[AuthenticationOffset.digest...])
  }

  /// The digest of a packet, whatever stands in its digest field: the hash of the packet with the key, padded with
  /// zeros, in that field (RFC 5880 6.7.3, 6.7.4), or FRR's code with zeros in it.
  private func digest(of packet: [UInt8]) -> [UInt8] {
    var packet = packet
    let key = type == .frrHMACSHA1 ? [] : secret.bytes
    for index in 0..<type.digestLength {
      packet[AuthenticationOffset.digest + index] = index < key.count ? key[index] : 0
    }
    switch type {
    case .simplePassword: return []
    case .keyedMD5, .meticulousKeyedMD5: return Array(Insecure.MD5.hash(data: packet))
    case .keyedSHA1, .meticulousKeyedSHA1: return Array(Insecure.SHA1.hash(data: packet))
    case .frrHMACSHA1:
      return Array(
        HMAC<Insecure.SHA1>.authenticationCode(for: packet, using: SymmetricKey(data: secret.bytes)))
    }
  }
}
