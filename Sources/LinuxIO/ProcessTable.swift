internal import Glibc

/// The processes of this machine, as far as `/proc` shows them.
public enum ProcessTable {
  /// What a process is called.
  public struct Entry: Hashable, Sendable {
    /// The process id.
    public let pid: Int32
    /// The name of the kernel: the program's, cut to 15 bytes, or what the process calls itself.
    public let name: String
    /// The command line: the program as it was called, and its parameters. Empty for threads of the kernel, or where it was
    /// not asked for.
    public let command: [String]

    /// An entry, for tests.
    public init(pid: Int32, name: String, command: [String] = []) {
      self.pid = pid
      self.name = name
      self.command = command
    }
  }

  /// What of a command line is looked at, in bytes.
  private static let commandLimit = 4_096

  /// All processes that are alive. It reads a file or two for each of them, so it is no work for an event loop.
  public static func entries(withCommands: Bool) throws(SystemError) -> [Entry] {
    guard let directory = unsafe opendir("/proc") else { throw SystemError("opendir", ErrorCode(rawValue: errno)) }
    defer { unsafe closedir(directory) }
    var pids: [Int32] = []
    while let entry = unsafe readdir(directory) {
      let name = unsafe withUnsafeBytes(of: &entry.pointee.d_name) {
        unsafe String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
      }
      if let pid = Int32(name) { pids.append(pid) }
    }
    return pids.compactMap { entry($0, withCommand: withCommands) }
  }

  /// Whether the processes of others are hidden from us (`hidepid=`, `ProtectProc=`): there is always a first one.
  public static var isHidden: Bool { entry(1, withCommand: false) == nil }

  /// One process; `nil` where it is not alive (any more) or not shown to us.
  public static func entry(_ pid: Int32, withCommand: Bool) -> Entry? {
    // "PID (name) STATE ...", and the name may hold parentheses.
    guard let stat = try? beginning(of: "/proc/\(pid)/stat", limit: 256),
      let open = stat.firstIndex(of: UInt8(ascii: "(")), let close = stat.lastIndex(of: UInt8(ascii: ")")),
      open < close,
      close + 2 < stat.count, ![UInt8(ascii: "Z"), UInt8(ascii: "X")].contains(stat[close + 2])
    else { return nil }
    let command = withCommand ? (try? beginning(of: "/proc/\(pid)/cmdline", limit: commandLimit)) ?? [] : []
    return Entry(
      pid: pid, name: String(decoding: stat[(open + 1)..<close], as: UTF8.self),
      command: command.isEmpty ? [] : words(of: command))
  }

  private static func beginning(of path: String, limit: Int) throws(SystemError) -> [UInt8] {
    let file = FileDescriptor(owning: try check("open") { unsafe open(path, O_RDONLY | O_CLOEXEC) })
    var bytes: [UInt8] = []
    while bytes.count < limit, case .bytes = try file.read(into: &bytes, limit: limit - bytes.count) {}
    return bytes
  }

  /// Each word ends with a NUL.
  private static func words(of command: [UInt8]) -> [String] {
    let bytes = command.last == 0 ? command.dropLast() : command[...]
    return bytes.split(separator: 0, omittingEmptySubsequences: false).map { String(decoding: $0, as: UTF8.self) }
  }
}
