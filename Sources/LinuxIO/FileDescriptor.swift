internal import CLinux
internal import Glibc
public import NetPrimitives

/// Owns an open file descriptor and closes it when the last reference goes.
///
/// It is a class so that it can be kept in arrays and closures. Every descriptor made by this module is close-on-exec.
public final class FileDescriptor: Sendable {
  /// The descriptor's number. Valid as long as this object lives.
  public let rawValue: Int32

  /// Takes ownership of `rawValue`, which nobody else may close.
  public init(owning rawValue: Int32) {
    self.rawValue = rawValue
  }

  deinit {
    // Not repeated on EINTR: Linux has released the number by then.
    _ = close(rawValue)
  }

  /// A second descriptor for the same open file.
  public func duplicate() throws(SystemError) -> FileDescriptor {
    FileDescriptor(owning: try check("fcntl") { fcntl(rawValue, F_DUPFD_CLOEXEC, 0) })
  }

  /// `/dev/null`, opened for reading and writing.
  public static func devNull() throws(SystemError) -> FileDescriptor {
    FileDescriptor(owning: try check("open") { unsafe open("/dev/null", O_RDWR | O_CLOEXEC) })
  }

  /// Opens the null device as whichever of the descriptors 0, 1 and 2 is closed. Called before anything else is opened:
  /// otherwise a socket takes the number, and whatever is written to standard error goes out on the wire.
  public static func occupyStandardNumbers() throws(SystemError) {
    while true {
      let number = try check("open") { unsafe open("/dev/null", O_RDWR) }
      if number > 2 {
        _ = close(number)
        return
      }
    }
  }

  /// The file at `path`, made if missing (mode 0644), for writing at its end.
  public static func appending(to path: String) throws(SystemError) -> FileDescriptor {
    FileDescriptor(owning: try check("open") { unsafe open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o644) })
  }

  /// A non-blocking pipe.
  public static func pipe() throws(SystemError) -> (reading: FileDescriptor, writing: FileDescriptor) {
    var ends: (Int32, Int32) = (-1, -1)
    try check("pipe2") {
      unsafe withUnsafeMutablePointer(to: &ends) { ends in
        unsafe ends.withMemoryRebound(to: Int32.self, capacity: 2) { unsafe baton_pipe($0) }
      }
    }
    return (FileDescriptor(owning: ends.0), FileDescriptor(owning: ends.1))
  }
}

/// What a read that does not wait brought.
public enum ReadOutcome: Hashable, Sendable {
  /// So many bytes; never 0.
  case bytes(Int)
  /// Nothing is there now.
  case wouldBlock
  /// The other end has closed.
  case endOfStream
}

/// What a write that does not wait took.
public enum WriteOutcome: Hashable, Sendable {
  /// So many bytes, possibly fewer than offered.
  case bytes(Int)
  /// There is no room now.
  case wouldBlock
}

extension FileDescriptor {
  /// Reads at most `limit` bytes and appends them to `buffer`. For non-blocking descriptors.
  public func read(into buffer: inout [UInt8], limit: Int) throws(SystemError) -> ReadOutcome {
    let start = buffer.count
    buffer.append(contentsOf: repeatElement(0, count: limit))
    var count: Int?
    do throws(SystemError) {
      count = try attempt("read") {
        unsafe buffer.withUnsafeMutableBytes { room in
          guard let base = room.baseAddress else { return 0 }
          return unsafe Glibc.read(rawValue, base + start, limit)
        }
      }
    } catch {
      buffer.removeLast(limit)
      throw error
    }
    buffer.removeLast(limit - (count ?? 0))
    return switch count {
    case nil: .wouldBlock
    case 0: .endOfStream
    case .some(let count): .bytes(count)
    }
  }

  /// Writes as much of `bytes` as is taken at once. For non-blocking descriptors. A closed pipe is an error
  /// (`brokenPipe`), not a signal, once `Signals.ignoreBrokenPipe()` was called.
  public func write(_ bytes: Span<UInt8>) throws(SystemError) -> WriteOutcome {
    guard
      let count = try attempt(
        "write", { unsafe bytes.withUnsafeBytes { unsafe Glibc.write(rawValue, $0.baseAddress, $0.count) } })
    else { return .wouldBlock }
    return .bytes(count)
  }
}

extension FileDescriptor {
  /// Waits until reading (or writing, with `writing`) would not wait, or `timeout` is over; `nil` waits for ever.
  /// Whether it became ready. For the operator's tools; the daemons wait in their event loop only.
  public func wait(writing: Bool = false, timeout: Interval?) throws(SystemError) -> Bool {
    var request = pollfd(fd: rawValue, events: Int16(writing ? POLLOUT : POLLIN), revents: 0)
    let milliseconds = timeout.map { Int32(clamping: max($0.milliseconds, 0)) } ?? -1
    return try check("poll") { unsafe poll(&request, 1, milliseconds) } > 0
  }
}
