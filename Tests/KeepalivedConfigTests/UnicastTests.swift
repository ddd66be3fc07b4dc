import NetPrimitives
import Testing

@testable import KeepalivedConfig

/// Unicast keywords that lack what makes them work, and instances without `interface`.
@Suite struct UnicastTests {
  private func load(_ lines: String) throws -> LoadedConfiguration {
    try KeepalivedConfigTests.load(
      "vrrp_instance A {\nvirtual_router_id 5\nvirtual_ipaddress { 192.0.2.9 }\n\(lines)\n}\n")
  }

  /// As in keepalived: no peer, no unicast.
  @Test(arguments: [
    ("unicast_src_ip 192.0.2.1", "unicast_src_ip without any unicast_peer: 'A' sends its adverts by multicast"),
    ("unicast_peer {\n}", "unicast_peer names no peer: 'A' sends its adverts by multicast"),
    (
      "unicast_peer {\n@other 192.0.2.2\n}\nunicast_src_ip 192.0.2.1",
      "unicast_src_ip without any unicast_peer: 'A' sends its adverts by multicast"
    ),
  ])
  func withoutPeersItIsMulticast(lines: String, warning: String) throws {
    let loaded = try load("interface eth0\n" + lines)
    #expect(loaded.errors.isEmpty, "\(loaded.report)")
    #expect(loaded.problems.map(\.message).contains { $0.hasPrefix(warning) }, "\(loaded.report)")
    #expect(try #require(loaded.configuration.vrrpInstances.first).isUnicast == false)
  }

  @Test(arguments: ["unicast_src_ip 192.0.2.1\nunicast_fault_no_peer", "unicast_fault_no_peer"])
  func orAFaultWhereThatIsWanted(lines: String) throws {
    let loaded = try load("interface eth0\n" + lines)
    #expect(loaded.errors.isEmpty, "\(loaded.report)")
    let instance = try #require(loaded.configuration.vrrpInstances.first)
    #expect(instance.isUnicast && instance.faultWithoutPeers && instance.unicastPeers.isEmpty)
  }

  @Test func keywordsThatOnlyConcernPeersSayNothing() throws {
    let loaded = try load("interface eth0\ncheck_unicast_src\nold_unicast_checksum never")
    #expect(loaded.problems.isEmpty, "\(loaded.report)")
    #expect(loaded.configuration.vrrpInstances.map(\.isUnicast) == [false])
  }

  @Test func thePeerThatIsTheRouterItself() throws {
    let loaded = try load("interface eth0\nunicast_src_ip 192.0.2.1\nunicast_peer {\n192.0.2.1\n192.0.2.2\n}")
    #expect(loaded.errors.isEmpty)
    #expect(
      loaded.problems.map(\.message) == [
        "the peer '192.0.2.1' is this router's own unicast_src_ip: nothing is sent to it"
      ])
  }

  @Test func theSourceSaysWhichInterface() throws {
    let loaded = try load("unicast_src_ip 192.0.2.1\nunicast_peer { 192.0.2.2 }\nuse_vmac")
    #expect(loaded.errors.isEmpty, "\(loaded.report)")
    #expect(loaded.problems.map(\.message) == ["use_vmac has no effect without 'interface'"])
    let instance = try #require(loaded.configuration.vrrpInstances.first)
    #expect(instance.followsSourceAddress && instance.interface.isEmpty)
    #expect(instance.virtualMAC == nil && instance.virtualInterfaces.isEmpty)
  }

  /// What cannot be placed by its source.
  @Test(arguments: [
    "unicast_src_ip 192.0.2.1", "unicast_peer { 192.0.2.2 }", "mcast_src_ip 192.0.2.1",
    "unicast_src_ip 192.0.2.1\nunicast_peer {\n}",
    "native_ipv6\nvirtual_ipaddress { fe80::9 }\nunicast_src_ip fe80::1\nunicast_peer { fe80::2 }",
  ])
  func elseAnInterfaceIsNeeded(lines: String) throws {
    let loaded = try load(lines)
    #expect(loaded.errors.contains { $0.message.contains("has no interface") }, "\(loaded.report)")
  }

  @Test func twoOfThemMustDiffer() throws {
    let second = { (peer: String) in
      """
      vrrp_instance B {
      virtual_router_id 5
      unicast_src_ip 192.0.2.1
      unicast_peer { \(peer) }
      virtual_ipaddress { 192.0.2.8 }
      }
      """
    }
    let first = "unicast_src_ip 192.0.2.1\nunicast_peer { 192.0.2.2 }\n}\n"
    #expect(try load(first + String(second("192.0.2.3").dropLast(2))).errors.isEmpty)
    let loaded = try load(first + String(second("192.0.2.2").dropLast(2)))
    #expect(
      loaded.errors.map(\.message) == [
        "vrrp_instance 'B' and 'A' have the same virtual_router_id 5 on the interface of 192.0.2.1"
      ])
  }
}
