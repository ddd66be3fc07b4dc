internal import Glibc

/// A program that runs as a child of this process in a process group of its own, its output in a file.
public struct Program: Sendable, Hashable {
  /// How a program ended.
  public enum End: Sendable, Hashable {
    /// It exited with this status, 0 to 255.
    case exited(Int32)
    /// This signal ended it.
    case killed(signal: Int32)
  }

  /// A system call that was refused.
  public struct Failure: Error {
    /// The error number.
    public let code: Int32
    /// The error in words.
    public var description: String { unsafe String(cString: strerror(code)) }
  }

  /// The process id. It belongs to this program until `end()` or `waitForEnd()` has reported the end.
  public let pid: Int32

  /// Starts `arguments[0]` (looked up in PATH) with `arguments`, no input, output and errors written to `outputPath`,
  /// no signal blocked, and this process's environment with `environment` ("NAME=value") in front of it.
  public init(_ arguments: [String], outputPath: String, environment: [String] = []) throws(Failure) {
    var actions = unsafe posix_spawn_file_actions_t()
    unsafe posix_spawn_file_actions_init(&actions)
    defer { unsafe posix_spawn_file_actions_destroy(&actions) }
    unsafe posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    unsafe posix_spawn_file_actions_addopen(&actions, 1, outputPath, O_WRONLY | O_CREAT | O_APPEND, 0o644)
    unsafe posix_spawn_file_actions_adddup2(&actions, 1, 2)

    var attributes = posix_spawnattr_t()
    unsafe posix_spawnattr_init(&attributes)
    defer { unsafe posix_spawnattr_destroy(&attributes) }
    var none = sigset_t()
    unsafe sigemptyset(&none)
    unsafe posix_spawnattr_setsigmask(&attributes, &none)
    // A process group of its own: Ctrl-C at the terminal is for us, and we decide what becomes of our children.
    let flags = Int32(POSIX_SPAWN_SETSIGMASK) | Int32(POSIX_SPAWN_SETPGROUP)
    unsafe posix_spawnattr_setflags(&attributes, Int16(flags))

    var pid: pid_t = 0
    let code = unsafe Self.withCStrings(arguments) { argv in
      unsafe Self.withCStrings(environment + Self.ownEnvironment()) { envp in
        unsafe posix_spawnp(&pid, arguments[0], &actions, &attributes, argv, envp)
      }
    }
    guard code == 0 else { throw Failure(code: code) }
    self.pid = pid
  }

  /// How the program ended, or `nil` while it runs. Asked again after an end was reported, it answers `nil`.
  public func end() -> End? { waited(options: WNOHANG) }

  /// Waits for the program's end; `nil` where the end was reported before.
  public func waitForEnd() -> End? { waited(options: 0) }

  /// Whether this process may do everything (effective user 0).
  public static var runsAsRoot: Bool { geteuid() == 0 }

  /// The process id of this process.
  public static var ownPID: Int32 { getpid() }

  /// Sends `signal` to any process; a process that is gone is no error.
  public static func send(signal: Int32, to pid: Int32) {
    guard pid > 1 else { return }
    kill(pid, signal)
  }

  private func waited(options: Int32) -> End? {
    var status: Int32 = 0
    var result: pid_t
    repeat { result = unsafe waitpid(pid, &status, options) } while result < 0 && errno == EINTR
    guard result == pid else { return nil }
    let signal = status & 0x7F
    return signal == 0 ? .exited(status >> 8 & 0xFF) : .killed(signal: signal)
  }

  private static func ownEnvironment() -> [String] {
    var result: [String] = []
    var next = unsafe environ
    while let entry = unsafe next.pointee {
      unsafe result.append(String(cString: entry))
      unsafe next = next.successor()
    }
    return result
  }

  private static func withCStrings<Result>(
    _ strings: [String], _ body: (UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> Result
  ) -> Result {
    var pointers = unsafe strings.map { unsafe strdup($0) } + [nil]
    defer { unsafe pointers.forEach { unsafe free($0) } }
    return unsafe pointers.withUnsafeMutableBufferPointer { buffer in
      // The array holds at least its terminator, so the base address exists.
      guard let base = buffer.baseAddress else { preconditionFailure("an array with an element has an address") }
      return unsafe body(base)
    }
  }
}
