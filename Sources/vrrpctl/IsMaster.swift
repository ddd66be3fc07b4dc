import ArgumentParser
import ControlClient
import ControlInterface

struct IsMaster: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "is-master", abstract: "Tell by the exit status whether an instance is master here.",
    discussion: "Exit status: 0 it is, 1 it is not or the name is unknown, 3 no daemon to talk to.")

  @Argument(help: "The instance's name.") var name: String
  @OptionGroup var daemon: Daemon

  func run() throws {
    var isMaster = false
    try daemon.run { (client) throws(ToolError) in isMaster = try client.instance(name).state == .master }
    if !isMaster { throw ExitCode(1) }
  }
}
