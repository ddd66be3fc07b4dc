import NetPrimitives

/// The instants at which packets are going to leave, so that the packets of several sessions leave together: a wake-up
/// costs more than several packets.
///
/// A packet's time is first drawn evenly from the whole range that RFC 5880 6.8.7 gives it, and then moved to the nearest
/// instant at which others leave, earlier or later, if that is near. So the times stay even over the range. To leave early
/// with whatever woke the daemon would move them all to one end.
struct Departures: Sendable {
  private struct Departure: BitwiseCopyable {
    let instant: Instant
    /// How far it draws other packets, in parts of `reachUnit` of their range. Each instant has its own: with equal ones
    /// the instants of many sessions would come at equal distances, and the gaps would be multiples of those.
    let reach: Int64
  }

  /// Ascending. One may be there for a packet that was canceled since; that does no harm.
  private var departures: ContiguousArray<Departure> = []

  /// What does not fit in leaves alone. It suffices by far: the more instants there are, the fewer are added.
  private static let capacity = 128
  private static let reachUnit: Int64 = 3_000
  /// A packet is moved by a third of its range at most.
  private static let longestReach: UInt64 = 1_000

  /// No packet leaves.
  init() { departures.reserveCapacity(Self.capacity) }

  /// When a packet leaves whose time `wanted` was drawn evenly from `range`.
  mutating func join(
    _ wanted: Instant, in range: ClosedRange<Instant>, now: Instant, using generator: inout SeededGenerator
  ) -> Instant {
    guard wanted > now else { return wanted }
    let gone = departures.firstIndex { $0.instant > now } ?? departures.count
    if gone > 0 { departures.removeSubrange(0..<gone) }
    let next = position(of: wanted)
    let earlier = next > 0 ? near(wanted, next - 1, in: range) : nil
    let later = next < departures.count ? near(wanted, next, in: range) : nil
    switch (earlier, later) {
    case (let earlier?, let later?): return wanted - earlier < later - wanted ? earlier : later
    case (let near?, nil), (nil, let near?): return near
    case (nil, nil):
      if departures.count < Self.capacity {
        let reach = Int64(generator.next(below: Self.longestReach + 1))
        departures.insert(Departure(instant: wanted, reach: reach), at: next)
      }
      return wanted
    }
  }

  /// The instant at `index` if it is in `range` and draws a packet that wants to leave at `wanted`.
  private func near(_ wanted: Instant, _ index: Int, in range: ClosedRange<Instant>) -> Instant? {
    let departure = departures[index]
    guard range.contains(departure.instant) else { return nil }
    let distance = max(departure.instant - wanted, wanted - departure.instant)
    let reach = (range.upperBound - range.lowerBound).nanoseconds / Self.reachUnit * departure.reach
    return distance.nanoseconds <= reach ? departure.instant : nil
  }

  /// How many of the instants are before `instant`.
  private func position(of instant: Instant) -> Int {
    var (low, high) = (0, departures.count)
    while low < high {
      let middle = (low + high) / 2
      if departures[middle].instant < instant { low = middle + 1 } else { high = middle }
    }
    return low
  }
}
