import LinuxIO
import NetPrimitives
import Testing

@testable import vrrpd

@Suite("Leftovers") struct LeftoversTests {
  private func address(_ last: Int, origin: UInt8?) throws -> InterfaceAddress {
    InterfaceAddress(interface: 2, prefix: try #require(IPPrefix("192.0.2.\(last)/24")), origin: origin)
  }

  private func found(_ leftovers: Leftovers, _ addresses: [InterfaceAddress]) -> [InterfaceAddress] {
    leftovers.find(among: addresses) { $0 == 2 ? "eth0" : nil }
  }

  private let recorded: Set<String> = ["eth0 192.0.2.1/24", "eth0 192.0.2.9/24", "eth1 192.0.2.2/24"]

  @Test("alone, every marked address is a leftover; beside another vrrpd, only those of the record")
  func marked() throws {
    let all = try [address(1, origin: 112), address(2, origin: 112), address(9, origin: nil), address(3, origin: 3)]
    #expect(found(Leftovers(recorded: recorded, isAlone: true), all) == [all[0], all[1]])
    #expect(found(Leftovers(recorded: recorded, isAlone: false), all) == [all[0]])
    #expect(found(Leftovers(recorded: [], isAlone: false), all).isEmpty)
  }

  @Test("where the kernel keeps no marks the record decides")
  func unmarked() throws {
    let all = try [address(1, origin: nil), address(2, origin: nil)]
    #expect(found(Leftovers(recorded: recorded, isAlone: true), all) == [all[0]])
    #expect(found(Leftovers(recorded: [], isAlone: true), all).isEmpty)
  }

  @Test("settings are those of interfaces that the record names, with the value before")
  func settings() {
    let recorded = [
      AddressRecord.name(ofSetting: "ipv4/conf/eth0/arp_ignore", before: "0", value: "1"), "eth0 192.0.2.1/24",
      "setting ../kernel/panic 0 1", "setting ipv4/conf/../../kernel/panic 0 1", "setting ipv4/conf/eth0/arp_ignore 0",
    ]
    let found = Leftovers(recorded: Set(recorded), isAlone: true).settings
    #expect(found.map { [$0.path, $0.before, $0.value] } == [["ipv4/conf/eth0/arp_ignore", "0", "1"]])
  }

  @Test("routes and rules are leftovers only if the record names them, as the kernel lists them")
  func routing() throws {
    var route = Route(family: .ipv6, table: 5, origin: 18)
    route.destination = IPPrefix("2001:db8::/32")
    route.hops = [Route.Hop()]
    route.hops[0].gateway = IPAddress("2001:db8::9")
    var rule = RoutingRule(family: .ipv4, action: .table(5), origin: 18)
    rule.priority = 9
    var holdings = Holdings()
    holdings.routes = [.init(object: route, isTracked: true)]
    holdings.rules = [.init(object: rule, isTracked: true)]
    let recorded = AddressRecord.names(of: holdings, link: [:])
    #expect(recorded.count == 2)
    // The kernel tells the metric that it chose; of the hops nothing is looked at.
    var listed = route
    listed.hops = []
    listed.metric = 1_024
    var other = listed
    other.table = 6
    let leftovers = Leftovers(recorded: Set(recorded), isAlone: true)
    #expect(leftovers.hasRouting)
    #expect(leftovers.find(among: [listed, other]) == [listed])
    var otherRule = rule
    otherRule.priority = 10
    #expect(leftovers.find(among: [rule, otherRule]) == [rule])
    #expect(!Leftovers(recorded: ["eth0 192.0.2.1/24"], isAlone: true).hasRouting)
  }
}
