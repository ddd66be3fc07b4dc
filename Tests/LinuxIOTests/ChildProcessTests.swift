import LinuxIO
import NetPrimitives
import Testing

/// Runs a shell script with its standard output in a pipe; the output and how it ended.
private func shell(
  _ script: String, _ change: (inout ChildProcess.Command) -> Void = { _ in }
) throws -> (output: String, status: ChildProcess.ExitStatus) {
  let (reading, writing) = try FileDescriptor.pipe()
  var command = ChildProcess.Command("/bin/sh", ["-c", script], environment: ["A=1", "PATH=/usr/bin:/bin"])
  change(&command)
  let child = try ChildProcess(command, descriptors: [(writing, as: 1), (try .devNull(), as: 0)])
  let status = try finish(child)
  var bytes: [UInt8] = []
  while case .bytes = try reading.read(into: &bytes, limit: 4096) {}
  return (String(decoding: bytes, as: UTF8.self), status)
}

@Suite("Child processes")
struct ChildProcessTests {
  @Test("A child gets its arguments, environment, descriptors and directory, and its status comes back")
  func start() throws {
    let (output, status) = try shell("echo $0 $A; pwd; exit 7") {
      $0.arguments.append("zero")
      $0.directory = "/"
    }
    #expect(output == "zero 1\n/\n")
    #expect(status == .exited(7))
    #expect(!status.isSuccess)
  }

  @Test("Descriptors may swap numbers, and nothing else is inherited")
  func descriptors() throws {
    let (first, second) = (try FileDescriptor.pipe(), try FileDescriptor.pipe())
    let numbers = (first.writing.rawValue, second.writing.rawValue)
    let script = "echo one >&\(numbers.0); echo two >&\(numbers.1); ls /proc/self/fd | wc -l >&\(numbers.0)"
    let child = try ChildProcess(
      ChildProcess.Command("/bin/bash", ["-c", script], environment: ["PATH=/usr/bin:/bin"]),
      descriptors: [(first.writing, as: numbers.1), (second.writing, as: numbers.0)])
    #expect(try finish(child).isSuccess)
    var (one, two): ([UInt8], [UInt8]) = ([], [])
    _ = try first.reading.read(into: &one, limit: 100)
    _ = try second.reading.read(into: &two, limit: 100)
    #expect(String(decoding: one, as: UTF8.self) == "two\n")
    // 0, 1, 2, the two passed ones and the directory that ls reads; the pipe of wc is its own standard output.
    #expect(String(decoding: two, as: UTF8.self) == "one\n6\n")
  }

  @Test("A program that cannot be executed is an error of its start")
  func failures() throws {
    #expect(throws: SystemError("execve", .noSuchFile)) { try ChildProcess(ChildProcess.Command("/nonexistent")) }
    #expect(throws: SystemError("execve", .permissionDenied)) { try ChildProcess(ChildProcess.Command("/etc/passwd")) }
    var command = ChildProcess.Command("/bin/true")
    command.directory = "/nonexistent"
    #expect(throws: SystemError("chdir", .noSuchFile)) { try ChildProcess(command) }
  }

  @Test("A running child has no status; killing its group ends its children, too")
  func killGroup() throws {
    var pipe: (reading: FileDescriptor, writing: FileDescriptor)? = try FileDescriptor.pipe()
    let reading = try #require(pipe?.reading)
    var command = ChildProcess.Command("/bin/sh", ["-c", "sleep 1000 & wait"], environment: ["PATH=/usr/bin:/bin"])
    command.leadsGroup = true
    let child = try ChildProcess(command, descriptors: [(try #require(pipe?.writing), as: 1)])
    pipe = nil
    #expect(try child.exitStatus() == nil)
    try child.sendToGroup(.terminate)
    // The pipe ends when the last process that holds it is gone: the shell's own child.
    let loop = try EventLoop()
    try loop.watch(reading, priority: .control) { [unowned loop] _ in loop.stop() }
    try loop.run(Idle())
    #expect(try finish(child) == .killed(Signal.terminate.rawValue))
    #expect(try child.exitStatus() == .killed(Signal.terminate.rawValue))
    try child.send(.kill)
  }

  @Test("Signals that are blocked here are not blocked in the child")
  func signals() throws {
    let receiver = try SignalReceiver([.user2])
    let (_, status) = try shell("kill -USR2 $$; exit 3")
    #expect(status == .killed(Signal.user2.rawValue))
    withExtendedLifetime(receiver) {}
  }

  @Test("A blocked signal is an event")
  func signalEvents() throws {
    let receiver = try SignalReceiver([.child])
    let child = try ChildProcess(ChildProcess.Command("/bin/true"))
    _ = try finish(child)
    // The signal goes to the process; another thread of the test runner may have taken it.
    let signal = try receiver.next()
    #expect(signal == nil || signal == .child)
    #expect(try receiver.next() == nil)
  }
}

@Suite("Process settings")
struct ProcessControlTests {
  @Test("A limit can be lowered and is read back")
  func limits() throws {
    let (soft, hard) = try ProcessControl.limit(.coreFile)
    #expect(soft <= hard)
    try ProcessControl.setLimit(.coreFile, soft)
    #expect(try ProcessControl.limit(.coreFile) == (soft, hard))
  }

  @Test("Refusals carry their reason")
  func refusals() throws {
    #expect(throws: SystemError("sched_setscheduler", .invalidArgument)) {
      try ProcessControl.setRealTime(.fifo, priority: 1000)
    }
    #expect(throws: SystemError("sched_setaffinity", .invalidArgument)) { try ProcessControl.setAffinity([-1]) }
    #expect(throws: SystemError("sched_setaffinity", .invalidArgument)) { try ProcessControl.setAffinity([]) }
  }

  @Test("What is effective is permitted")
  func capabilities() throws {
    let capabilities = try ProcessControl.capabilities()
    #expect(capabilities.effective & ~capabilities.permitted == 0)
    let all = ProcessControl.Capabilities(effective: 1 << 12, permitted: .max)
    #expect(all.has(ProcessControl.Capabilities.networkAdministration))
    #expect(!all.has(ProcessControl.Capabilities.rawNetwork))
  }

  @Test("An error says which call failed and why, known number or not")
  func errorText() {
    #expect(SystemError("bind", .addressInUse).description == "bind: Address already in use (EADDRINUSE)")
    #expect(ErrorCode(rawValue: 5000).description == "unknown error (5000)")
  }
}
