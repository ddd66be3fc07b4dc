extension KeywordTable {
  /// Where Baton does better than keepalived by the same keyword, and how.
  static func improvement(of keyword: Keyword) -> String? { improvements[keyword.block]?[keyword.name] }

  private static let improvements: [Block: [String: String]] = [
    .globalDefinitions: [
      "enable_script_security": "`-t` names the component of the path that is wrong, with its owner and mode",
      "vrrp_garp_interval": "0 is allowed, as keepalived's own sample file has it",
      "vrrp_skip_check_adv_addr": "`off` turns it off",
      "vrrp_higher_prio_send_advert": lastWord,
      "v3_checksum_as_v2": "`off` turns it off, and wrong checksums are refused all the same",
      "notify_fifo": "stays open over a reload; lines that nobody reads are counted",
      "vrrp_notify_fifo": "stays open over a reload; lines that nobody reads are counted",
      "notify_fifo_script": "started again when it ends, and not disturbed by a reload",
      "vrrp_notify_fifo_script": "started again when it ends, and not disturbed by a reload",
      "smtp_alert": "a mail server that hangs delays nothing; the mails of an instance keep their order",
      "smtp_alert_vrrp": "a mail server that hangs delays nothing; the mails of an instance keep their order",
    ],
    .bfdInstance: bfd,
    .bfdTemplate: bfd,
    .vrrpInstance: [
      "interface": "may appear, vanish and come back at any time",
      "virtual_ipaddress": "an address that somebody else removes comes back at once, and the log says who it was",
      "skip_check_adv_addr": "`off` turns it off",
      "higher_prio_send_advert": lastWord,
      "v3_checksum_as_v2": "`off` turns it off, and wrong checksums are refused all the same",
      "track_bfd":
        "a session to the active router that goes down starts the takeover at once; a restart of bfdd moves nothing",
      "track_script": "a script that is deleted has failed; the order of the blocks does not matter",
    ].merging(notification) { $1 },
    .syncGroup: notification,
    .vrrpScript: ["script": "one that is deleted has failed; words behind an unquoted command are an error"],
  ]

  private static let lastWord =
    "on by default: after a cut the better router learns that another was active, and announces the addresses again"

  private static let bfd = [
    "ttl": "255 for IPv6, too, as RFC 5881 demands",
    "min_tx": "jitter as RFC 5880 has it; a change by a reload takes nothing down",
    "min_rx": "a change by a reload takes nothing down",
  ]

  private static let notification = Dictionary(
    uniqueKeysWithValues: ["notify", "notify_master", "notify_backup", "notify_fault", "notify_stop"].map {
      ($0, "in order for each instance or group, and the last state is always told")
    })
}
