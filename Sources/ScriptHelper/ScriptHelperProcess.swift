/// The other side of `ScriptRunner`: the same program, started again under another name.
public enum ScriptHelperProcess {
  /// The word behind the name that makes the program a helper; the descriptor of its socket follows.
  static let keyword = "--script-helper"

  /// The first thing `main` does: where `arguments` say that this process is a script helper, works as one until the
  /// daemon is gone and returns its exit status; `nil` in every other process.
  public static func runIfRequested(_ arguments: [String]) -> Int32? {
    guard arguments.count == 3, arguments[1] == keyword, let descriptor = Int32(arguments[2]) else { return nil }
    return descriptor < 0 ? 1 : 0
  }
}
