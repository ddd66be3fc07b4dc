import ControlInterface
import Testing

@testable import ControlClient

@Suite struct ExplanationTests {
  // MARK: Sessions

  /// What `explain` finds about a session that `change` describes, while `drops` and `strays` are counted.
  private func codes(
    drops: [String: Int] = [:], strays: [String: Int] = [:], sent: Int = 2, refused: Int = 0, downs: Int = 0,
    _ change: (inout SessionInfo) -> Void
  ) -> [String] {
    var first = SessionInfo(name: "b", neighbor: "192.0.2.1")
    // What was discarded earlier says nothing about now.
    first.statistics.drops = ["hop_limit_too_low": 7]
    change(&first)
    var last = first
    last.statistics.drops.merge(drops) { $0 + $1 }
    last.statistics.sendPacketCount += sent
    last.statistics.sendFailedPacketCount += refused
    last.statistics.downCount += downs
    let before = ["hop_limit_too_low": 7, "no_session": 3]
    let after = before.merging(drops) { $0 + $1 }.merging(strays) { $0 + $1 }
    let evidence = SessionEvidence(from: (first, before), to: (last, after), duration: 2_500_000)
    let explanation = Explanation.session(evidence)
    #expect(explanation.findings.allSatisfy { !$0.text.isEmpty && $0.text.hasSuffix(".") })
    return explanation.findings.map(\.code)
  }

  @Test func `our own side comes first`() {
    #expect(codes { $0.localState = .adminDown } == ["admin_down"])
    #expect(codes { $0.problem = "there is no interface eth9" } == ["waiting"])
    #expect(codes { $0.problem = "packets are not sent: EPERM" } == ["send_failed"])
  }

  @Test func `padded packets may be too long for our link or for the path`() {
    let refused = "packets are not sent: sendmsg: Message too long (EMSGSIZE)"
    #expect(codes { ($0.problem, $0.paddedPDUSize) = (refused, 1_472) } == ["mtu_too_small"])
    #expect(codes { $0.problem = refused } == ["send_failed"])
    #expect(codes { $0.paddedPDUSize = 1_472 } == ["no_packets", "padded"])
    let oneWay = codes { ($0.localState, $0.remoteState, $0.paddedPDUSize) = (.`init`, .down, 1_472) }
    #expect(oneWay == ["one_way", "padded"])
    #expect(codes { ($0.remoteState, $0.paddedPDUSize) = (.adminDown, 1_472) } == ["neighbor_admin_down"])
  }

  @Test func `echo that fails, that cannot be, that the neighbour does not offer`() {
    #expect(
      codes {
        $0.localDiagnostic = Diagnostic(number: 2, text: "echo function failed")
        $0.remoteState = .down
      } == ["echo_failed", "coming_up"])
    #expect(codes { ($0.localState, $0.echoProblem) = (.up, "no echo: why") } == ["up", "echo_unavailable"])
    #expect(codes { ($0.localState, $0.echoTxInterval) = (.up, 50_000) } == ["up", "echo_not_offered"])
    #expect(
      codes {
        ($0.localState, $0.echoTxInterval, $0.negotiatedEchoTxInterval) = (.up, 50_000, 50_000)
      } == ["up"])
    #expect(codes { $0.unaffiliatedEcho = true } == ["echo_not_returned"])
    #expect(codes { ($0.unaffiliatedEcho, $0.echoProblem) = (true, "no echo: why") } == ["echo_unavailable"])
    let problem = "no echo yet: the neighbor's Ethernet address is not known"
    #expect(codes { ($0.unaffiliatedEcho, $0.echoProblem) = (true, problem) } == ["neighbor_unresolved"])
    #expect(codes(drops: ["echo_hop_limit": 3]) { $0.unaffiliatedEcho = true } == ["echo_hop_limit"])
  }

  @Test func `silence, and what may be behind it`() {
    #expect(codes { _ in } == ["no_packets"])
    #expect(codes { $0.lastReceivedAge = 9_000_000 } == ["no_packets"])
    #expect(codes(sent: 0) { $0.passive = true } == ["no_packets", "passive"])
    #expect(codes(sent: 0) { _ in } == ["no_packets", "nothing_sent"])
    #expect(codes(refused: 2) { _ in } == ["send_failed", "no_packets"])
  }

  @Test(arguments: [
    "wrong_port", "hop_limit_unknown", "hop_limit_too_low", "path_unavailable", "unexpected_authentication",
    "missing_authentication", "authentication_type_mismatch", "unknown_key_id", "authentication_length",
    "replayed_sequence", "digest_mismatch", "password_mismatch", "a_reason_of_a_later_version",
  ])
  func `packets that are discarded are no silence`(reason: String) {
    #expect(codes(drops: [reason: 2]) { _ in } == [reason])
  }

  @Test(arguments: [
    "truncated", "bad_version", "length_too_short", "length_beyond_payload", "zero_multiplier", "multipoint",
    "zero_my_discriminator", "unknown_discriminator", "zero_your_discriminator", "no_session",
  ])
  func `packets that fit no session are named beside the silence, but not where the neighbour is heard`(reason: String)
  {
    #expect(codes(strays: [reason: 1]) { _ in } == ["no_packets", reason])
    #expect(codes(drops: ["wrong_port": 1], strays: [reason: 1]) { _ in } == ["wrong_port"])
    #expect(codes(strays: [reason: 1]) { $0.remoteState = .adminDown } == ["neighbor_admin_down"])
  }

  @Test(arguments: [
    (SessionState.`init`, SessionState.down, "one_way"), (.`init`, .`init`, "coming_up"), (.`init`, .up, "coming_up"),
    (.down, .`init`, "coming_up"), (.down, .down, "coming_up"), (.down, .up, "neighbor_still_up"),
    (.down, .adminDown, "neighbor_admin_down"), (.`init`, .adminDown, "neighbor_admin_down"),
  ])
  func `what the neighbour says`(local: SessionState, remote: SessionState, code: String) {
    let found = codes {
      $0.localState = local
      $0.remoteState = remote
    }
    #expect(found == [code])
  }

  @Test func `a session that went down while it was watched flaps, whatever it is at the end`() {
    #expect(codes(downs: 2) { ($0.localState, $0.uptime) = (.up, 0) } == ["flapping", "up"])
    #expect(codes(downs: 1) { $0.remoteState = .down } == ["flapping", "coming_up"])
    #expect(codes(downs: 1) { _ in } == ["flapping", "no_packets"])
    #expect(codes(downs: 1) { $0.localState = .adminDown } == ["admin_down"])
    var session = SessionInfo(name: "b", neighbor: "192.0.2.1")
    (session.localState, session.uptime) = (.up, 1_000_000)
    #expect(!SessionEvidence.needsWatching(session))
    session.statistics.downCount = 1
    #expect(SessionEvidence.needsWatching(session))
    session.uptime = 10_000_000
    #expect(!SessionEvidence.needsWatching(session))
  }

  @Test func `an Up session tells what is not as configured`() {
    func up(_ change: (inout SessionInfo) -> Void) -> [String] {
      codes {
        $0.localState = .up
        $0.remoteState = .up
        $0.uptime = 5_000_000
        $0.desiredMinTxInterval = 10_000
        $0.requiredMinRxInterval = 10_000
        $0.negotiatedTxInterval = 10_000
        $0.negotiatedRxInterval = 10_000
        $0.remoteRequiredMinRxInterval = 10_000
        $0.remoteDesiredMinTxInterval = 10_000
        change(&$0)
      }
    }
    #expect(up { _ in } == ["up"])
    #expect(
      up {
        $0.negotiatedTxInterval = 300_000
        $0.remoteRequiredMinRxInterval = 300_000
      } == ["up", "slowed_by_neighbor"])
    #expect(up { $0.negotiatedTxInterval = 1_000_000 } == ["up", "timers_not_converged"])
    #expect(
      up {
        $0.negotiatedRxInterval = 1_000_000
        $0.remoteDesiredMinTxInterval = 1_000_000
      } == ["up", "neighbor_is_slow"])
  }

  @Test func `a session's explanation as it is printed`() {
    var held = SessionInfo(name: "b", neighbor: "192.0.2.1")
    held.localState = .adminDown
    let style = TextStyle(usesColor: false, now: 0) { "\($0)" }
    #expect(
      Explanation.session(SessionEvidence(from: (held, [:]), to: (held, [:]), duration: 0)).text(style) == """
        b is admin_down
          It is held in AdminDown on this side.
            -> bfdctl admin-up b, or take admin_down out of its configuration

        """)
  }

  // MARK: Instances

  private func codes(
    _ state: InstanceState, isInMaintenance: Bool = false, startupDelay: Int? = nil, bfd: BFDLink = .unused,
    _ change: (inout InstanceInfo) -> Void = { _ in }
  ) -> [String] {
    var instance = InstanceInfo(name: "VI_1", interface: "eth0", vrid: 51, version: 3, addressFamily: "ipv4")
    instance.state = state
    if state == .backup { instance.masterDownInterval = 3_609_375 }
    change(&instance)
    var info = VRRPInfo(
      daemon: DaemonInfo(
        name: "vrrpd", version: "1", pid: 1, startTime: 0, configurationFile: "/f", configurationTime: 0,
        scheduling: "SCHED_OTHER"))
    info.maintenance = isInMaintenance
    info.startupDelayRemaining = startupDelay
    info.bfd = bfd
    let explanation = Explanation.instance(instance, info)
    #expect(explanation.findings.allSatisfy { $0.text.hasSuffix(".") || $0.text.hasSuffix(").") })
    // What would happen next has a test of its own.
    return explanation.findings.map(\.code).filter { $0 != "outlook" }
  }

  @Test func `what would happen next`() {
    var instance = InstanceInfo(name: "v", interface: "eth0", vrid: 1, version: 3, addressFamily: "ipv4")
    instance.state = .master
    instance.effectivePriority = 120
    instance.tracked = [
      TrackedObject(kind: .script, name: "s", state: .up, weight: -30),
      TrackedObject(kind: .interface, name: "i", state: .up, weight: 0),
      TrackedObject(kind: .bfd, name: "b", state: .down, weight: 20),
    ]
    instance.statistics.dualMasterEpisodes = 2
    let info = VRRPInfo(
      daemon: DaemonInfo(
        name: "vrrpd", version: "1", pid: 1, startTime: 0, configurationFile: "/f", configurationTime: 0,
        scheduling: "SCHED_OTHER"))
    let findings = Explanation.instance(instance, info).findings
    let texts = findings.filter { $0.code == "outlook" }.map(\.text)
    #expect(
      texts == [
        "A router that advertises a priority above 120 takes over from it.",
        "If the script s fails, its priority becomes 90.",
        "If the interface i fails, it goes to fault and takes its addresses away.",
      ])
    #expect(findings.contains { $0.code == "dual_master" && $0.text.hasPrefix("2 times") })
  }

  /// A backup whose master was heard a moment ago with `priority`.
  private func backup(
    masterPriority: Int, age: Int = 500_000, _ change: (inout InstanceInfo) -> Void = { _ in }
  ) -> [String] {
    codes(.backup) {
      $0.masterAddress = "192.0.2.1"
      $0.masterPriority = masterPriority
      $0.lastReceivedAge = age
      change(&$0)
    }
  }

  @Test func `a backup and its master`() {
    #expect(codes(.backup) == ["no_master_heard"])
    #expect(backup(masterPriority: 200) == ["lower_priority"])
    #expect(backup(masterPriority: 200, age: 4_000_000) == ["no_master_heard"])
    #expect(backup(masterPriority: 100) == ["equal_priority"])
    #expect(backup(masterPriority: 0) == ["master_resigned"])
    #expect(backup(masterPriority: 50) == ["preempting"])
    #expect(backup(masterPriority: 50) { $0.preempt = false } == ["nopreempt"])
    #expect(backup(masterPriority: 50) { $0.yielding = true } == ["failed_over"])
    #expect(backup(masterPriority: 50) { $0.preemptDelayRemaining = 3 } == ["preempt_delay"])
    #expect(backup(masterPriority: 200) { $0.patience = 722_000 } == ["lower_priority", "patience"])
    #expect(backup(masterPriority: 200) { $0.syncGroup = "G" } == ["lower_priority", "sync_group"])
    #expect(codes(.backup, isInMaintenance: true) == ["maintenance", "no_master_heard"])
  }

  /// Why there are two masters, or may be: somebody is heard and not understood.
  @Test func `advertisements that are refused or differ`() {
    func trouble(_ reason: String, age: Int = 500_000) -> (inout InstanceInfo) -> Void {
      { $0.trouble = AdvertisementTroubleInfo(source: "192.0.2.2", reason: reason, age: age) }
    }
    #expect(codes(.master, trouble("authentication_failures")).prefix(2) == ["master", "refused"])
    #expect(codes(.master, trouble("address_list_errors")).prefix(2) == ["master", "other_addresses"])
    #expect(codes(.master, trouble("version_errors", age: 60_000_000)).contains("refused") == false)
    #expect(codes(.backup, trouble("interval_errors")) == ["no_master_heard", "refused"])
    #expect(
      codes(.backup, isInMaintenance: true, trouble("whatever")) == ["maintenance", "no_master_heard", "refused"])
  }

  @Test func `in maintenance the master is left alone`() {
    let found = codes(.backup, isInMaintenance: true) {
      $0.masterAddress = "192.0.2.1"
      $0.masterPriority = 50
      $0.lastReceivedAge = 500_000
    }
    #expect(found == ["maintenance", "maintenance_master"])
  }

  @Test(arguments: TrackedKind.allCases, [-50, 50])
  func `what is tracked and lowers the priority`(kind: TrackedKind, weight: Int) {
    let found = backup(masterPriority: 200) {
      $0.effectivePriority = weight < 0 ? 50 : 100
      $0.tracked = [
        TrackedObject(kind: kind, name: "t", state: .down, weight: weight),
        TrackedObject(kind: kind, name: "u", state: .up, weight: weight),
      ]
    }
    #expect(found == ["lower_priority", "tracked_down"])
  }

  @Test func `start, fault, stale sessions, master`() {
    #expect(codes(.`init`) == ["not_started"])
    #expect(codes(.`init`, startupDelay: 4) == ["startup_delay"])
    let script = TrackedObject(kind: .script, name: "s", state: .unknown, weight: 0)
    #expect(codes(.`init`) { $0.tracked = [script] } == ["waiting_for_script"])
    #expect(codes(.fault) { $0.faultReasons = ["the interface is down or missing"] } == ["fault"])
    let session = TrackedObject(kind: .bfd, name: "b", state: .staleDown, weight: 0)
    #expect(
      codes(.fault, bfd: .stale) {
        $0.faultReasons = ["tracked interface eth1 failed"]
        $0.tracked = [session]
      } == ["fault", "tracked_down", "bfd_stale"])
    for reason in NewMasterReason.allCases { #expect(codes(.master) { $0.newMasterReason = reason } == ["master"]) }
  }

  // MARK: Waiting

  @Test func `a wait is over when the object is named in its state`() {
    let wait = StateWait("b", for: SessionState.up)
    var session = SessionInfo(name: "b", neighbor: "192.0.2.1")
    func event(_ kind: MonitorEventKind, name: String? = "b", to state: SessionState? = nil) -> SessionEvent {
      SessionEvent(
        sequence: 1, time: 2, kind: kind, name: name, state: kind == .state ? session : nil,
        change: state.map { SessionChange(neighbor: "192.0.2.1", from: .down, to: $0, cause: .packet) })
    }
    #expect(!wait.isOver(event(.state)))
    #expect(!wait.isOver(event(.change, to: .`init`)))
    #expect(wait.isOver(event(.change, to: .up)))
    #expect(!wait.isOver(event(.change, name: "c", to: .up)))
    session.localState = .up
    #expect(wait.isOver(event(.state)))
    for kind in [MonitorEventKind.begin, .end] { #expect(!wait.isOver(event(kind, name: nil))) }
    #expect(!wait.isOver(event(.removed)))
    let master = InstanceChange(from: .backup, to: .master, effectivePriority: 1, cause: .timer, event: .masterTimeout)
    #expect(
      StateWait("v", for: InstanceState.master).isOver(
        InstanceEvent(sequence: 1, time: 2, kind: .change, name: "v", change: master)))
  }
}
