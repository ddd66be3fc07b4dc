import NetPrimitives
import Testing

@testable import KeepalivedConfig

/// `vrf` instead of an interface.
@Suite struct VRFTests {
  private func load(_ lines: String) throws -> LoadedConfiguration {
    try KeepalivedConfigTests.load("vrrp_instance A {\nvirtual_router_id 5\n\(lines)\n}\n")
  }

  @Test func aVRFStandsForTheInterface() throws {
    let loaded = try load("vrf red\nunicast_peer { 192.0.2.2 }\nvirtual_ipaddress {\n192.0.2.9\n192.0.2.8 dev eth0\n}")
    #expect(loaded.problems.isEmpty, "\(loaded.report)")
    let instance = try #require(loaded.configuration.vrrpInstances.first)
    #expect(instance.interface == "red" && instance.vrf == "red")
    #expect(instance.virtualAddresses.map(instance.device) == ["red", "eth0"])
  }

  @Test(arguments: [
    ("vrf red\nvirtual_ipaddress { 192.0.2.9 }", "vrf needs unicast_peer"),
    ("vrf red\nunicast_peer { fe80::2 }\nvirtual_ipaddress { fe80::9 }", "such an address needs 'interface'"),
    ("vrf red\nuse_vmac\nunicast_peer { 192.0.2.2 }", "use_vmac needs 'interface'"),
    ("vrf red\ninterface eth0\nunicast_peer { 192.0.2.2 }", "exclude each other"),
    ("unicast_peer { 192.0.2.2 }", "has no interface"),
  ])
  func whatNeedsAWireNeedsAnInterface(lines: String, expected: String) throws {
    let errors = try load(lines).errors
    #expect(errors.count == 1 && "\(errors)".contains(expected), "\(errors)")
  }
}
