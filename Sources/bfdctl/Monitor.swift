import ArgumentParser
import ControlClient
import ControlInterface

struct Monitor: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Show the sessions' states, then every change as it happens.")

  @Flag(help: "Print every message as JSON, one a line.") var json = false
  @OptionGroup var daemon: Daemon

  func run() throws {
    let style = TextStyle.standard()
    try daemon.run { (client) throws(ToolError) in
      try client.stream("dev.baton.bfd.Monitor", as: MonitorReply<SessionEvent>.self) { (reply) throws(ToolError) in
        let line = json ? try Tool.bfdctl.json(reply.event) : EventText.line(reply.event, style)
        if let line { Tool.bfdctl.show(line + "\n") }
      }
    }
  }
}
