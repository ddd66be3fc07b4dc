import ArgumentParser
import LabKit

struct Demo: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Watch a virtual address move: BFD 10 ms x 3 on VRRPv2 with an advertisement a second.",
    discussion: "If keepalived is installed, the same configuration is run with it beside Baton.")

  @Option(help: "What happens to the active router: cut, kill (SIGKILL), stop (SIGSTOP) or term (SIGTERM).")
  var fault: Fault = .cut

  @Option(help: "Number of runs with Baton and with keepalived.")
  var runs = 3

  @OptionGroup var programs: ProgramOptions

  func validate() throws {
    guard runs > 0 else { throw ValidationError("--runs must be at least 1") }
  }

  func run() throws {
    try BatonLab.perform { () throws(LabError) in
      let baton = try programs.baton()
      Session.say(Self.introduction)
      var engines: [Engine] = [.baton]
      if Command.isInstalled("keepalived") {
        engines.append(.keepalived)
      } else {
        Session.say("keepalived is not installed: Baton runs alone (apt-get install keepalived to compare).\n")
      }
      var all: [Series] = []
      for engine in engines {
        all.append(
          try FailoverCommand.series(.demo, engine, fault, runs: runs, baton: baton, quiet: false))
      }
      Session.say(Report.summary(all))
    }
  }

  private static let introduction = """
    Two routers share the address 10.0.2.100; a client pings it every few milliseconds.

        router a  10.0.2.4  priority 100 ---+
        router b  10.0.2.8  priority  90 ---+--- switch (observed) --- client
        BFD between a and b: 10 ms x 3. VRRPv2: an advertisement a second.

    Each run starts both routers, waits until a is active, breaks it and watches the wire.

    """
}
