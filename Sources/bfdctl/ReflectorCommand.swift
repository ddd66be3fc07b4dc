import ArgumentParser
import ControlClient
import ControlInterface

struct ReflectorCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "reflector",
    abstract: "Show the S-BFD reflector: what it answers for, and what it answered and discarded.")

  @Flag(help: "Print a JSON object; null where no reflector is configured.") var json = false
  @OptionGroup var daemon: Daemon

  func run() throws {
    try daemon.run { (client) throws(ToolError) in
      let reflector = try client.info().reflector
      Tool.bfdctl.show(
        json ? try Tool.bfdctl.json(reflector) + "\n" : ReflectorText.detail(reflector, .standard()))
    }
  }
}
