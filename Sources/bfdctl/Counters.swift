import ArgumentParser
import ControlClient

struct Counters: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Show packets, changes and discarded packets by reason.")

  @Flag(help: "Print a JSON object about the daemon as a whole; show --json has what each session counts.")
  var json = false
  @OptionGroup var daemon: Daemon

  func run() throws {
    try daemon.run { (client) throws(ToolError) in
      if json { return Tool.bfdctl.show(try Tool.bfdctl.json(try client.info()) + "\n") }
      Tool.bfdctl.show(SessionText.counters(try client.sessions(), try client.info(), .standard()))
    }
  }
}
