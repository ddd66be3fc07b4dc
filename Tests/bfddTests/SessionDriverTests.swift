import BFDCore
import KeepalivedConfig
import LinuxIO
import Logging
import NetPrimitives
import ScriptHelper
import Testing

@testable import bfdd

/// The driver on the loopback interface, where a session to an address of this host talks to itself.
@Suite("Driver", .serialized) struct SessionDriverTests {
  private let loop: EventLoop
  private let log = LogRecord()
  private let driver: SessionDriver
  private static let host = IPAddress.v4(IPv4Address(0x7F00_0001))

  init() throws {
    loop = try EventLoop()
    let log = log
    driver = try SessionDriver(loop: loop, logger: Logger(label: "test") { _ in RecordingHandler(record: log) })
  }

  private func apply(_ change: (inout BFDInstance) -> Void = { _ in }) throws {
    let plan = try SessionPlan(
      instance("b", Self.host) {
        $0.interface = "lo"
        change(&$0)
      }
    ) { ScriptCommand($0.arguments, user: .root, timeout: .seconds(1)) }
    try driver.apply([plan], now: MonotonicClock.now())
  }

  private var session: Session? { driver.slot(named: "b").map { driver.table[$0] } }
  private var state: BFDCore.SessionState? { session?.state }

  /// Runs the loop until the session is in `wanted`.
  private func run(until wanted: BFDCore.SessionState, _ location: Testing.SourceLocation = #_sourceLocation) throws {
    let patience = MonotonicClock.now() + .seconds(60)
    while state != wanted {
      try #require(MonotonicClock.now() < patience, "nothing happens any more", sourceLocation: location)
      let timer = loop.startTimer(at: patience) {}
      try loop.runTurn(driver)
      loop.cancelTimer(timer)
    }
  }

  @Test("interface: the session runs on it, and waits where it is not there")
  func interface() throws {
    try apply()
    try run(until: .up)
    #expect(session?.path.interface == 1)
    try apply { $0.interface = "baton-missing0" }
    let slot = try #require(driver.slot(named: "b"))
    #expect(driver.problem(slot) == "there is no interface baton-missing0")
  }

  @Test("vrf: the session waits for a VRF that is not there, and an interface is none")
  func vrf() throws {
    try apply {
      $0.interface = nil
      $0.vrf = "baton-missing0"
    }
    #expect(driver.problem(try #require(driver.slot(named: "b"))) == "there is no VRF baton-missing0")
    try apply {
      $0.interface = nil
      $0.vrf = "lo"
    }
    #expect(driver.problem(try #require(driver.slot(named: "b"))) == "lo is no VRF")
  }

  @Test("dscp: packets are marked CS6 unless told otherwise, and a reload changes it without a flap")
  func dscp() throws {
    try apply()
    try run(until: .up)
    let slot = try #require(driver.slot(named: "b"))
    #expect(try driver.dscp(slot) == 48)
    let discriminator = session?.localDiscriminator
    try apply { $0.dscp = 10 }
    #expect(try driver.dscp(slot) == 10)
    #expect(state == .up && session?.localDiscriminator == discriminator && session?.statistics.downCount == 0)
  }

  @Test("padded_pdu_size: our own receiver takes what is padded, and a reload changes it without a flap")
  func paddedPDUSize() throws {
    // The most that fits: the loopback interface takes 65536 bytes, and IP and UDP need 28 of them.
    try apply { $0.paddedPDUSize = 65_507 }
    try run(until: .up)
    let slot = try #require(driver.slot(named: "b"))
    try apply { $0.paddedPDUSize = 1_472 }
    #expect(driver.problem(slot) == nil && state == .up && session?.statistics.downCount == 0)
    try apply()
    #expect(state == .up && session?.statistics.oversizePackets == 0)
  }

  @Test("admin_down: held from the start, let go and held again by a reload; the operator's word stays")
  func adminDown() throws {
    try apply { $0.adminDown = true }
    #expect(state == .adminDown && session?.localDiagnostic == .administrativelyDown)
    try apply()
    #expect(state == .down)
    try run(until: .up)
    try apply { $0.adminDown = true }
    #expect(state == .adminDown)
    try apply {
      $0.adminDown = true
      $0.dscp = 1
    }
    #expect(state == .adminDown)
    try apply()
    let slot = try #require(driver.slot(named: "b"))
    driver.withTable { $0.setEnabled(slot, false, now: MonotonicClock.now(), effects: &$1) }
    try apply { $0.dscp = 2 }
    #expect(state == .adminDown, "a reload that does not speak of admin_down leaves it alone")
  }

  @Test("sessions of one neighbour that began with two of our addresses have names of their own, and keep them")
  func unsolicitedNames() throws {
    var block = BFDUnsolicited(
      name: "lan", interface: "lo", location: SourceLocation(file: "f", line: 1, column: 1))
    driver.unsolicited = [0: try UnsolicitedPlan(block)]
    driver.unsolicitedNumbers = ["lan": 0]
    let peer = IPAddress.v4(IPv4Address(0x7F00_0009))
    let plan = try bfddTests.plan("p")
    let addresses = [Self.host, IPAddress.v4(IPv4Address(0x7F00_0002))]
    driver.withTable { table, effects in
      table.setUnsolicited([
        UnsolicitedRule(
          id: 0, interface: 1, subnets: addresses.compactMap { IPPrefix($0, length: 8) }, allowed: [],
          maximumSessions: 9, hold: .seconds(60), parameters: plan.parameters)
      ])
      let packet = ControlPacket(
        state: .down, detectMultiplier: 3, myDiscriminator: 7, yourDiscriminator: 0, desiredMinTxInterval: 1_000_000,
        requiredMinRxInterval: 1_000_000)
      var bytes = [UInt8](repeating: 0, count: 24)
      var span = bytes.mutableSpan
      packet.encode(into: &span)
      for address in addresses {
        let now = MonotonicClock.now()
        let arrival = Arrival(
          source: peer, destination: address, interface: 1, hopLimit: 255, kind: .singleHop, instant: now)
        #expect(table.receive(bytes.span, arrival, now: now, effects: &effects) == nil)
      }
    }
    let names = ["lan/127.0.0.9", "lan/127.0.0.9/127.0.0.2"]
    #expect(names.map { driver.slot(named: $0).flatMap { driver.table[$0].path.local } } == addresses)
    block.session.dscp = 3
    driver.applyUnsolicited([try UnsolicitedPlan(block)], now: MonotonicClock.now())
    #expect(driver.order.map { driver.running[$0]?.plan.name } == names)
    #expect(driver.order.allSatisfy { driver.running[$0]?.plan.dscp == 3 })
  }

  @Test("a port is open as long as a session needs it, its farewell included")
  func ports() throws {
    #expect(driver.receivers.openPorts.isEmpty)
    let other = IPAddress.v4(IPv4Address(0x7F00_0002))
    let single = try SessionPlan(instance("b", Self.host) { $0.interface = "lo" })
    let several = try SessionPlan(instance("m", other) { $0.multihop = true })
    try driver.apply([single, several], now: MonotonicClock.now())
    #expect(driver.receivers.openPorts == [3784, 4784])
    // It was never heard, so there is nobody to say farewell to.
    try driver.apply([single], now: MonotonicClock.now())
    #expect(driver.receivers.openPorts == [3784])
    try run(until: .up)
    let slot = try #require(driver.slot(named: "b"))
    try driver.apply([several], now: MonotonicClock.now())
    #expect(driver.receivers.openPorts == [3784, 4784], "the answer to the farewell is still to come")
    let patience = MonotonicClock.now() + .seconds(60)
    while driver.running[slot] != nil, MonotonicClock.now() < patience {
      let timer = loop.startTimer(at: patience) {}
      try loop.runTurn(driver)
      loop.cancelTimer(timer)
    }
    #expect(driver.receivers.openPorts == [4784])
    try driver.apply([], now: MonotonicClock.now())
    #expect(driver.receivers.openPorts.isEmpty)
  }

  @Test("log_state_changes: off keeps changes of state out of the log", arguments: [true, false])
  func logStateChanges(isOn: Bool) throws {
    try apply { $0.logStateChanges = isOn }
    try run(until: .up)
    #expect(log.lines.contains { $0.contains("-> up") } == isOn)
  }

  @Test("notify_up, notify_down, notify: run in this order, for exactly the changes they are about")
  func notify() throws {
    func command(_ name: String) -> KeepalivedConfig.ScriptCommand {
      .init(arguments: [name], location: SourceLocation(file: "f", line: 1, column: 1))
    }
    var runs: [[String]] = []
    driver.runScripts = { name, commands in
      #expect(name == "b")
      runs += commands.map(\.arguments)
    }
    try apply {
      $0.notify.up = command("/up")
      $0.notify.down = command("/down")
      $0.notify.any = command("/any")
    }
    try run(until: .up)
    #expect(
      runs == [["/any", "b", "init", "no diagnostic"], ["/up"], ["/any", "b", "up", "no diagnostic"]])
    runs = []
    let slot = try #require(driver.slot(named: "b"))
    driver.withTable { $0.setEnabled(slot, false, now: MonotonicClock.now(), effects: &$1) }
    #expect(runs == [["/down"], ["/any", "b", "admin_down", "administratively down"]])
    runs = []
    try apply()
    driver.withTable { $0.setEnabled(slot, true, now: MonotonicClock.now(), effects: &$1) }
    try run(until: .up)
    #expect(runs == [], "a reload takes the scripts away at once")
  }
}

/// What was logged.
private final class LogRecord: @unchecked Sendable {
  var lines: [String] = []
}

private struct RecordingHandler: LogHandler {
  let record: LogRecord
  var metadata: Logger.Metadata = [:]
  var logLevel = Logger.Level.debug

  init(record: LogRecord) { self.record = record }

  subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  func log(event: LogEvent) { record.lines.append("\(event.message)") }
}
