import ArgumentParser
import ControlClient
import ControlInterface

struct Show: ParsableCommand {
  static let configuration = CommandConfiguration(abstract: "Show all instances, or everything about one.")

  @Argument(help: "The instance's name.") var name: String?
  @Flag(help: "Print a JSON array of instances.") var json = false
  @OptionGroup var daemon: Daemon

  func run() throws {
    try daemon.run { (client) throws(ToolError) in
      let instances = if let name { [try client.instance(name)] } else { try client.instances() }
      if json { return try Tool.vrrpctl.showJSON(instances) }
      let style = TextStyle.standard()
      if name != nil {
        Tool.vrrpctl.show(instances.map { InstanceText.detail($0, style) }.joined())
      } else {
        let info = try client.info()
        Tool.vrrpctl.show(InstanceText.table(instances, info, style) + DaemonText.problems(info.daemon, style))
      }
    }
  }
}
