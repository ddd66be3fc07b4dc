internal import CLinux
internal import Glibc
public import NetPrimitives

/// What a daemon does at its deadlines.
public protocol EventLoopDriver: AnyObject {
  /// The earliest instant at which `deadlinesReached` has to be called; `nil` where there is none.
  var nextDeadline: Instant? { get }

  /// Does what is due at `now`, the instant at which this turn of the loop woke up. The
  /// packets that the wake-up found have been handled by then.
  ///
  /// A deadline that means "the peer is silent" must not be believed at once: call `EventLoop.advance(_:)` until all is
  /// read, and look again. Such deadlines are rare, so this costs nothing as long as the peer lives.
  func deadlinesReached(at now: Instant)
}

/// One thread's event loop: packets first, then deadlines, then everything else.
///
/// A turn (`runTurn`) waits for packets or the earliest deadline, calls the handlers of packet descriptors that are
/// ready, then the driver's deadlines, then a bounded number of control handlers and timers, then the turn-end hooks.
/// Nothing is allocated by a turn. Handlers are level-triggered: one that leaves data behind is called again next turn,
/// so each of them should do a bounded amount of work.
///
/// Packet descriptors have an epoll of their own, so that any number of busy control clients cannot crowd them out.
public final class EventLoop {
  /// Which descriptors are served first.
  public enum Priority: Sendable {
    /// Served at the start of every turn and by `advance(_:)`.
    case packet
    /// Served at the end of a turn, at most `controlLimit` of them.
    case control
  }

  /// What to wait for on a descriptor.
  public struct Interest: OptionSet, Sendable {
    /// The bits.
    public let rawValue: UInt8
    /// The set with these bits.
    public init(rawValue: UInt8) { self.rawValue = rawValue }
    /// Something can be read.
    public static let reading = Interest(rawValue: 1)
    /// Something can be written.
    public static let writing = Interest(rawValue: 2)
    /// The other end sends nothing more; part of `reading`.
    public static let leaving = Interest(rawValue: 4)
  }

  /// What is the case with a descriptor. `failed` and `closed` are reported whether asked for or not.
  public struct Readiness: OptionSet, Sendable {
    /// The bits.
    public let rawValue: UInt8
    /// The set with these bits.
    public init(rawValue: UInt8) { self.rawValue = rawValue }
    /// Reading would not wait.
    public static let readable = Readiness(rawValue: 1)
    /// Writing would not wait.
    public static let writable = Readiness(rawValue: 2)
    /// The other end has gone; what it sent before may still be readable.
    public static let closed = Readiness(rawValue: 4)
    /// An error is pending.
    public static let failed = Readiness(rawValue: 8)
  }

  /// Names a watched descriptor. It stays invalid after `unwatch`, even when the place is used again.
  public struct Registration: Hashable, Sendable, BitwiseCopyable {
    fileprivate let index: UInt32
    fileprivate let generation: UInt32
    fileprivate var token: UInt64 { UInt64(generation) << 32 | UInt64(index) }
    fileprivate init(index: UInt32, generation: UInt32) {
      self.index = index
      self.generation = generation
    }
    fileprivate init(token: UInt64) {
      self.init(index: UInt32(truncatingIfNeeded: token), generation: UInt32(truncatingIfNeeded: token >> 32))
    }
  }

  /// Names a timer. It stays invalid after the timer fired or was cancelled.
  public struct TimerID: Hashable, Sendable, BitwiseCopyable {
    fileprivate let index: Int
    fileprivate let generation: UInt32
  }

  private struct Slot {
    var generation: UInt32 = 0
    var priority = Priority.control
    var descriptor: FileDescriptor?
    var handler: ((Readiness) -> Void)?
  }

  private struct TimerSlot {
    var generation: UInt32 = 0
    var handler: (() -> Void)?
  }

  /// How many packet descriptors one turn serves at most.
  private static let packetLimit = 128
  /// How many control descriptors one turn serves at most.
  public static let controlLimit = 16
  /// How late deadlines were served.
  public private(set) var lateness = Lateness()
  /// How many turns the loop has made.
  public private(set) var turns: UInt64 = 0
  /// Both clocks as the current turn woke up; the reference for the reception stamps read in it.
  public private(set) var wakeUp = ClockSample.now()

  /// How long packets that follow others closely may wait, so that many are read together; zero for not at all. Those that
  /// come more than twice this long after the last ones are read at once, as are those that a handler leaves behind
  /// (`leavePackets`), and deadlines are always kept.
  public var packetSpacing: Interval {
    get { pacing.spacing }
    set { pacing.spacing = newValue }
  }
  private var pacing = ReceptionPacing()
  private var packetsAreLeft = false

  private let packets: Poller
  private let controls: Poller
  private let timer: DeadlineTimer
  private var slots: [Slot] = []
  private var freeSlots: [UInt32] = []
  private var timers = DeadlineQueue()
  private var timerSlots: [TimerSlot] = []
  private var freeTimerSlots: [Int] = []
  private var turnEndHooks: [() -> Void] = []
  private var controlsReady = false
  private var isStopped = false

  /// Tokens that no registration has: generations start at 1 and these have the greatest one.
  private static let timerToken = UInt64.max
  private static let controlToken = UInt64.max - 1

  /// A loop without descriptors.
  ///
  /// Sets the calling thread's timer slack to the minimum, so that waits end when they should.
  public init() throws(SystemError) {
    packets = try Poller(capacity: Self.packetLimit)
    controls = try Poller(capacity: Self.controlLimit)
    timer = try DeadlineTimer()
    try packets.add(timer.descriptor.rawValue, events: EPOLLIN.rawValue, token: Self.timerToken)
    try packets.add(controls.descriptor.rawValue, events: EPOLLIN.rawValue, token: Self.controlToken)
    _ = baton_set_timer_slack(1)
  }

  // MARK: Descriptors

  /// Calls `handler` in every turn in which `descriptor` is ready for `interest`. The loop keeps the descriptor open
  /// until `unwatch`, and the handler, which should therefore capture the loop itself weakly or unowned.
  @discardableResult
  public func watch(
    _ descriptor: FileDescriptor, for interest: Interest = .reading, priority: Priority,
    handler: @escaping (Readiness) -> Void
  ) throws(SystemError) -> Registration {
    let index = freeSlots.last ?? UInt32(slots.count)
    if freeSlots.isEmpty { slots.append(Slot()) }
    let generation = slots[Int(index)].generation % 0x7FFF_FFFF + 1
    let registration = Registration(index: index, generation: generation)
    do throws(SystemError) {
      try poller(priority).add(descriptor.rawValue, events: interest.events, token: registration.token)
    } catch {
      if freeSlots.isEmpty { slots.removeLast() }
      throw error
    }
    if !freeSlots.isEmpty { freeSlots.removeLast() }
    slots[Int(index)] = Slot(
      generation: generation, priority: priority, descriptor: descriptor, handler: handler)
    return registration
  }

  /// Changes what is waited for; an empty set leaves only errors and hang-ups. Does nothing after `unwatch`.
  public func change(_ registration: Registration, to interest: Interest) throws(SystemError) {
    guard let slot = slot(registration), let descriptor = slot.descriptor else { return }
    try poller(slot.priority).modify(descriptor.rawValue, events: interest.events, token: registration.token)
  }

  /// Stops watching. Events of this turn that were not handled yet are dropped. Does nothing the second time.
  public func unwatch(_ registration: Registration) {
    guard let slot = slot(registration), let descriptor = slot.descriptor else { return }
    poller(slot.priority).remove(descriptor.rawValue)
    slots[Int(registration.index)].descriptor = nil
    slots[Int(registration.index)].handler = nil
    freeSlots.append(registration.index)
  }

  private func slot(_ registration: Registration) -> Slot? {
    let index = Int(registration.index)
    guard index < slots.count, slots[index].generation == registration.generation, slots[index].descriptor != nil
    else { return nil }
    return slots[index]
  }

  private func poller(_ priority: Priority) -> Poller { priority == .packet ? packets : controls }

  // MARK: Timers and hooks

  /// Calls `handler` once, at `deadline` or later, among the control work of a turn. For housekeeping; protocol
  /// deadlines belong to the driver.
  @discardableResult
  public func startTimer(at deadline: Instant, handler: @escaping () -> Void) -> TimerID {
    let index = freeTimerSlots.popLast() ?? timerSlots.count
    if index == timerSlots.count { timerSlots.append(TimerSlot()) }
    timerSlots[index].generation &+= 1
    timerSlots[index].handler = handler
    timers.schedule(index, at: deadline)
    return TimerID(index: index, generation: timerSlots[index].generation)
  }

  /// Cancels a timer; does nothing once it has fired.
  public func cancelTimer(_ timer: TimerID) {
    guard timerSlots[timer.index].generation == timer.generation, timerSlots[timer.index].handler != nil else { return }
    timers.cancel(timer.index)
    timerSlots[timer.index].handler = nil
    freeTimerSlots.append(timer.index)
  }

  /// Calls `hook` at the end of every turn, for work that may be put off, such as writing log lines.
  public func addTurnEndHook(_ hook: @escaping () -> Void) {
    turnEndHooks.append(hook)
  }

  // MARK: Running

  /// Runs turns until `stop` is called.
  public func run(_ driver: some EventLoopDriver) throws(SystemError) {
    // What was put off so far must not wait until something happens.
    for hook in turnEndHooks { hook() }
    while !isStopped { try runTurn(driver) }
  }

  /// Makes `run` return at the end of the current turn.
  public func stop() { isStopped = true }

  /// Runs one turn: packets, deadlines, control work, turn-end hooks.
  public func runTurn(_ driver: some EventLoopDriver) throws(SystemError) {
    try wait(until: earlier(driver.nextDeadline, timers.next))
    if let deadline = driver.nextDeadline, deadline <= wakeUp.monotonic {
      driver.deadlinesReached(at: wakeUp.monotonic)
    }
    try serveControl()
    for hook in turnEndHooks { hook() }
    turns += 1
  }

  /// Waits for packets, control work or `deadline` (`nil`: for ever), and calls the handlers of packet descriptors.
  private func wait(until deadline: Instant?) throws(SystemError) {
    let count = try isQuiet(until: deadline) ? packets.poll() : packets.wait(until: deadline, timer: timer)
    wakeUp = ClockSample.now()
    if let deadline, deadline <= wakeUp.monotonic { lateness.record(wakeUp.monotonic - deadline) }
    packetsAreLeft = false
    if dispatchPackets(count) { pacing.packetsRead(at: wakeUp.monotonic, areAll: !packetsAreLeft) }
  }

  /// To be called by a packet handler that leaves packets behind, for the sake of what else is due: they do not wait for
  /// `packetSpacing`, and a drain does not end before they are read.
  public func leavePackets() { packetsAreLeft = true }

  /// Sleeps through what is left of the time in which no packet is to wake the loop, or until `deadline`; whether anything
  /// was.
  private func isQuiet(until deadline: Instant?) -> Bool {
    guard packetSpacing > .zero, MonotonicClock.now() < pacing.quietUntil else { return false }
    MonotonicClock.sleep(until: earlier(deadline, pacing.quietUntil) ?? pacing.quietUntil)
    return true
  }

  /// Reading all that has arrived, before a peer is believed to be silent. It is done in portions, for what has to be sent
  /// meanwhile must not wait until a daemon that was stopped for a while has read everything.
  public struct Drain {
    let start = MonotonicClock.now()
    var rounds = 0

    /// Begins now.
    public init() {}
  }

  /// How long a drain takes at most, beyond its least number of rounds: short against the shortest detection times, for
  /// what is suspected waits for it.
  static let drainBudget = Interval.milliseconds(2)
  /// The rounds that are made however long they take: on a machine that is short of processor time the budget may pass
  /// within one of them. Handlers read some 256 packets a round and a receive buffer holds some 11,000 small ones (4 MB
  /// asked for), so these empty it: a daemon that comes back from a stall hears all that it missed.
  static let leastDrainRounds = 64

  /// Reads a portion of what has arrived on packet descriptors, by calling the handlers of those that are ready. `wakeUp`
  /// moves to the present. Not to be called by such a handler.
  ///
  /// Returns until when all that arrived has been heard; `nil` where packets were left: then the caller sends what is due
  /// and calls again. When packets keep arriving as fast as they are read, that is the start of the drain: after
  /// `leastDrainRounds` and `drainBudget` all that was there then has been read.
  public func advance(_ drain: inout Drain) throws(SystemError) -> Instant? {
    wakeUp = ClockSample.now()
    drain.rounds += 1
    packetsAreLeft = false
    let count = try packets.poll()
    dispatchPackets(count)
    guard packetsAreLeft || count == Self.packetLimit else { return wakeUp.monotonic }
    let isOver = drain.rounds >= Self.leastDrainRounds && MonotonicClock.now() >= drain.start + Self.drainBudget
    return isOver ? drain.start : nil
  }

  /// Calls the handlers of the first `count` events; whether there was any.
  @discardableResult
  private func dispatchPackets(_ count: Int) -> Bool {
    var dispatched = false
    for index in 0..<count {
      let event = packets.event(index)
      switch event.token {
      case Self.controlToken: controlsReady = true
      case Self.timerToken: timer.clear()
      default: dispatched = dispatch(event) || dispatched
      }
    }
    return dispatched
  }

  private func serveControl() throws(SystemError) {
    let now = wakeUp.monotonic
    for _ in 0..<Self.controlLimit {
      guard let index = timers.popExpired(now: now) else { break }
      let handler = timerSlots[index].handler
      timerSlots[index].handler = nil
      freeTimerSlots.append(index)
      handler?()
    }
    guard controlsReady else { return }
    controlsReady = false
    for index in 0..<(try controls.poll()) { dispatch(controls.event(index)) }
  }

  /// Calls the handler that `event` is for, unless it was removed after the event was collected.
  @discardableResult
  private func dispatch(_ event: Poller.Event) -> Bool {
    guard let handler = slot(Registration(token: event.token))?.handler else { return false }
    handler(event.readiness)
    return true
  }

  private func earlier(_ left: Instant?, _ right: Instant?) -> Instant? {
    guard let left, let right else { return left ?? right }
    return min(left, right)
  }
}

extension EventLoop.Interest {
  var events: UInt32 {
    (contains(.reading) ? EPOLLIN.rawValue | EPOLLRDHUP.rawValue : 0) | (contains(.writing) ? EPOLLOUT.rawValue : 0)
      | (contains(.leaving) ? EPOLLRDHUP.rawValue : 0)
  }
}
