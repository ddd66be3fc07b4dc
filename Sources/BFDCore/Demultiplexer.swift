import NetPrimitives

/// Finds the session a packet belongs to (RFC 5880 6.3), and hands out discriminators.
///
/// A discriminator is 32 random bits whose low 16 no other session's has: they index a flat table, so finding a session
/// takes one look, and a guessed discriminator is compared in full.
struct Demultiplexer: Sendable {
  /// How many sessions there can be.
  static let capacity = 65_535
  private static let noSlot = UInt16.max

  /// What a packet without Your Discriminator has in common with its session.
  private struct Key: Hashable {
    let peer: IPAddress
    let kind: PathKind
    let domain: UInt32
  }

  private var slots = ContiguousArray<UInt16>(repeating: noSlot, count: 1 << 16)
  private var sessions: [Key: [Candidate]] = [:]
  /// This system's addresses, without scope, by the index of their interface; an interface that is not in it is unknown.
  var ownAddresses: [UInt32: Set<IPAddress>] = [:]

  private struct Candidate {
    let slot: Int
    var path: SessionPath
  }

  /// The slot that `discriminator`'s low bits lead to; the caller compares the whole.
  func slot(near discriminator: UInt32) -> Int? {
    let slot = slots[Int(discriminator & 0xFFFF)]
    return slot == Self.noSlot ? nil : Int(slot)
  }

  /// The slot whose path a first packet fits best: a session with an address or an interface of its own goes before one
  /// that takes any. Without `interface` that of the path does not matter.
  func slot(from source: IPAddress, to destination: IPAddress, interface: UInt32?, kind: PathKind, domain: UInt32)
    -> Int?
  {
    var best: (slot: Int, score: Int)?
    for candidate in sessions[Key(peer: source.scoped(to: 0), kind: kind, domain: domain)] ?? [] {
      let destination = destination.scoped(to: 0)
      guard let score = candidate.path.fit(destination: destination, interface: interface),
        isOnLink(destination, of: candidate.path)
      else { continue }
      if score > best?.score ?? -1 { best = (candidate.slot, score) }
    }
    return best?.slot
  }

  /// Whether a session without an address of its own takes first packets to `destination`: only to addresses of the link
  /// that it is bound to (RFC 5881 6). A neighbor that is cut off from another link sends what belongs there over this one,
  /// from the address that it has here.
  private func isOnLink(_ destination: IPAddress, of path: SessionPath) -> Bool {
    guard path.kind == .singleHop, path.local == nil, let addresses = ownAddresses[path.interface] else { return true }
    return addresses.contains(destination)
  }

  /// The slot of the first session to `peer` that `condition` holds for.
  func slot(of peer: IPAddress, kind: PathKind, domain: UInt32, where condition: (Int) -> Bool) -> Int? {
    sessions[Key(peer: peer.scoped(to: 0), kind: kind, domain: domain)]?.first { condition($0.slot) }?.slot
  }

  /// The session that a first packet misses, and why.
  func nearMiss(of arrival: Arrival) -> (slot: Int, DropReason)? {
    func slot(_ kind: PathKind, to destination: IPAddress?) -> Int? {
      guard let destination else {
        return self.slot(of: arrival.source, kind: kind, domain: arrival.domain) { _ in true }
      }
      return self.slot(
        from: arrival.source, to: destination, interface: nil, kind: kind, domain: arrival.domain)
    }
    if let slot = slot(arrival.kind, to: arrival.destination) { return (slot, .wrongInterface) }
    let other = arrival.kind == .singleHop ? PathKind.multihop : .singleHop
    if let slot = slot(other, to: arrival.destination) { return (slot, .wrongPort) }
    return slot(arrival.kind, to: nil).map { ($0, .noSession) }
  }

  /// Whether a session with exactly this path exists.
  func contains(_ path: SessionPath) -> Bool {
    (sessions[Key(peer: path.peer, kind: path.kind, domain: path.domain)] ?? []).contains { $0.path == path }
  }

  /// A random discriminator: not 0, and its low bits are free. There must be fewer than `capacity` sessions.
  mutating func makeDiscriminator(for slot: Int, using generator: inout SeededGenerator) -> UInt32 {
    while true {
      let discriminator = UInt32(truncatingIfNeeded: generator.next())
      guard discriminator != 0, slots[Int(discriminator & 0xFFFF)] == Self.noSlot else { continue }
      slots[Int(discriminator & 0xFFFF)] = UInt16(slot)
      return discriminator
    }
  }

  mutating func release(_ discriminator: UInt32) {
    slots[Int(discriminator & 0xFFFF)] = Self.noSlot
  }

  mutating func insert(_ path: SessionPath, slot: Int) {
    sessions[Key(peer: path.peer, kind: path.kind, domain: path.domain), default: []].append(
      Candidate(slot: slot, path: path))
  }

  mutating func remove(_ path: SessionPath, slot: Int) {
    let key = Key(peer: path.peer, kind: path.kind, domain: path.domain)
    sessions[key]?.removeAll { $0.slot == slot }
    if sessions[key]?.isEmpty == true { sessions[key] = nil }
  }
}

extension SessionPath {
  /// How closely a packet to `destination` on `interface` fits: one point for each of the two that is fixed; `nil`
  /// where one of them is fixed to something else. RFC 5883 knows no interface; without `interface` none matters.
  func fit(destination: IPAddress, interface: UInt32?) -> Int? {
    guard local == nil || local == destination else { return nil }
    guard self.interface == 0 || kind != .singleHop || interface == nil || self.interface == interface else {
      return nil
    }
    return (local == nil ? 0 : 1) + (self.interface == 0 ? 0 : 1)
  }
}
