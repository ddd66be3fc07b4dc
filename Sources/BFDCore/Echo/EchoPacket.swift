import NetPrimitives

/// What an echo packet of ours says. Its content is a local matter (RFC 5880 5): only the sender reads it again.
///
/// 32 bytes: a mark that no control packet begins with and three zeros, the discriminator, the sequence number, the
/// sender's clock, and a digest of all that. The key of the digest never leaves this system, so a packet that bears it
/// was ours; the sequence number lets each come back only once.
struct EchoPacket: Hashable, BitwiseCopyable {
  /// The length in bytes.
  static let length = 32
  /// "B" is version 2 where a control packet has its version.
  static let mark: UInt8 = 0x42
  private static let coveredLength = 24

  let discriminator: UInt32
  /// Counts up from 1.
  let sequence: UInt64
  /// When it was handed to the driver.
  let sent: Instant

  init(discriminator: UInt32, sequence: UInt64, sent: Instant) {
    self.discriminator = discriminator
    self.sequence = sequence
    self.sent = sent
  }

  /// The packet in a UDP payload; `nil` where it is none of this system's. The digest is not looked at.
  init?(decoding payload: Span<UInt8>) {
    guard payload.count == Self.length, payload.readUInt32(at: 0) == UInt32(Self.mark) << 24 else { return nil }
    discriminator = payload.readUInt32(at: 4)
    sequence = payload.readUInt64(at: 8)
    sent = Instant(nanoseconds: payload.readUInt64(at: 16))
  }

  /// Whether a payload that decodes bears the digest of `hash`.
  static func isGenuine(_ payload: Span<UInt8>, _ hash: SipHash) -> Bool {
    hash.digest(payload, count: coveredLength) == payload.readUInt64(at: coveredLength)
  }

  /// The packet, sealed with `hash`, for the session in `slot`.
  func transmission(slot: Int, _ hash: SipHash) -> Transmission {
    var bytes = [52 of UInt8](repeating: 0)
    var span = bytes.mutableSpan
    span.write(Self.mark, at: 0)
    span.write(discriminator, at: 4)
    Self.write(sequence, at: 8, &span)
    Self.write(sent.nanoseconds, at: 16, &span)
    Self.write(hash.digest(span.span, count: Self.coveredLength), at: Self.coveredLength, &span)
    return Transmission(slot: slot, bytes: bytes, length: Self.length, isEcho: true)
  }

  private static func write(_ value: UInt64, at offset: Int, _ span: inout MutableSpan<UInt8>) {
    span.write(UInt32(truncatingIfNeeded: value >> 32), at: offset)
    span.write(UInt32(truncatingIfNeeded: value), at: offset + 4)
  }
}
