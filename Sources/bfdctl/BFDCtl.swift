import ArgumentParser
import ControlClient
import ControlInterface

/// bfdctl: looks at and steers bfdd.
@main
struct BFDCtl: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bfdctl", abstract: "Look at and steer bfdd's BFD sessions.",
    discussion: "Exit status: 0 done, 1 refused or unknown name, 3 no daemon to talk to, 64 wrong usage.",
    version: "0.1.0",
    subcommands: [
      Show.self, Counters.self, ReflectorCommand.self, Monitor.self, Watch.self, History.self, Explain.self, Wait.self,
      AdminDown.self, AdminUp.self, Poll.self, Clear.self, Reload.self,
    ])

  @OptionGroup var daemon: Daemon
}

/// The daemon a command talks to.
struct Daemon: ParsableArguments {
  @Option(name: .shortAndLong, help: ArgumentHelp("bfdd's control socket.", valueName: "socket"))
  var socket = Tool.bfdctl.socketPath

  /// Does `body` with a connection to the daemon, then leaves with the exit status that fits.
  func run(_ body: (DaemonClient) throws(ToolError) -> Void) throws {
    let status = Tool.bfdctl.run { () throws(ToolError) in try body(try DaemonClient(path: socket)) }
    if status != 0 { throw ExitCode(status) }
  }
}

extension DaemonClient {
  func sessions() throws(ToolError) -> [SessionInfo] {
    try call("dev.baton.bfd.List", as: SessionsReply.self).sessions
  }

  func session(_ name: String) throws(ToolError) -> SessionInfo {
    try call("dev.baton.bfd.Get", NameParameter(name: name), as: SessionReply.self).session
  }

  func info() throws(ToolError) -> BFDInfo {
    try call("dev.baton.bfd.Info", as: InfoReply<BFDInfo>.self).info
  }
}
