import LabKit
import NetPrimitives
import Testing

/// One path to one peer.
struct BFDPairing: CustomTestStringConvertible, Sendable {
  enum Path: String { case ipv4, ipv6, linkLocal, multihop }

  let peer: BFDPeer
  let path: Path
  /// Our name of the type and BIRD's.
  var authentication: (ours: String, bird: String)?

  var testDescription: String { "\(peer), \(path)\(authentication.map { ", \($0.ours)" } ?? "")" }

  /// What each of the peers can do: keepalived 2.2.7 has neither multihop nor link-local addresses, and only BIRD
  /// authenticates.
  static let all: [BFDPairing] =
    [Path.ipv4, .ipv6].map { BFDPairing(peer: .keepalived, path: $0) }
    + [Path.ipv4, .ipv6, .linkLocal, .multihop].flatMap { path in
      [BFDPairing(peer: .frr, path: path), BFDPairing(peer: .bird, path: path)]
    }
    + birdAuthenticationTypes.map { BFDPairing(peer: .bird, path: .ipv4, authentication: $0) }
    + [Path.ipv6, .linkLocal, .multihop].map {
      BFDPairing(peer: .bird, path: $0, authentication: ("meticulous-keyed-sha1", "meticulous keyed sha1"))
    }

  /// Our address and the peer's.
  var addresses: (ours: String, theirs: String) {
    switch path {
    case .ipv4: ("192.0.2.1", "192.0.2.2")
    case .ipv6: ("2001:db8::1", "2001:db8::2")
    case .linkLocal: ("fe80::1", "fe80::2")
    case .multihop: ("192.0.2.1", "198.51.100.2")
    }
  }

  /// Our file: the session, and a third one to another neighbour, of the other family, which must not notice anything.
  func configuration(milliseconds: Int) -> String {
    let third = path == .ipv4 || path == .multihop ? ("2001:db8::1", "2001:db8::9") : ("192.0.2.1", "192.0.2.9")
    let keys = authentication.map { "authentication {\n type \($0.ours)\n key_id 7\n key secret12\n }" } ?? ""
    let timers = "min_rx \(milliseconds)\n min_tx \(milliseconds)\n multiplier 5"
    return """
      bfd_instance peer {
       neighbor_ip \(addresses.theirs)
       source_ip \(addresses.ours)
       \(path == .linkLocal ? "interface eth0" : "")
       \(path == .multihop ? "multihop\n max_hops -1" : "")
       \(timers)
       \(keys)
      }
      bfd_instance third {
       neighbor_ip \(third.1)
       source_ip \(third.0)
       min_rx 100
       min_tx 100
       multiplier 10
      }

      """
  }

  /// The third neighbour's file.
  static let thirdConfiguration = ["192.0.2.", "2001:db8::"].map { prefix in
    """
    bfd_instance \(prefix == "192.0.2." ? "four" : "six") {
     neighbor_ip \(prefix)1
     source_ip \(prefix)9
     passive
     min_rx 100
     min_tx 100
     multiplier 10
    }

    """
  }.joined()
}

extension LabTests {
  /// Every path, every authentication, every peer, as far as each can; after each step both ends agree, and a session to
  /// somebody else has noticed nothing.
  @Suite struct BFDMatrix {
    @Test(arguments: BFDPairing.all)
    func bothEndsAgreeAfterEveryStep(_ pairing: BFDPairing) throws {
      let net = try BFDPairingNet(pairing)
      defer { net.lab.destroy() }
      try net.startOurs()
      try net.startPeer()
      try net.expectUp("at the start")
      try net.waitForThird()

      try net.stopPeer()
      try net.expectDown("the peer was stopped")
      try net.startPeer()
      try net.expectUp("the peer was started again")

      net.killPeer()
      try net.expectDown("the peer was killed")
      try net.startPeer()
      try net.expectUp("the peer came back")

      try net.bfdctl("admin-down", "peer")
      try net.expectDown("admin-down")
      try net.bfdctl("admin-up", "peer")
      try net.expectUp("admin-up")

      let downs = try net.session("peer").statistics.downCount
      try net.changeOurIntervals(milliseconds: 200)
      try net.expectIntervals(atLeast: 200, "we became slower")
      try net.changeOurIntervals(milliseconds: 100)
      try net.expectIntervals(atLeast: 100, "we became faster")
      #expect(try net.session("peer").statistics.downCount == downs, "a change of intervals is no reason to go down")
      try net.changePeersIntervals(milliseconds: 300)
      try net.expectIntervals(atLeast: 300, "the peer became slower")

      try net.removeOurAddress()
      try net.expectDown("our address is gone")
      try net.addOurAddress()
      try net.expectUp("our address is back")

      #expect(try net.session("third").statistics.downCount == 0, "the third session noticed")
    }
  }
}
