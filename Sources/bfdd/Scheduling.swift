import KeepalivedConfig
import LinuxIO
import Logging

/// How this process is scheduled: what the configuration asks for, or what the service manager grants. A request that is
/// refused, as in most containers, is said once, and the daemon runs on without it.
struct Scheduling {
  /// The policy in use, as Info tells it.
  private(set) var text = "SCHED_OTHER"
  /// What was refused, and why.
  private(set) var problem: String?

  /// Ordinary scheduling.
  init() {}

  init(_ wanted: ProcessScheduling, logger: Logger) {
    if let priority = wanted.realTimePriority ?? Self.grantedPriority {
      attempt("real-time scheduling", logger) { () throws(SystemError) in
        try ProcessControl.setRealTime(.roundRobin, priority: priority)
        return "SCHED_RR \(priority)"
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

  /// A unit that sets LimitRTPRIO= grants real-time scheduling without a word in the configuration.
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
      logger.warning("\(what) refused: \(error)")
      problem = (problem.map { $0 + "; " } ?? "") + "\(what): \(error)"
    }
  }
}
