import LabKit
import LinuxIO
import NetPrimitives
import Testing

extension LabTests {
  /// What a master has on its machine beside addresses, and what happens when somebody takes it away.
  @Suite struct Holdings {
    private static let configuration = """
      static_ipaddress {
          203.0.113.1/24 dev eth1 track_group uplink
      }
      static_routes {
          203.0.114.0/24 via 203.0.113.9 dev eth1 table 77
      }
      track_group uplink { group { VI } }
      vrrp_instance VI {
          interface eth0
          virtual_router_id 5
          version 3
          priority 200
          advert_int 0.1
          virtual_ipaddress {
              192.0.2.100/24
          }
          virtual_routes {
              198.51.100.0/24 via 192.0.2.9 src 192.0.2.100
              198.51.101.0/24 via 192.0.2.9 no_track
              blackhole 198.51.102.0/24 table 500
          }
          virtual_rules {
              from 192.0.2.100 table 500 preference 1000
          }
      }

      """

    /// Routes, rules and addresses of ours, as ip(8) tells them.
    private func listing(_ host: Host) throws -> [String] {
      let commands = ["ip -4 -o addr show to 192.0.2.100", "ip -4 -o addr show to 203.0.113.1"]
      let lists = ["ip route show table all proto keepalived", "ip rule show"]
      let text = try host.run(["sh", "-c", (commands + lists).joined(separator: "; ")])
      let marks = ["192.0.2.100/24", "203.0.113.1/24", "proto keepalived", "198.51.", "203.0.114."]
      return text.split(separator: "\n").map(String.init).filter { line in marks.contains { line.contains($0) } }
    }

    /// RFC 9568 calls the owner the router whose interface has the address anyway, perhaps as its only one.
    @Test func theOwnerSendsFromTheAddressThatItOwns() throws {
      let baton = try LabTests.baton()
      let lab = try Lab()
      defer { lab.destroy() }
      let host = try lab.addHost("ours", [Interface("eth0", ["192.0.2.1/24"])])
      try host.install(
        """
        vrrp_instance VI {
            interface eth0
            virtual_router_id 5
            version 3
            state MASTER
            priority 255
            advert_int 0.1
            virtual_ipaddress { 192.0.2.1/24 }
        }

        """)
      func expectMaster(_ occasion: String) throws {
        try eventually("master \(occasion)", in: lab) {
          try baton.instances(on: host).map(\.state) == ["master"]
            && host.run(["ip", "-o", "addr", "show", "dev", "eth0"]).contains(" 192.0.2.1/24 ")
        }
      }
      var daemon = try baton.startVRRP(on: host)
      try expectMaster("at the start")
      try host.run(["sh", "-c", "ip addr add 192.0.2.77/32 dev eth0; ip addr del 192.0.2.77/32 dev eth0"])
      try host.run([baton.path("vrrpctl"), "maintenance", "on"])
      #expect(try baton.instances(on: host).map(\.state) == ["backup"])
      try host.run([baton.path("vrrpctl"), "maintenance", "off"])
      try expectMaster("after maintenance")
      try host.run(["ip", "link", "set", "eth0", "down"])
      try eventually("fault", in: lab) { try baton.instances(on: host).map(\.state) == ["fault"] }
      try host.run(["ip", "link", "set", "eth0", "up"])
      try expectMaster("after the link came back")
      try daemon.stop()
      daemon = try baton.startVRRP(on: host)
      try expectMaster("after a restart")
      try daemon.stop()
    }

    @Test func isPutBackFoundAfterAKillAndRemovedAtTheEnd() throws {
      let baton = try LabTests.baton()
      let lab = try Lab()
      defer { lab.destroy() }
      let host = try lab.addHost("ours", [Interface("eth0", ["192.0.2.1/24"]), Interface("eth1", on: "other", [])])
      try host.install(Self.configuration)
      var daemon = try baton.startVRRP(on: host)
      try eventually("everything is there", in: lab) { try listing(host).count == 7 }

      // What somebody removes comes back, but for what is not tracked; the log says who it was.
      let mark = daemon.output.count
      try host.run(["sh", "-c", "ip addr del 192.0.2.100/24 dev eth0; ip rule del pref 1000"])
      try host.run(["sh", "-c", "ip route flush table 500; ip route del 198.51.101.0/24; ip addr flush dev eth1"])
      try eventually("all but what is not tracked is back", in: lab) {
        let now = try listing(host)
        return now.count == 6 && !now.contains { $0.contains("198.51.101.") }
      }
      try eventually("the log names the culprits", in: lab) {
        let log = daemon.output.dropFirst(mark)
        return log.contains("removed 192.0.2.100/24: putting it back") && log.contains("preference 1000")
          && log.contains("deleted blackhole 198.51.102.0/24") && log.contains(": process ")
      }
      #expect(try baton.instances(on: host).map(\.state) == ["master"])

      // What is static and cannot be there is a fault of the instances of its group, until it is there again.
      try host.run(["ip", "link", "set", "eth1", "down"])
      try eventually("fault", in: lab) { try baton.instances(on: host).map(\.state) == ["fault"] }
      try host.run(["ip", "link", "set", "eth1", "up"])
      try eventually("master again", in: lab) { try listing(host).count == 7 }

      // A killed daemon's things are found by the next one, and kept: nobody else has them.
      daemon.kill()
      #expect(try listing(host).count == 7)
      try host.run(["ip", "route", "add", "198.51.99.0/24", "via", "192.0.2.8", "proto", "keepalived"])
      daemon = try baton.startVRRP(on: host)
      try eventually("leftovers are found", in: lab) { daemon.output.count(of: "left behind by an earlier run") == 7 }
      #expect(daemon.output.count(of: "keeping ") == 7)
      try eventually("master", in: lab) { try baton.instances(on: host).map(\.state) == ["master"] }
      #expect(try listing(host).count == 8)

      // A reload applies the difference.
      try host.install(
        Self.configuration.replacing("blackhole", with: "prohibit").replacing(
          "preference 1000", with: "preference 1001"))
      daemon.send(.hangUp)
      try eventually("the difference is applied", in: lab) {
        let now = try listing(host)
        return now.count == 8 && now.contains { $0.hasPrefix("1001:") } && now.contains { $0.hasPrefix("prohibit") }
      }

      // So does one of what an address has beside its prefix, in place; not one that the kernel refuses.
      for (options, shown) in [
        ("brd + label eth0:5", "brd 192.0.2.255 scope global"), ("scope link", "brd 192.0.2.255"),
      ] {
        try host.install(Self.configuration.replacing("192.0.2.100/24\n", with: "192.0.2.100/24 \(options)\n"))
        try host.run([baton.path("vrrpctl"), "reload"])
        let now = try listing(host)
        #expect(now.contains { $0.contains("192.0.2.100/24 \(shown)") && $0.contains("eth0:5") }, "\(options): \(now)")
      }
      #expect(try baton.instances(on: host).map(\.state) == ["master"])
      try daemon.stop()
      let rest = try listing(host)
      #expect(rest.count == 1 && rest.first?.contains("198.51.99.0/24") == true, "\(rest)")
    }
  }
}
