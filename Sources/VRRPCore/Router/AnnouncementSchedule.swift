import NetPrimitives

/// Which announcements are still to be sent, and when.
///
/// Announcing hundreds of addresses takes long, and advertisements must not wait for it (keepalived's issue 1653): so it
/// is done in portions of bounded size, one for each turn of the driver's loop, advertisements first. A portion ends with its
/// round at the latest: where many routers become active together, each announces everything once before any of them does
/// so again.
///
/// Only what happened is kept here. When something is due follows from that and the configuration in use, so that another
/// configuration counts at once.
struct AnnouncementSchedule: Sendable {
  /// The most announcements in one turn.
  static let portion = 32

  private let addressCount: Int
  private var configuration: AnnouncementConfiguration
  /// Announcements of the burst under way that are still to be sent, and when the next is due.
  private var remaining = 0
  private var burstDue = Instant.distantFuture
  /// The second burst.
  private var secondBurst: (due: Instant, rounds: Int)?
  /// When the time to the next refresh began.
  private var refreshedAt: Instant?

  init(addressCount: Int, _ configuration: AnnouncementConfiguration) {
    self.addressCount = addressCount
    self.configuration = configuration
  }

  private var refreshDue: Instant? {
    configuration.refresh > .zero ? refreshedAt.map { $0 + configuration.refresh } : nil
  }

  /// When something is due; `nil` where nothing ever is.
  var nextDeadline: Instant? {
    guard addressCount > 0 else { return nil }
    let burst = remaining > 0 ? burstDue : nil
    return [burst, secondBurst?.due, refreshDue].compactMap { $0 }.min()
  }

  /// Starts the bursts of a new active router.
  mutating func startBursts(now: Instant) {
    startBursts(rounds: configuration.repeats, delay: configuration.delay, now: now)
  }

  /// Starts those after an advertisement of lower priority.
  mutating func startBurstsAsWinner(now: Instant) {
    startBursts(rounds: configuration.lowerPriorityRepeats, delay: configuration.lowerPriorityDelay, now: now)
  }

  /// Starts a burst of `rounds` over all addresses now, and another after `delay`.
  private mutating func startBursts(rounds: Int, delay: Interval, now: Instant) {
    guard rounds > 0 else { return }
    startBurst(rounds: rounds, now: now)
    if delay > .zero { secondBurst = (now + delay, rounds) }
  }

  /// The first refresh is due one interval after the second burst.
  mutating func startRefresh(now: Instant) { refreshedAt = now + configuration.delay }

  /// Goes by `new` from now on. What is under way goes on, and what is due later is not due later than `new` would have it.
  mutating func adopt(_ new: AnnouncementConfiguration, now: Instant) {
    guard new != configuration else { return }
    if configuration.refresh == .zero { refreshedAt = now }
    configuration = new
    guard let burst = secondBurst else { return }
    let longest = max(new.delay, new.lowerPriorityDelay)
    secondBurst = longest > .zero ? (min(burst.due, now + longest), burst.rounds) : nil
  }

  private mutating func startBurst(rounds: Int, now: Instant) {
    let (count, overflow) = rounds.multipliedReportingOverflow(by: addressCount)
    remaining = max(remaining, overflow ? Int.max : count)
    burstDue = min(burstDue, now)
  }

  /// The addresses, by index, that are to be announced now; `nil` where none is.
  mutating func due(now: Instant) -> Range<Int>? {
    guard addressCount > 0 else { return nil }
    if let burst = secondBurst, burst.due <= now {
      secondBurst = nil
      startBurst(rounds: burst.rounds, now: now)
    }
    if let due = refreshDue, due <= now {
      refreshedAt = now
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
