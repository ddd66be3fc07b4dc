import Glibc
import ScriptHelper

@main
struct ScriptHelperHost {
  static func main() {
    exit(ScriptHelperProcess.runIfRequested(CommandLine.arguments) ?? 2)
  }
}
