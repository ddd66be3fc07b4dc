internal import LinuxIO
internal import NetPrimitives

/// The terminal side of a program that runs labs.
public enum Session {
  /// From here on SIGINT and SIGTERM end waiting with `LabError.interrupted`, so that labs are removed on the way out.
  /// Call it in the main thread, first.
  public static func begin() throws(LabError) {
    do { try Interruption.block() } catch { throw .system("blocking signals", reason: "\(error)") }
  }

  /// Waits for SIGINT or SIGTERM.
  public static func waitForInterruption() {
    while Interruption.pause(.seconds(3600)) == nil {}
  }

  /// The path of the running program.
  public static var ownProgram: String { Files.ownProgram }

  /// Writes a line to standard output, at once.
  public static func say(_ line: String) { Terminal.say(line) }

  /// Writes a line to standard error, at once.
  public static func complain(_ line: String) { Terminal.complain(line) }
}
