import NetPrimitives
import Testing

@testable import KeepalivedConfig

/// The rules between keywords.
@Suite struct ResolutionTests {
  /// An instance with `lines` and, unless they bring their own, an address.
  private func instance(_ lines: String, globals: String = "", after: String = "") throws -> LoadedConfiguration {
    let address = lines.contains("virtual_ipaddress") ? "" : "virtual_ipaddress { 192.0.2.1 }\n"
    return try load(
      "global_defs {\n\(globals)\n}\n\(after)\nvrrp_instance A {\ninterface eth0\nvirtual_router_id 7\n\(lines)\n\(address)}\n"
    )
  }

  private func resolved(_ lines: String, globals: String = "") throws -> VRRPInstance {
    try #require(instance(lines, globals: globals).configuration.vrrpInstances.first)
  }

  @Test func anAddressIsAdvertisedAsOftenAsItIsListed() throws {
    let instance = try resolved(
      "virtual_ipaddress {\n192.0.2.1\n192.0.2.1\n}\nvirtual_ipaddress_excluded {\n192.0.2.1\n192.0.2.2\n192.0.2.2\n}")
    #expect(instance.virtualAddresses.map { "\($0.address)" } == ["192.0.2.1", "192.0.2.1"])
    #expect(instance.excludedAddresses.map { "\($0.address)" } == ["192.0.2.2"])
  }

  @Test(arguments: [
    ("", 100, InitialState.backup), ("state BACKUP", 100, .backup), ("state MASTER", 255, .master),
    ("state MASTER\npriority 150", 150, .master), ("priority 255", 255, .master),
    ("priority 255\nstate BACKUP", 255, .backup), ("priority 1", 1, .backup),
  ])
  func priorityAndState(lines: String, priority: UInt8, state: InitialState) throws {
    let instance = try resolved(lines)
    #expect(instance.priority == priority && instance.state == state)
  }

  @Test(arguments: [
    ("", "", VRRPVersion.v2), ("", "vrrp_version 3", .v3), ("version 2", "vrrp_version 3", .v2), ("version 3", "", .v3),
    ("virtual_ipaddress { fe80::1/64 }", "", .v3), ("virtual_ipaddress { fe80::1/64 }", "vrrp_version 2", .v3),
  ])
  func version(lines: String, globals: String, expected: VRRPVersion) throws {
    #expect(try resolved(lines, globals: globals).version == expected)
  }

  @Test(arguments: [
    ("advert_int 2", 2_000, 0), ("advert_int 0.4", 1_000, 1), ("advert_int 1.5", 2_000, 1),
    ("advert_int 255", 255_000, 0),
    ("version 3\nadvert_int 0.03", 30, 0), ("version 3\nadvert_int 0.034", 30, 1),
    ("version 3\nadvert_int 40.95", 40_950, 0),
    ("version 3\nadvert_int 0.01", 10, 0), ("version 3\nadvert_int 40.96", 40_950, 1),
  ])
  func advertisementInterval(lines: String, milliseconds: Int64, problems: Int) throws {
    let loaded = try instance(lines)
    #expect(loaded.configuration.vrrpInstances.first?.advertisementInterval == .milliseconds(milliseconds))
    #expect(loaded.problems.count == problems, "\(loaded.report)")
  }

  @Test(arguments: [
    ("nopreempt", false, 0), ("nopreempt\nstate MASTER\npriority 90", true, 1), ("nopreempt\npriority 255", true, 1),
    ("preempt", true, 0), ("preempt\nnopreempt", false, 1),
  ])
  func preemption(lines: String, preempt: Bool, problems: Int) throws {
    let loaded = try instance(lines)
    #expect(loaded.configuration.vrrpInstances.first?.preempt == preempt)
    #expect(loaded.problems.count == problems, "\(loaded.report)")
  }

  @Test(arguments: [
    ("preempt_delay 5", 5, 0), ("preempt_delay 5\nnopreempt", 0, 1),
    ("preempt_delay 5\nstate MASTER\npriority 90", 0, 1),
    ("preempt_delay 5\nstrict_mode", 0, 1),
  ])
  func preemptDelay(lines: String, seconds: Int64, problems: Int) throws {
    let loaded = try instance(lines)
    #expect(loaded.configuration.vrrpInstances.first?.preemptDelay == .seconds(seconds))
    #expect(loaded.problems.count == problems, "\(loaded.report)")
  }

  @Test func globalsHoldWhereverTheyStand() throws {
    let loaded = try load(
      "vrrp_instance A {\ninterface eth0\nvirtual_router_id 7\nvirtual_ipaddress { 192.0.2.1 }\n}\n"
        + "global_defs {\nvrrp_garp_master_repeat 2\nvrrp_garp_master_delay 7\nvrrp_down_timer_adverts 4\nv3_checksum_as_v2\n"
        + "vrrp_skip_check_adv_addr\nno_bfd_takeover\n}")
    let instance = try #require(loaded.configuration.vrrpInstances.first)
    #expect(instance.gratuitous.repeats == 2 && instance.gratuitous.lowerPriorityRepeats == 2)
    #expect(instance.gratuitous.delay == .seconds(7) && instance.gratuitous.lowerPriorityDelay == .seconds(7))
    #expect(instance.downTimerAdverts == 4 && instance.checksumAsV2 && instance.skipAddressListCheck)
    #expect(!instance.bfdTakeover)
  }

  @Test(arguments: [
    ("vrrp_skip_check_adv_addr", "skip_check_adv_addr off", false), ("", "skip_check_adv_addr", true),
    ("vrrp_skip_check_adv_addr", "", true), ("vrrp_skip_check_adv_addr off", "", false),
  ])
  func instancesOverrideGlobals(globals: String, lines: String, expected: Bool) throws {
    #expect(try resolved(lines, globals: globals).skipAddressListCheck == expected)
  }

  @Test func minimalGratuitousARP() throws {
    let policy = try resolved("", globals: "vrrp_min_garp").gratuitous
    #expect(policy.delay == .zero && policy.repeats == 1 && policy.refreshRepeats == 1)
    #expect(try resolved("garp_master_repeat 3", globals: "vrrp_min_garp").gratuitous.repeats == 3)
    #expect(try resolved("garp_master_repeat 0").gratuitous.repeats == 1)
    #expect(try resolved("garp_lower_prio_repeat 0").gratuitous.lowerPriorityRepeats == 0)
  }

  /// Each text with the one problem it has.
  @Test(arguments: [
    ("interface lo", "the loopback interface cannot carry VRRP"),
    ("virtual_ipaddress {\n192.0.2.1\nfe80::1\n}", "'fe80::1' is not IPv4 like the instance"),
    ("virtual_ipaddress {\nfe80::1\n192.0.2.1\n}", "'192.0.2.1' is not IPv6 like the instance"),
    ("virtual_ipaddress {\n192.0.2.1\n192.0.2.1/24\n}", "'192.0.2.1' is listed twice"),
    ("virtual_ipaddress {\nfe80::1 label x\n}", "'label' is for IPv4 addresses only"),
    ("virtual_ipaddress {\n192.0.2.1 label abcdefghijklmnop\n}", "a label has 1 to 15 bytes"),
    ("virtual_ipaddress {\n192.0.2.1 dev\n}", "'dev' needs an interface name"),
    ("virtual_ipaddress {\n192.0.2.1 scope nothing\n}", "'scope' is host"),
    ("virtual_ipaddress {\n192.0.2.1 brd x\n}", "'brd' needs"),
    ("virtual_ipaddress {\n192.0.2.1/32 brd +\n}", "a prefix of length 32 has no broadcast address"),
    ("virtual_ipaddress {\n192.0.2.1/31 brd -\n}", "a prefix of length 31 has no broadcast address"),
    ("virtual_ipaddress {\n192.0.2.1 track_group g\n}", "'track_group' is for static"),
    ("virtual_ipaddress {\n192.0.2.1 peer ::1\n}", "different families"),
    ("version 3\nvirtual_ipaddress {\n}", "version 3 needs one"),
    ("version 2\nvirtual_ipaddress { fe80::1 }", "VRRP version 2 has no IPv6"),
    ("mcast_src_ip ::1", "'::1' is not IPv4 like the instance"),
    ("mcast_dst_ip 192.0.2.1", "not an IPv4 multicast address"),
    ("unicast_ttl 3", "unicast_ttl without unicast_peer"),
    ("unicast_peer {\n192.0.2.2\n192.0.2.2\n}", "is listed twice"),
    ("unicast_peer {\n192.0.2.2\nfe80::1\n}", "'fe80::1' is not a valid IPv4 address"),
    ("unicast_peer { 192.0.2.2 min_ttl 5 max_ttl 4 }", "min_ttl 5 is greater"),
    ("unicast_peer { 192.0.2.2 }\nstrict_mode on", "strict mode is for multicast"),
    ("track_script { x }", "there is no vrrp_script 'x'"),
    ("track_bfd { x }", "there is no bfd_instance 'x'"),
    ("track_file { x }", "there is no track_file 'x'"),
    ("track_process { x }", "there is no vrrp_track_process 'x'"),
    ("track_interface { eth1 weight 254 }", "from -253 to 253"),
    ("track_interface { eth1 weight 255 }", "from -254 to 254"),
    ("track_interface { eth1 wieght 5 }", "(did you mean 'weight'?)"),
    ("track_interface {\neth1\neth1\n}", "stands twice"),
    ("priority 255\ntrack_interface { eth1 weight 5 }", "weights have no effect on priority 255"),
    ("authentication { auth_type PASS }", "the authentication has no auth_pass"),
    ("authentication {\nauth_type PASS\nauth_pass 123456789\n}", "only the first 8 bytes"),
    ("version 3\nauthentication {\nauth_type PASS\nauth_pass x\n}", "VRRP version 3 has no authentication"),
    ("strict_mode\nauthentication {\nauth_type PASS\nauth_pass x\n}", "authentication is left out"),
    ("use_vmac 01:00:5e:00:00:01", "not a unicast MAC address"),
    ("use_vmac\nuse_ipvlan", "exclude each other"),
    ("vrf red\nunicast_peer { 192.0.2.2 }", "vrf and interface exclude"),
    ("accept\nno_accept", "contradict each other"),
    ("timer_expired_backup", "needs nopreempt"),
    ("state MASTER", "state MASTER without a priority means 255"),
    ("priority 5\npriority 6", "'priority' was given before"),
    ("notify /a\nnotify /b", "the first one holds"),
    ("virtual_routes { via 192.0.2.1 }", "the route has no destination"),
    ("virtual_routes { 192.0.2.0/40 }", "not a valid destination"),
    ("virtual_rules { from 192.0.2.1 preference 5 }", "the rule does nothing"),
    ("virtual_rules { from 192.0.2.1 table 5 }", "no preference; it gets 16384"),
    ("notify \"/x", "the quote is never closed"),
  ])
  func oneProblem(lines: String, expected: String) throws {
    let loaded = try instance(lines)
    let problems = loaded.problems.filter { lines.contains("interface lo") ? $0.kind == .error : true }
    #expect(problems.count == 1, "\(loaded.report)")
    #expect(problems.first?.message.contains(expected) == true, "\(loaded.report)")
  }

  @Test(arguments: [
    ("vrrp_instance A {\nvirtual_router_id 1\nvirtual_ipaddress { 192.0.2.1 }\n}", "has no interface"),
    ("vrrp_instance A {\ninterface e0\nvirtual_ipaddress { 192.0.2.1 }\n}", "has no virtual_router_id"),
    ("vrrp_instance A {\ninterface e0\nvirtual_router_id 1\n}", "no virtual_ipaddress: nothing moves with it"),
    ("vrrp_script s {\ninterval 1\n}", "vrrp_script 's' has no script"),
    ("vrrp_script s {\nscript /bin/true\n}", "is not tracked by any instance"),
    ("track_file f {\nweight 1\n}", "track_file 'f' has no file"),
    ("vrrp_track_process p {\nweight 1\n}", "vrrp_track_process 'p' has no process"),
    ("vrrp_track_process p {\nprocess x\nquorum 3\nquorum_max 2\n}", "quorum_max is less"),
    ("vrrp_sync_group g {\n}", "has no members"),
    ("vrrp_sync_group g { group { x } }", "there is no vrrp_instance 'x'"),
    ("bfd_instance b {\nmin_rx 10\n}", "has no neighbor_ip"),
    ("bfd_instance b {\nneighbor_ip 224.0.0.1\n}", "cannot be a neighbor"),
    ("bfd_instance b {\nneighbor_ip 192.0.2.1\nsource_ip ::1\n}", "source_ip is IPv6, neighbor_ip is IPv4"),
    ("bfd_instance b {\nneighbor_ip 192.0.2.1\nmin_rx 10001\n}", "the unit is milliseconds"),
    ("bfd_instance b {\nneighbor_ip 192.0.2.1\nmultihop\nttl 5\nmax_hops 6\n}", "max_hops is greater"),
    ("bfd_instance b {\nneighbor_ip 192.0.2.1\nttl 64\n}", "ttl 64 on a single hop"),
    ("bfd_instance b {\nneighbor_ip 192.0.2.1\nmultihop\n}", "multihop without max_hops"),
    ("bfd_instance b {\nneighbor_ip 192.0.2.1\nmin_rx 1.0005\ncommon_intervals\n}", "rounded from"),
    ("bfd_instance b23456789012345678901234567890123 {\nneighbor_ip 192.0.2.1\n}", "at most 31 bytes"),
    ("bfd_instance a {\nneighbor_ip 192.0.2.1\n}\nbfd_instance b {\nneighbor_ip 192.0.2.1\n}", "the same neighbor_ip"),
    (
      "bfd_instance a {\nneighbor_ip 192.0.2.1\n}\nbfd_instance a {\nneighbor_ip 192.0.2.2\n}",
      "there is a bfd_instance 'a' already"
    ),
    ("static_ipaddress { 192.0.2.1 track_group g }", "there is no track_group 'g'"),
    ("interface_up_down_delays { eth0 300 }", "INTERFACE DOWN [UP]"),
    ("global_defs {\nvrrp_mcast_group4 ::1\n}", "is no IPv4 multicast address"),
    ("global_defs {\nsmtp_server x 70000\n}", "a port is"),
    ("global_defs {\nbfd_process_name abcdefghijklmnop\n}", "cut to 15 bytes"),
    ("global_defs {\nscript_user nobody_here\n}", "there is no user nobody_here"),
    ("global_defs {\nbfd_cpu_affinity x\n}", "is no CPU number"),
  ])
  func oneProblemOutside(text: String, expected: String) throws {
    let loaded = try load(text)
    #expect(loaded.problems.count == 1, "\(loaded.report)")
    #expect(loaded.problems.first?.message.contains(expected) == true, "\(loaded.report)")
  }

  private func router(_ name: String, _ identifier: Int, _ lines: String) -> String {
    "vrrp_instance \(name) {\ninterface eth0\nvirtual_router_id \(identifier)\n\(lines)\n}\n"
  }

  @Test(arguments: [
    (7, "virtual_ipaddress { 192.0.2.2 }", 1), (8, "virtual_ipaddress { 192.0.2.2 }", 0),
    (7, "virtual_ipaddress { fe80::1 }", 0), (7, "interface eth1\nvirtual_ipaddress { 192.0.2.2 }", 1),
    (7, "unicast_peer { 192.0.2.9 }\nvirtual_ipaddress { 192.0.2.2 }", 0), (8, "virtual_ipaddress { 192.0.2.1 }", 1),
  ])
  func instancesDiffer(identifier: Int, lines: String, problems: Int) throws {
    let first = router("A", 7, "virtual_ipaddress { 192.0.2.1 }")
    let loaded = try load(first + router("B", identifier, lines))
    #expect(loaded.problems.count == problems, "\(loaded.report)")
  }

  @Test(arguments: [("192.0.2.9", 1), ("192.0.2.8", 0)])
  func unicastRoutersMayShareAnIdentifier(peer: String, errors: Int) throws {
    let first = router("A", 7, "virtual_ipaddress { 192.0.2.1 }\nunicast_peer { 192.0.2.9 }")
    let second = router("B", 7, "virtual_ipaddress { 192.0.2.2 }\nunicast_peer { \(peer) }")
    #expect(try load(first + second).errors.count == errors)
  }

  @Test func forwardReferencesAreLegal() throws {
    let loaded = try load(
      router("A", 7, "virtual_ipaddress { 192.0.2.1 }\ntrack_script { s }\ntrack_bfd { b weight 3 }")
        + "vrrp_script s {\nscript /bin/true\nweight 5 reverse\n}\nbfd_instance b {\nneighbor_ip 192.0.2.9\nweight 9\n}"
    )
    #expect(loaded.findings.isEmpty, "\(loaded.report)")
    let tracking = try #require(loaded.configuration.vrrpInstances.first?.tracking)
    #expect(tracking.scripts.map(\.weight) == [TrackWeight(5, reverse: true)])
    #expect(tracking.bfd.map(\.weight) == [TrackWeight(3)])
  }

  @Test func aMistakeIsNotReportedWhereItIsNamed() throws {
    let loaded = try load(
      "bfd_instance b {\n}\n" + router("A", 7, "virtual_ipaddress { 192.0.2.1 }\ntrack_bfd { b }")
        + "vrrp_instance C {\ninterface e0\n}\nvrrp_sync_group G {\ngroup {\nA\nC\n}\n}")
    #expect(loaded.errors.map(\.location.line) == [1, 9])
  }

  @Test func strictMode() throws {
    let strict = try resolved("strict_mode", globals: "vrrp_garp_lower_prio_repeat 4")
    #expect(strict.strict && !strict.accept && strict.lowerPriorityNoAdvert && !strict.higherPrioritySendAdvert)
    #expect(strict.gratuitous.lowerPriorityRepeats == 0 && strict.gratuitous.lowerPriorityDelay == .zero)
    let owner = try resolved("strict_mode\npriority 255")
    #expect(owner.accept && owner.ownerIgnoreAdverts)
    #expect(try resolved("strict_mode off", globals: "vrrp_strict").accept)
    #expect(try resolved("accept\nversion 3", globals: "vrrp_strict").accept)
    #expect(try !resolved("accept", globals: "vrrp_strict").accept)
    #expect(try resolved("state MASTER\npriority 90", globals: "vrrp_strict").state == .backup)
    #expect(try resolved("down_timer_adverts 9", globals: "vrrp_strict").downTimerAdverts == 3)
    #expect(try !instance("no_virtual_ipaddress\nvirtual_ipaddress {\n}", globals: "vrrp_strict").errors.isEmpty)
  }

  @Test func authenticationIsEightBytes() throws {
    #expect(
      try resolved("authentication {\nauth_type PASS\nauth_pass abc\n}").authentication
        == .password([0x61, 0x62, 0x63, 0, 0, 0, 0, 0]))
  }

  @Test func authenticationHeader() throws {
    let header = "authentication {\nauth_type AH\nauth_pass abc\n}"
    #expect(try resolved(header).authentication == .header([0x61, 0x62, 0x63, 0, 0, 0, 0, 0]))
    #expect(try resolved("strict_mode\n" + header).authentication == nil)
    #expect(try resolved("version 3\n" + header).authentication == nil)
  }

  @Test func timeouts() throws {
    func script(_ lines: String) throws -> VRRPScript {
      let loaded = try load(
        "vrrp_script s {\nscript /bin/true\n\(lines)\n}\n"
          + router("A", 7, "virtual_ipaddress { 192.0.2.1 }\ntrack_script { s }"))
      return try #require(loaded.configuration.scripts.first)
    }
    #expect(try script("interval 3").timeout == .seconds(3))
    #expect(try script("interval 3\ntimeout 0.25").timeout == .milliseconds(250))
    #expect(try script("interval 3\ntimeout 0").timeout == .seconds(1))
  }

  @Test func hopLimitNote() throws {
    let loaded = try load("bfd_instance b {\nneighbor_ip 2001:db8::1\n}\nbfd_instance c {\nneighbor_ip fe80::2%eth0\n}")
    #expect(loaded.findings.map(\.kind) == [.note])
    #expect(loaded.configuration.bfdInstances.map(\.ttl) == [255, 255])
  }

  @Test(arguments: [(-1, 0), (255, 0), (0, 255), (3, 252)])
  func receivedHops(hops: Int, minimum: UInt8) throws {
    let loaded = try load("bfd_instance b {\nneighbor_ip 192.0.2.1\nmax_hops \(hops)\n}")
    #expect(loaded.configuration.bfdInstances.first?.minimumReceivedTTL == minimum)
  }
}

/// Which scripts run, and what `-t` answers.
@Suite struct ScriptFindingTests {
  private func load(_ globals: String, _ objection: ScriptObjection?, script: String = "/opt/check") throws
    -> LoadedConfiguration
  {
    var files = MemoryFiles()
    files.objections["/opt/check"] = objection
    files.programs["pidof"] = "/bin/pidof"
    return try files.load(
      "global_defs {\n\(globals)\n}\nvrrp_script s {\nscript \"\(script) -x\"\n}\nvrrp_instance A {\ninterface eth0\n"
        + "virtual_router_id 1\nvirtual_ipaddress { 192.0.2.1 }\ntrack_script { s }\nnotify_master /opt/check\n}\n")
  }

  @Test func insecureScriptsAreDisabledByScriptSecurity() throws {
    let objection = ScriptObjection(
      "script /opt/check runs with root's rights, but /opt is not owned by root", isSecurityOnly: true)
    let secure = try load("enable_script_security", objection)
    #expect(secure.findings.testExitStatus == 6)
    #expect(secure.configuration.scripts.map(\.command.isDisabled) == [true])
    #expect(secure.configuration.vrrpInstances.map(\.notify.master?.isDisabled) == [true])
    let open = try load("", objection)
    #expect(open.findings.testExitStatus == 6)
    #expect(open.configuration.scripts.map(\.command.isDisabled) == [false])
  }

  @Test func missingScripts() throws {
    let loaded = try load("", ScriptObjection("script /opt/check: cannot be found", isSecurityOnly: false))
    #expect(loaded.findings.testExitStatus == 6)
    #expect(loaded.findings.map(\.location.line) == [5])
    #expect(loaded.findings.first?.message.hasSuffix("has no influence until it can run") == true)
    #expect(loaded.configuration.scripts.map(\.command.isDisabled) == [false], "it may be there when it is to run")
    #expect(try load("", nil).findings.testExitStatus == 0)
  }

  @Test func bareNamesAreLookedFor() throws {
    let found = try load("", nil, script: "pidof")
    #expect(found.configuration.scripts.first?.command.arguments == ["/bin/pidof", "-x"])
    #expect(found.findings.testExitStatus == 0 && found.problems.count == 1)
    #expect(try load("", nil, script: "nothing").findings.testExitStatus == 6)
    #expect(try load("", nil, script: "a/b").findings.testExitStatus == 6)
  }

  /// Each daemon examines what it runs itself: it may not see the other's scripts.
  @Test(arguments: [([KeyUser.vrrp], 6), ([.bfd], 0), ([.bfd, .vrrp], 6)])
  func onlyOwnScriptsAreExamined(users: [KeyUser], status: Int) throws {
    var files = MemoryFiles()
    files.objections["/opt/check"] = ScriptObjection("script /opt/check: cannot be found", isSecurityOnly: false)
    files.scripts = Set(users)
    let loaded = try files.load(
      "vrrp_instance A {\ninterface eth0\nvirtual_router_id 1\nvirtual_ipaddress { 192.0.2.1 }\n"
        + "notify_master /opt/check\n}\n")
    #expect(Int(loaded.findings.testExitStatus) == status, "\(loaded.report)")
  }

  @Test(arguments: [
    ("", 0o177), ("umask 027", 0o027), ("umask 0", 0), ("umask IRWXG|IRWXO", 0o077), ("umask IWGRP | IXOTH", 0o021),
    ("umask 1777", 0o177), ("umask IRWXQ", 0o177),
  ])
  func masks(line: String, mask: Int) throws {
    let loaded = try load(line, nil)
    #expect(Int(loaded.configuration.global.fileMask) == mask)
    #expect((loaded.findings.testExitStatus == 5) == (line.contains("1777") || line.contains("Q")))
  }

  /// keepalived sends no mail that nobody asked for.
  @Test(arguments: [
    ("", "", false), ("smtp_alert", "", true), ("smtp_alert_vrrp", "", true), ("", "smtp_alert", true),
    ("smtp_alert_vrrp", "smtp_alert off", false), ("smtp_alert", "smtp_alert off", false),
  ])
  func mailsThatWereAskedFor(globals: String, lines: String, expected: Bool) throws {
    let loaded = try MemoryFiles().load(
      "global_defs {\nnotification_email { a@example.org }\nsmtp_server 127.0.0.1\n\(globals)\n}\n"
        + "vrrp_instance A {\ninterface eth0\nvirtual_router_id 1\nvirtual_ipaddress { 192.0.2.1 }\n\(lines)\n}\n"
        + "vrrp_sync_group G {\ngroup { A }\n\(lines)\n}\n")
    #expect(loaded.configuration.vrrpInstances.map(\.smtpAlert) == [expected], "\(loaded.report)")
    #expect(loaded.configuration.syncGroups.map(\.smtpAlert) == [expected])
  }

  /// keepalived's sample files have `</dev/tcp/127.0.0.1/80` as a check of a port.
  @Test(arguments: [
    ("</dev/tcp/127.0.0.1/80", "/bin/bash"), ("</dev/udp/::1/53", "/bin/bash"), ("</run/healthy", "/bin/sh"),
  ])
  func `what a shell can open`(redirection: String, shell: String) throws {
    let loaded = try load("", nil, script: redirection)
    #expect(loaded.findings.testExitStatus == 0 && loaded.problems.isEmpty, "\(loaded.report)")
    #expect(loaded.configuration.scripts.first?.command.arguments == [shell, "-c", "\(redirection) -x"])
  }

  @Test func usersOfNotifyScriptsAreLookedFor() throws {
    let loaded = try MemoryFiles().load(
      "vrrp_instance A {\ninterface eth0\nvirtual_router_id 1\nvirtual_ipaddress { 192.0.2.1 }\n"
        + "notify /a nobody_known\nnotify_master /b root\n}\n")
    #expect(loaded.report == ["5:8: warning: there is no user nobody_known: script /a cannot run"])
    #expect(loaded.findings.testExitStatus == 6)
    let notify = loaded.configuration.vrrpInstances[0].notify
    #expect(notify.any?.isDisabled == true && notify.master?.isDisabled == false)
  }

  @Test func usersAreInherited() throws {
    let loaded = try MemoryFiles().load(
      "vrrp_instance A {\ninterface eth0\nvirtual_router_id 1\nvirtual_ipaddress { 192.0.2.1 }\nnotify /a\n"
        + "notify_master /b keepalived_script :adm\ntrack_script { s }\n}\nglobal_defs { script_user root }\n"
        + "vrrp_script s {\nscript /c\nuser keepalived_script\n}\n")
    #expect(loaded.findings.isEmpty, "\(loaded.report)")
    let notify = loaded.configuration.vrrpInstances[0].notify
    #expect(notify.any?.user == ScriptUser(name: "root"))
    #expect(notify.master?.user == ScriptUser(name: "keepalived_script", group: "adm", supplementaryGroups: true))
    #expect(loaded.configuration.scripts.first?.command.user?.name == "keepalived_script")
  }
}

/// `track_file`, with all that belongs to it, in an instance and in a group.
@Suite struct TrackedFileTests {
  @Test(arguments: ["track_file", "vrrp_track_file"])
  func hasEffect(keyword: String) throws {
    let loaded = try load(
      "\(keyword) f {\nfile /run/f\nweight -2 reverse\ninit_file 0x10 overwrite\n}\n"
        + "vrrp_instance A {\ninterface eth0\nvirtual_router_id 7\nvirtual_ipaddress { 192.0.2.1 }\n"
        + "track_file { f weight 3 }\n}\nvrrp_sync_group G {\ngroup { A }\ntrack_file { f }\n}\n")
    #expect(loaded.report == ["12:17: warning: vrrp_sync_group 'G' has a single member"])
    let file = try #require(loaded.configuration.trackFiles.first)
    #expect(file.path == "/run/f" && file.weight == TrackWeight(-2, reverse: true))
    #expect(file.initialValue == 16 && file.overwrites)
    #expect(loaded.configuration.vrrpInstances.first?.tracking.files.map(\.weight) == [TrackWeight(3)])
    #expect(loaded.configuration.syncGroups.first?.tracking.files.map(\.weight) == [TrackWeight(-2, reverse: true)])
  }
}

/// `notify_fifo` and its like.
@Suite struct NotifyFIFOTests {
  @Test(arguments: [true, false]) func haveEffect(priorities: Bool) throws {
    let loaded = try load(
      """
      global_defs {
      notify_fifo /run/a root
      vrrp_notify_fifo /run/b
      fifo_write_vrrp_states_on_reload
      vrrp_notify_priority_changes
      }
      vrrp_instance A {
      interface eth0
      virtual_router_id 7
      notify_priority_changes \(priorities)
      virtual_ipaddress { 192.0.2.1 }
      }

      """)
    #expect(loaded.report == [])
    let global = loaded.configuration.global
    #expect(global.notifyFIFO == NotifyFIFO(path: "/run/a", owner: ScriptUser(name: "root")))
    #expect(global.vrrpNotifyFIFO == NotifyFIFO(path: "/run/b"))
    #expect(global.writeStatesToFIFOOnReload)
    #expect(loaded.configuration.vrrpInstances.first?.notifyPriorityChanges == priorities)
  }
}
