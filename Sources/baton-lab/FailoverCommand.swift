import ArgumentParser
import LabKit

struct FailoverCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "failover",
    abstract: "Break the active router and watch the address move.",
    discussion: """
      Each run builds a new lab, waits until the routers and BFD are at rest, injects the fault at a random moment and \
      prints what the wire saw. Times are the kernel's, relative to the fault.
      """)

  @Option(help: "Who keeps the address alive: baton or keepalived. Repeatable, to compare.")
  var engine: [Engine] = [.baton]

  @Option(help: "What happens to the active router: cut, kill (SIGKILL), stop (SIGSTOP) or term (SIGTERM).")
  var fault: Fault = .cut

  @Option(help: "Number of runs for each engine.")
  var runs = 1

  @Flag(help: "Print the runs as JSON, times in microseconds after the fault.")
  var json = false

  @OptionGroup var configurationOptions: ConfigurationOptions
  @OptionGroup var programs: ProgramOptions

  func validate() throws {
    guard runs > 0 else { throw ValidationError("--runs must be at least 1") }
  }

  func run() throws {
    try BatonLab.perform { () throws(LabError) in
      let plan = try configurationOptions.plan()
      let baton = engine.contains(.baton) ? try programs.baton() : nil
      var all: [Series] = []
      for engine in engine {
        all.append(try Self.series(plan, engine, fault, runs: runs, baton: baton, quiet: json))
      }
      Session.say(json ? try Report.json(all) : Report.summary(all))
    }
  }

  /// Runs one engine's failovers and prints each unless `quiet`.
  static func series(
    _ plan: FailoverPlan, _ engine: Engine, _ fault: Fault, runs: Int, baton: Baton?, quiet: Bool
  ) throws(LabError) -> Series {
    try Series.measure(plan, engine, fault, runs: runs, baton: baton) { number, timeline in
      if !quiet { Session.say(Report.text(timeline, title: "\(engine.rawValue), run \(number) of \(runs)")) }
    }
  }
}
