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
  static let configuration = CommandConfiguration(abstract: "Read the configuration again.")

  @OptionGroup var daemon: Daemon

  func run() throws {
    try daemon.run { (client) throws(ToolError) in
      _ = try client.call("dev.baton.bfd.Reload", as: NoParameters.self)
    }
  }
}

extension DaemonClient {
  fileprivate func setAdmin(_ name: String, up: Bool) throws(ToolError) {
    _ = try call("dev.baton.bfd.SetAdmin", SetAdminParameters(name: name, up: up), as: NoParameters.self)
  }
}
