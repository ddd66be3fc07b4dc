import ArgumentParser
import ControlClient
import ControlInterface

/// vrrpctl: looks at and steers vrrpd.
@main
struct VRRPCtl: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "vrrpctl", abstract: "Look at and steer vrrpd's VRRP instances.",
    discussion: "Exit status: 0 done, 1 refused or unknown name, 3 no daemon to talk to, 64 wrong usage.",
    version: "0.1.0",
    subcommands: [
      Show.self, Foreign.self, Monitor.self, Watch.self, History.self, Explain.self, IsMaster.self, Wait.self,
      Failover.self,
      Maintenance.self, Reload.self,
    ])

  @OptionGroup var daemon: Daemon
}

/// The daemon a command talks to.
struct Daemon: ParsableArguments {
  @Option(name: .shortAndLong, help: ArgumentHelp("vrrpd's control socket.", valueName: "socket"))
  var socket = Tool.vrrpctl.socketPath

  /// Does `body` with a connection to the daemon, then leaves with the exit status that fits.
  func run(_ body: (DaemonClient) throws(ToolError) -> Void) throws {
    let status = Tool.vrrpctl.run { () throws(ToolError) in try body(try DaemonClient(path: socket)) }
    if status != 0 { throw ExitCode(status) }
  }
}

extension DaemonClient {
  func instances() throws(ToolError) -> [InstanceInfo] {
    try call("dev.baton.vrrp.List", as: InstancesReply.self).instances
  }

  func instance(_ name: String) throws(ToolError) -> InstanceInfo {
    try call("dev.baton.vrrp.Get", NameParameter(name: name), as: InstanceReply.self).instance
  }

  func foreignRouters() throws(ToolError) -> [ForeignRouter] {
    try call("dev.baton.vrrp.Foreign", as: ForeignReply.self).routers
  }

  func info() throws(ToolError) -> VRRPInfo {
    try call("dev.baton.vrrp.Info", as: InfoReply<VRRPInfo>.self).info
  }
}
