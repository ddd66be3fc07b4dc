import BFDCore
import LabKit
import NetPrimitives
import Testing

/// The types of authentication that BIRD has, by both names.
let birdAuthenticationTypes: [(ours: String, bird: String)] = [
  ("simple-password", "simple"), ("keyed-md5", "keyed md5"), ("meticulous-keyed-md5", "meticulous keyed md5"),
  ("keyed-sha1", "keyed sha1"), ("meticulous-keyed-sha1", "meticulous keyed sha1"),
]

extension LabTests {
  @Suite struct BFDAuthentication {
    private static let us = Neighbors.address(.ipv4, 1).bare
    private static let them = Neighbors.address(.ipv4, 2).bare

    private func session(_ keys: [(type: String, id: Int, key: String)]) -> String {
      let blocks = keys.map { "authentication {\ntype \($0.type)\nkey_id \($0.id)\nkey \"\($0.key)\"\n}\n" }.joined()
      return """
        bfd_instance peer {
            neighbor_ip \(Self.them)
            source_ip \(Self.us)
            min_rx 100
            min_tx 100
            multiplier 3
            \(blocks)
        }

        """
    }

    private func bird(_ authentication: String) -> String {
      """
      log stderr all;
      router id 192.0.2.2;
      protocol device { }
      protocol bfd {
        interface "eth0" { min rx interval 100 ms; min tx interval 100 ms; multiplier 3; \(authentication) };
        neighbor \(Self.us) dev "eth0" local \(Self.them);
      }

      """
    }

    private func authentication(_ type: String, _ password: String = "secret12", _ id: Int = 7) -> String {
      "authentication \(type); password \"\(password)\" { id \(id); };"
    }

    /// Up on both sides, and both sides accept packets on and on.
    private func expectExchange(_ net: Neighbors) throws {
      try net.waitForSession("up")
      try net.wait("BIRD says up") { try BFDPeer.bird.isUp(on: net.theirs) }
      let before = try net.baton.sessions(on: net.ours).first?.statistics.receivePacketCount ?? 0
      try net.wait("30 more packets") {
        try net.baton.sessions(on: net.ours).first?.statistics.receivePacketCount ?? 0 > before + 30
      }
      #expect(try BFDPeer.bird.isUp(on: net.theirs))
    }

    @Test(arguments: birdAuthenticationTypes)
    func everyTypeThatBIRDHas(_ ours: String, _ bird: String) throws {
      let net = try Neighbors()
      defer { net.lab.destroy() }
      try net.ours.install(session([(ours, 7, "secret12")]))
      _ = try net.baton.startBFD(on: net.ours)
      try net.theirs.startBIRD(configuration: self.bird(authentication(bird)))
      try expectExchange(net)
      let shown = try #require(try net.baton.sessions(on: net.ours).first)
      #expect(shown.authenticationType == ours && shown.authenticationKeyId == 7)
      #expect(shown.statistics.drops.allSatisfy { !$0.key.contains("digest") && !$0.key.contains("password") })
      #expect(net.observer.first { $0.frame.isBFD { !$0.isAuthenticated } } == nil)
    }

    @Test func aWrongKeyKeepsItDown() throws {
      let net = try Neighbors()
      defer { net.lab.destroy() }
      try net.ours.install(session([("meticulous-keyed-sha1", 7, "secret12")]))
      _ = try net.baton.startBFD(on: net.ours)
      try net.theirs.startBIRD(configuration: bird(authentication("meticulous keyed sha1", "secret13")))
      try net.wait("packets with a wrong digest") {
        try net.baton.sessions(on: net.ours).first?.statistics.drops["digest_mismatch"] ?? 0 > 2
      }
      #expect(try net.baton.sessions(on: net.ours).first?.localState == "down")
      #expect(try !BFDPeer.bird.isUp(on: net.theirs))
    }

    @Test func anUnusableKeyChangesNothingAndAGoodOneIsFollowed() throws {
      let net = try Neighbors()
      defer { net.lab.destroy() }
      let old = ("meticulous-keyed-sha1", 7, "hunter22")
      try net.ours.install(session([old]))
      let bfdd = try net.baton.startBFD(on: net.ours)
      try net.theirs.startBIRD(configuration: bird(authentication("meticulous keyed sha1", "hunter22")))
      try expectExchange(net)

      try net.ours.install(session([("meticulous-keyed-sha1", 7, "hunter22, but much too long")]))
      let (status, findings) = try net.ours.status([net.baton.path("bfdd"), "-t"])
      #expect(status == 5 && findings.contains("takes 1 to 20"))
      #expect(try net.ours.status([net.baton.path("bfdctl"), "reload"]).0 != 0)
      try expectExchange(net)

      // A further key is added, then it is to be the one to send with; BIRD does not know it, so the old one stays in use.
      for keys in [[old, ("meticulous-keyed-sha1", 8, "hunter33")], [("meticulous-keyed-sha1", 8, "hunter33"), old]] {
        try net.ours.install(session(keys))
        #expect(try net.ours.status([net.baton.path("bfdctl"), "reload"]).0 == 0)
        try expectExchange(net)
      }
      let shown = try #require(try net.baton.sessions(on: net.ours).first)
      #expect(shown.statistics.downCount == 0 && shown.authenticationKeyId == 7)
      let all = bfdd.output + findings + (try net.ours.status([net.baton.path("bfdctl"), "show", "peer"])).1
      #expect(all.contains("meticulous-keyed-sha1") && !all.contains("hunter"))
    }
  }
}
