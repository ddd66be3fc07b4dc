internal import CLinux
internal import Glibc

/// A named pipe (FIFO) that messages are written to without waiting, whether or not somebody reads them.
///
/// It is open for reading, too, so that it is there before the first reader and stays when one goes; what is written
/// before somebody reads is kept as far as the kernel's buffer goes (64 KiB).
public final class NamedPipe {
  /// Where it is.
  public let path: String
  /// Whether `init` made it; then `remove` removes it.
  public let isMade: Bool
  private let descriptor: FileDescriptor
  private let status: FileSystem.Status

  /// What a message of at most this many bytes is: taken whole or not at all (PIPE_BUF).
  public static let messageLimit = 4_096

  /// Opens the pipe `path`, which is made, with the permission bits `mode` and owned by `uid` and `gid`, where there is
  /// nothing. One that is there must be a pipe (else `invalidArgument`) and belong to this process's user or to `uid`
  /// (else `notPermitted`); it is left as it is. A symbolic link is not followed.
  ///
  /// `onRefusedOwner` is called where the pipe could be made, but not given to `uid` and `gid`: then everybody may read it,
  /// so that they can.
  public init(_ path: String, mode: UInt32, uid: UInt32?, gid: UInt32?, onRefusedOwner: (SystemError) -> Void)
    throws(SystemError)
  {
    self.path = path
    var isMade = true
    do throws(SystemError) {
      try check("mkfifo") { unsafe mkfifo(path, mode) }
    } catch {
      guard error.code == .exists else { throw error }
      isMade = false
    }
    self.isMade = isMade
    descriptor = FileDescriptor(
      owning: try check("open") { unsafe open(path, O_RDWR | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC) })
    status = try FileSystem.status(descriptor.rawValue)
    guard status.kind == .fifo else { throw SystemError("open", .invalidArgument) }
    guard status.uid == geteuid() || status.uid == uid else { throw SystemError("open", .notPermitted) }
    guard isMade else { return }
    // The umask does not count.
    try check("fchmod") { fchmod(descriptor.rawValue, mode) }
    guard let uid, (uid, gid ?? status.gid) != (status.uid, status.gid) else { return }
    do throws(SystemError) {
      try check("fchown") { fchown(descriptor.rawValue, uid, gid ?? status.gid) }
    } catch {
      try check("fchmod") { fchmod(descriptor.rawValue, mode | 0o444) }
      onRefusedOwner(error)
    }
  }

  /// Writes a message of at most `messageLimit` bytes; whether there was room for it.
  public func write(_ message: Span<UInt8>) throws(SystemError) -> Bool {
    if case .bytes = try descriptor.write(message) { true } else { false }
  }

  /// Calls `handler` in every turn of `loop` in which there is room again, until the registration is given back.
  public func whenThereIsRoom(
    on loop: EventLoop, _ handler: @escaping () -> Void
  ) throws(SystemError) -> EventLoop.Registration {
    try loop.watch(descriptor, for: .writing, priority: .control) { _ in handler() }
  }

  /// Removes the pipe if `init` made it and it is still there. Who reads it gets what was written, and then the end.
  public func remove() {
    if isMade { FileSystem.remove(path, ifStill: status) }
  }
}

extension FileDescriptor {
  /// The named pipe `path`, opened for reading without waiting for a writer.
  public static func reading(pipe path: String) throws(SystemError) -> FileDescriptor {
    FileDescriptor(owning: try check("open") { unsafe open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC) })
  }
}
