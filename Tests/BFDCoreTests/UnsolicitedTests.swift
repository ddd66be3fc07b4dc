import BFDCore
import NetPrimitives
import Testing

/// RFC 9468: sessions made for neighbours that begin by themselves.
@Suite("Unsolicited sessions") struct UnsolicitedTests {
  /// A table without a session, on a clock that the test moves.
  private struct Listener {
    var table = SessionTable(seed: 1)
    var effects = Effects()
    var now = Instant.zero + .seconds(1_000)

    init(
      subnets: [String] = ["192.0.2.1/24", "fe80::1/64"], allowed: [String] = [], maximum: Int = 2,
      keys: AuthenticationKeys = []
    ) throws {
      table.setUnsolicited([
        UnsolicitedRule(
          id: 7, interface: 2, subnets: try subnets.map { try #require(IPPrefix($0)) },
          allowed: try allowed.map { try #require(IPPrefix($0)) }, maximumSessions: maximum, hold: .seconds(60),
          parameters: .symmetric(.milliseconds(10), isPassive: true), keys: keys)
      ])
    }

    mutating func receive(
      _ packet: ControlPacket, from source: String = "192.0.2.2", to destination: String = "192.0.2.1",
      interface: UInt32 = 2, hopLimit: UInt8? = 255, kind: PathKind = .singleHop
    ) throws {
      let arrival = Arrival(
        source: try #require(IPAddress(source)), destination: try #require(IPAddress(destination)),
        interface: interface, hopLimit: hopLimit, kind: kind, instant: now)
      table.receive(packet.encoded.span, arrival, now: now, effects: &effects)
    }

    /// The neighbour's first packet.
    static func hello(_ state: SessionState = .down, ours: UInt32 = 0) -> ControlPacket {
      ControlPacket(
        state: state, detectMultiplier: 3, myDiscriminator: 0x1122_3344, yourDiscriminator: ours,
        desiredMinTxInterval: state == .down ? 1_000_000 : 10_000, requiredMinRxInterval: 10_000)
    }

    mutating func establish() throws -> Int {
      try receive(Self.hello())
      let slot = try #require(table.slots.first)
      try receive(Self.hello(.initializing, ours: table[slot].localDiscriminator))
      #expect(table[slot].state == .up)
      return slot
    }

    mutating func run(for interval: Interval) {
      let end = now + interval
      while let deadline = table.nextDeadline, deadline <= end {
        now = max(now, deadline)
        table.advance(now: now, effects: &effects)
      }
      now = end
    }

    var removals: [Int] { effects.events.compactMap { if case .removed(let slot) = $0 { slot } else { nil } } }
    var discoveries: [Int] { effects.events.compactMap { if case .discovered(let slot) = $0 { slot } else { nil } } }
    var limits: Int { effects.events.count { if case .unsolicitedLimitReached = $0 { true } else { false } } }
  }

  @Test("without a rule for the interface there is no session")
  func disabled() throws {
    var listener = try Listener()
    try listener.receive(Listener.hello(), interface: 3)
    listener.table.setUnsolicited([])
    try listener.receive(Listener.hello())
    #expect(listener.table.count == 0 && listener.table.drops[.noSession] == 2)
  }

  @Test("a neighbour's first packet makes a session that answers at once with a discriminator of its own")
  func discovery() throws {
    var listener = try Listener()
    listener.run(for: .seconds(5))
    #expect(listener.effects.transmissions.isEmpty)
    try listener.receive(Listener.hello())
    let slot = try #require(listener.discoveries.first)
    #expect(listener.effects.hasDiscoveries)
    let session = listener.table[slot]
    #expect(session.state == .initializing && session.unsolicited?.rule == 7)
    #expect(session.path.local == localAddress && session.path.interface == 2)
    let answer = ControlPacket(sent: try #require(listener.effects.transmissions.first))
    #expect(answer.yourDiscriminator == 0x1122_3344 && answer.myDiscriminator == session.localDiscriminator)
    _ = try listener.establish()
    #expect(listener.table.count == 1)
  }

  @Test("a link-local neighbour is in the interface's subnet as well")
  func linkLocal() throws {
    var listener = try Listener()
    try listener.receive(Listener.hello(), from: "fe80::2", to: "fe80::1")
    #expect(listener.table.count == 1)
  }

  @Test("only a single hop's packet in state Down, with TTL 255, begins", arguments: [0, 1, 2, 3, 4])
  func conditions(_ which: Int) throws {
    var listener = try Listener()
    switch which {
    case 0: try listener.receive(Listener.hello(), hopLimit: 254)
    case 1: try listener.receive(Listener.hello(), hopLimit: nil)
    case 2: try listener.receive(Listener.hello(), kind: .multihop)
    case 3: try listener.receive(Listener.hello(.adminDown))
    default: try listener.receive(Listener.hello(), to: "192.0.2.255")
    }
    #expect(listener.table.count == 0 && listener.effects.events.isEmpty && listener.table.drops.total == 1)
    let reasons: [DropReason] = [.hopLimitTooLow, .hopLimitUnknown, .noSession, .noSession, .unsolicitedNotAllowed]
    #expect(listener.table.drops[reasons[which]] == 1)
  }

  @Test("the sender must be in a subnet of the interface, and allowed")
  func allowList() throws {
    var open = try Listener()
    try open.receive(Listener.hello(), from: "198.51.100.2")
    #expect(open.table.count == 0 && open.table.drops[.unsolicitedNotAllowed] == 1)

    var narrow = try Listener(allowed: ["192.0.2.64/26", "198.51.100.0/24"])
    for source in ["192.0.2.2", "198.51.100.2"] { try narrow.receive(Listener.hello(), from: source) }
    #expect(narrow.table.count == 0 && narrow.table.drops[.unsolicitedNotAllowed] == 2)
    try narrow.receive(Listener.hello(), from: "192.0.2.65")
    #expect(narrow.table.count == 1)

    // Without an address of its family the interface is not numbered: the list alone decides.
    var unnumbered = try Listener(subnets: [], allowed: ["198.51.100.0/24"])
    try unnumbered.receive(Listener.hello(), from: "192.0.2.2")
    #expect(unnumbered.table.count == 0)
    try unnumbered.receive(Listener.hello(), from: "198.51.100.2")
    #expect(unnumbered.table.count == 1)
  }

  @Test("the limit is counted, told once, and told again only after a session has gone")
  func limit() throws {
    var listener = try Listener(maximum: 2)
    for host in 2...9 { try listener.receive(Listener.hello(), from: "192.0.2.\(host)") }
    #expect(listener.table.count == 2 && listener.table.drops[.unsolicitedLimit] == 6 && listener.limits == 1)
    listener.run(for: .seconds(61))
    #expect(listener.table.count == 0)
    for host in 2...5 { try listener.receive(Listener.hello(), from: "192.0.2.\(host)") }
    #expect(listener.table.count == 2 && listener.limits == 2)
  }

  @Test("a packet that does not authenticate makes no session")
  func authentication() throws {
    let key = try AuthenticationKey(type: .keyedSHA1, id: 1, secret: Secret(Array("secret".utf8)))
    var listener = try Listener(keys: [key])
    for _ in 1...5 { try listener.receive(Listener.hello()) }
    #expect(listener.table.count == 0 && listener.discoveries.isEmpty && listener.removals.isEmpty)
    #expect(listener.table.drops[.missingAuthentication] == 5 && listener.limits == 0)
  }

  @Test("a session that goes Down is silent, kept for the hold time, and used again if its neighbour returns")
  func hold() throws {
    var listener = try Listener()
    let slot = try listener.establish()
    listener.effects.removeAll()
    listener.run(for: .milliseconds(30))
    #expect(listener.table[slot].state == .down)
    listener.effects.removeAll()
    listener.run(for: .seconds(59))
    #expect(listener.effects.transmissions.isEmpty, "the passive end stops sending")
    #expect(listener.table.count == 1 && listener.removals.isEmpty)
    #expect(try listener.establish() == slot)
    listener.run(for: .milliseconds(30))
    listener.run(for: .seconds(60))
    #expect(listener.table.count == 0 && listener.removals == [slot])
    try listener.receive(Listener.hello())
    #expect(listener.table.count == 1)
  }

  @Test("to a neighbor that says AdminDown nothing is sent after the Down, until it begins again")
  func adminDownNeighbor() throws {
    var listener = try Listener()
    let slot = try listener.establish()
    listener.effects.removeAll()
    let goodbye = Listener.hello(.adminDown, ours: listener.table[slot].localDiscriminator)
    try listener.receive(goodbye)
    #expect(listener.effects.transmissions.map { ControlPacket(sent: $0).state } == [.down])
    listener.effects.removeAll()
    for _ in 0..<30 {
      listener.run(for: .seconds(1))
      try listener.receive(goodbye)
    }
    #expect(listener.effects.transmissions.isEmpty && listener.table[slot].state == .down)
    #expect(try listener.establish() == slot)
    listener.effects.removeAll()
    listener.run(for: .milliseconds(20))
    #expect(!listener.effects.transmissions.isEmpty)
  }

  @Test("a session that never comes Up is removed, too, however much its neighbour sends")
  func neverUp() throws {
    var listener = try Listener()
    for _ in 0..<59 {
      try listener.receive(Listener.hello())
      listener.run(for: .seconds(1))
    }
    #expect(listener.removals.isEmpty)
    listener.run(for: .seconds(1))
    #expect(listener.removals.count == 1)
  }

  @Test("what the operator holds down stays, and what is configured meanwhile stays")
  func keptSessions() throws {
    var held = try Listener()
    let slot = try held.establish()
    held.table.setEnabled(slot, false, now: held.now, effects: &held.effects)
    held.run(for: .seconds(600))
    #expect(held.removals.isEmpty && held.table[slot].state == .adminDown)

    var configured = try Listener(maximum: 1)
    let kept = try configured.establish()
    configured.table.keep(kept)
    configured.run(for: .seconds(600))
    #expect(configured.removals.isEmpty && configured.table[kept].state == .down)
    try configured.receive(Listener.hello(), from: "192.0.2.3")
    #expect(configured.table.count == 2, "it counts no longer")
  }

  @Test("a shorter hold time counts from when the session went Down")
  func shorterHold() throws {
    var listener = try Listener()
    let slot = try listener.establish()
    listener.run(for: .milliseconds(30))
    listener.run(for: .seconds(20))
    listener.table.setHold(slot, .seconds(10))
    listener.run(for: .zero)
    #expect(listener.removals == [slot])
  }
}
