internal import CLinux
internal import Glibc
internal import NetPrimitives

/// One epoll instance and the events of its last wait.
@safe final class Poller {
  /// One ready descriptor.
  struct Event {
    let token: UInt64
    let readiness: EventLoop.Readiness
  }

  let descriptor: FileDescriptor
  private let events: UnsafeMutableBufferPointer<epoll_event>
  /// Whether the kernel has epoll_pwait2 (Linux 5.11).
  private var hasNanosecondWait = true

  /// Waits longer than this go through the timer descriptor: the kernel lets an epoll time-out of an ordinary process
  /// end late by a thousandth of its length, which is nothing for short waits and milliseconds for long ones.
  private static let longWait = Interval.milliseconds(20)

  init(capacity: Int) throws(SystemError) {
    descriptor = FileDescriptor(owning: try check("epoll_create1") { epoll_create1(Int32(EPOLL_CLOEXEC)) })
    unsafe events = .allocate(capacity: capacity)
    unsafe events.initialize(repeating: epoll_event())
  }

  deinit {
    unsafe events.deallocate()
  }

  func add(_ watched: Int32, events: UInt32, token: UInt64) throws(SystemError) {
    try control(EPOLL_CTL_ADD, watched, events, token)
  }

  func modify(_ watched: Int32, events: UInt32, token: UInt64) throws(SystemError) {
    try control(EPOLL_CTL_MOD, watched, events, token)
  }

  func remove(_ watched: Int32) {
    // Fails only where the descriptor was never added.
    try? control(EPOLL_CTL_DEL, watched, 0, 0)
  }

  private func control(
    _ operation: Int32, _ watched: Int32, _ events: UInt32, _ token: UInt64
  ) throws(SystemError) {
    var event = unsafe epoll_event(events: events, data: epoll_data_t(u64: token))
    try check("epoll_ctl") { unsafe epoll_ctl(descriptor.rawValue, operation, watched, &event) }
  }

  /// Collects what is ready now; the number of events.
  func poll() throws(SystemError) -> Int {
    Int(try check("epoll_wait") { unsafe epoll_wait(descriptor.rawValue, events.baseAddress, Int32(events.count), 0) })
  }

  /// Waits until something is ready or `deadline` has come; the number of events, which may be 0 early, when a signal
  /// arrived.
  func wait(until deadline: Instant?, timer: DeadlineTimer) throws(SystemError) -> Int {
    guard let deadline, deadline != .distantFuture else {
      timer.disarm()
      return try wait(milliseconds: -1)
    }
    let remaining = deadline - MonotonicClock.now()
    if remaining <= .zero { return try poll() }
    if remaining <= Self.longWait, hasNanosecondWait, let count = try waitShort(remaining) { return count }
    try timer.arm(at: deadline)
    return try wait(milliseconds: -1)
  }

  private func wait(milliseconds: Int32) throws(SystemError) -> Int {
    Int(
      try interruptible("epoll_wait") {
        unsafe epoll_wait(descriptor.rawValue, events.baseAddress, Int32(events.count), milliseconds)
      })
  }

  /// `nil` where the kernel lacks the call.
  private func waitShort(_ remaining: Interval) throws(SystemError) -> Int? {
    do {
      return Int(
        try interruptible("epoll_pwait2") {
          unsafe baton_epoll_pwait2(
            descriptor.rawValue, events.baseAddress, Int32(events.count), remaining.nanoseconds)
        })
    } catch {
      // ENOSYS: an old kernel; EPERM: a seccomp filter that does not know the call.
      guard error.code == .notImplemented || error.code == .notPermitted else { throw error }
      hasNanosecondWait = false
      return nil
    }
  }

  /// A wait is not repeated after a signal, because its time would start anew: it ends with no event.
  private func interruptible(_ call: StaticString, _ body: () -> Int32) throws(SystemError) -> Int32 {
    let result = body()
    if result >= 0 { return result }
    let code = errno
    if code == EINTR { return 0 }
    throw SystemError(call, ErrorCode(rawValue: code))
  }

  /// The event number `index` of the last wait.
  func event(_ index: Int) -> Event {
    let (bits, token) = unsafe (events[index].events, events[index].data.u64)
    var readiness = EventLoop.Readiness()
    if bits & EPOLLIN.rawValue != 0 { readiness.insert(.readable) }
    if bits & EPOLLOUT.rawValue != 0 { readiness.insert(.writable) }
    if bits & (EPOLLHUP.rawValue | EPOLLRDHUP.rawValue) != 0 { readiness.insert(.closed) }
    if bits & EPOLLERR.rawValue != 0 { readiness.insert(.failed) }
    return Event(token: token, readiness: readiness)
  }
}

/// A timerfd with an absolute monotonic deadline.
final class DeadlineTimer {
  let descriptor: FileDescriptor
  private var armed: Instant?

  init() throws(SystemError) {
    descriptor = FileDescriptor(
      owning: try check("timerfd_create") {
        timerfd_create(CLOCK_MONOTONIC, Int32(TFD_NONBLOCK | TFD_CLOEXEC))
      })
  }

  /// Makes the descriptor readable from `deadline` on, or from an earlier one that is armed already: most deadlines are
  /// put off by every packet, and a wake-up too many at the old one is cheaper than to follow them.
  func arm(at deadline: Instant) throws(SystemError) {
    if let armed, armed <= deadline { return }
    try set(deadline)
    armed = deadline
  }

  /// Takes back an earlier `arm`.
  func disarm() {
    guard armed != nil else { return }
    clear()
  }

  /// Makes the descriptor unreadable and leaves it disarmed.
  func clear() {
    // Setting a valid time on an open timerfd does not fail.
    try? set(.zero)
    armed = nil
  }

  /// A time of zero disarms.
  private func set(_ instant: Instant) throws(SystemError) {
    var specification = itimerspec()
    let (seconds, nanoseconds) = instant.nanoseconds.quotientAndRemainder(dividingBy: 1_000_000_000)
    specification.it_value.tv_sec = Int(clamping: seconds)
    specification.it_value.tv_nsec = Int(nanoseconds)
    try check("timerfd_settime") {
      unsafe timerfd_settime(descriptor.rawValue, TFD_TIMER_ABSTIME_FLAG, &specification, nil)
    }
  }
}

/// TFD_TIMER_ABSTIME, which arrives in Swift as an enumerator of its own type.
private let TFD_TIMER_ABSTIME_FLAG = Int32(1)
