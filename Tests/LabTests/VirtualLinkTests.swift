import LabKit
import NetPrimitives
import Testing

extension LabTests {
  /// The interface of `use_vmac`: who names it, and what happens to it.
  @Suite struct VirtualLinks {
    private static let mac = "00:00:5e:00:01:33"

    private static func instance(_ priority: Int = 100, _ lines: String = "") -> String {
      """
      vrrp_instance A {
          interface eth0
          virtual_router_id 51
          version 3
          advert_int 0.1
          priority \(priority)
          use_vmac vrrp.51
          \(lines)
          virtual_ipaddress { 192.0.2.100/24 }
      }

      """
    }

    /// The state of each instance, and what of `192.0.2.100` and `203.0.113.0/24` the host has.
    private func waitForMaster(_ net: Neighbors, _ count: Int = 1) throws {
      try net.wait("master, with the address on the virtual interface") {
        try net.baton.instances(on: net.ours).map(\.state) == Array(repeating: "master", count: count)
          && net.ours.status(["ip", "-o", "addr", "show", "dev", "vrrp.51", "up"]).output.contains(" 192.0.2.100/24 ")
      }
    }

    private static let itself: [(String, String)] = [
      ("an address", instance().replacing("192.0.2.100/24", with: "192.0.2.100/24 dev vrrp.51")),
      ("a route", instance(100, "virtual_routes { 203.0.113.0/24 via 192.0.2.9 dev vrrp.51 }")),
      ("a track", instance(100, "track_interface { vrrp.51 }")),
      ("a track with a weight", instance(100, "track_interface { vrrp.51 weight 10 }")),
      ("a group", instance() + "vrrp_sync_group G { group { A } track_interface { vrrp.51 } }\n"),
    ]

    @Test(arguments: itself)
    func anInstanceMayNameItsOwn(_ place: String, _ configuration: String) throws {
      let net = try Neighbors()
      defer { net.lab.destroy() }
      try net.ours.install(configuration)
      let daemon = try net.baton.startVRRP(on: net.ours)
      try waitForMaster(net)
      if place == "a route" {
        #expect(try net.ours.run(["ip", "route", "show", "203.0.113.0/24"]).contains("dev vrrp.51"))
      }
      // Where the base interface fails, so does what it carries.
      try net.ours.run(["ip", "link", "set", "eth0", "down"])
      try net.wait("fault") { try net.baton.instances(on: net.ours).map(\.state) == ["fault"] }
      try net.ours.run(["ip", "link", "set", "eth0", "up"])
      try waitForMaster(net)
      try daemon.stop()
      #expect(try !net.ours.run(["ip", "-o", "link"]).contains("vrrp"))
    }

    @Test func oneNameForTwoInstances() throws {
      let net = try Neighbors()
      defer { net.lab.destroy() }
      let second = Self.instance().replacing("_instance A", with: "_instance B").replacing("_id 51", with: "_id 52")
        .replacing("2.100", with: "2.101")
      try net.ours.install(Self.instance() + second)
      let daemon = try net.baton.startVRRP(on: net.ours)
      try waitForMaster(net, 2)
      #expect(try net.ours.run(["ip", "-o", "addr", "show", "dev", "vrrp.52"]).contains(" 192.0.2.101/24 "))
      #expect(daemon.output.count(of: "made on eth0") == 2)
      #expect(daemon.output.contains("'B': the name 'vrrp.51' is in use by 'A'"))
      try daemon.stop()
      #expect(try !net.ours.run(["ip", "-o", "link"]).contains("vrrp"))
    }

    /// A static route over it is there on a backup, too, which hears its master and sends nothing with the virtual MAC
    /// address, whoever the master is.
    @Test(arguments: AddressFamily.allCases)
    func aStaticRouteIsThereOnABackup(_ family: AddressFamily) throws {
      let net = try Neighbors()
      defer { net.lab.destroy() }
      let address = Neighbors.address(family, 100)
      let mac = family == .ipv4 ? Self.mac : "00:00:5e:00:02:33"
      func configuration(_ priority: Int) -> String {
        Self.instance(priority).replacing(
          "192.0.2.100/24", with: family == .ipv4 ? address.text : "fe80::100/64\n\(address.text)")
      }
      let destination = family == .ipv4 ? "203.0.113.0/24" : "2001:db8:113::/48"
      // A router reports more groups.
      try net.ours.run(["sh", "-c", "echo 1 > /proc/sys/net/ipv6/conf/all/forwarding"])
      try net.theirs.install(configuration(200))
      let theirs = try net.theirs.startKeepalived()
      try net.wait("keepalived is master") { try net.theirs.has(try #require(IPAddress(address.bare))) }
      try net.ours.install(configuration(50) + "static_routes { \(destination) dev vrrp.51 metric 50 }\n")
      let ours = try net.baton.startVRRP(on: net.ours)
      func route() throws -> String {
        try net.ours.run(["ip", family == .ipv4 ? "-4" : "-6", "route", "show", destination])
      }
      try net.wait("the route is there") { try route().contains("dev vrrp.51") }
      try net.wait("backup") { try net.baton.instances(on: net.ours).map(\.state) == ["backup"] }
      #expect(!ours.output.contains("cannot"))
      // The interface goes down and up, which would be reported, and its master goes on being heard.
      try net.ours.run(["ip", "link", "set", "vrrp.51", "down"])
      try net.wait("the interface is up again, with the route") {
        try net.ours.run(["ip", "-o", "link", "show", "vrrp.51", "up"]).contains("vrrp.51")
          && route().contains("vrrp.51")
      }
      let heard = try net.baton.instances(on: net.ours).map(\.statistics.advertisementRcvd).reduce(0, +)
      try net.wait("twenty more advertisements are heard") {
        try net.baton.instances(on: net.ours).map(\.statistics.advertisementRcvd).reduce(0, +) > heard + 20
      }
      #expect(try net.baton.instances(on: net.ours).map(\.state) == ["backup"])
      net.observer.look()
      let leaked = net.observer.sightings.filter {
        !$0.isDelivered && $0.host == "ours" && "\($0.frame.sourceMAC)" == mac
      }
      #expect(leaked.map { "\($0.frame.content)" } == [])

      // And it takes over.
      try theirs.stop()
      try net.wait("master") { try net.baton.instances(on: net.ours).map(\.state) == ["master"] }
      #expect(try net.theirs.status(["ping", "-c", "1", "-W", "5", address.bare]).status == 0)
      #expect(try route().contains("dev vrrp.51"))
      try ours.stop()
      #expect(try !net.ours.run(["ip", "-o", "link"]).contains("vrrp"))
    }

    @Test(arguments: ["", "unicast_src_ip 192.0.2.1\n unicast_peer { 192.0.2.2 }"])
    func isSetUpAgainWhereSomebodySetsItDown(_ transport: String) throws {
      let net = try Neighbors()
      defer { net.lab.destroy() }
      try net.ours.install(Self.instance(200, transport))
      let opposite = transport.replacing("2.1\n", with: "2.9\n").replacing("{ 192.0.2.2 }", with: "{ 192.0.2.1 }")
        .replacing("2.9\n", with: "2.2\n")
      try net.theirs.install(Self.instance(100, opposite))
      let ours = try net.baton.startVRRP(on: net.ours)
      _ = try net.baton.startVRRP(on: net.theirs)
      try waitForMaster(net)
      for command in [
        "ip link set vrrp.51 down", "ip link del vrrp.51", "ip link set vrrp.51 address 02:00:00:00:00:09",
      ] {
        try net.ours.run(["sh", "-c", command])
        try net.wait("everything as before \(command)") {
          try net.ours.status(["ip", "-o", "addr", "show", "dev", "vrrp.51", "up"]).output.contains(" 192.0.2.100/24 ")
            && net.ours.status(["ip", "link", "show", "vrrp.51"]).output.contains(Self.mac)
            && net.theirs.status(["ping", "-c", "1", "-W", "1", "192.0.2.100"]).status == 0
            && net.baton.instances(on: net.theirs).map(\.state) == ["backup"]
            && net.baton.instances(on: net.ours).map(\.state) == ["master"]
        }
      }
      #expect(ours.output.contains("A: somebody set vrrp.51 down: setting it up again"))
    }

    /// Another program's interface with the same MAC address keeps ours from being set up.
    @Test func withoutItAnInstanceIsInFault() throws {
      let net = try Neighbors()
      defer { net.lab.destroy() }
      let other = "ip link add other link eth0 type macvlan mode private; ip link set other address \(Self.mac) up"
      try net.ours.run(["sh", "-c", other])
      try net.ours.install(Self.instance())
      let daemon = try net.baton.startVRRP(on: net.ours)
      try net.wait("fault") {
        try net.baton.instances(on: net.ours).map(\.state) == ["fault"]
          && daemon.output.contains("vrrp.51: cannot raise it")
      }
      try net.ours.run(["ip", "link", "del", "other"])
      try waitForMaster(net)
    }
  }
}
