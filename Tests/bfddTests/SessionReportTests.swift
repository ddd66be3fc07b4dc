import BFDCore
import ControlInterface
import LinuxIO
import KeepalivedConfig
import NetPrimitives
import Testing

@testable import bfdd

@Suite("Reports") struct SessionReportTests {
  private let plan: SessionPlan

  init() throws {
    plan = try bfddTests.plan("b2") {
      $0.source = own
      $0.multiplier = 4
    }
  }

  @Test("a session that was never heard of says so with null, not with zero")
  func unheard() throws {
    let info = report(try SampleSession(plan), problem: "no interface that is up has the address")
    #expect(info.name == "b2" && info.neighbor == "192.0.2.102" && info.source == "192.0.2.101")
    #expect(info.localState == .down && info.localMultiplier == 4)
    #expect(info.remoteState == nil && info.remoteDiscriminator == nil && info.remoteMultiplier == nil)
    #expect(info.negotiatedTxInterval == nil && info.negotiatedRxInterval == nil && info.detectionTime == nil)
    #expect(info.lastUp == nil && info.uptime == nil && info.lastReceivedAge == nil)
    #expect(info.problem == "no interface that is up has the address")
    #expect(info.statistics.createTime == 42)
  }

  @Test("an Up session tells what was negotiated, in microseconds, and when it came Up, by the clock on the wall")
  func up() throws {
    var sample = try SampleSession(plan)
    sample.establish()
    let info = report(sample)
    #expect(info.localState == .up && info.remoteState == .up)
    #expect(info.localDiscriminator == Int(sample.session.localDiscriminator) && info.remoteDiscriminator == 77)
    #expect(info.negotiatedTxInterval == 30_000 && info.negotiatedRxInterval == 20_000)
    #expect(info.remoteDesiredMinTxInterval == 20_000 && info.remoteRequiredMinRxInterval == 30_000)
    #expect(info.detectionTime == 60_000)
    // Five seconds passed since, and the wall clock says 1700000000.
    #expect(info.lastUp == 1_699_999_995_000_000 && info.uptime == 5_000_000 && info.lastReceivedAge == 5_000_000)
    #expect(info.statistics.receivePacketCount == 3 && info.statistics.upCount == 1)
    #expect(info.statistics.receiveGap.count == 1)
  }

  @Test("a detection tells its figures to subscribers and in the log")
  func detection() throws {
    var sample = try SampleSession(plan)
    sample.establish()
    sample.now = sample.now + .milliseconds(62)
    sample.table.advance(now: sample.now, effects: &sample.effects)
    let change = try #require(sample.lastChange)
    let told = SessionReport.change(SessionTransition(change, sample.session))
    #expect(told.fromState == .up && told.toState == .down && told.cause == .timer)
    #expect(told.localDiagnostic.number == 1)
    #expect(told.lastPacketAge == 62_000 && told.packetsMissed == 3 && told.ownLateness == 2_000)
    #expect(
      logLine(change, sample.session, name: "b2")
        == "b2 (192.0.2.102): up -> down, control detection time expired: no packet for 62 ms, 3 missed, noticed 2 ms late"
    )
  }

  @Test("a neighbour that goes down by itself is quoted")
  func signalled() throws {
    var sample = try SampleSession(plan)
    sample.establish()
    sample.receive(.adminDown, diagnostic: .administrativelyDown)
    let change = try #require(sample.lastChange)
    let told = SessionReport.change(SessionTransition(change, sample.session))
    #expect(told.cause == .packet && told.remoteState == .adminDown && told.remoteDiagnostic?.number == 7)
    #expect(told.ownLateness == nil)
    #expect(
      logLine(change, sample.session, name: "b2")
        == "b2 (192.0.2.102): up -> down, neighbor signaled session down: neighbor is admin_down (administratively down)"
    )
  }

  @Test("a change of timers leaves the state as it is")
  func timers() throws {
    var sample = try SampleSession(plan)
    sample.establish()
    let told = SessionReport.timers(sample.session, .configuration)
    #expect(told.fromState == .up && told.toState == .up && told.cause == .configuration)
    #expect(told.negotiatedTxInterval == 30_000 && told.detectionTime == 60_000)
  }

  @Test("new timers are part of the change of state of the same turn, whichever packet brought them")
  func timersOfAStateChange() throws {
    var sample = try SampleSession(plan)
    // The peer has not noticed yet that we are Down; then it has, and answers.
    sample.receive(.up)
    #expect(sample.events == ["timers"])
    for state in [BFDCore.SessionState.down, .initializing, .up] { sample.receive(state) }
    #expect(sample.events == ["down -> init", "init -> up"])
    sample.effects.removeAll()
    sample.table.update(
      sample.slot, parameters: try bfddTests.plan("b2") { $0.multiplier = 9 }.parameters,
      now: sample.now, effects: &sample.effects)
    sample.receive(.adminDown)
    #expect(sample.events == ["up -> down"])
  }

  @Test("a session knows the interface by which its peer is heard, and tells the one it uses")
  func interface() throws {
    var sample = try SampleSession(plan)
    #expect(sample.session.arrivalInterface == 0)
    sample.establish()
    #expect(sample.session.arrivalInterface == 2)
    #expect(report(sample, interface: "eth7").interface == "eth7" && report(sample).interface == nil)
  }

  @Test("type and id of the key in use are told, never the key")
  func authentication() throws {
    let sample = try SampleSession(plan)
    let key = try AuthenticationKey(type: .meticulousKeyedSHA1, id: 9, secret: Secret("hunter22".utf8))
    let clocks = ClockSample(monotonic: sample.now, realtime: 0)
    func info(_ key: AuthenticationKey?, isChanging: Bool) -> SessionInfo {
      SessionReport(clocks: clocks).info(
        sample.session, plan: plan, interface: nil, problem: nil, created: 0, key: key, isChangingKeys: isChanging)
    }
    let told = info(key, isChanging: false)
    #expect(told.authenticationType == "meticulous-keyed-sha1" && told.authenticationKeyID == 9)
    #expect(told.authenticationChanging == false && !"\(told)".contains("hunter"))
    let starting = info(nil, isChanging: true)
    #expect(starting.authenticationType == nil && starting.authenticationChanging == true)
    #expect(info(nil, isChanging: false).authenticationChanging == nil)
  }

  @Test("echo is told as it is configured and as it is")
  func echo() throws {
    let plan = try bfddTests.plan("b2") {
      ($0.requiredMinEchoRX, $0.echoTX) = (.milliseconds(50), .milliseconds(20))
      ($0.demand, $0.demandPollInterval) = (true, .seconds(3))
    }
    var sample = try SampleSession(plan)
    var info = report(sample)
    SessionReport.addEcho(sample.session, interval: nil, problem: "why", to: &info)
    #expect(info.requiredMinEchoRxInterval == 50_000 && info.remoteRequiredMinEchoRxInterval == nil)
    #expect(info.echoTxInterval == 20_000 && info.negotiatedEchoTxInterval == nil && info.echoDetectionTime == nil)
    #expect(info.echoProblem == "why" && info.demandPollInterval == 3_000_000 && !info.demandActive)
    sample.establish()
    info = report(sample)
    SessionReport.addEcho(sample.session, interval: .milliseconds(30), problem: nil, to: &info)
    #expect(info.negotiatedEchoTxInterval == 30_000 && info.echoDetectionTime == 150_000)
    #expect(info.remoteRequiredMinEchoRxInterval == 0 && info.demandActive && !info.remoteDemandActive)
  }

  @Test("only the reasons that occurred are listed")
  func drops() throws {
    var sample = try SampleSession(plan)
    sample.establish()
    sample.table.setEnabled(sample.slot, false, now: sample.now, effects: &sample.effects)
    sample.receive(.up)
    #expect(SessionReport.drops(sample.session.statistics.drops) == ["administratively_down": 1])
  }

  @Test("every state, cause and drop reason has its own name")
  func names() {
    #expect(Set(BFDCore.SessionState.allCases.map { SessionReport.state($0).rawValue }).count == 4)
    for state in BFDCore.SessionState.allCases { #expect(SessionReport.state(state).rawValue == state.name) }
    for cause in ChangeCause.allCases { #expect(SessionReport.cause(cause).rawValue == cause.name) }
    #expect(Set(DropReason.allCases.map(\.name)).count == DropReason.allCases.count)
  }

  private func report(_ sample: SampleSession, interface: String? = nil, problem: String? = nil) -> SessionInfo {
    let clocks = ClockSample(monotonic: sample.now + .seconds(5), realtime: 1_700_000_000_000_000_000)
    return SessionReport(clocks: clocks).info(
      sample.session, plan: plan, interface: interface, problem: problem, created: 42)
  }
}
