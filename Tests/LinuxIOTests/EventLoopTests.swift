import NetPrimitives
import Testing

@testable import LinuxIO

/// A driver that notes what happens in which order.
private final class Recorder: EventLoopDriver {
  var nextDeadline: Instant?
  var log: [String] = []
  var onDeadline: (Instant) -> Void = { _ in }

  func deadlinesReached(at now: Instant) {
    nextDeadline = nil
    log.append("deadline")
    onDeadline(now)
  }
}

private func write(_ text: String, to descriptor: FileDescriptor) throws {
  let outcome = try descriptor.write(Array(text.utf8).span)
  #expect(outcome == .bytes(text.utf8.count))
}

private func read(_ descriptor: FileDescriptor) -> String {
  var bytes: [UInt8] = []
  _ = try? descriptor.read(into: &bytes, limit: 100)
  return String(decoding: bytes, as: UTF8.self)
}

@Suite("Event loop")
struct EventLoopTests {
  @Test("A late wake-up serves packets, then deadlines, then timers and control, then the turn-end hook")
  func order() throws {
    let loop = try EventLoop()
    let driver = Recorder()
    let (packet, packetEnd) = try FileDescriptor.pipe()
    let (control, controlEnd) = try FileDescriptor.pipe()
    try loop.watch(control, priority: .control) { _ in driver.log.append("control " + read(control)) }
    try loop.watch(packet, priority: .packet) { _ in driver.log.append("packet " + read(packet)) }
    loop.startTimer(at: .zero) { driver.log.append("timer") }
    loop.addTurnEndHook { driver.log.append("end") }
    driver.nextDeadline = .zero
    try write("c", to: controlEnd)
    try write("p", to: packetEnd)
    try loop.runTurn(driver)
    #expect(driver.log == ["packet p", "deadline", "timer", "control c", "end"])
    #expect(loop.turns == 1)
  }

  @Test("Packets that follow each other closely wait for the spacing; deadlines do not")
  func packetSpacing() throws {
    let loop = try EventLoop()
    let driver = Recorder()
    let (packet, packetEnd) = try FileDescriptor.pipe()
    try loop.watch(packet, priority: .packet) { _ in driver.log.append("packet " + read(packet)) }
    func receive(_ text: String) throws -> Instant {
      try write(text, to: packetEnd)
      try loop.runTurn(driver)
      return loop.wakeUp.monotonic
    }
    // So long that the second is a close one on any machine.
    loop.packetSpacing = .seconds(86_400)
    _ = try receive("1")
    loop.packetSpacing = .milliseconds(50)
    let second = try receive("2")
    let third = try receive("3")
    #expect(third - second >= .milliseconds(50))

    // From here on the test ends only if the deadline is kept.
    loop.packetSpacing = .seconds(86_400)
    _ = try receive("4")
    driver.nextDeadline = MonotonicClock.now() + .milliseconds(1)
    _ = try receive("5")
    #expect(driver.log == ["packet 1", "packet 2", "packet 3", "packet 4", "packet 5", "deadline"])
  }

  @Test("A deadline that is put off, and one that is brought forward, are kept")
  func movedDeadlines() throws {
    let loop = try EventLoop()
    let driver = Recorder()
    // All are too far away for a wait without the timer.
    let begin = MonotonicClock.now()
    driver.nextDeadline = begin + .milliseconds(40)
    let (packet, packetEnd) = try FileDescriptor.pipe()
    try loop.watch(packet, priority: .packet) { _ in
      driver.log.append("packet " + read(packet))
      driver.nextDeadline = begin + .milliseconds(90)
    }
    try write("1", to: packetEnd)
    try loop.runTurn(driver)
    while driver.nextDeadline != nil { try loop.runTurn(driver) }
    #expect(loop.wakeUp.monotonic >= begin + .milliseconds(90))

    driver.nextDeadline = .zero + .seconds(1 << 30)
    try write("2", to: packetEnd)
    try loop.runTurn(driver)
    // The test ends only if the timer no longer stands at the late one.
    driver.nextDeadline = MonotonicClock.now() + .milliseconds(40)
    while driver.nextDeadline != nil { try loop.runTurn(driver) }
    #expect(driver.log == ["packet 1", "deadline", "packet 2", "deadline", "deadline"])
  }

  @Test("What is put off before the loop runs is done without an event")
  func putOffBefore() throws {
    let loop = try EventLoop()
    loop.addTurnEndHook { [unowned loop] in loop.stop() }
    try loop.run(Recorder())
    #expect(loop.turns == 0)
  }

  @Test("What arrives before the deadline handler looks again is drained by it, in portions")
  func drain() throws {
    let loop = try EventLoop()
    let driver = Recorder()
    let (packet, packetEnd) = try FileDescriptor.pipe()
    try loop.watch(packet, priority: .packet) { _ in
      driver.log.append("packet " + read(packet))
      if driver.log.last == "packet first" {
        loop.leavePackets()
        #expect(throws: Never.self) { try write("second", to: packetEnd) }
      }
    }
    driver.nextDeadline = .zero
    driver.onDeadline = { _ in
      #expect(throws: Never.self) {
        try write("first", to: packetEnd)
        var drain = EventLoop.Drain()
        #expect(try loop.advance(&drain) == nil)
        driver.log.append("sent")
        let before = MonotonicClock.now()
        let heard = try loop.advance(&drain)
        #expect(try #require(heard) >= before)
      }
      driver.log.append("judged")
    }
    try loop.runTurn(driver)
    #expect(driver.log == ["deadline", "packet first", "sent", "packet second", "judged"])
  }

  @Test("Draining ends under a flood when its time is over, and says so; what is due is served all the same")
  func drainFlood() throws {
    let loop = try EventLoop()
    let driver = Recorder()
    let (packet, packetEnd) = try FileDescriptor.pipe()
    var rounds = 0
    try loop.watch(packet, priority: .packet) { _ in
      rounds += 1
      loop.leavePackets()
    }
    try write("x", to: packetEnd)
    driver.nextDeadline = .zero
    driver.onDeadline = { _ in
      rounds = 0
      #expect(throws: Never.self) { () throws in
        var drain = EventLoop.Drain()
        let instant = try heard(loop, &drain)
        #expect(instant == drain.start)
      }
      #expect(rounds >= EventLoop.leastDrainRounds)
      driver.log.append("judged")
    }
    loop.startTimer(at: .zero) { driver.log.append("timer") }
    try loop.runTurn(driver)
    #expect(driver.log == ["deadline", "judged", "timer"])
  }

  @Test("Draining on a machine that is short of processor time ends after its least number of rounds")
  func drainStarved() throws {
    let loop = try EventLoop()
    let (packet, packetEnd) = try FileDescriptor.pipe()
    var rounds = 0
    try loop.watch(packet, priority: .packet) { _ in
      rounds += 1
      loop.leavePackets()
      // Each round takes longer than all of them may.
      let end = MonotonicClock.now() + EventLoop.drainBudget
      while MonotonicClock.now() < end {}
    }
    try write("x", to: packetEnd)
    var drain = EventLoop.Drain()
    let instant = try heard(loop, &drain)
    #expect(instant == drain.start)
    #expect(rounds == EventLoop.leastDrainRounds)
  }

  /// Drains to the end; until when all has been heard.
  private func heard(_ loop: EventLoop, _ drain: inout EventLoop.Drain) throws -> Instant {
    while true {
      if let instant = try loop.advance(&drain) { return instant }
    }
  }

  @Test("An event for a descriptor that an earlier handler removed is dropped, also when its place was taken again")
  func staleEvent() throws {
    let loop = try EventLoop()
    let driver = Recorder()
    let pipes = try (0..<2).map { _ in try FileDescriptor.pipe() }
    var registrations: [EventLoop.Registration] = []
    let spare = try FileDescriptor.pipe()
    for index in 0..<2 {
      registrations.append(
        try loop.watch(pipes[index].reading, priority: .packet) { _ in
          driver.log.append("first")
          // The other one is ready, too; whichever is called first removes it and reuses its place.
          loop.unwatch(registrations[1 - index])
          #expect(throws: Never.self) {
            try loop.watch(spare.reading, priority: .packet) { _ in driver.log.append("spare") }
          }
          loop.unwatch(registrations[index])
        })
      try write("x", to: pipes[index].writing)
    }
    driver.nextDeadline = .zero
    try loop.runTurn(driver)
    #expect(driver.log == ["first", "deadline"])
  }

  @Test("A registration is without effect after unwatch")
  func unwatchTwice() throws {
    let loop = try EventLoop()
    let driver = Recorder()
    let (first, second) = (try FileDescriptor.pipe(), try FileDescriptor.pipe())
    let old = try loop.watch(first.reading, priority: .packet) { _ in }
    loop.unwatch(old)
    try loop.watch(second.reading, priority: .packet) { _ in driver.log.append("second " + read(second.reading)) }
    loop.unwatch(old)
    try loop.change(old, to: [])
    try write("x", to: second.writing)
    try loop.runTurn(driver)
    #expect(driver.log == ["second x"])
  }

  @Test("The loop keeps a watched descriptor open until unwatch")
  func ownership() throws {
    let loop = try EventLoop()
    let driver = Recorder()
    var pipe: (reading: FileDescriptor, writing: FileDescriptor)? = try FileDescriptor.pipe()
    weak let watched = pipe?.reading
    let writing = try #require(pipe?.writing)
    let registration = try loop.watch(try #require(pipe?.reading), priority: .packet) { _ in driver.log.append("x") }
    pipe = nil
    try write("x", to: writing)
    try loop.runTurn(driver)
    #expect(driver.log == ["x"])
    #expect(watched != nil)
    loop.unwatch(registration)
    #expect(watched == nil)
  }

  @Test("A turn serves a bounded number of control descriptors, and packets before any of them")
  func controlLimit() throws {
    let loop = try EventLoop()
    let driver = Recorder()
    let pipes = try (0..<(2 * EventLoop.controlLimit)).map { _ in try FileDescriptor.pipe() }
    for pipe in pipes {
      try loop.watch(pipe.reading, priority: .control) { _ in driver.log.append("control " + read(pipe.reading)) }
      try write("x", to: pipe.writing)
    }
    let (packet, packetEnd) = try FileDescriptor.pipe()
    try loop.watch(packet, priority: .packet) { _ in driver.log.append("packet " + read(packet)) }
    try write("p", to: packetEnd)
    try loop.runTurn(driver)
    #expect(driver.log.first == "packet p")
    #expect(driver.log.count == 1 + EventLoop.controlLimit)
    try loop.runTurn(driver)
    #expect(driver.log.count == 1 + 2 * EventLoop.controlLimit)
  }

  @Test("A write interest reports room, a changed interest is obeyed, and a closed end is reported")
  func interests() throws {
    let loop = try EventLoop()
    let driver = Recorder()
    let (near, far) = try StreamConnection.pair()
    var seen: [EventLoop.Readiness] = []
    let registration = try loop.watch(near.descriptor, for: .writing, priority: .packet) { seen.append($0) }
    try loop.runTurn(driver)
    #expect(seen == [.writable])
    try loop.change(registration, to: .reading)
    #expect(try send("x", to: far) == .bytes(1))
    try loop.runTurn(driver)
    #expect(seen.last == .readable)
  }

  @Test("A handler is told when the other end has gone")
  func hangUp() throws {
    let loop = try EventLoop()
    let driver = Recorder()
    var pair: (StreamConnection, StreamConnection)? = try StreamConnection.pair()
    let near = try #require(pair?.0)
    var seen: EventLoop.Readiness = []
    try loop.watch(near.descriptor, priority: .control) { seen = $0 }
    pair = nil
    try loop.runTurn(driver)
    #expect(seen.contains(.closed))
    var bytes: [UInt8] = []
    #expect(try near.read(into: &bytes, limit: 10) == .endOfStream)
  }

  @Test(
    "A wait never ends before its deadline, and its lateness is recorded",
    arguments: [Interval.microseconds(50), .microseconds(500), .milliseconds(5), .milliseconds(40)])
  func deadline(_ wait: Interval) throws {
    let loop = try EventLoop()
    let driver = Recorder()
    let deadline = MonotonicClock.now() + wait
    driver.nextDeadline = deadline
    var reached: Instant?
    driver.onDeadline = { reached = $0 }
    // A timer of an earlier wait may end one turn early; the deadline decides.
    while reached == nil { try loop.runTurn(driver) }
    #expect(try #require(reached) >= deadline)
    #expect(loop.lateness.count == 1)
    #expect(loop.lateness.greatest == (try #require(reached)) - deadline)
  }

  @Test("Timers fire once, in order, not when cancelled, and may be started by a timer")
  func timers() throws {
    let loop = try EventLoop()
    let driver = Recorder()
    let start = MonotonicClock.now()
    let cancelled = loop.startTimer(at: start) { driver.log.append("cancelled") }
    loop.startTimer(at: start + .milliseconds(2)) {
      driver.log.append("second")
      loop.stop()
    }
    loop.startTimer(at: start + .milliseconds(1)) {
      driver.log.append("first")
      loop.startTimer(at: start + .milliseconds(1)) { driver.log.append("nested") }
    }
    loop.cancelTimer(cancelled)
    loop.cancelTimer(cancelled)
    try loop.run(driver)
    #expect(driver.log == ["first", "nested", "second"])
  }

  @Test("A far deadline, then a near one, then none: each wait has its own end")
  func changingDeadlines() throws {
    let loop = try EventLoop()
    let driver = Recorder()
    let (packet, packetEnd) = try FileDescriptor.pipe()
    try loop.watch(packet, priority: .packet) { _ in driver.log.append(read(packet)) }
    driver.nextDeadline = MonotonicClock.now() + .seconds(3600)
    try write("a", to: packetEnd)
    try loop.runTurn(driver)
    driver.nextDeadline = MonotonicClock.now() + .milliseconds(1)
    while driver.log.count < 2 { try loop.runTurn(driver) }
    driver.nextDeadline = .distantFuture
    try write("b", to: packetEnd)
    try loop.runTurn(driver)
    #expect(driver.log == ["a", "deadline", "b"])
  }
}

@Suite("Lateness")
struct LatenessTests {
  @Test("Delays fall into powers of two, are compared with the stall threshold, and are summed up")
  func record() {
    var lateness = Lateness()
    lateness.record(.nanoseconds(-5))
    lateness.record(.nanoseconds(999))
    lateness.record(.microseconds(1))
    lateness.record(.microseconds(3))
    lateness.record(.milliseconds(20))
    lateness.record(.greatest)
    #expect(lateness.buckets[0] == 2)
    #expect(lateness.buckets[1] == 1)
    #expect(lateness.buckets[2] == 1)
    #expect(lateness.buckets[Lateness.bucketCount - 1] == 1)
    #expect(lateness.count == 6)
    #expect(lateness.stalls == 2)
    #expect(lateness.greatest == .greatest)
    #expect(lateness.total == .greatest)
    #expect(lateness.quantile(0.5) == .microseconds(2))
    lateness.clear()
    #expect(lateness.count == 0)
    #expect(lateness.quantile(0.99) == .zero)
  }
}

@Suite("Clocks")
struct ClockTests {
  let sample = ClockSample(monotonic: Instant(nanoseconds: 5_000_000_000), realtime: 1_000_000_000_000)
  let drained = Instant(nanoseconds: 4_000_000_000)

  @Test("A stamp is as old on the monotonic clock as on the realtime clock")
  func age() {
    let stamp = sample.realtime - 30_000_000
    #expect(sample.instant(ofStamp: stamp, notBefore: drained) == sample.monotonic - .milliseconds(30))
  }

  @Test(
    "No stamp, a stamp of the future and absurd stamps mean now; an old one is not before the socket was empty",
    arguments: [
      (0, 0), (1_000_000_000_001, 0), (.max, 0), (.min, 0), (-1, 1_000_000_000), (1, 1_000_000_000),
    ] as [(Int64, Int64)])
  func bounds(stamp: Int64, age: Int64) {
    let expected = sample.monotonic - .nanoseconds(age)
    #expect(sample.instant(ofStamp: stamp, notBefore: drained) == expected)
  }

  @Test("Both clocks run forward")
  func forward() {
    let first = ClockSample.now()
    let second = ClockSample.now()
    #expect(second.monotonic >= first.monotonic)
    #expect(first.realtime > 1_600_000_000 * 1_000_000_000)
  }

  @Test("Two seeds differ")
  func seeds() throws {
    #expect(try KernelRandom.seed() != KernelRandom.seed())
  }
}
