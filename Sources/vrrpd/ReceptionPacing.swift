import NetPrimitives

/// How long packets may wait after others were read, so that many instances' advertisements are read together: a wake-up
/// costs more than several of them.
///
/// Nothing is lost by reading a little later: silence is measured from the kernel's stamps, what has arrived is read before
/// a timer is believed, and deadlines never wait. Where advertisements are rare, as with a few instances, none waits.
struct ReceptionPacing {
  /// How long they may wait.
  static let spacing = Interval.milliseconds(2)
  private var last = Instant.zero

  /// The spacing behind a wake-up at `now` that found packets: none where the one before is long ago.
  mutating func spacing(readAt now: Instant) -> Interval {
    defer { last = now }
    return now - last <= Self.spacing * 2 ? Self.spacing : .zero
  }
}
