public import NetPrimitives

/// `sbfd_reflector {}`: answers the S-BFD initiators of other systems (RFC 7880).
public struct SBFDReflector: Hashable, Sendable {
  /// `discriminator`: those that are answered for.
  public var discriminators: [UInt32] = []
  /// `allow`: the prefixes that initiators must be in.
  public var allowed: [IPPrefix] = []
  /// `min_rx`: how often an initiator may send, 1 ms to 4294967 ms.
  public var requiredMinRX = Interval.milliseconds(10)
  /// `max_rate`: the most answers in a second, 1 to 1000000.
  public var maximumRate = 10_000
  /// `admin_down`: answers say AdminDown.
  public var adminDown = false

  /// A reflector that answers nobody.
  public init() {}
}
