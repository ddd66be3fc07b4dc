import LinuxIO

/// The other side of `ScriptRunner`: the same program, started again under another name.
public enum ScriptHelperProcess {
  /// The word behind the name that makes the program a helper; the descriptor of its socket follows.
  static let keyword = "--script-helper"
  /// Where the helper finds its socket.
  static let descriptorNumber: Int32 = 3

  /// The first thing `main` does: where `arguments` say that this process is a script helper, works as one until the
  /// daemon is gone and returns its exit status, and where they say that it sends a mail, does that; `nil` in every other
  /// process.
  public static func runIfRequested(_ arguments: [String]) -> Int32? {
    if arguments.count > 1, arguments[1] == MailProcess.keyword { return MailProcess.run(arguments) }
    guard arguments.count == 3, arguments[1] == keyword, arguments[2] == String(descriptorNumber) else { return nil }
    do throws(SystemError) {
      // The process list shows the name behind the last slash of what was executed, which is "exe".
      try ProcessControl.setName(arguments[0])
      SignalReceiver.ignoreBrokenPipe()
      // A service manager that stops the daemon signals all of its processes. The helper is needed until the daemon
      // is gone, for the scripts of that very stop, and ends by itself then.
      let signals = try SignalReceiver([.terminate, .interrupt, .hangUp])
      try withExtendedLifetime(signals) { () throws(SystemError) in
        try ScriptWorker(MessageSocket(FileDescriptor(owning: descriptorNumber))).run()
      }
      return 0
    } catch {
      return 1
    }
  }
}
