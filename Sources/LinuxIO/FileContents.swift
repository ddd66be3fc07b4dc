internal import CLinux
internal import Glibc

// The one way in which files are read, written and removed. A path may lie where others can write: what is found there is
// examined through the open descriptor before it is used, opening it never waits, and what is removed is what was meant.

extension FileSystem {
  /// Whom a file has to belong to before it is read.
  public enum Owner: Sendable {
    /// Anyone; a symbolic link is followed.
    case anyone
    /// This process's user or root; a symbolic link is not followed (`tooManyLinks`). For what this program wrote itself.
    case trusted
  }

  /// The bytes of the file `path`. `fileTooLarge` where it has more than `limit` bytes, `isDirectory` for a directory,
  /// `invalidArgument` for anything else that is no regular file, `notPermitted` where it has another owner,
  /// `wouldBlock` where its end cannot be reached without waiting, as in `/proc/kmsg`.
  public static func read(_ path: String, limit: Int, from owner: Owner = .anyone) throws(SystemError) -> [UInt8] {
    // Non-blocking, so that opening a named pipe does not wait for a writer.
    let flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY
    let file: FileDescriptor
    switch owner {
    case .anyone: file = FileDescriptor(owning: try check("open") { unsafe open(path, flags) })
    case .trusted: file = FileDescriptor(owning: try check("open") { unsafe open(path, flags | O_NOFOLLOW) })
    }
    let status = try status(file.rawValue)
    switch status.kind {
    case .regular: break
    case .directory: throw SystemError("read", .isDirectory)
    case .socket, .fifo, .characterDevice, .link, .blockDevice: throw SystemError("read", .invalidArgument)
    }
    if case .trusted = owner, status.uid != 0, status.uid != geteuid() { throw SystemError("read", .notPermitted) }
    var bytes: [UInt8] = []
    while bytes.count <= limit {
      switch try file.read(into: &bytes, limit: min(65_536, limit + 1 - bytes.count)) {
      case .bytes: continue
      case .endOfStream: return bytes
      case .wouldBlock: throw SystemError("read", .wouldBlock)
      }
    }
    throw SystemError("read", .fileTooLarge)
  }

  /// Writes a file so that there is either the old one or the whole new one at any time; mode 0600. It is not forced to
  /// the disk.
  ///
  /// The new file is made as `path` + ".new". What is there already, as after a crash, is removed and never opened; where
  /// writing fails nothing is left behind.
  public static func replace(_ path: String, with bytes: [UInt8]) throws(SystemError) {
    let temporary = path + ".new"
    if try status(temporary, followingLinks: false) != nil { try remove(temporary) }
    let file = try make(temporary, mode: 0o600)
    try keeping(temporary, file) { () throws(SystemError) in
      try writeAll(bytes, to: file)
      try check("rename") { unsafe rename(temporary, path) }
    }
  }

  /// Makes the regular file `path` with these bytes; mode 0644 less the umask's. One that is there is left as it is
  /// (`exists`), or, with `overwriting`, gets the bytes and keeps owner and mode; a symbolic link is not followed. A file
  /// that was made and cannot be written is removed.
  public static func create(_ path: String, with bytes: [UInt8], overwriting: Bool) throws(SystemError) {
    do throws(SystemError) {
      let file = try make(path, mode: 0o644)
      return try keeping(path, file) { () throws(SystemError) in try writeAll(bytes, to: file) }
    } catch {
      guard overwriting, error.code == .exists else { throw error }
    }
    // Truncated only when it is known to be a file.
    let flags = O_WRONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY
    let file = FileDescriptor(owning: try check("open") { unsafe open(path, flags) })
    guard try status(file.rawValue).kind == .regular else { throw SystemError("open", .invalidArgument) }
    try check("ftruncate") { ftruncate(file.rawValue, 0) }
    try writeAll(bytes, to: file)
  }

  /// Removes a file (not a directory); a symbolic link is removed itself.
  public static func remove(_ path: String) throws(SystemError) {
    try check("unlink") { unsafe unlink(path) }
  }

  /// Removes what is at `path` if it still is the file that `status` is about, and not what somebody else has put in its
  /// place. Missing already is as good.
  public static func remove(_ path: String, ifStill status: Status) {
    guard let present = try? self.status(path, followingLinks: false) else { return }
    guard present.device == status.device, present.inode == status.inode, present.kind == status.kind else { return }
    // Somebody else can only have been faster.
    try? remove(path)
  }

  /// Makes an empty regular file; `exists` where there is anything, a link that leads nowhere included.
  private static func make(_ path: String, mode: UInt32) throws(SystemError) -> FileDescriptor {
    let flags = O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW
    return FileDescriptor(owning: try check("open") { unsafe open(path, flags, mode) })
  }

  /// Does what makes the new file at `path` complete; where that fails the file is removed.
  private static func keeping(
    _ path: String, _ file: FileDescriptor, _ complete: () throws(SystemError) -> Void
  ) throws(SystemError) {
    do throws(SystemError) {
      try complete()
    } catch {
      if let made = try? status(file.rawValue) { remove(path, ifStill: made) }
      throw error
    }
  }

  private static func writeAll(_ bytes: [UInt8], to file: FileDescriptor) throws(SystemError) {
    var written = 0
    while written < bytes.count {
      switch try file.write(bytes.span.extracting(droppingFirst: written)) {
      case .bytes(0): throw SystemError("write", .noSpace)
      case .bytes(let count): written += count
      case .wouldBlock: throw SystemError("write", .wouldBlock)
      }
    }
  }
}
