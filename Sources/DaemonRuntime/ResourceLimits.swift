internal import LinuxIO
internal import Logging

/// The process's limits as a daemon finds them at its start. Where one is reached later little can be done: a program that
/// gets no memory ends. So what is narrow is said while there is room to say it.
enum ResourceLimits {
  private static let leastMemory: UInt64 = 64 << 20
  private static let leastDescriptors: UInt64 = 64

  /// Warns of limits that a daemon may meet.
  static func check(logger: Logger) {
    let found = [ProcessControl.Resource.data, .addressSpace, .openFiles].compactMap { resource in
      (try? ProcessControl.limit(resource)).map { (resource, $0.soft) }
    }
    for (resource, limit) in found {
      if let text = warning(of: resource, limit) { logger.warning("\(text)") }
    }
  }

  /// What there is to say about a limit; `nil` where it is wide enough.
  static func warning(of resource: ProcessControl.Resource, _ limit: UInt64) -> String? {
    switch resource {
    case .data: memory("RLIMIT_DATA", limit)
    case .addressSpace: memory("RLIMIT_AS", limit)
    case .openFiles where limit < leastDescriptors:
      "the limit of open files (RLIMIT_NOFILE) is \(limit): sessions, instances and control clients may find none left; "
        + "at least \(leastDescriptors) are advised"
    case .openFiles, .realTimePriority, .realTimeCPU, .lockedMemory, .coreFile: nil
    }
  }

  private static func memory(_ name: String, _ limit: UInt64) -> String? {
    guard limit < leastMemory else { return nil }
    return "the limit of memory (\(name)) is \(limit >> 20) MB: the daemon is killed when it needs more; "
      + "at least \(leastMemory >> 20) MB are advised"
  }
}
