public import ControlInterface
internal import LinuxIO
public import NetPrimitives
internal import Varlink

/// An operator's tool: what both have in common.
public struct Tool: Sendable {
  /// "bfdctl" or "vrrpctl".
  public let name: String
  /// "bfdd" or "vrrpd".
  public let daemon: String
  /// Where the daemon listens unless told otherwise.
  public let socketPath: String

  /// The tool for bfdd.
  public static let bfdctl = Tool(name: "bfdctl", daemon: "bfdd", socketPath: "/run/bfdd/bfdd.sock")
  /// The tool for vrrpd.
  public static let vrrpctl = Tool(name: "vrrpctl", daemon: "vrrpd", socketPath: "/run/vrrpd/vrrpd.sock")

  /// Does `body`; where that fails, says why on standard error. The exit status.
  public func run(_ body: () throws(ToolError) -> Void) -> Int32 {
    // Where standard output is closed the connection to the daemon must not get its number. Failing is no reason to end.
    try? FileDescriptor.occupyStandardNumbers()
    do {
      try body()
      return 0
    } catch {
      Terminal.complain("\(name): \(error.text(daemon: daemon))")
      return error.exitStatus
    }
  }

  /// Writes text to standard output. Where that fails the tool ends, with exit status 1: a full disk must not look like
  /// success, and without a reader there is nothing left to do.
  public func show(_ text: String) { write { () throws(SystemError) in try Terminal.show(text) } }

  private func write(_ body: () throws(SystemError) -> Void) {
    do throws(SystemError) {
      try body()
    } catch {
      Terminal.complain("\(name): standard output: \(error)")
      Terminal.leave(status: 1)
    }
  }

  /// Writes `objects` to standard output as a JSON array, one object a line.
  public func showJSON(_ objects: [some Encodable]) throws(ToolError) {
    var lines: [String] = []
    for object in objects { lines.append(try json(object)) }
    show(lines.isEmpty ? "[]\n" : "[\n" + lines.joined(separator: ",\n") + "\n]\n")
  }

  /// `value` as JSON on one line.
  public func json(_ value: some Encodable) throws(ToolError) -> String {
    do {
      return String(decoding: try encodeJSON(value), as: UTF8.self)
    } catch {
      throw .impossible(error.reason)
    }
  }

  /// Does nothing for `interval`.
  public func pause(_ interval: Interval) { Interruption.sleep(interval) }

  /// Shows `screen` on the terminal and again every `interval`, until interrupted. A daemon that is gone is said so and
  /// asked again.
  public func watch(every interval: Interval, _ screen: () throws(ToolError) -> String) throws(ToolError) {
    guard Terminal.isInteractive else { throw .impossible("watch needs a terminal; use monitor, or show --json") }
    while true {
      var text: String
      do throws(ToolError) {
        text = try screen()
      } catch {
        guard case .unreachable = error else { throw error }
        text = error.text(daemon: daemon) + "\n"
      }
      write { () throws(SystemError) in try Terminal.redraw(text) }
      Interruption.sleep(interval)
    }
  }
}

/// What is wrong with a daemon as a whole.
public enum DaemonText {
  /// One line for each thing an operator should know beside the objects; empty where all is well.
  public static func problems(_ daemon: DaemonInfo, _ style: TextStyle) -> String {
    var lines: [String] = []
    if let error = daemon.configurationError {
      lines.append(
        "the last reload was refused, the configuration of \(style.time(daemon.configurationTime)) is in use:")
      lines += error.split(separator: "\n").map { "  \($0)" }
    }
    if daemon.configurationFindings > 0 {
      let count = daemon.configurationFindings
      let file = daemon.configurationFile == "/etc/keepalived/keepalived.conf" ? "" : " -f \(daemon.configurationFile)"
      lines.append(
        "\(count) finding\(count == 1 ? "" : "s") in the configuration, left out: see \(daemon.name) -t\(file)")
    }
    if let problem = daemon.schedulingProblem { lines.append("real-time scheduling: \(problem)") }
    if daemon.stalls > 0 {
      lines.append(
        "\(daemon.name) was not run in time \(daemon.stalls == 1 ? "once" : "\(daemon.stalls) times"), at worst by \(DurationText.interval(daemon.lateness.max))"
      )
    }
    if daemon.logLinesLost > 0 { lines.append("\(daemon.logLinesLost) log lines were lost") }
    let refusals = daemon.controlRefusals.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
    if !refusals.isEmpty { lines.append("control clients were turned away: \(refusals.joined(separator: ", "))") }
    return lines.map { style.paint($0, .pending) + "\n" }.joined()
  }
}
