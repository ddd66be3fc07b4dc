import BFDCore
import LabKit
import NetPrimitives
import Testing

/// The BFD implementations that ours meets.
enum BFDPeer: String, CaseIterable {
  case keepalived, frr, bird

  /// Starts the peer on `host` with a session to our host, 50 ms x 3.
  func start(on host: Host, _ family: AddressFamily) throws -> Daemon {
    let (us, them) = (Neighbors.address(family, 1).bare, Neighbors.address(family, 2).bare)
    switch self {
    case .keepalived:
      try host.install(Self.session(neighbor: us, source: them))
      return try host.startKeepalived()
    case .frr:
      return try host.startFRR(
        "bfdd",
        configuration: """
          bfd
           peer \(us) local-address \(them) interface eth0
            transmit-interval 50
            receive-interval 50
            detect-multiplier 3
           !
          !

          """)
    case .bird:
      return try host.startBIRD(
        configuration: """
          log stderr all;
          router id 192.0.2.2;
          protocol device { }
          protocol bfd {
            interface "eth0" { min rx interval 50 ms; min tx interval 50 ms; multiplier 3; };
            neighbor \(us) dev "eth0" local \(them);
          }

          """)
    }
  }

  /// Whether the peer itself says that the session is up.
  func isUp(on host: Host) throws -> Bool {
    switch self {
    case .keepalived:
      let log = host.daemon("keepalived")?.output ?? ""
      return log.split(separator: "\n").last { $0.contains(" state") && $0.contains("Entering") }?
        .contains("Entering Up state") ?? false
    case .frr: return try host.askFRR("show bfd peers json").contains("\"status\":\"up\"")
    case .bird: return try host.askBIRD("show bfd sessions").contains(" Up ")
    }
  }

  /// A session in keepalived's language, which is ours as well. keepalived sends IPv6 with hop limit 64 unless told.
  static func session(neighbor: String, source: String) -> String {
    """
    bfd_instance peer {
        neighbor_ip \(neighbor)
        source_ip \(source)
        \(neighbor.contains(":") ? "hoplimit 255" : "")
        min_rx 50
        min_tx 50
        multiplier 3
    }

    """
  }
}

extension LabTests {
  @Suite struct BFDInteroperability {
    @Test(arguments: BFDPeer.allCases, [AddressFamily.ipv4, .ipv6])
    func sessionsComeUpAndGoDownAtBothEnds(_ peer: BFDPeer, _ family: AddressFamily) throws {
      let net = try Neighbors()
      defer { net.lab.destroy() }
      let (us, them) = (Neighbors.address(family, 1).bare, Neighbors.address(family, 2).bare)
      try net.ours.install(BFDPeer.session(neighbor: them, source: us))
      let bfdd = try net.baton.startBFD(on: net.ours)
      let daemon = try peer.start(on: net.theirs, family)
      try net.waitForSession("up")
      try net.wait("\(peer) says up") { try peer.isUp(on: net.theirs) }

      // A cut wire: both ends notice by themselves, and both come back.
      try net.lab.cut(net.theirs)
      try net.waitForSession("down")
      #expect(try net.baton.sessions(on: net.ours).first?.localDiagnostic?.number == 1, "detection time expired")
      try net.wait("\(peer) says down") { try !peer.isUp(on: net.theirs) }
      try net.lab.heal(net.theirs)
      try net.waitForSession("up")
      try net.wait("\(peer) says up again") { try peer.isUp(on: net.theirs) }

      // An orderly end of ours is an AdminDown to the peer.
      let mark = net.observer.mark()
      #expect(try bfdd.stop() == 0)
      #expect(net.observer.first(from: mark) { $0.host == "ours" && $0.frame.isBFD { $0.state == .adminDown } } != nil)
      try net.wait("\(peer) says down") { try !peer.isUp(on: net.theirs) }

      // And the peer's sudden end is a Down at ours.
      _ = try net.baton.startBFD(on: net.ours)
      try net.waitForSession("up")
      daemon.kill()
      try net.waitForSession("down")
    }

    /// RFC 5880 6.8.6: the end that hears nothing says Down, and the other believes it, with diagnostic 3.
    @Test(arguments: BFDPeer.allCases, [true, false])
    func aOneWayCutIsADownAtBothEnds(_ peer: BFDPeer, _ weHearThem: Bool) throws {
      let net = try Neighbors()
      defer { net.lab.destroy() }
      let (us, them) = (Neighbors.address(.ipv4, 1).bare, Neighbors.address(.ipv4, 2).bare)
      try net.ours.install(BFDPeer.session(neighbor: them, source: us))
      try net.baton.startBFD(on: net.ours)
      _ = try peer.start(on: net.theirs, .ipv4)
      try net.waitForSession("up")

      let mark = net.observer.mark()
      try net.lab.cutOneWay(from: weHearThem ? net.ours : net.theirs, to: weHearThem ? net.theirs : net.ours)
      try net.wait("\(peer) says down") { try !peer.isUp(on: net.theirs) }
      let diagnostic = weHearThem ? Diagnostic.neighborSignaledSessionDown : .controlDetectionTimeExpired
      try net.wait("we say down: \(diagnostic)") {
        net.observer.first(from: mark) {
          $0.host == "ours" && $0.frame.isBFD { $0.state == .down && $0.diagnostic == diagnostic }
        } != nil
      }
      try net.lab.healOneWay()
      try net.waitForSession("up")
      try net.wait("\(peer) says up again") { try peer.isUp(on: net.theirs) }
    }
  }
}

extension DecodedFrame {
  /// Whether the frame is a BFD packet that `isWanted`.
  func isBFD(_ isWanted: (ControlPacket) -> Bool = { _ in true }) -> Bool {
    if case .bfd(let packet, _) = content { isWanted(packet) } else { false }
  }
}
