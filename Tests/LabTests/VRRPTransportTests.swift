import LabKit
import NetPrimitives
import Testing

extension LabTests {
  /// Where advertisements come from and how far they may have come.
  @Suite struct VRRPTransport {
    private func configuration(_ lines: String, priority: Int = 100) -> String {
      """
      vrrp_instance VI {
          state BACKUP
          interface eth0
          virtual_router_id 52
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

    private func reload(_ host: Host, _ net: Neighbors, _ configuration: String) throws {
      try host.install(configuration)
      try host.run([net.baton.path("vrrpctl"), "reload"])
    }

    @Test func timeToLiveOfPeers() throws {
      let net = try Neighbors()
      defer { net.lab.destroy() }
      try net.ours.install(
        configuration("unicast_ttl 77\nunicast_peer {\n192.0.2.2\n}", priority: 200))
      try net.theirs.install(configuration("unicast_peer {\n192.0.2.1 min_ttl 78\n}"))
      try net.baton.startVRRP(on: net.ours)
      try net.baton.startVRRP(on: net.theirs)
      try net.wait("what comes from too far is dropped") {
        try net.state(of: net.ours) == "master" && net.state(of: net.theirs) == "master"
          && net.baton.instances(on: net.theirs).allSatisfy { $0.statistics.otherErrors > 0 }
      }
      try reload(net.theirs, net, configuration("unicast_peer {\n192.0.2.1 min_ttl 77 max_ttl 77\n}"))
      try net.wait("the distance is right") {
        try net.state(of: net.ours) == "master" && net.state(of: net.theirs) == "backup"
      }
      // Without peers it is a fault, where that is asked for.
      try reload(
        net.theirs, net, configuration("unicast_src_ip 192.0.2.2\nunicast_fault_no_peer"))
      try net.wait("no peers") { try net.state(of: net.theirs) == "fault" }
    }

    @Test func sourceAddress() throws {
      let net = try Neighbors()
      defer { net.lab.destroy() }
      try net.ours.install(configuration("mcast_src_ip 192.0.2.77"))
      try net.baton.startVRRP(on: net.ours)
      try net.wait("an address that this host does not have is sent from") {
        net.observer.look()
        return net.observer.sightings.contains {
          guard case .advertisement = $0.frame.content else { return false }
          return $0.frame.source == IPAddress("192.0.2.77")
        }
      }
      try reload(net.ours, net, configuration("mcast_src_ip 192.0.2.77\ntrack_src_ip"))
      try net.wait("track_src_ip misses it") { try net.state(of: net.ours) == "fault" }
      try net.ours.run(["ip", "addr", "add", "192.0.2.77/24", "dev", "eth0"])
      try net.wait("track_src_ip finds it") { try net.state(of: net.ours) == "master" }

      try net.ours.run(["ip", "link", "set", "eth0", "down"])
      try net.wait("the interface counts") { try net.state(of: net.ours) == "fault" }
      try reload(net.ours, net, configuration("mcast_src_ip 192.0.2.77\ndont_track_primary"))
      try net.wait("the interface does not count") { try net.state(of: net.ours) == "master" }
    }
  }
}
