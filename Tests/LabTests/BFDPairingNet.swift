import LabKit
import LinuxIO
import NetPrimitives
import Testing

/// Our router, the peer, and a third one; for multihop a forwarding machine between the first two.
final class BFDPairingNet {
  let lab: Lab
  private let pairing: BFDPairing
  private let baton: Baton
  private let ours: Host
  private let theirs: Host
  private var peer: Daemon?
  private var peersMilliseconds = 100

  init(_ pairing: BFDPairing) throws {
    self.pairing = pairing
    baton = try LabTests.baton()
    lab = try Lab()
    ours = try lab.addHost("ours", [Interface("eth0", ["192.0.2.1/24", "2001:db8::1/64", "fe80::1/64"])])
    let third = try lab.addHost("third", [Interface("eth0", ["192.0.2.9/24", "2001:db8::9/64"])])
    if pairing.path == .multihop {
      let router = try lab.addHost(
        "router",
        [Interface("eth0", ["192.0.2.254/24"]), Interface("eth1", on: "far", ["198.51.100.254/24"])])
      try router.run(["sh", "-c", "echo 1 > /proc/sys/net/ipv4/ip_forward"])
      theirs = try lab.addHost("theirs", [Interface("eth0", on: "far", ["198.51.100.2/24"])])
      try theirs.run(["ip", "route", "add", "192.0.2.0/24", "via", "198.51.100.254"])
      try addRoute()
    } else {
      theirs = try lab.addHost("theirs", [Interface("eth0", ["192.0.2.2/24", "2001:db8::2/64", "fe80::2/64"])])
    }
    try third.install(BFDPairing.thirdConfiguration)
    try baton.startBFD(on: third)
    try ours.install(pairing.configuration(milliseconds: 100))
  }

  // MARK: Steps

  func startOurs() throws { try baton.startBFD(on: ours) }

  func startPeer() throws {
    let configuration = peerConfiguration
    switch pairing.peer {
    case .keepalived:
      try theirs.install(configuration)
      peer = try theirs.startKeepalived()
    case .frr: peer = try theirs.startFRR("bfdd", configuration: configuration)
    case .bird: peer = try theirs.startBIRD(configuration: configuration)
    }
  }

  func stopPeer() throws { try peer?.stop() }

  func killPeer() { peer?.kill() }

  func bfdctl(_ arguments: String...) throws { try ours.run([baton.path("bfdctl")] + arguments) }

  func changeOurIntervals(milliseconds: Int) throws {
    try ours.install(pairing.configuration(milliseconds: milliseconds))
    try bfdctl("reload")
  }

  func changePeersIntervals(milliseconds: Int) throws {
    peersMilliseconds = milliseconds
    switch pairing.peer {
    case .keepalived:
      try theirs.install(peerConfiguration)
      peer?.send(.hangUp)
    case .frr:
      let commands = [
        "configure terminal", "bfd", frrPeerLine, "transmit-interval \(milliseconds)",
        "receive-interval \(milliseconds)",
      ]
      try theirs.run(["vtysh", "--vty_socket", "/run/frr"] + commands.flatMap { ["-c", $0] })
    case .bird:
      try theirs.write(peerConfiguration, to: "/etc/bird/bird.conf")
      _ = try theirs.askBIRD("configure")
    }
  }

  func removeOurAddress() throws { try ours.run(["ip", "addr", "del", ourPrefix, "dev", "eth0"]) }

  func addOurAddress() throws {
    try ours.run(["ip", "addr", "add", ourPrefix, "dev", "eth0"] + (ourPrefix.contains(":") ? ["nodad"] : []))
    if pairing.path == .multihop { try addRoute() }
  }

  private var ourPrefix: String { pairing.addresses.ours + (pairing.addresses.ours.contains(":") ? "/64" : "/24") }

  private func addRoute() throws { try ours.run(["ip", "route", "add", "198.51.100.0/24", "via", "192.0.2.254"]) }

  // MARK: What both ends say

  func session(_ name: String) throws -> ShownSession { try #require(try find(name)) }

  /// `nil` while bfdd does not answer.
  private func find(_ name: String) throws -> ShownSession? {
    try baton.sessions(on: ours).first { $0.name == name }
  }

  func expectUp(_ event: String) throws {
    try eventually("both ends say up: \(event)", in: lab) {
      guard let session = try find("peer") else { return false }
      return try session.localState == "up" && session.remoteState == "up" && pairing.peer.isUp(on: theirs)
    }
  }

  func expectDown(_ event: String) throws {
    try eventually("both ends say down: \(event)", in: lab) {
      try find("peer")?.localState != "up" && (peer?.isRunning != true || !pairing.peer.isUp(on: theirs))
    }
  }

  func waitForThird() throws {
    try eventually("the third session is up", in: lab) { try find("third")?.localState == "up" }
  }

  /// Waits until both directions have at least, and the slower of the two just, this interval, with both ends up.
  func expectIntervals(atLeast milliseconds: Int, _ event: String) throws {
    try eventually("both ends use \(milliseconds) ms: \(event)", in: lab) {
      guard let session = try find("peer") else { return false }
      return try session.negotiatedTxInterval == milliseconds * 1_000
        && session.negotiatedRxInterval == milliseconds * 1_000 && pairing.peer.isUp(on: theirs)
    }
  }

  // MARK: The peer's configuration

  private var peerConfiguration: String {
    let (us, them) = pairing.addresses
    switch pairing.peer {
    case .keepalived:
      return """
        bfd_instance peer {
            neighbor_ip \(us)
            source_ip \(them)
            \(us.contains(":") ? "hoplimit 255" : "")
            min_rx \(peersMilliseconds)
            min_tx \(peersMilliseconds)
            multiplier 5
        }

        """
    case .frr:
      return """
        bfd
         \(frrPeerLine)
          transmit-interval \(peersMilliseconds)
          receive-interval \(peersMilliseconds)
          detect-multiplier 5
         !
        !

        """
    case .bird: return birdConfiguration
    }
  }

  private var frrPeerLine: String {
    let (us, them) = pairing.addresses
    return "peer \(us) "
      + (pairing.path == .multihop ? "multihop local-address \(them)" : "local-address \(them) interface eth0")
  }

  private var birdConfiguration: String {
    let (us, them) = pairing.addresses
    let keys = pairing.authentication.map { "authentication \($0.bird); password \"secret12\" { id 7; };" } ?? ""
    let timers =
      "min rx interval \(peersMilliseconds) ms; min tx interval \(peersMilliseconds) ms; multiplier 5; \(keys)"
    let session =
      pairing.path == .multihop
      ? "multihop { \(timers) };\n  neighbor \(us) local \(them) multihop yes;"
      : "interface \"eth0\" { \(timers) };\n  neighbor \(us) dev \"eth0\" local \(them);"
    return """
      log stderr all;
      router id 192.0.2.2;
      protocol device { }
      protocol bfd {
        \(session)
      }

      """
  }
}
