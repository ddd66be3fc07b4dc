import LabKit
import LinuxIO
import NetPrimitives
import Testing

/// A way for Baton and keepalived to be the two routers of an address.
struct MixedPair: CustomTestStringConvertible, Sendable {
  let version: Int
  let family: AddressFamily
  var isUnicast = false
  var hasVirtualMAC = false
  var isBatonBetter = true

  var testDescription: String {
    let transport = isUnicast ? "unicast" : hasVirtualMAC ? "virtual MAC" : "multicast"
    return "VRRPv\(version), \(family), \(transport), better: \(isBatonBetter ? "Baton" : "keepalived")"
  }

  static let all: [MixedPair] = [true, false].flatMap { isBatonBetter in
    [
      MixedPair(version: 2, family: .ipv4, isBatonBetter: isBatonBetter),
      MixedPair(version: 2, family: .ipv4, isUnicast: true, isBatonBetter: isBatonBetter),
      MixedPair(version: 3, family: .ipv4, isBatonBetter: isBatonBetter),
      MixedPair(version: 3, family: .ipv4, isUnicast: true, isBatonBetter: isBatonBetter),
      MixedPair(version: 3, family: .ipv4, hasVirtualMAC: true, isBatonBetter: isBatonBetter),
      MixedPair(version: 3, family: .ipv6, isBatonBetter: isBatonBetter),
      MixedPair(version: 3, family: .ipv6, isUnicast: true, isBatonBetter: isBatonBetter),
    ]
  }

  /// The address that a client talks to.
  var virtualAddress: String { Neighbors.address(family, 100).bare }

  /// The file of either router; version 2 has a password.
  func configuration(isBaton: Bool) -> String {
    let (own, peer) = isBaton ? (1, 2) : (2, 1)
    let unicast = """
      unicast_src_ip \(Neighbors.address(family, own).bare)
          unicast_peer {
              \(Neighbors.address(family, peer).bare)
          }
      """
    return """
      vrrp_instance VI {
          state BACKUP
          interface eth0
          virtual_router_id 53
          version \(version)
          priority \(isBaton == isBatonBetter ? 200 : 100)
          advert_int \(version == 2 ? "1" : "0.1")
          \(version == 2 ? "authentication {\n auth_type PASS\n auth_pass s3cret\n }" : "")
          \(isUnicast ? unicast : "")
          \(hasVirtualMAC ? "use_vmac" : "")
          virtual_ipaddress {
              \(family == .ipv6 ? "fe80::100/64" : "")
              \(virtualAddress)/\(family == .ipv4 ? 24 : 64)
          }
      }

      """
  }
}

extension LabTests {
  /// One node of a keepalived pair was replaced by Baton.
  @Suite struct MixedPairs {
    @Test(arguments: MixedPair.all)
    func oneOfThemHasTheAddressWhateverHappens(_ pair: MixedPair) throws {
      let net = try Net(pair)
      defer { net.lab.destroy() }
      try net.start(net.worse)
      try net.expectOnly(net.worse, "alone")
      try net.start(net.better)
      try net.expectOnly(net.better, "the better one came")

      try net.reload(net.better)
      try net.expectOnly(net.better, "it was reloaded")
      try net.reload(net.worse)
      try net.expectOnly(net.better, "the other was reloaded")

      try net.losePower(net.better)
      try net.expectOnly(net.worse, "the better one died")
      try net.boot(net.better)
      try net.expectOnly(net.better, "it returned")

      try net.stop(net.better)
      try net.expectOnly(net.worse, "it was stopped")
    }
  }
}

/// Baton, keepalived and a client on one wire.
private final class Net {
  let lab: Lab
  let pair: MixedPair
  private let baton: Baton
  private let ours: Host
  private let theirs: Host
  private let client: Host
  private var daemons: [String: Daemon] = [:]

  var better: Host { pair.isBatonBetter ? ours : theirs }
  var worse: Host { pair.isBatonBetter ? theirs : ours }

  init(_ pair: MixedPair) throws {
    self.pair = pair
    baton = try LabTests.baton()
    lab = try Lab()
    let addresses = { (number: Int) in AddressFamily.allCases.map { Neighbors.address($0, number).text } }
    ours = try lab.addHost("ours", [Interface("eth0", addresses(1))])
    theirs = try lab.addHost("theirs", [Interface("eth0", addresses(2))])
    client = try lab.addHost("client", [Interface("eth0", addresses(3))])
    try ours.install(pair.configuration(isBaton: true))
    try theirs.install(pair.configuration(isBaton: false))
  }

  func start(_ host: Host) throws {
    daemons[host.name] = host === ours ? try baton.startVRRP(on: host) : try host.startKeepalived()
  }

  func stop(_ host: Host) throws { try daemons.removeValue(forKey: host.name)?.stop() }

  func reload(_ host: Host) throws { daemons[host.name]?.send(.hangUp) }

  /// Nothing comes from the machine any more, not even ARP.
  func losePower(_ host: Host) throws {
    try lab.cut(host)
    daemons.removeValue(forKey: host.name)?.kill()
  }

  /// The machine starts without what its daemon had added.
  func boot(_ host: Host) throws {
    let found = try host.run(["ip", "-o", "addr", "show", "to", pair.virtualAddress])
    for line in found.split(separator: "\n") {
      let words = line.split(separator: " ").map(String.init)
      try host.run(["ip", "addr", "del", words[3], "dev", words[1]])
    }
    for link in try host.run(["ip", "-o", "link", "show", "type", "macvlan"]).split(separator: "\n") {
      let name = link.split(separator: " ")[1].prefix { $0 != "@" && $0 != ":" }
      try host.run(["ip", "link", "del", String(name)])
    }
    try lab.heal(host)
    try start(host)
  }

  /// Waits until `host` alone has the address, and then looks every 10 ms whether it stays so; the client's packets go there.
  func expectOnly(_ host: Host, _ event: String) throws {
    let address = try #require(IPAddress(pair.virtualAddress))
    let alive = [ours, theirs].filter { daemons[$0.name] != nil }
    func holders() throws -> [String] { try alive.filter { try $0.has(address) }.map(\.name) }
    try eventually("\(host.name) alone has the address: \(event)", in: lab) { try holders() == [host.name] }
    for _ in 0..<100 {
      let now = try holders()
      guard now == [host.name] else {
        Issue.record("\(event): \(now) have the address\n\(lab.logs())")
        return
      }
      try Wait.pause(.milliseconds(10))
    }

    let ping = pair.family == .ipv4 ? ["ping", "-4"] : ["ping", "-6"]
    try eventually("the client reaches the address: \(event)", in: lab) {
      try client.status(ping + ["-c", "1", "-W", "1", pair.virtualAddress]).status == 0
    }
    let neighbor = try client.run(["ip", "neigh", "show", pair.virtualAddress, "dev", "eth0"])
    // keepalived's kernel answers ARP for a virtual MAC's address with that of the base interface as well.
    guard !pair.hasVirtualMAC || host === ours else { return }
    let mac = pair.hasVirtualMAC ? "00:00:5e:00:01:35" : try macAddress(of: host)
    #expect(neighbor.contains(mac), "\(event): the client sends to \(neighbor), \(host.name) has \(mac)")
  }

  private func macAddress(of host: Host) throws -> String {
    let words = try host.run(["ip", "-o", "link", "show", "eth0"]).split(separator: " ").map(String.init)
    let marker = try #require(words.firstIndex(of: "link/ether"))
    return words[marker + 1]
  }
}
