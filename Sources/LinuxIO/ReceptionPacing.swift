import NetPrimitives

/// How long packets may wait after others were read, so that many are read together: a wake-up costs more than several of
/// them.
///
/// Nothing is lost by reading a little later: silence is measured from the kernel's stamps, what has arrived is read before
/// it is believed, and deadlines never wait. Where packets are rare, none waits; nor where so many arrive that a turn does
/// not read them all, for a socket's buffer would run over.
struct ReceptionPacing {
  /// How long they may wait.
  var spacing = Interval.zero
  /// Until when no packet is to wake the loop.
  private(set) var quietUntil = Instant.zero
  private var last: Instant?

  /// Packets were read by a wake-up at `now`, all that were there or only some: others wait, unless the wake-up before was
  /// long ago.
  mutating func packetsRead(at now: Instant, areAll: Bool) {
    let isClose = last.map { now - $0 <= spacing * 2 } ?? false
    quietUntil = isClose && areAll ? now + spacing : now
    last = now
  }
}
