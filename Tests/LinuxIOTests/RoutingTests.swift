import LinuxIO
import NetPrimitives
import Testing

/// Needs root, and fails without. Each test works in a network namespace of its own, so it must not suspend.
@Suite("Routes, rules, virtual links, firewall", .serialized, .timeLimit(.minutes(1)))
struct RoutingTests {
  private static let origin: UInt8 = 18

  /// Runs `body` in a new namespace with `a0` (192.0.2.1/24, 2001:db8::1/64), whose other end is `b0`.
  private func onNetwork(_ body: (NetworkConfigurator, @escaping (String) -> UInt32?) throws -> Void) throws {
    let home = try NetworkNamespace.current()
    defer { try? home.enter() }
    try NetworkNamespace.enterNew()
    for command in [
      "link set lo up", "link add name a0 type veth peer name b0", "link set a0 up", "link set b0 up",
      "addr add 192.0.2.1/24 dev a0", "addr add 2001:db8::1/64 dev a0 nodad",
    ] { try ip(command) }
    let watcher = try NetworkWatcher()
    try body(try NetworkConfigurator()) { watcher.link(named: $0)?.index }
  }

  private func shown(_ arguments: String) throws -> String {
    let list = try ChildProcess(
      ChildProcess.Command("/bin/sh", ["-c", "ip \(arguments) > \(Self.listing)"]))
    #expect(try finish(list).isSuccess)
    return String(decoding: try FileSystem.read(Self.listing, limit: 1 << 16), as: UTF8.self)
  }

  private static let listing = "/tmp/baton-routing-\(ProcessControl.pid)"

  private func route(_ destination: String?, _ change: (inout Route) -> Void) throws -> Route {
    let prefix = try destination.map { try #require(IPPrefix($0)) }
    var route = Route(family: prefix?.address.family ?? .ipv4, origin: Self.origin)
    route.destination = prefix
    change(&route)
    return route
  }

  private func hop(_ gateway: String?, _ device: String? = nil, _ change: (inout Route.Hop) -> Void = { _ in })
    -> Route.Hop
  {
    var hop = Route.Hop()
    hop.gateway = gateway.flatMap { IPAddress($0) }
    hop.device = device
    change(&hop)
    return hop
  }

  private func tunnel(_ destination: String, from source: String? = nil) -> Route.Tunnel? {
    var tunnel = IPAddress(destination).map { Route.Tunnel(to: $0) }
    tunnel?.source = source.flatMap { IPAddress($0) }
    tunnel?.key = 5
    tunnel?.hopLimit = 9
    tunnel?.trafficClass = 4
    return tunnel
  }

  @Test("Routes are added as ip(8) shows them, refused twice, listed by origin, and removed")
  func routes() throws {
    defer { try? FileSystem.remove(Self.listing) }
    try onNetwork { configurator, index in
      let cases: [(Route, String, String)] = [
        (
          try route("198.51.100.0/24") {
            $0.hops = [hop("192.0.2.9")]
            $0.preferredSource = IPAddress("192.0.2.1")
            $0.metrics = [.init(number: 2, value: 1_400, isLocked: true), .init(number: 11, value: 20)]
          }, "route show 198.51.100.0/24",
          "via 192.0.2.9 dev a0 proto keepalived src 192.0.2.1 mtu lock 1400 initcwnd 20"
        ),
        (
          try route("198.51.101.0/24") {
            $0.kind = .blackhole
            $0.table = 5_000
            $0.metric = 7
          }, "route show table 5000", "blackhole 198.51.101.0/24 proto keepalived metric 7"
        ),
        (
          try route("198.51.102.0/24") { $0.hops = [hop("192.0.2.8") { $0.weight = 3 }, hop("192.0.2.9", "a0")] },
          "route show 198.51.102.0/24", "nexthop via 192.0.2.8 dev a0 weight 3"
        ),
        (
          try route("198.51.103.0/24") { $0.hops = [hop("fe80::1", "a0")] }, "route show 198.51.103.0/24",
          "via inet6 fe80::1 dev a0"
        ),
        (
          try route("198.51.104.0/24") { $0.hops = [hop("203.0.113.9", "a0") { $0.isOnLink = true }] },
          "route show 198.51.104.0/24", "via 203.0.113.9 dev a0 proto keepalived onlink"
        ),
        (
          try route("198.51.105.0/24") {
            $0.hops = [hop(nil, "a0") { $0.tunnel = tunnel("192.0.2.9", from: "192.0.2.1") }]
          },
          "route show 198.51.105.0/24", "encap ip id 5 src 192.0.2.1 dst 192.0.2.9 ttl 9 tos 4 dev a0"
        ),
        (
          try route("2001:db8:2::/48") {
            $0.hops = [hop("2001:db8::9", "a0"), hop("2001:db8::8", "a0") { $0.tunnel = tunnel("2001:db8::7") }]
          }, "-6 route show 2001:db8:2::/48",
          "encap ip6 id 5 src :: dst 2001:db8::7 hoplimit 9 tc 4 via 2001:db8::8 dev a0"
        ),
        (
          try route(nil) {
            $0.hops = [hop(nil, "a0")]
            $0.typeOfService = 0x10
          }, "route show default", "default tos 0x10 dev a0 proto keepalived scope link"
        ),
        (
          try route("2001:db8:1::/48") {
            $0.hops = [hop("2001:db8::9", "a0")]
            $0.routerPreference = 1
          }, "-6 route show 2001:db8:1::/48", "via 2001:db8::9 dev a0 proto keepalived metric 1024 pref high"
        ),
      ]
      for (route, list, expected) in cases {
        try configurator.add(route, index: index)
        let words = try shown(list).split { $0 == " " || $0 == "\n" || $0 == "\t" }.joined(separator: " ")
        #expect(words.contains(expected), "\(route): \(words)")
        #expect(throws: SystemError("RTM_NEWROUTE", .exists)) { try configurator.add(route, index: index) }
        let listed = try configurator.routes(of: Self.origin)
        #expect(listed.map(\.destination) == [route.destination], "\(listed)")
        #expect(listed.map(\.table) == [route.table])
        try configurator.remove(try #require(listed.first), index: index)
        #expect(throws: SystemError("RTM_DELROUTE", .noSuchProcess)) { try configurator.remove(route, index: index) }
      }
      let nowhere = try route("198.51.100.0/24") { $0.hops = [hop(nil, "c0")] }
      #expect(throws: SystemError("RTM_NEWROUTE", .noSuchDevice)) { try configurator.add(nowhere, index: index) }
    }
  }

  @Test("Rules are added as ip(8) shows them, refused twice, listed by origin, and removed")
  func rules() throws {
    defer { try? FileSystem.remove(Self.listing) }
    func rule(_ priority: UInt32, _ action: RoutingRule.Action, _ change: (inout RoutingRule) -> Void) -> RoutingRule {
      var rule = RoutingRule(family: .ipv4, action: action, origin: Self.origin)
      rule.priority = priority
      change(&rule)
      return rule
    }
    try onNetwork { configurator, _ in
      let cases: [(RoutingRule, String)] = [
        (rule(1_000, .table(5_000)) { $0.source = IPPrefix("192.0.2.100") }, "1000: from 192.0.2.100 lookup 5000"),
        (
          rule(1_001, .unreachable) {
            $0.isInverted = true
            $0.source = IPPrefix("192.0.2.0/24")
            $0.mark = .init(value: 3, mask: 7)
            $0.incomingInterface = "a0"
            $0.outgoingInterface = "b0"
          }, "1001: not from 192.0.2.0/24 fwmark 0x3/0x7 iif a0 oif b0 unreachable"
        ),
        (
          rule(1_002, .goTo(2_000)) {
            $0.transport = 6
            $0.sourcePorts = 1_000...2_000
            $0.destinationPorts = 80...80
            $0.users = 0...99
          }, "1002: from all uidrange 0-99 ipproto tcp sport 1000-2000 dport 80 goto 2000"
        ),
        (
          rule(1_003, .table(254)) {
            $0.destination = IPPrefix("192.0.2.3")
            $0.suppressedPrefixLength = 0
          }, "1003: from all to 192.0.2.3 lookup main suppress_prefixlength 0"
        ),
      ]
      for (rule, expected) in cases {
        try configurator.add(rule)
        let words = try shown("rule").split { $0 == " " || $0 == "\n" || $0 == "\t" }.joined(separator: " ")
        #expect(words.contains(expected), "\(words)")
        #expect(throws: SystemError("RTM_NEWRULE", .exists)) { try configurator.add(rule) }
        let listed = try configurator.rules(of: Self.origin)
        #expect(listed.map(\.description) == [rule.description])
        try configurator.remove(try #require(listed.first))
        #expect(throws: SystemError("RTM_DELRULE", .noSuchFile)) { try configurator.remove(rule) }
      }
    }
  }

  @Test("Who deletes a route or rule of ours is told, what happens to others is not")
  func deletions() throws {
    try onNetwork { configurator, index in
      let watcher = try RoutingWatcher(origin: Self.origin)
      try ip("route add 198.51.99.0/24 via 192.0.2.9")
      try ip("route del 198.51.99.0/24")
      try ip("rule add from 192.0.2.7 table 9 preference 9")
      try ip("rule del preference 9")
      #expect(try watcher.process() == nil)
      let route = try route("198.51.100.0/24") { $0.hops = [hop("192.0.2.9")] }
      try configurator.add(route, index: index)
      #expect(try watcher.process() == nil)
      let other = try ChildProcess(ChildProcess.Command("/sbin/ip", ["route", "del", "198.51.100.0/24"]))
      #expect(try finish(other).isSuccess)
      #expect(try watcher.process() == UInt32(other.pid))
      #expect(try watcher.process() == nil)
    }
  }

  @Test("A macvlan is made, down, with its own address, found by netlink, and removed")
  func macvlan() throws {
    try onNetwork { configurator, index in
      let watcher = try NetworkWatcher()
      let mac = try #require(MACAddress("00:00:5e:00:01:05"))
      let parent = try #require(index("a0"))
      try configurator.addMacvlan("vrrp.5", on: parent, address: mac)
      #expect(throws: SystemError("RTM_NEWLINK", .exists)) {
        try configurator.addMacvlan("vrrp.5", on: parent, address: mac)
      }
      try watcher.process { _ in }
      let link = try #require(watcher.link(named: "vrrp.5"))
      #expect(link.kind == "macvlan" && link.parent == parent && link.macAddress == mac && !link.isUp)
      #expect(try shown("-d link show dev vrrp.5").contains("macvlan mode private"))
      try configurator.removeLink(link.index)
      #expect(throws: SystemError("RTM_DELLINK", .noSuchDevice)) { try configurator.removeLink(link.index) }
      try? FileSystem.remove(Self.listing)
    }
  }

  @Test("A firewall's table blocks what it is told, many addresses at once, and is gone with its socket")
  func firewall() throws {
    defer { try? FileSystem.remove(Self.listing) }
    try onNetwork { _, index in
      let scope = try #require(index("a0"))
      let many = try (1...200).map { try #require(IPAddress("2001:db8::\($0)")) }
      let others = try ["192.0.2.100", "fe80::1"].map { try #require(IPAddress($0)).scoped(to: scope) }
      do {
        let firewall = try AddressFirewall(table: "baton")
        #expect(throws: SystemError("nftables", .notPermitted)) { try AddressFirewall(table: "baton") }
        try firewall.add(many + others)
        var rules = try ruleset()
        #expect(rules.contains("192.0.2.100") && rules.contains("2001:db8::200") && rules.contains("\"a0\" . fe80::1"))
        try firewall.remove(many + others)
        rules = try ruleset()
        #expect(rules.contains("table inet baton") && !rules.contains("elements"))
        withExtendedLifetime(firewall) {}
      }
      // A program that another test starts at this moment has the socket, too, from its clone to its exec.
      var rest = try ruleset()
      for _ in 0..<100 where rest != "" { rest = try ruleset() }
      #expect(rest == "")
    }
  }

  private func ruleset() throws -> String {
    let list = try ChildProcess(ChildProcess.Command("/bin/sh", ["-c", "nft list ruleset > \(Self.listing)"]))
    #expect(try finish(list).isSuccess)
    return String(decoding: try FileSystem.read(Self.listing, limit: 1 << 20), as: UTF8.self)
  }
}
