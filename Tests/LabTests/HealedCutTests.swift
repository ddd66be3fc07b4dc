import LabKit
import LinuxIO
import NetPrimitives
import Testing
import VRRPCore

extension LabTests {
  /// A cut between two routers without BFD: both are active. When it heals, a host that was beside the worse one must find
  /// the better one.
  @Suite struct HealedCuts {
    /// Both daemons read this. No second bursts: they would hide that there was none when it was needed.
    private func configuration(_ virtual: String, priority: Int, interval: String) -> String {
      """
      vrrp_instance VI {
          interface eth0
          virtual_router_id 52
          version 3
          priority \(priority)
          advert_int \(interval)
          garp_master_delay 0
          garp_lower_prio_delay 0
          virtual_ipaddress {
              \(virtual)
          }
      }

      """
    }

    /// The better one is Baton or keepalived, the other one is Baton.
    @Test(arguments: [true, false], AddressFamily.allCases)
    func theHostFollows(betterIsOurs: Bool, family: AddressFamily) throws {
      let baton = try LabTests.baton()
      let lab = try Lab()
      defer { lab.destroy() }
      func host(_ name: String, _ number: Int) throws -> Host {
        try lab.addHost(name, [Interface("eth0", ["192.0.2.\(number)/24", "2001:db8::\(number)/64"])])
      }
      let (better, worse, client) = (try host("better", 1), try host("worse", 2), try host("client", 50))
      let observer = try Observer(lab)
      let address = family == .ipv4 ? "192.0.2.100" : "2001:db8::100"
      let virtual = family == .ipv4 ? "192.0.2.100/24" : "fe80::100/64\n        2001:db8::100/64"
      // The better one speaks ten times as often: the other one, most of the time, hears it first and yields.
      try better.install(configuration(virtual, priority: 200, interval: "0.1"))
      try worse.install(configuration(virtual, priority: 100, interval: "1"))
      if betterIsOurs { try baton.startVRRP(on: better) } else { try better.startKeepalived() }
      let log = try baton.startVRRP(on: worse)
      func mac(_ host: Host) throws -> String {
        try host.run(["cat", "/sys/class/net/eth0/address"]).split(separator: "\n").first.map(String.init) ?? ""
      }
      func neighbor() throws -> String { try client.run(["ip", "neigh", "show", "to", address]) }
      let (betterMAC, worseMAC) = (try mac(better), try mac(worse))

      let virtualAddress = try #require(IPAddress(address))
      try eventually("the better one is master", in: lab) {
        try better.has(virtualAddress) && !worse.has(virtualAddress)
      }
      try eventually("the host goes to the better one", in: lab) {
        try client.status(["ping", "-c", "1", "-W", "1", address]).status == 0 && neighbor().contains(betterMAC)
      }
      try lab.cut(better)
      try eventually("the host goes to the other one", in: lab) {
        try client.status(["ping", "-c", "1", "-W", "1", address]).status == 0 && neighbor().contains(worseMAC)
      }
      try eventually("its announcements are over", in: lab) {
        observer.look()
        let now = Instant(nanoseconds: UInt64(WallClock.now()))
        return !observer.sightings.contains { $0.host == "worse" && $0.isAnnouncement && now - $0.time < .seconds(1) }
      }

      // Nothing is asked from here on: only an announcement can tell the host.
      let heal = Instant(nanoseconds: UInt64(WallClock.now()))
      try lab.heal(better)
      try eventually("the other one yields", in: lab) { try !worse.has(virtualAddress) }
      try eventually("the host goes to the better one again", in: lab) { try neighbor().contains(betterMAC) }
      observer.look()
      #expect(
        observer.sightings.contains {
          guard $0.host == "worse", $0.time >= heal, !$0.isDelivered else { return false }
          guard case .advertisement(let packet, _) = $0.frame.content else { return false }
          return packet.priority == 100
        }, "\(log.output)")
      if betterIsOurs {
        let text = try better.run([baton.path("vrrpctl"), "explain", "VI"])
        #expect(text.contains("another router was active beside it"), "\(text)")
      }
    }
  }
}

extension Sighting {
  /// A gratuitous ARP packet or an unsolicited neighbour advertisement.
  fileprivate var isAnnouncement: Bool {
    switch frame.content {
    case .arp(_, let sender, _, let target): sender == target
    case .neighborAdvertisement(_, let isSolicited, _): !isSolicited
    default: false
    }
  }
}
