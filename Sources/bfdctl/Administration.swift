import ArgumentParser
import ControlClient
import ControlInterface
import Varlink

struct AdminDown: ParsableCommand {
  static let configuration = CommandConfiguration(abstract: "Hold a session in AdminDown until admin-up.")

  @Argument(help: "The session's name.") var name: String
  @OptionGroup var daemon: Daemon

  func run() throws {
    try daemon.run { (client) throws(ToolError) in try client.setAdmin(name, up: false) }
  }
}

struct AdminUp: ParsableCommand {
  static let configuration = CommandConfiguration(abstract: "Let a session run that admin-down holds.")

  @Argument(help: "The session's name.") var name: String
  @OptionGroup var daemon: Daemon

  func run() throws {
    try daemon.run { (client) throws(ToolError) in try client.setAdmin(name, up: true) }
  }
}

struct Poll: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Check a session's path by a Poll now; in Demand mode it goes down where nobody answers.")

  @Argument(help: "The session's name.") var name: String
  @OptionGroup var daemon: Daemon

  func run() throws {
    try daemon.run { (client) throws(ToolError) in
      _ = try client.call("dev.baton.bfd.Poll", NameParameter(name: name), as: NoParameters.self)
    }
  }
}

struct Clear: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Set the counters of one session to zero, or of all and of the daemon.")

  @Argument(help: "The session's name.") var name: String?
  @OptionGroup var daemon: Daemon

  func run() throws {
    try daemon.run { (client) throws(ToolError) in
      _ = try client.call("dev.baton.bfd.ClearCounters", OptionalNameParameter(name: name), as: NoParameters.self)
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
      status = try request.run(.bfdctl, client, interface: "dev.baton.bfd")
    }
    if status != 0 { throw ExitCode(status) }
  }
}

extension DaemonClient {
  fileprivate func setAdmin(_ name: String, up: Bool) throws(ToolError) {
    _ = try call("dev.baton.bfd.SetAdmin", SetAdminParameters(name: name, up: up), as: NoParameters.self)
  }
}
