import NetPrimitives
import Testing

@testable import KeepalivedConfig

/// The interfaces of use_vmac and their names, which are keepalived's.
@Suite struct VirtualInterfaceTests {
  private func instance(_ name: String, _ identifier: Int, _ lines: String, on interface: String = "eth0") -> String {
    block(name, identifier, lines, on: interface)
  }

  private func interfaces(_ text: String) throws -> [[String]] {
    let loaded = try load(text)
    #expect(loaded.errors.isEmpty, "\(loaded.report)")
    return loaded.configuration.vrrpInstances.map { instance in
      instance.virtualInterfaces.map { interface in
        switch interface.kind {
        case .macvlan(let address): "\(interface.name) \(interface.base) \(address)"
        case .ipvlan(let mode): "\(interface.name) \(interface.base) \(mode)"
        }
      }
    }
  }

  @Test func namesAndAddressesFollowFromTheNumberAndTheFamily() throws {
    let text =
      instance("A", 5, "use_vmac\nvirtual_ipaddress { 192.0.2.1 }")
      + instance("B", 5, "use_vmac\nvirtual_ipaddress { fe80::5 }")
      + instance("C", 5, "use_vmac\nvirtual_ipaddress { 192.0.2.2 }", on: "eth1")
      + instance("D", 255, "use_vmac\nvirtual_ipaddress { fe80::ff }")
      + instance("E", 9, "use_vmac name up0 02:00:00:00:01\nvirtual_ipaddress { 192.0.2.9 }")
      + instance("F", 10, "virtual_ipaddress { 192.0.2.10 }")
    #expect(
      try interfaces(text) == [
        ["vrrp.5 eth0 00:00:5e:00:01:05"], ["vrrp6.5 eth0 00:00:5e:00:02:05"], ["vrrp1.5 eth1 00:00:5e:00:01:05"],
        ["vrrp.255 eth0 00:00:5e:00:02:ff"], ["up0 eth0 02:00:00:00:01:09"], [],
      ])
  }

  @Test func otherInterfacesGetOneWhereTheyAreToHaveOne() throws {
    let addresses = "virtual_ipaddress {\n192.0.2.1 dev eth0\n192.0.2.2 dev eth1\n192.0.2.3 dev eth2 use_vmac\n}"
    let prefix = "global_defs {\nvmac_prefix v\nvmac_addr_prefix w\n}\n"
    #expect(
      try interfaces(prefix + instance("A", 5, "use_vmac\n\(addresses)")) == [
        ["v.5 eth0 00:00:5e:00:01:05", "w.5 eth2 00:00:5e:00:01:05"]
      ])
    let loaded = try load(prefix + instance("A", 5, "use_vmac\nuse_vmac_addr\n\(addresses)"))
    let instance = try #require(loaded.configuration.vrrpInstances.first)
    #expect(instance.virtualAddresses.map(instance.device) == ["v.5", "w.5", "w1.5"])
  }

  @Test func aNameInUseIsIgnoredWithAWarning() throws {
    let text =
      instance("A", 5, "use_vmac up0\nvirtual_ipaddress { 192.0.2.1 }")
      + instance("B", 6, "use_vmac up0\nvirtual_ipaddress { 192.0.2.2 }")
      + instance("C", 7, "use_vmac eth0\nvirtual_ipaddress { 192.0.2.3 }")
      + instance("D", 8, "use_ipvlan up0\nvirtual_ipaddress { 192.0.2.4 }", on: "eth1")
    #expect(
      try interfaces(text) == [
        ["up0 eth0 00:00:5e:00:01:05"], ["vrrp.6 eth0 00:00:5e:00:01:06"], ["vrrp.7 eth0 00:00:5e:00:01:07"],
        ["vrrp.8 eth1 bridge"],
      ])
    #expect(
      try load(text).findings.map(\.message).filter { $0.contains("in use") } == [
        "'B': the name 'up0' is in use by 'A'; its interface gets another one",
        "'C': the name 'eth0' is in use by an instance's interface; its interface gets another one",
        "'D': the name 'up0' is in use by 'A'; its interface gets another one",
      ])
  }

  @Test func anAddressMayNameTheInterfaceOfItsOwnInstance() throws {
    let text = instance("A", 5, "use_vmac\nuse_vmac_addr\nvirtual_ipaddress {\n192.0.2.1 dev vrrp.5\n192.0.2.2\n}")
    #expect(try interfaces(text) == [["vrrp.5 eth0 00:00:5e:00:01:05"]])
    let instance = try #require(try load(text).configuration.vrrpInstances.first)
    #expect(instance.virtualAddresses.map(instance.device) == ["vrrp.5", "vrrp.5"])
  }

  @Test func twoInstancesCannotHaveOneAddressOnOneInterface() throws {
    let loaded = try load(
      instance("A", 5, "use_vmac\nuse_vmac_addr\nvirtual_ipaddress { 192.0.2.1 dev eth1 }")
        + instance("B", 5, "use_vmac\nvirtual_ipaddress { 192.0.2.2 }", on: "eth1"))
    #expect(loaded.errors.contains { $0.message.contains("'B' and 'A' would use the MAC address 00:00:5e:00:01:05") })
  }

  @Test func anIPVLANHasNameAddressAndMode() throws {
    let text =
      instance("A", 5, "use_ipvlan\nvirtual_ipaddress { 192.0.2.1 }")
      + instance("B", 6, "use_ipvlan up0 192.0.2.7/24 vepa\nvirtual_ipaddress { 192.0.2.2 }")
      + instance("C", 7, "use_ipvlan name up1 private\nvirtual_ipaddress { fe80::5 }", on: "eth1")
    #expect(try interfaces(text) == [["vrrp.5 eth0 bridge"], ["up0 eth0 vepa"], ["up1 eth1 private"]])
    let second = try load(text).configuration.vrrpInstances[1]
    #expect(second.sourceAddress == IPAddress("192.0.2.7"))
    #expect(second.excludedAddresses.map(second.device) == ["up0"])
  }

  @Test(arguments: [
    block("A", 5, "use_ipvlan fe80::1\nvirtual_ipaddress { 192.0.2.1 }"),
    block("A", 5, "use_ipvlan 192.0.2.7\nno_accept\nvirtual_ipaddress { 192.0.2.1 }"),
    block("A", 5, "use_ipvlan 192.0.2.7\nunicast_peer { 192.0.2.2 }\nvirtual_ipaddress { 192.0.2.1 }"),
    block("A", 5, "use_ipvlan\nvirtual_ipaddress { 192.0.2.1 }")
      + block("B", 6, "use_vmac\nvirtual_ipaddress { 192.0.2.2 }"),
  ])
  func whatDoesNotGoWithAnIPVLAN(_ text: String) throws {
    #expect(try load(text).errors.count == 1)
  }
}

private func block(_ name: String, _ identifier: Int, _ lines: String, on interface: String = "eth0") -> String {
  "vrrp_instance \(name) {\ninterface \(interface)\nvirtual_router_id \(identifier)\n\(lines)\n}\n"
}
