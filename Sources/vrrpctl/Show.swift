import ArgumentParser
import ControlClient
import ControlInterface
import Varlink

struct Show: ParsableCommand {
  enum Format: String, CaseIterable, ExpressibleByArgument {
    case text, json
    case keepalived = "keepalived-json"
  }

  static let configuration = CommandConfiguration(
    abstract: "Show all instances and who else advertises there, or everything about one instance.")

  @Argument(help: "The instance's name.") var name: String?
  @Flag(help: "Print a JSON array of instances.") var json = false
  @Option(help: "text, json, or keepalived-json: the shape of keepalived's JSON dump, version 1.")
  var format = Format.text
  @OptionGroup var daemon: Daemon

  func validate() throws {
    if format == .keepalived, json || name != nil {
      throw ValidationError("--format keepalived-json prints all instances, and no other JSON")
    }
  }

  func run() throws {
    try daemon.run { (client) throws(ToolError) in
      switch json ? .json : format {
      case .json: try Tool.vrrpctl.showJSON(named(client))
      case .keepalived:
        let reply = try client.call("dev.baton.vrrp.KeepalivedDump", as: KeepalivedDumpReply.self)
        Tool.vrrpctl.show(reply.json + "\n")
      case .text: Tool.vrrpctl.show(try text(client))
      }
    }
  }

  private func named(_ client: DaemonClient) throws(ToolError) -> [InstanceInfo] {
    if let name { [try client.instance(name)] } else { try client.instances() }
  }

  private func text(_ client: DaemonClient) throws(ToolError) -> String {
    let style = TextStyle.standard()
    let (instances, info, foreign) = (try named(client), try client.info(), try client.foreignRouters())
    guard name != nil else {
      return InstanceText.table(instances, info, style) + ForeignText.table(foreign, style)
        + DaemonText.problems(info.daemon, style)
    }
    return instances.map { instance in
      let concerned = foreign.filter { $0.interface == instance.interface && $0.vrid == instance.vrid }
      return InstanceText.detail(instance, style, outlook: .instance(instance, info))
        + ForeignText.table(concerned, style)
    }.joined()
  }
}

struct Foreign: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Show the routers that advertise on our interfaces and are none of ours.")

  @Flag(help: "Print a JSON array of routers.") var json = false
  @OptionGroup var daemon: Daemon

  func run() throws {
    try daemon.run { (client) throws(ToolError) in
      let routers = try client.foreignRouters()
      if json { return try Tool.vrrpctl.showJSON(routers) }
      Tool.vrrpctl.show(routers.isEmpty ? "none was heard\n" : ForeignText.table(routers, .standard()))
    }
  }
}
