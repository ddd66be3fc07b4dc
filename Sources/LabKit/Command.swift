internal import FoundationEssentials
internal import LinuxIO
public import NetPrimitives

/// Programs of the machine: finding them, running them to their end.
public enum Command {
  private static let folders =
    ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin", "/usr/lib/frr"]

  /// Where commands write until they have ended: a file of this name and the process id.
  static let outputPrefix = ".output-"

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
    let path = "\(Lab.root)/\(outputPrefix)\(Identity.ownPID)-\(UInt32.random(in: 0...UInt32.max))"
    defer { Files.remove(path) }
    let child = try start(arguments, outputPath: path)
    // A command is short and is never torn: signals wait until it has ended.
    while true {
      if let status = Self.status(of: child) { return (status, Files.read(path) ?? "") }
      Interruption.sleep(.microseconds(300))
    }
  }

  /// Starts a program with no input, its output and errors appended to a file, in a process group of its own: Ctrl-C at
  /// the terminal is for us, and we decide what becomes of our children.
  static func start(
    _ arguments: [String], outputPath: String, environment: [String: String] = [:]
  ) throws(LabError) -> ChildProcess {
    guard let program = arguments.first else { throw .configuration("a command without a program") }
    let path = program.contains("/") ? program : try find(program, package: program)
    let own = ProcessInfo.processInfo.environment.merging(["LC_ALL": "C"]) { _, new in new }
    let all = own.merging(environment) { _, new in new }.map { "\($0.key)=\($0.value)" }
    var command = ChildProcess.Command(path, Array(arguments.dropFirst()), environment: all)
    command.leadsGroup = true
    do {
      let output = try FileDescriptor.appending(to: outputPath)
      return try ChildProcess(command, descriptors: [(.devNull(), as: 0), (output, as: 1), (output, as: 2)])
    } catch {
      throw .commandFailed(command: arguments.joined(separator: " "), output: "\(error)")
    }
  }

  /// The exit status of a child, 128 + signal after a signal; `nil` while it runs.
  static func status(of child: ChildProcess) -> Int32? {
    switch try? child.exitStatus() {
    case .exited(let status): status
    case .killed(let signal): 128 + signal
    case nil: nil
    }
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
    let deadline = MonotonicClock.now() + interval
    while true {
      if let value = try condition() { return value }
      if MonotonicClock.now() >= deadline { throw .deadline(what, after: interval, detail: detail()) }
      try pause(.milliseconds(3))
    }
  }

  /// Lets time pass, because a test of "nothing happens" or a random phase needs it; never to wait for something.
  public static func pause(_ interval: Interval) throws(LabError) {
    if let signal = Interruption.pause(interval) { throw .interrupted(signal) }
  }
}
