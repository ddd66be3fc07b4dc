import BFDCore
import NetPrimitives
import Testing

@Suite("Many sessions in portions") struct PortionTests {
  private static let count = 100
  private static let limit = 32

  /// So many sessions that are Up, at the time of their peers' last packets.
  private static func established() throws -> (SessionTable, Instant) {
    var table = SessionTable(seed: 11)
    var effects = Effects()
    let now = Instant.zero + .seconds(1_000)
    for index in 0..<count {
      let peer = IPAddress.v4(IPv4Address(0xC000_0200 + UInt32(index)))
      let slot = try table.add(
        SessionPath(peer: peer, local: localAddress), parameters: .fast, isPathAvailable: true, now: now)
      for state in [SessionState.initializing, .up] {
        let packet = ControlPacket(
          state: state, detectMultiplier: 3, myDiscriminator: UInt32(index + 1),
          yourDiscriminator: table[slot].localDiscriminator, desiredMinTxInterval: 10_000, requiredMinRxInterval: 10_000
        )
        let arrival = Arrival(
          source: peer, destination: localAddress, interface: 2, hopLimit: 255, kind: .singleHop, instant: now)
        table.receive(packet.encoded.span, arrival, now: now, effects: &effects)
      }
      #expect(table[slot].state == .up)
    }
    return (table, now)
  }

  @Test("what is due leaves in portions, once from each session")
  func sending() throws {
    var (table, now) = try Self.established()
    now = now + .milliseconds(20)
    var slots: [Int] = []
    var portions: [Int] = []
    var isDone = false
    while !isDone {
      var effects = Effects()
      isDone = table.sendDue(now: now, limit: Self.limit, effects: &effects)
      portions.append(effects.transmissions.count)
      slots += effects.transmissions.map(\.slot)
    }
    #expect(portions.allSatisfy { $0 <= Self.limit } && portions.prefix(3) == [32, 32, 32])
    #expect(slots.sorted() == Array(0..<Self.count))
  }

  @Test("peers that died together are given up in portions, and none is forgotten")
  func detecting() throws {
    var (table, now) = try Self.established()
    now = now + .milliseconds(30)
    var downs: [Int] = []
    var portions = 0
    while table.isDetectionDue(now: now) {
      var effects = Effects()
      table.detect(now: now, limit: Self.limit, effects: &effects)
      let changes = effects.events.compactMap { event -> Int? in
        if case .stateChanged(let change) = event, change.new == .down { change.slot } else { nil }
      }
      #expect(changes.count <= Self.limit)
      downs += changes
      portions += 1
    }
    #expect(downs.sorted() == Array(0..<Self.count) && portions == 4)
  }
}
