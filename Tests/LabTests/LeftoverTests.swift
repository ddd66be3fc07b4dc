import LabKit
import LinuxIO
import NetPrimitives
import Testing

extension LabTests {
  /// What a killed vrrpd has left on its machine: kept while nobody else has it, and not a moment longer.
  @Suite struct Leftovers {
    private static func configuration(priority: Int, addresses: [String] = ["192.0.2.100/24"]) -> String {
      """
      vrrp_instance VI {
          interface eth0
          virtual_router_id 5
          version 3
          priority \(priority)
          advert_int 0.1
          virtual_ipaddress {
              \(addresses.joined(separator: "\n        "))
          }
          virtual_routes {
              198.51.100.0/24 via 192.0.2.9
          }
          virtual_rules {
              from 192.0.2.100 table 500 preference 1000
          }
      }

      """
    }

    /// Addresses, routes and rules of the instance.
    private func listing(_ host: Host) throws -> String {
      try host.run([
        "sh", "-c", "ip -4 -o addr show dev eth0; ip route show proto keepalived; ip rule show preference 1000",
      ])
    }

    private func hasAll(_ host: Host) throws -> Bool {
      let text = try listing(host)
      return ["192.0.2.100/24", "198.51.100.0/24", "from 192.0.2.100"].allSatisfy { text.contains($0) }
    }

    private func hasNone(_ host: Host) throws -> Bool {
      let text = try listing(host)
      return !["192.0.2.100/24", "198.51.100.0/24", "from 192.0.2.100"].contains { text.contains($0) }
    }

    private func waitForMaster(_ baton: Baton, _ host: Host, in lab: Lab) throws {
      try eventually("master with everything", in: lab) {
        try baton.instances(on: host).map(\.state) == ["master"] && hasAll(host)
      }
    }

    /// A host on which a master of the configuration was killed.
    private func killedMaster(
      _ baton: Baton, in lab: Lab, addresses: [String] = ["192.0.2.100/24"]
    ) throws -> Host {
      let host = try lab.addHost("ours", [Interface("eth0", ["192.0.2.1/24"])])
      try host.install(Self.configuration(priority: 200, addresses: addresses))
      let daemon = try baton.startVRRP(on: host)
      try waitForMaster(baton, host, in: lab)
      daemon.kill()
      return host
    }

    /// Alone on its link: nothing is ever gone, and the kernel says so.
    @Test func withoutAnotherMasterNothingIsGone() throws {
      let baton = try LabTests.baton()
      let lab = try Lab()
      defer { lab.destroy() }
      let host = try killedMaster(baton, in: lab)
      #expect(try hasAll(host))
      let monitor = try host.start("monitor", ["ip", "monitor", "address", "route", "rule"])
      defer { monitor.kill() }
      let daemon = try baton.startVRRP(on: host)
      try eventually("it listens first", in: lab) { daemon.output.contains("init -> backup") }
      #expect(try hasAll(host))
      try waitForMaster(baton, host, in: lab)
      try host.run(["ip", "addr", "add", "192.0.2.77/32", "dev", "eth0"])
      try eventually("the monitor tells", in: lab) { monitor.output.contains("192.0.2.77") }
      #expect(!monitor.output.contains("Deleted"), "\(monitor.output)")
      // They are its own now.
      try daemon.stop()
      #expect(try hasNone(host))
    }

    /// Another router has taken over meanwhile, whether it is better or worse: what was left goes when that is heard.
    @Test(arguments: [100, 250]) func anotherMasterEndsThem(priority: Int) throws {
      let baton = try LabTests.baton()
      let lab = try Lab()
      defer { lab.destroy() }
      let host = try killedMaster(baton, in: lab)
      let other = try lab.addHost("other", [Interface("eth0", ["192.0.2.2/24"])])
      try host.install(Self.configuration(priority: 200).replacing("advert_int", with: "nopreempt\n    advert_int"))
      try other.install(Self.configuration(priority: priority))
      try baton.startVRRP(on: other)
      try waitForMaster(baton, other, in: lab)
      #expect(try hasAll(host), "both have them, because one was killed")
      let daemon = try baton.startVRRP(on: host)
      try eventually("removed", in: lab) { try hasNone(host) }
      #expect(daemon.output.contains("another master is heard"))
      #expect(try baton.instances(on: host).map(\.state) == ["backup"])
      #expect(try hasAll(other))
    }

    /// What the new configuration does not want goes at once, and so does everything when the instance cannot be master.
    @Test func whatNobodyWantsGoesAtOnce() throws {
      let baton = try LabTests.baton()
      let lab = try Lab()
      defer { lab.destroy() }
      let host = try killedMaster(baton, in: lab, addresses: ["192.0.2.100/24", "192.0.2.101/24"])
      try host.install(Self.configuration(priority: 200))
      var daemon = try baton.startVRRP(on: host)
      try eventually("it listens", in: lab) { daemon.output.contains("init -> backup") }
      #expect(try !listing(host).contains("192.0.2.101/24"))
      #expect(try hasAll(host))
      try waitForMaster(baton, host, in: lab)
      daemon.kill()
      try host.install(
        Self.configuration(priority: 200).replacing(
          "interface eth0", with: "interface eth0\n    track_interface { eth9 }"))
      daemon = try baton.startVRRP(on: host)
      try eventually("fault", in: lab) { try baton.instances(on: host).map(\.state) == ["fault"] }
      #expect(try hasNone(host))
    }

    /// A start that ends before it has become master leaves nothing.
    @Test func aStopEndsThem() throws {
      let baton = try LabTests.baton()
      let lab = try Lab()
      defer { lab.destroy() }
      let host = try killedMaster(baton, in: lab)
      try host.install(Self.configuration(priority: 200).replacing("advert_int 0.1", with: "advert_int 30"))
      let daemon = try baton.startVRRP(on: host)
      try eventually("it listens", in: lab) { daemon.output.contains("init -> backup") }
      #expect(try hasAll(host))
      try daemon.stop()
      #expect(try hasNone(host))
    }

    /// An address that was there before the start, whoever has added it, is the backup's no longer once a master is heard.
    @Test func anAddressOfAnotherProgramIsNotLeftOnABackup() throws {
      let baton = try LabTests.baton()
      let lab = try Lab()
      defer { lab.destroy() }
      let host = try lab.addHost("ours", [Interface("eth0", ["192.0.2.1/24"])])
      let other = try lab.addHost("other", [Interface("eth0", ["192.0.2.2/24"])])
      try other.install(Self.configuration(priority: 250))
      try baton.startVRRP(on: other)
      try waitForMaster(baton, other, in: lab)
      try host.run(["ip", "addr", "add", "192.0.2.100/24", "dev", "eth0"])
      try host.install(Self.configuration(priority: 200))
      try baton.startVRRP(on: host)
      try eventually("removed", in: lab) { try hasNone(host) }
    }
  }
}
