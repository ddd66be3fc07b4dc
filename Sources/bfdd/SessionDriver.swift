import BFDCore
import ControlInterface
import DaemonRuntime
import LinuxIO
import Logging
import NetPrimitives
import ScriptHelper

/// Runs the BFD engine on the event loop: sockets and netlink in, packets, log lines and Monitor events out.
///
/// A turn is: packets that arrived, then what is due, then what is to be sent, then the news. Before a peer is given up
/// the sockets are read once more, so a daemon that was late hears what it missed first.
final class SessionDriver: EventLoopDriver {
  /// What is known of a running session beside the engine's state.
  struct Running {
    var plan: SessionPlan
    /// When it was created, in microseconds since the Unix epoch.
    let created: Int
    /// Its last transitions.
    var history = SessionHistory()
    /// Why it cannot send.
    var problem: String?
    /// The index of the interface that its path was last found on; 0 where the routes decide.
    var boundInterface: UInt32 = 0
    /// The source port to use again when the socket is opened anew.
    var port: UInt16
    /// The number of the `bfd_unsolicited` block it was made by; `nil` where it is configured.
    var rule: Int?
  }

  /// How long packets that arrive may wait after others were read: long enough that those of ten fast sessions are mostly
  /// read when one of them has to send, and short against their detection time. What is due to be sent or detected never
  /// waits.
  private static let receiveSpacing = Interval.milliseconds(3)
  /// After so many packets the driver looks for what else is due: a peer that is to be given up must not wait for what a
  /// thousand sessions have to send, nor living ones until a thousand were given up.
  private static let sendLimit = 32
  let loop: EventLoop
  let logger: Logger
  /// Lines that peers and the kernel can make come without end.
  private let refusedPackets: LimitedLog
  let networkTrouble: LimitedLog
  let watcher: NetworkWatcher
  let batch: ReceiveBatch
  let receivers: Receivers
  /// The number of each VRF's routing domain; 0 is that outside of VRFs.
  var domains: [String: UInt32] = [:]
  var table: SessionTable
  var effects = Effects(capacity: 1_024)
  var generator: SeededGenerator
  /// By slot, as the engine numbers them.
  var running: ContiguousArray<Running?> = []
  var outlets = Outlets()
  /// Where S-BFD initiators hear their answers, by slot.
  var answers: [Int: EventLoop.Registration] = [:]
  /// The slots of the configured sessions, in the order of the configuration; sessions that are leaving are not in it.
  var order: [Int] = []
  var slotsByName: [String: Int] = [:]
  /// The `bfd_unsolicited` blocks by their numbers, which they keep as long as they keep their names.
  var unsolicited: [Int: UnsolicitedPlan] = [:]
  var unsolicitedNumbers: [String: Int] = [:]

  var echo = EchoState()
  /// Sessions whose echo packets may have a way now, or no longer.
  private var echoChanges: [Int] = []

  /// Who is told of every change: the control server.
  weak var subscriber: ControlServer<BFDDaemon>?
  /// Runs scripts one after another, behind earlier ones of the session of that name.
  var runScripts: (_ session: String, _ commands: [ScriptCommand]) -> Void = { _, _ in }
  /// Called when the last session has said its farewell.
  var becameEmpty: () -> Void = {}

  init(loop: EventLoop, logger: Logger) throws(SystemError) {
    self.loop = loop
    self.logger = logger
    refusedPackets = LimitedLog("refused packets", logger: logger, loop: loop)
    networkTrouble = LimitedLog("network trouble", logger: logger, loop: loop)
    generator = try KernelRandom.generator()
    table = SessionTable(seed: generator.next())
    // The length field is one byte, so no check needs to see more than 255 bytes of a padded packet.
    batch = try ReceiveBatch(capacity: 64, slotSize: 256)
    watcher = try NetworkWatcher()
    receivers = Receivers(loop: loop, logger: logger)
    loop.packetSpacing = Self.receiveSpacing
    try loop.watch(watcher.descriptor, priority: .packet) { [unowned self] _ in networkChanged() }
    receivers.read = { [unowned self] in receive($0, $1, $2, batches: $3) }
  }

  // MARK: Turns

  var nextDeadline: Instant? {
    table.updateDetections()
    return table.nextDeadline
  }

  func deadlinesReached(at now: Instant) {
    var (isAllSent, suspicion) = (false, EventLoop.Drain?.none)
    repeat {
      isAllSent = table.sendDue(now: loop.wakeUp.monotonic, limit: Self.sendLimit, effects: &effects)
      finishTurn()
      suspicion = detect(suspicion)
    } while !isAllSent || suspicion != nil
  }

  /// Gives up the peers that are silent for too long at present, once all that has arrived from them is read. Returns the
  /// reading where it has to go on: what is to be sent meanwhile must not wait for it, or the peers give us up.
  private func detect(_ reading: EventLoop.Drain?) -> EventLoop.Drain? {
    guard reading != nil || table.isDetectionDue(now: MonotonicClock.now()) else { return nil }
    var drain = reading ?? EventLoop.Drain()
    var heard = MonotonicClock.now()
    do throws(SystemError) {
      // What came by then has been heard; of what came later nothing is known.
      guard let instant = try loop.advance(&drain) else { return drain }
      heard = instant
    } catch {
      networkTrouble.log(.networkTrouble, .error, "sockets cannot be read: \(error)", [.reason: "\(error)"])
    }
    table.detect(now: heard, limit: Self.sendLimit, effects: &effects)
    finishTurn()
    return nil
  }

  /// Reads what came to a socket, at most so many batches.
  func receive(_ socket: DatagramSocket, _ kind: PathKind, _ domain: UInt32, batches: Int) {
    var isEmpty = false
    for _ in 0..<batches where !isEmpty {
      do throws(SystemError) {
        isEmpty = try socket.receive(into: batch, at: loop.wakeUp) < batch.capacity
      } catch {
        networkTrouble.log(
          .networkTrouble, .error, "receiving on port \(kind.port): \(error)", [.reason: "\(error)"])
        return finishTurn()
      }
      let now = loop.wakeUp.monotonic
      batch.forEach { datagram, bytes in
        let arrival = Arrival(
          source: datagram.source.address, destination: datagram.destination ?? .v4(IPv4Address(0)),
          interface: datagram.interface, hopLimit: datagram.hopLimit, kind: kind,
          domain: domain, instant: datagram.received)
        if let reason = table.receive(bytes, arrival, now: now, effects: &effects) { refused(arrival, reason) }
      }
    }
    if !isEmpty { loop.leavePackets() }
    finishTurn()
  }

  private func refused(_ arrival: Arrival, _ reason: DropReason) {
    refusedPackets.log(
      .packetRefused, .warning, "packet from \(arrival.source) refused: \(reason.name)",
      [.neighbor: "\(arrival.source)", .reason: reason.name])
  }

  /// Performs the effects: packets first, for they are urgent.
  func finishTurn() {
    guard !effects.hasDiscoveries else { return finishDiscovery() }
    send(effects.transmissions)
    for event in effects.events { report(event) }
    effects.removeAll()
    guard !echoChanges.isEmpty else { return }
    let slots = echoChanges
    echoChanges = []
    for slot in slots where running[slot] != nil { resolveEcho(slot, now: loop.wakeUp.monotonic) }
    finishTurn()
  }

  /// A session that was just made has to be known before it sends.
  private func finishDiscovery() {
    var turn = Effects(capacity: 1_024)
    swap(&turn, &effects)
    for event in turn.events { report(event) }
    send(turn.transmissions)
  }

  private func send(_ transmissions: ContiguousArray<Transmission>) {
    outlets.send(transmissions) { slot, error, isNews in notSent(slot, error, isNews) }
    guard !echo.ports.isEmpty else { return }
    for transmission in transmissions where transmission.isEcho {
      sendEcho(transmission) { error, isNews in notSent(transmission.slot, error, isNews) }
    }
  }

  private func notSent(_ slot: Int, _ error: SystemError, _ isNews: Bool) {
    table.noteSendFailure(slot, isOversize: error.code == .messageTooLong)
    if isNews, let name = running[slot]?.plan.name {
      logger.log(
        .sendFailed, .warning, "\(name): packet not sent: \(error)", [.session: name, .reason: "\(error)"])
    }
  }

  private func report(_ event: BFDCore.SessionEvent) {
    switch event {
    case .stateChanged(let change):
      guard let plan = running[change.slot]?.plan else { return }
      let (name, session) = (plan.name, table[change.slot])
      if plan.usesEcho { echoChanges.append(change.slot) }
      if plan.logsStateChanges {
        logger.log(
          change.messageID, change.old == .up ? .warning : .notice, "\(logLine(change, session, name: name))",
          change.logFields(session, name: name))
      }
      let transition = SessionTransition(change, session)
      running[change.slot]?.history.record(transition, time: Int(loop.wakeUp.realtime / 1_000))
      subscriber?.publish(SessionReport.change(transition), of: name)
      let commands = plan.notifications.commands(for: change, name: name)
      if !commands.isEmpty { runScripts(name, commands) }
    case .timersChanged(let slot, let cause):
      guard let name = running[slot]?.plan.name else { return }
      subscriber?.publish(SessionReport.timers(table[slot], cause), of: name)
    case .authenticationChanged(let slot):
      guard let name = running[slot]?.plan.name else { return }
      let key = table.sendingKey(of: slot).map { "\($0.type.name), key \($0.id)" } ?? "none"
      logger.notice("\(name): authentication in use: \(key)")
      subscriber?.publishState(of: name)
    case .discovered(let slot): discovered(slot)
    case .unsolicitedLimitReached(let number):
      guard let block = unsolicited[number] else { return }
      logger.warning(
        "\(block.name): there are \(block.maximumSessions) sessions (max_sessions); no further neighbour gets one")
    case .removed(let slot):
      if let session = running[slot], session.rule != nil, order.contains(slot) {
        drop(slot)
        logger.notice("\(session.plan.name): session removed, its neighbour has to begin again")
        subscriber?.publishRemoval(of: session.plan.name)
      }
      running[slot] = nil
      closeOutlet(slot)
      forgetEcho(slot)
      closeUnusedReceivers()
      if table.count == 0 { becameEmpty() }
    }
  }

  /// The socket of the session in `slot`.
  func outlet(of slot: Int) -> Outlet? { outlets[slot] }

  /// Why the session in `slot` does not work, as far as this system knows.
  func problem(_ slot: Int) -> String? {
    running[slot]?.problem ?? outlets[slot]?.error.map { "packets are not sent: \($0)" }
  }

  /// What the kernel marks the packets of the session in `slot` with; `nil` while it has no socket.
  func dscp(_ slot: Int) throws(SystemError) -> UInt8? { try outlets[slot]?.dscp }

  /// The slot of the configured session called `name`.
  func slot(named name: String) -> Int? { slotsByName[name] }

  /// Calls `body` with the engine, then performs what it wants done.
  func withTable(_ body: (inout SessionTable, inout Effects) -> Void) {
    body(&table, &effects)
    finishTurn()
  }
}
