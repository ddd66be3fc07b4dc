import LinuxIO
import NetPrimitives
import Testing
import VRRPCore

@testable import KeepalivedConfig
@testable import vrrpd

struct HoldingsTests {
  private func link(_ name: String) -> Link? {
    switch name {
    case "eth0": Link(index: 2, name: name, isUp: true, isRunning: true)
    case "blue": Link(index: 9, name: name, isUp: true, isRunning: true, kind: "vrf", routingTable: 10)
    default: nil
    }
  }

  private func holdings(_ addresses: [AddressEntry] = [], _ routes: [RouteEntry] = []) -> Holdings {
    Holdings(addresses: addresses, routes: routes, rules: [], link: link, device: { $0.device ?? "eth0" })
  }

  @Test func everyOptionOfAnAddressReachesTheKernel() throws {
    var entry = entry("2001:db8::1")
    entry.peer = IPPrefix("2001:db8::2/64")
    entry.isHomeAddress = true
    entry.managesTemporaryAddresses = true
    entry.noPrefixRoute = true
    entry.autoJoin = true
    entry.preferredLifetime = .seconds(30)
    entry.noTrack = true
    let item = try #require(holdings([entry]).addresses.first)
    #expect(!item.isTracked)
    #expect(item.object.flags == [.homeAddress, .managesTemporary, .noPrefixRoute, .autoJoin])
    // The prefix is that of the other end.
    #expect(item.object.prefix == IPPrefix("2001:db8::1/64") && item.object.peer == IPAddress("2001:db8::2"))
    #expect(item.object.preferredLifetime == 30)
  }

  /// keepalived advertises an address as often as it is listed, and the other routers count.
  @Test func anAddressThatIsListedTwiceIsHeldOnceAndAdvertisedTwice() {
    let instance = instance {
      $0.virtualAddresses = [entry("192.0.2.16/24"), entry("192.0.2.17/24"), entry("192.0.2.17/24")]
    }
    #expect(holdings(instance.allAddresses).addresses.map { "\($0.object.address)" } == ["192.0.2.16", "192.0.2.17"])
    let router = RouterConfiguration(instance, global: GlobalDefinitions())
    #expect(router.addresses.map { "\($0)" } == ["192.0.2.16", "192.0.2.17", "192.0.2.17"])
  }

  @Test func aRouteOfAVRFGoesToItsTable() {
    func entry(_ vrf: String) -> RouteEntry {
      RouteEntry(route: Route(family: .ipv4, origin: VirtualRouting.origin), vrf: vrf, location: somewhere)
    }
    let holdings = holdings([], [entry("blue"), entry("red")])
    #expect(holdings.routes.map(\.object.table) == [10], "a VRF that does not exist has no table")
  }
}
