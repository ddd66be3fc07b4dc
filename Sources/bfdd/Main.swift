import DaemonRuntime
import Glibc

@main
struct Main {
  static func main() {
    do throws(DaemonArguments.Problem) {
      exit(Startup(try DaemonArguments(CommandLine.arguments.dropFirst(), for: .bfdd)).run())
    } catch {
      print("bfdd: \(error); bfdd --help tells more")
      exit(DaemonExit.cannotRun)
    }
  }
}
