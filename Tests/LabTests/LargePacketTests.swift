import LabKit
import NetPrimitives
import Testing

extension LabTests {
  /// RFC 9764: one session with padded packets and one without, over the same link to the same peer.
  @Suite struct LargePackets {
    /// The payload of an IPv4 packet of 1400 bytes.
    private static let size = 1_372

    private static let configuration = """
      bfd_template t {
          min_rx 50
          min_tx 50
          multiplier 3
      }
      bfd_instance padded {
          use t
          neighbor_ip 192.0.2.2
          source_ip 192.0.2.1
          padded_pdu_size \(size)
      }
      bfd_instance plain {
          use t
          neighbor_ip 2001:db8::2
          source_ip 2001:db8::1
          hoplimit 255
      }

      """

    private func start(_ peer: BFDPeer, on host: Host) throws {
      switch peer {
      case .bird:
        try host.startBIRD(
          configuration: """
            log stderr all;
            router id 192.0.2.2;
            protocol device { }
            protocol bfd {
              interface "eth0" { min rx interval 50 ms; min tx interval 50 ms; multiplier 3; };
              neighbor 192.0.2.1 dev "eth0" local 192.0.2.2;
              neighbor 2001:db8::1 dev "eth0" local 2001:db8::2;
            }

            """)
      default:
        let peers = [("192.0.2.1", "192.0.2.2"), ("2001:db8::1", "2001:db8::2")].map { us, them in
          """
           peer \(us) local-address \(them) interface eth0
            transmit-interval 50
            receive-interval 50
            detect-multiplier 3
           !

          """
        }
        try host.startFRR("bfdd", configuration: "bfd\n\(peers.joined())!\n")
      }
    }

    /// RFC 9764 2: the padding is zeros, and no router on the way may cut the packet up.
    @Test func whatIsPaddedIsZerosAndMayNotBeFragmented() throws {
      let tshark = try Command.find("tshark", package: "tshark")
      let net = try Neighbors()
      defer { net.lab.destroy() }
      let observer = try Observer(net.lab)
      try net.ours.install(Self.configuration)
      try net.baton.startBFD(on: net.ours)
      try start(.bird, on: net.theirs)
      try net.wait("20 packets of the peer arrived") {
        try net.baton.sessions(on: net.ours).first?.statistics.receivePacketCount ?? 0 > 20
      }
      let file = "\(net.lab.folder)/large.pcap"
      try observer.writeCaptureFile(file)
      // What the peer sent before we listened came back inside of an ICMP message.
      let padded = ["-Y", "bfd && !icmp && ip.src == 192.0.2.1", "-T", "fields", "-E", "separator=/s"]
      let fields = ["ip.len", "ip.flags.df", "udp.payload"].flatMap { ["-e", $0] }
      let lines = try Command.run([tshark, "-r", file] + padded + fields).split(separator: "\n")
        .map { $0.split(separator: " ") }.filter { $0.count == 3 }
      #expect(lines.count > 10)
      for line in lines {
        // The control packet's 24 bytes, two digits each.
        let padding = line[2].dropFirst(48)
        #expect(line[0] == "\(Self.size + 28)" && ["1", "True"].contains(line[1]), "\(line)")
        #expect(padding.count == 2 * (Self.size - 24) && padding.allSatisfy { $0 == "0" })
      }
    }

    @Test(arguments: [BFDPeer.bird, .frr])
    func aLinkThatBecomesTooNarrowEndsThePaddedSessionAlone(_ peer: BFDPeer) throws {
      let net = try Neighbors()
      defer { net.lab.destroy() }
      try net.ours.install(Self.configuration)
      try net.baton.startBFD(on: net.ours)
      try start(peer, on: net.theirs)
      func states(_ wanted: [String]) throws {
        try net.wait("padded and plain are \(wanted)") {
          try net.baton.sessions(on: net.ours).map { $0.localState == "up" ? "up" : "not up" } == wanted
        }
      }
      try states(["up", "up"])

      // Lost on the way: the far end takes no frames of that length any more.
      try net.theirs.run(["ip", "link", "set", "eth0", "mtu", "1300"])
      try states(["not up", "up"])
      let lost = try net.ours.status([net.baton.path("bfdctl"), "explain", "padded"]).output
      #expect(lost.contains("padded to \(Self.size) bytes"), "\(lost)")
      try net.theirs.run(["ip", "link", "set", "eth0", "mtu", "1500"])
      try states(["up", "up"])

      // Not even sent: our own link is too narrow.
      try net.ours.run(["ip", "link", "set", "eth0", "mtu", "1300"])
      try states(["not up", "up"])
      try net.wait("packets are counted as too long") {
        try net.baton.sessions(on: net.ours).first?.statistics.sendOversizePacketCount ?? 0 > 0
      }
      let refused = try net.ours.status([net.baton.path("bfdctl"), "explain", "padded"]).output
      #expect(refused.contains("do not fit the MTU of our own link"), "\(refused)")
      try net.ours.run(["ip", "link", "set", "eth0", "mtu", "1500"])
      try states(["up", "up"])
      #expect(try net.baton.sessions(on: net.ours).last?.statistics.downCount == 0)
    }
  }
}
