public import LinuxIO
public import NetPrimitives

/// A daemon that was started on a host of the lab.
public final class Daemon {
  /// What it is called in the lab: `bfdd`, `keepalived`.
  public let label: String
  /// The name of its host.
  public let host: String
  /// The file with its output.
  public let log: String
  /// Its process id.
  public var pid: Int32 { process.pid }
  private let process: ChildProcess
  private var wasEnded = false

  /// Starts a command with its output appended to the file `log`, and with `environment` over this process's.
  public init(
    _ label: String, host: String, command: [String], log: String, environment: [String: String] = [:]
  ) throws(LabError) {
    self.label = label
    self.host = host
    self.log = log
    process = try Command.start(command, outputPath: log, environment: environment)
  }

  /// The exit status, 128 + signal after a signal, `nil` while it runs.
  public var exitStatus: Int32? { Command.status(of: process) }

  /// Whether the process exists.
  public var isRunning: Bool { exitStatus == nil }

  /// Says that the end of this daemon, by whatever means, is wanted.
  func expectEnd() { wasEnded = true }

  var endedByItself: Bool { !wasEnded && !isRunning }

  /// What it wrote so far.
  public var output: String { Files.read(log) ?? "" }

  /// The process and its descendants.
  public var processes: [Int32] { isRunning ? Processes.tree(of: pid) : [] }

  /// What the daemon has used so far: processor time of it and its descendants, and the resident memory, in bytes, of
  /// the one of them that has most.
  var usage: (processorTime: Interval, memory: UInt64) {
    let processes = processes
    return (
      processes.reduce(.zero) { $0 + Processes.processorTime(of: $1) },
      processes.map { Processes.residentMemory(of: $0) }.max() ?? 0
    )
  }

  /// The name of the process as `ps` shows it, without arguments; `nil` when it is gone.
  public var processName: String? { Processes.name(of: pid) }

  /// Sends a signal to the daemon's own process. SIGTERM, SIGINT and SIGKILL count as ending it on purpose.
  public func send(_ signal: Signal) {
    guard isRunning else { return }
    if [.terminate, .kill, .interrupt].contains(signal) { wasEnded = true }
    Processes.send(signal, to: pid)
  }

  /// SIGKILL for the daemon and its descendants, as sudden as a power cut: none of them sees another die. Returns when
  /// the daemon is gone.
  public func kill() {
    wasEnded = true
    Processes.kill(processes)
    while isRunning { Interruption.sleep(.microseconds(300)) }
  }

  /// SIGTERM, then waits for the end; its exit status.
  @discardableResult
  public func stop(within interval: Interval = .seconds(10)) throws(LabError) -> Int32 {
    send(.terminate)
    return try Wait.until("\(label) on \(host) ends after SIGTERM", within: interval, detail: { Files.tail(log) }) {
      exitStatus
    }
  }
}
