internal import CLinux
internal import Glibc
internal import Synchronization

/// Work that may wait for a disk or a name service, done by a thread of its own so that the event loop turns on.
///
/// The thread is an ordinary one whatever the loop's own scheduling is, takes no signals, and ends with the work. One
/// runs at a time. What the work needs and what it brings cross over as `Sendable` values; everything else stays on the
/// loop.
public final class BackgroundWork<Value: Sendable> {
  private let work: @Sendable () -> Value
  private let completion: (Result<Value, SystemError>) -> Void
  private let ending: (reading: FileDescriptor, writing: FileDescriptor)
  private var job: Job<Value>?
  private var isWantedAgain = false

  /// Work that has not started. `completion` is called on `loop`, among its control work, with what `work` returned; with
  /// an error, within `start`, where there is no thread to be had.
  public init(
    loop: EventLoop, work: @escaping @Sendable () -> Value, completion: @escaping (Result<Value, SystemError>) -> Void
  ) throws(SystemError) {
    self.work = work
    self.completion = completion
    ending = try FileDescriptor.pipe()
    try loop.watch(ending.reading, priority: .control) { [weak self] _ in self?.collect() }
  }

  /// Whether the work is being done.
  public var isRunning: Bool { job != nil }

  /// Starts the work. While it is being done: lets it be done once more afterwards, however often this is called, for
  /// what it has read by now may be out of date.
  public func start() {
    guard job == nil else { return isWantedAgain = true }
    let job = Job(work, ending.writing)
    do throws(SystemError) {
      try BackgroundThread.start { job.run() }
      self.job = job
    } catch {
      completion(.failure(error))
    }
  }

  private func collect() {
    var signals: [UInt8] = []
    _ = try? ending.reading.read(into: &signals, limit: 8)
    guard let value = job?.value.withLock({ $0 }) else { return }
    job = nil
    completion(.success(value))
    guard isWantedAgain else { return }
    isWantedAgain = false
    start()
  }
}

/// One run of the work, shared by both threads.
private final class Job<Value: Sendable>: Sendable {
  let value = Mutex<Value?>(nil)
  private let work: @Sendable () -> Value
  private let ending: FileDescriptor

  init(_ work: @escaping @Sendable () -> Value, _ ending: FileDescriptor) {
    self.work = work
    self.ending = ending
  }

  func run() {
    let value = work()
    self.value.withLock { $0 = value }
    // There is room: nothing but this byte is in the pipe.
    _ = try? ending.write([1].span)
  }
}

private enum BackgroundThread {
  private final class Body: Sendable {
    let run: @Sendable () -> Void
    init(_ run: @escaping @Sendable () -> Void) { self.run = run }
  }

  static func start(_ run: @escaping @Sendable () -> Void) throws(SystemError) {
    let body = unsafe Unmanaged.passRetained(Body(run))
    let code = unsafe baton_start_background_thread(
      { context in
        if let context = unsafe context { unsafe Unmanaged<Body>.fromOpaque(context).takeRetainedValue().run() }
        return nil
      }, body.toOpaque())
    guard code == 0 else {
      unsafe body.release()
      throw SystemError("pthread_create", ErrorCode(rawValue: code))
    }
  }
}
