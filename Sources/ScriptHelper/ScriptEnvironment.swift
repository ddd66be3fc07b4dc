/// The environment scripts run with.
enum ScriptEnvironment {
  /// Variables no script inherits: those that change what a program loads or how a shell reads words (as keepalived
  /// does), and those by which systemd speaks to the daemon alone.
  private static let dropped: Set<String> = [
    "IFS", "LD_PRELOAD", "LD_LIBRARY_PATH", "LD_AUDIT", "BASH_ENV", "ENV", "NOTIFY_SOCKET", "WATCHDOG_USEC",
    "WATCHDOG_PID", "LISTEN_FDS", "LISTEN_PID", "LISTEN_FDNAMES", "FDSTORE", "MAINPID",
  ]
  private static let searchPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

  /// `inherited` (NAME=value) without the variables that are dropped, and with `added`, which replace those of the same
  /// name. There always is a PATH.
  static func make(from inherited: [String], adding added: [ScriptCommand.Variable]) -> [String] {
    let replaced = Set(added.map(\.name))
    var result = inherited.filter { entry in
      let name = String(entry.prefix { $0 != "=" })
      return !dropped.contains(name) && !replaced.contains(name)
    }
    // A name with a `=` in it would be another variable.
    result += added.filter { !$0.name.isEmpty && !$0.name.contains("=") }.map { "\($0.name)=\($0.value)" }
    if !result.contains(where: { $0.hasPrefix("PATH=") }) { result.append("PATH=\(searchPath)") }
    return result
  }
}
