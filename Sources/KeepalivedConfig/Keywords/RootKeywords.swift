import NetPrimitives

extension KeywordTable {
  static let root: [Keyword] = [
    row(.root, "global_defs", .block(.globalDefinitions), "", "settings for everything"),
    row(.root, "bfd_instance", .namedBlock(.bfdInstance), "", "a BFD session"),
    row(.root, "bfd_template", .namedBlock(.bfdTemplate), "", "keywords for the BFD sessions that use it"),
    row(
      .root, "bfd_unsolicited", .namedBlock(.bfdUnsolicited), "",
      "RFC 9468: BFD sessions for neighbours that begin by themselves"),
    row(
      .root, "sbfd_initiator", .namedBlock(.sbfdInitiator), "",
      "RFC 7880: a BFD session to a reflector, which keeps no session itself"),
    row(.root, "sbfd_reflector", .block(.sbfdReflector), "", "RFC 7880: answers the initiators of other systems"),
    row(.root, "vrrp_instance", .namedBlock(.vrrpInstance), "", "a virtual router"),
    row(.root, "vrrp_script", .namedBlock(.vrrpScript), "", "a command run regularly, for track_script"),
    row(.root, "vrrp_sync_group", .namedBlock(.syncGroup), "", "instances that change state together"),
    row(
      .root, "track_file", .namedBlock(.trackFile), "", "a file with a number in it, for track_file",
      aliases: ["vrrp_track_file"]),
    row(.root, "vrrp_track_process", .namedBlock(.trackProcess), "", "processes that must run"),
    row(.root, "static_ipaddress", .block(.address), "", "addresses present as long as the daemon runs"),
    row(.root, "static_routes", .block(.route), "", "routes present as long as the daemon runs"),
    row(.root, "static_rules", .block(.rule), "", "rules present as long as the daemon runs"),
    row(
      .root, "track_group", .namedBlock(.trackGroup), "", "instances that fail with a static address, route or rule"),
    row(.root, "garp_group", .block(.garpGroup), "", "spacing of gratuitous ARP and NA on some interfaces"),
    row(
      .root, "interface_up_down_delays", .block(.interfaceDelay), "",
      "how long an interface must be down or up before that counts"),
    row(
      .root, "linkbeat_interfaces", .block(.name), "", "interfaces whose link is polled",
      .ignored("link changes arrive by netlink")),
    row(
      .root, "linkbeat_use_polling", .flag, "off", "poll the link of all interfaces",
      .ignored("link changes arrive by netlink")),
    row(
      .root, "net_namespace", .word, "", "the network namespace to run in, as ip-netns(8) names it; needs CAP_SYS_ADMIN"
    ),
    row(.root, "net_namespace_ipvs", .optionalWord, "", "the network namespace of IPVS", .lvs),
    row(.root, "namespace_with_ipsets", .flag, "off", "allow ipsets in a namespace", .unsupported),
    row(.root, "instance", .word, "", "a suffix for the names of run-time files", .unsupported),
    row(.root, "use_pid_dir", .flag, "off", "PID files in a directory", .ignored("there are no PID files")),
    row(
      .root, "child_wait_time", .wholeSeconds(0...4_294), "5", "how long the parent waits for its children",
      .ignored("the daemons have no parent process")),
    row(.root, "virtual_server", .anything, "", "an IPVS service", .lvs),
    row(.root, "virtual_server_group", .anything, "", "addresses of an IPVS service", .lvs),
    row(.root, "SSL", .anything, "", "certificates for IPVS checks", .lvs),
  ]

  static let groups: [Keyword] = [
    row(.trackGroup, "group", .block(.name), "", "the instances that fail together with a static entry"),
    row(.garpGroup, "garp_interval", .seconds(gratuitousInterval), "0", "time between two gratuitous ARPs"),
    row(.garpGroup, "gna_interval", .seconds(gratuitousInterval), "0", "time between two unsolicited NAs"),
    row(.garpGroup, "interface", .interface, "", "the interface that the spacing is for"),
    row(.garpGroup, "interfaces", .block(.name), "", "the interfaces that share the spacing"),
  ]

  static let gratuitousInterval = Interval.zero ... .microseconds(4_294_967_295)
}
