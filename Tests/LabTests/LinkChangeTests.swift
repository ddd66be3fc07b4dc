import LabKit
import NetPrimitives
import Testing

extension LabTests {
  /// What is done to an interface, and undone, leaves both daemons as they were.
  @Suite struct LinkChanges {
    @Test(arguments: [
      [
        "ip link add br0 type bridge", "ip link set br0 up", "ip link set eth0 master br0", "ip link set eth0 nomaster",
      ],
      ["ip link add br0 type bridge", "ip link set eth0 master br0", "ip link del br0"],
      ["ip link add br0 type bridge", "ip link set eth0 master br0 down", "ip link set eth0 nomaster up"],
      ["ip link set eth0 down", "ip link set eth0 name eth9", "ip link set eth9 name eth0", "ip link set eth0 up"],
      ["ip link set eth0 mtu 1000", "ip link set eth0 mtu 1500"],
    ])
    func areRecoveredFrom(_ commands: [String]) throws {
      let net = try Neighbors()
      defer { net.lab.destroy() }
      for (host, number, priority) in [(net.ours, 1, 200), (net.theirs, 2, 100)] {
        try host.install(
          """
          bfd_instance peer {
              neighbor_ip 192.0.2.\(3 - number)
              source_ip 192.0.2.\(number)
              interface eth0
              min_rx 100
              min_tx 100
              multiplier 5
          }
          vrrp_instance VI {
              interface eth0
              virtual_router_id 5
              version 3
              priority \(priority)
              advert_int 0.1
              virtual_ipaddress { 192.0.2.100/24 }
          }

          """)
        _ = try net.baton.startBFD(on: host)
        _ = try net.baton.startVRRP(on: host)
      }
      func wait(_ occasion: String) throws {
        try eventually("our router is master \(occasion)", in: net.lab) {
          try net.baton.instances(on: net.ours).map(\.state) == ["master"]
            && net.baton.instances(on: net.theirs).map(\.state) == ["backup"]
            && net.ours.has(try #require(IPAddress("192.0.2.100")))
        }
        try net.waitForSession("up")
      }
      try wait("at first")
      for command in commands { try net.ours.run(["sh", "-ec", command]) }
      try wait("after \(commands.joined(separator: ", "))")
      #expect(try net.ours.status(["ping", "-c", "1", "-W", "5", "192.0.2.2"]).status == 0)
    }
  }
}
