import ControlInterface
import Glibc
import LinuxIO
import Logging
import NetPrimitives
import Testing
import Varlink

@testable import DaemonRuntime

/// A control server on a real socket and event loop, and clients of it, all in one thread: `turn` never waits.
private final class Bench: EventLoopDriver {
  let loop: EventLoop
  let daemon: FakeDaemon
  let directory: String
  var path: String { directory + "/socket" }
  let server: ControlServer<FakeDaemon>
  /// Whether a turn waits for something to happen, at most a while.
  var isPatient = false

  var nextDeadline: Instant? { isPatient ? MonotonicClock.now() + .milliseconds(200) : .zero }
  func deadlinesReached(at now: Instant) {}

  init(
    _ names: [String], logCapacity: Int = 100,
    places: ControlPlaces = ControlPlaces(ownUser: ProcessControl.effectiveUser, partner: nil, descriptorLimit: 65_536)
  ) throws {
    loop = try EventLoop()
    daemon = FakeDaemon(names: names)
    directory = "/tmp/baton-control-\(try KernelRandom.seed())"
    server = try ControlServer(
      loop: loop, path: directory + "/socket", handler: daemon, service: FakeDaemon.service,
      logger: Logger(label: "test"), places: places, logCapacity: logCapacity)
  }

  deinit {
    server.close()
    _ = unsafe rmdir(directory)
  }

  func turn(_ count: Int = 1) throws {
    for _ in 0..<count { try loop.runTurn(self) }
  }

  /// Runs turns until `condition` holds; whether it did before a great deal of time had passed. The server rests between
  /// turns in which it worked, so a number of turns says nothing.
  @discardableResult
  func turn(until condition: () throws -> Bool) throws -> Bool {
    let patience = MonotonicClock.now() + .seconds(60)
    while MonotonicClock.now() < patience {
      if try condition() { return true }
      try turn()
    }
    return false
  }
}

/// A client with a real socket that never waits.
private final class SocketClient {
  let stream: StreamConnection
  var wire = ClientConnection(replyLimit: 1 << 22)
  var ended = false

  init(_ path: String) throws { stream = try StreamConnection.connect(to: path) }

  func call(_ method: String, _ parameters: some Encodable = NoParameters(), more: Bool = false) throws {
    try wire.call("dev.baton.bfd." + method, parameters, more: more)
    let outcome = try stream.write(wire.output.takeAll().span)
    guard case .bytes = outcome else { throw SystemError("write", .wouldBlock) }
  }

  func discardInput() throws {
    var bytes: [UInt8] = []
    _ = try stream.read(into: &bytes, limit: 4_096)
  }

  /// Everything that has come.
  func replies() throws -> [Reply] {
    var bytes: [UInt8] = []
    reading: while true {
      switch try stream.read(into: &bytes, limit: 4_096) {
      case .bytes: continue
      case .wouldBlock: break reading
      case .endOfStream:
        ended = true
        break reading
      }
    }
    wire.receive(bytes.span)
    var replies: [Reply] = []
    while let reply = try wire.nextReply() { replies.append(reply) }
    return replies
  }

  /// Runs turns until `count` replies have come, or the connection has ended.
  func replies(_ count: Int, _ bench: Bench) throws -> [Reply] {
    var all: [Reply] = []
    try bench.turn {
      all += try replies()
      return all.count >= count || ended
    }
    return all
  }
}

@Suite struct ControlServerTests {
  @Test func `List, Get and a change over a socket`() throws {
    let bench = try Bench((0..<300).map { "s\($0)" })
    let client = try SocketClient(bench.path)
    try client.call("List")
    try client.call("Get", NameParameter(name: "s7"))
    try client.call("SetAdmin", SetAdminParameters(name: "s7", up: false))
    let replies = try client.replies(3, bench)
    try #require(replies.count == 3)
    #expect(try replies[0].parameters(as: SessionsReply.self).sessions.map(\.name) == bench.daemon.objectNames)
    #expect(try replies[1].parameters(as: SessionReply.self).session.name == "s7")
    #expect(replies[2].error == nil)
    #expect(bench.daemon.performed == ["s7 down"])
  }

  @Test func `one turn does a bounded number of steps, however much is asked for`() throws {
    let bench = try Bench((0..<200).map { "s\($0)" })
    let clients = try (0..<5).map { _ in try SocketClient(bench.path) }
    for client in clients { try client.call("List") }
    // Every turn writes at most stepsPerTurn objects: all of them take at least this many turns.
    let before = bench.loop.turns
    for client in clients { #expect(try client.replies(1, bench).count == 1) }
    #expect(bench.loop.turns - before >= UInt64(5 * 200 / ControlBudget.stepsPerTurn))
  }

  @Test func `a caller waits for an answer that takes its time, and others do not`() throws {
    let bench = try Bench(["a"])
    bench.daemon.pendingReloads = []
    let (waiting, other) = (try SocketClient(bench.path), try SocketClient(bench.path))
    var leaving: SocketClient? = try SocketClient(bench.path)
    for client in [waiting, leaving] { try client?.call("Reload") }
    while try #require(bench.daemon.pendingReloads).count < 2 { try bench.turn() }
    try other.call("Info")
    #expect(try other.replies(1, bench).count == 1)
    // One that leaves is forgotten, and costs nothing meanwhile.
    leaving = nil
    while bench.server.use.clients > 2 { try bench.turn() }
    #expect(try waiting.replies().isEmpty)
    for reply in try #require(bench.daemon.pendingReloads) { reply.complete(.success(NoParameters())) }
    let reply = try #require(try waiting.replies(1, bench).first)
    #expect(reply.error == nil)
  }

  @Test func `a change is told in the turn in which it is published`() throws {
    let bench = try Bench(["a"])
    let client = try SocketClient(bench.path)
    try client.call("Monitor", more: true)
    #expect(try client.replies(3, bench).count == 3)
    bench.server.publish(SessionChange(neighbor: "192.0.2.1", from: .up, to: .down, cause: .timer), of: "a")
    try bench.turn()
    let event = try #require(try client.replies().first).parameters(as: MonitorReply<SessionEvent>.self).event
    #expect(event.kind == .change && event.change?.toState == .down)
  }

  @Test func `who lists over and over gets a share of the time, and news do not wait`() throws {
    let bench = try Bench((0..<300).map { "s\($0)" })
    let subscriber = try SocketClient(bench.path)
    try subscriber.call("Monitor", more: true)
    #expect(try subscriber.replies(302, bench).count == 302)
    let greedy = try SocketClient(bench.path)
    for _ in 0..<20 { try greedy.call("List") }
    // Some objects were told: the server has worked, and rests.
    #expect(try bench.turn { bench.daemon.objectsTold > 302 })
    for round in 1...20 {
      let told = bench.daemon.objectsTold
      #expect(try bench.turn { bench.daemon.objectsTold > told })
      bench.server.publish(SessionChange(neighbor: "192.0.2.1", from: .up, to: .down, cause: .timer), of: "s\(round)")
      try bench.turn()
      #expect(try subscriber.replies().count == 1, "round \(round)")
      _ = try greedy.replies()
    }
  }

  @Test func `a subscriber that stops reading neither blocks the others nor misses the end`() throws {
    let bench = try Bench((0..<300).map { "s\($0)" }, logCapacity: 50)
    let slow = try SocketClient(bench.path)
    try slow.call("Monitor", more: true)
    let fast = try SocketClient(bench.path)
    try fast.call("Monitor", more: true)
    #expect(try fast.replies(302, bench).count == 302)
    for round in 1...10 {
      for _ in 1...40 { bench.server.publishState(of: "s\(round)") }
      #expect(try fast.replies(40, bench).count == 40, "round \(round)")
    }
    // The slow one reads again: what it gets last is a full state and then every change, to the last.
    var events: [SessionEvent] = []
    try bench.turn {
      events += try slow.replies().map { try $0.parameters(as: MonitorReply<SessionEvent>.self).event }
      return events.last?.kind == .end && events.last?.sequence == 400
    }
    #expect(events.last?.kind == .end && events.last?.sequence == 400)
    let begin = try #require(events.lastIndex { $0.kind == .begin })
    #expect(begin > 0)
    #expect(Set(events[begin...].compactMap(\.name)).count == 300)
  }

  @Test func `clients beyond the limit of their user are turned away and told so`() throws {
    let bench = try Bench(["a"], places: ControlPlaces(ownUser: 1, partner: 2, descriptorLimit: 65_536, root: 3))
    var clients: [SocketClient] = []
    for _ in 0..<ControlPlaces.userLimit + 1 {
      clients.append(try SocketClient(bench.path))
      try bench.turn { bench.server.use.clients + refused(bench) == clients.count }
    }
    #expect(bench.server.use.clients == ControlPlaces.userLimit)
    #expect(bench.server.use.refusals == ["user_limit": 1])
    // The reason comes without a call, before the end: a client reads it as the answer to its call.
    let late = clients[ControlPlaces.userLimit]
    try late.wire.call("dev.baton.bfd.Info", NoParameters())
    let reply = try #require(try late.replies().first)
    #expect(reply.error == FakeDaemon.tooManyClients("one user may have 16 connections") && late.ended)
    clients.removeAll()
    #expect(try bench.turn { bench.server.use.clients == 0 })
    let next = try SocketClient(bench.path)
    try next.call("Info")
    #expect(try next.replies(1, bench).count == 1)
  }

  private func refused(_ bench: Bench) -> Int { bench.server.use.refusals.values.reduce(0, +) }

  @Test func `a process without descriptors says so, and hears the next client`() throws {
    let bench = try Bench(["a"])
    let clients = try (0..<3).map { _ in try SocketClient(bench.path) }
    // All descriptors but one are taken: the first client gets it, the others only the reason.
    let limit = try ProcessControl.limit(.openFiles)
    var hoard: [FileDescriptor] = [try .devNull()]
    let highest = try #require(hoard.first).rawValue
    try ProcessControl.setLimit(.openFiles, UInt64(highest + 2))
    defer { try? ProcessControl.setLimit(.openFiles, limit.soft) }
    while let one = try? FileDescriptor.devNull() { hoard.append(one) }
    hoard.removeFirst()
    try bench.turn { bench.server.use.clients + refused(bench) == 3 }
    try ProcessControl.setLimit(.openFiles, limit.soft)
    #expect(bench.server.use.clients == 1 && bench.server.use.refusals == ["descriptors": 2])
    try clients[0].call("Info")
    #expect(try clients[0].replies(1, bench).count == 1)
    try clients[2].wire.call("dev.baton.bfd.Info", NoParameters())
    #expect(try clients[2].replies().first?.error?.name == "dev.baton.bfd.TooManyClients")
  }

  @Test func `a call that is too large is refused with the reason, and the connection ends`() throws {
    let bench = try Bench(["a"])
    let many = "{\"method\":\"dev.baton.bfd.Info\"," + (0..<6_500).map { "\"k\($0)\":0" }.joined(separator: ",") + "}\0"
    let parts = "{\"method\":\"dev.baton.bfd.Info\"," + (0..<70).map { "\"k\($0)\":0" }.joined(separator: ",") + "}\0"
    for text in [many, parts] {
      let client = try SocketClient(bench.path)
      try client.call("Get", NameParameter(name: "a"))
      try client.wire.call("dev.baton.bfd.Info", NoParameters())
      _ = client.wire.output.takeAll()
      _ = try client.stream.write(Array(text.utf8).span)
      let replies = try client.replies(2, bench)
      #expect(replies.map(\.error?.name) == [nil, "dev.baton.bfd.CallTooLarge"])
      #expect(try bench.turn { try client.replies().isEmpty && client.ended })
    }
    #expect(bench.server.use.refusals == ["call_size": 2] && bench.server.use.clients == 0)
  }

  /// Input that is not served, because its client is being answered or the server rests, must not wake the loop.
  @Test func `clients who send without end wake the loop no more often than they are served`() throws {
    let bench = try Bench((0..<50).map { "s\($0)" })
    bench.isPatient = true
    let clients = try (0..<4).map { _ in try SocketClient(bench.path) }
    let call = try Call.message(method: "dev.baton.bfd.List", parameters: NoParameters())
    let calls = Array(repeating: call, count: 2_000).flatMap(\.self)
    // More than the daemon takes in at a time waits in each socket, all the time.
    for client in clients {
      while case .bytes = try client.stream.write(calls.span) {}
    }
    let (turns, told) = (bench.loop.turns, bench.daemon.objectsTold)
    let answered = 1_000
    try bench.turn {
      for client in clients { try client.discardInput() }
      return bench.daemon.objectsTold - told >= answered
    }
    #expect(bench.daemon.objectsTold - told >= answered)
    // Each turn serves one object or more, or begins or ends a rest. Without rest for the loop there are a hundred for each.
    #expect(bench.loop.turns - turns < UInt64(3 * answered))
  }

  @Test func `what one connects and leaves behind is cleared away within the budget`() throws {
    let bench = try Bench(["a"])
    let busy = try SocketClient(bench.path)
    let text = [UInt8](repeating: UInt8(ascii: "x"), count: 60_000)
    for round in 1...20 {
      for _ in 1...30 { _ = try? SocketClient(bench.path).stream.write(text.span) }
      try busy.call("Info")
      #expect(try busy.replies(1, bench).count == 1, "round \(round)")
    }
    #expect(try bench.turn { bench.server.use.clients == 1 })
  }

  @Test func `a client that sends nonsense is dropped, the others are not`() throws {
    let bench = try Bench(["a"])
    let good = try SocketClient(bench.path)
    let bad = try SocketClient(bench.path)
    _ = try bad.stream.write(Array("hello\0".utf8).span)
    #expect(try bad.replies(1, bench).isEmpty)
    #expect(bad.ended)
    try good.call("Info")
    #expect(try good.replies(1, bench).count == 1)
    #expect(bench.server.use.clients == 1)
  }

  @Test func `a client that asks without reading is not read from for ever`() throws {
    let bench = try Bench((0..<200).map { "s\($0)" })
    let client = try SocketClient(bench.path)
    var call = try Call.message(method: "dev.baton.bfd.List", parameters: NoParameters())
    call = Array(repeating: call, count: 200).flatMap(\.self)
    var sent = 0
    for _ in 0..<400 {
      if case .bytes(let count) = try client.stream.write(call.span) { sent += count }
      try bench.turn()
    }
    // What the daemon holds is bounded, and so is what the kernel holds for both directions.
    #expect(sent < 1 << 20)
    try bench.turn(10)
    #expect(bench.server.use.clients == 1)
  }

  @Test func `a second server on the socket is refused, a stale file is replaced`() throws {
    let bench = try Bench([])
    func second() throws -> ControlServer<FakeDaemon> {
      try ControlServer(
        loop: bench.loop, path: bench.path, handler: bench.daemon, service: FakeDaemon.service,
        logger: Logger(label: "test"))
    }
    #expect(throws: ControlServerError(path: bench.path, cause: SystemError("bind", .addressInUse))) { try second() }
    let status = try #require(try FileSystem.status(bench.path))
    #expect(status.mode & 0o777 == 0o660)
    // A listener that goes without removing its file leaves it stale.
    let stale = bench.path + "-stale"
    _ = try StreamListener(path: stale)
    let server = try ControlServer(
      loop: bench.loop, path: stale, handler: bench.daemon, service: FakeDaemon.service, logger: Logger(label: "test"))
    server.close()
    bench.server.close()
    #expect(try FileSystem.status(bench.path) == nil)
  }

  @Test func `a client that closes its sending side still gets its answer`() throws {
    let bench = try Bench(["a"])
    let client = try SocketClient(bench.path)
    try client.call("List")
    #expect(shutdown(client.stream.descriptor.rawValue, Int32(SHUT_WR)) == 0)
    #expect(try client.replies(1, bench).count == 1)
    #expect(try bench.turn { bench.server.use.clients == 0 })
    #expect(try client.replies().isEmpty && client.ended)
  }
}
