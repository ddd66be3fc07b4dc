import NetPrimitives

/// How long packets may wait after others were read, so that many are read together: a wake-up costs more than several of
/// them.
///
/// Nothing is lost by reading a little later: silence is measured from the kernel's stamps, what has arrived is read before
/// it is believed, and deadlines never wait. Where packets are rare, none waits.
struct ReceptionPacing {
  /// How long they may wait.
  var spacing = Interval.zero
  /// Until when no packet is to wake the loop.
  private(set) var quietUntil = Instant.zero
  private var last: Instant?

  /// Packets were read by a wake-up at `now`: others wait, unless the one before was long ago.
  mutating func packetsRead(at now: Instant) {
    let isClose = last.map { now - $0 <= spacing * 2 } ?? false
    quietUntil = isClose ? now + spacing : now
    last = now
  }
}
