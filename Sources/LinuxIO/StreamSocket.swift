internal import CLinux
internal import Glibc

/// Who is at the other end of a Unix socket, as the kernel says.
public struct PeerCredentials: Hashable, Sendable {
  /// The process that connected; 0 where it is not visible from here (another pid namespace).
  public let pid: Int32
  /// Its effective user id when it connected.
  public let uid: UInt32
  /// Its effective group id when it connected.
  public let gid: UInt32
}

/// A connected, non-blocking Unix stream socket.
public final class StreamConnection {
  /// For `EventLoop.watch`.
  public let descriptor: FileDescriptor

  /// Takes over a connected socket.
  public init(_ descriptor: FileDescriptor) {
    self.descriptor = descriptor
  }

  /// Connects to the socket file `path`. `noSuchFile` and `connectionRefused` mean that nobody listens there,
  /// `wouldBlock` that the listener's queue is full: try later.
  public static func connect(to path: String) throws(SystemError) -> StreamConnection {
    let socket = try Socket(domain: AF_UNIX, type: baton_SOCK_STREAM, protocol: 0)
    try socket.connect(path: path)
    return StreamConnection(socket.descriptor)
  }

  /// Two connected sockets.
  public static func pair() throws(SystemError) -> (StreamConnection, StreamConnection) {
    var ends: (Int32, Int32) = (-1, -1)
    try check("socketpair") {
      unsafe withUnsafeMutablePointer(to: &ends) { ends in
        unsafe ends.withMemoryRebound(to: Int32.self, capacity: 2) {
          unsafe baton_socketpair(baton_SOCK_STREAM, $0)
        }
      }
    }
    return (
      StreamConnection(FileDescriptor(owning: ends.0)), StreamConnection(FileDescriptor(owning: ends.1))
    )
  }

  /// Who is at the other end.
  public func peer() throws(SystemError) -> PeerCredentials {
    var (pid, uid, gid): (Int32, UInt32, UInt32) = (0, 0, 0)
    try check("getsockopt(SO_PEERCRED)") { unsafe baton_peer_credentials(descriptor.rawValue, &pid, &uid, &gid) }
    return PeerCredentials(pid: pid, uid: uid, gid: gid)
  }

  /// Reads at most `limit` bytes and appends them to `buffer`. A reset connection counts as its end.
  public func read(into buffer: inout [UInt8], limit: Int) throws(SystemError) -> ReadOutcome {
    do throws(SystemError) {
      return try descriptor.read(into: &buffer, limit: limit)
    } catch {
      guard error.code == .connectionReset else { throw error }
      return .endOfStream
    }
  }

  /// Writes as much of `bytes` as is taken at once. `brokenPipe` where the other end has gone; never a signal.
  public func write(_ bytes: Span<UInt8>) throws(SystemError) -> WriteOutcome {
    let count = try attempt("send") {
      unsafe bytes.withUnsafeBytes {
        unsafe send(descriptor.rawValue, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
      }
    }
    guard let count else { return .wouldBlock }
    return .bytes(count)
  }
}

/// A listening, non-blocking Unix stream socket with a file.
public final class StreamListener {
  /// For `EventLoop.watch`.
  public let descriptor: FileDescriptor
  /// The socket file.
  public let path: String
  /// The file that `init` made.
  private let file: FileSystem.Status

  /// Listens on the socket file `path`, with the permission bits `mode` and the group `group` where given.
  ///
  /// A file left by a process that is gone is replaced; `addressInUse` where somebody still listens there, or where
  /// `path` is no socket.
  public init(path: String, mode: UInt32 = 0o660, group: UInt32? = nil) throws(SystemError) {
    self.path = path
    let socket = try Socket(domain: AF_UNIX, type: baton_SOCK_STREAM, protocol: 0)
    descriptor = socket.descriptor
    try Self.removeStale(path)
    // Nobody can connect before `listen`, so the file's permissions are in place in time.
    try socket.bind(path: path)
    guard let file = try FileSystem.status(path, followingLinks: false), file.kind == .socket else {
      throw SystemError("bind", .noSuchFile)
    }
    self.file = file
    // Neither follows a link that somebody has put in the file's place.
    if let group { try check("lchown") { unsafe lchown(path, uid_t.max, group) } }
    try check("fchmodat") { unsafe fchmodat(AT_FDCWD, path, mode, AT_SYMLINK_NOFOLLOW) }
    try check("listen") { listen(socket.number, 64) }
  }

  private static func removeStale(_ path: String) throws(SystemError) {
    guard let status = try FileSystem.status(path) else { return }
    guard status.kind == .socket else { throw SystemError("bind", .addressInUse) }
    do throws(SystemError) {
      _ = try StreamConnection.connect(to: path)
    } catch {
      guard error.code == .connectionRefused else { throw error.code == .wouldBlock ? inUse : error }
      return try FileSystem.remove(path)
    }
    throw inUse
  }

  private static var inUse: SystemError { SystemError("bind", .addressInUse) }

  /// The next waiting client; `nil` where there is none, or where it has given up already.
  ///
  /// Errors such as "too many open files" leave the client waiting: the caller should stop watching for a while.
  public func accept() throws(SystemError) -> StreamConnection? {
    do throws(SystemError) {
      guard let number = try attempt("accept4", { baton_accept(descriptor.rawValue) }) else { return nil }
      return StreamConnection(FileDescriptor(owning: number))
    } catch {
      if error.code.rawValue == ECONNABORTED { return nil }
      throw error
    }
  }

  /// Removes the socket file, unless somebody else has put another in its place; for a clean stop.
  public func removeFile() {
    FileSystem.remove(path, ifStill: file)
  }
}
