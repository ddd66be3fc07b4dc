import LinuxIO
import KeepalivedConfig
import NetPrimitives
import Testing

@testable import bfdd

@Suite("Path resolution") struct PathResolutionTests {
  private static let linkLocal = IPAddress("fe80::1") ?? own
  private static let ownLinkLocal = IPAddress("fe80::2") ?? own

  private static let elsewhere = IPAddress.v4(IPv4Address(0x0A00_0001))

  @Test(
    "a single hop without interface is bound to the link whose subnet holds the neighbor", arguments: [true, false])
  func subnet(hasSource: Bool) throws {
    let key = try plan("b") { if hasSource { $0.source = own } }.key
    let addresses = [address(2, Self.elsewhere), address(5, own)]
    #expect(resolve(key, links: [link(2), link(5)], addresses: addresses) == .available(interface: 5))
    // Its link is down, or has lost the subnet: the other one is no way.
    let down = [link(2), link(5, isUp: false)]
    guard case .waiting = resolve(key, links: down, addresses: addresses) else {
      Issue.record("a session left the link of its neighbor")
      return
    }
    let lost = [address(2, Self.elsewhere)]
    guard case .waiting = resolve(key, links: [link(2), link(5)], addresses: lost, bound: 5) else {
      Issue.record("a session left the link of its neighbor")
      return
    }
    // It follows the subnet to another interface, such as a bridge.
    let moved = [address(2, Self.elsewhere), address(7, own)]
    #expect(resolve(key, links: [link(2), link(7)], addresses: moved, bound: 5) == .available(interface: 7))
  }

  @Test("without an interface in the neighbor's subnet, and for several hops, the routes decide")
  func routesDecide() throws {
    let key = try plan("b").key
    let undecided = PathResolution.available(interface: 0)
    #expect(resolve(key, links: [], addresses: []) == undecided)
    #expect(resolve(key, links: [link(2)], addresses: [address(2, Self.elsewhere)]) == undecided)
    #expect(resolve(key, links: [link(2)], addresses: [address(2, own, .tentative)]) == undecided)
    let multihop = try plan("b") { $0.multihop = true }.key
    #expect(resolve(multihop, links: [link(2)], addresses: [address(2, own)]) == undecided)
    // A neighbor that is this system is reached by the loopback interface, whatever has the address.
    #expect(resolve(key, links: [link(2)], addresses: [address(2, neighbor)]) == undecided)
  }

  @Test("of several links in the subnet: that with the source, that it had, that of the longest prefix")
  func severalLinks() throws {
    let virtual = IPAddress.v4(IPv4Address(0xC000_02C8))
    let plain = try plan("b").key
    let both = [address(2, virtual), address(5, own)]
    #expect(resolve(plain, links: [link(2), link(5)], addresses: both) == .available(interface: 2))
    #expect(resolve(plain, links: [link(2), link(5)], addresses: both, bound: 5) == .available(interface: 5))
    let sourced = try plan("b") { $0.source = own }.key
    #expect(resolve(sourced, links: [link(2), link(5)], addresses: both, bound: 2) == .available(interface: 5))
    let narrow = try #require(IPPrefix(own, length: 28))
    let addresses = [address(2, virtual), InterfaceAddress(interface: 5, prefix: narrow)]
    #expect(narrow.contains(neighbor))
    #expect(resolve(plain, links: [link(2), link(5)], addresses: addresses) == .available(interface: 5))
    // The address of a virtual router alone is no subnet; the other end of a point-to-point link is.
    let host = try #require(IPPrefix(virtual, length: 32))
    let alone = [InterfaceAddress(interface: 2, prefix: host), address(5, own)]
    #expect(resolve(plain, links: [link(2), link(5)], addresses: alone) == .available(interface: 5))
    let tunnel = InterfaceAddress(interface: 5, prefix: host, peer: neighbor)
    #expect(resolve(plain, links: [link(5)], addresses: [tunnel]) == .available(interface: 5))
  }

  @Test("a source address must be there, on an interface that is up, and usable")
  func source() throws {
    let key = try plan("b") { $0.source = own }.key
    let missing = PathResolution.waiting("no interface that is up has the address \(own)")
    #expect(resolve(key, links: [link(2)], addresses: []) == missing)
    #expect(resolve(key, links: [link(2)], addresses: [address(2, own)]) == .available(interface: 2))
    #expect(resolve(key, links: [link(2, isUp: false)], addresses: [address(2, own)]) == missing)
    #expect(resolve(key, links: [link(2)], addresses: [address(2, own, .tentative)]) == missing)
    #expect(resolve(key, links: [link(2)], addresses: [address(2, own, .dadFailed)]) == missing)
  }

  @Test("a named interface must be there and up, and carry the source address")
  func interface() throws {
    let key = try plan("b") {
      $0.interface = "eth5"
      $0.source = own
    }.key
    #expect(resolve(key, links: [link(2)], addresses: []) == .waiting("there is no interface eth5"))
    #expect(resolve(key, links: [link(5, isUp: false)], addresses: []) == .waiting("interface eth5 is down"))
    #expect(
      resolve(key, links: [link(2), link(5)], addresses: [address(2, own)])
        == .waiting("interface eth5 does not have the address \(own)"))
    #expect(resolve(key, links: [link(2), link(5)], addresses: [address(5, own)]) == .available(interface: 5))
  }

  @Test("a link-local neighbour takes its interface from its name or from the source address")
  func linkLocal() throws {
    let plain = try plan("b", Self.linkLocal).key
    guard case .waiting = resolve(plain, links: [link(2)], addresses: []) else {
      Issue.record("a link-local neighbour without an interface cannot be reached")
      return
    }
    let named = try plan("b", Self.linkLocal) { $0.interface = "eth2" }.key
    #expect(resolve(named, links: [link(2)], addresses: []) == .available(interface: 2))
    let sourced = try plan("b", Self.linkLocal) { $0.source = Self.ownLinkLocal }.key
    let here = address(2, Self.ownLinkLocal)
    let there = address(5, Self.ownLinkLocal)
    #expect(resolve(sourced, links: [link(2), link(5)], addresses: [here]) == .available(interface: 2))
    guard case .waiting = resolve(sourced, links: [link(2), link(5)], addresses: [here, there]) else {
      Issue.record("an ambiguous source address was taken")
      return
    }
  }

  @Test("in a VRF only its interfaces and their addresses count")
  func vrf() throws {
    func vrf(_ index: UInt32 = 9, kind: String = "vrf", isUp: Bool = true) -> Link {
      Link(index: index, name: "red", isUp: isUp, isRunning: isUp, kind: kind)
    }
    func member(_ index: UInt32) -> Link {
      Link(index: index, name: "eth\(index)", isUp: true, isRunning: true, master: 9)
    }
    let key = try plan("b") { $0.vrf = "red" }.key
    #expect(resolve(key, links: [link(2)], addresses: []) == .waiting("there is no VRF red"))
    #expect(resolve(key, links: [vrf(kind: "dummy")], addresses: []) == .waiting("red is no VRF"))
    #expect(resolve(key, links: [vrf(isUp: false)], addresses: []) == .waiting("VRF red is down"))
    #expect(resolve(key, links: [vrf()], addresses: []) == .available(interface: 0, vrf: 9))
    let sourced = try plan("b") {
      $0.vrf = "red"
      $0.source = own
    }.key
    let missing = PathResolution.waiting("no interface that is up has the address \(own)")
    #expect(resolve(sourced, links: [vrf(), link(2)], addresses: [address(2, own)]) == missing)
    #expect(
      resolve(sourced, links: [vrf(), member(2)], addresses: [address(2, own)]) == .available(interface: 2, vrf: 9))
    #expect(resolve(sourced, links: [vrf()], addresses: [address(9, own)]) == .available(interface: 9, vrf: 9))
    // Outside of VRFs their links are none.
    let outside = try plan("b").key
    #expect(resolve(outside, links: [vrf(), member(2)], addresses: [address(2, own)]) == .available(interface: 0))
    let named = try plan("b") {
      $0.vrf = "red"
      $0.interface = "eth2"
    }.key
    #expect(resolve(named, links: [vrf(), link(2)], addresses: []) == .waiting("interface eth2 is not in VRF red"))
    #expect(resolve(named, links: [vrf(), member(2)], addresses: []) == .available(interface: 2, vrf: 9))
    #expect(resolve(named, links: [vrf()], addresses: []) == .waiting("there is no interface eth2"))
  }

  private func resolve(
    _ key: SessionPlan.Key, links: [Link], addresses: [InterfaceAddress], bound: UInt32 = 0
  ) -> PathResolution {
    PathResolution(
      key, links: Dictionary(uniqueKeysWithValues: links.map { ($0.index, $0) }),
      addresses: Dictionary(grouping: addresses, by: \.interface), bound: bound)
  }

  private func link(_ index: UInt32, isUp: Bool = true) -> Link {
    Link(index: index, name: "eth\(index)", isUp: isUp, isRunning: isUp)
  }

  private func address(_ interface: UInt32, _ address: IPAddress, _ flags: AddressFlags = []) -> InterfaceAddress {
    guard let prefix = IPPrefix(address, length: 24) else { preconditionFailure("24 suits both families") }
    return InterfaceAddress(interface: interface, prefix: prefix, flags: flags)
  }
}
