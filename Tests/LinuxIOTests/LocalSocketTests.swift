import LinuxIO
import NetPrimitives
import Testing

/// A directory of a test's own, removed with everything in it.
final class TemporaryDirectory {
  let path: String

  init() throws {
    path = "/tmp/baton-io-\(ProcessControl.pid)-\(try KernelRandom.seed())"
    try run("/bin/mkdir", [path])
  }

  deinit { try? run("/bin/rm", ["-rf", path]) }

  func file(_ name: String) -> String { path + "/" + name }
}

struct CommandFailed: Error {
  let command: String
  let status: ChildProcess.ExitStatus
}

/// Runs a program to its end on an event loop.
func run(_ path: String, _ arguments: [String]) throws {
  let child = try ChildProcess(ChildProcess.Command(path, arguments))
  let status = try finish(child)
  guard status.isSuccess else {
    throw CommandFailed(command: ([path] + arguments).joined(separator: " "), status: status)
  }
}

/// A driver with nothing to do.
final class Idle: EventLoopDriver {
  var nextDeadline: Instant?
  func deadlinesReached(at now: Instant) {}
}

func finish(_ child: ChildProcess) throws -> ChildProcess.ExitStatus {
  let loop = try EventLoop()
  try loop.watch(child.descriptor, priority: .control) { [unowned loop] _ in loop.stop() }
  try loop.run(Idle())
  return try #require(try child.exitStatus())
}

func send(_ text: String, to connection: StreamConnection) throws -> WriteOutcome {
  try send(Array(text.utf8), to: connection)
}

func send(_ bytes: [UInt8], to connection: StreamConnection) throws -> WriteOutcome {
  try connection.write(bytes.span)
}

/// Repeats `body` until it throws. A child that another test starts holds a copy of all descriptors until it executes
/// its program, so what was closed here can be open for a moment yet.
func untilClosedEverywhere(_ body: () throws -> Void) throws {
  while true { try body() }
}

@Suite("Unix sockets")
struct LocalSocketTests {
  @Test("A client is accepted, known by its credentials, and both sides talk")
  func talk() throws {
    let directory = try TemporaryDirectory()
    let listener = try StreamListener(path: directory.file("s"))
    #expect(try listener.accept() == nil)
    let client = try StreamConnection.connect(to: directory.file("s"))
    let server = try #require(try listener.accept())
    let peer = try server.peer()
    #expect(peer.pid == ProcessControl.pid)
    #expect(peer.uid == ProcessControl.effectiveUser)
    #expect(peer.gid == ProcessControl.effectiveGroup)
    #expect(try send("question", to: client) == .bytes(8))
    var bytes: [UInt8] = []
    #expect(try server.read(into: &bytes, limit: 5) == .bytes(5))
    #expect(try server.read(into: &bytes, limit: 5) == .bytes(3))
    #expect(try server.read(into: &bytes, limit: 5) == .wouldBlock)
    #expect(bytes == Array("question".utf8))
  }

  @Test("A full connection is a value, a closed one is an error without a signal")
  func writeLimits() throws {
    var pair: (StreamConnection, StreamConnection)? = try StreamConnection.pair()
    let near = try #require(pair?.0)
    let block = [UInt8](repeating: 1, count: 65536)
    var written = 0
    while case .bytes(let count) = try near.write(block.span) { written += count }
    #expect(written > 0)
    #expect(try send(block, to: near) == .wouldBlock)
    pair = nil
    #expect(throws: SystemError("send", .brokenPipe)) { try untilClosedEverywhere { _ = try near.write(block.span) } }
  }

  @Test("The socket file has the mode asked for")
  func mode() throws {
    let directory = try TemporaryDirectory()
    let listener = try StreamListener(path: directory.file("s"), mode: 0o640, group: ProcessControl.effectiveGroup)
    let status = try #require(try FileSystem.status(listener.path))
    #expect(status.kind == .socket)
    #expect(status.mode == 0o640)
    listener.removeFile()
    #expect(try FileSystem.status(listener.path) == nil)
  }

  @Test("A socket file that nobody serves is replaced; a served one, and any other file, is left alone")
  func stale() throws {
    let directory = try TemporaryDirectory()
    let path = directory.file("s")
    do { _ = try StreamListener(path: path) }
    #expect(try FileSystem.status(path) != nil)
    #expect(throws: SystemError("connect", .connectionRefused)) {
      try untilClosedEverywhere { _ = try StreamConnection.connect(to: path) }
    }
    let listener = try StreamListener(path: path)
    #expect(throws: SystemError("bind", .addressInUse)) { try StreamListener(path: path) }
    _ = try StreamConnection.connect(to: path)
    withExtendedLifetime(listener) {}
    try run("/bin/touch", [directory.file("plain")])
    #expect(throws: SystemError("bind", .addressInUse)) { try StreamListener(path: directory.file("plain")) }
    #expect(try FileSystem.status(directory.file("plain")) != nil)
  }

  @Test("A path without listener and a path that is too long are errors")
  func paths() throws {
    #expect(throws: SystemError("connect", .noSuchFile)) { try StreamConnection.connect(to: "/nonexistent/socket") }
    #expect(throws: SystemError.self) {
      try StreamListener(path: "/tmp/" + String(repeating: "x", count: 200))
    }
  }
}

@Suite("Watching directories")
struct DirectoryWatchTests {
  @Test("Entries that appear, change and vanish are reported by name")
  func entries() throws {
    let directory = try TemporaryDirectory()
    let watch = try DirectoryWatch()
    try watch.add(directory.path)
    #expect(try watch.read().isEmpty)
    let listener = try StreamListener(path: directory.file("s"))
    #expect(try watch.read().contains(.changed(directory: directory.path, name: "s")))
    listener.removeFile()
    #expect(try watch.read() == [.removed(directory: directory.path, name: "s")])
    try run("/bin/sh", ["-c", "echo 7 > \(directory.file("f"))"])
    #expect(try watch.read().contains(.changed(directory: directory.path, name: "f")))
    watch.remove(directory.path)
    try run("/bin/rm", [directory.file("f")])
    #expect(try watch.read().isEmpty)
  }

  @Test("A vanished directory is reported; one that does not exist is an error")
  func gone() throws {
    let directory = try TemporaryDirectory()
    let inner = directory.file("inner")
    let watch = try DirectoryWatch()
    #expect(throws: SystemError("inotify_add_watch", .noSuchFile)) { try watch.add(inner) }
    try run("/bin/mkdir", [inner])
    try watch.add(inner)
    try run("/bin/rmdir", [inner])
    #expect(try watch.read() == [.directoryGone(inner)])
  }
}

@Suite("Files")
struct FileSystemTests {
  @Test("A file is read whole or not at all")
  func read() throws {
    let directory = try TemporaryDirectory()
    let path = directory.file("f")
    try run("/bin/sh", ["-c", "printf 12345 > \(path); chmod 4751 \(path); ln -s f \(directory.file("l"))"])
    #expect(try FileSystem.read(path, limit: 5) == Array("12345".utf8))
    #expect(throws: SystemError("read", .fileTooLarge)) { try FileSystem.read(path, limit: 4) }
    #expect(throws: SystemError("read", .isDirectory)) { try FileSystem.read(directory.path, limit: 4) }
    #expect(throws: SystemError("read", .invalidArgument)) { try FileSystem.read("/dev/null", limit: 4) }
    #expect(throws: SystemError("open", .noSuchFile)) { try FileSystem.read(directory.file("none"), limit: 4) }
    let status = try #require(try FileSystem.status(path))
    #expect(status.kind == .regular)
    #expect(status.mode == 0o4751)
    #expect(status.size == 5)
    #expect(try FileSystem.status(directory.file("l"), followingLinks: false)?.kind == .link)
    #expect(try FileSystem.realPath(directory.file("l")).hasSuffix("/f"))
    #expect(FileSystem.isExecutable(path))
  }

  @Test("Patterns are expanded, sorted")
  func glob() throws {
    let directory = try TemporaryDirectory()
    try run("/bin/sh", ["-c", "cd \(directory.path); touch b.conf a.conf c.txt"])
    #expect(try FileSystem.glob(directory.file("*.conf")) == [directory.file("a.conf"), directory.file("b.conf")])
    #expect(try FileSystem.glob(directory.file("{c,x}.txt")) == [directory.file("c.txt")])
    #expect(try FileSystem.glob(directory.file("none*")) == [])
  }

  @Test("The host has a name")
  func hostName() throws {
    #expect(try !FileSystem.hostName().isEmpty)
    #expect(FileSystem.environment("PATH") != nil)
    #expect(FileSystem.environment("BATON_NO_SUCH_VARIABLE") == nil)
  }
}
