import NetPrimitives
import Testing

@testable import KeepalivedConfig

/// The lines of virtual_routes, static_routes, virtual_rules and static_rules.
@Suite struct RoutingTests {
  private func route(_ line: String, files: [String: String] = [:]) throws -> (RouteEntry?, String) {
    let loaded = try MemoryFiles(files: files).load("static_routes {\n\(line)\n}\n")
    return (loaded.configuration.staticRoutes.first, loaded.report.joined(separator: "\n"))
  }

  private func rule(_ line: String) throws -> (RuleEntry?, String) {
    let loaded = try load("static_rules {\n\(line)\n}\n")
    return (loaded.configuration.staticRules.first, loaded.report.joined(separator: "\n"))
  }

  @Test(arguments: [
    ("198.51.100.0/24 via 192.0.2.1 dev eth0", "198.51.100.0/24 via 192.0.2.1 dev eth0"),
    ("198.51.100.7/24 gw 192.0.2.1", "198.51.100.0/24 via 192.0.2.1"),
    ("src 192.0.2.9 to default via 192.0.2.1 table 100 metric 5", "default via 192.0.2.1 table 100 metric 5"),
    ("inet6 default oif eth0 preference 9", "default of IPv6 dev eth0 metric 9"),
    ("default via 2001:db8::1", "default of IPv6 via 2001:db8::1"),
    ("blackhole 198.51.100.0/24 table main", "blackhole 198.51.100.0/24"),
    ("to throw 198.51.100.0/24 priority 3", "throw 198.51.100.0/24 metric 3"),
    ("local 198.51.100.0/24 dev lo", "local 198.51.100.0/24 dev lo table 255"),
    ("198.51.100.0/24 via inet6 fe80::1 dev eth0", "198.51.100.0/24 via fe80::1 dev eth0"),
    (
      "198.51.100.0/24 nexthop via 192.0.2.1 weight 3 nexthop via 192.0.2.2 dev eth0 onlink",
      "198.51.100.0/24 nexthop via 192.0.2.1 nexthop via 192.0.2.2 dev eth0"
    ),
    (
      "198.51.100.0/24 via 192.0.2.1 or 192.0.2.2 or 192.0.2.3 dev eth0 table 5",
      "198.51.100.0/24 nexthop via 192.0.2.1 dev eth0 nexthop via 192.0.2.2 dev eth0 nexthop via 192.0.2.3 dev eth0 table 5"
    ),
    ("198.51.100.0/24 as to 203.0.113.0 via 192.0.2.1", "198.51.100.0/24 via 192.0.2.1"),
    ("2001:db8:1::/48 from 2001:db8:2::/64 dev eth0", "2001:db8:1::/48 from 2001:db8:2::/64 dev eth0"),
    ("198.51.100.0/24 dev eth0 dsfield 0x10", "198.51.100.0/24 dev eth0 tos 16"),
  ])
  func readsRoutes(line: String, expected: String) throws {
    let (entry, report) = try route(line)
    #expect(entry?.route.description == expected, "\(report)")
    #expect(!report.contains("error"), "\(report)")
    #expect(entry?.route.origin == 18)
  }

  @Test func readsProperties() throws {
    let (entry, report) = try route(
      "198.51.100.0/24 via 192.0.2.1 src 192.0.2.9 mtu lock 1400 advmss 1360 rtt 30ms rttvar 7 rto_min 1s features ecn "
        + "quickack 1 congctl cubic realms 3/4 scope link append no_track protocol static")
    let route = try #require(entry?.route, "\(report)")
    #expect(
      route.metrics == [
        .init(number: 2, value: 1_400, isLocked: true), .init(number: 8, value: 1_360), .init(number: 4, value: 240),
        .init(number: 5, value: 7), .init(number: 13, value: 1_000), .init(number: 12, value: 1),
        .init(number: 15, value: 1),
      ])
    #expect(route.congestionControl == "cubic" && route.scope == 253 && route.place == .last && route.origin == 4)
    #expect(route.hops.first?.realms == 3 << 16 | 4 && entry?.noTrack == true)
    #expect(report.isEmpty, "\(report)")
  }

  @Test func readsTunnels() throws {
    let (entry, report) = try route(
      "198.51.100.0/24 encap ip id 5 dst 192.0.2.9 src 192.0.2.1 ttl 9 tos 0x04 dev tun0 src 192.0.2.7")
    var tunnel = Route.Tunnel(to: .v4(IPv4Address(0xC000_0209)))
    tunnel.source = .v4(IPv4Address(0xC000_0201))
    (tunnel.key, tunnel.hopLimit, tunnel.trafficClass) = (5, 9, 4)
    #expect(entry?.route.hops.map(\.tunnel) == [tunnel], "\(report)")
    #expect(entry?.route.hops.first?.device == "tun0" && entry?.route.preferredSource == IPAddress("192.0.2.7"))
    let several = try route(
      "198.51.100.0/24 nexthop encap ip6 dst 2001:db8::9 hoplimit 3 tc 8 dev tun0 nexthop via 192.0.2.1"
    ).0?.route.hops
    #expect(several?.map { $0.tunnel?.hopLimit } == [3, nil] && several?.first?.tunnel?.trafficClass == 8)
  }

  @Test func namesComeFromTheFilesOfIproute2() throws {
    let files = ["/etc/iproute2/rt_tables": "# comment\n255\tlocal\n0x64 uplink # the other line\n"]
    #expect(try route("default via 192.0.2.1 table uplink", files: files).0?.route.table == 100)
    #expect(try route("default via 192.0.2.1 table uplink").1.contains("a name of rt_tables, not 'uplink'"))
  }

  @Test(arguments: [
    ("default", "leads nowhere"), ("default via 192.0.2.300", "needs an IP address"),
    ("default via 192.0.2.1 via", "'via' needs a value"), ("default via 192.0.2.1 mtu x", "'mtu' is a whole number"),
    ("default via 192.0.2.1 metrik 3", "did you mean 'metric'"), ("default dev eth0 rtt 5m", "a time such as"),
    ("192.0.2.0/24 src 2001:db8::1 dev eth0", "different families"),
    ("default encap mpls 100 via 192.0.2.1", "'mpls' is not supported"),
    ("default encap ip id 5 dev eth0", "needs a 'dst'"), ("default encap ip dst ::1 dev eth0", "of another family"),
    ("default encap ip6 dst ::1 ttl 3 dev eth0", "'ttl'"), ("default dev eth0 or 192.0.2.2", "goes behind 'via'"),
    ("default via 192.0.2.1 or 192.0.2.2 nexthop via 192.0.2.3", "goes behind 'via'"),
    ("default via 192.0.2.1 nexthop via 192.0.2.2", "go behind 'nexthop'"),
    ("default via 192.0.2.1 track_group nobody", "there is no track_group 'nobody'"),
  ])
  func refusesRoutes(line: String, expected: String) throws {
    let report = try route(line).1
    #expect(report.contains("error") && report.contains(expected), "\(report)")
  }

  @Test(arguments: [
    ("from 192.0.2.0/24 table 100 preference 5", "from 192.0.2.0/24 preference 5 table 100"),
    ("inet6 from all lookup main order 0x10", "from all of IPv6 preference 16 table 254"),
    (
      "not to 192.0.2.1 iif eth0 oif eth1 prohibit priority 5",
      "not from all to 192.0.2.1/32 preference 5 iif eth0 oif eth1 prohibit"
    ),
    ("fwmark 0x3/7 type goto 9 preference 5", "from all preference 5 fwmark 3/7 goto 9"),
    ("l3mdev preference 5", "from all preference 5 l3mdev"),
    ("from 192.0.2.1 table 5", "from 192.0.2.1/32 preference 16384 table 5"),
  ])
  func readsRules(line: String, expected: String) throws {
    let (entry, report) = try rule(line)
    #expect(entry?.rule.description == expected, "\(report)")
    #expect(!report.contains("error"), "\(report)")
  }

  @Test func readsConditions() throws {
    let (entry, report) = try rule(
      "ipproto udp sport 53 dport 1000-2000 uidrange 0-99 tunnel-id 77 suppress_prefixlength 0 sup_group 3 realms 9 "
        + "tos 0x08 table 5 preference 5")
    let rule = try #require(entry?.rule, "\(report)")
    #expect(rule.transport == 17 && rule.sourcePorts == 53...53 && rule.destinationPorts == 1_000...2_000)
    #expect(rule.users == 0...99 && rule.tunnel == 77 && rule.suppressedPrefixLength == 0 && rule.suppressedGroup == 3)
    #expect(rule.realms == 9 && rule.typeOfService == 8)
  }

  @Test(arguments: [
    ("from 192.0.2.1 preference 5", "does nothing"),
    ("from 192.0.2.1 to ::1 table 5 preference 5", "different families"),
    ("goto 5 preference 5", "greater preference"), ("sport 9-3 table 5 preference 5", "LOW-HIGH"),
    ("type nonsense preference 5", "no action of a rule"),
  ])
  func refusesRules(line: String, expected: String) throws {
    let report = try rule(line).1
    #expect(report.contains("error") && report.contains(expected), "\(report)")
  }
}
