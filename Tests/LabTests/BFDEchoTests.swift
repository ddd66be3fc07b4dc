import LabKit
import NetPrimitives
import Testing

extension LabTests {
  @Suite struct BFDEcho {
    private func session(_ family: AddressFamily = .ipv4, us: Int = 1, them: Int = 2, with keywords: String) -> String {
      """
      bfd_instance peer {
          neighbor_ip \(Neighbors.address(family, them).bare)
          source_ip \(Neighbors.address(family, us).bare)
          interface eth0
          min_rx 100
          min_tx 100
          multiplier 5
          \(keywords)
      }

      """
    }

    /// FRR's bfdd with echo in both directions.
    private func frr(_ family: AddressFamily) -> String {
      """
      bfd
       peer \(Neighbors.address(family, 1).bare) local-address \(Neighbors.address(family, 2).bare) interface eth0
        detect-multiplier 5
        echo-mode
        echo transmit-interval 100
        echo receive-interval 50
       exit
      exit

      """
    }

    /// Makes the host a router that sends everything back, and lets FRR receive what bears its own address.
    private func forward(_ host: Host) throws {
      let settings = [
        "ipv4/ip_forward=1", "ipv6/conf/all/forwarding=1", "ipv4/conf/all/send_redirects=0",
        "ipv4/conf/eth0/send_redirects=0", "ipv4/conf/all/rp_filter=0", "ipv4/conf/eth0/rp_filter=0",
        "ipv4/conf/all/accept_local=1", "ipv4/conf/eth0/accept_local=1",
      ]
      let writes = settings.map { setting in
        let parts = setting.split(separator: "=")
        return "echo \(parts[1]) > /proc/sys/net/\(parts[0])"
      }
      try host.run(["sh", "-ec", writes.joined(separator: "; ")])
    }

    private func drop(_ port: Int, _ hook: String, on host: Host) throws {
      let chain = "add table ip f; add chain ip f c { type filter hook \(hook) priority 0; }"
      try host.run(["nft", "\(chain); add rule ip f c udp dport \(port) drop"])
    }

    private func shown(_ net: Neighbors, on host: Host? = nil) throws -> ShownSession? {
      try net.baton.sessions(on: host ?? net.ours).first
    }

    /// Waits until echo packets of ours have come back, and control packets come once a second.
    private func waitForEcho(_ net: Neighbors) throws {
      try net.waitForSession("up")
      try net.wait("echo packets come back") {
        guard let session = try shown(net) else { return false }
        return session.statistics.echoReceivePacketCount > 20 && session.negotiatedEchoTxInterval == 50_000
          && session.negotiatedRxInterval == 1_000_000
      }
    }

    @Test(arguments: AddressFamily.allCases)
    func bothWaysWithFRR(_ family: AddressFamily) throws {
      let net = try Neighbors()
      defer { net.lab.destroy() }
      try forward(net.theirs)
      try net.ours.install(session(family, with: "echo_rx 100\necho_tx 50"))
      _ = try net.baton.startBFD(on: net.ours)
      try net.theirs.startFRR("bfdd", configuration: frr(family))
      try waitForEcho(net)
      // FRR counts what comes back to it: this host does not forward, so bfdd sent it back.
      try net.wait("FRR's echo comes back") {
        let looped = try shown(net)?.statistics.echoLoopPacketCount ?? 0
        return try looped > 20 && BFDPeer.frr.isUp(on: net.theirs)
      }
      let session = try #require(try shown(net))
      #expect(session.statistics.downCount == 0 && session.echoProblem == nil && (session.echoLastRoundTrip ?? 0) > 0)
    }

    /// FRR sends its echo from the interface's first address, whichever the session uses.
    @Test func echoFromAnotherOfTheNeighborsAddresses() throws {
      let net = try Neighbors()
      defer { net.lab.destroy() }
      try forward(net.theirs)
      try net.theirs.run([
        "sh", "-ec",
        "ip addr flush dev eth0; for n in 50 2 60; do ip addr add 192.0.2.$n/24 dev eth0; done",
      ])
      try net.ours.install(session(.ipv4, with: "echo_rx 100\necho_tx 50"))
      _ = try net.baton.startBFD(on: net.ours)
      try net.theirs.startFRR("bfdd", configuration: frr(.ipv4))
      try net.wait("FRR's echo comes back") {
        let looped = try shown(net)?.statistics.echoLoopPacketCount ?? 0
        return try looped > 50 && BFDPeer.frr.isUp(on: net.theirs)
      }
      #expect(try shown(net)?.statistics.downCount == 0)
    }

    @Test func aBrokenEchoPathEndsTheSession() throws {
      let net = try Neighbors()
      defer { net.lab.destroy() }
      try forward(net.theirs)
      try net.ours.install(session(with: "echo_tx 50"))
      let bfdd = try net.baton.startBFD(on: net.ours)
      try net.theirs.install(session(us: 2, them: 1, with: "echo_rx 50"))
      _ = try net.baton.startBFD(on: net.theirs)
      try waitForEcho(net)
      // Its kernel forwards, so its bfdd leaves the looping to it.
      #expect(try shown(net, on: net.theirs)?.statistics.echoLoopPacketCount == 0)
      try drop(3785, "forward", on: net.theirs)
      try net.wait("down with diagnostic 2") { bfdd.output.contains("up -> down, echo function failed") }
    }

    @Test func unaffiliatedEchoNeedsNoBFDAtTheOtherEnd() throws {
      let net = try Neighbors()
      defer { net.lab.destroy() }
      try forward(net.theirs)
      try net.ours.install(session(with: "unaffiliated_echo\necho_tx 50"))
      let bfdd = try net.baton.startBFD(on: net.ours)
      try net.waitForSession("up")
      try net.wait("packets come back") { try shown(net)?.statistics.receivePacketCount ?? 0 > 20 }
      try net.theirs.run(["sh", "-c", "echo 0 > /proc/sys/net/ipv4/ip_forward"])
      try net.wait("down with diagnostic 2") { bfdd.output.contains("up -> down, echo function failed") }
      try net.theirs.run(["sh", "-c", "echo 1 > /proc/sys/net/ipv4/ip_forward"])
      try net.waitForSession("up")
    }

    @Test func demandModeIsSilentAndAPollFindsTheFault() throws {
      let net = try Neighbors()
      defer { net.lab.destroy() }
      let demand = "demand\ndemand_poll_interval 3000000"
      try net.ours.install(session(with: demand))
      try net.theirs.install(session(us: 2, them: 1, with: demand))
      let bfdd = try net.baton.startBFD(on: net.ours)
      _ = try net.baton.startBFD(on: net.theirs)
      func isSilent() throws -> Bool {
        let sessions = [try shown(net), try shown(net, on: net.theirs)].compactMap { $0 }
        return sessions.count == 2 && sessions.allSatisfy { $0.demandActive && $0.remoteDemandActive }
      }
      try net.wait("both ends in demand mode", isSilent)
      // A Poll and its answer, and nothing else.
      let before = try #require(try shown(net)).statistics
      #expect(try net.ours.status([net.baton.path("bfdctl"), "poll", "peer"]).status == 0)
      try net.wait("the Poll is answered") {
        try shown(net)?.statistics.receivePacketCount ?? 0 > before.receivePacketCount
      }
      #expect(try isSilent() && shown(net)?.statistics.downCount == 0)
      // Both ways, or the neighbour, whose own Polls get no answer either, may be first and tell us.
      try drop(3784, "input", on: net.theirs)
      try drop(3784, "input", on: net.ours)
      #expect(try net.ours.status([net.baton.path("bfdctl"), "poll", "peer"]).status == 0)
      try net.wait("down for the lost Poll") { bfdd.output.contains("up -> down, control detection time expired") }
    }
  }
}
