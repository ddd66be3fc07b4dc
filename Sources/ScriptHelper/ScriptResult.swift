internal import LinuxIO
public import NetPrimitives

/// How a run ended.
public enum ScriptOutcome: Hashable, Sendable {
  /// It ended by itself; 0 is success, anything else failure (keepalived's rule for `vrrp_script`).
  case exited(status: Int32)
  /// A signal that we did not send ended it: failure.
  case signalled(Int32)
  /// It ran longer than its timeout and its process group was killed: failure.
  case timedOut
  /// The program could not be started (`errno`: no such file, no permission to become the user, ...): failure.
  case notExecuted(errno: Int32)
  /// The helper process died during the run. This says nothing about what the script checks: keep the last state.
  case abandoned

  /// Whether the script said yes.
  public var isSuccess: Bool { self == .exited(status: 0) }
}

/// The end of one run.
public struct ScriptResult: Hashable, Sendable {
  /// How it ended.
  public var outcome: ScriptOutcome
  /// From start to end; zero where it never started.
  public var duration: Interval
  /// The last line the script wrote to its standard error, at most 200 bytes; `nil` where it wrote none.
  public var errorLine: String?

  /// A run that ended as `outcome` after `duration`, with `errorLine` as its last words.
  public init(outcome: ScriptOutcome, duration: Interval, errorLine: String? = nil) {
    self.outcome = outcome
    self.duration = duration
    self.errorLine = errorLine
  }
}

extension ScriptResult: CustomStringConvertible {
  /// What an operator reads in the log: "exited with status 1 after 12 ms: connection refused".
  public var description: String {
    let text =
      switch outcome {
      case .exited(let status): "exited with status \(status) after \(duration)"
      case .signalled(let signal): "was killed by signal \(signal) after \(duration)"
      case .timedOut: "timed out after \(duration)"
      case .notExecuted(let errno): "could not be executed: \(ErrorCode(rawValue: errno))"
      case .abandoned: "was abandoned because the script helper died"
      }
    return errorLine.map { "\(text): \($0)" } ?? text
  }
}

/// What happened to scripts since the daemon started; every number only grows.
public struct ScriptStatistics: Hashable, Sendable {
  /// Check runs handed to the helper.
  public var checksRun: UInt64 = 0
  /// Check runs not started because the previous one was still running.
  public var checksSkipped: UInt64 = 0
  /// State notifications accepted.
  public var notificationsQueued: UInt64 = 0
  /// State notifications replaced by newer ones of the same queue because its scripts are too slow. Never the last.
  public var notificationsDropped: UInt64 = 0
  /// Runs that ended other than by status 0, of checks and notifications.
  public var failures: UInt64 = 0
  /// Times the helper died and was started again.
  public var helperRestarts: UInt64 = 0

  /// All zero.
  public init() {}
}
