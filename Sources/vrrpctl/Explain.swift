import ArgumentParser
import ControlClient
import ControlInterface

struct Explain: ParsableCommand {
  static let configuration = CommandConfiguration(abstract: "Say why an instance is not master.")

  @Argument(help: "The instance's name.") var name: String
  @Flag(help: "Print a JSON object.") var json = false
  @OptionGroup var daemon: Daemon

  func run() throws {
    try daemon.run { (client) throws(ToolError) in
      let explanation = Explanation.instance(try client.instance(name), try client.info())
      Tool.vrrpctl.show(json ? try Tool.vrrpctl.json(explanation) + "\n" : explanation.text(.standard()))
    }
  }
}
