internal import LinuxIO
public import NetPrimitives

/// Programs of the machine: finding them, running them to their end, waiting.
public enum Command {
  private static let folders =
    ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin", "/usr/lib/frr"]

  /// The path of an installed program, looked up in the folders of system programs and in FRR's.
  public static func find(_ program: String, package: String) throws(LabError) -> String {
    for folder in folders where Files.isProgram("\(folder)/\(program)") { return "\(folder)/\(program)" }
    throw .missingProgram(program, package: package)
  }

  /// Whether the program is installed.
  public static func isInstalled(_ program: String) -> Bool {
    folders.contains { Files.isProgram("\($0)/\(program)") }
  }

  /// Runs a command to its end: its output (both streams), or an error that quotes it where it ended with an error.
  @discardableResult
  public static func run(_ arguments: [String]) throws(LabError) -> String {
    let result = try status(arguments)
    guard result.status == 0 else {
      let text = result.output.split(separator: "\n").joined(separator: "; ")
      throw .commandFailed(command: arguments.joined(separator: " "), output: text)
    }
    return result.output
  }

  /// Runs a command to its end: its exit status (128 + signal where a signal ended it) and its output, both streams.
  public static func status(_ arguments: [String]) throws(LabError) -> (status: Int32, output: String) {
    try Files.makeFolder(Lab.root)
    let path = "\(Lab.root)/.output-\(Identity.ownPID)"
    Files.remove(path)
    defer { Files.remove(path) }
    let program: Program
    do { program = try Program(arguments, outputPath: path, environment: ["LC_ALL=C"]) } catch {
      throw .commandFailed(command: arguments.joined(separator: " "), output: error.description)
    }
    let status: Int32 =
      switch program.waitForEnd() {
      case .exited(let status): status
      case .killed(let signal): 128 + signal
      case nil: 127
      }
    return (status, Files.read(path) ?? "")
  }
}

/// Waiting for things to become true.
public enum Wait {
  /// Asks `condition` every few milliseconds until it holds; its value then. Throws `.deadline` after `interval` with
  /// `detail()` as the explanation, and `.interrupted` when SIGINT or SIGTERM arrives.
  @discardableResult
  public static func until<Value>(
    _ what: String, within interval: Interval = .seconds(20), detail: () -> String = { "" },
    _ condition: () throws(LabError) -> Value?
  ) throws(LabError) -> Value {
    let deadline = Interruption.realtime() + interval
    while true {
      if let value = try condition() { return value }
      if Interruption.realtime() >= deadline { throw .deadline(what, after: interval, detail: detail()) }
      try pause(.milliseconds(3))
    }
  }

  /// Lets time pass, because a test of "nothing happens" or a random phase needs it; never to wait for something.
  public static func pause(_ interval: Interval) throws(LabError) {
    if let signal = Interruption.pause(interval) { throw .interrupted(signal: signal) }
  }
}
