import NetPrimitives

extension KeywordTable {
  static let vrrpInstance: [Keyword] = [
    row(
      .vrrpInstance, "state", .choice(["MASTER", "BACKUP"]), "MASTER for priority 255, else BACKUP",
      "what an owner starts as"),
    row(
      .vrrpInstance, "interface", .interface, "required; the one with unicast_src_ip, if there are peers",
      "the interface adverts use"),
    row(.vrrpInstance, "vrf", .interface, "", "the VRF instead of an interface; with unicast_peer"),
    row(.vrrpInstance, "virtual_router_id", .integer(1...255), "required", "the virtual router's number"),
    row(
      .vrrpInstance, "priority", .integer(1...255), "100; 255 for state MASTER",
      "who is master; 255: owner of the addresses"),
    row(
      .vrrpInstance, "advert_int", .seconds(.milliseconds(10) ... .seconds(255)), "1",
      "time between two adverts; whole seconds in version 2, at most 40.95 in version 3"),
    row(.vrrpInstance, "version", .integer(2...3), "vrrp_version; 3 for IPv6", "the protocol version"),
    row(.vrrpInstance, "virtual_ipaddress", .block(.address), "", "addresses of the virtual router, advertised"),
    row(.vrrpInstance, "virtual_ipaddress_excluded", .block(.address), "", "further addresses, not advertised"),
    row(.vrrpInstance, "no_virtual_ipaddress", .flag, "off", "there may be no addresses"),
    row(.vrrpInstance, "virtual_routes", .block(.route), "", "routes present on the master"),
    row(.vrrpInstance, "virtual_rules", .block(.rule), "", "rules present on the master"),
    row(.vrrpInstance, "promote_secondaries", .flag, "off", "sysctl promote_secondaries while master"),
    row(.vrrpInstance, "authentication", .block(.authentication), "none", "version 2 authentication"),
    row(
      .vrrpInstance, "auth_hmac", .block(.messageAuthentication), "none",
      "authentication by HMAC as of keepalived 2.4.2"),
    row(
      .vrrpInstance, "unicast_peer", .block(.unicastPeer), "", "send adverts to these routers, not to the group"),
    row(
      .vrrpInstance, "unicast_src_ip", .address, "the interface's address",
      "source of unicast adverts; FAULT while this host does not have it"),
    row(.vrrpInstance, "mcast_src_ip", .address, "the interface's address", "source of adverts"),
    row(.vrrpInstance, "unicast_ttl", .integer(1...255), "255", "TTL or hop limit of unicast adverts"),
    row(.vrrpInstance, "unicast_fault_no_peer", .flag, "off", "FAULT without peers"),
    row(.vrrpInstance, "check_unicast_src", .flag, "vrrp_check_unicast_src", "drop adverts of who is no peer"),
    row(
      .vrrpInstance, "old_unicast_checksum", .optionalChoice(["never"]), "automatic",
      "the version 3 checksum of old keepalived"),
    row(.vrrpInstance, "mcast_dst_ip", .address, "vrrp_mcast_group4 or 6", "where adverts go"),
    row(.vrrpInstance, "track_src_ip", .flag, "off", "FAULT while the source address is absent"),
    row(.vrrpInstance, "native_ipv6", .flag, "off", "IPv6, version 3"),
    row(.vrrpInstance, "nopreempt", .flag, "off", "do not take over from a living master of lower priority"),
    row(.vrrpInstance, "preempt", .flag, "on", "take over from a master of lower priority"),
    row(.vrrpInstance, "preempt_delay", .seconds(.zero ... .seconds(1_000)), "0", "wait that long before taking over"),
    row(.vrrpInstance, "use_vmac", .words(0...6), "off", "the virtual router's own MAC address"),
    row(.vrrpInstance, "use_vmac_addr", .flag, "off", "the same for addresses on other interfaces"),
    row(.vrrpInstance, "vmac_xmit_base", .flag, "off", "adverts leave from the base interface"),
    row(.vrrpInstance, "use_ipvlan", .words(0...6), "off", "an ipvlan interface for the addresses"),
    row(.vrrpInstance, "accept", .flag, "on; off in strict mode", "accept packets to the addresses"),
    row(.vrrpInstance, "no_accept", .flag, "off", "drop packets to the addresses unless their owner"),
    row(.vrrpInstance, "strict_mode", .optionalBoolean, "vrrp_strict", "be as strict as the RFCs"),
    row(
      .vrrpInstance, "skip_check_adv_addr", .optionalBoolean, "vrrp_skip_check_adv_addr",
      "compare the address list only when the sender changes"),
    row(
      .vrrpInstance, "v3_checksum_as_v2", .optionalBoolean, "v3_checksum_as_v2 of global_defs",
      "IPv4 version 3 checksums without pseudo-header"),
    row(
      .vrrpInstance, "garp_master_delay", .wholeSeconds(0...86_400), "vrrp_garp_master_delay",
      "time to the second burst of a new master"),
    row(
      .vrrpInstance, "garp_master_repeat", .integer(0...65_535), "vrrp_garp_master_repeat",
      "gratuitous ARPs for each address in a burst"),
    row(
      .vrrpInstance, "garp_master_refresh", .wholeSeconds(0...86_400), "vrrp_garp_master_refresh",
      "how often a master repeats them"),
    row(
      .vrrpInstance, "garp_master_refresh_repeat", .integer(0...65_535), "vrrp_garp_master_refresh_repeat",
      "gratuitous ARPs at a repetition"),
    row(
      .vrrpInstance, "garp_lower_prio_delay", .wholeSeconds(0...86_400), "vrrp_garp_lower_prio_delay",
      "time to the second burst after an advert of lower priority"),
    row(
      .vrrpInstance, "garp_lower_prio_repeat", .integer(0...65_535), "vrrp_garp_lower_prio_repeat",
      "gratuitous ARPs after an advert of lower priority"),
    row(
      .vrrpInstance, "garp_extra_if", .words(1...2), "vrrp_garp_extra_if", "repeat them on secondary VMAC interfaces",
      .unsupported,
      aliases: ["vmac_garp_intvl"]),
    row(
      .vrrpInstance, "down_timer_adverts", .integer(1...100), "vrrp_down_timer_adverts", "adverts that may be missed"),
    row(
      .vrrpInstance, "timer_expired_backup", .optionalInteger(1...254, otherwise: 254), "off",
      "give up when we were late ourselves",
      aliases: ["thread_timer_expired"]),
    row(
      .vrrpInstance, "lower_prio_no_advert", .optionalBoolean, "vrrp_lower_prio_no_advert",
      "do not answer adverts of lower priority"),
    row(
      .vrrpInstance, "higher_prio_send_advert", .optionalBoolean, "vrrp_higher_prio_send_advert",
      "send one advert before giving way"),
    row(
      .vrrpInstance, "owner_ignore_adverts", .optionalBoolean, "vrrp_owner_ignore_adverts", "an owner ignores adverts"),
    row(.vrrpInstance, "kernel_rx_buf_size", .count, "the system's", "receive buffer in bytes"),
    row(
      .vrrpInstance, "no_bfd_takeover", .flag, "off",
      "Baton's own: a BFD session that goes down does not end a backup's wait"),
    row(
      .vrrpInstance, "debug", .optionalInteger(0...4, otherwise: 0), "0", "debug level",
      .ignored("--log-level does this")),
    row(
      .vrrpInstance, "lvs_sync_daemon_interface", .anything, "", "the IPVS synchronisation daemon", .lvs,
      aliases: ["lvs_sync_daemon_inteface"]),  // as keepalived before 1.3 wrote it
    row(
      .vrrpInstance, "linkbeat_use_polling", .flag, "off", "poll the link", .ignored("link changes arrive by netlink")),
  ]

  static let vrrpInstanceTracking: [Keyword] =
    [
      row(.vrrpInstance, "track_interface", .block(.trackedObject), "", "interfaces that must be up"),
      row(.vrrpInstance, "track_script", .block(.trackedObject), "", "scripts that must succeed"),
      row(.vrrpInstance, "track_file", .block(.trackedObject), "", "files whose numbers move the priority"),
      row(.vrrpInstance, "track_process", .block(.trackedObject), "", "processes that must run"),
      row(.vrrpInstance, "track_bfd", .block(.trackedObject), "", "BFD sessions that must be Up"),
      row(.vrrpInstance, "dont_track_primary", .flag, "off", "faults of the instance's own interface do not matter"),
      row(.vrrpInstance, "smtp_alert", .optionalBoolean, "smtp_alert_vrrp", "mails for this instance"),
      row(
        .vrrpInstance, "notify_priority_changes", .optionalBoolean, "the group's, else vrrp_notify_priority_changes",
        "FIFO lines for priorities"),
      row(
        .vrrpInstance, "notify_deleted", .script, "",
        "runs when a reload removes the instance; without it notify_fault does"),
      row(
        .vrrpInstance, "notify_master_rx_lower_pri", .script, "", "runs when a master hears a lower priority"),
    ] + notification(.vrrpInstance)

  private static func notification(_ block: Block) -> [Keyword] {
    [
      row(block, "notify_master", .script, "", "runs on becoming master"),
      row(block, "notify_backup", .script, "", "runs on becoming backup"),
      row(block, "notify_fault", .script, "", "runs on becoming faulty"),
      row(block, "notify_stop", .script, "", "runs on stopping"),
      row(block, "notify", .script, "", "runs on every change, with type, name, state and priority appended"),
    ]
  }

  static let syncGroup: [Keyword] =
    [
      row(.syncGroup, "group", .block(.name), "required", "the instances that change state together"),
      row(.syncGroup, "track_interface", .block(.trackedObject), "", "for all members"),
      row(.syncGroup, "track_script", .block(.trackedObject), "", "for all members"),
      row(.syncGroup, "track_file", .block(.trackedObject), "", "for all members"),
      row(.syncGroup, "track_process", .block(.trackedObject), "", "for all members"),
      row(.syncGroup, "track_bfd", .block(.trackedObject), "", "for all members"),
      row(.syncGroup, "smtp_alert", .optionalBoolean, "smtp_alert_vrrp", "mails for this group"),
      row(.syncGroup, "global_tracking", .flag, "off", "deprecated", .ignored("deprecated in keepalived")),
      row(.syncGroup, "sync_group_tracking_weight", .flag, "off", "weights of members' trackers count"),
      row(
        .syncGroup, "notify_priority_changes", .optionalBoolean, "vrrp_notify_priority_changes",
        "FIFO lines for priorities of members that do not say so themselves"),
    ] + notification(.syncGroup)

  static let authentication: [Keyword] = [
    row(
      .authentication, "auth_type", .choice(["PASS", "AH"]), "required",
      "a password in clear, or an authentication header"),
    row(.authentication, "auth_pass", .word, "required", "the password; 8 bytes count"),
    row(
      .messageAuthentication, "key", .numberedSecret, "required",
      "an id from 1 to 255 and a key of 32 to 64 bytes, hex:... or file:..."),
    row(.messageAuthentication, "active_key", .integer(1...255), "required", "the id of the key to send with"),
    row(
      .messageAuthentication, "mode", .choice(VRRPMessageAuthentication.Mode.allCases.map(\.rawValue)), "enforce",
      "what happens to adverts without a valid code"),
    row(.messageAuthentication, "anti_replay", .choice(["time", "monotonic"]), "time", "how old adverts are known"),
    row(
      .messageAuthentication, "time_window", .wholeSeconds(1...300), "3 x advert_int, at least 5",
      "how old an advert may be"),
  ]
}
