import LabKit
import NetPrimitives
import Testing

extension LabTests {
  /// More addresses than fit into a frame.
  @Suite struct AdvertisementSize {
    private func configuration(_ family: AddressFamily, version: Int, count: Int, priority: Int) -> String {
      let addresses = (1...count).map { family == .ipv4 ? "198.51.100.\($0)/32" : "2001:db8:1::\($0)/128" }
      return """
        vrrp_instance VI {
            state BACKUP
            interface eth0
            virtual_router_id 55
            version \(version)
            priority \(priority)
            advert_int 1
            virtual_ipaddress {
                \(addresses.joined(separator: "\n"))
            }
        }

        """
    }

    private static func last(_ family: AddressFamily, _ count: Int) throws -> IPAddress {
      try #require(IPAddress(family == .ipv4 ? "198.51.100.\(count)" : "2001:db8:1::\(count)"))
    }

    /// keepalived accepts only as many addresses as it advertises itself.
    @Test(arguments: [(AddressFamily.ipv6, 3, 100, 1_500), (.ipv4, 2, 255, 576)], [true, false])
    func withKeepalived(_ pair: (family: AddressFamily, version: Int, count: Int, mtu: Int), isBetter: Bool) throws {
      let net = try Neighbors()
      defer { net.lab.destroy() }
      for host in [net.ours, net.theirs] {
        try host.run(["ip", "link", "set", "eth0", "mtu", "\(pair.mtu)"])
        let isOurs = host === net.ours
        try host.install(
          configuration(
            pair.family, version: pair.version, count: pair.count, priority: isOurs == isBetter ? 200 : 100))
      }
      let last = try Self.last(pair.family, pair.count)
      let (better, worse) = isBetter ? (net.ours, net.theirs) : (net.theirs, net.ours)
      func start(_ host: Host) throws {
        if host === net.ours { try net.baton.startVRRP(on: host) } else { try host.startKeepalived() }
      }
      try start(worse)
      try net.wait("the first one is alone") { try worse.has(last) }
      try start(better)
      try net.wait("the better one alone has the last address") { try better.has(last) && !worse.has(last) }
      for _ in 0..<20 {
        try Wait.pause(.milliseconds(50))
        #expect(try better.has(last) && !worse.has(last), "\(net.lab.logs())")
      }
    }

    /// The number of addresses is decided when the file is read: 255 for a large MTU, which then arrive in fragments.
    @Test func whatTheProtocolAllowsIsReceived() throws {
      let net = try Neighbors()
      defer { net.lab.destroy() }
      let last = try Self.last(.ipv6, 255)
      try net.theirs.run(["ip", "link", "set", "eth0", "mtu", "9000"])
      try net.theirs.install(configuration(.ipv6, version: 3, count: 255, priority: 200))
      try net.baton.startVRRP(on: net.theirs)
      try net.wait("the first is master") { try net.theirs.has(last) }
      try net.theirs.run(["ip", "link", "set", "eth0", "mtu", "1500"])
      try net.ours.install(configuration(.ipv6, version: 3, count: 255, priority: 100))
      try net.baton.startVRRP(on: net.ours)
      try net.wait("the other hears it") {
        try net.baton.instances(on: net.ours).contains {
          $0.state == "backup" && $0.statistics.advertisementRcvd > 3
        }
      }
      #expect(try !net.ours.has(last))
      #expect(
        net.lab.logs().contains("MTU 1500 now: 255 addresses are advertised as before, and 89 after the next reload"))
      #expect(net.lab.logs().contains("has room for 89 of its 255 addresses"))
    }
  }
}
