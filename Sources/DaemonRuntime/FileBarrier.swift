internal import LinuxIO

/// What keeps this process from a file that it may not read: a folder above it, or its own mode.
enum FileBarrier {
  /// What is in the way, and what to change, in words that follow the error; empty where nothing is seen.
  static func explanation(_ path: String) -> String {
    let user = "user \(ProcessControl.effectiveUser), group \(ProcessControl.effectiveGroup)"
    guard let place = barrier(on: path), let status = try? FileSystem.status(place) else { return "" }
    let owner = "mode 0\(String(status.mode, radix: 8)), user \(status.uid), group \(status.gid)"
    let verb = place == path ? "read" : "enter"
    let right = place == path ? "r" : "x"
    return ": \(user) may not \(verb) \(place) (\(owner)); 'chmod o+\(right) \(place)' allows it to everybody, "
      + "'chgrp' and 'chmod g+\(right)' to the daemon's group"
  }

  /// The first folder on the way that may not be entered, else the file itself.
  private static func barrier(on path: String) -> String? {
    guard path.hasPrefix("/") else { return nil }
    var folder = ""
    for name in path.split(separator: "/").dropLast() {
      folder += "/\(name)"
      if !FileSystem.isExecutable(folder) { return folder }
    }
    return path
  }
}
