internal import CLinux
internal import Glibc
internal import NetPrimitives
internal import Synchronization

/// Where log lines go: a bounded queue in front of standard error or journald, written without ever waiting.
///
/// Lines that find the queue full are counted as lost, and the count is written as a line of its own once there is room.
/// A sink writes at once until it is attached to an event loop; from then on it writes at the end of a turn.
public final class LogSink: Sendable {
  /// How lines are written.
  enum Target: Sendable {
    /// Records of journald's native protocol, one datagram each, to this socket address.
    case journal(path: String)
    /// Lines of text to a descriptor that must not be set non-blocking, because others share it.
    case shared
    /// Lines of text to a non-blocking descriptor of our own.
    case stream
  }

  private struct State {
    var queue: LogQueue
    var lost: UInt64 = 0
    var unreportedLost: UInt64 = 0
    var isDeferred = false
  }

  /// How much of the queue a turn of the loop writes, in lines: a thousand sessions that go down together must not wait
  /// for their log.
  private static let linesPerTurn = 64

  /// How far writing came.
  private enum Progress {
    /// Everything is written.
    case done
    /// There is more, and room for it.
    case interrupted
    /// There is no room now.
    case blocked
  }

  /// The MESSAGE_ID of the line that says how many lines were lost.
  public static let lostMessageID = "040a12f4889c48fb8a6fbbbc3d9ac4ce"

  private let descriptor: FileDescriptor
  private let target: Target
  private let state: Mutex<State>
  /// Whether lines carry a time stamp: at a terminal nobody else adds one.
  let wantsTime: Bool
  /// Whether records are in journald's native format.
  let isJournal: Bool

  /// Writes to `descriptor` as `target` says; keeps at most `capacity` lines and `byteLimit` bytes.
  init(
    _ descriptor: FileDescriptor, _ target: Target, wantsTime: Bool = false, capacity: Int = 8_192,
    byteLimit: Int = 4 << 20
  ) {
    self.descriptor = descriptor
    self.target = target
    self.wantsTime = wantsTime
    state = Mutex(State(queue: LogQueue(capacity: capacity, byteLimit: byteLimit)))
    if case .journal = target { isJournal = true } else { isJournal = false }
  }

  /// How many lines were lost so far because the queue was full.
  public var lost: UInt64 { state.withLock { $0.lost } }

  /// How many lines wait to be written.
  public var pending: Int { state.withLock { $0.queue.count } }

  /// Leaves writing to `loop`: lines are queued and written at the end of the turn, some of many in each turn, and again
  /// after a tenth of a second where the reader was too slow.
  public func attach(to loop: EventLoop) {
    state.withLock { $0.isDeferred = true }
    var isRetrying = false
    loop.addTurnEndHook { [self, unowned loop] in
      let progress = flush(limit: Self.linesPerTurn)
      guard progress != .done, !isRetrying else { return }
      isRetrying = true
      let pause = progress == .blocked ? Interval.milliseconds(100) : .zero
      loop.startTimer(at: MonotonicClock.now() + pause) { isRetrying = false }
    }
  }

  /// Queues one record (a line with its line break, or a journald datagram).
  func append(_ record: [UInt8]) {
    let writesNow = state.withLock { state in
      guard state.queue.append(record) else {
        state.lost += 1
        state.unreportedLost += 1
        return false
      }
      return !state.isDeferred
    }
    if writesNow { flush() }
  }

  /// Writes what can be written without waiting; whether everything is written.
  @discardableResult
  public func flush() -> Bool { flush(limit: .max) == .done }

  private func flush(limit: Int) -> Progress {
    state.withLock { state in
      let progress = write(&state, limit: limit)
      guard progress == .done, state.unreportedLost > 0 else { return progress }
      state.queue.add(LogFormat.lost(state.unreportedLost, sink: self))
      state.unreportedLost = 0
      return write(&state, limit: limit)
    }
  }

  /// Writes the first `limit` lines of the queue.
  private func write(_ state: inout State, limit: Int) -> Progress {
    var left = limit
    while let record = state.queue.first {
      guard left > 0 else { return .interrupted }
      guard let count = write(record, from: state.queue.written) else { return .blocked }
      if state.queue.advance(by: count) { left -= 1 }
    }
    return .done
  }

  /// Writes a part of `record`; the number of bytes done with, `nil` where there is no room now. What cannot be written
  /// at all (nobody listens, too long) is done with, too: a log line is not worth a failure.
  private func write(_ record: [UInt8], from start: Int) -> Int? {
    let count = unsafe record.withUnsafeBytes { bytes in
      let rest = unsafe UnsafeRawBufferPointer(rebasing: bytes[start...])
      return unsafe write(rest)
    }
    if count >= 0 { return count }
    return errno == EAGAIN || errno == EINTR ? nil : record.count
  }

  @unsafe private func write(_ bytes: UnsafeRawBufferPointer) -> Int {
    switch target {
    case .journal(let path):
      return unsafe baton_unix_send(
        descriptor.rawValue, bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), bytes.count, path, path.utf8.count)
    case .stream:
      return unsafe Glibc.write(descriptor.rawValue, bytes.baseAddress, bytes.count)
    case .shared:
      var request = pollfd(fd: descriptor.rawValue, events: Int16(POLLOUT), revents: 0)
      guard unsafe poll(&request, 1, 0) == 1 else {
        errno = EAGAIN
        return -1
      }
      // A writable pipe takes this much without waiting (PIPE_BUF).
      return unsafe Glibc.write(descriptor.rawValue, bytes.baseAddress, min(bytes.count, 4096))
    }
  }
}

extension LogSink {
  /// The sink for this process: journald where standard error is connected to it (`$JOURNAL_STREAM`), else standard
  /// error.
  public static func standard() -> LogSink {
    make(for: 2, journalStream: FileSystem.environment("JOURNAL_STREAM"))
  }

  /// The sink for the open descriptor `number`; `journalStream` is the device and inode of journald's stream.
  static func make(for number: Int32, journalStream: String?) -> LogSink {
    // Where there is no such descriptor every write fails and is dropped.
    let shared = FileDescriptor(owning: fcntl(number, F_DUPFD_CLOEXEC, 3))
    guard let status = try? FileSystem.status(number) else { return LogSink(shared, .stream) }
    if journalStream == "\(status.device):\(status.inode)",
      let socket = try? Socket(domain: AF_UNIX, type: baton_SOCK_DGRAM, protocol: 0)
    {
      return LogSink(socket.descriptor, .journal(path: "/run/systemd/journal/socket"))
    }
    switch status.kind {
    case .fifo, .characterDevice:
      let isTerminal = isatty(number) == 1
      guard let own = FileDescriptor.reopened(number) else {
        return LogSink(shared, .shared, wantsTime: isTerminal)
      }
      return LogSink(own, .stream, wantsTime: isTerminal)
    case .regular:
      // Opening a file anew would start at its beginning, and a file never makes a writer wait for a reader.
      return LogSink(shared, .stream)
    default:
      return LogSink(shared, .shared)
    }
  }
}

extension FileDescriptor {
  /// The pipe or terminal behind descriptor `number`, opened anew so that it can be non-blocking without being so for
  /// the others that write to it. `nil` where that is refused (a terminal of another user).
  fileprivate static func reopened(_ number: Int32) -> FileDescriptor? {
    let path = "/proc/self/fd/\(number)"
    let result = unsafe open(path, O_WRONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY)
    return result < 0 ? nil : FileDescriptor(owning: result)
  }
}
