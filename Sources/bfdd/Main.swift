import DaemonRuntime
import Glibc
import ScriptHelper

@main
struct Main {
  static func main() {
    if let status = ScriptHelperProcess.runIfRequested(CommandLine.arguments) { exit(status) }
    exit(DaemonStartup.run(.bfdd, CommandLine.arguments.dropFirst(), serve: Startup.serve))
  }
}
