public import KeepalivedConfig
internal import LinuxIO
public import Logging
internal import NetPrimitives

/// How a daemon is scheduled: what the configuration asks for, or what the service manager grants. A request that is
/// refused, as in most containers, is said once, and the daemon runs on without it.
public struct Scheduling: Sendable {
  /// The policy in use, as Info tells it.
  public private(set) var text = "SCHED_OTHER"
  /// What was refused, and why; `nil` where nothing was.
  public private(set) var problem: String?

  /// Ordinary scheduling.
  public init() {}

  /// Asks the kernel for what `wanted` says; without a word about real time there, for the priority that the service
  /// manager grants by LimitRTPRIO=.
  public init(_ wanted: ProcessScheduling, logger: Logger) {
    if let priority = wanted.realTimePriority ?? Self.grantedPriority {
      attempt("real-time scheduling", logger) { () throws(SystemError) in
        try ProcessControl.setRealTime(.roundRobin, priority: priority)
        return "SCHED_RR \(priority)"
      }
      if let limit = wanted.realTimeLimit {
        attempt("limit of real-time processor time", logger) { () throws(SystemError) in
          try ProcessControl.setLimit(.realTimeCPU, UInt64(clamping: limit.microseconds))
          return nil
        }
      }
    } else if let niceness = wanted.niceness {
      attempt("nice value \(niceness)", logger) { () throws(SystemError) in
        try ProcessControl.setNice(niceness)
        return "SCHED_OTHER nice \(niceness)"
      }
    }
    if !wanted.processors.isEmpty {
      attempt("processor affinity", logger) { () throws(SystemError) in
        try ProcessControl.setAffinity(wanted.processors)
        return nil
      }
    }
    if wanted.lockMemory {
      attempt("locked memory", logger) { () throws(SystemError) in
        try ProcessControl.lockMemory()
        return nil
      }
    }
  }

  private static var grantedPriority: Int? {
    guard let limit = try? ProcessControl.limit(.realTimePriority).soft, limit > 0 else { return nil }
    return Int(min(limit, 50))
  }

  private mutating func attempt(
    _ what: String, _ logger: Logger, _ request: () throws(SystemError) -> String?
  ) {
    do throws(SystemError) {
      if let granted = try request() { text = granted }
    } catch {
      logger.log(.schedulingRefused, .warning, "\(what) refused: \(error)", [.reason: "\(error)"])
      problem = (problem.map { $0 + "; " } ?? "") + "\(what): \(error)"
    }
  }
}
