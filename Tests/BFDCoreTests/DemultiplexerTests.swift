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

  private static let otherInterface: UInt32 = 9

  @Test("while Up a single hop takes first packets only where it lives, and no packet from another link")
  func wrongInterface() throws {
    for bound in [0, 2] as [UInt32] {
      var endpoint = try Endpoint(path: SessionPath(peer: peerAddress, local: localAddress, interface: bound))
      endpoint.establish()
      for packet in [
        endpoint.packet(.down, knowsUs: false), endpoint.packet(.down), endpoint.packet(.up),
        endpoint.packet(.adminDown),
      ] {
        endpoint.receive(bytes: packet.encoded, interface: Self.otherInterface)
      }
      #expect(endpoint.state == .up && endpoint.drops[.wrongInterface] == 4)
      // What the other link brings does not keep it Up, nor does it come up there where it is bound.
      for _ in 0..<10 {
        endpoint.receive(bytes: endpoint.packet(.up).encoded, interface: Self.otherInterface)
        endpoint.run(for: .milliseconds(5))
      }
      #expect(endpoint.state == .down && endpoint.session.localDiagnostic == .controlDetectionTimeExpired)
      endpoint.receive(bytes: endpoint.packet(.down, knowsUs: false).encoded, interface: Self.otherInterface)
      #expect(endpoint.state == (bound == 0 ? .initializing : .down))
    }
  }

  @Test("a first packet to an address of another link is not for the session of this one")
  func destinationOnLink() throws {
    let elsewhere = IPAddress.v4(IPv4Address(0xC633_6401))
    for (bound, local) in [(2, nil), (2, localAddress), (0, nil)] as [(UInt32, IPAddress?)] {
      var endpoint = try Endpoint(path: SessionPath(peer: peerAddress, local: local, interface: bound))
      endpoint.table.setOwnAddresses([2: [localAddress], Self.otherInterface: [elsewhere]])
      let first = endpoint.packet(.down, knowsUs: false).encoded
      endpoint.receive(bytes: first, destination: elsewhere)
      #expect(endpoint.state == (bound == 0 ? .initializing : .down))
      endpoint.receive(bytes: first)
      endpoint.establish()
      endpoint.receive(bytes: first, destination: elsewhere)
      #expect(endpoint.state == (bound == 0 ? .down : .up))
    }
  }

  @Test("several hops have no interface: the answer may take another way")
  func multihopInterface() throws {
    var endpoint = try Endpoint(path: SessionPath(peer: peerAddress, local: localAddress, kind: .multihop))
    for (state, interface) in [(.down, 2), (.initializing, 2), (.up, 9)] as [(SessionState, UInt32)] {
      endpoint.receive(bytes: endpoint.packet(state).encoded, interface: interface, kind: .multihop)
    }
    #expect(endpoint.state == .up && endpoint.drops.total == 0)
  }

  @Test("the right discriminator from another VRF is refused", arguments: PathKind.allCases.dropLast())
  func wrongVRF(kind: PathKind) throws {
    var table = SessionTable(seed: 5)
    var effects = Effects()
    let parameters = SessionParameters(
      desiredMinTxInterval: .seconds(1), requiredMinRxInterval: .seconds(1), detectMultiplier: 3,
      remoteDiscriminator: 9)
    let slot = try table.add(
      SessionPath(peer: peerAddress, kind: kind, domain: 1), parameters: parameters, now: .zero)
    let packet = ControlPacket(
      state: .up, detectMultiplier: 3, myDiscriminator: 9, yourDiscriminator: table[slot].localDiscriminator,
      desiredMinTxInterval: 1, requiredMinRxInterval: 1)
    for domain in [0, 2, 1] as [UInt32] {
      let arrival = Arrival(
        source: peerAddress, destination: localAddress, interface: 2, hopLimit: 255, kind: kind, domain: domain,
        instant: .zero)
      let reason = table.receive(packet.encoded.span, arrival, now: .zero, effects: &effects)
      #expect(reason == (domain == 1 ? nil : .wrongVRF))
    }
    #expect(table[slot].statistics.drops[.wrongVRF] == 2)
  }

  @Test("bound to another link than the one it is Up on, a session begins again; to the same, it goes on")
  func rebinding() throws {
    var same = try Endpoint()
    same.establish()
    same.setPath(interface: 2, isAvailable: true)
    #expect(same.state == .up)
    same.setPath(interface: Self.otherInterface, isAvailable: true)
    #expect(same.state == .down && same.session.localDiagnostic == .pathDown)
    same.receive(bytes: same.packet(.down, knowsUs: false).encoded, interface: 2)
    #expect(same.state == .down && same.drops[.wrongInterface] == 1)
    same.receive(bytes: same.packet(.down, knowsUs: false).encoded, interface: Self.otherInterface)
    #expect(same.state == .initializing)
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
