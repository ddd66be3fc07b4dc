internal import LinuxIO

/// Who owns a lab: names are unique to a process, and a lab whose process is gone may be removed by anybody.
enum Identity {
  /// This process.
  static let ownPID: Int32 = ProcessControl.pid

  /// What marks a lab as this process's: pid and start time, because pids are used again.
  static var mark: String { "\(ownPID) \(Processes.startTime(of: ownPID) ?? 0)\n" }

  /// Whether the process that wrote `mark` still runs.
  static func isAlive(mark: String) -> Bool {
    let fields = mark.split(whereSeparator: \.isWhitespace)
    guard fields.count == 2, let pid = Int32(fields[0]), let start = UInt64(fields[1]) else { return false }
    return Processes.startTime(of: pid) == start
  }

  /// The pid in a lab's name, `baton-PID-NUMBER`.
  static func pid(inName name: String) -> Int32? {
    let parts = name.split(separator: "-")
    return parts.count >= 3 && parts[0] == "baton" ? Int32(parts[1]) : nil
  }
}
