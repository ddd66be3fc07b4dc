import NetPrimitives

/// Which announcements are still to be sent, and when.
///
/// Announcing hundreds of addresses takes long, and advertisements must not wait for it (keepalived's issue 1653): so it
/// is done in portions of bounded size, one for each turn of the driver's loop, advertisements first. A portion ends with its
/// round at the latest: where many routers become active together, each announces everything once before any of them does
/// so again.
struct AnnouncementSchedule: Sendable {
  /// The most announcements in one turn.
  static let portion = 32

  private let addressCount: Int
  /// Announcements of the burst under way that are still to be sent, and when the next is due.
  private var remaining = 0
  private var burstDue = Instant.distantFuture
  /// The second burst.
  private var secondBurst: (due: Instant, rounds: Int)?
  private var refreshDue: Instant?

  init(addressCount: Int) {
    self.addressCount = addressCount
  }

  /// When something is due; `nil` where nothing ever is.
  var nextDeadline: Instant? {
    guard addressCount > 0 else { return nil }
    let burst = remaining > 0 ? burstDue : nil
    return [burst, secondBurst?.due, refreshDue].compactMap { $0 }.min()
  }

  /// Starts a burst of `rounds` over all addresses now, and another after `delay`.
  mutating func startBursts(rounds: Int, delay: Interval, now: Instant) {
    guard rounds > 0 else { return }
    startBurst(rounds: rounds, now: now)
    if delay > .zero { secondBurst = (now + delay, rounds) }
  }

  /// Arms the first refresh.
  mutating func startRefresh(_ configuration: AnnouncementConfiguration, now: Instant) {
    guard configuration.refresh > .zero else { return }
    refreshDue = now + configuration.delay + configuration.refresh
  }

  private mutating func startBurst(rounds: Int, now: Instant) {
    let (count, overflow) = rounds.multipliedReportingOverflow(by: addressCount)
    remaining = max(remaining, overflow ? Int.max : count)
    burstDue = min(burstDue, now)
  }

  /// The addresses, by index, that are to be announced now; `nil` where none is.
  mutating func due(_ configuration: AnnouncementConfiguration, now: Instant) -> Range<Int>? {
    guard addressCount > 0 else { return nil }
    if let burst = secondBurst, burst.due <= now {
      secondBurst = nil
      startBurst(rounds: burst.rounds, now: now)
    }
    if let due = refreshDue, due <= now {
      refreshDue = now + configuration.refresh
      startBurst(rounds: configuration.refreshRepeats, now: now)
    }
    guard remaining > 0, burstDue <= now else { return nil }
    // Counted down, the burst ends with the last address of a round.
    let leftOfRound = (remaining - 1) % addressCount + 1
    let first = addressCount - leftOfRound
    let count = min(leftOfRound, Self.portion)
    remaining -= count
    burstDue = remaining > 0 ? now : .distantFuture
    return first..<first + count
  }
}
