import LabKit
import LinuxIO
import NetPrimitives
import Testing
import VRRPCore

extension LabTests {
  /// `use_vmac`: the virtual router has a MAC address of its own, which goes where the master is.
  @Suite struct VirtualMAC {
    private static let macs: [(address: String, mac: String)] = [
      ("192.0.2.100", "00:00:5e:00:01:34"), ("2001:db8::100", "00:00:5e:00:02:34"),
    ]

    /// Both daemons read this.
    private func configuration(priority: Int) -> String {
      let families = [("V4", "192.0.2.100/24"), ("V6", "fe80::100/64\n        2001:db8::100/64")]
      return families.map { name, addresses in
        """
        vrrp_instance \(name) {
            interface eth0
            virtual_router_id 52
            version 3
            priority \(priority)
            advert_int 0.1
            use_vmac
            virtual_ipaddress {
                \(addresses)
            }
        }

        """
      }.joined()
    }

    @Test(arguments: [true, false])
    func theClientsNeighborsStayTheSameOverAFailover(oursIsHigher: Bool) throws {
      let baton = try LabTests.baton()
      let lab = try Lab()
      defer { lab.destroy() }
      func host(_ name: String, _ number: Int) throws -> Host {
        let addresses = ["192.0.2.\(number)/24", "2001:db8::\(number)/64"]
        return try lab.addHost(name, [Interface("eth0", addresses)])
      }
      let (ours, theirs, client) = (try host("ours", 1), try host("theirs", 2), try host("client", 50))
      let observer = try Observer(lab)
      try ours.install(configuration(priority: oursIsHigher ? 200 : 100))
      try theirs.install(configuration(priority: oursIsHigher ? 100 : 200))
      let our = try baton.startVRRP(on: ours)
      let their = try theirs.startKeepalived()
      let higher = oursIsHigher ? ours : theirs
      let lower = oursIsHigher ? theirs : ours
      try wait(for: higher, lab, observer)
      try checkNeighbors(client, higher, lab)

      // The higher one loses its link, and has it again.
      try lab.unplug(higher)
      try wait(for: lower, lab, observer)
      try checkNeighbors(client, lower, lab)
      try lab.plugIn(higher)
      try wait(for: higher, lab, observer)
      try checkNeighbors(client, higher, lab)

      // A stop leaves nothing behind; the other takes over.
      try (oursIsHigher ? our : their).stop()
      try wait(for: lower, lab, observer)
      try checkNeighbors(client, lower, lab)
      if !oursIsHigher { try our.stop() }
      #expect(try !ours.run(["ip", "-o", "link"]).contains("macvlan"))
      #expect(try !ours.run(["ip", "-o", "link"]).contains("vrrp"))
      #expect(try ours.run(["cat", "/proc/sys/net/ipv4/conf/eth0/arp_ignore"]) == "0\n")
    }

    /// Waits until `host`, and only it, advertises for both families, with the virtual MAC addresses, for a while. From
    /// the other nothing comes with these addresses: it would teach switches a wrong way.
    private func wait(for host: Host, _ lab: Lab, _ observer: Observer) throws {
      try eventually("\(host.name) is the only one with the virtual MAC addresses", in: lab) {
        observer.look()
        let start = (observer.sightings.last?.time ?? .zero) - .milliseconds(600)
        var senders: Set<String> = []
        var families: Set<AddressFamily> = []
        for sighting in observer.sightings.reversed().prefix(while: { $0.time >= start }) where !sighting.isDelivered {
          let isVirtual = Self.macs.contains { "\(sighting.frame.sourceMAC)" == $0.mac }
          if isVirtual { senders.insert(sighting.host) }
          guard case .advertisement(let packet, _) = sighting.frame.content else { continue }
          guard isVirtual else { return false }
          families.insert(packet.family)
        }
        return senders == [host.name] && families.count == 2
      }
    }

    /// Whether the client reaches the virtual addresses, at their MAC addresses where we are master.
    private func checkNeighbors(_ client: Host, _ master: Host, _ lab: Lab) throws {
      for (address, mac) in Self.macs {
        try eventually("\(address) answers", in: lab) {
          try client.status(["ping", "-c", "1", "-W", "1", address]).status == 0
        }
        // keepalived's host may ask for the client with the virtual address as its own and the base interface's MAC address.
        guard master.name == "ours" else { continue }
        let neighbor = try client.run(["ip", "neigh", "show", "to", address])
        #expect(neighbor.contains(mac), "\(neighbor)")
      }
    }
  }
}
