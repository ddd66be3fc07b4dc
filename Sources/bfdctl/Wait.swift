import ArgumentParser
import ControlClient
import ControlInterface
import NetPrimitives

struct Wait: ParsableCommand {
  enum Goal: String, CaseIterable, ExpressibleByArgument {
    case up, down
  }

  static let configuration = CommandConfiguration(
    abstract: "Wait until a session is up, or is down.",
    discussion: "Exit status: 0 it is, 1 the time is over or the name is unknown, 3 no daemon to talk to.")

  @Argument(help: "The session's name.") var name: String
  @Argument(help: "up or down.") var state: Goal
  @OptionGroup var patience: Patience
  @OptionGroup var daemon: Daemon

  func run() throws {
    try daemon.run { (client) throws(ToolError) in
      _ = try client.session(name)
      let wait = StateWait(name, for: state == .up ? SessionState.up : .down)
      let isReached = try client.stream(
        "dev.baton.bfd.Monitor", as: MonitorReply<SessionEvent>.self, within: patience.interval
      ) { wait.isOver($0.event) }
      guard isReached else {
        throw .impossible("'\(name)' is not \(state.rawValue) after \(patience.interval ?? .zero)")
      }
    }
  }
}
