import BFDCore
import CAllocationCounter
import KeepalivedConfig
import LinuxIO
import NetPrimitives
import Testing

@testable import bfdd

/// Outlets on the loopback interface.
@Suite("Outlets") struct OutletsTests {
  private static let host = IPAddress.v4(IPv4Address(0x7F00_0001))

  private func plan(_ index: Int, dscp: UInt8 = 48) throws -> SessionPlan {
    // 127.9.0.0/16: nobody listens to it.
    try bfddTests.plan("n\(index)", .v4(IPv4Address(0x7F09_0001 + UInt32(index)))) {
      $0.source = Self.host
      $0.dscp = dscp
    }
  }

  private func opened(_ count: Int) throws -> (outlets: Outlets, ports: [UInt16]) {
    var outlets = Outlets()
    var ports: [UInt16] = []
    for slot in 0..<count {
      ports.append(try outlets.open(slot, plan(slot), interface: 0, vrf: 0, port: UInt16(50_000 + slot)))
    }
    return (outlets, ports)
  }

  /// What a session sends, as the engine makes it.
  private func transmissions(_ count: Int) throws -> ContiguousArray<Transmission> {
    var table = SessionTable(seed: 1)
    var effects = Effects()
    for slot in 0..<count {
      let path = SessionPath(peer: .v4(IPv4Address(0x7F09_0001 + UInt32(slot))), local: Self.host)
      let added = try table.add(
        path, parameters: plan(slot).parameters, now: .zero)
      #expect(added == slot)
    }
    table.advance(now: .zero + .seconds(5), effects: &effects)
    #expect(Set(effects.transmissions.map(\.slot)).count == count)
    return effects.transmissions
  }

  @Test("the first sessions have source ports of their own, those beyond share one; who sends otherwise has another")
  func ports() throws {
    let own = Outlets.ownLimit
    var (outlets, ports) = try opened(own + 3)
    #expect(Set(ports[..<own]).count == own)
    #expect(Set(ports[own...]).count == 1)
    #expect(!ports[..<own].contains(ports[own]))
    #expect(ports.allSatisfy { DatagramSocket.sourcePorts.contains($0) })
    let other = try outlets.open(own + 3, plan(own + 3, dscp: 10), interface: 0, vrf: 0, port: 50_000)
    #expect(!ports.contains(other))
    #expect(try outlets[own + 3]?.dscp == 10 && outlets[own]?.dscp == 48)
  }

  @Test("what is closed is there for the next; a shared socket ends with its last session")
  func close() throws {
    let own = Outlets.ownLimit
    var (outlets, ports) = try opened(own + 2)
    outlets.close(3)
    #expect(outlets[3] == nil)
    #expect(try outlets.open(3, plan(3), interface: 0, vrf: 0, port: ports[3]) == ports[3])
    #expect(outlets[3]?.shared == nil)
    weak let shared = outlets[own]?.shared
    outlets.close(own)
    #expect(shared != nil && outlets[own + 1]?.shared === shared)
    outlets.close(own + 1)
    #expect(shared == nil)
  }

  @Test("a change of marking stays on the session's own socket, and leaves a shared one")
  func adapt() throws {
    let own = Outlets.ownLimit
    let (outlets, _) = try opened(own + 2)
    #expect(try outlets.adapt(0, to: plan(0, dscp: 10)))
    #expect(try outlets[0]?.dscp == 10)
    #expect(try !outlets.adapt(own, to: plan(own, dscp: 10)))
    #expect(try outlets[own]?.dscp == 48)
  }

  @Test("what the kernel refuses is told of its session, once, and the others' packets leave")
  func failure() throws {
    let count = Outlets.ownLimit + 100
    var (outlets, _) = try opened(count)
    let refused = Outlets.ownLimit + 70
    // An interface that is not there: the kernel does not let packets leave by it.
    let broken = try plan(refused)
    _ = try outlets.open(refused, broken, interface: 0x00FF_FFFF, vrf: 0, port: 50_000)
    let transmissions = try transmissions(count)
    for isFirst in [true, false] {
      var failures: [(slot: Int, isNews: Bool)] = []
      outlets.send(transmissions) { slot, _, isNews in failures.append((slot, isNews)) }
      #expect(failures.map(\.slot) == [refused])
      #expect(failures.first?.isNews == isFirst)
      #expect(outlets[refused]?.error != nil)
    }
    _ = try outlets.open(refused, broken, interface: 0, vrf: 0, port: 50_000)
    outlets.send(transmissions) { slot, _, _ in Issue.record("not sent: \(slot)") }
  }

  @Test("packets leave from source_ip, with an interface and without, by an own socket and by a shared one")
  func source() throws {
    // 127/8 is local to the loopback interface; the routes would prefer 127.0.0.1.
    let source = IPAddress.v4(IPv4Address(0x7F00_0009))
    // The port of multihop, for no other test listens there.
    let receiver = try DatagramSocket.receiver(.ipv4, port: PathKind.multihop.port, address: Self.host)
    let batch = try ReceiveBatch(capacity: 64, slotSize: 64)
    var outlets = Outlets()
    for slot in 0..<Outlets.ownLimit + 2 {
      let plan = try bfddTests.plan("n\(slot)", Self.host) {
        $0.source = source
        $0.multihop = true
      }
      _ = try outlets.open(slot, plan, interface: UInt32(slot % 2), vrf: 0, port: 50_000)
    }
    let sent = try transmissions(Outlets.ownLimit + 2).filter { $0.slot < 2 || $0.slot >= Outlets.ownLimit }
    outlets.send(ContiguousArray(sent)) { slot, error, _ in Issue.record("\(slot): \(error)") }
    #expect(try receiver.receive(into: batch, at: ClockSample.now()) == 4)
    batch.forEach { datagram, _ in #expect(datagram.source.address == source) }
  }

  @Test("sending allocates nothing in steady state")
  func allocations() throws {
    let count = Outlets.ownLimit + 200
    let (outlets, _) = try opened(count)
    let transmissions = try transmissions(count)
    var failures = 0
    for _ in 0..<3 { outlets.send(transmissions) { _, _, _ in failures += 1 } }
    let before = baton_allocations()
    for _ in 0..<50 { outlets.send(transmissions) { _, _, _ in failures += 1 } }
    #expect(baton_allocations() - before == 0)
    #expect(failures == 0)
  }
}
