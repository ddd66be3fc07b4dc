internal import LinuxIO
internal import NetPrimitives

/// What /proc knows about processes.
enum Processes {
  /// The process and all its descendants, parents first. Descendants that start meanwhile may be missed.
  static func tree(of pid: Int32) -> [Int32] {
    var found = [pid]
    var next = 0
    while next < found.count {
      let folder = "/proc/\(found[next])/task"
      for task in Files.names(in: folder) {
        let children = Files.read("\(folder)/\(task)/children") ?? ""
        found += children.split(whereSeparator: \.isWhitespace).compactMap { Int32($0) }
      }
      next += 1
    }
    return found
  }

  /// The name of the process as `ps` shows it, without arguments.
  static func name(of pid: Int32) -> String? {
    Files.read("/proc/\(pid)/comm")?.split(separator: "\n").first.map(String.init)
  }

  /// When the process started, in clock ticks since boot: with the pid, it names a process for good. `nil`: it is gone.
  static func startTime(of pid: Int32) -> UInt64? {
    guard let status = Files.read("/proc/\(pid)/stat"), let end = status.lastIndex(of: ")") else { return nil }
    // The name in parentheses may hold anything, so the fields are counted from its end: starttime is field 22.
    let fields = status[end...].dropFirst().split(separator: " ")
    return fields.count > 19 ? UInt64(fields[19]) : nil
  }

  /// Processor time of all threads of the process, in user and system mode, since it started.
  static func processorTime(of pid: Int32) -> Interval {
    let folder = "/proc/\(pid)/task"
    return Files.names(in: folder).reduce(.zero) { sum, task in
      // The first figure is the time on a processor in nanoseconds; utime and stime in `stat` are its parts, in ticks.
      let first = Files.read("\(folder)/\(task)/schedstat")?.split(separator: " ").first
      return sum + .nanoseconds(first.flatMap { Int64($0) } ?? 0)
    }
  }

  /// The resident memory of the process, in bytes.
  static func residentMemory(of pid: Int32) -> UInt64 {
    let lines = (Files.read("/proc/\(pid)/status") ?? "").split(separator: "\n")
    let fields = lines.first { $0.hasPrefix("VmRSS:") }?.split(whereSeparator: \.isWhitespace) ?? []
    return fields.count > 1 ? (UInt64(fields[1]) ?? 0) * 1024 : 0
  }

  /// Whether the process exists and is not a zombie.
  static func isAlive(_ pid: Int32) -> Bool {
    guard let status = Files.read("/proc/\(pid)/stat"), let end = status.lastIndex(of: ")") else { return false }
    return status[end...].dropFirst().split(separator: " ").first != "Z"
  }

  /// Kills a set of processes so that none sees another die: all are stopped first.
  static func kill(_ pids: [Int32]) {
    for pid in pids { send(.stop, to: pid) }
    for pid in pids { send(.kill, to: pid) }
  }

  /// Sends a signal; a process that is gone is no error.
  static func send(_ signal: Signal, to pid: Int32) { try? ProcessControl.send(signal, to: pid) }
}
