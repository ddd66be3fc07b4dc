public import NetPrimitives

/// What a session has seen. The counters are those of RFC 9314, and more.
public struct SessionStatistics: Sendable, BitwiseCopyable {
  /// Packets accepted.
  public internal(set) var receivedPackets: UInt64 = 0
  /// Packets handed to the driver.
  public internal(set) var sentPackets: UInt64 = 0
  /// Packets the system then refused to send, as the driver reported.
  public internal(set) var failedPackets: UInt64 = 0
  /// Those of `failedPackets` that were longer than the link's MTU.
  public internal(set) var oversizePackets: UInt64 = 0
  /// Polls that Demand mode, or an operator, asked for.
  public internal(set) var polls: UInt64 = 0
  /// What the Echo function has seen.
  public internal(set) var echo = EchoStatistics()
  /// Packets that were found to be for this session and discarded.
  public internal(set) var drops = DropCounters()
  /// How often the session came Up.
  public internal(set) var upCount: UInt64 = 0
  /// How often it left Up, for whatever reason.
  public internal(set) var downCount: UInt64 = 0
  /// How often it was held down by the operator.
  public internal(set) var adminDownCount: UInt64 = 0
  /// When it last came Up.
  public internal(set) var lastUp: Instant?
  /// When it last left Up.
  public internal(set) var lastDown: Instant?
  /// Time between packets received while Up, by the kernel's time stamps.
  public internal(set) var receiveGaps = Histogram()
  /// How much of the Detection Time was left at the latest of these packets; `nil` before the first.
  public internal(set) var leastDetectionMargin: Interval?
  /// How long after its time each periodic packet was handed to the driver.
  public internal(set) var transmitLateness = Histogram()

  /// Packets discarded because something was wrong with them: all drops but those of an AdminDown session.
  public var invalidPackets: UInt64 { drops.total &- drops[.administrativelyDown] }

  /// Nothing seen.
  public init() {}

  /// A packet came `gap` after the one before, while Up with this Detection Time.
  mutating func received(after gap: Interval, of detectionTime: Interval?) {
    receiveGaps.record(gap)
    guard let detectionTime else { return }
    let margin = detectionTime - gap
    leastDetectionMargin = min(leastDetectionMargin ?? margin, margin)
  }

  mutating func entered(_ state: SessionState, from old: SessionState, now: Instant) {
    if state == .up {
      upCount &+= 1
      lastUp = now
    }
    if old == .up {
      downCount &+= 1
      lastDown = now
    }
    if state == .adminDown { adminDownCount &+= 1 }
  }
}
