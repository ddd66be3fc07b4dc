import Glibc
import NetPrimitives
import Synchronization
import Testing

@testable import LinuxIO

/// Holds a thread until it is opened.
private final class Gate: Sendable {
  private let ends: (reading: Int32, writing: Int32)

  init() throws {
    var ends: [Int32] = [-1, -1]
    try #require(unsafe pipe(&ends) == 0)
    self.ends = (ends[0], ends[1])
  }

  deinit {
    _ = close(ends.reading)
    _ = close(ends.writing)
  }

  /// Returns when the gate was opened once more than it was passed.
  func pass() {
    var byte: UInt8 = 0
    _ = unsafe read(ends.reading, &byte, 1)
  }

  func open() {
    var byte: UInt8 = 0
    _ = unsafe write(ends.writing, &byte, 1)
  }
}

private final class Driver: EventLoopDriver {
  var nextDeadline: Instant?
  var log: [String] = []

  func deadlinesReached(at now: Instant) {
    nextDeadline = nil
    log.append("deadline")
  }
}

@Suite("Background work", .timeLimit(.minutes(1)))
struct BackgroundWorkTests {
  @Test("The loop serves packets and deadlines while the work waits, and gets its result afterwards")
  func loopTurns() throws {
    let (loop, driver, gate) = (try EventLoop(), Driver(), try Gate())
    let (packet, packetEnd) = try FileDescriptor.pipe()
    try loop.watch(packet, priority: .packet) { _ in
      var bytes: [UInt8] = []
      _ = try? packet.read(into: &bytes, limit: 8)
      driver.log.append("packet")
    }
    let work = try BackgroundWork(
      loop: loop,
      work: { () -> [Int] in
        gate.pass()
        return [4, 2]
      }
    ) { driver.log.append("result \((try? $0.get()) ?? [])") }
    work.start()
    for _ in 0..<2 {
      #expect(try packetEnd.write([1].span) == .bytes(1))
      driver.nextDeadline = .zero
      try loop.runTurn(driver)
    }
    #expect(work.isRunning)
    gate.open()
    while work.isRunning { try loop.runTurn(driver) }
    #expect(driver.log == ["packet", "deadline", "packet", "deadline", "result [4, 2]"])
  }

  @Test("What is asked for during the work is done once more, by one run for all of it")
  func coalescing() throws {
    let (loop, driver, gate) = (try EventLoop(), Driver(), try Gate())
    let runs = Mutex(0)
    var results: [Int] = []
    let work = try BackgroundWork(
      loop: loop,
      work: { () -> Int in
        gate.pass()
        return runs.withLock { runs in
          runs += 1
          return runs
        }
      }
    ) { results.append((try? $0.get()) ?? 0) }
    for _ in 0..<4 { work.start() }
    gate.open()
    gate.open()
    while work.isRunning { try loop.runTurn(driver) }
    #expect(results == [1, 2])
    work.start()
    gate.open()
    while work.isRunning { try loop.runTurn(driver) }
    #expect(results == [1, 2, 3])
  }

  @Test("The thread takes no signals and has ordinary scheduling")
  func thread() throws {
    let (loop, driver) = (try EventLoop(), Driver())
    var seen: (policy: Int32, blocksHangUp: Bool, isOther: Bool)?
    let own = pthread_self()
    let work = try BackgroundWork(
      loop: loop,
      work: { () -> (policy: Int32, blocksHangUp: Bool, isOther: Bool) in
        var mask = sigset_t()
        _ = unsafe pthread_sigmask(SIG_BLOCK, nil, &mask)
        return unsafe (sched_getscheduler(0), sigismember(&mask, SIGHUP) == 1, pthread_equal(pthread_self(), own) == 0)
      }
    ) { seen = try? $0.get() }
    work.start()
    while work.isRunning { try loop.runTurn(driver) }
    let found = try #require(seen)
    #expect(found.policy == SCHED_OTHER && found.blocksHangUp && found.isOther)
  }
}
