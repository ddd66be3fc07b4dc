/// For every keyword with an effect that a reload can change: what a file says without it and with it.
public struct ReloadSample: Sendable {
  /// The keyword.
  public let keyword: String
  /// The lines with it. `%` is the number of the instance.
  public let lines: [String]
  /// Lines that both files have.
  public let common: [String]

  init(_ keyword: String, _ lines: String..., common: [String] = []) {
    self.keyword = keyword
    self.lines = lines
    self.common = common
  }

  /// The lines of an instance with the keyword, or without. A line replaces the one of the same first word that comes
  /// before it.
  public func instance(_ isPresent: Bool, base: [String], number: Int) -> String {
    var lines: [(word: Substring, text: String)] = []
    for text in base + common + (isPresent ? self.lines : []) {
      let word = text.prefix { $0 != " " }
      lines.removeAll { $0.word == word }
      lines.append((word, text.replacing("%", with: "\(number)")))
    }
    return lines.map { "    \($0.text)\n" }.joined()
  }
}

/// The samples of the keywords of instances, groups and `global_defs`, and why some keywords have none.
public enum ReloadSamples {
  private static let peer = "unicast_peer { 192.0.2.2 }"

  /// Those of a `vrrp_instance` that keep the virtual router the same.
  public static let instance: [ReloadSample] = [
    ReloadSample("state", "state MASTER"), ReloadSample("priority", "priority 150"),
    ReloadSample("advert_int", "advert_int 2"),
    ReloadSample("virtual_ipaddress", "virtual_ipaddress { 10.1.%.2/24\n10.1.%.1/24\n10.1.%.3/32 dev eth1 }"),
    ReloadSample("virtual_ipaddress_excluded", "virtual_ipaddress_excluded { 10.2.%.1/32\n10.2.%.2/32 }"),
    ReloadSample("virtual_routes", "virtual_routes { 10.3.%.0/24 dev eth0 table 300 }"),
    ReloadSample("virtual_rules", "virtual_rules { from 10.1.%.1 table 300 preference 20% }"),
    ReloadSample("promote_secondaries", "promote_secondaries"),
    ReloadSample(
      "authentication", "authentication {\nauth_type PASS\nauth_pass secret\n}",
      common: ["version 2", "advert_int 1"]),
    ReloadSample(
      "auth_hmac",
      "auth_hmac {\nkey 1 hex:000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\nactive_key 1\nmode permissive\n}"
    ),
    ReloadSample("unicast_peer", peer), ReloadSample("unicast_src_ip", "unicast_src_ip 192.0.2.3", common: [peer]),
    ReloadSample("mcast_src_ip", "mcast_src_ip 192.0.2.3"),
    ReloadSample("unicast_ttl", "unicast_ttl 64", common: [peer]),
    ReloadSample("check_unicast_src", "check_unicast_src", common: [peer]),
    ReloadSample("old_unicast_checksum", "old_unicast_checksum", common: [peer]),
    ReloadSample("mcast_dst_ip", "mcast_dst_ip 224.0.0.99"),
    ReloadSample("track_src_ip", "track_src_ip", common: ["mcast_src_ip 192.0.2.77"]),
    ReloadSample("nopreempt", "nopreempt"), ReloadSample("preempt_delay", "preempt_delay 20"),
    ReloadSample("vmac_xmit_base", "vmac_xmit_base", common: ["use_vmac vm%"]),
    ReloadSample("accept", "accept", common: ["strict_mode"]), ReloadSample("no_accept", "no_accept"),
    ReloadSample("strict_mode", "strict_mode"), ReloadSample("skip_check_adv_addr", "skip_check_adv_addr"),
    ReloadSample("v3_checksum_as_v2", "v3_checksum_as_v2"), ReloadSample("garp_master_delay", "garp_master_delay 2"),
    ReloadSample("garp_master_repeat", "garp_master_repeat 2"),
    ReloadSample("garp_master_refresh", "garp_master_refresh 1"),
    ReloadSample(
      "garp_master_refresh_repeat", "garp_master_refresh_repeat 3", common: ["garp_master_refresh 1"]),
    ReloadSample("garp_lower_prio_delay", "garp_lower_prio_delay 9"),
    ReloadSample("garp_lower_prio_repeat", "garp_lower_prio_repeat 0"),
    ReloadSample("down_timer_adverts", "down_timer_adverts 5"),
    ReloadSample("timer_expired_backup", "timer_expired_backup 1", common: ["nopreempt"]),
    ReloadSample("lower_prio_no_advert", "lower_prio_no_advert"),
    ReloadSample("higher_prio_send_advert", "higher_prio_send_advert off"),
    ReloadSample("owner_ignore_adverts", "owner_ignore_adverts", common: ["state MASTER"]),
    ReloadSample("kernel_rx_buf_size", "kernel_rx_buf_size 300000"),
    ReloadSample("no_bfd_takeover", "no_bfd_takeover", common: ["track_bfd { session weight 5 }"]),
    ReloadSample("track_interface", "track_interface { eth1 weight 10 }"),
    ReloadSample("track_script", "track_script { check weight 20 }"),
    ReloadSample("track_file", "track_file { number weight 2 }"),
    ReloadSample("track_process", "track_process { none weight -5 }"),
    ReloadSample("track_bfd", "track_bfd { session weight -7 }"),
    ReloadSample("dont_track_primary", "dont_track_primary"),

    ReloadSample("notify_priority_changes", "notify_priority_changes"),
    ReloadSample("notify_deleted", "notify_deleted /usr/bin/true"),
    ReloadSample("notify_master_rx_lower_pri", "notify_master_rx_lower_pri /usr/bin/true"),
    ReloadSample("notify_master", "notify_master /usr/bin/true"),
    ReloadSample("notify_backup", "notify_backup /usr/bin/true"),
    ReloadSample("notify_fault", "notify_fault /usr/bin/true"),
    ReloadSample("notify_stop", "notify_stop /usr/bin/true"),
    ReloadSample("notify", "notify /usr/bin/true"),
  ]

  /// Those that make another virtual router of the instance.
  public static let anotherRouter: [ReloadSample] = [
    ReloadSample("virtual_router_id", "virtual_router_id 200"), ReloadSample("interface", "interface eth1"),
    ReloadSample("version", "version 2", common: ["advert_int 1"]), ReloadSample("use_vmac", "use_vmac vm%"),
  ]

  /// Keywords of an instance without a sample, and why.
  public static let withoutSample: [String: String] = [
    "vrf": "another virtual router; needs a kernel with VRFs, as the scenarios of the virtual machine have",
    "use_ipvlan": "another virtual router, as with use_vmac; needs a kernel with ipvlan",
    "use_vmac_addr": "as use_vmac, for addresses on other interfaces",
    "smtp_alert": mail, "native_ipv6": "says what the addresses say", "preempt": "says what is the case without it",
    "no_virtual_ipaddress": "allows what its absence forbids", "unicast_fault_no_peer": "is about a list without peers",
  ]

  /// Those of `global_defs` that instances inherit.
  public static let inherited: [ReloadSample] = [
    ReloadSample("vrrp_garp_master_delay", "vrrp_garp_master_delay 3"),
    ReloadSample("vrrp_garp_master_repeat", "vrrp_garp_master_repeat 4"),
    ReloadSample("vrrp_garp_master_refresh", "vrrp_garp_master_refresh 2"),
    ReloadSample(
      "vrrp_garp_master_refresh_repeat", "vrrp_garp_master_refresh_repeat 2", common: ["vrrp_garp_master_refresh 2"]),
    ReloadSample("vrrp_garp_lower_prio_delay", "vrrp_garp_lower_prio_delay 7"),
    ReloadSample("vrrp_garp_lower_prio_repeat", "vrrp_garp_lower_prio_repeat 2"),
    ReloadSample("vrrp_min_garp", "vrrp_min_garp"),
    ReloadSample("vrrp_down_timer_adverts", "vrrp_down_timer_adverts 4"),
    ReloadSample("vrrp_lower_prio_no_advert", "vrrp_lower_prio_no_advert"),
    ReloadSample("vrrp_higher_prio_send_advert", "vrrp_higher_prio_send_advert off"),
    ReloadSample("vrrp_check_unicast_src", "vrrp_check_unicast_src"),
    ReloadSample("vrrp_skip_check_adv_addr", "vrrp_skip_check_adv_addr"), ReloadSample("vrrp_strict", "vrrp_strict"),
    ReloadSample("vrrp_owner_ignore_adverts", "vrrp_owner_ignore_adverts"),
    ReloadSample("v3_checksum_as_v2", "v3_checksum_as_v2"), ReloadSample("no_bfd_takeover", "no_bfd_takeover"),
    ReloadSample("vrrp_mcast_group4", "vrrp_mcast_group4 224.0.0.77"),
  ]

  /// Those of `global_defs` that concern the daemon as a whole.
  public static let daemon: [ReloadSample] = [
    ReloadSample("vrrp_garp_interval", "vrrp_garp_interval 0.001"),
    ReloadSample("vrrp_gna_interval", "vrrp_gna_interval 0.001"),
    ReloadSample("log_unknown_vrids", "log_unknown_vrids"), ReloadSample("nftables", "nftables other"),
    ReloadSample("nftables_priority", "nftables_priority -9"), ReloadSample("router_id", "router_id another"),
    ReloadSample("vrrp_notify_priority_changes", "vrrp_notify_priority_changes"),
    ReloadSample("notify_fifo", "notify_fifo /run/all.fifo"),
    ReloadSample("notify_fifo_script", "notify_fifo_script /run/reader", common: ["notify_fifo /run/all.fifo"]),
    ReloadSample("vrrp_notify_fifo", "vrrp_notify_fifo /run/vrrp.fifo"),
    ReloadSample(
      "vrrp_notify_fifo_script", "vrrp_notify_fifo_script /run/reader", common: ["vrrp_notify_fifo /run/vrrp.fifo"]),
    ReloadSample("vrrp_notify_fifo_json", "vrrp_notify_fifo_json /run/json.fifo"),
    ReloadSample(
      "vrrp_notify_fifo_json_script", "vrrp_notify_fifo_json_script /run/reader",
      common: ["vrrp_notify_fifo_json /run/json.fifo"]),
    ReloadSample("vrrp_priority", "vrrp_priority -4"),
    ReloadSample("vrrp_process_name", "vrrp_process_name renamed"),
    ReloadSample("vrrp_cpu_affinity", "vrrp_cpu_affinity 0"),
  ]

  /// Those of a sync group of two members.
  public static let group: [ReloadSample] = [
    ReloadSample("track_interface", "track_interface { eth1 weight 10 }", common: ["sync_group_tracking_weight"]),
    ReloadSample("track_script", "track_script { check weight 20 }", common: ["sync_group_tracking_weight"]),
    ReloadSample("track_file", "track_file { number weight 2 }", common: ["sync_group_tracking_weight"]),
    ReloadSample("track_process", "track_process { none weight -5 }", common: ["sync_group_tracking_weight"]),
    ReloadSample("track_bfd", "track_bfd { session weight -7 }", common: ["sync_group_tracking_weight"]),
    ReloadSample("sync_group_tracking_weight", "sync_group_tracking_weight"),

    ReloadSample("notify_priority_changes", "notify_priority_changes"),
    ReloadSample("notify_master", "notify_master /usr/bin/true"),
    ReloadSample("notify_backup", "notify_backup /usr/bin/true"),
    ReloadSample("notify_fault", "notify_fault /usr/bin/true"),
    ReloadSample("notify_stop", "notify_stop /usr/bin/true"),
    ReloadSample("notify", "notify /usr/bin/true"),
  ]

  /// Keywords of a group without a sample, and why.
  public static let groupWithoutSample = ["group": "a group comes and goes with its samples", "smtp_alert": mail]

  /// Keywords of `global_defs` without a sample, and why.
  public static let globalWithoutSample: [String: String] = [
    "script_user": runs, "enable_script_security": runs, "umask": runs,
    "vrrp_version": "another virtual router", "vmac_prefix": "another virtual router",
    "vmac_addr_prefix": "another virtual router", "vrrp_mcast_group6": "as vrrp_mcast_group4",
    "default_interface": "says what a static address with dev says",
    "vrrp_startup_delay": "counts at a start", "vrrp_delay_after_boot": "counts at a start",
    "startup_script": "runs at a start", "startup_script_timeout": "runs at a start",
    "shutdown_script": "runs at a stop", "shutdown_script_timeout": "runs at a stop",
    "iproute_usr_dir": reader, "iproute_etc_dir": reader, "include_check": reader, "config_strict": reader,
    "net_namespace": "a reload that changes it is refused",
    "process_names": "the same as vrrp_process_name", "process_name": "the same as vrrp_process_name",
    "vrrp_no_swap": "memory that is locked stays so", "vrrp_rt_priority": "needs a kernel that grants real time",
    "vrrp_rlimit_rttime": "needs a kernel that grants real time",
    "fifo_write_vrrp_states_on_reload": "is done at the reload itself",
    "notification_email": mail, "notification_email_from": mail, "smtp_server": mail, "smtp_connect_timeout": mail,
    "smtp_helo_name": mail, "smtp_alert": mail, "smtp_alert_vrrp": mail, "no_email_faults": mail,
    "bfd_common_intervals": bfdd, "bfd_process_name": bfdd, "bfd_priority": bfdd, "bfd_no_swap": bfdd,
    "bfd_rt_priority": bfdd, "bfd_rlimit_rttime": bfdd, "bfd_cpu_affinity": bfdd,
  ]

  private static let runs = "is part of each command, which is compared whole"
  private static let reader = "is used while the file is read"
  private static let mail = "is read when a mail is worded"
  private static let bfdd = "is bfdd's"
}
