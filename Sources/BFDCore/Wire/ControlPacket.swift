import NetPrimitives

/// The mandatory section of a BFD control packet (RFC 5880 4.1).
public struct ControlPacket: Hashable, Sendable, BitwiseCopyable {
  /// The length of the mandatory section in bytes.
  public static let mandatoryLength = 24
  /// The longest packet an authentication section can make: 24 bytes and the 28 of the SHA1 types.
  public static let maximumLength = 52

  /// Why the sender last changed its state.
  public var diagnostic: Diagnostic
  /// The sender's state.
  public var state: SessionState
  /// P: the sender is in a Poll Sequence and wants an answer.
  public var isPoll: Bool
  /// F: this answers a packet with P set.
  public var isFinal: Bool
  /// C: the sender's BFD survives the loss of its control plane.
  public var isControlPlaneIndependent: Bool
  /// A: an authentication section follows.
  public var isAuthenticated: Bool
  /// D: demand mode is active at the sender.
  public var isDemand: Bool
  /// The sender's detection multiplier; never 0 in a decoded packet.
  public var detectMultiplier: UInt8
  /// The length of the whole BFD packet in bytes, authentication included; padding behind it does not count.
  public var length: UInt8
  /// The sender's discriminator; never 0 in a decoded packet.
  public var myDiscriminator: UInt32
  /// The receiver's discriminator as the sender knows it; 0 where it does not.
  public var yourDiscriminator: UInt32
  /// In microseconds: how often the sender would like to send.
  public var desiredMinTxInterval: UInt32
  /// In microseconds: how often the sender is willing to receive; 0 asks for no periodic packets at all.
  public var requiredMinRxInterval: UInt32
  /// In microseconds: how often the sender is willing to loop echo packets; 0 for never.
  public var requiredMinEchoRxInterval: UInt32

  /// A packet without flags and echo.
  public init(
    state: SessionState, diagnostic: Diagnostic = .none, detectMultiplier: UInt8, myDiscriminator: UInt32,
    yourDiscriminator: UInt32, desiredMinTxInterval: UInt32, requiredMinRxInterval: UInt32
  ) {
    self.diagnostic = diagnostic
    self.state = state
    isPoll = false
    isFinal = false
    isControlPlaneIndependent = false
    isAuthenticated = false
    isDemand = false
    self.detectMultiplier = detectMultiplier
    length = UInt8(Self.mandatoryLength)
    self.myDiscriminator = myDiscriminator
    self.yourDiscriminator = yourDiscriminator
    self.desiredMinTxInterval = desiredMinTxInterval
    self.requiredMinRxInterval = requiredMinRxInterval
    requiredMinEchoRxInterval = 0
  }

  /// The packet in a UDP payload, checked by itself: the discards of RFC 5880 6.8.6 that need no session, in its order.
  public init(decoding payload: Span<UInt8>) throws(DropReason) {
    guard payload.count >= Self.mandatoryLength else { throw .truncated }
    guard payload[0] >> 5 == 1 else { throw .badVersion }
    let flags = payload[1]
    let length = payload[3]
    isAuthenticated = flags & 0x04 != 0
    // An authentication section has at least its type and its length.
    guard Int(length) >= Self.mandatoryLength + (isAuthenticated ? 2 : 0) else { throw .lengthTooShort }
    guard Int(length) <= payload.count else { throw .lengthBeyondPayload }
    guard payload[2] != 0 else { throw .zeroMultiplier }
    guard flags & 0x01 == 0 else { throw .multipoint }
    let myDiscriminator = payload.readUInt32(at: 4)
    guard myDiscriminator != 0 else { throw .zeroMyDiscriminator }

    diagnostic = Diagnostic(rawValue: payload[0] & 0x1F)
    state = SessionState(twoBits: flags >> 6)
    isPoll = flags & 0x20 != 0
    isFinal = flags & 0x10 != 0
    isControlPlaneIndependent = flags & 0x08 != 0
    isDemand = flags & 0x02 != 0
    detectMultiplier = payload[2]
    self.length = length
    self.myDiscriminator = myDiscriminator
    yourDiscriminator = payload.readUInt32(at: 8)
    desiredMinTxInterval = payload.readUInt32(at: 12)
    requiredMinRxInterval = payload.readUInt32(at: 16)
    requiredMinEchoRxInterval = payload.readUInt32(at: 20)
  }

  /// Writes the mandatory section to the first 24 bytes of `bytes`, which must be that long.
  public func encode(into bytes: inout MutableSpan<UInt8>) {
    bytes.write(1 << 5 | diagnostic.rawValue, at: 0)
    bytes.write(flags, at: 1)
    bytes.write(detectMultiplier, at: 2)
    bytes.write(length, at: 3)
    bytes.write(myDiscriminator, at: 4)
    bytes.write(yourDiscriminator, at: 8)
    bytes.write(desiredMinTxInterval, at: 12)
    bytes.write(requiredMinRxInterval, at: 16)
    bytes.write(requiredMinEchoRxInterval, at: 20)
  }

  /// The second byte: state and flags. It is the only one that differs between two packets of unchanged content.
  var flags: UInt8 {
    state.rawValue << 6 | (isPoll ? 0x20 : 0) | (isFinal ? 0x10 : 0) | (isControlPlaneIndependent ? 0x08 : 0)
      | (isAuthenticated ? 0x04 : 0) | (isDemand ? 0x02 : 0)
  }
}
