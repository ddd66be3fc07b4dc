import LabKit
import LinuxIO
import NetPrimitives
import Testing

extension LabTests {
  /// `no_accept` and strict mode: who does not own the addresses moves packets, and takes none itself.
  @Suite struct Accept {
    private static let configuration = """
      vrrp_instance V4 {
          interface eth0
          virtual_router_id 5
          version 3
          priority 200
          advert_int 0.1
          no_accept
          virtual_ipaddress {
              192.0.2.100/24
          }
      }
      vrrp_instance V6 {
          interface eth0
          virtual_router_id 6
          version 3
          priority 200
          advert_int 0.1
          strict_mode
          virtual_ipaddress {
              fe80::100/64
              2001:db8::100/64
          }
      }

      """

    @Test func pingsOfTheAddressesStayUnanswered() throws {
      let baton = try LabTests.baton()
      let lab = try Lab()
      defer { lab.destroy() }
      let host = try lab.addHost("ours", [Interface("eth0", ["192.0.2.1/24", "2001:db8::1/64"])])
      let client = try lab.addHost("client", [Interface("eth0", ["192.0.2.50/24", "2001:db8::50/64"])])
      try host.install(Self.configuration)
      let daemon = try baton.startVRRP(on: host)
      try eventually("both are master", in: lab) {
        try baton.instances(on: host).map(\.state) == ["master", "master"]
      }
      // The addresses are found by ARP and neighbour discovery, and do not answer; the host itself does.
      for address in ["192.0.2.100", "2001:db8::100", "fe80::100%eth0"] {
        #expect(try client.status(["ping", "-c", "2", "-i", "0.2", "-W", "1", address]).status != 0, "\(address)")
        let neighbor = try client.run(["ip", "neigh", "show", "to", String(address.prefix { $0 != "%" })])
        #expect(neighbor.contains("lladdr"), "\(address): \(neighbor)")
      }
      for address in ["192.0.2.1", "2001:db8::1"] {
        try eventually("\(address) answers", in: lab) {
          try client.status(["ping", "-c", "1", "-W", "1", address]).status == 0
        }
      }

      // Accepted again, without a restart.
      try host.install(
        Self.configuration.replacing("no_accept", with: "accept").replacing("strict_mode", with: "strict_mode off"))
      daemon.send(.hangUp)
      for address in ["192.0.2.100", "2001:db8::100"] {
        try eventually("\(address) answers", in: lab) {
          try client.status(["ping", "-c", "1", "-W", "1", address]).status == 0
        }
      }
      #expect(try host.run(["nft", "list", "tables"]) == "", "as after a start with this file")
      try host.install(Self.configuration)
      daemon.send(.hangUp)
      try eventually("it is blocked again", in: lab) {
        try host.run(["nft", "list", "tables"]).contains("baton")
      }
      try daemon.stop()
      #expect(try host.run(["nft", "list", "tables"]) == "")
    }
  }
}
