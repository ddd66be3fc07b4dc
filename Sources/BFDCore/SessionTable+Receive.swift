public import NetPrimitives

/// How a packet came in: what the kernel says beside its bytes.
public struct Arrival: Sendable, BitwiseCopyable {
  /// The sender's address; the scope of a link-local one does not matter.
  public let source: IPAddress
  /// Which of our addresses it was sent to.
  public let destination: IPAddress
  /// The index of the interface it came in by.
  public let interface: UInt32
  /// The TTL or hop limit it arrived with; `nil` where the kernel did not say.
  public let hopLimit: UInt8?
  /// Which of the two ports it was sent to.
  public let kind: PathKind
  /// The routing domain it came in by, as in `SessionPath`.
  public let domain: UInt32
  /// When the kernel received it.
  public let instant: Instant

  /// An arrival.
  public init(
    source: IPAddress, destination: IPAddress, interface: UInt32, hopLimit: UInt8?, kind: PathKind, domain: UInt32 = 0,
    instant: Instant
  ) {
    self.source = source
    self.destination = destination
    self.interface = interface
    self.hopLimit = hopLimit
    self.kind = kind
    self.domain = domain
    self.instant = instant
  }
}

extension SessionTable {
  /// Takes a received UDP payload through the reception procedure of RFC 5880 6.8.6. A packet that is discarded changes
  /// nothing but the counter of its reason, which is returned.
  @discardableResult
  public mutating func receive(
    _ payload: Span<UInt8>, _ arrival: Arrival, now: Instant, effects: inout Effects
  ) -> DropReason? {
    let packet: ControlPacket
    let slot: Int
    var isNew = false
    do throws(DropReason) {
      packet = try ControlPacket(decoding: payload)
      if let found = try find(packet, arrival) {
        slot = found
      } else {
        slot = try admit(packet, arrival, now: now, effects: &effects)
        isNew = true
      }
    } catch {
      return discard(arrival, error)
    }
    // A time stamp from a stepped clock must not keep a dead session alive.
    let instant = min(arrival.instant, now)
    let key: AuthenticationKey?
    do throws(DropReason) {
      if let reason = sessions[slot].refusal(of: packet, arrival) {
        throw reason
      }
      key =
        sessions[slot].isAuthenticated
        ? try authenticate(slot, packet, payload, at: instant, now: now, effects: &effects) : nil
    } catch {
      if isNew { refuse(slot, error) } else { sessions[slot].statistics.drops.count(error) }
      return error
    }
    if sessions[slot].isAuthenticated, renewDiscriminator(slot, at: instant), packet.yourDiscriminator != 0 {
      // It named the old one. A peer that lives takes the new one from our next packet.
      sessions[slot].statistics.drops.count(.unknownDiscriminator)
      conclude(slot, cause: .packet, now: now, effects: &effects)
      return .unknownDiscriminator
    }
    if isNew { effects.appendDiscovered(slot) }
    let isMet = sessions[slot].remote.discriminator != packet.myDiscriminator
    sessions[slot].learn(from: packet, at: instant)
    if isMet { endFarewells(replacedBy: slot, now: now) }
    sessions[slot].arrivalInterface = arrival.interface
    let isRekeyed =
      sessions[slot].isAuthenticated
      && acceptedAuthentication(slot, key, payload, at: instant, now: now, effects: &effects)
    if sessions[slot].state == .adminDown {
      sessions[slot].statistics.drops.count(.administrativelyDown)
    } else {
      sessions[slot].statistics.receivedPackets &+= 1
      change(slot, on: .received(packet.state), cause: .packet, now: now, effects: &effects)
    }
    conclude(slot, cause: .packet, answeringPoll: packet.isPoll, isRekeyed: isRekeyed, now: now, effects: &effects)
    // The peer knows that the session is over.
    if sessions[slot].isLeaving, packet.state == .down || packet.state == .adminDown { free(slot, effects: &effects) }
    return nil
  }

  /// Counts a packet that belongs to no session. A first packet of a neighbor that has one, and that only came by another
  /// interface, to the other port or to another address, is counted for that session: it tells why it is not Up. Returns
  /// the reason.
  private mutating func discard(_ arrival: Arrival, _ reason: DropReason) -> DropReason {
    // A link-local address is another neighbor's on each link.
    guard reason == .noSession, !arrival.source.isLinkLocal, let (slot, reason) = demultiplexer.nearMiss(of: arrival)
    else {
      drops.count(reason)
      return reason
    }
    sessions[slot].statistics.drops.count(reason)
    return reason
  }

  /// The session a packet belongs to; `nil` where none is for its sender. Where it names one of our discriminators nothing
  /// else counts (6.3).
  @inline(__always)
  private func find(_ packet: ControlPacket, _ arrival: Arrival) throws(DropReason) -> Int? {
    if packet.yourDiscriminator != 0 { return try ownSlot(packet.yourDiscriminator) }
    // The test is on the packet's state, not on ours: a restarted peer must be heard while we are still Up.
    guard packet.state == .down || packet.state == .adminDown else { throw .zeroYourDiscriminator }
    // Its sender is this system: no address tells more than the discriminator that it gave itself.
    if arrival.kind == .unaffiliatedEcho { return try ownSlot(packet.myDiscriminator) }
    return demultiplexer.slot(
      from: arrival.source, to: arrival.destination, interface: arrival.interface, kind: arrival.kind,
      domain: arrival.domain)
  }

  @inline(__always)
  private func ownSlot(_ discriminator: UInt32) throws(DropReason) -> Int {
    guard let slot = demultiplexer.slot(near: discriminator), sessions[slot].localDiscriminator == discriminator else {
      throw .unknownDiscriminator
    }
    return slot
  }
}
