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
  private var limit = AnnouncementLimit()
  /// What the limit was when a round had to wait for it.
  private var answer: (burst: Int, interval: Interval) = (0, .zero)

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
    return [burst, secondBurst?.due, refreshDue, limit.nextDeadline].compactMap { $0 }.min()
  }

  /// Starts the bursts of a new active router.
  mutating func startBursts(now: Instant) {
    startBursts(rounds: configuration.repeats, delay: configuration.delay, now: now)
  }

  /// Starts a burst of `rounds` over all addresses now, and another after `delay`.
  private mutating func startBursts(rounds: Int, delay: Interval, now: Instant) {
    guard rounds > 0 else { return }
    startBurst(rounds: rounds, now: now)
    if delay > .zero { secondBurst = (now + delay, rounds) }
  }

  /// Starts the bursts of a router that has just become active. Until its Active_Down_Interval, `interval`, is over, they
  /// answer everybody who was active before, too.
  mutating func startTakeover(interval: Interval, now: Instant) {
    startBursts(now: now)
    limit.close(until: now + interval)
  }

  /// Answers a router that is active, too, or has just stopped: by a whole burst when an episode begins or ends, and by a
  /// round while it goes on, for the last advertisement that is heard of it, after which the hosts must be led back, looks
  /// like any other. One burst is allowed in each `interval`.
  mutating func answerRival(isEpisode: Bool, interval: Interval, now: Instant) {
    let burst = configuration.lowerPriorityRepeats
    answer(isEpisode ? burst : 1, of: burst, delay: configuration.lowerPriorityDelay, interval: interval, now: now)
  }

  /// Announces again, as a new active router does, but within the limit.
  mutating func announceAgain(interval: Interval, now: Instant) {
    answer(configuration.repeats, of: configuration.repeats, delay: configuration.delay, interval: interval, now: now)
  }

  /// `wanted` rounds of the `burst` rounds that are allowed in each `interval`, at once or when the limit allows it, and a
  /// burst after `delay`, which the next request puts off.
  private mutating func answer(_ wanted: Int, of burst: Int, delay: Interval, interval: Interval, now: Instant) {
    guard burst > 0 else { return }
    answer = (burst, interval)
    startBurst(rounds: limit.grant(wanted, of: burst, in: interval, now: now), now: now)
    if delay > .zero { secondBurst = (now + delay, burst) }
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
    guard rounds > 0 else { return }
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
    startBurst(rounds: limit.grant(0, of: answer.burst, in: answer.interval, now: now), now: now)
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
