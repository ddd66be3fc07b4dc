import DaemonRuntime
import Glibc

@main
struct Main {
  static func main() {
    exit(DaemonStartup.run(.bfdd, CommandLine.arguments.dropFirst(), serve: Startup.serve))
  }
}
