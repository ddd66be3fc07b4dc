import ArgumentParser
import ControlClient
import ControlInterface
import NetPrimitives

struct Watch: ParsableCommand {
  static let configuration = CommandConfiguration(abstract: "Show all instances, again every second.")

  @OptionGroup var daemon: Daemon

  func run() throws {
    let status = Tool.vrrpctl.run { () throws(ToolError) in
      try Tool.vrrpctl.watch(every: .seconds(1)) { () throws(ToolError) in
        let client = try DaemonClient(path: daemon.socket)
        let style = TextStyle.standard()
        let info = try client.info()
        return InstanceText.table(try client.instances(), info, style) + DaemonText.problems(info.daemon, style)
      }
    }
    throw ExitCode(status)
  }
}
