import ControlInterface
import Testing
import Varlink

@testable import DaemonRuntime

/// A client of the fake daemon, without a socket: calls in, replies out.
private final class Client {
  let daemon: FakeDaemon
  var connection: ControlConnection<FakeDaemon>
  var log = EventLog<SessionInfo, SessionChange>(capacity: 4)
  var wire = ClientConnection(replyLimit: 1 << 20)

  init(_ names: [String], mayChange: Bool = true) {
    daemon = FakeDaemon(names: names)
    connection = ControlConnection(mayChange: mayChange)
  }

  func call(_ method: String, _ parameters: some Encodable = NoParameters(), more: Bool = false) throws {
    let name = method.contains(".") ? method : "dev.baton.bfd." + method
    try wire.call(name, parameters, more: more)
    connection.wire.receive(wire.output.takeAll().span)
  }

  @discardableResult
  func step() throws -> ControlConnection<FakeDaemon>.Step {
    try connection.step(daemon, FakeDaemon.service, log, now: 7)
  }

  /// Works until there is nothing to do, without the client reading anything.
  func work() throws { while case .worked = try step() {} }

  /// Reads all that was written.
  func replies() throws -> [Reply] {
    wire.receive(connection.wire.output.takeAll().span)
    var replies: [Reply] = []
    while let reply = try wire.nextReply() { replies.append(reply) }
    return replies
  }

  /// Works and reads until there is nothing to do.
  func settle() throws -> [Reply] {
    var all: [Reply] = []
    while true {
      try work()
      if connection.wire.output.isEmpty { return all }
      all += try replies()
    }
  }

  func events() throws -> [SessionEvent] {
    try settle().map { try $0.parameters(as: MonitorReply<SessionEvent>.self).event }
  }
}

extension SessionEvent {
  /// "3 change a", for comparing.
  fileprivate var summary: String { "\(sequence) \(kind)" + (name.map { " \($0)" } ?? "") }
}

@Suite struct ControlConnectionTests {
  private func change(_ to: SessionState) -> SessionChange {
    SessionChange(neighbor: "192.0.2.1", from: .up, to: to, cause: .timer)
  }

  @Test(arguments: [0, 1, 3])
  func `List gives every session, one a step`(count: Int) throws {
    let client = Client((0..<count).map { "s\($0)" })
    try client.call("List")
    // The call, each session, and the end of the list.
    for _ in 0..<(count + 2) { #expect(try client.step() == .worked) }
    #expect(try client.step() == .waitsForClient)
    let reply = try #require(try client.replies().first)
    #expect(try reply.parameters(as: SessionsReply.self).sessions.map(\.name) == client.daemon.objectNames)
  }

  @Test func `a session that goes away while it is listed is left out`() throws {
    let client = Client(["a", "b", "c"])
    try client.call("List")
    try client.step()
    client.daemon.sessions.remove(at: 1)
    let reply = try #require(try client.settle().first)
    #expect(try reply.parameters(as: SessionsReply.self).sessions.map(\.name) == ["a", "c"])
  }

  @Test func `Get gives one session, or says that there is none`() throws {
    let client = Client(["a"])
    try client.call("Get", NameParameter(name: "a"))
    try client.call("Get", NameParameter(name: "x"))
    try client.call("Get")
    let replies = try client.settle()
    #expect(try replies[0].parameters(as: SessionReply.self).session.name == "a")
    #expect(replies[1].error == .noSuchSession("x"))
    #expect(replies[2].error == .invalidParameter("name"))
  }

  @Test func `unknown interfaces and methods are named`() throws {
    let client = Client([])
    try client.call("dev.baton.vrrp.List")
    try client.call("Nothing")
    try client.call("List.")
    try client.call("org.varlink.service.GetInfo")
    let replies = try client.settle()
    #expect(replies[0].error == .interfaceNotFound("dev.baton.vrrp"))
    #expect(replies[1].error == .methodNotFound("dev.baton.bfd.Nothing"))
    #expect(replies[2].error == .interfaceNotFound("List"))
    #expect(try replies[3].parameters(as: ServiceInfo.self).interfaces == ["org.varlink.service", "dev.baton.bfd"])
  }

  @Test func `changing calls are for those who may`() throws {
    for mayChange in [true, false] {
      let client = Client(["a"], mayChange: mayChange)
      try client.call("SetAdmin", SetAdminParameters(name: "a", up: false))
      try client.call("ClearCounters", OptionalNameParameter(name: nil))
      try client.call("Reload")
      try client.call("Info")
      let replies = try client.settle()
      #expect(replies[..<3].allSatisfy { $0.error == (mayChange ? nil : .permissionDenied) })
      #expect(client.daemon.performed == (mayChange ? ["a down", "clear all", "reload"] : []))
      #expect(try replies[3].parameters(as: InfoReply<BFDInfo>.self).info.numberOfSessions == 1)
    }
  }

  @Test func `a refused reload says why`() throws {
    let client = Client([])
    client.daemon.reloadError = FakeDaemon.reloadRefused("f:1:1: error: x\nf:2:1: error: y")
    try client.call("Reload")
    #expect(
      try client.settle()[0].error
        == VarlinkError(name: "dev.baton.bfd.ReloadRefused", parameters: ["reason": "f:1:1: error: x\nf:2:1: error: y"])
    )
  }

  @Test func `an answer that takes its time is waited for, and the calls behind it wait, too`() throws {
    let client = Client(["a"])
    client.daemon.pendingReloads = []
    try client.call("Reload")
    try client.call("Info")
    #expect(try client.settle().isEmpty)
    #expect(try client.step() == .waitsForClient)
    let reply = try #require(client.daemon.pendingReloads?.first)
    reply.complete(.success(NoParameters()))
    reply.complete(.failure(.permissionDenied))
    let replies = try client.settle()
    #expect(replies.count == 2 && replies[0].error == nil)
    #expect(try replies[1].parameters(as: InfoReply<BFDInfo>.self).info.numberOfSessions == 1)
  }

  @Test func `Monitor begins with the full state and goes on with every change`() throws {
    let client = Client(["a", "b"])
    client.log.append(.removed, name: "old", time: 1)
    try client.call("Monitor", more: true)
    #expect(try client.events().map(\.summary) == ["1 begin", "1 state a", "1 state b", "1 end"])
    #expect(try client.step() == .waitsForClient)
    client.log.append(.change, name: "a", change: change(.down), time: 2)
    client.log.append(.removed, name: "b", time: 3)
    let events = try client.events()
    #expect(events.map(\.summary) == ["2 change a", "3 removed b"])
    #expect(events[0].change == change(.down) && events[0].time == 2)
  }

  @Test func `Monitor without more is refused`() throws {
    let client = Client(["a"])
    try client.call("Monitor")
    #expect(try client.settle()[0].error == .expectedMore)
  }

  @Test func `a changed session is told as it is when it is told`() throws {
    let client = Client(["a"])
    try client.call("Monitor", more: true)
    _ = try client.events()
    client.log.append(.state, name: "a", time: 2)
    client.log.append(.state, name: "gone", time: 3)
    client.daemon.sessions[0].localState = .up
    let events = try client.events()
    #expect(events.map(\.summary) == ["1 state a"])
    #expect(events[0].state?.localState == .up)
  }

  @Test func `changes during the full state come before what contains them`() throws {
    let client = Client(["a", "b"])
    try client.call("Monitor", more: true)
    for _ in 0..<3 { try client.step() }  // the call, begin, state a
    client.log.append(.change, name: "b", change: change(.down), time: 2)
    #expect(
      try client.events().map(\.summary) == ["0 begin", "0 state a", "1 change b", "1 state b", "1 end"])
  }

  @Test func `a subscriber that was too slow gets the full state again and no gap`() throws {
    let client = Client(["a"])
    try client.call("Monitor", more: true)
    _ = try client.events()
    for time in 1...10 { client.log.append(.change, name: "a", change: change(.down), time: time) }
    #expect(try client.events().map(\.summary) == ["10 begin", "10 state a", "10 end"])
    client.log.append(.change, name: "a", change: change(.up), time: 11)
    #expect(try client.events().map(\.summary) == ["11 change a"])
  }

  @Test func `a client that does not read costs no more than the limit and one object`() throws {
    let client = Client((0..<200).map { "session-\($0)" })
    try client.call("List")
    try client.work()
    #expect(try client.step() == .waitsForOutput)
    let object = try encodeJSON(client.daemon.sessions[0]).count + 10
    #expect(client.connection.wire.output.count < ControlConnection<FakeDaemon>.outputLimit + object)
    #expect(try client.settle().count == 1)
  }

  @Test func `a subscriber that does not read costs no more either, and catches up`() throws {
    let client = Client((0..<200).map { "session-\($0)" })
    try client.call("Monitor", more: true)
    try client.work()
    #expect(client.connection.wire.output.count < ControlConnection<FakeDaemon>.outputLimit + 10_000)
    for time in 1...10 { client.log.append(.change, name: "session-0", change: change(.down), time: time) }
    let events = try client.events()
    let last = try #require(events.lastIndex { $0.kind == .begin })
    #expect(last > 0)
    #expect(events[last...].filter { $0.kind == .state }.compactMap(\.name) == client.daemon.objectNames)
    #expect(events.last?.summary == "10 end")
  }
}
