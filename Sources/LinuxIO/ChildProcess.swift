internal import CLinux
internal import Glibc

/// A program started by this process.
///
/// A child that nobody waits for stays a zombie: keep the object until `exitStatus` has answered.
public final class ChildProcess {
  /// What to start.
  public struct Command: Hashable, Sendable {
    /// The file to execute; PATH is not searched.
    public var path: String
    /// All arguments, the program's name (`argv[0]`) included.
    public var arguments: [String]
    /// The environment, as `NAME=value`.
    public var environment: [String]
    /// The working directory; `nil`: this process's.
    public var directory: String?
    /// Whether the child leads a process group of its own, so that all its descendants can be killed together.
    public var leadsGroup = false
    /// The signal the child gets when this process dies.
    public var deathSignal: Signal?
    /// The identity the child takes; `nil`: this process's. Needs CAP_SETUID and CAP_SETGID.
    public var identity: Identity?
    /// Whether the child starts without the ambient capabilities of this process.
    public var clearsCapabilities = false

    /// The program `path` with `arguments` (without its name, which is `path`).
    public init(_ path: String, _ arguments: [String] = [], environment: [String] = []) {
      self.path = path
      self.arguments = [path] + arguments
      self.environment = environment
    }
  }

  /// A user to run as.
  public struct Identity: Hashable, Sendable {
    /// The user id.
    public let uid: UInt32
    /// The group id.
    public let gid: UInt32
    /// The supplementary groups.
    public let groups: [UInt32]

    /// The identity made of these ids.
    public init(uid: UInt32, gid: UInt32, groups: [UInt32] = []) {
      self.uid = uid
      self.gid = gid
      self.groups = groups
    }
  }

  /// How a process ended.
  public enum ExitStatus: Hashable, Sendable {
    /// It exited with this status, 0...255.
    case exited(Int32)
    /// It was killed by this signal.
    case killed(Int32)

    /// Whether it exited with status 0.
    public var isSuccess: Bool { self == .exited(0) }
  }

  /// The process id; another process may have it once `exitStatus` has answered.
  public let pid: Int32
  /// Readable once the process has ended: for `EventLoop.watch`.
  public let descriptor: FileDescriptor
  private let leadsGroup: Bool
  private var status: ExitStatus?

  /// Starts `command`. `descriptors` says which of our descriptors the child gets under which number (0, 1 and 2
  /// included); all others are closed in it, except that 0, 1 and 2 are inherited where nothing else is said.
  ///
  /// Signals are unblocked and have their default actions in the child. The error of a failed `execve` (`noSuchFile`,
  /// `permissionDenied`) is thrown here.
  public init(_ command: Command, descriptors: [(FileDescriptor, as: Int32)] = []) throws(SystemError) {
    let identity = command.identity
    var options = baton_spawn_options(
      new_group: command.leadsGroup ? 1 : 0, death_signal: command.deathSignal?.rawValue ?? 0,
      change_identity: identity == nil ? 0 : 1, clear_capabilities: command.clearsCapabilities ? 1 : 0,
      uid: identity?.uid ?? 0, gid: identity?.gid ?? 0,
      group_count: UInt32(identity?.groups.count ?? 0), descriptor_count: UInt32(descriptors.count))
    let (arguments, environment) = (CStrings(command.arguments), CStrings(command.environment))
    var pidfd: Int32 = -1
    var step: UnsafePointer<CChar>?
    // Without this an optimised build closes the descriptors and frees the strings once their numbers are read.
    let result = withExtendedLifetime((descriptors, arguments, environment)) {
      unsafe baton_spawn(
        command.path, arguments.pointers, environment.pointers, command.directory, descriptors.map(\.0.rawValue),
        descriptors.map(\.as), identity?.groups ?? [], &options, &pidfd, &step)
    }
    guard result > 0 else { throw SystemError(unsafe Self.name(ofStep: step), ErrorCode(rawValue: -result)) }
    pid = result
    leadsGroup = command.leadsGroup
    descriptor = FileDescriptor(owning: pidfd)
  }

  /// The step's name as a literal.
  private static func name(ofStep step: UnsafePointer<CChar>?) -> StaticString {
    switch unsafe step.map({ unsafe String(cString: $0) }) {
    case "setpgid": "setpgid"
    case "dup2": "dup2"
    case "setresuid": "setresuid"
    case "chdir": "chdir"
    case "execve": "execve"
    case "prctl": "prctl"
    case "mmap": "mmap"
    default: "clone"
    }
  }

  /// How the process ended; `nil` while it runs. Does not wait.
  public func exitStatus() throws(SystemError) -> ExitStatus? {
    if let status { return status }
    var result = baton_exit()
    guard try check("waitid", { unsafe baton_wait_child(descriptor.rawValue, &result) }) == 1 else { return nil }
    status = result.signal == 0 ? .exited(result.code) : .killed(result.signal)
    return status
  }

  /// Sends a signal to the process. Does nothing once it was waited for.
  public func send(_ signal: Signal) throws(SystemError) {
    guard status == nil else { return }
    try check("pidfd_send_signal") { baton_pidfd_send_signal(descriptor.rawValue, signal.rawValue) }
  }

  /// Sends a signal to the process group that the process leads, or to the process alone where it leads none. The group
  /// can outlive its leader. `noSuchProcess` where nobody is left.
  public func sendToGroup(_ signal: Signal) throws(SystemError) {
    guard leadsGroup else { return try send(signal) }
    try check("kill") { kill(-pid, signal.rawValue) }
  }
}

/// A NULL-terminated array of C strings.
@safe private final class CStrings {
  let pointers: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>
  private let count: Int

  init(_ strings: [String]) {
    count = strings.count
    unsafe pointers = .allocate(capacity: count + 1)
    for (index, string) in strings.enumerated() { unsafe pointers[index] = strdup(string) }
    unsafe pointers[count] = nil
  }

  deinit {
    for index in 0..<count { unsafe free(pointers[index]) }
    unsafe pointers.deallocate()
  }
}
