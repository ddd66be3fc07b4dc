import ArgumentParser
import ControlClient
import ControlInterface
import NetPrimitives

struct Watch: ParsableCommand {
  static let configuration = CommandConfiguration(abstract: "Show all sessions, again every second.")

  @OptionGroup var daemon: Daemon

  func run() throws {
    let status = Tool.bfdctl.run { () throws(ToolError) in
      try Tool.bfdctl.watch(every: .seconds(1)) { () throws(ToolError) in
        let client = try DaemonClient(path: daemon.socket)
        return SessionText.overview(try client.sessions(), try client.info(), .standard())
      }
    }
    throw ExitCode(status)
  }
}
