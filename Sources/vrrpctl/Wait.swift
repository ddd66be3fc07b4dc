import ArgumentParser
import ControlClient
import ControlInterface
import NetPrimitives

struct Wait: ParsableCommand {
  enum Goal: String, CaseIterable, ExpressibleByArgument {
    case master, backup, fault

    var state: InstanceState {
      switch self {
      case .master: .master
      case .backup: .backup
      case .fault: .fault
      }
    }
  }

  static let configuration = CommandConfiguration(
    abstract: "Wait until an instance is in a state.",
    discussion: "Exit status: 0 it is, 1 the time is over or the name is unknown, 3 no daemon to talk to.")

  @Argument(help: "The instance's name.") var name: String
  @Argument(help: "master, backup or fault.") var state: Goal
  @OptionGroup var patience: Patience
  @OptionGroup var daemon: Daemon

  func run() throws {
    try daemon.run { (client) throws(ToolError) in
      _ = try client.instance(name)
      let wait = StateWait(name, for: state.state)
      let isReached = try client.stream(
        "dev.baton.vrrp.Monitor", as: MonitorReply<InstanceEvent>.self, within: patience.interval
      ) { wait.isOver($0.event) }
      guard isReached else {
        throw .impossible("'\(name)' is not \(state.rawValue) after \(patience.interval ?? .zero)")
      }
    }
  }
}
