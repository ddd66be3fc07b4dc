import ControlInterface
import DaemonRuntime
import KeepalivedConfig
import LinuxIO
import Logging
import NetPrimitives
import ScriptHelper
import VRRPCore
import Varlink

/// vrrpd as a service: its configuration file, signals, service manager and control interface. The work is done by
/// `VRRPDaemon`.
final class VRRPService {
  let daemon: VRRPDaemon
  private let loop: EventLoop
  private let logger: Logger
  private let configurationPath: String
  private let notifier = ServiceNotifier()
  private let reading: ConfigurationReload
  private let trial: ConfigurationTrial
  /// How many log lines were lost so far.
  var logLinesLost: () -> UInt64 = { 0 }
  /// How the control socket is used.
  var controlUse: () -> ControlUse = { ControlUse() }

  private let startTime = Int(WallClock.now() / 1_000)
  private var configurationTime = 0
  private var running = AcceptedConfiguration()
  private var configurationError: String?
  private var scheduling = Scheduling()
  private var isStopping = false

  init(daemon: VRRPDaemon, loop: EventLoop, logger: Logger, arguments: DaemonArguments) throws(SystemError) {
    self.daemon = daemon
    self.loop = loop
    self.logger = logger
    configurationPath = arguments.configurationPath
    reading = try ConfigurationReload(arguments, for: .vrrpd, loop: loop)
    trial = try ConfigurationTrial(arguments, for: .vrrpd, loop: loop)
    reading.apply = { [unowned self] in take($0, isForced: $1) }
  }

  /// Takes away what an earlier run left behind, and starts the instances of `configuration`. The script helper runs
  /// already, so that it does not inherit real-time scheduling.
  func start(_ accepted: AcceptedConfiguration, users: SystemUsers, leftovers: Leftovers) {
    let configuration = accepted.configuration
    scheduling = Scheduling(configuration.global.vrrpScheduling, logger: logger)
    if let name = configuration.global.vrrpProcessName {
      do throws(SystemError) {
        try ProcessControl.setName(name)
      } catch {
        logger.warning("process name \(name): \(error)")
      }
    }
    daemon.removeLeftovers(leftovers, but: configuration)
    apply(accepted, users: users)
    daemon.adoptLeftovers(leftovers)
    daemon.start()
    notifier.ready(status: status)
    notifier.startWatchdog(on: loop)
    loop.startTimer(at: MonotonicClock.now() + .seconds(5)) { ProcessControl.releaseCode() }
  }

  private func apply(_ accepted: AcceptedConfiguration, users: SystemUsers) {
    let configuration = accepted.configuration
    let global = configuration.global
    func resolve(
      _ command: KeepalivedConfig.ScriptCommand, _ timeout: Interval
    ) -> ScriptHelper.ScriptCommand? {
      guard !command.isDisabled else { return nil }
      do throws(ScriptUserError) {
        let user = try users.identity(of: command.user, scriptSecurity: global.scriptSecurity)
        var wanted = ScriptHelper.ScriptCommand(command.arguments, user: user, timeout: timeout)
        wanted.isSecured = global.scriptSecurity
        wanted.fileMask = global.fileMask
        return wanted
      } catch {
        logger.error("\(command.location): script \(command.arguments.first ?? "") will not run: \(error)")
        return nil
      }
    }
    daemon.pipes.replace(with: [global.notifyFIFO, global.vrrpNotifyFIFO].compactMap { pipe($0, global, users) })
    daemon.stream.replace(with: pipe(global.jsonNotifyFIFO, global, users))
    daemon.ownScripts.replaceReaders(
      with: [global.notifyFIFO, global.vrrpNotifyFIFO, global.jsonNotifyFIFO].compactMap { fifo in
        guard let fifo, var script = fifo.script.flatMap({ resolve($0, .zero) }) else { return nil }
        script.arguments.append(fifo.path)
        return script
      })
    daemon.startupScript = global.startupScript.flatMap { resolve($0, global.startupScriptTimeout) }
    daemon.shutdownScript = global.shutdownScript.flatMap { resolve($0, global.shutdownScriptTimeout) }
    // A mail needs nobody's rights: where there is no user for scripts, it is our own.
    let mailUser = try? users.identity(of: global.scriptUser, scriptSecurity: global.scriptSecurity)
    daemon.mailer = Mailer(global, host: (try? FileSystem.hostName()) ?? "localhost", user: mailUser ?? .own)
    daemon.apply(configuration, resolve: resolve)
    running = accepted
    configurationTime = Int(WallClock.now() / 1_000)
    configurationError = nil
  }

  /// The pipe with its owner looked up: who is named, else `script_user`, else ourselves.
  private func pipe(
    _ fifo: NotifyFIFO?, _ global: GlobalDefinitions, _ users: SystemUsers
  ) -> NotificationPipes.Wanted? {
    guard let fifo else { return nil }
    let mode = 0o644 & ~global.fileMask
    guard let owner = fifo.owner ?? global.scriptUser else {
      return NotificationPipes.Wanted(path: fifo.path, mode: mode, uid: nil, gid: nil)
    }
    do throws(ScriptUserError) {
      let user = try users.identity(of: owner, scriptSecurity: global.scriptSecurity)
      return NotificationPipes.Wanted(path: fifo.path, mode: mode, uid: user.uid, gid: user.gid)
    } catch {
      logger.error("notify_fifo \(fifo.path) is not made: \(error)")
      return nil
    }
  }

  /// Handles a signal.
  func received(_ signal: Signal) {
    switch signal {
    case .hangUp: reload()
    case .terminate, .interrupt: stop()
    default: break
    }
  }

  private func stop() {
    guard !isStopping else { return }
    isStopping = true
    notifier.stopping()
    logger.notice("stopping")
    daemon.stop { [loop] in loop.stop() }
  }

  private var status: String {
    let masters = daemon.instances.count { $0.router.state == .master }
    return "\(daemon.instances.count) instances, \(masters) of them master"
  }
}

// MARK: Control interface

extension VRRPService: VRRPControl {
  typealias State = InstanceInfo
  typealias Change = InstanceChange

  var objectNames: [String] { daemon.instances.map(\.configuration.name) }

  func object(named name: String) -> InstanceInfo? {
    guard let index = daemon.index(of: name) else { return nil }
    let instance = daemon.instances[index]
    let time = TimeOfDay(now: MonotonicClock.now(), wallClock: WallClock.now())
    var info = InstanceInfo(
      instance.configuration, instance.router, bfdIsStale: !daemon.bfd.isCurrent, sendFailures: instance.sendFailures,
      at: time)
    info.syncGroup = daemon.groupOfInstance[index].map { daemon.groups[$0].name }
    return info
  }

  func history(of name: String) -> [PastChange<InstanceChange>]? {
    guard let index = daemon.index(of: name) else { return nil }
    let time = TimeOfDay(now: MonotonicClock.now(), wallClock: WallClock.now())
    let router = daemon.instances[index].router
    return router.history.transitions.map { transition in
      let master = transition.to == .master ? router.sourceAddress : transition.master
      return PastChange(
        time: time.microseconds(of: transition.time), change: InstanceChange(transition, masterAddress: master))
    }
  }

  var info: VRRPInfo {
    var process = DaemonInfo(
      name: "vrrpd", version: DaemonArguments.version, pid: Int(ProcessControl.pid), startTime: startTime,
      configurationFile: configurationPath, configurationTime: configurationTime, scheduling: scheduling.text)
    process.configurationError = configurationError
    process.configurationFindings = running.errors.count
    process.schedulingProblem = scheduling.problem
    process.lateness = DurationFigures(loop.lateness)
    process.stalls = Int(clamping: loop.lateness.stalls)
    process.logLinesLost = Int(clamping: logLinesLost())
    let use = controlUse()
    process.controlClients = use.clients
    process.controlRefusals = use.refusals
    var info = VRRPInfo(daemon: process)
    info.numberOfInstances = daemon.instances.count
    info.numberOfInstancesMaster = daemon.instances.count { $0.router.state == .master }
    info.numberOfInstancesBackup = daemon.instances.count { $0.router.state == .backup }
    info.numberOfInstancesFault = daemon.instances.count { $0.router.state == .fault }
    info.maintenance = daemon.isInMaintenance
    info.startupDelayRemaining = daemon.startTime.map { max(0, Int(($0 - MonotonicClock.now()).microseconds)) }
    info.bfd = daemon.bfd.isUsed ? (daemon.bfd.isCurrent ? .connected : .stale) : .unused
    info.drops = [
      "vrid_errors": Int(clamping: daemon.unknownRouters.packets),
      "packet_length_errors": Int(clamping: daemon.strayDrops.tooShort),
      "receive_buffer_full": Int(
        clamping: daemon.strayDrops.overflow(open: daemon.ports.values.map(\.port.socket.dropped))),
      "notify_fifo_lines": Int(clamping: daemon.pipes.lostLines &+ daemon.stream.lostLines),
    ]
    return info
  }

  private var timeOfDay: TimeOfDay { TimeOfDay(now: MonotonicClock.now(), wallClock: WallClock.now()) }

  var foreignRouters: [ForeignRouter] {
    daemon.foreign.list(interface: { daemon.watcher.links[$0]?.name }, at: timeOfDay)
  }

  func keepalivedDump() throws(VarlinkError) -> String {
    let time = timeOfDay
    let dump = daemon.instances.map { instance in
      KeepalivedDump(
        instance, scripts: daemon.configuration.scripts,
        lastTransition: instance.router.history.transitions.last.map { time.microseconds(of: $0.time) })
    }
    do {
      return String(decoding: try encodeJSON(dump), as: UTF8.self)
    } catch {
      throw VarlinkError(name: "dev.baton.vrrp.NotRepresentable", parameters: ["reason": error.reason])
    }
  }

  func setMaintenance(_ isOn: Bool) { daemon.setMaintenance(isOn) }

  func failover(instance name: String) throws(VarlinkError) {
    guard let index = daemon.index(of: name) else { throw .noSuchInstance(name) }
    guard daemon.failOver(index) else { throw .notMaster(name) }
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
      .success(PlanReply(plan: reading.plan(path, running: running) { daemon.plan(for: $0) }))
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
      apply(try reading.accepted(after: running, isForced: isForced, logger: logger), users: reading.users)
      logger.log(
        .configurationLoaded, .notice,
        "configuration read again: \(daemon.instances.count) \(daemon.instances.count == 1 ? "instance" : "instances")")
      if daemon.configuration.global.writeStatesToFIFOOnReload { daemon.writeAllStates() }
      return nil
    } catch {
      configurationError = error.description
      logger.log(
        .configurationRefused, .error, "configuration not read again, the old one stays in use",
        [.reason: error.description])
      for line in error.description.split(separator: "\n") { logger.error("\(line)") }
      return Self.reloadRefused(error.description)
    }
  }
}
