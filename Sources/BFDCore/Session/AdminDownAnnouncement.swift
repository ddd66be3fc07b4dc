import NetPrimitives

/// The packets that tell a peer of AdminDown within its Detection Time.
///
/// The first packet leaves at once, for its content is new (RFC 5880 6.8.7). Were it lost and the next one a second away,
/// the peer of a fast session would take the silence for a failure of the path, and so would everything that follows it
/// (RFC 5882 4.2 wants the two told apart). So the packets go on for a Detection Time at the interval they had, until the
/// peer shows that it knows. What they advertise is the one second or more of a session that is not Up (6.8.3); that the
/// interval in use follows later is what 6.8.3 itself prescribes for a session that slows down: the peer must have learned
/// of it first. These are as many packets as the peer would have had anyway.
struct AdminDownAnnouncement: Sendable, BitwiseCopyable {
  /// How many packets are still to leave at `interval`.
  private(set) var packetsLeft = 0
  /// The interval that the session had while Up.
  private(set) var interval = Interval.zero

  /// How long the peer of a session that left Up waits for a packet.
  private(set) var peersDetectionTime = Interval.zero

  /// There is nothing to tell.
  init() {}

  /// For the peer of a session that sent every `interval` and goes down for its operator.
  init(detectMultiplier: UInt8, interval: Interval) {
    packetsLeft = Int(detectMultiplier)
    self.interval = interval
    peersDetectionTime = interval * Int64(detectMultiplier)
  }

  mutating func sent() { packetsLeft = max(0, packetsLeft - 1) }

  /// The peer said that it is not Up: it knows.
  mutating func acknowledged() { packetsLeft = 0 }
}
