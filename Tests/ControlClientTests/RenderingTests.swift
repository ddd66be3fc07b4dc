import ControlInterface
import Testing

@testable import ControlClient

/// What the tools print, as it stands on the screen.
@Suite struct RenderingTests {
  private static let hour = 3_600_000_000
  private let style = TextStyle(usesColor: false, now: 100 * hour) { "T\($0 / 1_000_000)" }

  private var up: SessionInfo {
    var session = SessionInfo(name: "bfdp", neighbor: "10.0.2.8")
    session.source = "10.0.2.4"
    session.interface = "eth0"
    session.localState = .up
    session.remoteState = .up
    session.remoteDiagnostic = Diagnostic.none
    session.localDiscriminator = 7
    session.remoteDiscriminator = 4_294_967_295
    session.remoteMultiplier = 5
    session.desiredMinTxInterval = 10_000
    session.requiredMinRxInterval = 10_000
    session.remoteDesiredMinTxInterval = 12_500
    session.remoteRequiredMinRxInterval = 10_000
    session.negotiatedTxInterval = 10_000
    session.negotiatedRxInterval = 12_500
    session.detectionTime = 62_500
    session.lastUp = 3 * Self.hour
    session.uptime = 97 * Self.hour
    session.lastReceivedAge = 4_250
    session.statistics.receivePacketCount = 1_234_567
    session.statistics.sendPacketCount = 1_234_000
    session.statistics.receiveInvalidPacketCount = 3
    session.statistics.upCount = 1
    session.statistics.drops = ["unknown_discriminator": 1, "bad_ttl": 2, "bad_length": 0]
    session.statistics.receiveGap = DurationFigures(count: 9, min: 8_000, mean: 11_000, max: 12_900)
    return session
  }

  private var down: SessionInfo {
    var session = SessionInfo(name: "other", neighbor: "fe80::1")
    session.lastDown = 99 * Self.hour
    session.localDiagnostic = Diagnostic(number: 1, text: "control detection time expired")
    session.statistics.downCount = 12
    return session
  }

  private var waiting: SessionInfo {
    var session = SessionInfo(name: "w", neighbor: "10.9.9.9")
    session.problem = "no interface has the address 10.9.9.1"
    return session
  }

  @Test func `bfdctl show says that packets come and are discarded`() {
    var session = SessionInfo(name: "k", neighbor: "10.9.9.7")
    session.statistics.drops = ["digest_mismatch": 4, "missing_authentication": 1, "administratively_down": 9]
    #expect(SessionText.table([session], style).contains("the neighbor's packets are discarded: digest mismatch\n"))
    session.statistics.drops = ["administratively_down": 9]
    #expect(SessionText.table([session], style).contains("nothing heard from the neighbor\n"))
  }

  @Test func `bfdctl show`() {
    let expected = """
      NAME   STATE       NEIGHBOR  INTERFACE     TX       RX   DETECT     SINCE  DOWNS  NOTE
      bfdp   up          10.0.2.8  eth0       10 ms  12.5 ms  62.5 ms     4d 1h      0
      other  down        fe80::1                  -        -        -     1h 0m     12  control detection time expired
      w      down        10.9.9.9                 -        -        -  never up      0  no interface has the address 10.9.9.1
      h      admin_down  10.9.9.8                 -        -        -  never up      0  held down here
      4 sessions: 1 up, 2 down, 1 admin down

      """
    var held = SessionInfo(name: "h", neighbor: "10.9.9.8")
    held.localState = .adminDown
    #expect(SessionText.table([up, down, waiting, held], style) == expected)
    #expect(SessionText.table([], style) == "no sessions are configured\n")
  }

  @Test func `bfdctl show NAME`() {
    let expected = """
      bfdp: up for 4d 1h
        10.0.2.4 to 10.0.2.8 on eth0, single hop
        DSCP 48

                         LOCAL  REMOTE
        state            up     up
        diagnostic       none   none
        discriminator    7      4294967295
        multiplier       3      5
        desired min tx   10 ms  12.5 ms
        required min rx  10 ms  10 ms

        sends every     10 ms
        expects every   12.5 ms
        detection time  62.5 ms
        last packet     4.25 ms ago
        packet gaps     8 ms to 12.9 ms, mean 11 ms
        own lateness    -

        packets    1234567 received, 1234000 sent, 0 not sent, 3 discarded
                   2 bad ttl
                   1 unknown discriminator
        changes    1 up, 0 down, 0 admin down
        last up    T10800
        last down  never

      """
    #expect(SessionText.detail(up, style) == expected)
    #expect(
      SessionText.detail(down, style).hasPrefix(
        "other: down since T356400, 1h 0m ago: control detection time expired\n"))
    #expect(
      SessionText.detail(waiting, style).hasPrefix("w: down, never was up\n  no interface has the address 10.9.9.1\n"))
  }

  @Test func `bfdctl show NAME, authentication`() {
    for (type, id, isChanging, line) in [
      ("keyed-sha1", 7, false, "  authentication keyed-sha1, key 7\n"),
      ("keyed-sha1", 7, true, "  authentication keyed-sha1, key 7; a change waits for the neighbor to follow\n"),
      (nil, nil, true, "  authentication none; a change waits for the neighbor to follow\n"),
    ] as [(String?, Int?, Bool, String)] {
      var session = up
      session.authenticationType = type
      session.authenticationKeyID = id
      session.authenticationChanging = isChanging
      #expect(SessionText.detail(session, style).contains(line))
    }
  }

  @Test func `bfdctl counters`() {
    var info = BFDInfo(daemon: daemon)
    let expected = """
      NAME   RECEIVED     SENT  DISCARDED  NOT SENT  UP  DOWN  ADMIN DOWN  LONGEST GAP
      bfdp    1234567  1234000          3         0   1     0           0      12.9 ms
      other         0        0          0         0   0    12           0            -

      """
    #expect(SessionText.counters([up, down], info, style) == expected + "no packets discarded\n")
    info.drops = ["bad_ttl": 2, "bad_length": 10, "never": 0]
    let reasons = """

      discarded by reason, all packets
        bad length  10
        bad ttl      2

      """
    #expect(SessionText.counters([up, down], info, style) == expected + reasons)
    info.reflector = ReflectorInfo(
      discriminators: [7, 9], state: .adminDown, requiredMinRxInterval: 10_000, reflectedPacketCount: 5,
      drops: ["sbfd_rate": 2, "truncated": 0])
    let reflector = """

      S-BFD reflector 7, 9: admin down, 5 packets reflected
        2 discarded: sbfd rate

      """
    #expect(SessionText.counters([up, down], info, style) == expected + reflector + reasons)
  }

  @Test func `bfdctl reflector`() {
    let reflector = ReflectorInfo(
      discriminators: [7, 0x0A00_0002], state: .up, requiredMinRxInterval: 10_000, reflectedPacketCount: 5,
      drops: ["sbfd_rate": 2, "truncated": 1, "multipoint": 0])
    let expected = """
      S-BFD reflector
        discriminator    7 (0.0.0.7)
                         167772162 (10.0.0.2)
        answers          up
        required min rx  10 ms
        reflected        5 packets
        discarded        3 packets
                         2 sbfd rate
                         1 truncated

      """
    #expect(ReflectorText.detail(reflector, style) == expected)
    #expect(ReflectorText.detail(nil, style) == "no S-BFD reflector is configured\n")

    var info = BFDInfo(daemon: daemon)
    info.daemon.configurationError = nil
    let without = SessionText.overview([], info, style)
    #expect(!without.contains("reflector"))
    info.reflector = reflector
    let line = "S-BFD reflector 7, 167772162: up, 5 packets reflected\n"
    #expect(SessionText.overview([], info, style).contains("no sessions are configured\n" + line))
  }

  private var daemon: DaemonInfo {
    DaemonInfo(
      name: "bfdd", version: "1", pid: 1, startTime: 0, configurationFile: "/f", configurationTime: 5_000_000,
      scheduling: "SCHED_RR 50")
  }

  @Test func `what is wrong with the daemon`() {
    var daemon = daemon
    #expect(DaemonText.problems(daemon, style) == "")
    daemon.configurationError = "f:1:1: error: x\nf:2:1: error: y"
    daemon.schedulingProblem = "not permitted"
    daemon.stalls = 1
    daemon.lateness.max = 30_000
    daemon.logLinesLost = 4
    let expected = """
      the last reload was refused, the configuration of T5 is in use:
        f:1:1: error: x
        f:2:1: error: y
      real-time scheduling: not permitted
      bfdd was not run in time once, at worst by 30 ms
      4 log lines were lost

      """
    #expect(DaemonText.problems(daemon, style) == expected)
  }

  private var backup: InstanceInfo {
    var instance = InstanceInfo(name: "VI_1", interface: "eth0", vrid: 51, version: 2, addressFamily: "ipv4")
    instance.state = .backup
    instance.effectivePriority = 140
    instance.masterAddress = "10.0.2.8"
    instance.masterPriority = 200
    instance.masterDownInterval = 3_453_125
    instance.skewTime = 453_125
    instance.lastTransition = 99 * Self.hour
    instance.lastEvent = .higherPriorityBackup
    instance.virtualAddresses = [
      VirtualAddress(address: "10.0.2.100", prefixLength: 32, interface: "eth0"),
      VirtualAddress(address: "10.0.2.101", prefixLength: 24, interface: "eth0", label: "eth0:9"),
    ]
    instance.tracked = [
      TrackedObject(kind: .bfd, name: "bfdp", state: .up, weight: 40),
      TrackedObject(kind: .script, name: "chk", state: .down, weight: 0),
    ]
    instance.statistics.advertisementRcvd = 5
    instance.statistics.checksumErrors = 2
    instance.statistics.ipTTLErrors = 1
    instance.statistics.masterTransitions = 1
    return instance
  }

  private var fault: InstanceInfo {
    var instance = InstanceInfo(name: "VI_F", interface: "eth9", vrid: 5, version: 3, addressFamily: "ipv6")
    instance.state = .fault
    instance.faultReasons = ["eth9 is down", "x"]
    return instance
  }

  private var master: InstanceInfo {
    var instance = backup
    instance.name = "VI_M"
    instance.state = .master
    instance.effectivePriority = 100
    instance.newMasterReason = .bfdTakeover
    instance.tracked = []
    return instance
  }

  @Test func `vrrpctl show`() {
    var info = VRRPInfo(daemon: daemon)
    let expected = """
      NAME  STATE   INTERFACE  VRID       PRIO  MASTER             SINCE  ADDRESSES      NOTE
      VI_1  BACKUP  eth0         51  140 (100)  10.0.2.8 prio 200  1h 0m  10.0.2.100 +1  script chk down
      VI_F  FAULT   eth9          5        100                         -  none           eth9 is down, x
      VI_M  MASTER  eth0         51        100  this router        1h 0m  10.0.2.100 +1
      3 instances: 1 MASTER, 1 BACKUP, 1 FAULT

      """
    #expect(InstanceText.table([backup, fault, master], info, style) == expected)
    info.bfd = .stale
    info.maintenance = true
    #expect(
      InstanceText.table([backup, fault, master], info, style)
        == expected + "bfdd does not answer: its last known states are held\nthis router is in maintenance\n")
    #expect(InstanceText.table([], info, style) == "no instances are configured\n")
  }

  @Test func `the worst lateness of advertisements is shown alone`() {
    var instance = master
    instance.statistics.lateness.max = 1_250
    #expect(InstanceText.detail(instance, style).contains("\n  own lateness    at most 1.25 ms\n"))
  }

  @Test func `vrrpctl show NAME`() {
    let expected = """
      VI_1: BACKUP since T356400, 1h 0m ago: a router of higher priority was heard
        router            VRRPv2, virtual router 51 on eth0, ipv4
        priority          140, configured 100
        master            10.0.2.8 prio 200
        advertises every  1 s
        takes over after  3.453 s of silence (skew 453.125 ms)
        last event        a router of higher priority was heard

        ADDRESSES
        10.0.2.100/32  eth0
        10.0.2.101/24  eth0  eth0:9

        TRACKED
        bfd     bfdp  up    weight 40
        script  chk   down  fault while down

        COUNTERS
        advertisements  5 received, 0 sent, 0 not sent
        priority 0      0 received, 0 sent
        became master   once, by BFD 0 times, wrongly 0 times
        two masters     0 times
        announcements   0 sent
        discarded       2 checksum, 1 TTL
        own lateness    -

      """
    #expect(InstanceText.detail(backup, style) == expected)
    #expect(
      InstanceText.detail(master, style).hasPrefix("VI_M: MASTER since T356400, 1h 0m ago: BFD saw the master die\n"))
    #expect(InstanceText.detail(fault, style).hasPrefix("VI_F: FAULT\n  eth9 is down\n  x\n"))
  }

  @Test func `bfdctl monitor`() {
    var change = SessionChange(
      neighbor: "10.0.2.8", from: .up, to: .down, cause: .timer,
      localDiagnostic: Diagnostic(number: 1, text: "control detection time expired"))
    change.lastPacketAge = 30_010
    change.packetsMissed = 3
    change.ownLateness = 12
    let event = SessionEvent(sequence: 2, time: 7_000_000, kind: .change, name: "bfdp", change: change)
    #expect(
      EventText.line(event, style)
        == "T7  bfdp  up -> down (timer, control detection time expired); last packet 30.01 ms before, 3 missed, noticed 12 us late"
    )
    var negotiated = SessionChange(neighbor: "10.0.2.8", from: .up, to: .up, cause: .packet)
    negotiated.negotiatedTxInterval = 10_000
    negotiated.detectionTime = 30_000
    #expect(
      EventText.line(
        SessionEvent(sequence: 2, time: 7_000_000, kind: .change, name: "bfdp", change: negotiated), style)
        == "T7  bfdp  up, sends every 10 ms, detection time 30 ms")
    #expect(
      EventText.line(SessionEvent(sequence: 2, time: 0, kind: .state, name: "bfdp", state: up), style)
        == "T0  bfdp  is up, neighbor 10.0.2.8")
    #expect(
      EventText.line(SessionEvent(sequence: 2, time: 0, kind: .removed, name: "bfdp"), style) == "T0  bfdp  removed")
    for kind in [MonitorEventKind.begin, .end] {
      #expect(EventText.line(SessionEvent(sequence: 2, time: 0, kind: kind), style) == nil)
    }
  }

  @Test func `history of both`() {
    var down = SessionChange(
      neighbor: "10.0.2.8", from: .up, to: .down, cause: .timer,
      localDiagnostic: Diagnostic(number: 1, text: "control detection time expired"))
    down.remoteState = .up
    down.remoteDiagnostic = Diagnostic.none
    down.packetsMissed = 3
    let held = SessionChange(
      neighbor: "10.0.2.8", from: .down, to: .adminDown, cause: .operator,
      localDiagnostic: Diagnostic(number: 7, text: "administratively down"))
    #expect(
      EventText.history([PastChange(time: 1_000_000, change: down), PastChange(time: 2_000_000, change: held)], style)
        == """
        T1  up -> down (timer, control detection time expired); 3 missed; neighbor said up
        T2  down -> admin_down (operator, administratively down); neighbor not heard

        """)
    let change = InstanceChange(from: .backup, to: .master, effectivePriority: 90, cause: .bfd, event: .bfdTakeover)
    #expect(
      EventText.history([PastChange(time: 1_000_000, change: change)], style)
        == "T1  BACKUP -> MASTER, priority 90 (bfd: BFD saw the master die)\n")
    #expect(EventText.history([PastChange<SessionChange>](), style) == "nothing happened yet\n")
  }

  @Test func `vrrpctl monitor`() {
    var change = InstanceChange(from: .backup, to: .master, effectivePriority: 90, cause: .bfd, event: .bfdTakeover)
    change.lastPacketAge = 841_468
    change.ownLateness = 0
    let event = InstanceEvent(sequence: 2, time: 7_000_000, kind: .change, name: "VI_1", change: change)
    #expect(
      EventText.line(event, style)
        == "T7  VI_1  BACKUP -> MASTER, priority 90 (bfd: BFD saw the master die); last advertisement 841.468 ms before"
    )
    #expect(
      EventText.line(InstanceEvent(sequence: 2, time: 0, kind: .state, name: "VI_1", state: backup), style)
        == "T0  VI_1  is BACKUP, priority 140")
  }

  @Test func `colour is around the words only and does not move a column`() {
    let colored = TextStyle(usesColor: true, now: style.now, time: style.time)
    let text = SessionText.table([up, down], colored)
    #expect(text.contains("\u{1B}[32mup\u{1B}[0m"))
    #expect(text.contains("\u{1B}[31mdown\u{1B}[0m"))
    var plain = text
    while let start = plain.firstIndex(of: "\u{1B}"), let end = plain[start...].firstIndex(of: "m") {
      plain.removeSubrange(start...end)
    }
    #expect(plain == SessionText.table([up, down], style))
  }

  @Test(arguments: [
    (0, "0 s"), (999_999, "0 s"), (59_000_000, "59 s"), (60_000_000, "1m 0s"), (3_599_000_000, "59m 59s"),
    (3_600_000_000, "1h 0m"), (86_400_000_000, "1d 0h"), (-5, "0 s"),
  ])
  func `ages in their two largest units`(microseconds: Int, text: String) {
    #expect(DurationText.age(microseconds) == text)
  }
}
