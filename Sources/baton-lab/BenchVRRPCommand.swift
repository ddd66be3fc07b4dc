import ArgumentParser
import LabKit
import NetPrimitives

struct BenchVRRPCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench-vrrp",
    abstract: "Measure pairs of routers with many VRRP instances.",
    discussion: """
      Each engine runs by itself, one after the other, in a pair of routers with the same configuration: IPv4, version \
      3, one address for each instance. CPU is that of the daemon with all its processes, user and system, for each \
      advertisement that the active router sent, on both routers. Then the active router is killed: "announced" is from \
      the instant at which the last instance's timer ran out to the first gratuitous ARP for the last address.
      """)

  @Option(help: "Number of instances, 1 to 255.")
  var instances = 250

  @Option(help: ArgumentHelp("Milliseconds between advertisements, a multiple of 10.", valueName: "ms"))
  var interval = 100

  @Option(help: ArgumentHelp("Seconds at rest.", valueName: "s"))
  var duration = 10

  @Option(help: "Who is measured: baton or keepalived. Repeatable; by default both.")
  var engine: [Engine] = [.baton, .keepalived]

  @OptionGroup var programs: ProgramOptions

  func validate() throws {
    guard (1...VRRPLoad.greatestInstances).contains(instances) else {
      throw ValidationError("--instances must be 1 to \(VRRPLoad.greatestInstances)")
    }
    guard (10...40_950).contains(interval), interval % 10 == 0 else {
      throw ValidationError("--interval must be 10 to 40950, a multiple of 10")
    }
    guard (1...86_400).contains(duration) else { throw ValidationError("--duration must be 1 to 86400") }
  }

  func run() throws {
    try BatonLab.perform { () throws(LabError) in
      let baton = engine.contains(.baton) ? try programs.baton() : nil
      let load = VRRPLoad(
        instances: instances, interval: .milliseconds(Int64(interval)), duration: .seconds(Int64(duration)))
      Session.say("\(instances) instances, one advertisement every \(interval) ms")
      Session.say("engine       CPU/advert active   backup    largest gap   announced   adverts")
      for engine in engine {
        let result = try VRRPBench.measure(engine, load, baton: baton)
        Session.say(Self.line(result))
      }
    }
  }

  private static func line(_ result: VRRPBenchResult) -> String {
    func microseconds(_ interval: Interval) -> String {
      "\(interval.nanoseconds / 1_000).\(interval.nanoseconds / 100 % 10) us"
    }
    let cells: [(String, Int)] = [
      (microseconds(result.activeTime), 18), (microseconds(result.backupTime), 11),
      (Report.milliseconds(result.largestGap), 15), (result.announced.map(Report.milliseconds) ?? "not all", 12),
      ("\(result.advertisements)", 10),
    ]
    let name = result.engine.rawValue
    return name + String(repeating: " ", count: max(1, 13 - name.count))
      + cells.map { String(repeating: " ", count: max(0, $1 - $0.count)) + $0 }.joined()
  }
}
