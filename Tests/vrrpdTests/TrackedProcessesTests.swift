@testable import KeepalivedConfig
import LinuxIO
import Logging
import NetPrimitives
import Testing

@testable import vrrpd

private func process(_ command: String..., change: (inout TrackProcess) -> Void = { _ in }) -> TrackProcess {
  var process = TrackProcess(name: "p", command: command, location: somewhere)
  change(&process)
  return process
}

@Suite("Which processes are counted") struct ProcessMatchTests {
  private func entry(_ name: String, _ command: String...) -> ProcessTable.Entry {
    ProcessTable.Entry(pid: 7, name: name, command: command)
  }

  @Test func names() {
    #expect(process("nginx").matches(entry("nginx", "/usr/sbin/nginx", "-g", "daemon off")))
    #expect(!process("nginx").matches(entry("nginx2", "nginx")))
    // The kernel keeps 15 bytes.
    #expect(process("a-very-long-program").matches(entry("a-very-long-pro", "x")))
    #expect(!process("kworker").matches(entry("kworker/0")))
    let full = process("/usr/sbin/nginx") { $0.fullCommand = true }
    #expect(full.matches(entry("anything", "/usr/sbin/nginx", "-t")))
    #expect(!full.matches(entry("nginx", "nginx")))
    #expect(!full.matches(entry("kworker")))
  }

  @Test func parameters() {
    typealias Match = TrackProcess.ParameterMatch
    let cases: [(wanted: [String], match: Match?, given: [String], isMatch: Bool)] = [
      ([], nil, ["-a", "-b"], true), ([], .exact, [], true), ([], .exact, ["-a"], false), ([], .partial, ["-a"], true),
      ([], .initial, ["-a"], true),
      (["-a"], nil, ["-a"], true), (["-a"], nil, ["-a", "-b"], false), (["-a"], nil, [], false),
      (["-a"], .partial, ["-a", "-b"], true), (["-a"], .partial, ["-ab"], false),
      (["-a", "-b"], .partial, ["-a"], false),
      (["-a"], .initial, ["-ab"], true), (["-a"], .initial, ["-ab", "-c"], true), (["-a"], .initial, ["-b"], false),
      (["-a", "x"], .initial, ["-a", "xy"], true), (["-a", "x"], .initial, ["-aa", "xy"], false),
      (["-a", "x"], .initial, ["-a"], false),
    ]
    for row in cases {
      var process = TrackProcess(name: "p", command: ["prog"] + row.wanted, location: somewhere)
      process.parameterMatch = row.match
      let entry = ProcessTable.Entry(pid: 7, name: "prog", command: ["/bin/prog"] + row.given)
      #expect(process.matches(entry) == row.isMatch, "\(row)")
    }
  }
}

@Suite("The quorum and its delays") struct ProcessQuorumTests {
  @Test func numbers() {
    let cases: [(quorum: Int, maximum: Int?, met: Set<Int>)] = [
      (1, nil, [1, 2, 3, 4]), (2, nil, [2, 3, 4]), (2, 3, [2, 3]), (1, 1, [1]), (1, 0, [0]),
    ]
    for row in cases {
      let process = process("x") {
        $0.quorum = row.quorum
        $0.quorumMaximum = row.maximum
      }
      #expect(Set((0...4).filter(process.isMet)) == row.met, "\(row)")
    }
  }

  @Test func delays() {
    let process = process("x") {
      $0.forkDelay = .seconds(2)
      $0.terminateDelay = .seconds(5)
    }
    func at(_ seconds: Int64) -> Instant { .zero + .seconds(seconds) }
    var quorum = ProcessQuorum(process, count: 1)
    func update(_ count: Int, _ reason: ProcessQuorum.Reason, _ seconds: Int64) -> Bool {
      quorum.update(process, count: count, reason, now: at(seconds))
    }
    func expire(_ seconds: Int64) -> Bool { quorum.expire(now: at(seconds)) }
    #expect(quorum.isUp)
    // The end of the last one counts after its delay.
    #expect(!update(0, .end, 1))
    #expect(quorum.due == at(6))
    #expect(!expire(5))
    #expect(expire(6))
    #expect(!quorum.isUp)
    // A new one by a fork: after its delay, unless it ends before.
    #expect(!update(1, .fork, 10))
    #expect(!update(0, .end, 11))
    #expect(quorum.due == nil)
    #expect(!update(1, .fork, 20))
    #expect(expire(22))
    #expect(quorum.isUp)
    // One that is there again in time: it never counted as down.
    #expect(!update(0, .end, 30))
    #expect(!update(1, .other, 31))
    #expect(quorum.due == nil)
    // A program that is started counts at once.
    quorum = ProcessQuorum(process, count: 0)
    #expect(update(1, .other, 1))
    #expect(quorum.isUp)
    // More changes while a delay runs do not make it longer.
    #expect(!update(0, .end, 2))
    #expect(!update(0, .end, 4))
    #expect(quorum.due == at(7))
  }
}

/// With the kernel's reports where this machine has them, else by reading `/proc` every second.
@Suite("Tracked processes", .timeLimit(.minutes(1))) struct TrackedProcessesTests {
  private final class Idle: EventLoopDriver {
    var nextDeadline: Instant? { nil }
    func deadlinesReached(at now: Instant) {}
  }

  private let loop: EventLoop
  private let processes: TrackedProcesses
  /// A name that no other process has, and a program that is called so and sleeps.
  private let name: String
  private let program: String

  init() throws {
    loop = try EventLoop()
    processes = TrackedProcesses(loop: loop, logger: Logger(label: "test"))
    name = "bp\(try KernelRandom.seed() % 1_000_000_000)"
    program = "/tmp/\(name)"
    let link = try ChildProcess(ChildProcess.Command("/bin/ln", ["-s", "/bin/sleep", program]))
    while try link.exitStatus() == nil { try turn() }
  }

  /// A turn of the loop, at most 50 ms long.
  private func turn() throws {
    let timer = loop.startTimer(at: MonotonicClock.now() + .milliseconds(50)) {}
    try loop.runTurn(Idle())
    loop.cancelTimer(timer)
  }

  private func start(_ seconds: String = "1000") throws -> ChildProcess {
    var command = ChildProcess.Command(program, [seconds])
    command.deathSignal = .kill
    return try ChildProcess(command)
  }

  private func end(_ child: ChildProcess) throws {
    try child.send(.kill)
    while try child.exitStatus() == nil { try turn() }
  }

  private func wait(for isUp: Bool) throws {
    while processes.isUp("p") != isUp { try turn() }
  }

  private func removeProgram() { try? FileSystem.remove(program) }

  @Test("processes that are there are counted at once, others when they begin, and not when they have ended")
  func beginAndEnd() throws {
    defer { removeProgram() }
    let first = try start()
    var told: [Bool] = []
    processes.onChange = { told.append($1) }
    processes.replace(with: [process(name) { $0.quorum = 2 }])
    #expect(processes.isUp("p") == false)
    let second = try start()
    try wait(for: true)
    try end(first)
    try wait(for: false)
    // Not too many either.
    processes.replace(with: [process(name) { $0.quorumMaximum = 1 }])
    #expect(processes.isUp("p") == true)
    let third = try start()
    try wait(for: false)
    try end(third)
    try wait(for: true)
    try end(second)
    try wait(for: false)
    #expect(told == [false, true, false, true, false, true, false])
  }

  @Test("the command line with its parameters is told apart")
  func parameters() throws {
    defer { removeProgram() }
    processes.replace(with: [process(program, "777") { $0.fullCommand = true }])
    #expect(processes.isUp("p") == false)
    let other = try start("1000")
    let wanted = try start("777")
    try wait(for: true)
    try end(wanted)
    try wait(for: false)
    try end(other)
  }

  @Test("the end of a process counts after terminate_delay, and not if another begins")
  func delay() throws {
    defer { removeProgram() }
    let first = try start()
    processes.replace(with: [process(name) { $0.terminateDelay = .seconds(6) }])
    try end(first)
    let second = try start()
    let end = MonotonicClock.now() + .seconds(7)
    while MonotonicClock.now() < end {
      try turn()
      #expect(processes.isUp("p") == true)
    }
    try self.end(second)
    try wait(for: false)
  }
}
