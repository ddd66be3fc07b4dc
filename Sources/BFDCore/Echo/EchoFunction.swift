public import NetPrimitives

/// The Echo function while it is active (RFC 5880 6.4, 6.8.5, 6.8.9): what a session sends to itself by way of its peer.
struct EchoFunction: Sendable {
  /// How often to send, before jitter.
  private(set) var interval: Interval
  private(set) var watch: ReturnWatch
  /// Whether a packet has come back since it became active.
  private(set) var isProven = false
  /// Packets of an earlier time must not pass as new ones, so each activation has a key of its own.
  private let hash: SipHash
  private var sequence: UInt64 = 0
  private var lastReturned: UInt64 = 0

  init(interval: Interval, now: Instant, using generator: inout SeededGenerator) {
    self.interval = interval
    watch = ReturnWatch(since: now)
    hash = SipHash(low: generator.next(), high: generator.next())
  }

  /// The interval changed: what is on its way was sent by the old one, so the silence counts from now.
  mutating func change(interval: Interval, now: Instant) {
    self.interval = interval
    watch = ReturnWatch(since: now)
  }

  /// The next packet.
  mutating func packet(discriminator: UInt32, multiplier: UInt8, slot: Int, now: Instant) -> Transmission {
    sequence += 1
    watch.sent(at: now, interval: interval, multiplier: multiplier)
    return EchoPacket(discriminator: discriminator, sequence: sequence, sent: now)
      .transmission(slot: slot, hash)
  }

  /// A packet came back. Returns how long it was under way.
  mutating func received(
    _ packet: EchoPacket, _ payload: Span<UInt8>, multiplier: UInt8, at instant: Instant
  ) throws(DropReason) -> Interval {
    guard EchoPacket.isGenuine(payload, hash) else { throw .echoDigestMismatch }
    guard packet.sequence > lastReturned else { throw .echoRepeated }
    lastReturned = packet.sequence
    isProven = true
    watch.returned(
      at: instant, outstanding: Int(clamping: sequence - packet.sequence), interval: interval, multiplier: multiplier)
    return max(instant - packet.sent, .zero)
  }
}

/// What a session's Echo function has seen.
public struct EchoStatistics: Sendable, BitwiseCopyable {
  /// Echo packets handed to the driver.
  public internal(set) var sentPackets: UInt64 = 0
  /// Echo packets that came back.
  public internal(set) var receivedPackets: UInt64 = 0
  /// Echo packets of the peer that were looped back to it.
  public internal(set) var loopedPackets: UInt64 = 0
  /// How long the last one was under way, there and back.
  public internal(set) var lastRoundTrip: Interval?
  /// How long they were under way, there and back.
  public internal(set) var roundTrips = Histogram()

  /// Nothing seen.
  public init() {}
}
