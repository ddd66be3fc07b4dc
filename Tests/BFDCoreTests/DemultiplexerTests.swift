import BFDCore
import NetPrimitives
import Testing

@Suite("Demultiplexing") struct DemultiplexerTests {
  @Test("a thousand discriminators are different, not zero, and lead back to their sessions")
  func discriminators() throws {
    var table = SessionTable(seed: 5)
    var effects = Effects()
    var seen: Set<UInt32> = []
    for number in 0..<1_000 as Range<UInt32> {
      let slot = try table.add(
        SessionPath(peer: .v4(IPv4Address(0x0A00_0000 + number))), parameters: .fast, now: .zero)
      seen.insert(table[slot].localDiscriminator)
    }
    #expect(seen.count == 1_000 && !seen.contains(0))
    for slot in table.slots {
      let session = table[slot]
      let packet = ControlPacket(
        state: .adminDown, detectMultiplier: 1, myDiscriminator: UInt32(slot) + 1,
        yourDiscriminator: session.localDiscriminator, desiredMinTxInterval: 1, requiredMinRxInterval: 1)
      let arrival = Arrival(
        source: session.path.peer, destination: localAddress, interface: 2, hopLimit: 255, kind: .singleHop,
        instant: .zero)
      table.receive(packet.encoded.span, arrival, now: .zero, effects: &effects)
      #expect(table[slot].remote.discriminator == UInt32(slot) + 1)
    }
    #expect(table.drops.total == 0)
  }

  @Test("two tables with different seeds choose different discriminators")
  func randomness() throws {
    let first = try Endpoint(seed: 1).session.localDiscriminator
    let second = try Endpoint(seed: 2).session.localDiscriminator
    #expect(first != second)
  }

  @Test("a link-local neighbour is told from its namesake by the interface")
  func linkLocal() throws {
    let neighbor = try #require(IPAddress("fe80::1"))
    let own = try #require(IPAddress("fe80::2"))
    var table = SessionTable(seed: 5)
    var effects = Effects()
    let first = try table.add(SessionPath(peer: neighbor, interface: 2), parameters: .fast, now: .zero)
    let second = try table.add(SessionPath(peer: neighbor, interface: 3), parameters: .fast, now: .zero)
    let packet = ControlPacket(
      state: .down, detectMultiplier: 3, myDiscriminator: 9, yourDiscriminator: 0, desiredMinTxInterval: 1,
      requiredMinRxInterval: 1)
    let arrival = Arrival(
      source: neighbor.scoped(to: 3), destination: own.scoped(to: 3), interface: 3, hopLimit: 255, kind: .singleHop,
      instant: .zero)
    table.receive(packet.encoded.span, arrival, now: .zero, effects: &effects)
    #expect(table[first].state == .down && table[second].state == .initializing)
  }

  @Test("a session with its own address goes before one that takes any")
  func mostSpecific() throws {
    var table = SessionTable(seed: 5)
    var effects = Effects()
    let any = try table.add(SessionPath(peer: peerAddress), parameters: .fast, now: .zero)
    let own = try table.add(SessionPath(peer: peerAddress, local: localAddress), parameters: .fast, now: .zero)
    let packet = ControlPacket(
      state: .down, detectMultiplier: 3, myDiscriminator: 9, yourDiscriminator: 0, desiredMinTxInterval: 1,
      requiredMinRxInterval: 1)
    for destination in [localAddress, .v4(IPv4Address(0xC000_02FE))] {
      let arrival = Arrival(
        source: peerAddress, destination: destination, interface: 2, hopLimit: 255, kind: .singleHop, instant: .zero)
      table.receive(packet.encoded.span, arrival, now: .zero, effects: &effects)
      #expect(table[destination == localAddress ? own : any].state == .initializing)
    }
    #expect(effects.events.count { if case .stateChanged = $0 { true } else { false } } == 2)
  }

  @Test("the table is full at 65535 sessions, and has room again after a removal")
  func full() throws {
    var table = SessionTable(seed: 5)
    var effects = Effects()
    for number in 0..<65_535 as Range<UInt32> {
      _ = try table.add(SessionPath(peer: .v4(IPv4Address(number))), parameters: .fast, now: .zero)
    }
    let another = SessionPath(peer: .v4(IPv4Address(65_535)))
    #expect(throws: AddSessionError.full) { try table.add(another, parameters: .fast, now: .zero) }
    table.remove(17, cause: .configuration, now: .zero, effects: &effects)
    #expect(try table.add(another, parameters: .fast, now: .zero) == 17)
  }
}
