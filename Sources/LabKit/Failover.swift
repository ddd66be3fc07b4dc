internal import BFDCore
internal import LinuxIO
internal import NetPrimitives

/// Who keeps the address alive.
public enum Engine: String, Sendable, CaseIterable {
  /// Baton's bfdd and vrrpd.
  case baton
  /// Debian's keepalived.
  case keepalived
}

/// What happens to the active router.
public enum Fault: String, Sendable, CaseIterable {
  /// Its ports are taken off the switch: silence, but its interfaces stay up.
  case cut
  /// SIGKILL for all its daemons at once.
  case kill
  /// SIGSTOP for all its daemons: they are there and do nothing.
  case stop
  /// SIGTERM: an orderly stop.
  case term

  /// The fault in words.
  public var text: String {
    switch self {
    case .cut: "the active router's port is cut off"
    case .kill: "the active router's daemons are killed (SIGKILL)"
    case .stop: "the active router's daemons are frozen (SIGSTOP)"
    case .term: "the active router's daemons are stopped in order (SIGTERM)"
    }
  }
}

/// Two routers and a client, with an observer at the switch: starts the daemons, waits until the network is at rest,
/// injects a fault and watches the address move.
public final class Failover {
  /// The lab it happens in.
  public let lab: Lab
  /// The router that is to be active.
  public let active: Host
  /// The router that is to take over.
  public let backup: Host
  /// The host that pings the address.
  public let client: Host
  /// The watcher at the switch.
  public let observer: Observer
  /// Who keeps the address alive.
  public let engine: Engine
  private let plan: FailoverPlan
  private let pinger: Pinger
  private let activeDaemons: [Daemon]

  /// Builds the lab and starts everything. `baton` is needed for that engine only.
  public init(_ plan: FailoverPlan, engine: Engine, baton: Baton?) throws(LabError) {
    self.plan = plan
    self.engine = engine
    lab = try Lab()
    active = try lab.addHost("a", plan.active.interfaces)
    backup = try lab.addHost("b", plan.backup.interfaces)
    client = try lab.addHost("client", [plan.client])
    observer = try Observer(lab)
    try active.install(plan.active.configuration, plan.files)
    try backup.install(plan.backup.configuration, plan.files)
    activeDaemons = try active.start(engine, baton)
    _ = try backup.start(engine, baton)
    try backup.start("addresses", ["ip", "-tshort", "-oneline", "monitor", "address"], environment: ["TZ": "UTC"])
    pinger = try Pinger(from: client, to: plan.virtualAddress)
  }

  /// Waits until the right router is active and answers, the other is quiet, and BFD is up at its full rate both ways.
  public func waitUntilAtRest() throws(LabError) {
    let instant = Instant.realtime()
    try Wait.until(
      "router a active, router b in backup" + (plan.usesBFD ? ", BFD up both ways" : ""), within: .seconds(40),
      detail: { lab.logs() }
    ) { () throws(LabError) in
      try active.checkDaemons()
      try backup.checkDaemons()
      pinger.send()
      return isAtRest(since: instant) ? true : nil
    }
    // The fault must not keep step with anybody's timers.
    let end = MonotonicClock.now() + .milliseconds(.random(in: 0...max(plan.advertisementInterval.milliseconds, 100)))
    while MonotonicClock.now() < end {
      pinger.send()
      try Wait.pause(.milliseconds(3))
    }
  }

  /// How long everything must have been as it should.
  private var quietTime: Interval { max(plan.advertisementInterval * 2, .milliseconds(300)) }

  private func isAtRest(since start: Instant) -> Bool {
    observer.look()
    let begin = Instant.realtime() - quietTime
    guard begin > start else { return false }
    let recent = observer.sightings.reversed().prefix { $0.time >= begin }
    var advertisements = 0
    var answered = false
    var upPackets: [String: Int] = [:]
    for sighting in recent where !sighting.isDelivered {
      switch sighting.frame.content {
      case .advertisement:
        guard sighting.host == active.name else { return false }
        advertisements += 1
      case .bfd(let packet, _):
        guard packet.state == .up, !packet.isPoll, !packet.isFinal, packet.desiredMinTxInterval < 1_000_000 else {
          return false
        }
        upPackets[sighting.host, default: 0] += 1
      case .echo(isReply: true, _): answered = answered || sighting.host == active.name
      default: continue
      }
    }
    return advertisements > 0 && answered && (!plan.usesBFD || upPackets.count == 2)
  }

  /// Injects the fault and watches until the address has moved. Throws `.notAtRest` where router b had begun to take
  /// over before the fault: then there is nothing to measure.
  public func run(_ fault: Fault) throws(LabError) -> Timeline {
    guard isAtRest(since: .zero) else { throw .notAtRest }
    let start = observer.mark()
    let (before, after) = try inject(fault)
    let watch = Watch(plan: plan, active: active.name, backup: backup.name, start: start, fault: before)
    do throws(LabError) { try waitForTakeover(watch, since: before) } catch {
      if case .deadline = error, watch.wasEarly(observer, quietTime) { throw .notAtRest }
      throw error
    }
    return watch.timeline(observer, fault: fault, engine: engine, done: after, address: addressTime(since: before))
  }

  private func waitForTakeover(_ watch: Watch, since fault: Instant) throws(LabError) {
    try Wait.until("router b announces and answers for \(plan.virtualAddress)", detail: { lab.logs() }) {
      () throws(LabError) in
      try backup.checkDaemons()
      pinger.send()
      observer.look()
      return watch.isComplete(observer) && addressTime(since: fault) != nil ? true : nil
    }
    // keepalived's packets that say Down leave once a second; no takeover waits for them.
    guard plan.usesBFD else { return }
    let end = MonotonicClock.now() + .milliseconds(1500)
    while watch.bfdDown(observer) == nil, MonotonicClock.now() < end { try Wait.pause(.milliseconds(5)) }
  }

  private func inject(_ fault: Fault) throws(LabError) -> (before: Instant, after: Instant) {
    let processes = activeDaemons.flatMap(\.processes)
    let before = Instant.realtime()
    switch fault {
    case .cut: try lab.cut(active)
    case .kill: for daemon in activeDaemons { daemon.expectEnd() }; Processes.kill(processes)
    case .stop: for process in processes { Processes.send(.stop, to: process) }
    case .term: for daemon in activeDaemons { daemon.send(.terminate) }
    }
    return (before, Instant.realtime())
  }

  /// When the kernel of router b reported the address, from the log of `ip monitor`.
  private func addressTime(since start: Instant) -> Instant? {
    let output = backup.daemon("addresses")?.output ?? ""
    for line in output.split(separator: "\n") where !line.contains("Deleted") {
      let words = line.split(whereSeparator: \.isWhitespace)
      guard words.contains(where: { IPPrefix($0)?.address == plan.virtualAddress }),
        let stamp = words.first, let time = Instant(timestamp: stamp.drop { $0 == "[" }.prefix { $0 != "]" }),
        time >= start
      else { continue }
      return time
    }
    return nil
  }
}

extension Host {
  /// Writes the router's configuration and its further files.
  public func install(_ configuration: String, _ files: [String: String] = [:]) throws(LabError) {
    // keepalived refuses a configuration that others may write, and wants scripts executable.
    try write(configuration, to: "/etc/keepalived/keepalived.conf", mode: 0o600)
    for (path, text) in files { try write(text, to: path, mode: text.hasPrefix("#!") ? 0o755 : 0o644) }
  }

  /// Starts the daemons of an engine; `baton` is needed for that engine only.
  @discardableResult
  public func start(_ engine: Engine, _ baton: Baton?) throws(LabError) -> [Daemon] {
    switch engine {
    case .keepalived: return [try startKeepalived()]
    case .baton:
      guard let baton else { throw .configuration("no folder with Baton's programs was given") }
      return [try baton.startBFD(on: self), try baton.startVRRP(on: self)]
    }
  }
}

extension Instant {
  /// Now, on the clock that the kernel stamps frames with.
  static func realtime() -> Instant { Instant(nanoseconds: UInt64(clamping: WallClock.now())) }

  /// The time in `YYYY-MM-DDTHH:MM:SS.ffffff`, UTC, as `ip -tshort` writes it; `nil` for anything else.
  init?(timestamp: some StringProtocol) {
    let numbers = timestamp.split { !$0.isNumber }.compactMap { UInt64($0) }
    guard numbers.count == 7 else { return nil }
    let days = Self.days(
      year: Int64(clamping: numbers[0]), month: Int64(clamping: numbers[1]), day: Int64(clamping: numbers[2]))
    let seconds = ((days * 24 + numbers[3]) * 60 + numbers[4]) * 60 + numbers[5]
    self.init(nanoseconds: seconds * 1_000_000_000 + numbers[6] * 1_000)
  }

  /// Days from 1970-01-01 to a date of the Gregorian calendar, years counted from March so that leap days come last.
  private static func days(year: Int64, month: Int64, day: Int64) -> UInt64 {
    let shifted = month > 2 ? year : year - 1
    let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
    let days = shifted * 365 + shifted / 4 - shifted / 100 + shifted / 400 + dayOfYear - 719_468
    return UInt64(clamping: days)
  }
}
