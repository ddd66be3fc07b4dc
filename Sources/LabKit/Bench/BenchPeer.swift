internal import BFDCore
internal import NetPrimitives

/// One neighbour of the router that is measured: as much of RFC 5880 as the far end of a session needs, and written
/// apart from `BFDCore`, so that no router is measured against a mirror of itself.
struct BenchPeer {
  private(set) var state = SessionState.down
  private var diagnostic = Diagnostic.none
  private var isPolling = false
  /// The router's last packet.
  private(set) var router: ControlPacket?
  /// When that arrived, by the kernel's stamp.
  private(set) var lastHeard: Instant?
  /// When the last packet left.
  private(set) var lastSent: Instant?
  /// Since when it is dead, as far as the router can tell.
  private(set) var silentSince: Instant?

  private static let slowInterval = Interval.seconds(1)

  /// What a packet changed.
  struct Reception {
    /// The time since the router's packet before; `nil` for the first, and while the session is not at its full rate.
    var gap: Interval?
    /// Whether the session was Up and no longer is.
    var isLost = false
    /// Whether the packet is to be answered with F at once.
    var isPoll = false
    /// Whether the router is to be told at once what has changed.
    var isNews = false
  }

  /// Whether both ends are Up at the configured rate, with nothing left to be confirmed.
  func isAtRest(_ load: BenchLoad) -> Bool {
    guard state == .up, !isPolling, let router, router.state == .up, !router.isPoll else { return false }
    return max(router.desiredMinTxInterval, router.requiredMinRxInterval) <= load.interval.microseconds
  }

  /// The silence after which this end gives the router up.
  private func detectionTime(_ load: BenchLoad) -> Interval? {
    router.map { max(load.interval, .microseconds(Int64($0.desiredMinTxInterval))) * Int64($0.detectMultiplier) }
  }

  /// The silence after which the router gives this end up.
  func routersDetectionTime(_ load: BenchLoad) -> Interval {
    max(load.interval, .microseconds(Int64(router?.requiredMinRxInterval ?? 0))) * Int64(load.multiplier)
  }

  /// How long to wait until the next packet, before jitter.
  func transmitInterval(_ load: BenchLoad) -> Interval {
    let wanted = state == .up ? load.interval : Self.slowInterval
    return max(wanted, .microseconds(Int64(router?.requiredMinRxInterval ?? 0)))
  }

  /// Takes a packet of the router that arrived at `instant`.
  mutating func receive(_ packet: ControlPacket, at instant: Instant, _ load: BenchLoad) -> Reception {
    var reception = Reception()
    let (wasUp, interval, old) = (state == .up, transmitInterval(load), state)
    if isAtRest(load), let lastHeard { reception.gap = instant - lastHeard }
    // Believed even where the timer has not looked yet: the packets tell when they came.
    if wasUp, let lastHeard, let limit = detectionTime(load), instant - lastHeard > limit { expire() }
    router = packet
    lastHeard = instant
    if packet.isFinal { isPolling = false }
    enter(state.next(hearing: packet.state))
    reception.isLost = wasUp && state != .up
    reception.isPoll = packet.isPoll
    reception.isNews = state != old || transmitInterval(load) != interval
    return reception
  }

  /// Gives the router up where it was silent for too long; whether it was given up.
  mutating func checkDetection(now: Instant, _ load: BenchLoad) -> Bool {
    guard state != .down, let lastHeard, let limit = detectionTime(load), now - lastHeard > limit else { return false }
    let wasUp = state == .up
    expire()
    return wasUp
  }

  private mutating func expire() {
    diagnostic = .controlDetectionTimeExpired
    enter(.down)
    router = nil
  }

  private mutating func enter(_ new: SessionState) {
    if new == .up, state != .up { isPolling = true }
    if new != .up { isPolling = false }
    state = new
  }

  /// The next packet of neighbour `index`, which leaves at `now`.
  mutating func packet(_ index: Int, final isFinal: Bool, now: Instant, _ load: BenchLoad) -> ControlPacket {
    lastSent = now
    var packet = ControlPacket(
      state: state, diagnostic: diagnostic, detectMultiplier: load.multiplier,
      myDiscriminator: 0x4200_0000 | UInt32(index), yourDiscriminator: router?.myDiscriminator ?? 0,
      desiredMinTxInterval: UInt32((state == .up ? load.interval : Self.slowInterval).microseconds),
      requiredMinRxInterval: UInt32(load.interval.microseconds))
    packet.isFinal = isFinal
    packet.isPoll = isPolling && !isFinal
    return packet
  }

  /// From `instant` on, when its last packet left, it is dead.
  mutating func fallSilent(at instant: Instant) { silentSince = instant }
}

extension SessionState {
  /// RFC 5880 6.8.6: the state after a packet of a neighbour in state `remote`. A neighbour of the benchmark is never
  /// held down.
  fileprivate func next(hearing remote: SessionState) -> SessionState {
    switch (self, remote) {
    case (.adminDown, _), (_, .adminDown): .down
    case (.down, .down): .initializing
    case (.down, .initializing): .up
    case (.down, .up): .down
    case (.initializing, .down): .initializing
    case (.initializing, .initializing), (.initializing, .up): .up
    case (.up, .down): .down
    case (.up, .initializing), (.up, .up): .up
    }
  }
}
