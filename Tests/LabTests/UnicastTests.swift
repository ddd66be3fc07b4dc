import LabKit
import LinuxIO
import NetPrimitives
import Testing

extension LabTests {
  /// Unicast keywords without a usable peer or source: a router that cannot hear the others never has the address.
  @Suite struct Unicast {
    private func configuration(_ lines: String, priority: Int) -> String {
      """
      vrrp_instance VI {
          state BACKUP
          virtual_router_id 54
          version 3
          priority \(priority)
          advert_int 0.1
          \(lines)
          virtual_ipaddress {
              192.0.2.100/24
          }
      }

      """
    }

    private static let address = IPAddress("192.0.2.100")

    /// keepalived ignores unicast keywords where no peer is left, and Baton with it.
    @Test(arguments: ["unicast_src_ip 192.0.2.%", "unicast_peer {\n@other 192.0.2.9\n}"])
    func withoutPeersItIsMulticast(lines: String) throws {
      let net = try Neighbors()
      defer { net.lab.destroy() }
      func file(_ number: String, priority: Int) -> String {
        let own = lines.split(separator: "%", omittingEmptySubsequences: false).joined(separator: number)
        return configuration("interface eth0\n" + own, priority: priority)
      }
      try net.ours.install(file("1", priority: 200))
      try net.theirs.install(file("2", priority: 100))
      try net.theirs.startKeepalived()
      let address = try #require(Self.address)
      try net.wait("keepalived is alone") { try net.theirs.has(address) }
      let ours = try net.baton.startVRRP(on: net.ours)
      try net.wait("the better one alone has the address") {
        try net.state(of: net.ours) == "master" && !net.theirs.has(address)
      }
      try ours.stop()
      try net.wait("the other hears that it is gone") { try net.theirs.has(address) }
    }

    /// The worse router of a pair, with a source address that is not there yet, or no longer: like keepalived, it does
    /// not take part.
    @Test func aDeafRouterIsInFault() throws {
      let net = try Neighbors()
      defer { net.lab.destroy() }
      try net.ours.install(
        configuration("interface eth0\nunicast_src_ip 192.0.2.77\nunicast_peer { 192.0.2.2 }", priority: 50))
      try net.theirs.install(
        configuration("interface eth0\nunicast_src_ip 192.0.2.2\nunicast_peer { 192.0.2.77 }", priority: 100))
      try net.theirs.startKeepalived()
      let address = try #require(Self.address)
      try net.wait("keepalived is master") { try net.theirs.has(address) }
      try net.baton.startVRRP(on: net.ours)
      try net.wait("it cannot hear keepalived") { try net.state(of: net.ours) == "fault" }
      for _ in 0..<2 {
        try net.ours.run(["ip", "addr", "add", "192.0.2.77/24", "dev", "eth0"])
        try net.wait("it can") { try net.state(of: net.ours) == "backup" }
        try net.wait("and does") {
          try net.baton.instances(on: net.ours).map(\.masterAddress) == ["192.0.2.2"]
        }
        try net.ours.run(["ip", "addr", "del", "192.0.2.77/24", "dev", "eth0"])
        try net.wait("it cannot any more") { try net.state(of: net.ours) == "fault" }
        let explanation = try net.ours.run([net.baton.path("vrrpctl"), "explain", "VI"])
        #expect(explanation.contains("the source address 192.0.2.77 is not on this host"), "\(explanation)")
      }
      let history = try net.ours.run([net.baton.path("vrrpctl"), "history", "VI"])
      #expect(!history.contains("-> MASTER"), "\(history)")
    }

    /// While our link is down the master asks in vain for our Ethernet address, and would ask again only after a second:
    /// by then we would have given it up.
    @Test(arguments: AddressFamily.allCases)
    func afterAFaultTheMasterIsHeardAtOnce(family: AddressFamily) throws {
      let net = try Neighbors()
      defer { net.lab.destroy() }
      let (own, peer) = (Neighbors.address(family, 1), Neighbors.address(family, 2))
      func file(_ own: String, _ peer: String, priority: Int) -> String {
        let lines = "priority \(priority)\nunicast_src_ip \(own)\nunicast_peer { \(peer) }"
        return Neighbors.instance("VI", 54, Neighbors.address(family, 100).text, lines)
      }
      try net.ours.install(file(own.bare, peer.bare, priority: 100))
      try net.theirs.install(file(peer.bare, own.bare, priority: 200))
      try net.theirs.startKeepalived()
      let address = try #require(IPAddress(Neighbors.address(family, 100).bare))
      try net.wait("keepalived is master") { try net.theirs.has(address) }
      try net.baton.startVRRP(on: net.ours)
      try net.wait("it is heard") { try net.state(of: net.ours) == "backup" }
      for _ in 0..<5 {
        try net.ours.run(["ip", "link", "set", "eth0", "down"])
        try net.wait("a fault") { try net.state(of: net.ours) == "fault" }
        // The kernel would take a minute for it.
        try net.theirs.run(["ip", "neigh", "flush", "dev", "eth0"])
        try net.wait("our Ethernet address is forgotten") {
          let entry = try net.theirs.run(["ip", "neigh", "show", own.bare, "dev", "eth0"])
          return !entry.contains("lladdr")
        }
        let heard = try net.baton.instances(on: net.ours).map(\.statistics.advertisementRcvd)
        try net.ours.run(["ip", "link", "set", "eth0", "up"])
        if family == .ipv6 { try net.ours.run(["ip", "addr", "replace", own.text, "dev", "eth0", "nodad"]) }
        try net.wait("the master is heard") {
          let now = try net.baton.instances(on: net.ours)
          return now.map(\.state) == ["backup"] && now.map(\.statistics.advertisementRcvd) != heard
        }
      }
      let history = try net.ours.run([net.baton.path("vrrpctl"), "history", "VI"])
      #expect(!history.contains("-> MASTER"), "\(history)")
    }

    /// Without `interface` the instance lives where its source address is.
    @Test func theInterfaceIsThatOfTheSource() throws {
      let net = try Neighbors()
      defer { net.lab.destroy() }
      try net.ours.run(["ip", "link", "add", "eth1", "type", "veth", "peer", "name", "far1"])
      try net.ours.run(["ip", "link", "set", "eth1", "up"])
      try net.ours.run(["ip", "link", "set", "far1", "up"])
      try net.ours.install(configuration("unicast_src_ip 192.0.2.77\nunicast_peer { 192.0.2.2 }", priority: 200))
      let daemon = try net.baton.startVRRP(on: net.ours)
      try net.wait("the source address is nowhere") { try net.state(of: net.ours) == "fault" }
      func place() throws -> [String] {
        try net.ours.run(["ip", "-o", "addr", "show", "to", "192.0.2.100"]).split(separator: "\n").map {
          String($0.split(separator: " ")[1])
        }
      }
      for (device, other) in [("eth0", "eth1"), ("eth1", "eth0"), ("eth0", "eth1")] {
        if try net.ours.status(["ip", "addr", "del", "192.0.2.77/24", "dev", other]).status == 0, device == "eth0" {
          try net.wait("the source address is nowhere") { try net.state(of: net.ours) == "fault" && place() == [] }
        }
        try net.ours.run(["ip", "addr", "add", "192.0.2.77/24", "dev", device])
        try net.wait("it is on \(device)") { try net.state(of: net.ours) == "master" && place() == [device] }
        #expect(try net.baton.instances(on: net.ours).map(\.interface) == [device])
        daemon.send(.hangUp)
      }
      let text = try net.ours.run([net.baton.path("vrrpctl"), "show"])
      #expect(text.contains("MASTER"), "\(text)")
    }
  }
}
