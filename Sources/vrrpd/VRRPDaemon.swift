import ControlInterface
import DaemonRuntime
import KeepalivedConfig
import LinuxIO
import Logging
import NetPrimitives
import ScriptHelper
import VRRPCore

/// The daemon: hands events to the routers and carries out what they want done.
///
/// The parts that deal with one kind of event are in extensions: packets and deadlines, effects, the network, reload,
/// control.
final class VRRPDaemon: EventLoopDriver {
  let loop: EventLoop
  let logger: Logger
  /// Lines that other routers, other programs and the kernel can make come without end.
  let refusedPackets: LimitedLog
  let networkTrouble: LimitedLog
  let addressTrouble: LimitedLog
  let notices: LimitedLog
  let watcher: NetworkWatcher
  let configurator: NetworkConfigurator
  let announcer: Announcer
  let receiveBatch: ReceiveBatch

  var configuration = Configuration()
  var instances: [Instance] = []
  /// Every address that some instance moves about; an owner's are its own all the same.
  var virtualAddresses: Set<IPAddress> = []
  /// Every `unicast_src_ip` and `mcast_src_ip`.
  var namedSources: Set<IPAddress> = []
  /// The sync groups, and which of them each instance is in.
  var groups: [VRRPCore.SyncGroup] = []
  var groupOfInstance: [Int?] = []
  var ports: [AdvertisementPort.Key: (port: AdvertisementPort, registration: EventLoop.Registration)] = [:]
  var deadlines = DeadlineQueue()
  /// Whether the routers take part: after `vrrp_startup_delay`, until the stop.
  var isStarted = false
  /// When `vrrp_startup_delay` ends; `nil` where it does not run.
  private(set) var startTime: Instant?
  private(set) var isStopping = false
  var isInMaintenance = false
  /// What puts addresses, routes and rules on the machine.
  let installer: Installer
  /// What is on the machine because of `static_ipaddress`, `static_routes` and `static_rules`.
  var staticHeld = Holdings()
  /// Hears of deleted routes and rules, once there are any to look after.
  var routing: (watcher: RoutingWatcher, registration: EventLoop.Registration)?
  let settings: KernelSettings
  let virtualLinks: VirtualLinks
  let acceptFilter: AcceptFilter
  /// Where it is noted for the next start what is on the machine.
  var record: AddressRecord?
  /// Where maintenance is noted for the next start.
  var maintenanceFile: StateFile?
  /// Who else advertises on our interfaces.
  var foreign = ForeignRouters()
  /// Packets with a number that no instance on their interface has.
  let unknownRouters: UnknownRouters
  var strayDrops = StrayDrops()
  /// Effects that wait until the advertisements that were due have left.
  var backlog = Backlog()
  /// Whether more routers are about to act in this turn.
  var isCollecting = false
  /// While another configuration is applied: what trackers report then is told to the routers with it, and groups agree
  /// when all of their members have it.
  var isReloading = false
  /// Announcements that wait for `garp_interval` or `gna_interval`.
  var announcements = AnnouncementQueue()

  /// The scripts that are told about changes of groups, by the group's name.
  var groupNotifications: [String: NotificationCommands] = [:]
  let checks: ScriptChecks
  let files: TrackedFiles
  let processes: TrackedProcesses
  /// Which interfaces count as up.
  let links: LinkStates
  /// Where changes of instances and groups are written, beside the scripts.
  let pipes: NotificationPipes
  /// The same as JSON, with causes.
  let stream: NotificationStream
  /// Who words mails; `nil` where none are wanted.
  var mailer: Mailer?
  /// The programs that belong to no instance.
  let ownScripts: DaemonScripts
  /// `startup_script` and `shutdown_script`.
  var startupScript: ScriptHelper.ScriptCommand?
  var shutdownScript: ScriptHelper.ScriptCommand?
  let scripts: ScriptRunner
  private(set) var bfd: BFDClient
  /// Called with every change of an instance, for subscribers.
  var onChange: (Instance, InstanceChange) -> Void = { _, _ in }
  /// Called with the name of an instance that is new or configured anew.
  var onAppearance: (String) -> Void = { _ in }
  /// Called with the name of an instance that is gone.
  var onRemoval: (String) -> Void = { _ in }

  /// Scratch space that is kept so that a packet or a deadline allocates nothing.
  var effects: [Effect] = []
  var due: [Int] = []

  /// Opens what every configuration needs. `scripts` is running already: the helper must be started before the process
  /// asks for real-time scheduling.
  init(
    loop: EventLoop, logger: Logger, bfddSocket: String, checks: ScriptChecks, ownScripts: DaemonScripts,
    scripts: ScriptRunner
  ) throws(SystemError) {
    self.loop = loop
    self.logger = logger
    refusedPackets = LimitedLog("refused packets", logger: logger, loop: loop)
    networkTrouble = LimitedLog("network trouble", logger: logger, loop: loop)
    addressTrouble = LimitedLog("trouble with addresses", logger: logger, loop: loop, burst: 20)
    notices = LimitedLog("notices", logger: logger, loop: loop, burst: 20)
    self.checks = checks
    self.ownScripts = ownScripts
    self.scripts = scripts
    stream = NotificationStream(loop: loop, logger: logger)
    links = LinkStates(loop: loop)
    pipes = NotificationPipes(logger: logger)
    unknownRouters = UnknownRouters(logger: logger)
    files = TrackedFiles(loop: loop, logger: logger)
    processes = TrackedProcesses(loop: loop, logger: logger)
    watcher = try NetworkWatcher()
    configurator = try NetworkConfigurator()
    settings = KernelSettings(logger: logger)
    installer = Installer(
      configurator: configurator, watcher: watcher, settings: settings, logger: logger, trouble: addressTrouble)
    acceptFilter = AcceptFilter(logger: logger)
    virtualLinks = VirtualLinks(configurator: configurator, watcher: watcher, settings: settings, logger: logger)
    announcer = try Announcer()
    // What is longer than anything that VRRP allows is cut, and one byte too long for every check of its length.
    receiveBatch = try ReceiveBatch(capacity: 64, slotSize: VRRP.longestMessage + 1)
    effects.reserveCapacity(64)
    // Set again in the next line but one, when there is a self to report to.
    bfd = BFDClient(path: bfddSocket, loop: loop, logger: logger) { _, _ in }
    bfd = BFDClient(path: bfddSocket, loop: loop, logger: logger) { [weak self] name, report in
      self?.bfdChanged(name, report)
    }
    links.onChange = { [weak self] in self?.refreshInterfaces() }
    virtualLinks.onMade = { [weak self] in self?.virtualLinkMade($0) }
    // Not within what an instance is doing just now.
    virtualLinks.onFailure = { [weak self] in
      _ = self?.loop.startTimer(at: MonotonicClock.now()) { self?.refreshInterfaces() }
    }
    files.onChange = { [weak self] in self?.fileChanged($0, to: $1) }
    processes.onChange = { [weak self] in self?.processChanged($0, isUp: $1) }
    // Long enough that many instances' advertisements are read together, and short against their intervals.
    loop.packetSpacing = .milliseconds(2)
    try loop.watch(watcher.descriptor, priority: .packet) { [weak self] _ in self?.networkChanged() }
    loop.addTurnEndHook { [weak self] in self?.noteHoldings() }
  }

  /// The earliest deadline of any router, or when work goes on that was put off.
  var nextDeadline: Instant? {
    let earliest = min(
      deadlines.next ?? .distantFuture, backlog.due ?? .distantFuture, announcements.nextDeadline ?? .distantFuture)
    return earliest == .distantFuture ? nil : earliest
  }

  // MARK: Deadlines

  /// Serves the routers that are due. If one of them may believe that its active router is dead, or if we come late, what
  /// has arrived meanwhile is read first: late is not dead.
  func deadlinesReached(at wakeUp: Instant) {
    var now = wakeUp
    due.removeAll(keepingCapacity: true)
    var mustReadFirst = false
    while let deadline = deadlines.next, let index = deadlines.popExpired(now: now) {
      due.append(index)
      if instances[index].router.state != .master || now - deadline > .milliseconds(1) { mustReadFirst = true }
    }
    if mustReadFirst {
      // Most instances share a port.
      for key in Set(due.map { instances[$0].listeningPort }) {
        if let port = ports[key]?.port { readAll(port) }
      }
      now = MonotonicClock.now()
    }
    isCollecting = true
    for index in due {
      update(index) { $0.deadlineReached(now: now, into: &$1) }
    }
    isCollecting = false
    announceWaiting(now: now)
    workOff()
  }

  // MARK: Routers

  /// Lets a router act, and the members of its group agree.
  func update(_ index: Int, _ action: (inout Router, inout [Effect]) -> Void) {
    act(index, action)
    if let group = groupOfInstance[index], !isReloading { agree(group) }
  }

  /// Lets the members of a group agree. That they are backup is told before what waits from `mark` on, if that is given.
  func agree(_ group: Int, backupAt mark: Int? = nil) {
    let now = MonotonicClock.now()
    // Every step brings a member nearer to what the others are; the bound only guards against a mistake of ours.
    for _ in 0..<4 * groups[group].members.count {
      guard let step = groups[group].nextStep({ instances[$0].router.groupMember }) else { break }
      act(step.index) { $0.follow(step.step, now: now, into: &$1) }
    }
    if let state = groups[group].update({ instances[$0].router.groupMember }) {
      let task = Backlog.Task.group(groups[group].name, state)
      if let mark, state == .backup { backlog.insert(task, at: mark) } else { backlog.append(task) }
      if !isCollecting { workOff() }
    }
  }

  /// Lets a router act, carries out what it wants done, and arms its next deadline.
  func act(_ index: Int, _ action: (inout Router, inout [Effect]) -> Void) {
    let instance = instances[index]
    var effects: [Effect] = []
    swap(&effects, &self.effects)
    effects.removeAll(keepingCapacity: true)
    if instance.router.needsRealTime { instance.router.realTimeOffset = ClockSample.now().realTimeOffset }
    action(&instance.router, &effects)
    for effect in effects { carryOut(effect, for: instance) }
    reviewLeftovers(of: instance)
    if !isCollecting { workOff() }
    swap(&effects, &self.effects)
    if let deadline = instance.router.nextDeadline {
      deadlines.schedule(index, at: deadline)
    } else {
      deadlines.cancel(index)
    }
  }

  /// Lets all routers act.
  func updateAll(_ action: (inout Router, inout [Effect]) -> Void) {
    for index in instances.indices { update(index, action) }
  }

  /// Runs `startup_script`, and then starts all routers, at once or after `vrrp_startup_delay`.
  func start() {
    ownScripts.run("startup_script", startupScript) { [weak self] in
      guard let self, !isStopping else { return }
      startAfterDelay()
    }
  }

  private func startAfterDelay() {
    let global = configuration.global
    let delay = max(global.startupDelay, global.delayAfterBoot - MonotonicClock.sinceBoot())
    guard delay > .zero else { return startRouters() }
    let keyword = delay > global.startupDelay ? "vrrp_delay_after_boot" : "vrrp_startup_delay"
    logger.info("waiting \(delay) before taking part (\(keyword))")
    let startTime = MonotonicClock.now() + delay
    self.startTime = startTime
    loop.startTimer(at: startTime) { [weak self] in
      self?.startRouters()
    }
  }

  /// Starts all routers in the order in which readers of keepalived's pipes are told of it: those in fault, each with its
  /// group, then the others, a group before its members.
  private func startRouters() {
    guard !isStopping else { return }
    isStarted = true
    startTime = nil
    let now = MonotonicClock.now()
    isCollecting = true
    for indices in startingOrder() {
      let mark = backlog.end
      for index in indices { act(index) { $0.start(now: now, into: &$1) } }
      if let group = indices.first.flatMap({ groupOfInstance[$0] }) { agree(group, backupAt: mark) }
    }
    isCollecting = false
    workOff()
  }

  /// The members of each group together.
  private func startingOrder() -> [[Int]] {
    var seen: Set<Int> = []
    let together = instances.indices.map { index in
      (groupOfInstance[index].map { groups[$0].members } ?? [index]).filter { seen.insert($0).inserted }
    }.filter { !$0.isEmpty }
    func isInFault(_ indices: [Int]) -> Bool { indices.contains { !instances[$0].router.faults.isEmpty } }
    return together.filter(isInFault) + together.filter { !isInFault($0) }
  }

  /// Resigns everywhere, takes the addresses away, runs `notify_stop`, lets the readers of the pipes come to their end,
  /// runs `shutdown_script`, and then calls `completion`.
  func stop(then completion: @escaping () -> Void) {
    isStopping = true
    isStarted = false
    bfd.setWanted(false)
    let now = MonotonicClock.now()
    updateAll { $0.shutDown(now: now, into: &$1) }
    workOffAll()
    for group in configuration.syncGroups { notify(group, .stop) }
    checks.replace(with: [])
    removeStatic()
    virtualLinks.replace(with: [])
    pipes.close()
    stream.close()
    scripts.drain(within: .seconds(2)) { [self] in
      ownScripts.endReaders(within: .seconds(1)) { [self] in
        ownScripts.run("shutdown_script", shutdownScript) { [self] in
          scripts.finish(within: .zero, then: completion)
        }
      }
    }
  }

  func groupChanged(_ name: String, to state: RouterState) {
    guard let group = configuration.syncGroups.first(where: { $0.name == name }),
      let index = groups.firstIndex(where: { $0.name == name })
    else { return }
    logger.notice("group \(group.name): \(state.rawValue)")
    // The member that changed last is the reason.
    let last = groups[index].members.flatMap { instances[$0].router.history.transitions.suffix(1) }
      .max { $0.time < $1.time }
    var line = NotificationStream.Line(.group, group.name, .state, InstanceState(state))
    line.detail = last?.cause.text
    stream.write(line)
    switch state {
    case .initialize: break
    case .backup: notify(group, .backup)
    case .master: notify(group, .master)
    case .fault: notify(group, .fault)
    }
  }

  private func notify(_ group: KeepalivedConfig.SyncGroup, _ notification: VRRPCore.Notification) {
    let commands = groupNotifications[group.name]?.commands(
      for: notification, type: .group, name: group.name, priority: 0)
    if let commands, !commands.isEmpty { scripts.notify(queue: "group \(group.name)", commands) }
    pipes.write(notification.rawValue, type: .group, name: group.name, priority: 0)
    if notification == .stop { stream.write(NotificationStream.Line(.group, group.name, .removed, .`init`)) }
    if group.smtpAlert {
      sendMail(
        notification, type: .group, name: group.name, facts: ["Members: \(group.members.joined(separator: ", "))"])
    }
  }

  /// A session's state is known or changed.
  private func bfdChanged(_ name: String, _ report: BFDReport) {
    let now = loop.wakeUp.monotonic
    updateAll { $0.bfdChanged(session: name, to: report, now: now, into: &$1) }
  }

  /// The state of a script is known or changed.
  func scriptChanged(_ name: String, to state: TrackerState) {
    if isReloading { return }
    let now = MonotonicClock.now()
    updateAll { $0.trackerChanged(.script, name, to: state, now: now, into: &$1) }
  }

  /// Whether the processes that are wanted run is known or changed.
  func processChanged(_ name: String, isUp: Bool) {
    if isReloading { return }
    let now = MonotonicClock.now()
    updateAll { $0.trackerChanged(.process, name, to: isUp ? .up : .down, now: now, into: &$1) }
  }

  /// The number in a tracked file is known or changed.
  func fileChanged(_ name: String, to value: Int) {
    if isReloading { return }
    let now = MonotonicClock.now()
    updateAll { $0.trackerChanged(.file, name, to: .value(value), now: now, into: &$1) }
  }
}
