import ArgumentParser
import ControlClient

struct Counters: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Show packets, changes and discarded packets by reason.")

  @OptionGroup var daemon: Daemon

  func run() throws {
    try daemon.run { (client) throws(ToolError) in
      Tool.bfdctl.show(SessionText.counters(try client.sessions(), try client.info(), .standard()))
    }
  }
}
