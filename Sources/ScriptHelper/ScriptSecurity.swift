internal import LinuxIO

/// What a path leads to, as far as script security cares.
public struct FileStatus: Hashable, Sendable {
  /// What kind of file it is.
  public enum Kind: Hashable, Sendable {
    /// A regular file.
    case regular
    /// A directory.
    case directory
    /// A symbolic link.
    case link
    /// A device, socket or FIFO.
    case other
  }

  /// The kind.
  public var kind: Kind
  /// The owner.
  public var uid: UInt32
  /// The group.
  public var gid: UInt32
  /// The permission bits with set-user-ID (0o4000), set-group-ID (0o2000) and sticky (0o1000).
  public var mode: UInt32

  /// A file with these properties.
  public init(kind: Kind, uid: UInt32, gid: UInt32, mode: UInt32) {
    self.kind = kind
    self.uid = uid
    self.gid = gid
    self.mode = mode
  }
}

/// The questions script security asks about files; the daemons answer from the kernel, tests from a table.
public struct FileInspector {
  /// lstat(2) on a path: what is there, a symbolic link included, or the `errno`.
  public var status: (String) -> Result<FileStatus, FileError>
  /// readlink(2): where a symbolic link points to, or the `errno`.
  public var linkTarget: (String) -> Result<String, FileError>

  /// Why a path could not be looked at.
  public struct FileError: Error, Hashable, Sendable {
    /// The `errno`.
    public var errno: Int32

    /// The error `errno`.
    public init(errno: Int32) {
      self.errno = errno
    }
  }

  /// An inspector that answers with `status` and `linkTarget`.
  public init(
    status: @escaping (String) -> Result<FileStatus, FileError>,
    linkTarget: @escaping (String) -> Result<String, FileError>
  ) {
    self.status = status
    self.linkTarget = linkTarget
  }
}

/// What is wrong with a script's path.
public enum ScriptProblem: Error, Hashable, Sendable {
  /// The path does not start with `/`, so which program runs depends on the search path.
  case notAbsolute(path: String)
  /// A component of the path does not exist or cannot be looked at.
  case unreachable(path: String, component: String, errno: Int32)
  /// The path leads to a directory, device, socket or FIFO.
  case notRegular(path: String)
  /// The user has no execute permission for the file, or none to search one of its directories.
  case notExecutable(path: String, component: String, status: FileStatus, user: ScriptUser)
  /// Somebody other than root could replace a script that runs with root's user or group.
  case insecure(path: String, component: String, status: FileStatus)

  /// Whether this is a matter of security alone: the script would run. (Exit status 6 of `-t` instead of 5.)
  public var isSecurityOnly: Bool {
    if case .insecure = self { true } else { false }
  }
}

/// The rules of `enable_script_security` (keepalived.conf(5), SCRIPTS).
public enum ScriptSecurity {
  /// What is wrong with running `path` as `user`; `nil` where nothing is.
  ///
  /// A script that runs with uid 0 or gid 0, or gains either by a set-ID bit, is insecure where anything that its path leads
  /// through, each symbolic link and each directory on the way of a link included, is not owned by root, is writable by a
  /// group other than root's, or is writable by everybody (a directory with the sticky bit is allowed). All other findings
  /// hold for every user.
  ///
  /// What was found fine stays so until it is run, for each hop is looked up in a directory that only root can change.
  public static func problem(of path: String, as user: ScriptUser, in files: FileInspector) -> ScriptProblem? {
    guard path.utf8.first == UInt8(ascii: "/") else { return .notAbsolute(path: path) }
    let walk: PathWalk
    do throws(PathWalk.Obstacle) {
      walk = try PathWalk(path, in: files)
    } catch {
      return .unreachable(path: path, component: error.path, errno: error.errno)
    }
    for hop in walk.hops where !mayExecute(hop.status, user) {
      return .notExecutable(path: path, component: hop.path, status: hop.status, user: user)
    }
    guard let file = walk.end?.status, file.kind == .regular else { return .notRegular(path: path) }
    guard gainsRoot(file, user) else { return nil }
    let weakest = walk.hops.first { isReplaceable($0.status) }
    return weakest.map { .insecure(path: path, component: $0.path, status: $0.status) }
  }

  /// The kernel's rule: the first class that matches decides; root needs one execute bit of any class (a directory:
  /// none).
  private static func mayExecute(_ status: FileStatus, _ user: ScriptUser) -> Bool {
    // A link has no permissions of its own.
    guard status.kind == .directory || status.kind == .regular else { return true }
    if user.uid == 0 { return status.kind == .directory || status.mode & 0o111 != 0 }
    if user.uid == status.uid { return status.mode & 0o100 != 0 }
    if user.gid == status.gid || user.supplementaryGroups.contains(status.gid) { return status.mode & 0o010 != 0 }
    return status.mode & 0o001 != 0
  }

  private static func gainsRoot(_ file: FileStatus, _ user: ScriptUser) -> Bool {
    user.uid == 0 || user.gid == 0 || (file.mode & 0o4000 != 0 && file.uid == 0)
      || (file.mode & 0o2000 != 0 && file.gid == 0)
  }

  private static func isReplaceable(_ status: FileStatus) -> Bool {
    guard status.kind != .link else { return status.uid != 0 }
    let isSticky = status.kind == .directory && status.mode & 0o1000 != 0
    return status.uid != 0 || (status.mode & 0o020 != 0 && status.gid != 0 && !isSticky)
      || (status.mode & 0o002 != 0 && !isSticky)
  }
}

extension ScriptProblem: CustomStringConvertible {
  /// The finding with the component, owner and mode that cause it.
  public var description: String {
    switch self {
    case .notAbsolute(let path): "script \(path): not a full path"
    case .unreachable(let path, let component, let errno):
      "script \(path): \(Self.subject(component, of: path))cannot be found: \(ErrorCode(rawValue: errno))"
    case .notRegular(let path): "script \(path): not a regular file"
    case .notExecutable(let path, let component, let status, let user):
      "script \(path): \(Self.subject(component, of: path))not executable by user \(user.uid) group \(user.gid)"
        + " (owner \(status.uid):\(status.gid), mode \(Self.octal(status.mode)))"
    case .insecure(let path, let component, let status):
      "script \(path) runs with root's rights, but \(Self.reason(component, status))"
    }
  }

  private static func subject(_ component: String, of path: String) -> String {
    component == path ? "" : "\(component) "
  }

  private static func reason(_ component: String, _ status: FileStatus) -> String {
    let detail = "(owner \(status.uid):\(status.gid), mode \(octal(status.mode)))"
    if status.uid != 0 { return "\(component) is not owned by root \(detail)" }
    if status.mode & 0o002 != 0 { return "\(component) is writable by everybody \(detail)" }
    return "\(component) is writable by group \(status.gid) \(detail)"
  }

  private static func octal(_ mode: UInt32) -> String {
    let digits = String(mode, radix: 8)
    return String(repeating: "0", count: max(0, 4 - digits.count)) + digits
  }
}
