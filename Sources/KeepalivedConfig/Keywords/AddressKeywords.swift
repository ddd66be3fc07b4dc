import NetPrimitives

/// The words within a line that is an address, a route or a rule.
extension KeywordTable {
  static let address: [Keyword] = [
    row(.address, "dev", .interface, "the instance's interface", "where the address goes"),
    row(.address, "scope", .word, "global", "host, link, site, global, nowhere or a number; IPv4"),
    row(.address, "brd", .word, "", "the broadcast address; + or -: computed; IPv4", aliases: ["broadcast"]),
    row(.address, "label", .word, "", "the address's label, at most 15 bytes; IPv4"),
    row(.address, "peer", .prefix, "", "the address of the other end"),
    row(.address, "home", .flag, "off", "an IPv6 home address"),
    row(.address, "-nodad", .flag, "off", "with duplicate address detection"),
    row(.address, "mngtmpaddr", .flag, "off", "temporary addresses are made from it"),
    row(.address, "noprefixroute", .flag, "off", "no route to its prefix"),
    row(.address, "autojoin", .flag, "off", "join a multicast group"),
    row(.address, "no_track", .flag, "off", "its loss does not matter"),
    row(.address, "preferred_lft", .word, "0 for IPv6 /128, else forever", "seconds, or forever"),
    row(.address, "track_group", .word, "", "who fails with it; static addresses"),
    row(.address, "use_vmac", .flag, "off", "on the VMAC interface; not static addresses"),
  ]

  static let route: [Keyword] =
    ["src", "to", "from", "table", "scope", "protocol", "congctl", "pref", "realms", "rtt", "rttvar", "rto_min"]
    .map { routeWord($0) } + [
      row(.route, "inet", .flag, "", "IPv4"),
      row(.route, "inet6", .flag, "", "IPv6"),
      row(.route, "via", .word, "", "the gateway", aliases: ["gw"]),
      row(.route, "or", .word, "", "deprecated: a further gateway of equal weight; better: nexthop"),
      row(.route, "dev", .interface, "", "the interface", aliases: ["oif"]),
      row(.route, "metric", .count, "", "the metric", aliases: ["priority", "preference"]),
      row(.route, "tos", .word, "", "type of service", aliases: ["dsfield"]),
      row(.route, "onlink", .flag, "", "the gateway is on the link"),
      row(
        .route, "encap", .anything, "",
        "ip or ip6, then dst, and if need be id, src, ttl and tos or hoplimit and tc: an outer header; other kinds are "
          + "errors"),
      row(.route, "nexthop", .anything, "", "further gateways, and all that follows"),
      row(.route, "mtu", .words(1...2), "", "the MTU"),
      row(.route, "advmss", .count, "", "maximum segment size"),
      row(.route, "window", .count, "", "TCP window"),
      row(.route, "hoplimit", .count, "", "hop limit"),
      row(.route, "cwnd", .count, "", "congestion window"),
      row(.route, "ssthresh", .count, "", "slow start threshold"),
      row(.route, "reordering", .count, "", "reordering"),
      row(.route, "initcwnd", .count, "", "initial congestion window"),
      row(.route, "initrwnd", .count, "", "initial receive window"),
      row(.route, "features", .choice(["ecn"]), "", "ECN"),
      row(.route, "quickack", .integer(0...1), "", "quick acknowledgements"),
      row(.route, "expires", .count, "", "seconds until it expires"),
      row(.route, "ttl-propagate", .choice(["on", "off", "enabled", "disabled"]), "", "MPLS TTL"),
      row(.route, "fastopen_no_cookie", .word, "", "TCP fast open"),
      row(.route, "add", .flag, "", "fail where there is such a route"),
      row(.route, "prepend", .flag, "default", "before such a route"),
      row(.route, "append", .flag, "", "behind such a route"),
      row(
        .route, "as", .word, "", "[to] ADDRESS: another destination",
        .ignored("the kernel rewrites MPLS labels only")),
      row(.route, "vrf", .interface, "", "the VRF"),
      row(.route, "no_track", .flag, "off", "its loss does not matter"),
      row(.route, "track_group", .word, "", "who fails with it"),
    ]
    + ["unicast", "local", "broadcast", "anycast", "multicast", "throw", "unreachable", "prohibit", "blackhole", "nat"]
    .map { row(.route, $0, .flag, "unicast", "the type of route") }

  private static func routeWord(_ name: String) -> Keyword {
    row(.route, name, .word, "", "as in ip-route(8)")
  }

  static let rule: [Keyword] =
    ["from", "to", "realms", "tunnel-id", "uidrange", "protocol", "ipproto", "sport", "dport", "fwmark", "goto"]
    .map { row(.rule, $0, .word, "", "as in ip-rule(8)") } + [
      row(.rule, "inet", .flag, "", "IPv4"),
      row(.rule, "inet6", .flag, "", "IPv6"),
      row(.rule, "not", .flag, "", "what follows must not hold"),
      row(.rule, "table", .word, "", "the table to look in", aliases: ["lookup"]),
      row(.rule, "preference", .word, "", "the rule's place", aliases: ["order", "priority"]),
      row(.rule, "tos", .word, "", "type of service", aliases: ["dsfield"]),
      row(.rule, "iif", .interface, "", "incoming interface", aliases: ["dev"]),
      row(.rule, "oif", .interface, "", "outgoing interface"),
      row(
        .rule, "suppress_prefixlength", .count, "", "ignore routes with shorter prefixes", aliases: ["sup_pl"]),
      row(.rule, "suppress_ifgroup", .word, "", "ignore routes over a group", aliases: ["sup_group"]),
      row(.rule, "l3mdev", .flag, "", "the table of the VRF"),
      row(.rule, "type", .word, "", "what happens"),
      row(.rule, "nop", .flag, "", "nothing happens"),
      row(.rule, "blackhole", .flag, "", "drop"),
      row(.rule, "unreachable", .flag, "", "refuse"),
      row(.rule, "prohibit", .flag, "", "forbid"),
      row(.rule, "no_track", .flag, "off", "its loss does not matter"),
      row(.rule, "track_group", .word, "", "who fails with it"),
    ]
}
