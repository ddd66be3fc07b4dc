import LabKit
import NetPrimitives
import Testing

extension LabTests {
  /// What we send, judged by tshark.
  @Suite struct Wire {
    @Test func tsharkDecodesEveryPacketKindWithoutComplaint() throws {
      let tshark = try Command.find("tshark", package: "tshark")
      let baton = try LabTests.baton()
      let lab = try Lab()
      defer { lab.destroy() }
      let a = try lab.addHost("a", [Interface("eth0", ["192.0.2.1/24", "2001:db8::1/64"])])
      let b = try lab.addHost("b", [Interface("eth0", ["192.0.2.2/24", "2001:db8::2/64"])])
      let observer = try Observer(lab)
      try a.install(Self.configuration(own: 1, other: 2, priority: 200))
      try b.install(Self.configuration(own: 2, other: 1, priority: 100))
      try a.start(.baton, baton)
      try b.start(.baton, baton)
      try eventually("a is master of all, BFD is up", in: lab) {
        try baton.instances(on: a).map(\.state) == ["master", "master", "master"]
          && baton.instances(on: b).map(\.state) == ["backup", "backup", "backup"]
          && (baton.sessions(on: a) + baton.sessions(on: b)).map(\.localState) == ["up", "up", "up", "up"]
      }
      // The orderly end adds AdminDown and priority 0.
      for label in ["vrrpd", "bfdd"] { try a.daemon(label)?.stop() }
      try eventually("b has taken over", in: lab) {
        try baton.instances(on: b).map(\.state) == ["master", "master", "master"]
      }

      let file = "\(lab.folder)/wire.pcap"
      try observer.writeCaptureFile(file)
      func count(_ filter: String) throws -> Int {
        try Command.run([tshark, "-r", file, "-Y", filter, "-T", "fields", "-e", "frame.number"])
          .split(separator: "\n").filter { Int($0) != nil }.count
      }
      for kind in Self.kinds { #expect(try count(kind) > 0, "\(kind) is not on the wire") }

      let ours = "(bfd || vrrp || arp.isgratuitous == 1 || icmpv6.type == 136)"
      // Two hosts announce one address, as is the purpose: not a complaint about a packet.
      let complaint = "(_ws.malformed || _ws.expert.severity >= 0x600000) && !arp.duplicate-address-detected"
      let report = try Command.run([tshark, "-r", file, "-Y", "\(ours) && \(complaint)", "-V"])
      #expect(!report.contains("Frame "), "\(report)")
      // The kernel makes the UDP checksums; in a virtual wire it leaves them out.
      #expect(try count("vrrp.checksum.status == 0") == 0)
      #expect(try count("vrrp") == count("vrrp.checksum.status == 1"))
    }

    private static let kinds = [
      "bfd.sta == 0", "bfd.sta == 1", "bfd.sta == 2", "bfd.sta == 3", "bfd.flags.p == 1", "bfd.flags.f == 1",
      "bfd && ipv6", "vrrp.version == 2", "vrrp.version == 3 && ip", "vrrp.version == 3 && ipv6", "vrrp.prio == 0",
      "arp.isgratuitous == 1", "icmpv6.type == 136 && icmpv6.nd.na.flag.s == 0",
    ]

    private static func configuration(own: Int, other: Int, priority: Int) -> String {
      """
      bfd_instance four {
          neighbor_ip 192.0.2.\(other)
          source_ip 192.0.2.\(own)
          min_rx 50
          min_tx 50
      }
      bfd_instance six {
          neighbor_ip 2001:db8::\(other)
          source_ip 2001:db8::\(own)
          hoplimit 255
          min_rx 50
          min_tx 50
      }
      vrrp_instance TWO {
          interface eth0
          virtual_router_id 2
          version 2
          priority \(priority)
          virtual_ipaddress { 192.0.2.20 }
      }
      vrrp_instance THREE {
          interface eth0
          virtual_router_id 3
          version 3
          priority \(priority)
          advert_int 0.1
          virtual_ipaddress {
              192.0.2.30
              192.0.2.31
          }
      }
      vrrp_instance SIX {
          interface eth0
          virtual_router_id 6
          priority \(priority)
          advert_int 0.1
          virtual_ipaddress {
              fe80::60
              2001:db8::60
          }
      }

      """
    }
  }
}
