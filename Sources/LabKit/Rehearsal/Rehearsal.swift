internal import KeepalivedConfig
internal import LinuxIO
internal import NetPrimitives

/// Plays faults to two routers that were made of a user's file, and watches what becomes of each address.
public final class Rehearsal {
  /// The lab it happens in.
  public let lab: Lab
  private let plan: RehearsalPlan
  private let engine: Engine
  private let baton: Baton?
  private let routers: [Host]
  private let client: Host
  private let watch: RehearsalWatch
  private var daemons: [String: [Daemon]] = [:]
  /// Where the recording of the running fault begins before it.
  private static let lead = Interval.milliseconds(500)

  /// Builds the network and starts the routers. `baton` is needed for that engine only.
  public init(_ plan: RehearsalPlan, engine: Engine, baton: Baton?) throws(LabError) {
    self.plan = plan
    self.engine = engine
    self.baton = baton
    let lab = try Lab()
    self.lab = lab
    do throws(LabError) {
      var routers: [Host] = []
      for router in plan.routers { routers.append(try lab.addHost(router.name, router.interfaces)) }
      client = try lab.addHost("client", plan.client)
      self.routers = routers
      try Self.addRoutes(plan, routers, client)
      for (router, host) in zip(plan.routers, routers) {
        try host.install(router.text, router.files)
        try host.run(["mkdir", "-p", "-m", "755", RehearsalRewriting.decisions])
        for check in router.checks { try host.set(check, failing: false) }
      }
      watch = try RehearsalWatch(plan, lab: lab, routers: routers, client: client)
    } catch {
      lab.destroy()
      throw error
    }
    do throws(LabError) { for host in routers { try start(host) } } catch {
      lab.destroy()
      throw error
    }
  }

  /// Makes everything of the other router, and every virtual address, reachable without a gateway.
  private static func addRoutes(_ plan: RehearsalPlan, _ routers: [Host], _ client: Host) throws(LabError) {
    for (router, host) in zip(plan.routers, routers) {
      for neighbor in router.neighbors { try host.addRoute(to: neighbor.address, by: neighbor.interface) }
    }
    for watched in plan.watched where !watched.address.isLinkLocal {
      let own = plan.client.first { $0.name == watched.clientInterface }?.addresses ?? []
      guard !own.contains(where: { $0.contains(watched.address) }) else { continue }
      try client.addRoute(to: watched.address, by: watched.clientInterface)
    }
  }

  private func start(_ host: Host) throws(LabError) {
    switch engine {
    case .keepalived: daemons[host.name] = [try host.startKeepalived()]
    case .baton:
      guard let baton else { throw .configuration("no folder with Baton's programs was given") }
      let usesBFD = plan.routers.first { $0.name == host.name }?.model.bfdInstances.isEmpty == false
      daemons[host.name] = try (usesBFD ? [baton.startBFD(on: host)] : []) + [baton.startVRRP(on: host)]
    }
  }

  // MARK: Playing

  /// Waits until the routers are at rest. Throws `.deadline` with what is missing and the ends of the logs.
  public func waitUntilAtRest() throws(LabError) {
    guard let unrest = try settle() else { return }
    throw .deadline("the routers are at rest: \(unrest)", after: plan.recoveryTime, detail: lab.logs())
  }

  /// Plays the faults one after the other and tells `each` of every one.
  public func play(
    _ faults: [RehearsalFault], each: (FaultOutcome) -> Void = { _ in }
  ) throws(LabError) -> RehearsalRun {
    var outcomes: [FaultOutcome] = []
    for fault in faults {
      // What is not at rest cannot be broken in a way that says anything.
      if outcomes.last?.unrest != nil { break }
      let outcome = try play(fault)
      outcomes.append(outcome)
      each(outcome)
    }
    return RehearsalRun(engine: engine, outcomes: outcomes, unplayed: Array(faults.dropFirst(outcomes.count)))
  }

  private func play(_ fault: RehearsalFault) throws(LabError) -> FaultOutcome {
    // The fault must not keep step with anybody's timers.
    let interval = plan.instances.map(\.advertisementInterval).max() ?? .zero
    try watch.run(for: Self.lead + .milliseconds(.random(in: 0...min(max(interval.milliseconds, 50), 1_000))))
    try watch.synchronize()
    let active = activeRouter()
    watch.forget(before: .realtime() - Self.lead)
    let begin = Instant.realtime()
    try inject(fault, into: active)
    try watch.run(for: duration(of: fault, active))
    if fault == .power { try reboot(active) }
    let mended = Instant.realtime()
    if fault == .power { watch.died(active.name, AddressHistory.Span(begin, mended)) }
    try mend(fault, of: active)
    let unrest = try settle()
    return outcome(fault, active.name, begin: begin, mended: mended, end: .realtime(), unrest: unrest)
  }

  /// Waits until the network is at rest, with each address on the router that takes it back; where that does not happen,
  /// on any. What is missing in the end, or `nil`.
  private func settle() throws(LabError) -> String? {
    let start = Instant.realtime()
    if try watch.run(within: plan.recoveryTime, until: { watch.unrest(since: start, preferred: true) == nil }) {
      return nil
    }
    // A client that nobody told of the move has to find out that its neighbour entry is wrong.
    _ = try watch.run(within: Self.forgetting) { watch.unrest(since: start, preferred: false) == nil }
    return watch.unrest(since: start, preferred: false)
  }

  /// How long Linux may believe in a neighbour that does not answer: reachable for 45 s at most (1.5 times
  /// base_reachable_time), then three probes a second apart after a delay of 5 s.
  private static let forgetting = Interval.seconds(60)

  /// The router with most addresses.
  private func activeRouter() -> Host {
    let now = Instant.realtime()
    let holders = watch.histories.flatMap { $0.holders(at: now) }
    let counts = routers.map { router in holders.count { $0 == router.name } }
    return counts[1] > counts[0] ? routers[1] : routers[0]
  }

  private func check(_ fault: RehearsalFault, _ host: Host) -> RehearsalPlan.Check? {
    let checks = plan.routers.first { $0.name == host.name }?.checks ?? []
    switch fault {
    case .script(let name): return checks.first { $0.name == name && !$0.isFile }
    case .file(let name): return checks.first { $0.name == name && $0.isFile }
    default: return nil
    }
  }

  /// How long the fault lasts: until all that follows from it must have happened.
  private func duration(of fault: RehearsalFault, _ host: Host) -> Interval {
    switch fault {
    case .freeze: .seconds(5)
    case .restart: .zero
    case .reload: .milliseconds(500)
    case .script, .file: plan.reactionTime(of: check(fault, host)?.delay ?? .zero) + plan.preemption
    case .power, .cut, .unplug, .deaf, .mute: plan.reactionTime()
    }
  }

  private func inject(_ fault: RehearsalFault, into host: Host) throws(LabError) {
    let own = daemons[host.name] ?? []
    switch fault {
    case .power:
      let processes = own.flatMap(\.processes)
      for daemon in own { daemon.expectEnd() }
      Processes.kill(processes)
      try lab.cut(host)
    case .cut: try lab.cut(host)
    case .unplug(let interface): try lab.unplug(host, only: interface.map { localName($0, host) })
    case .deaf: try lab.cutOneWay(host, hears: false)
    case .mute: try lab.cutOneWay(host, hears: true)
    case .script, .file: if let check = check(fault, host) { try host.set(check, failing: true) }
    case .freeze: for process in own.flatMap(\.processes) { Processes.send(.stop, to: process) }
    case .restart:
      for daemon in own { daemon.send(.terminate) }
      // The addresses are watched meanwhile.
      let ended = try watch.run(within: .seconds(10)) { own.allSatisfy { !$0.isRunning } }
      if !ended { throw .deadline("\(host.name) stops", after: .seconds(10), detail: lab.logs()) }
    case .reload: for daemon in own { daemon.send(.hangUp) }
    }
  }

  private func mend(_ fault: RehearsalFault, of host: Host) throws(LabError) {
    switch fault {
    case .power:
      try lab.heal(host)
      try start(host)
    case .cut: try lab.heal(host)
    case .unplug(let interface): try lab.plugIn(host, only: interface.map { localName($0, host) })
    case .deaf, .mute: try lab.healOneWay()
    case .script, .file: if let check = check(fault, host) { try host.set(check, failing: false) }
    case .freeze:
      for process in (daemons[host.name] ?? []).flatMap(\.processes) { Processes.send(.resume, to: process) }
    case .restart: try start(host)
    case .reload: break
    }
  }

  /// The host's name for the interface that router a calls `name`.
  private func localName(_ name: String, _ host: Host) -> String {
    let segment = plan.routers[0].interfaces.first { $0.name == name }?.segment
    return host.interfaces.first { $0.segment == segment }?.name ?? name
  }

  /// What does not outlive a loss of power: virtual addresses, virtual interfaces, files in /run.
  private func reboot(_ host: Host) throws(LabError) {
    let own = Set(host.interfaces.flatMap(\.addresses).map(\.address))
    let virtual = Set(plan.watched.map(\.address)).subtracting(own)
    let output = try Command.run(["ip", "-n", host.namespace, "-o", "addr"])
    for line in output.split(separator: "\n") {
      // "2: eth0    inet 10.0.2.100/32 scope global eth0 ...": number, interface, family, address.
      let words = line.split(whereSeparator: \.isWhitespace).map(String.init)
      guard words.count > 3, let prefix = IPPrefix(words[3]), virtual.contains(prefix.address) else { continue }
      try Command.run(["ip", "-n", host.namespace, "addr", "del", words[3], "dev", words[1]])
    }
    for kind in ["macvlan", "ipvlan"] {
      let links = try Command.run(["ip", "-n", host.namespace, "-o", "link", "show", "type", kind])
      for line in links.split(separator: "\n") {
        let words = line.split(separator: " ")
        guard words.count > 1 else { continue }
        let name = String(words[1].prefix { $0 != "@" && $0 != ":" })
        try Command.run(["ip", "-n", host.namespace, "link", "del", name])
      }
    }
    for name in Files.names(in: host.outside("/run/")) where "/run/\(name)" != RehearsalRewriting.decisions {
      host.remove("/run/\(name)")
    }
  }

  // MARK: The outcome

  private func outcome(
    _ fault: RehearsalFault, _ active: String, begin: Instant, mended: Instant, end: Instant, unrest: String?
  ) -> FaultOutcome {
    watch.catchUp()
    let range = AddressHistory.Span(begin - Self.lead, end)
    let isAway =
      switch fault {
      case .power, .cut, .unplug(nil): true
      default: false
      }
    let conditions: [FaultOutcome.Condition] =
      fault == .reload
      ? []
      : [
        FaultOutcome.Condition(
          router: active, text: fault.condition, start: .zero, end: mended - begin, isAway: isAway)
      ]
    let addresses = zip(plan.watched, watch.histories).map { watched, history in
      AddressOutcome(
        watched, history, range, origin: begin,
        away: isAway ? AddressHistory.Span(begin, mended) : AddressHistory.Span(end, end))
    }
    return FaultOutcome(
      fault: fault, active: active, start: range.start - begin, mended: mended - begin, end: end - begin,
      conditions: conditions, addresses: addresses, unrest: unrest)
  }
}

extension AddressOutcome {
  /// Two holders for less than this are a hand-over: the kernels' reports are no more exact.
  private static let leastConflict = Interval.milliseconds(1)

  /// What a history says of `range`, in times since `origin`. While one router is `away`, two holders do no harm.
  init(
    _ watched: RehearsalPlan.Watched, _ history: AddressHistory, _ range: AddressHistory.Span, origin: Instant,
    away: AddressHistory.Span
  ) {
    func span(_ span: AddressHistory.Span) -> Span { Span(span.start - origin, span.end - origin) }
    let holdings = history.holdings(in: range)
    // What is left of each time with two holders before and after the one router was away.
    let conflicts = holdings.filter { $0.holders.count > 1 }.flatMap { holding in
      [
        AddressHistory.Span(holding.span.start, min(holding.span.end, away.start)),
        AddressHistory.Span(max(holding.span.start, away.end), holding.span.end),
      ].filter { $0.length >= Self.leastConflict }
    }
    let unheld = holdings.filter { $0.holders.isEmpty }.map { span($0.span) }
    self.init(
      watched: watched, holdings: holdings.map { Holding(span($0.span), $0.holders) },
      answers: history.answers(in: range).map { Holding(span($0.span), [$0.router]) },
      gaps: watched.isAnswered ? history.gaps(in: range).map(span) : unheld, conflicts: conflicts.map(span),
      announced: history.announcement(in: AddressHistory.Span(origin, range.end)).map { $0.time - origin })
  }
}

extension RehearsalFault {
  /// What the active router is in while the fault lasts.
  fileprivate var condition: String {
    switch self {
    case .power: "no power"
    case .cut: "cut off"
    case .unplug(nil): "unplugged"
    case .unplug(let interface?): "\(interface) unplugged"
    case .deaf: "hears nothing"
    case .mute: "cannot send"
    case .script, .file: "check fails"
    case .freeze: "frozen"
    case .restart: "stopping"
    case .reload: "reload"
    }
  }
}

extension Host {
  fileprivate func addRoute(to address: IPAddress, by interface: String) throws(LabError) {
    let family = address.family == .ipv4 ? "-4" : "-6"
    try Command.run(["ip", "-n", namespace, family, "route", "add", "\(address)", "dev", interface])
  }

  /// Decides a check of the router.
  fileprivate func set(_ check: RehearsalPlan.Check, failing: Bool) throws(LabError) {
    if let text = failing ? check.failing : check.healthy {
      try write(text, to: check.path)
    } else {
      remove(check.path)
    }
  }
}
