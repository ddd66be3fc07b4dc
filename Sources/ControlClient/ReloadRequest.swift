public import ArgumentParser
public import ControlInterface
internal import LinuxIO
internal import NetPrimitives
internal import Varlink

/// What `reload` of both tools takes and does.
public struct ReloadRequest: ParsableArguments {
  @Flag(name: .customLong("dry-run"), help: "Change nothing; say what a reload would change, and what that will cause.")
  var isDryRun = false
  @Option(help: ArgumentHelp("With --dry-run: the file to read instead of the daemon's own.", valueName: "file"))
  var file: String?
  @Flag(help: "Take the file wherever a start would take it: with new errors, or without any instance or session.")
  var force = false
  @Flag(help: "With --dry-run: print a JSON object.") var json = false

  /// Options at their defaults.
  public init() {}

  /// Only a dry run says anything.
  public func validate() throws {
    if isDryRun, force { throw ValidationError("--force and --dry-run exclude each other") }
    if !isDryRun, file != nil || json { throw ValidationError("--file and --json need --dry-run") }
  }

  /// Does it; the exit status: 5 where a dry run finds errors in the file.
  public func run(_ tool: Tool, _ client: DaemonClient, interface: String) throws(ToolError) -> Int32 {
    guard isDryRun else {
      _ = try client.call(
        "\(interface).Reload", ReloadParameters(force: force ? true : nil), as: NoParameters.self)
      return 0
    }
    let plan = try client.call("\(interface).Plan", PlanParameters(file: absolute(file)), as: PlanReply.self).plan
    tool.show(json ? try tool.json(plan) + "\n" : PlanText.text(plan, .standard()))
    return plan.isAccepted ? 0 : 5
  }

  /// The daemon has another working directory than its operator.
  private func absolute(_ file: String?) throws(ToolError) -> String? {
    guard let file, !file.hasPrefix("/") else { return file }
    do throws(SystemError) {
      return try FileSystem.realPath(".") + "/" + file
    } catch {
      throw .impossible("\(file): \(error)")
    }
  }
}

/// A plan as text for operators.
public enum PlanText {
  /// The findings, then every change with what it will cause.
  public static func text(_ plan: ReloadPlan, _ style: TextStyle) -> String {
    var lines = plan.findings
    guard plan.isAccepted else {
      lines.append(style.paint("a reload of \(plan.file) would be refused, and change nothing", .bad))
      return lines.joined(separator: "\n") + "\n"
    }
    if plan.changes.isEmpty { lines.append("a reload of \(plan.file) would change nothing") }
    for change in plan.changes {
      let sign =
        switch change.action {
        case .add: style.paint("+", .good)
        case .remove: style.paint("-", .bad)
        case .change: style.paint("~", .pending)
        }
      let name = change.name.isEmpty ? "" : " \(change.name)"
      let keywords = change.keywords.isEmpty ? "" : ": \(change.keywords.joined(separator: ", "))"
      lines.append("\(sign) \(change.kind)\(name)\(keywords)")
      lines += change.effects.map { "    \($0)" }
    }
    return lines.joined(separator: "\n") + "\n"
  }
}
