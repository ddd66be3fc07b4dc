internal import LinuxIO
public import NetPrimitives

/// What a router did under a load.
public struct BenchResult: Sendable {
  /// Who it was.
  public let router: BenchRouter
  /// The figures, or why there are none.
  public let outcome: Outcome

  /// The end of a measurement.
  public enum Outcome: Sendable {
    /// It carried all sessions.
    case measured(BenchFigures)
    /// It did not start, or so many of its sessions were up and not more, or it ended by itself.
    case refused(String)
  }

  /// The figures, where there are any.
  public var figures: BenchFigures? {
    if case .measured(let figures) = outcome { figures } else { nil }
  }
}

/// The figures of a router that carried all sessions.
public struct BenchFigures: Sendable {
  /// From the start of the daemon until the last session was at its full rate.
  public let timeUntilUp: Interval
  /// Processor time of the daemon for each packet that it sent or received.
  public let timePerPacket: Interval
  /// The share of one processor that the daemon took, in thousandths.
  public let load: Int
  /// Packets sent and received by the daemon while it was measured.
  public let packets: UInt64
  /// The largest time between two packets of a session.
  public let largestGap: Interval
  /// The time between two packets of a session that 99 of 100 do not exceed.
  public let gapP99: Interval
  /// How often a session left Up that was not to.
  public let flaps: Int
  /// How many neighbours fell silent.
  public let silenced: Int
  /// How late the daemon said so, for those that it noticed, shortest first.
  public let lateness: [Interval]
  /// The resident memory of the daemon, in bytes.
  public let memory: UInt64
  /// The share of one processor that the neighbours took, in thousandths.
  public let peersLoad: Int
  /// The largest time between two packets of the same neighbour.
  public let peersLargestGap: Interval
  /// Packets that the neighbours were too slow to read.
  public let peersDrops: UInt64
  /// How much junk was sent to the router, by the reason to discard it; `nil` without a flood.
  public let junk: [String: Int]?

  /// The lateness that the given share (0...1) of detections did not exceed.
  public func lateness(_ share: Double) -> Interval? {
    guard !lateness.isEmpty else { return nil }
    return lateness[min(Int(Double(lateness.count) * share), lateness.count - 1)]
  }
}

/// Measures BFD implementations, one after the other, against the same many neighbours.
public enum Bench {
  /// How a router is measured.
  public struct Conditions: Sendable {
    /// `bfdctl show --json` is run over and over meanwhile, where it is ours.
    public var isAsked = false
    /// Router and neighbours run with real-time priority, so that other work on this machine does not disturb them.
    public var isRealTime = false
    /// How many junk packets a second the router is flooded with while it is at rest; `nil` for none.
    public var junkRate: Int?

    /// None of it.
    public init() {}
  }

  /// Measures one router in a lab of its own. `inspect` may look at it before it ends.
  ///
  /// A router that cannot carry the load is a result; an error is a fault of the lab.
  public static func measure(
    _ router: BenchRouter, _ load: BenchLoad, baton: Baton?, peers program: String,
    _ conditions: Conditions = Conditions(),
    inspect: (Host) throws(LabError) -> Void = { _ in }
  ) throws(LabError) -> BenchResult {
    // A socket for each session: the usual soft limit would end at a thousand of them, whoever the router is.
    try? ProcessControl.setLimit(.openFiles, (try? ProcessControl.limit(.openFiles).hard) ?? 1024)
    let lab = try Lab()
    defer { lab.destroy() }
    let host = try lab.addHost("router", [])
    let far = try lab.addHost("peers", [])
    try connect(lab, host, far, load)
    // The same for both, so that they take turns where there is one processor for them.
    if conditions.isRealTime { for host in lab.hosts { host.launcher = ["chrt", "--rr", "50"] } }
    let peers = try far.start("peers", command(program, load))
    try wait(for: .ready, of: peers, within: .seconds(20))

    let start = MonotonicClock.now()
    do throws(LabError) {
      let daemon = try router.start(on: host, load, baton: baton)
      host.launcher = []
      if conditions.isAsked, router == .bfdd, let baton { try ask(baton, on: host) }
      let junk = conditions.junkRate.map {
        [program, "bench-junk", "--duration", "\(load.duration.milliseconds)", "--rate", "\($0)"]
      }
      let outcome = try measure(daemon, peers, (host, far), load, since: start, junk: junk)
      try inspect(host)
      return BenchResult(router: router, outcome: outcome)
    } catch {
      switch error {
      // The router's own failures are what this is about; one that is not installed is left out.
      case .missingProgram, .daemonDied, .deadline, .commandFailed:
        return BenchResult(router: router, outcome: .refused(firstLine(error)))
      default: throw error
      }
    }
  }

  /// Plays the neighbours in this process's network namespace until the measurement is over, saying on standard output
  /// how far it is and in the end what was seen.
  public static func playPeers(_ load: BenchLoad) throws(LabError) { try BenchPeers.run(load) }

  /// Sends junk to the router from this process's network namespace, `rate` packets a second, for `duration`.
  public static func sendJunk(_ rate: Int, for duration: Interval) throws(LabError) {
    try BenchJunk.send(rate, for: duration)
  }

  private static func command(_ program: String, _ load: BenchLoad) -> [String] {
    [
      program, "bench-peers", "--sessions", "\(load.sessions)", "--interval", "\(load.interval.microseconds)",
      "--multiplier", "\(load.multiplier)", "--duration", "\(load.duration.milliseconds)",
    ]
  }

  /// One wire between both, all neighbours at its far end. They are permanent entries of the router's neighbour table:
  /// that of the kernel is one for all namespaces, and holds no thousand others.
  private static func connect(_ lab: Lab, _ router: Host, _ peers: Host, _ load: BenchLoad) throws(LabError) {
    let hardware = try lab.connect(router, peers)
    for (host, address) in [(router, BenchLoad.routerAddress), (peers, BenchLoad.peersAddress)] {
      try Command.run(["ip", "-n", host.namespace, "addr", "add", "\(address)/16", "dev", Lab.wire])
    }
    try peers.run(["ip", "route", "add", "local", BenchLoad.neighborsPrefix, "dev", "lo"])
    // A flood is handed over in bursts; on the wire each packet is by itself.
    try peers.run(["ip", "link", "set", Lab.wire, "gso_max_segs", "1"])
    let entries = (0..<load.sessions).map {
      "neigh replace \(BenchLoad.neighbor($0)) lladdr \(hardware) dev \(Lab.wire) nud permanent\n"
    }
    try router.write(entries.joined(), to: "/run/neighbors")
    try router.run(["ip", "-batch", "/run/neighbors"])
  }

  private static func ask(_ baton: Baton, on host: Host) throws(LabError) {
    let loop = "while :; do \(baton.path("bfdctl")) show --json > /dev/null; done"
    try host.start("asking", ["sh", "-c", loop])
  }

  private static func measure(
    _ daemon: Daemon, _ peers: Daemon, _ hosts: (router: Host, far: Host), _ load: BenchLoad, since start: Instant,
    junk: [String]?
  ) throws(LabError) -> BenchResult.Outcome {
    let begun = try Wait.until("all sessions up", within: .seconds(90)) { () throws(LabError) -> Bool? in
      if peers.output.contains(PeersPhase.begin.rawValue) { return true }
      try hosts.router.checkDaemons()
      return peers.isRunning ? nil : false
    }
    guard begun else { return try refusal(peers, load) }
    let before = (daemon: daemon.usage, peers: peers.usage, time: MonotonicClock.now())
    let flood = try junk.map { (command) throws(LabError) in try hosts.far.start("junk", command) }
    try wait(for: .silencing, of: peers, within: load.duration + .seconds(30), hosts.router)
    let after = (daemon: daemon.usage, peers: peers.usage, time: MonotonicClock.now())
    try Wait.until("the neighbours' report", within: .seconds(60)) { () throws(LabError) in
      try hosts.router.checkDaemons()
      return peers.isRunning ? nil : true
    }
    guard let report = PeersReport(output: peers.output), let up = report.all_up else {
      return try refusal(peers, load)
    }
    let packets = report.sent + report.received
    let time = after.daemon.processorTime - before.daemon.processorTime
    let duration = after.time - before.time
    func share(_ time: Interval) -> Int { Int(time.nanoseconds * 1_000 / max(duration.nanoseconds, 1)) }
    return .measured(
      BenchFigures(
        timeUntilUp: Instant(nanoseconds: up) - start,
        timePerPacket: time / Int64(max(packets, 1)), load: share(time), packets: packets,
        largestGap: .microseconds(report.largest_gap), gapP99: .microseconds(report.gap_p99 ?? 0),
        flaps: report.flaps, silenced: report.silenced, lateness: report.detections.map { .microseconds($0) },
        memory: after.daemon.memory, peersLoad: share(after.peers.processorTime - before.peers.processorTime),
        peersLargestGap: .microseconds(report.own_largest_gap), peersDrops: report.own_drops,
        junk: flood.flatMap { BenchJunk.sent(output: $0.output) }))
  }

  private static func refusal(_ peers: Daemon, _ load: BenchLoad) throws(LabError) -> BenchResult.Outcome {
    guard let report = PeersReport(output: peers.output) else {
      throw .daemonDied("the neighbours", detail: Files.tail(peers.log))
    }
    return .refused("\(report.up) of \(load.sessions) sessions came up")
  }

  private static func wait(
    for phase: PeersPhase, of peers: Daemon, within limit: Interval, _ host: Host? = nil
  ) throws(LabError) {
    try Wait.until("the neighbours say \(phase.rawValue)", within: limit) { () throws(LabError) in
      try host?.checkDaemons()
      if peers.output.contains(phase.rawValue) { return true }
      guard peers.isRunning else { throw .daemonDied("the neighbours", detail: Files.tail(peers.log)) }
      return nil
    }
  }

  private static func firstLine(_ error: LabError) -> String {
    error.description.split(separator: "\n").first.map(String.init) ?? ""
  }
}
