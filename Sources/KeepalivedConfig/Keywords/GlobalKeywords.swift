import NetPrimitives

extension KeywordTable {
  static let globalDefinitions: [Keyword] = [
    row(.globalDefinitions, "router_id", .word, "host name", "the router's name in mails"),
    row(
      .globalDefinitions, "lvs_id", .anything, "", "router_id in old files", .ignored("router_id has taken its place")),
    row(
      .globalDefinitions, "config_strict", .optionalBoolean, "off",
      "Baton's own: refuse a file with errors, instead of leaving out what is wrong"),
    row(.globalDefinitions, "script_user", .user, "keepalived_script, else the daemon's user", "who runs scripts"),
    row(
      .globalDefinitions, "enable_script_security", .flag, "off",
      "do not run scripts as root that others than root could have changed"),
    row(
      .globalDefinitions, "use_symlink_paths", .optionalBoolean, "off", "run scripts by their path as written",
      .unsupported),
    row(
      .globalDefinitions, "set_supplementary_groups", .optionalBoolean, "off", "scripts get their user's groups",
      .unsupported),
    row(.globalDefinitions, "vrrp_version", .integer(2...3), "2", "the version of IPv4 instances; IPv6 has 3"),
    row(.globalDefinitions, "vrrp_mcast_group4", .address, "224.0.0.18", "where IPv4 adverts go"),
    row(.globalDefinitions, "vrrp_mcast_group6", .address, "ff02::12", "where IPv6 adverts go"),
    row(
      .globalDefinitions, "vrrp_garp_master_delay", .wholeSeconds(0...86_400), "5",
      "time to the second burst of gratuitous ARPs of a new master; 0: no second burst"),
    row(
      .globalDefinitions, "vrrp_garp_master_repeat", .integer(0...65_535), "5",
      "gratuitous ARPs for each address in a burst of a new master"),
    row(
      .globalDefinitions, "vrrp_garp_master_refresh", .wholeSeconds(0...86_400), "0",
      "how often a master repeats its gratuitous ARPs; 0: never"),
    row(
      .globalDefinitions, "vrrp_garp_master_refresh_repeat", .integer(0...65_535), "1",
      "gratuitous ARPs for each address at a repetition"),
    row(
      .globalDefinitions, "vrrp_garp_lower_prio_delay", .wholeSeconds(0...86_400), "vrrp_garp_master_delay",
      "time to the second burst after an advert of lower priority"),
    row(
      .globalDefinitions, "vrrp_garp_lower_prio_repeat", .integer(0...65_535), "vrrp_garp_master_repeat",
      "gratuitous ARPs for each address after an advert of lower priority; 0: none"),
    row(
      .globalDefinitions, "vrrp_garp_interval", .seconds(gratuitousInterval), "0",
      "least time between two gratuitous ARPs"),
    row(
      .globalDefinitions, "vrrp_gna_interval", .seconds(gratuitousInterval), "0",
      "least time between two unsolicited NAs"),
    row(
      .globalDefinitions, "vrrp_min_garp", .optionalBoolean, "off",
      "one burst of one gratuitous ARP where nothing else is said"),
    row(
      .globalDefinitions, "vrrp_garp_extra_if", .words(1...2), "",
      "repeat gratuitous ARPs on secondary VMAC interfaces",
      .unsupported, aliases: ["vrrp_vmac_garp_intvl"]),
    row(
      .globalDefinitions, "vrrp_down_timer_adverts", .integer(1...100), "3",
      "adverts that may be missed before the master counts as down"),
    row(
      .globalDefinitions, "vrrp_lower_prio_no_advert", .optionalBoolean, "off",
      "do not answer adverts of lower priority"),
    row(
      .globalDefinitions, "vrrp_higher_prio_send_advert", .optionalBoolean, "on; off in strict mode",
      "send one advert before giving way"),
    row(.globalDefinitions, "vrrp_check_unicast_src", .flag, "off", "drop unicast adverts of who is no peer"),
    row(
      .globalDefinitions, "vrrp_skip_check_adv_addr", .optionalBoolean, "off",
      "compare the address list only when the sender changes"),
    row(.globalDefinitions, "vrrp_strict", .optionalBoolean, "off", "be as strict as the RFCs"),
    row(.globalDefinitions, "vrrp_owner_ignore_adverts", .optionalBoolean, "off", "an owner ignores adverts"),
    row(
      .globalDefinitions, "v3_checksum_as_v2", .optionalBoolean, "off", "IPv4 version 3 checksums without pseudo-header"
    ),
    row(
      .globalDefinitions, "no_bfd_takeover", .flag, "off",
      "Baton's own: a BFD session that goes down does not end a backup's wait"),
    row(
      .globalDefinitions, "bfd_common_intervals", .optionalBoolean, "off",
      "Baton's own: BFD sessions round their intervals up to those of RFC 7419"),
    row(.globalDefinitions, "default_interface", .interface, "eth0", "where static addresses without dev go"),
    row(
      .globalDefinitions, "dynamic_interfaces", .optionalChoice(["allow_if_changes"]), "off",
      "interfaces may appear later",
      .ignored("interfaces may always appear later")),
    row(.globalDefinitions, "disable_local_igmp", .flag, "off", "send no IGMP for link-local groups", .unsupported),
    row(
      .globalDefinitions, "vrrp_startup_delay", .milliseconds(ofSeconds: .milliseconds(1) ... .seconds(4_294)), "0",
      "keep still that long after the start"),
    row(
      .globalDefinitions, "vrrp_delay_after_boot", .milliseconds(ofSeconds: .milliseconds(1) ... .seconds(4_294)), "0",
      "keep still that long after the machine's boot"),
    row(.globalDefinitions, "vrrp_rx_bufs_policy", .word, "the system's", "size of receive buffers", .unsupported),
    row(
      .globalDefinitions, "vrrp_rx_bufs_multiplier", .integer(1...65_535), "3", "size of receive buffers in adverts",
      .unsupported),
    row(
      .globalDefinitions, "log_unknown_vrids", .flag, "off", "log adverts of routers that are not configured"),
    row(
      .globalDefinitions, "vrrp_iptables", .words(0...2), "", "no_accept with iptables", .ignored("nftables is used")),
    row(.globalDefinitions, "vrrp_ipsets", .words(0...6), "", "no_accept with ipsets", .ignored("nftables is used")),
    row(.globalDefinitions, "nftables", .optionalWord, "baton", "the nftables table for no_accept"),
    row(
      .globalDefinitions, "nftables_priority", .integer(-32_768...32_767), "-1", "priority of the base chains"),
    row(
      .globalDefinitions, "nftables_ifindex", .flag, "off", "match interfaces by index",
      .ignored("the table needs neither")),
    row(.globalDefinitions, "nftables_counters", .flag, "off", "count in rules", .ignored("the table needs neither")),
    row(.globalDefinitions, "vmac_prefix", .word, "vrrp", "first part of the names of VMAC interfaces"),
    row(.globalDefinitions, "vmac_addr_prefix", .word, "", "the same for use_vmac_addr"),
    row(
      .globalDefinitions, "iproute_usr_dir", .word, "/usr/share/iproute2",
      "where rt_tables is, if not in iproute_etc_dir"),
    row(.globalDefinitions, "iproute_etc_dir", .word, "/etc/iproute2", "where rt_tables is"),
    row(
      .globalDefinitions, "include_check", .words(0...8), "none",
      "what an include must find: read match wildcard_match brace_match"),
    row(.globalDefinitions, "random_seed", .count, "", "seed of ${_RANDOM}", .unsupported),
  ]

  static let globalProcess: [Keyword] =
    [
      row(
        .globalDefinitions, "process_names", .optionalWord, "off",
        "name the processes keepalived_vrrp and keepalived_bfd"),
      row(.globalDefinitions, "process_name", .word, "", "name of all processes, at most 15 bytes"),
      row(.globalDefinitions, "vrrp_process_name", .word, "", "name of vrrpd, at most 15 bytes"),
      row(.globalDefinitions, "bfd_process_name", .word, "", "name of bfdd, at most 15 bytes"),
      row(
        .globalDefinitions, "checker_process_name", .word, "", "name of the IPVS checker", .lvs,
        aliases: ["lvs_process_name"]),
      row(.globalDefinitions, "checker_priority", .integer(-20...19), "0", "nice value of the IPVS checker", .lvs),
      row(.globalDefinitions, "checker_no_swap", .flag, "off", "lock the IPVS checker's memory", .lvs),
      row(
        .globalDefinitions, "checker_rt_priority", .integer(1...99), "off", "real-time priority of the IPVS checker",
        .lvs),
      row(
        .globalDefinitions, "checker_rlimit_rttime", .count, "10000", "RLIMIT_RTTIME of the IPVS checker", .lvs,
        aliases: ["checker_rlimit_rtime"]),
      row(.globalDefinitions, "checker_cpu_affinity", .words(1...4_096), "", "CPUs of the IPVS checker", .lvs),
      row(
        .globalDefinitions, "max_auto_priority", .optionalInteger(-1...99, otherwise: 99), "0",
        "raise the real-time priority when late", .unsupported),
      row(
        .globalDefinitions, "min_auto_priority_delay",
        .interval(.microseconds(1) ... .microseconds(10_000_000), unit: .microseconds, step: .microseconds(1)),
        "1000000",
        "how late is late", .unsupported),
      row(
        .globalDefinitions, "umask", .words(1...16), "0177",
        "permission bits that files of scripts, and pipes, are made without"),
      row(
        .globalDefinitions, "reload_check_config", .optionalWord, "off", "check before a reload",
        .ignored("a reload is always checked first")),
      row(.globalDefinitions, "reload_time_file", .word, "", "a file that says when to reload", .unsupported),
      row(.globalDefinitions, "reload_repeat", .flag, "off", "reload_time_file again and again", .unsupported),
      row(.globalDefinitions, "reload_file", .optionalWord, "", "a file present during reloads", .unsupported),
      row(.globalDefinitions, "config_save_dir", .word, "", "keep copies of configurations", .dumps),
      row(
        .globalDefinitions, "tmp_config_directory", .word, "", "where the parent's copy goes",
        .ignored("there is no copy")),
      row(.globalDefinitions, "data_use_instance", .optionalBoolean, "off", "names of dump files", .dumps),
      row(.globalDefinitions, "json_version", .integer(1...2), "1", "form of the JSON dump", .dumps),
      row(.globalDefinitions, "state_dump_file", .word, "", "where the state dump goes", .dumps),
      row(.globalDefinitions, "stats_dump_file", .word, "", "where the statistics dump goes", .dumps),
      row(.globalDefinitions, "json_dump_file", .word, "", "where the JSON dump goes", .dumps),
      row(.globalDefinitions, "vrrp_netlink_cmd_rcv_bufs", .count, "0", "receive buffer of netlink", .unsupported),
      row(
        .globalDefinitions, "vrrp_netlink_cmd_rcv_bufs_force", .optionalBoolean, "off", "exceed the system's limit",
        .unsupported),
      row(.globalDefinitions, "vrrp_netlink_monitor_rcv_bufs", .count, "0", "receive buffer of netlink", .unsupported),
      row(
        .globalDefinitions, "vrrp_netlink_monitor_rcv_bufs_force", .optionalBoolean, "off", "exceed the system's limit",
        .unsupported),
      row(
        .globalDefinitions, "process_monitor_rcv_bufs", .count, "0", "receive buffer of the process connector",
        .unsupported),
      row(
        .globalDefinitions, "process_monitor_rcv_bufs_force", .optionalBoolean, "off", "exceed the system's limit",
        .unsupported),
    ] + scheduling(of: "vrrp") + scheduling(of: "bfd")

  /// The scheduling keywords of one process.
  private static func scheduling(of process: String) -> [Keyword] {
    [
      row(.globalDefinitions, "\(process)_priority", .integer(-20...19), "0", "nice value"),
      row(.globalDefinitions, "\(process)_no_swap", .flag, "off", "lock memory"),
      row(
        .globalDefinitions, "\(process)_rt_priority", .integer(1...99), "what LimitRTPRIO= grants, at most 50",
        "SCHED_RR at this priority"),
      row(
        .globalDefinitions, "\(process)_rlimit_rttime",
        .interval(.microseconds(1) ... .microseconds(4_294_967_295), unit: .microseconds, step: .microseconds(1)),
        "unlimited",
        "RLIMIT_RTTIME: processor time at real-time priority without waiting, after which the kernel ends it",
        aliases: ["\(process)_rlimit_rtime"]),
      row(.globalDefinitions, "\(process)_cpu_affinity", .words(1...4_096), "all", "CPUs to run on"),
    ]
  }

  static let globalNotification: [Keyword] = [
    row(.globalDefinitions, "notification_email", .block(.name), "", "who gets mails"),
    row(.globalDefinitions, "notification_email_from", .word, "keepalived@host", "who sends mails"),
    row(.globalDefinitions, "smtp_server", .words(1...2), "port 25", "where mails go"),
    row(
      .globalDefinitions, "smtp_connect_timeout", .wholeSeconds(0...4_294), "30",
      "how long to wait for the mail server"),
    row(.globalDefinitions, "smtp_helo_name", .word, "host name", "the name said to the mail server"),
    row(.globalDefinitions, "smtp_alert", .optionalBoolean, "off", "mails for everything"),
    row(.globalDefinitions, "smtp_alert_vrrp", .optionalBoolean, "smtp_alert", "mails for instances"),
    row(.globalDefinitions, "smtp_alert_checker", .optionalBoolean, "off", "mails for IPVS", .lvs),
    row(.globalDefinitions, "no_email_faults", .flag, "off", "no mails for FAULT"),
    row(.globalDefinitions, "notify_fifo", .words(1...3), "", "a FIFO for all events"),
    row(.globalDefinitions, "vrrp_notify_fifo", .words(1...3), "", "a FIFO for VRRP events"),
    row(
      .globalDefinitions, "vrrp_notify_fifo_json", .words(1...3), "",
      "Baton's own: a FIFO for VRRP events as JSON, one object a line"),
    row(.globalDefinitions, "lvs_notify_fifo", .words(1...3), "", "a FIFO for IPVS events", .lvs),
    row(
      .globalDefinitions, "notify_fifo_script", .script, "",
      "reads notify_fifo; started with the FIFO's path as its last argument"),
    row(
      .globalDefinitions, "vrrp_notify_fifo_script", .script, "",
      "reads vrrp_notify_fifo; started with the FIFO's path as its last argument"),
    row(
      .globalDefinitions, "vrrp_notify_fifo_json_script", .script, "",
      "Baton's own: reads vrrp_notify_fifo_json; started with the FIFO's path as its last argument"),
    row(.globalDefinitions, "lvs_notify_fifo_script", .script, "", "reads lvs_notify_fifo", .lvs),
    row(
      .globalDefinitions, "vrrp_notify_priority_changes", .optionalBoolean, "off", "FIFO lines for priorities"),
    row(
      .globalDefinitions, "fifo_write_vrrp_states_on_reload", .flag, "off", "all states again after a reload"),
    row(.globalDefinitions, "startup_script", .script, "", "runs before the start"),
    row(.globalDefinitions, "startup_script_timeout", .wholeSeconds(1...1_000), "10", "how long it may take"),
    row(.globalDefinitions, "shutdown_script", .script, "", "runs after the stop"),
    row(.globalDefinitions, "shutdown_script_timeout", .wholeSeconds(1...1_000), "10", "how long it may take"),
    row(.globalDefinitions, "snmp_socket", .words(0...1), "", "the AgentX master", .snmp),
    row(.globalDefinitions, "enable_traps", .flag, "off", "SNMP traps", .snmp),
    row(
      .globalDefinitions, "enable_snmp_vrrp", .flag, "off", "KEEPALIVED-MIB for VRRP", .snmp,
      aliases: ["enable_snmp_keepalived"]),
    row(.globalDefinitions, "enable_snmp_rfc", .flag, "off", "the RFCs' MIBs", .snmp),
    row(.globalDefinitions, "enable_snmp_rfcv2", .flag, "off", "the VRRPv2 MIB", .snmp),
    row(.globalDefinitions, "enable_snmp_rfcv3", .flag, "off", "the VRRPv3 MIB", .snmp),
    row(.globalDefinitions, "enable_snmp_checker", .flag, "off", "KEEPALIVED-MIB for IPVS", .snmp),
    row(.globalDefinitions, "snmp_vs_stats_update_interval", .anything, "", "age of IPVS figures", .snmp),
    row(.globalDefinitions, "snmp_rs_stats_update_interval", .anything, "", "age of IPVS figures", .snmp),
    row(.globalDefinitions, "enable_dbus", .flag, "off", "the D-Bus service", .dbus),
    row(.globalDefinitions, "dbus_service_name", .word, "org.keepalived.Vrrp1", "the D-Bus name", .dbus),
    row(.globalDefinitions, "dbus_no_interface_name", .word, "", "the D-Bus path without interface", .dbus),
    row(.globalDefinitions, "nftables_ipvs", .anything, "", "IPVS firewall marks", .lvs),
    row(.globalDefinitions, "nftables_ipvs_priority", .anything, "", "IPVS firewall marks", .lvs),
    row(.globalDefinitions, "nftables_ipvs_start_fwmark", .anything, "", "IPVS firewall marks", .lvs),
    row(.globalDefinitions, "lvs_sync_daemon", .anything, "", "the IPVS synchronisation daemon", .lvs),
    row(.globalDefinitions, "lvs_timeouts", .anything, "", "IPVS timeouts", .lvs),
    row(.globalDefinitions, "lvs_flush", .anything, "", "flush IPVS at the start", .lvs),
    row(
      .globalDefinitions, "lvs_flush_on_stop", .anything, "", "flush IPVS at the stop", .lvs,
      aliases: ["lvs_flush_onstop"]),
    row(.globalDefinitions, "rs_init_notifies", .anything, "", "real server notifications", .lvs),
    row(.globalDefinitions, "no_checker_emails", .anything, "", "no mails for IPVS", .lvs),
    row(.globalDefinitions, "checker_log_all_failures", .anything, "", "log of IPVS checks", .lvs),
    row(.globalDefinitions, "lvs_netlink_cmd_rcv_bufs", .anything, "", "receive buffer of netlink", .lvs),
    row(.globalDefinitions, "lvs_netlink_cmd_rcv_bufs_force", .anything, "", "exceed the system's limit", .lvs),
    row(.globalDefinitions, "lvs_netlink_monitor_rcv_bufs", .anything, "", "receive buffer of netlink", .lvs),
    row(.globalDefinitions, "lvs_netlink_monitor_rcv_bufs_force", .anything, "", "exceed the system's limit", .lvs),
  ]

  /// Root-level scalars that keepalived reads in `global_defs` too.
  static let globalMisplaced: [Keyword] =
    root
    .filter {
      [
        "linkbeat_use_polling", "net_namespace", "net_namespace_ipvs", "namespace_with_ipsets", "instance",
        "use_pid_dir", "child_wait_time",
      ].contains($0.name)
    }
    .map {
      Keyword(
        block: .globalDefinitions, name: $0.name, aliases: $0.aliases, arguments: $0.arguments,
        defaultValue: $0.defaultValue, meaning: $0.meaning, status: $0.status)
    }
}
