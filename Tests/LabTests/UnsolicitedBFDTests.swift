import LabKit
import NetPrimitives
import Testing

extension LabTests {
  /// RFC 9468: the neighbour alone is configured for the session.
  @Suite struct UnsolicitedBFD {
    private static let configuration = """
      bfd_unsolicited lan {
          interface eth0
          hold_time 3
          max_sessions 1
          min_rx 50
          min_tx 50
          multiplier 3
      }

      """

    private static let configured = """
      bfd_instance uplink {
          neighbor_ip 192.0.2.2
          min_rx 50
          min_tx 50
          multiplier 3
      }

      """

    @Test(arguments: [BFDPeer.bird, .frr], [AddressFamily.ipv4, .ipv6])
    func aNeighbourBeginsByItselfAndLeaves(_ peer: BFDPeer, _ family: AddressFamily) throws {
      let net = try Neighbors()
      defer { net.lab.destroy() }
      try net.ours.install(Self.configuration)
      let bfdd = try net.baton.startBFD(on: net.ours)
      try net.wait("bfdd answers") { try net.ours.status([net.baton.path("bfdctl"), "show"]).status == 0 }
      #expect(try net.baton.sessions(on: net.ours).isEmpty)

      let daemon = try peer.start(on: net.theirs, family)
      try net.waitForSession("up")
      try net.wait("\(peer) says up") { try peer.isUp(on: net.theirs) }
      let them = Neighbors.address(family, 2).bare
      let session = try #require(try net.baton.sessions(on: net.ours).first)
      #expect(session.name == "lan/\(them)" && session.origin == "unsolicited" && session.neighbor == them)

      // A reload changes the block; the session lives on.
      try net.ours.install(Self.configuration.replacing("max_sessions 1", with: "max_sessions 9"))
      #expect(try net.ours.status([net.baton.path("bfdctl"), "reload"]).status == 0)
      if family == .ipv4 {
        // The same neighbour is configured: the session becomes that one, without a flap.
        try net.ours.install(Self.configuration + Self.configured)
        #expect(try net.ours.status([net.baton.path("bfdctl"), "reload"]).status == 0)
        let same = try #require(try net.baton.sessions(on: net.ours).first)
        #expect(same.name == "uplink" && same.origin == "configured" && same.localState == "up")
        #expect(same.statistics.downCount == 0)
      } else {
        #expect(try net.baton.sessions(on: net.ours).first?.statistics.downCount == 0)
        daemon.kill()
        try net.waitForSession("down")
        try net.wait("the session is gone") {
          let (status, output) = try net.ours.status([net.baton.path("bfdctl"), "show", "--json"])
          return status == 0 && output.filter { !$0.isWhitespace } == "[]"
        }
        #expect(bfdd.output.contains("session removed"))
        _ = try peer.start(on: net.theirs, family)
        try net.waitForSession("up")
      }
    }
  }
}
