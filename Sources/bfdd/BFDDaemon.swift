import BFDCore
import ControlInterface
import DaemonRuntime
import KeepalivedConfig
import LinuxIO
import Logging
import NetPrimitives
import ScriptHelper
import Varlink

/// bfdd: the sessions of one configuration file, their control interface, reload and stop.
final class BFDDaemon {
  let driver: SessionDriver
  private let reflector: ReflectorDriver
  let logger: Logger
  private let loop: EventLoop
  private let notifier = ServiceNotifier()
  private let scripts: ScriptRunner
  private let configurationPath: String
  private let reading: ConfigurationReload
  private let trial: ConfigurationTrial
  private var accepted = AcceptedConfiguration()
  /// Called when the daemon begins to stop, before the sessions do.
  var beganStopping: () -> Void = {}
  /// How many log lines were lost so far.
  var logLinesLost: () -> UInt64 = { 0 }
  /// How the control socket is used.
  var controlUse: () -> ControlUse = { ControlUse() }

  private let startTime = Int(WallClock.now() / 1_000)
  private var configurationTime = 0
  private var configurationError: String?
  private var scheduling = Scheduling()
  private var isStopping = false

  init(loop: EventLoop, logger: Logger, arguments: DaemonArguments) throws(SystemError) {
    self.loop = loop
    self.logger = logger
    configurationPath = arguments.configurationPath
    scripts = ScriptRunner(name: "bfdd", loop: loop, logger: logger) { _, _ in }
    driver = try SessionDriver(loop: loop, logger: logger)
    reflector = try ReflectorDriver(loop: loop, logger: logger)
    reading = try ConfigurationReload(arguments, for: .bfdd, loop: loop)
    trial = try ConfigurationTrial(arguments, for: .bfdd, loop: loop)
    reading.apply = { [unowned self] in take($0, isForced: $1) }
    driver.runScripts = { [scripts] in scripts.notify(queue: $0, $1) }
  }

  /// Starts the sessions of `configuration`, and with them this process's scheduling.
  func start(_ accepted: AcceptedConfiguration) throws {
    let configuration = accepted.configuration
    // The helper is not to inherit this process's scheduling.
    try startScripts(of: configuration)
    scheduling = Scheduling(configuration.global.bfdScheduling, logger: logger)
    if let name = configuration.global.bfdProcessName { try ProcessControl.setName(name) }
    // Every session has a socket; the usual soft limit of 1024 would end at a thousand of them.
    try ProcessControl.setLimit(.openFiles, ProcessControl.limit(.openFiles).hard)
    try apply(accepted)
    notifier.ready(status: status)
    notifier.startWatchdog(on: loop)
    loop.startTimer(at: MonotonicClock.now() + .seconds(5)) { ProcessControl.releaseCode() }
  }

  private func apply(_ accepted: AcceptedConfiguration) throws {
    let configuration = accepted.configuration
    let commands = ScriptCommands(
      scriptSecurity: configuration.global.scriptSecurity, fileMask: configuration.global.fileMask, logger: logger)
    let plans = try configuration.bfdInstances.map { (instance) throws(ConfigurationRefusal) in
      try usingKeys(of: instance) { (instance) throws(AuthenticationKeyError) in
        try SessionPlan(instance, resolve: commands.command)
      }
    }
    let unsolicited = try configuration.bfdUnsolicited.map { (block) throws(ConfigurationRefusal) in
      try usingKeys(of: block.session) { (_) throws(AuthenticationKeyError) in
        try UnsolicitedPlan(block, resolve: commands.command)
      }
    }
    try startScripts(of: configuration)
    try reflector.apply(configuration.sbfdReflector.map(Reflector.Settings.init))
    try driver.apply(plans, unsolicited: unsolicited, now: MonotonicClock.now())
    self.accepted = accepted
    configurationTime = Int(WallClock.now() / 1_000)
    configurationError = nil
  }

  private func usingKeys<Plan>(
    of instance: BFDInstance, _ plan: (BFDInstance) throws(AuthenticationKeyError) -> Plan
  ) throws(ConfigurationRefusal) -> Plan {
    do throws(AuthenticationKeyError) {
      return try plan(instance)
    } catch {
      throw ConfigurationRefusal("\(instance.location): a key of '\(instance.name)' cannot be used: \(error)")
    }
  }

  /// Starts the script helper where there is a script to run; most configurations have none.
  private func startScripts(of configuration: Configuration) throws(SystemError) {
    let sessions = configuration.bfdInstances + configuration.bfdUnsolicited.map(\.session)
    if sessions.contains(where: { $0.notify != BFDNotifyScripts() }) { try scripts.start() }
  }

  /// Reads the configuration again, beside the loop.
  @discardableResult
  func reload(isForced: Bool = false) -> DeferredReply {
    if !isStopping { notifier.reloading() }
    return reading.request(isForced: isForced)
  }

  func plan(file: String?) -> DeferredReply {
    let path = file ?? configurationPath
    return trial.request(path) { [unowned self] reading in
      .success(
        PlanReply(
          plan: reading.plan(path, running: accepted, changes: accepted.configuration.plannedSessionChanges)))
    }
  }

  /// Applies the difference between what was read and what is in use. Returns why it is refused; the old configuration
  /// stays then.
  private func take(_ reading: ConfigurationReading, isForced: Bool) -> VarlinkError? {
    guard !isStopping else { return Self.reloadRefused("the daemon is stopping") }
    defer {
      notifier.ready(status: status)
      ProcessControl.releaseCode()
    }
    do throws(ConfigurationRefusal) {
      let accepted = try reading.accepted(after: self.accepted, isForced: isForced, logger: logger)
      do {
        try apply(accepted)
      } catch {
        throw ConfigurationRefusal("\(error)")
      }
      logger.log(
        .configurationLoaded, .notice,
        "configuration read again: \(driver.order.count) \(driver.order.count == 1 ? "session" : "sessions")")
      return nil
    } catch {
      configurationError = error.description
      logger.log(
        .configurationRefused, .error, "configuration not read again, the old one stays in use: \(error)",
        [.reason: error.description])
      return Self.reloadRefused(error.description)
    }
  }

  /// Tells the peers that the sessions end, and ends the loop when they have been told.
  func stop() {
    guard !isStopping else { return }
    isStopping = true
    notifier.stopping()
    beganStopping()
    let count = driver.order.count
    logger.notice("stopping: \(count) session\(count == 1 ? " announces" : "s announce") admin_down")
    driver.becameEmpty = { [unowned self] in end() }
    driver.stop(now: MonotonicClock.now())
    if driver.table.count == 0 { end() }
  }

  /// All peers have been told; what the scripts are still to be told, they are.
  private func end() { scripts.finish(within: .seconds(2)) { [loop] in loop.stop() } }

  /// Handles a signal.
  func received(_ signal: Signal) {
    switch signal {
    case .hangUp: reload()
    case .terminate, .interrupt: stop()
    default: break
    }
  }

  private var status: String { "\(driver.order.count) sessions" }
}

// MARK: Control interface

extension BFDDaemon: BFDControl {
  typealias State = SessionInfo
  typealias Change = SessionChange

  var objectNames: [String] { driver.order.compactMap { driver.running[$0]?.plan.name } }

  func object(named name: String) -> SessionInfo? {
    guard let slot = driver.slot(named: name), let running = driver.running[slot] else { return nil }
    var info = SessionReport(clocks: ClockSample.now()).info(
      driver.table[slot], plan: running.plan, isUnsolicited: running.rule != nil, interface: driver.interface(of: slot),
      problem: driver.problem(slot),
      created: running.created, key: driver.table.sendingKey(of: slot),
      isChangingKeys: driver.table.isChangingAuthentication(of: slot))
    SessionReport.addEcho(
      driver.table[slot], interval: driver.table.echoInterval(of: slot), problem: driver.echo.problems[slot], to: &info)
    return info
  }

  func history(of name: String) -> [PastChange<SessionChange>]? {
    driver.slot(named: name).flatMap { driver.running[$0] }.map { SessionReport.history($0.history) }
  }

  var info: BFDInfo {
    var daemon = DaemonInfo(
      name: "bfdd", version: DaemonArguments.version, pid: Int(ProcessControl.pid), startTime: startTime,
      configurationFile: configurationPath, configurationTime: configurationTime, scheduling: scheduling.text)
    daemon.configurationError = configurationError
    daemon.configurationFindings = accepted.errors.count
    daemon.schedulingProblem = scheduling.problem
    daemon.lateness = SessionReport.figures(driver.table.lateness.wakeups)
    daemon.stalls = Int(clamping: driver.table.lateness.stallCount)
    daemon.logLinesLost = Int(clamping: logLinesLost())
    let use = controlUse()
    daemon.controlClients = use.clients
    daemon.controlRefusals = use.refusals
    var info = BFDInfo(daemon: daemon)
    info.numberOfSessions = driver.order.count
    var drops = driver.table.drops
    info.reflector = reflector.reflector.map(SessionReport.reflector)
    for slot in driver.order {
      let session = driver.table[slot]
      switch session.state {
      case .up: info.numberOfSessionsUp += 1
      case .down, .initializing: info.numberOfSessionsDown += 1
      case .adminDown: info.numberOfSessionsAdminDown += 1
      }
      drops.add(session.statistics.drops)
    }
    // Once, not for each session: this is answered in one turn of the loop.
    info.drops = SessionReport.drops(drops).merging(driver.kernelDrops) { $0 + $1 }
    return info
  }

  func setAdminDown(_ isDown: Bool, session name: String) throws(VarlinkError) {
    guard let slot = driver.slot(named: name) else { throw .noSuchSession(name) }
    driver.withTable { $0.setEnabled(slot, !isDown, now: MonotonicClock.now(), effects: &$1) }
  }

  func poll(session name: String) throws(VarlinkError) {
    guard let slot = driver.slot(named: name) else { throw .noSuchSession(name) }
    var isStarted = false
    driver.withTable { isStarted = $0.poll(slot, now: MonotonicClock.now(), effects: &$1) }
    guard isStarted else { throw .notUp(name) }
  }

  func clearCounters(session name: String?) throws(VarlinkError) {
    guard let name else {
      for slot in driver.order { driver.table.clearStatistics(slot) }
      driver.table.clearStatistics()
      reflector.clearStatistics()
      driver.clearKernelDrops()
      return
    }
    guard let slot = driver.slot(named: name) else { throw .noSuchSession(name) }
    driver.table.clearStatistics(slot)
  }
}
