import ArgumentParser
import ControlClient
import ControlInterface
import Varlink

struct Failover: ParsableCommand {
  static let configuration = CommandConfiguration(abstract: "Hand a master's addresses to the next router.")

  @Argument(help: "The instance's name.") var name: String
  @OptionGroup var daemon: Daemon

  func run() throws {
    try daemon.run { (client) throws(ToolError) in
      _ = try client.call("dev.baton.vrrp.Failover", NameParameter(name: name), as: NoParameters.self)
    }
  }
}

struct Maintenance: ParsableCommand {
  enum Switch: String, CaseIterable, ExpressibleByArgument {
    case on, off
  }

  static let configuration = CommandConfiguration(abstract: "Take this router out of service, or put it back.")

  @Argument(help: "on or off.") var state: Switch
  @OptionGroup var daemon: Daemon

  func run() throws {
    try daemon.run { (client) throws(ToolError) in
      let parameters = SetMaintenanceParameters(on: state == .on)
      _ = try client.call("dev.baton.vrrp.SetMaintenance", parameters, as: NoParameters.self)
    }
  }
}

struct Reload: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Read the configuration again, or say what that would change.",
    discussion: "Exit status: 0 done, 1 refused, 3 no daemon to talk to, 5 a dry run found errors in the file.")

  @OptionGroup var request: ReloadRequest
  @OptionGroup var daemon: Daemon

  func run() throws {
    var status: Int32 = 0
    try daemon.run { (client) throws(ToolError) in
      status = try request.run(.vrrpctl, client, interface: "dev.baton.vrrp")
    }
    if status != 0 { throw ExitCode(status) }
  }
}
