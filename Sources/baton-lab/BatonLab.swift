import ArgumentParser
import LabKit

@main
struct BatonLab: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "baton-lab",
    abstract: "Routers in network namespaces, faults, and what the wire saw.",
    discussion: """
      Builds routers on a bridge, each in a network namespace of its own, runs Baton or keepalived in them, injects a \
      fault and prints what an observer at the switch saw. Nothing outside the lab's own namespaces is touched, and \
      everything is removed at the end, also on Ctrl-C. Needs root.
      """,
    subcommands: [
      Demo.self, FailoverCommand.self, Rehearse.self, BenchCommand.self, BenchVRRPCommand.self, Up.self, Clean.self,
      BenchPeersCommand.self, BenchJunkCommand.self,
    ])

  /// Runs a subcommand's work as root; an error is one line (and the ends of logs) on standard error.
  static func perform(_ work: () throws(LabError) -> Void) throws {
    do throws(LabError) {
      try Session.begin()
      try Lab.requireRoot()
      try work()
    } catch {
      Session.complain("baton-lab: \(error)")
      throw ExitCode(error.exitStatus)
    }
  }
}
