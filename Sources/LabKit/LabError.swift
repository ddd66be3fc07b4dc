public import LinuxIO
public import NetPrimitives

/// Why the lab could not do what it was asked for. The text is meant for the person at the terminal.
public enum LabError: Error, Sendable, CustomStringConvertible {
  /// The lab needs root for network namespaces.
  case notRoot
  /// A program is not installed; `package` is the Debian package that has it.
  case missingProgram(String, package: String)
  /// A command ended with an error.
  case commandFailed(command: String, output: String)
  /// A file could not be read or written.
  case file(String, reason: String)
  /// The kernel refused a call.
  case system(String, reason: String)
  /// Something did not happen in time; `detail` is what is known about why (ends of logs).
  case deadline(String, after: Interval, detail: String)
  /// A daemon ended although nobody stopped it.
  case daemonDied(String, detail: String)
  /// The routers changed their minds just when the fault was to come; another run may do.
  case notAtRest
  /// A fault of a rehearsal did not end with exactly one router for each address.
  case endedBadly
  /// A configuration that the lab cannot build routers for.
  case configuration(String)
  /// SIGINT or SIGTERM arrived.
  case interrupted(Signal)

  /// One line, more where a log is quoted.
  public var description: String {
    switch self {
    case .notRoot: "the lab makes network namespaces and must run as root (try: sudo baton-lab ...)"
    case .missingProgram(let program, let package):
      "\(program) is not installed (Debian package \(package): apt-get install \(package))"
    case .commandFailed(let command, let output): "\(command): \(output.isEmpty ? "failed" : output)"
    case .file(let path, let reason): "\(path): \(reason)"
    case .system(let what, let reason): "\(what): \(reason)"
    case .deadline(let what, let interval, let detail):
      "not within \(interval): \(what)" + (detail.isEmpty ? "" : "\n\(detail)")
    case .daemonDied(let what, let detail): "\(what) ended by itself" + (detail.isEmpty ? "" : "\n\(detail)")
    case .notAtRest: "the backup began to take over before the fault (is this machine very busy?)"
    case .endedBadly: "not every fault ended with exactly one router for each address"
    case .configuration(let text): text
    case .interrupted(let signal): signal == .interrupt ? "interrupted" : "terminated"
    }
  }

  /// The exit status of `baton-lab` for this error: 77 when not root (the customary "cannot run here"), 128 + signal.rawValue
  /// after an interruption, else 1.
  public var exitStatus: Int32 {
    switch self {
    case .notRoot: 77
    case .interrupted(let signal): 128 + signal.rawValue
    default: 1
    }
  }
}
