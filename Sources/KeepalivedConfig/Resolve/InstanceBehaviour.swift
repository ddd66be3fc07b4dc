import NetPrimitives

/// Settings of a `vrrp_instance` that inherit from `global_defs`.
extension Resolver {
  func readBehaviour(_ block: ParsedBlock, into instance: inout VRRPInstance) {
    func flag(_ keyword: String, _ inherited: String, otherwise: Bool = false) -> Bool {
      block.flag(keyword) ?? globals.flag(inherited) ?? otherwise
    }
    instance.skipAddressListCheck = flag("skip_check_adv_addr", "vrrp_skip_check_adv_addr")
    instance.checksumAsV2 = flag("v3_checksum_as_v2", "v3_checksum_as_v2")
    instance.lowerPriorityNoAdvert = flag("lower_prio_no_advert", "vrrp_lower_prio_no_advert")
    instance.higherPrioritySendAdvert = flag(
      "higher_prio_send_advert", "vrrp_higher_prio_send_advert", otherwise: true)
    instance.ownerIgnoreAdverts = flag("owner_ignore_adverts", "vrrp_owner_ignore_adverts")
    instance.bfdTakeover = !flag("no_bfd_takeover", "no_bfd_takeover")
    instance.dontTrackPrimary = block.flag("dont_track_primary") ?? false
    instance.trackSourceAddress = block.flag("track_src_ip") ?? false
    instance.promoteSecondaries = block.flag("promote_secondaries") ?? false
    instance.receiveBufferSize = block.integer("kernel_rx_buf_size")
    instance.downTimerAdverts =
      block.integer("down_timer_adverts") ?? globals.integer("vrrp_down_timer_adverts") ?? 3
    instance.timerExpiredBackup = block.integer("timer_expired_backup").map(UInt8.init(clamping:))
    if instance.timerExpiredBackup != nil, instance.preempt {
      findings.warning(
        block.position(of: "timer_expired_backup"), "timer_expired_backup needs nopreempt: it has no effect")
      instance.timerExpiredBackup = nil
    }
    instance.accept = !(block.flag("no_accept") ?? false)
    if block.mentions("accept"), block.mentions("no_accept") {
      findings.warning(block.position(of: "accept"), "accept and no_accept contradict each other; no_accept holds")
    }
    instance.multicastGroup = multicastGroup(block, instance.family)
    if let word = block.word("old_unicast_checksum") {
      instance.oldUnicastChecksum = word == "never" ? .never : .always
    }
  }

  private func multicastGroup(_ block: ParsedBlock, _ family: AddressFamily) -> IPAddress {
    let standard: IPAddress =
      family == .ipv4
      ? .v4(IPv4Address(0xE000_0012)) : .v6(IPv6Address(high: 0xFF02_0000_0000_0000, low: 0x12))
    let global = globals.address(family == .ipv4 ? "vrrp_mcast_group4" : "vrrp_mcast_group6")
    let inherited = unusableGroups.contains(family) ? standard : global ?? standard
    guard let given = block.address("mcast_dst_ip") else { return inherited.family == family ? inherited : standard }
    let isLinkLocal =
      if case .v6(let address) = given { address.high >> 48 & 0xFF0F == 0xFF02 } else { given.isMulticast }
    guard given.family == family, isLinkLocal else {
      let kind = family == .ipv4 ? "an IPv4 multicast" : "an IPv6 link-local multicast"
      findings.error(block.position(of: "mcast_dst_ip"), "'\(given)' is not \(kind) address")
      return inherited.family == family ? inherited : standard
    }
    return given
  }

  func readGratuitous(_ block: ParsedBlock, into instance: inout VRRPInstance) {
    let least = globals.flag("vrrp_min_garp") ?? false
    func repeats(_ keyword: String, _ otherwise: Int) -> Int {
      max(1, block.integer(keyword) ?? globals.integer("vrrp_\(keyword)") ?? otherwise)
    }
    func delay(_ keyword: String, _ otherwise: Interval) -> Interval {
      block.interval(keyword) ?? globals.interval("vrrp_\(keyword)") ?? otherwise
    }
    var policy = GratuitousPolicy()
    policy.delay = delay("garp_master_delay", least ? .zero : .seconds(5))
    policy.repeats = repeats("garp_master_repeat", least ? 1 : 5)
    policy.refresh = delay("garp_master_refresh", .zero)
    policy.refreshRepeats = repeats("garp_master_refresh_repeat", 1)
    policy.lowerPriorityDelay = delay("garp_lower_prio_delay", policy.delay)
    policy.lowerPriorityRepeats =
      block.integer("garp_lower_prio_repeat") ?? globals.integer("vrrp_garp_lower_prio_repeat") ?? policy.repeats
    instance.gratuitous = policy
  }

  func readAuthentication(_ block: ParsedBlock, into instance: inout VRRPInstance) {
    if let inner = block.blocks("authentication").last { readPassword(inner, into: &instance) }
    if let inner = block.blocks("auth_hmac").last { instance.messageAuthentication = hmac(inner, instance) }
    if instance.authentication != nil, instance.messageAuthentication != nil {
      findings.error(
        block.blocks("auth_hmac")[0].position, "auth_hmac and authentication exclude each other",
        .objectLeftOut("vrrp_instance"))
    }
  }

  private func readPassword(_ block: ParsedBlock, into instance: inout VRRPInstance) {
    for keyword in ["auth_type", "auth_pass"] where !block.mentions(keyword) {
      findings.error(block.position, "the authentication has no \(keyword)", .blockLeftOut)
    }
    guard let type = block.word("auth_type"), let text = block.word("auth_pass") else { return }
    guard instance.version == .v2 else {
      return findings.warning(block.position, "VRRP version 3 has no authentication: it is left out")
    }
    var password = Array(text.utf8.prefix(8))
    if text.utf8.count > 8 {
      findings.warning(block.position(of: "auth_pass"), "only the first 8 bytes of the password count")
    }
    password += [UInt8](repeating: 0, count: 8 - password.count)
    instance.authentication = type == "PASS" ? .password(password) : .header(password)
  }

  mutating func readNotification(_ block: ParsedBlock, into instance: inout VRRPInstance) {
    instance.notify = notifyScripts(block)
    instance.notify.deleted = script("notify_deleted", in: block)
    instance.notify.masterReceivedLowerPriority = script("notify_master_rx_lower_pri", in: block)
    instance.smtpAlert = smtpAlert(block)
    if block.flag("notify_priority_changes") != nil { saysOwnPriorityNotices.insert(instance.name) }
    instance.notifyPriorityChanges =
      block.flag("notify_priority_changes") ?? globals.flag("vrrp_notify_priority_changes") ?? false
  }

  func notifyScripts(_ block: ParsedBlock) -> NotifyScripts {
    var scripts = NotifyScripts()
    scripts.master = script("notify_master", in: block)
    scripts.backup = script("notify_backup", in: block)
    scripts.fault = script("notify_fault", in: block)
    scripts.stop = script("notify_stop", in: block)
    scripts.any = script("notify", in: block)
    return scripts
  }

  /// Mails are sent where the block or a global keyword asks for them and there is somebody to write to, as by keepalived.
  func smtpAlert(_ block: ParsedBlock) -> Bool {
    let hasRecipients = !configuration.global.notificationEmail.isEmpty
    return hasRecipients
      && (block.flag("smtp_alert") ?? globals.flag("smtp_alert_vrrp") ?? globals.flag("smtp_alert") ?? false)
  }
}
