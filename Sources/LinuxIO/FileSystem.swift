internal import CLinux
internal import Glibc

/// Files and names, as far as configuration and scripts need them. These calls may wait for a disk: for start, reload and
/// helper processes, not for the packet loop.
public enum FileSystem {
  /// What a file is.
  public enum Kind: Hashable, Sendable {
    /// A regular file.
    case regular
    /// A directory.
    case directory
    /// A Unix socket.
    case socket
    /// A named pipe.
    case fifo
    /// A character device.
    case characterDevice
    /// A symbolic link.
    case link
    /// A block device.
    case blockDevice
  }

  /// What `stat` says about a file.
  public struct Status: Hashable, Sendable {
    /// What it is.
    public let kind: Kind
    /// The permission bits, set-user-id and sticky included: the lower twelve bits of `st_mode`.
    public let mode: UInt32
    /// The owner.
    public let uid: UInt32
    /// The group.
    public let gid: UInt32
    /// The size in bytes.
    public let size: Int64
    /// The device that holds it.
    public let device: UInt64
    /// Its inode number.
    public let inode: UInt64

    fileprivate init(_ status: stat) {
      kind =
        switch status.st_mode & S_IFMT {
        case S_IFDIR: .directory
        case S_IFSOCK: .socket
        case S_IFIFO: .fifo
        case S_IFCHR: .characterDevice
        case S_IFBLK: .blockDevice
        case S_IFLNK: .link
        default: .regular
        }
      mode = status.st_mode & 0o7777
      uid = status.st_uid
      gid = status.st_gid
      size = Int64(status.st_size)
      device = UInt64(status.st_dev)
      inode = UInt64(status.st_ino)
    }
  }

  /// What is at `path`; `nil` where there is nothing. A symbolic link is followed unless `followingLinks` is false.
  public static func status(_ path: String, followingLinks: Bool = true) throws(SystemError) -> Status? {
    var status = stat()
    do throws(SystemError) {
      try check("stat") { unsafe followingLinks ? stat(path, &status) : lstat(path, &status) }
    } catch {
      guard error.code == .noSuchFile || error.code == .notDirectory else { throw error }
      return nil
    }
    return Status(status)
  }

  /// What an open descriptor is.
  public static func status(_ descriptor: Int32) throws(SystemError) -> Status {
    var status = stat()
    try check("fstat") { unsafe fstat(descriptor, &status) }
    return Status(status)
  }

  /// Makes the directory `path` with the permission bits `mode` (less the umask's) where there is nothing yet.
  public static func makeDirectory(_ path: String, mode: UInt32) throws(SystemError) {
    do throws(SystemError) {
      try check("mkdir") { unsafe mkdir(path, mode) }
    } catch {
      guard error.code == .exists else { throw error }
    }
  }

  /// The absolute path of `path` without symbolic links.
  public static func realPath(_ path: String) throws(SystemError) -> String {
    guard let resolved = unsafe realpath(path, nil) else { throw SystemError("realpath", ErrorCode(rawValue: errno)) }
    defer { unsafe free(resolved) }
    return unsafe String(cString: resolved)
  }

  /// The paths that match the shell pattern, sorted; braces are understood. None where nothing matches.
  public static func glob(_ pattern: String) throws(SystemError) -> [String] {
    var result = unsafe glob_t()
    defer { unsafe globfree(&result) }
    switch unsafe Glibc.glob(pattern, GLOB_BRACE_FLAG, nil, &result) {
    case 0: break
    case GLOB_NOMATCH: return []
    case GLOB_NOSPACE: throw SystemError("glob", .noMemory)
    default: throw SystemError("glob", .inputOutput)
    }
    return (0..<Int(unsafe result.gl_pathc)).compactMap { index in
      unsafe result.gl_pathv[index].map { unsafe String(cString: $0) }
    }
  }

  /// Whether this process may execute `path`, by its effective ids.
  public static func isExecutable(_ path: String) -> Bool {
    unsafe faccessat(AT_FDCWD, path, X_OK, AT_EACCESS) == 0
  }

  /// The variable `name` of this process's environment.
  public static func environment(_ name: String) -> String? {
    unsafe getenv(name).map { unsafe String(cString: $0) }
  }

  /// The host's name, up to the first NUL.
  public static func hostName() throws(SystemError) -> String {
    var buffer = [UInt8](repeating: 0, count: 256)
    try check("gethostname") {
      unsafe buffer.withUnsafeMutableBytes {
        unsafe $0.withMemoryRebound(to: CChar.self) { unsafe baton_host_name($0.baseAddress, 255) }
      }
    }
    return String(decoding: buffer.prefix { $0 != 0 }, as: UTF8.self)
  }
}

/// GLOB_BRACE, a GNU extension.
private let GLOB_BRACE_FLAG: Int32 = 1 << 10
