import ControlInterface
import NetPrimitives
import Testing

@testable import vrrpd

@Suite("Foreign routers") struct ForeignRoutersTests {
  private func record(
    _ table: inout ForeignRouters, _ source: String, vrid: UInt8, priority: UInt8 = 100, second: UInt64
  ) {
    let message: [UInt8] = [0x31, vrid, priority, 1]
    table.record(
      message.span, from: address(source), interface: 2, kind: .unknownVRID,
      at: Instant(nanoseconds: second * 1_000_000_000))
  }

  private func list(_ table: ForeignRouters) -> [ForeignRouter] {
    let now = TimeOfDay(now: Instant(nanoseconds: 100_000_000_000), wallClock: 1_000_000_000_000)
    return table.list(interface: { $0 == 2 ? "eth0" : nil }, at: now)
  }

  @Test("a router is one line, with what it said last")
  func oneLineEach() throws {
    var table = ForeignRouters()
    record(&table, "192.0.2.9", vrid: 7, second: 1)
    record(&table, "192.0.2.9", vrid: 7, priority: 150, second: 5)
    record(&table, "192.0.2.9", vrid: 3, second: 2)
    let routers = list(table)
    #expect(routers.map(\.vrid) == [3, 7] && routers.map(\.count) == [1, 2])
    let router = try #require(routers.last)
    #expect(router.priority == 150 && router.version == 3 && router.interface == "eth0")
    #expect(router.lastSeen - router.firstSeen == 4_000_000)
  }

  @Test("a flood of senders fills the table and no more, and the latest are kept")
  func bounded() {
    var table = ForeignRouters()
    for number in 1...250 { record(&table, "192.0.2.\(number)", vrid: 1, second: UInt64(number)) }
    let routers = list(table)
    #expect(routers.count == ForeignRouters.capacity)
    #expect(routers.contains { $0.source == "192.0.2.250" } && !routers.contains { $0.source == "192.0.2.1" })
  }

  @Test("what is too short to say anything is left out")
  func short() {
    var table = ForeignRouters()
    table.record([0x31, 7].span, from: address("192.0.2.9"), interface: 2, kind: .unknownVRID, at: .zero)
    #expect(list(table).isEmpty)
  }
}
