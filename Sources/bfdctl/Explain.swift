import ArgumentParser
import ControlClient
import ControlInterface
import NetPrimitives

struct Explain: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Say why a session is not up.",
    discussion:
      "A session that is not up, or has come up in the last ten seconds after it was down, is watched for two and a half seconds first."
  )

  /// Two packets of a session that is not Up, and some more.
  private static let watched = Interval.milliseconds(2_500)

  @Argument(help: "The session's name.") var name: String
  @Flag(help: "Print a JSON object.") var json = false
  @OptionGroup var daemon: Daemon

  func run() throws {
    try daemon.run { (client) throws(ToolError) in
      let first = (session: try client.session(name), drops: try client.info().drops)
      var last = first
      var duration = Interval.zero
      if SessionEvidence.needsWatching(first.session) {
        duration = Self.watched
        Tool.bfdctl.pause(duration)
        last = (session: try client.session(name), drops: try client.info().drops)
      }
      let explanation = Explanation.session(
        SessionEvidence(from: first, to: last, duration: Int(duration.microseconds)))
      Tool.bfdctl.show(json ? try Tool.bfdctl.json(explanation) + "\n" : explanation.text(.standard()))
    }
  }
}
