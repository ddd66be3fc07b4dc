public import NetPrimitives

/// The S-BFD reflector: answers the packets of initiators that name one of its discriminators, and remembers nothing of
/// them (RFC 7880 7.2, RFC 7881 6).
public struct Reflector: Sendable {
  /// What it answers.
  public struct Settings: Hashable, Sendable {
    /// The S-BFD discriminators of this system; a pool of its own (RFC 7880 4.2).
    public let discriminators: Set<UInt32>
    /// The prefixes that initiators must be in; empty answers nobody.
    public let allowed: [IPPrefix]
    /// How often an initiator may send: what the answers advertise. RFC 7880 7.2.3.
    public let requiredMinRxInterval: Interval
    /// The most answers in a second.
    public let maximumRate: Int
    /// Whether the answers say AdminDown: out of service for a time.
    public let isAdminDown: Bool

    /// Settings.
    public init(
      discriminators: Set<UInt32>, allowed: [IPPrefix], requiredMinRxInterval: Interval, maximumRate: Int,
      isAdminDown: Bool = false
    ) {
      self.discriminators = discriminators
      self.allowed = allowed
      self.requiredMinRxInterval = requiredMinRxInterval
      self.maximumRate = maximumRate
      self.isAdminDown = isAdminDown
    }
  }

  /// What it answers.
  public var settings: Settings
  /// Packets answered.
  public private(set) var reflectedPackets: UInt64 = 0
  /// Packets discarded.
  public private(set) var drops = DropCounters()
  private var second = Instant.zero
  private var answersInSecond = 0

  /// A reflector that has seen nothing.
  public init(_ settings: Settings) { self.settings = settings }

  /// The answer to the UDP payload of a packet from `source`, port `port`; `nil`, and counted, where there is none.
  public mutating func reflect(
    _ payload: Span<UInt8>, from source: IPAddress, port: UInt16, now: Instant
  ) -> [24 of UInt8]? {
    do throws(DropReason) {
      let packet = try ControlPacket(decoding: payload)
      try check(packet, from: source.scoped(to: 0), port: port)
      try spend(now: now)
      reflectedPackets &+= 1
      return answer(packet)
    } catch {
      drops.count(error)
      return nil
    }
  }

  /// Sets the counters to zero.
  public mutating func clearStatistics() {
    reflectedPackets = 0
    drops = DropCounters()
  }

  private func check(_ packet: ControlPacket, from source: IPAddress, port: UInt16) throws(DropReason) {
    guard port != PathKind.seamless.port else { throw .reflectedSourcePort }
    guard packet.isDemand else { throw .reflectedDemandClear }
    guard settings.discriminators.contains(packet.yourDiscriminator) else { throw .unknownDiscriminator }
    guard settings.allowed.contains(where: { $0.contains(source) }) else { throw .reflectedNotAllowed }
    guard !packet.isAuthenticated else { throw .unexpectedAuthentication }
  }

  private mutating func spend(now: Instant) throws(DropReason) {
    if now - second >= .seconds(1) {
      second = now
      answersInSecond = 0
    }
    guard answersInSecond < settings.maximumRate else { throw .reflectedRate }
    answersInSecond += 1
  }

  /// RFC 7880 7.2.2.
  private func answer(_ packet: ControlPacket) -> [24 of UInt8] {
    var answer = ControlPacket(
      state: settings.isAdminDown ? .adminDown : .up,
      diagnostic: settings.isAdminDown ? .administrativelyDown : .none, detectMultiplier: packet.detectMultiplier,
      myDiscriminator: packet.yourDiscriminator, yourDiscriminator: packet.myDiscriminator,
      desiredMinTxInterval: packet.desiredMinTxInterval,
      requiredMinRxInterval: UInt32(clamping: settings.requiredMinRxInterval.microseconds))
    answer.isFinal = packet.isPoll
    var bytes = [24 of UInt8](repeating: 0)
    var span = bytes.mutableSpan
    answer.encode(into: &span)
    return bytes
  }
}
