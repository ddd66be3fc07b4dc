import LabKit
import NetPrimitives
import Testing
import VRRPCore

/// An election that Baton takes part in: which peer, which protocol, who is to win.
struct Election: CustomTestStringConvertible, Sendable {
  enum Peer: String { case keepalived, frr }

  let peer: Peer
  let version: Int
  let family: AddressFamily
  let oursIsHigher: Bool
  /// `auth_type`, version 2 only.
  var authentication: String?

  var testDescription: String {
    "\(peer.rawValue), VRRPv\(version), \(family), \(authentication.map { "\($0), " } ?? "")\(oursIsHigher ? "Baton" : peer.rawValue) has the higher priority"
  }

  static let all: [Election] = [true, false].flatMap { oursIsHigher in
    [
      Election(peer: .keepalived, version: 2, family: .ipv4, oursIsHigher: oursIsHigher),
      Election(peer: .keepalived, version: 2, family: .ipv4, oursIsHigher: oursIsHigher, authentication: "AH"),
      Election(peer: .keepalived, version: 3, family: .ipv4, oursIsHigher: oursIsHigher),
      Election(peer: .keepalived, version: 3, family: .ipv6, oursIsHigher: oursIsHigher),
      Election(peer: .frr, version: 3, family: .ipv4, oursIsHigher: oursIsHigher),
      Election(peer: .frr, version: 3, family: .ipv6, oursIsHigher: oursIsHigher),
    ]
  }

  /// The virtual addresses: an IPv6 router advertises a link-local one first (RFC 9568 5.2.9).
  var virtualAddresses: [String] {
    family == .ipv4 ? ["192.0.2.100/24"] : ["fe80::100/64", "2001:db8::100/64"]
  }

  func startPeer(on host: Host) throws -> Daemon {
    switch peer {
    case .keepalived:
      try host.install(configuration(priority: oursIsHigher ? 100 : 200))
      return try host.startKeepalived()
    case .frr: return try startFRR(on: host)
    }
  }

  /// keepalived's configuration, and ours.
  func configuration(priority: Int) -> String {
    """
    vrrp_instance VI {
        state BACKUP
        interface eth0
        virtual_router_id 52
        version \(version)
        priority \(priority)
        advert_int \(version == 2 ? "1" : "0.1")
        \(authentication.map { "authentication {\n auth_type \($0)\n auth_pass s3cret\n }" } ?? "")
        virtual_ipaddress {
            \(virtualAddresses.joined(separator: "\n        "))
        }
    }

    """
  }

  /// FRR wants its virtual interface, with the virtual MAC address and the addresses, to be there first.
  private func startFRR(on host: Host) throws -> Daemon {
    let (name, mac) = family == .ipv4 ? ("vrrp4-52", "00:00:5e:00:01:34") : ("vrrp6-52", "00:00:5e:00:02:34")
    if !(try host.run(["ip", "-o", "link"]).contains(name)) {
      try host.run([
        "ip", "link", "add", "name", name, "link", "eth0", "address", mac, "type", "macvlan", "mode", "bridge",
      ])
      try host.run(["ip", "link", "set", name, "addrgenmode", "none"])
      for address in virtualAddresses {
        try host.run(["ip", "addr", "add", address, "dev", name] + (family == .ipv6 ? ["nodad"] : []))
      }
      try host.run(["ip", "link", "set", name, "up"])
    }
    let addresses = virtualAddresses.map { " vrrp 52 \(family == .ipv4 ? "ip" : "ipv6") \($0.prefix { $0 != "/" })" }
    return try host.startFRR(
      "vrrpd",
      configuration: """
        interface eth0
         vrrp 52 version 3
         vrrp 52 priority \(oursIsHigher ? 100 : 200)
         vrrp 52 advertisement-interval 100
        \(addresses.joined(separator: "\n"))
        !

        """)
  }
}

extension LabTests {
  @Suite struct VRRPInteroperability {
    @Test(arguments: Election.all)
    func theHigherPriorityIsActiveAndTheOtherTakesOver(_ election: Election) throws {
      let net = try Neighbors()
      defer { net.lab.destroy() }
      try net.ours.install(election.configuration(priority: election.oursIsHigher ? 200 : 100))
      let (higher, lower) = election.oursIsHigher ? ("ours", "theirs") : ("theirs", "ours")

      // The lower one alone becomes active; the higher one takes it over.
      _ = try start(lower, election, net)
      try waitUntilActive(lower, election, net)
      var second = try start(higher, election, net)
      try waitUntilActive(higher, election, net)
      try net.wait("vrrpctl agrees") {
        try net.baton.instances(on: net.ours).map(\.state) == [election.oursIsHigher ? "master" : "backup"]
      }

      // An orderly stop of the active one hands over, and it comes back.
      try second.stop()
      try waitUntilActive(lower, election, net)
      second = try start(higher, election, net)
      try waitUntilActive(higher, election, net)

      // A sudden end of the active one, too.
      second.kill()
      try waitUntilActive(lower, election, net)
    }

    private func start(_ host: String, _ election: Election, _ net: Neighbors) throws -> Daemon {
      host == "ours" ? try net.baton.startVRRP(on: net.ours) : try election.startPeer(on: net.theirs)
    }

    /// Waits until `host`, and only it, has advertised for a while.
    private func waitUntilActive(_ host: String, _ election: Election, _ net: Neighbors) throws {
      let quiet = Interval.milliseconds(election.version == 2 ? 2500 : 500)
      try net.wait("\(host) is the only one to advertise") {
        net.observer.look()
        let start = (net.observer.sightings.last?.time ?? .zero) - quiet
        var senders: [String: Int] = [:]
        for sighting in net.observer.sightings.reversed().prefix(while: { $0.time >= start }) {
          guard !sighting.isDelivered, case .advertisement(let packet, _) = sighting.frame.content,
            packet.family == election.family
          else { continue }
          senders[sighting.host, default: 0] += 1
        }
        return senders.count == 1 && (senders[host] ?? 0) > 1
      }
      if host == "ours" {
        for address in election.virtualAddresses {
          let bare = try #require(IPAddress(address.prefix { $0 != "/" }))
          try net.wait("\(address) is on our interface") { try net.ours.has(bare) }
        }
      }
    }
  }
}
