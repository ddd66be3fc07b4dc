import Logging
import NetPrimitives
import Testing

@testable import LinuxIO

private func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

@Suite("Logging")
struct LogTests {
  /// A logger that writes to a pipe, and the pipe's other end.
  private struct Piped {
    let sink: LogSink
    let logger: Logger
    let reading: FileDescriptor

    init(_ target: LogSink.Target, capacity: Int = 1024) throws {
      let (reading, writing) = try FileDescriptor.pipe()
      self.reading = reading
      sink = LogSink(writing, target, capacity: capacity)
      let sink = sink
      logger = Logger(label: "test") { _ in SinkLogHandler(sink, identifier: "test", level: .debug) }
    }

    func read() throws -> String {
      var bytes: [UInt8] = []
      while case .bytes = try reading.read(into: &bytes, limit: 65536) {}
      return text(bytes)
    }
  }

  @Test("An event is one line: level, message, sorted fields", arguments: [true, false])
  func lines(shared: Bool) throws {
    let piped = try Piped(shared ? .shared : .stream)
    piped.logger.warning("session down", metadata: ["to": "down", "from": "up", "why": "detection \"time\""])
    piped.logger.trace("left out")
    piped.logger.debug("two\nlines\u{1B}[2J", metadata: ["empty": ""])
    let expected = """
      WARNING session down from=up to=down why="detection \\"time\\""
      DEBUG two\\nlines\\u{1B}[2J empty=""

      """
    #expect(try piped.read() == expected)
  }

  @Test(
    "A reader that has stopped costs lines, never time, and the loss is told once it reads", arguments: [true, false])
  func fullPipe(shared: Bool) throws {
    let piped = try Piped(shared ? .shared : .stream, capacity: 10)
    let long = String(repeating: "x", count: 1000)
    // A pipe holds 64 KiB.
    for number in 0..<200 { piped.logger.info("\(number) \(long)") }
    #expect(piped.sink.pending == 10)
    let lost = piped.sink.lost
    #expect(lost > 50 && lost < 150)
    let first = try piped.read()
    #expect(piped.sink.flush())
    let all = try first + piped.read()
    let lines = all.split(separator: "\n")
    #expect(lines.count == 200 - Int(lost) + 1)
    #expect(lines.last == "WARNING \(lost) log lines lost: the reader was too slow")
    // Nothing is torn or out of order.
    for (number, line) in lines.dropLast().enumerated() { #expect(line == "INFO \(number) \(long)") }
  }

  @Test("Attached to a loop, lines leave at the end of the turn, and again later where there was no room")
  func deferred() throws {
    let piped = try Piped(.stream)
    let loop = try EventLoop()
    piped.sink.attach(to: loop)
    loop.startTimer(at: .zero) {}
    piped.logger.info("hello")
    #expect(try piped.read() == "")
    try loop.runTurn(Idle())
    #expect(try piped.read() == "INFO hello\n")
    let long = String(repeating: "x", count: 8000)
    for _ in 0..<20 { piped.logger.info("\(long)") }
    loop.startTimer(at: .zero) {}
    try loop.runTurn(Idle())
    #expect(piped.sink.pending > 0)
    var all = try piped.read()
    while piped.sink.pending > 0 {
      try loop.runTurn(Idle())
      all += try piped.read()
    }
    #expect(all.split(separator: "\n").count == 20)
    #expect(piped.sink.lost == 0)
  }

  @Test("Many lines take several turns, which nothing else has to begin")
  func portions() throws {
    let piped = try Piped(.stream)
    let loop = try EventLoop()
    piped.sink.attach(to: loop)
    loop.startTimer(at: .zero) {}
    for number in 0..<200 { piped.logger.info("\(number)") }
    var portions: [Int] = []
    while piped.sink.pending > 0 {
      try loop.runTurn(Idle())
      portions.append(try piped.read().split(separator: "\n").count)
    }
    #expect(portions == [64, 64, 64, 8])
  }

  @Test("A closed reader loses lines in silence")
  func closed() throws {
    SignalReceiver.ignoreBrokenPipe()
    var pipe: (reading: FileDescriptor, writing: FileDescriptor)? = try FileDescriptor.pipe()
    let sink = LogSink(try #require(pipe?.writing), .stream)
    pipe = nil
    sink.append(Array("line\n".utf8))
    #expect(sink.pending == 0)
  }

  @Test("journald gets MESSAGE, PRIORITY, SYSLOG_IDENTIFIER and fields in upper case, long values with their length")
  func journalFormat() {
    let record = LogFormat.journal(
      .error, "two\nlines", [("local-state", "up"), ("_hidden", "x"), ("9lives", "x"), ("b", "2")], identifier: "bfdd")
    let expected =
      Array("MESSAGE\n".utf8) + [9, 0, 0, 0, 0, 0, 0, 0]
      + Array("two\nlines\nPRIORITY=3\nSYSLOG_IDENTIFIER=bfdd\nLOCAL_STATE=up\nB=2\n".utf8)
    #expect(record == expected)
  }

  @Test("A record reaches the journal's socket as one datagram; without a journal it is dropped")
  func journalSocket() throws {
    let directory = try TemporaryDirectory()
    let path = directory.file("journal")
    let client = try Socket.datagram()
    let sink = LogSink(client, .journal(path: path))
    sink.append(Array("MESSAGE=lost\n".utf8))
    #expect(sink.pending == 0)
    let journal = try Socket.datagram(at: path)
    Logger(label: "test") { _ in SinkLogHandler(sink, identifier: "test") }.notice("hello", metadata: ["peer": "::1"])
    var bytes: [UInt8] = []
    _ = try journal.read(into: &bytes, limit: 1000)
    #expect(text(bytes) == "MESSAGE=hello\nPRIORITY=5\nSYSLOG_IDENTIFIER=test\nPEER=::1\n")
  }

  @Test("A journal that does not read costs lines, never time, and gets the rest with the count of what is missing")
  func fullJournal() throws {
    let directory = try TemporaryDirectory()
    let path = directory.file("journal")
    let journal = try Socket.datagram(at: path)
    let sink = LogSink(try Socket.datagram(), .journal(path: path), capacity: 10)
    // Far more than a socket takes (net.unix.max_dgram_qlen and its buffer).
    let count = 5_000
    for number in 0..<count { sink.append(Array("MESSAGE=\(number)\n".utf8)) }
    #expect(sink.pending == 10)
    #expect(sink.lost > 0)
    var records: [String] = []
    func read() throws {
      var bytes: [UInt8] = []
      while case .bytes = try journal.read(into: &bytes, limit: 10_000) {
        records.append(text(bytes))
        bytes = []
      }
    }
    while !sink.flush() { try read() }
    try read()
    #expect(records.count == count - Int(sink.lost) + 1)
    let last = try #require(records.last)
    #expect(last.contains("MESSAGE_ID=\(LogSink.lostMessageID)\n") && last.contains("LOST=\(sink.lost)\n"))
  }

  @Test("An event's fields are the journal's; a line of text has its message only")
  func events() throws {
    let piped = try Piped(.stream)
    let metadata: Logger.Metadata = [SinkLogHandler.messageIDKey: "0123", "from": "up"]
    piped.logger.notice("down, it was up", metadata: metadata)
    #expect(try piped.read() == "NOTICE down, it was up\n")
    let directory = try TemporaryDirectory()
    let journal = try Socket.datagram(at: directory.file("journal"))
    let sink = LogSink(try Socket.datagram(), .journal(path: directory.file("journal")))
    Logger(label: "test") { _ in SinkLogHandler(sink, identifier: "test") }.notice("down", metadata: metadata)
    var bytes: [UInt8] = []
    _ = try journal.read(into: &bytes, limit: 1000)
    #expect(text(bytes) == "MESSAGE=down\nPRIORITY=5\nSYSLOG_IDENTIFIER=test\nFROM=up\nMESSAGE_ID=0123\n")
  }

  @Test("A pipe and a socket get lines; the journal's own stream gets records")
  func targets() throws {
    let (reading, writing) = try FileDescriptor.pipe()
    let (near, far) = try StreamConnection.pair()
    let file = try Socket.datagram()
    for descriptor in [writing, near.descriptor] {
      let sink = LogSink.make(for: descriptor.rawValue, journalStream: "1:2")
      #expect(!sink.isJournal)
      sink.append(Array("line\n".utf8))
    }
    var (fromPipe, fromSocket): ([UInt8], [UInt8]) = ([], [])
    _ = try reading.read(into: &fromPipe, limit: 10)
    _ = try far.read(into: &fromSocket, limit: 10)
    #expect(text(fromPipe) == "line\n")
    #expect(text(fromSocket) == "line\n")
    let status = try FileSystem.status(file.rawValue)
    #expect(LogSink.make(for: file.rawValue, journalStream: "\(status.device):\(status.inode)").isJournal)
    let closed = LogSink.make(for: 9999, journalStream: nil)
    closed.append([1])
    #expect(closed.pending == 0)
  }

  @Test("A message is cut where a datagram would not hold it")
  func limit() {
    let record = LogFormat.line(.info, String(repeating: "x", count: 100_000), [])
    #expect(record.count == LogFormat.messageLimit + "INFO \n".utf8.count)
  }

  @Test("At a terminal a line starts with the time")
  func time() {
    let line = text(LogFormat.line(.info, "x", [], time: 1_700_000_000_123_456_789))
    // The date depends on the machine's zone, the milliseconds do not.
    #expect(line.contains(".123 INFO x\n"))
    #expect(line.hasPrefix("2023-11-1"))
  }
}

extension Socket {
  /// A Unix datagram socket, bound to `path` where given.
  static func datagram(at path: String? = nil) throws -> FileDescriptor {
    let socket = try Socket(domain: 1, type: 2, protocol: 0)
    if let path { try socket.bind(path: path) }
    return socket.descriptor
  }
}

@Suite("Service notification")
struct ServiceNotifierTests {
  private func received(_ body: (ServiceNotifier) -> Void) throws -> [String] {
    let directory = try TemporaryDirectory()
    let path = directory.file("notify")
    let manager = try Socket.datagram(at: path)
    body(ServiceNotifier(socket: path))
    var messages: [String] = []
    var bytes: [UInt8] = []
    while case .bytes = try manager.read(into: &bytes, limit: 1000) {
      messages.append(text(bytes))
      bytes = []
    }
    return messages
  }

  @Test("Each message is one datagram of NAME=value lines")
  func messages() throws {
    let messages = try received {
      $0.ready(status: "2 sessions\nWATCHDOG=trigger")
      $0.status("3 sessions")
      $0.watchdog()
      $0.stopping()
    }
    #expect(
      messages == ["READY=1\nSTATUS=2 sessions WATCHDOG=trigger", "STATUS=3 sessions", "WATCHDOG=1", "STOPPING=1"])
  }

  @Test("Reloading carries the monotonic time in microseconds")
  func reloading() throws {
    let before = MonotonicClock.now().nanoseconds / 1_000
    let message = try #require(try received { $0.reloading() }.first)
    let parts = message.split(separator: "=")
    #expect(message.hasPrefix("RELOADING=1\nMONOTONIC_USEC="))
    let stamp = try #require(parts.last.flatMap { UInt64($0) })
    #expect(stamp >= before && stamp <= MonotonicClock.now().nanoseconds / 1_000)
  }

  @Test("Abstract names work; without a manager nothing happens")
  func addresses() throws {
    let name = "baton-notify-\(try KernelRandom.seed())"
    let manager = try Socket.datagram(at: "\0" + name)
    let notifier = ServiceNotifier(socket: "@" + name)
    #expect(notifier.isActive)
    notifier.watchdog()
    var bytes: [UInt8] = []
    _ = try manager.read(into: &bytes, limit: 100)
    #expect(text(bytes) == "WATCHDOG=1")
    let alone = ServiceNotifier(socket: "")
    #expect(!alone.isActive)
    alone.ready()
    ServiceNotifier(socket: "/nonexistent/notify").ready()
  }
}
