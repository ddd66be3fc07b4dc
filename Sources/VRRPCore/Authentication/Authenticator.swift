import NetPrimitives

/// What a router with authentication remembers from one advertisement to the next.
struct Authenticator: Sendable {
  /// CLOCK_REALTIME minus the protocol's clock.
  var realTimeOffset = Interval.zero

  /// The highest sequence number of authentication headers that was sent or accepted.
  private var headerSequence: UInt32 = 0
  /// The sequence number of the last trailer that was sent.
  private var trailerSequence: UInt64?
  private var replays = ReplayTable()

  /// How many multicast senders are remembered; as many as keepalived remembers.
  private static let multicastSenders = 4

  // MARK: Header

  mutating func nextHeaderSequence() -> UInt32 {
    headerSequence &+= 1
    return headerSequence
  }

  mutating func verify(header packet: Span<UInt8>, key: Secret) throws(DropReason) {
    headerSequence = try AuthenticationHeader.verify(packet, key: key, after: headerSequence)
  }

  // MARK: Trailer

  /// The number for the next advertisement: the time, but always later than the last. After the clock was set back by
  /// more than the window, the time again, because nobody would accept what is ahead of it by more.
  mutating func nextTrailerSequence(_ setting: TrailerAuthentication, now: Instant) -> UInt64 {
    let clock = sequence(at: now)
    var next = clock
    if let last = trailerSequence, !clock.isLater(than: last) {
      let ahead = Int64(Int32(truncatingIfNeeded: Int64(last >> 32) - Int64(clock >> 32)))
      let isStranded = setting.timeWindow.map { ahead > Int64($0) } ?? false
      if !isStranded { next = last &+ 1 }
    }
    trailerSequence = next
    return next
  }

  /// Checks a message that has a trailer, in keepalived's order: what is too old costs no code, and what is forged
  /// changes nothing. Returns by how many seconds our clock is ahead of the sender's.
  mutating func verify(
    trailerOf message: Span<UInt8>, _ setting: TrailerAuthentication, source: IPAddress, peers: Int?,
    at instant: Instant
  ) throws(DropReason) -> Int64 {
    let trailer = try AuthenticationTrailer(message)
    let clock = sequence(at: instant)
    let skew = Self.age(of: trailer.sequence, at: clock)
    if let window = setting.timeWindow, abs(skew) > Int64(window) { throw .staleAuthentication }
    guard let key = setting.keys[trailer.keyID] else { throw .unknownKey }
    guard trailer.verifies(message, source: source, key: key) else { throw .authenticationFailure }
    let isNew = replays.accept(trailer.sequence, from: source, capacity: peers ?? Self.multicastSenders) { last in
      setting.timeWindow.map { abs(Self.age(of: last, at: clock)) > Int64($0) } ?? false
    }
    guard isNew else { throw .replayedAuthentication }
    return skew
  }

  /// The seconds from `sequence` to `clock`, by serial arithmetic on 32 bits.
  private static func age(of sequence: UInt64, at clock: UInt64) -> Int64 {
    Int64(Int32(truncatingIfNeeded: Int64(clock >> 32) - Int64(sequence >> 32)))
  }

  /// The time of day as a sequence number, its counter 0.
  private func sequence(at instant: Instant) -> UInt64 {
    let time = UInt64(bitPattern: Int64(truncatingIfNeeded: instant.nanoseconds) &+ realTimeOffset.nanoseconds)
    let (seconds, rest) = time.quotientAndRemainder(dividingBy: 1_000_000_000)
    return seconds << 32 | (rest << 16 / 1_000_000_000) << 16
  }
}
