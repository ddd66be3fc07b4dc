import NetPrimitives

/// The words within a line that is an address, a route or a rule.
extension KeywordTable {
  static let address: [Keyword] = [
    row(.address, "dev", .interface, "the instance's interface", "where the address goes"),
    row(.address, "scope", .word, "global", "host, link, site, global, nowhere or a number; IPv4"),
    row(.address, "brd", .word, "", "the broadcast address; + or -: computed; IPv4", aliases: ["broadcast"]),
    row(.address, "label", .word, "", "the address's label, at most 15 bytes; IPv4"),
    row(.address, "peer", .prefix, "", "the address of the other end", .stored),
    row(.address, "home", .flag, "off", "an IPv6 home address", .stored),
    row(.address, "-nodad", .flag, "off", "with duplicate address detection"),
    row(.address, "mngtmpaddr", .flag, "off", "temporary addresses are made from it", .stored),
    row(.address, "noprefixroute", .flag, "off", "no route to its prefix", .stored),
    row(.address, "autojoin", .flag, "off", "join a multicast group", .stored),
    row(.address, "no_track", .flag, "off", "its loss does not matter", .stored),
    row(.address, "preferred_lft", .word, "0 for IPv6 /128, else forever", "seconds, or forever", .stored),
    row(.address, "track_group", .word, "", "who fails with it; static addresses", .stored),
    row(.address, "use_vmac", .flag, "off", "on the VMAC interface; not static addresses", .stored),
  ]

  static let route: [Keyword] =
    ["src", "to", "from", "table", "scope", "protocol", "congctl", "pref", "realms", "rtt", "rttvar", "rto_min"]
    .map { routeWord($0) } + [
      row(.route, "inet", .flag, "", "IPv4", .stored),
      row(.route, "inet6", .flag, "", "IPv6", .stored),
      row(.route, "via", .word, "", "the gateway", .stored, aliases: ["gw"]),
      row(.route, "or", .word, "", "deprecated second gateway", .unsupported),
      row(.route, "dev", .interface, "", "the interface", .stored, aliases: ["oif"]),
      row(.route, "metric", .count, "", "the metric", .stored, aliases: ["priority", "preference"]),
      row(.route, "tos", .word, "", "type of service", .stored, aliases: ["dsfield"]),
      row(.route, "onlink", .flag, "", "the gateway is on the link", .stored),
      row(.route, "encap", .anything, "", "encapsulation, and all that follows", .stored),
      row(.route, "nexthop", .anything, "", "further gateways, and all that follows", .stored),
      row(.route, "mtu", .words(1...2), "", "the MTU", .stored),
      row(.route, "advmss", .count, "", "maximum segment size", .stored),
      row(.route, "window", .count, "", "TCP window", .stored),
      row(.route, "hoplimit", .count, "", "hop limit", .stored),
      row(.route, "cwnd", .count, "", "congestion window", .stored),
      row(.route, "ssthresh", .count, "", "slow start threshold", .stored),
      row(.route, "reordering", .count, "", "reordering", .stored),
      row(.route, "initcwnd", .count, "", "initial congestion window", .stored),
      row(.route, "initrwnd", .count, "", "initial receive window", .stored),
      row(.route, "features", .choice(["ecn"]), "", "ECN", .stored),
      row(.route, "quickack", .integer(0...1), "", "quick acknowledgements", .stored),
      row(.route, "expires", .count, "", "seconds until it expires", .stored),
      row(.route, "ttl-propagate", .choice(["on", "off", "enabled", "disabled"]), "", "MPLS TTL", .stored),
      row(.route, "fastopen_no_cookie", .word, "", "TCP fast open", .stored),
      row(.route, "add", .flag, "", "fail where there is such a route", .stored),
      row(.route, "prepend", .flag, "default", "before such a route", .stored),
      row(.route, "append", .flag, "", "behind such a route", .stored),
      row(.route, "as", .anything, "", "and all that follows", .stored),
      row(.route, "vrf", .interface, "", "the VRF", .stored),
      row(.route, "no_track", .flag, "off", "its loss does not matter", .stored),
      row(.route, "track_group", .word, "", "who fails with it", .stored),
    ]
    + ["unicast", "local", "broadcast", "anycast", "multicast", "throw", "unreachable", "prohibit", "blackhole", "nat"]
    .map { row(.route, $0, .flag, "unicast", "the type of route", .stored) }

  private static func routeWord(_ name: String) -> Keyword {
    row(.route, name, .word, "", "as in ip-route(8)", .stored)
  }

  static let rule: [Keyword] =
    ["from", "to", "realms", "tunnel-id", "uidrange", "protocol", "ipproto", "sport", "dport", "fwmark", "goto"]
    .map { row(.rule, $0, .word, "", "as in ip-rule(8)", .stored) } + [
      row(.rule, "inet", .flag, "", "IPv4", .stored),
      row(.rule, "inet6", .flag, "", "IPv6", .stored),
      row(.rule, "not", .flag, "", "what follows must not hold", .stored),
      row(.rule, "table", .word, "", "the table to look in", .stored, aliases: ["lookup"]),
      row(.rule, "preference", .word, "", "the rule's place", .stored, aliases: ["order", "priority"]),
      row(.rule, "tos", .word, "", "type of service", .stored, aliases: ["dsfield"]),
      row(.rule, "iif", .interface, "", "incoming interface", .stored, aliases: ["dev"]),
      row(.rule, "oif", .interface, "", "outgoing interface", .stored),
      row(
        .rule, "suppress_prefixlength", .count, "", "ignore routes with shorter prefixes", .stored, aliases: ["sup_pl"]),
      row(.rule, "suppress_ifgroup", .word, "", "ignore routes over a group", .stored, aliases: ["sup_group"]),
      row(.rule, "l3mdev", .flag, "", "the table of the VRF", .stored),
      row(.rule, "type", .word, "", "what happens", .stored),
      row(.rule, "nop", .flag, "", "nothing happens", .stored),
      row(.rule, "blackhole", .flag, "", "drop", .stored),
      row(.rule, "unreachable", .flag, "", "refuse", .stored),
      row(.rule, "prohibit", .flag, "", "forbid", .stored),
      row(.rule, "no_track", .flag, "off", "its loss does not matter", .stored),
      row(.rule, "track_group", .word, "", "who fails with it", .stored),
    ]
}
