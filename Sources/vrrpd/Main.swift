import DaemonRuntime
import Glibc
import ScriptHelper

@main
struct Main {
  static func main() {
    if let status = ScriptHelperProcess.runIfRequested(CommandLine.arguments) { exit(status) }
    do throws(DaemonArguments.Problem) {
      exit(Startup(try DaemonArguments(CommandLine.arguments.dropFirst(), for: .vrrpd)).run())
    } catch {
      print("vrrpd: \(error); vrrpd --help tells more")
      exit(DaemonExit.cannotRun)
    }
  }
}
