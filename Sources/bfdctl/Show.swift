import ArgumentParser
import ControlClient
import ControlInterface

struct Show: ParsableCommand {
  static let configuration = CommandConfiguration(abstract: "Show all sessions, or everything about one.")

  @Argument(help: "The session's name.") var name: String?
  @Flag(help: "Print a JSON array of sessions.") var json = false
  @OptionGroup var daemon: Daemon

  func run() throws {
    try daemon.run { (client) throws(ToolError) in
      let sessions = if let name { [try client.session(name)] } else { try client.sessions() }
      if json { return try Tool.bfdctl.showJSON(sessions) }
      let style = TextStyle.standard()
      if name != nil {
        Tool.bfdctl.show(sessions.map { SessionText.detail($0, style) }.joined())
      } else {
        Tool.bfdctl.show(SessionText.overview(sessions, try client.info(), style))
      }
    }
  }
}
