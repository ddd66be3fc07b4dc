import ArgumentParser
import ControlClient
import ControlInterface

struct History: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Show the last 64 changes of an instance's state, the oldest first, with cause and figures.")

  @Argument(help: "The instance's name.") var name: String
  @Flag(help: "Print a JSON array of changes.") var json = false
  @OptionGroup var daemon: Daemon

  func run() throws {
    try daemon.run { (client) throws(ToolError) in
      let reply = try client.call(
        "dev.baton.vrrp.History", NameParameter(name: name), as: HistoryReply<InstanceChange>.self)
      if json { return try Tool.vrrpctl.showJSON(reply.changes) }
      Tool.vrrpctl.show(EventText.history(reply.changes, .standard()))
    }
  }
}
