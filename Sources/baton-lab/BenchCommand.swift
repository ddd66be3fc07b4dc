import ArgumentParser
import LabKit
import NetPrimitives

struct BenchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench",
    abstract: "Measure BFD daemons against many neighbours.",
    discussion: """
      Each router runs by itself, one after the other, against the same neighbours: a process at the other end of a wire \
      that plays all of them. It sends at the interval with jitter (RFC 5880 6.8.7) in steps of 200 us, and notes when \
      the router's packets arrived, by the kernel's time stamps. "all up" counts from the start of the daemon. CPU is \
      that of the daemon, user and system; per packet means sent or received. After the time at rest neighbours fall \
      silent, one after the other: "late" is from the end of the detection time to the arrival of the router's Down. If \
      the neighbours' own largest gap comes near the detection time, the machine was too busy for the figures to mean \
      anything.
      """)

  @Option(help: "Number of sessions, each to another neighbour.")
  var sessions = 100

  @Option(help: ArgumentHelp("Milliseconds between packets, both ways, such as 10 or 3.3.", valueName: "ms"))
  var interval = 10.0

  @Option(help: "Detection multiplier of both ends.")
  var multiplier: UInt8 = 3

  @Option(help: ArgumentHelp("Seconds at rest.", valueName: "s"))
  var duration = 10

  @Option(help: "Who is measured, separated by commas: bfdd, bird, frr, keepalived. Ratios are to the first.")
  var routers = RouterList()

  @Flag(help: "Run bfdctl show --json over and over while bfdd is measured.")
  var ask = false

  @Flag(
    help: "Run routers and neighbours with real-time priority, so that other work on this machine disturbs them less.")
  var realTime = false

  @Flag(help: "Flood the routers with junk while they are at rest.")
  var flood = false

  @Option(help: ArgumentHelp("Junk packets a second, or as many as this machine can send.", valueName: "n"))
  var floodRate = 300_000

  @Flag(help: "Print the results as JSON, times in microseconds.")
  var json = false

  @OptionGroup var programs: ProgramOptions

  private var load: BenchLoad {
    BenchLoad(
      sessions: sessions, interval: .microseconds(Int64((interval * 1_000).rounded())), multiplier: multiplier,
      duration: .seconds(Int64(duration)))
  }

  func validate() throws {
    guard (1...BenchLoad.greatestSessions).contains(sessions) else {
      throw ValidationError("--sessions must be 1 to \(BenchLoad.greatestSessions)")
    }
    guard (1...10_000).contains(interval) else { throw ValidationError("--interval must be 1 to 10000") }
    guard multiplier > 0 else { throw ValidationError("--multiplier must be at least 1") }
    guard (1...100_000_000).contains(floodRate) else { throw ValidationError("--flood-rate must be 1 to 100000000") }
    guard (1...86_400).contains(duration) else { throw ValidationError("--duration must be 1 to 86400") }
  }

  func run() throws {
    try BatonLab.perform { () throws(LabError) in
      let baton = routers.list.contains(.bfdd) ? try programs.baton() : nil
      var conditions = Bench.Conditions()
      conditions.isAsked = ask
      conditions.isRealTime = realTime
      conditions.junkRate = flood ? floodRate : nil
      var results: [BenchResult] = []
      for router in routers.list {
        if !json { Session.complain("measuring \(router.rawValue) ...") }
        results.append(
          try Bench.measure(router, load, baton: baton, peers: Session.ownProgram, conditions))
      }
      Session.say(json ? try BenchReport.json(results, load) : BenchReport.text(results, load))
    }
  }
}

/// Routers separated by commas.
struct RouterList: ExpressibleByArgument {
  var list = BenchRouter.allCases

  init() {}

  init?(argument: String) {
    let names = argument.split(separator: ",", omittingEmptySubsequences: false)
    let routers = names.compactMap { BenchRouter(rawValue: String($0)) }
    guard !routers.isEmpty, routers.count == names.count, Set(routers).count == routers.count else { return nil }
    list = routers
  }

  var defaultValueDescription: String { list.map(\.rawValue).joined(separator: ",") }
}

/// The neighbours of `bench`, which starts them in a network namespace of their own.
struct BenchPeersCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench-peers", abstract: "Play the neighbours of a benchmark.", shouldDisplay: false)

  @Option var sessions: Int
  /// In microseconds.
  @Option var interval: Int64
  @Option var multiplier: UInt8
  /// In milliseconds.
  @Option var duration: Int64

  func run() throws {
    let load = BenchLoad(
      sessions: sessions, interval: .microseconds(interval), multiplier: multiplier, duration: .milliseconds(duration))
    do throws(LabError) { try Bench.playPeers(load) } catch {
      Session.complain("baton-lab: \(error)")
      throw ExitCode(error.exitStatus)
    }
  }
}

/// The junk of `bench --flood`, sent from the neighbours' network namespace.
struct BenchJunkCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench-junk", abstract: "Flood the router of a benchmark with junk.", shouldDisplay: false)

  /// In milliseconds.
  @Option var duration: Int64
  /// In packets a second.
  @Option var rate: Int

  func run() throws {
    do throws(LabError) { try Bench.sendJunk(rate, for: .milliseconds(duration)) } catch {
      Session.complain("baton-lab: \(error)")
      throw ExitCode(error.exitStatus)
    }
  }
}
