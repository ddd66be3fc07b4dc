import Testing
import Varlink

/// Runs a server connection and gives what it wrote as JSON texts.
private struct Harness {
  var server = ServerConnection(limits: CallLimits(bytes: 200))

  mutating func send(_ texts: String...) {
    for text in texts { server.receive((Array(text.utf8) + [0]).span) }
  }

  mutating func written() -> [String] {
    server.output.takeAll().split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
  }
}

@Suite struct ServerConnectionTests {
  @Test func `a call is read with its flags and parameters`() throws {
    var harness = Harness()
    harness.send(#"{"method":"org.example.more.Ping","parameters":{"name":"x"},"more":true}"#)
    let call = try #require(try harness.server.nextCall())
    #expect(call.interface == "org.example.more")
    #expect(call.name == "Ping")
    #expect(call.more && !call.oneway && !call.upgrade)
    #expect(try call.parameters(as: [String: String].self) == ["name": "x"])
  }

  @Test func `missing parameters read like an empty object`() throws {
    struct Optional: Codable, Equatable { var name: String? }
    for text in [#"{"method":"a.B"}"#, #"{"method":"a.B","parameters":null}"#, #"{"method":"a.B","parameters":{}}"#] {
      let call = try Call(parsing: Array(text.utf8))
      #expect(try call.parameters(as: Optional.self) == Optional())
      #expect(throws: VarlinkError.invalidParameter("name")) { try call.parameters(as: Named.self) }
    }
  }

  private struct Named: Codable, Equatable { var name: String }

  @Test func `a parameter of the wrong type is named`() throws {
    let call = try Call(parsing: Array(#"{"method":"a.B","parameters":{"name":5}}"#.utf8))
    #expect(throws: VarlinkError.invalidParameter("name")) { try call.parameters(as: Named.self) }
  }

  @Test func `pipelined calls wait for the reply of the one before`() throws {
    var harness = Harness()
    harness.send(#"{"method":"a.One"}"#, #"{"method":"a.Two"}"#)
    #expect(try harness.server.nextCall()?.name == "One")
    #expect(try harness.server.nextCall() == nil)
    try harness.server.reply(["n": 1])
    #expect(try harness.server.nextCall()?.name == "Two")
    try harness.server.reply(["n": 2])
    #expect(harness.written() == [#"{"parameters":{"n":1}}"#, #"{"parameters":{"n":2}}"#])
    #expect(try harness.server.nextCall() == nil)
  }

  @Test func `a stream keeps the following call waiting until it ends`() throws {
    var harness = Harness()
    harness.send(#"{"method":"a.Stream","more":true}"#, #"{"method":"a.Next"}"#)
    _ = try harness.server.nextCall()
    try harness.server.reply(["n": 1], continues: true)
    #expect(try harness.server.nextCall() == nil)
    try harness.server.reply(["n": 2])
    #expect(try harness.server.nextCall()?.name == "Next")
    #expect(harness.written() == [#"{"parameters":{"n":1},"continues":true}"#, #"{"parameters":{"n":2}}"#])
  }

  @Test func `an error reply ends the call`() throws {
    var harness = Harness()
    harness.send(#"{"method":"a.One"}"#)
    _ = try harness.server.nextCall()
    try harness.server.fail(.methodNotFound("a.One"))
    #expect(
      harness.written() == [#"{"error":"org.varlink.service.MethodNotFound","parameters":{"method":"a.One"}}"#])
    #expect(!harness.server.isAnswering)
  }

  @Test func `a oneway call gets no reply of any kind`() throws {
    var harness = Harness()
    for _ in 0..<3 { harness.send(#"{"method":"a.One","oneway":true}"#) }
    _ = try harness.server.nextCall()
    try harness.server.reply(["n": 1])
    _ = try harness.server.nextCall()
    try harness.server.fail(.permissionDenied)
    _ = try harness.server.nextCall()
    try harness.server.beginList("all")
    try harness.server.appendElement(1)
    harness.server.endList()
    #expect(harness.written().isEmpty)
    #expect(!harness.server.isAnswering)
  }

  @Test(arguments: [[], [1], [1, 2, 3]])
  func `a list written in pieces is one reply`(elements: [Int]) throws {
    var harness = Harness()
    harness.send(#"{"method":"a.List"}"#)
    _ = try harness.server.nextCall()
    try harness.server.beginList("all")
    for element in elements { try harness.server.appendElement(element) }
    #expect(try harness.server.nextCall() == nil)
    harness.server.endList()
    let list = elements.map(String.init).joined(separator: ",")
    #expect(harness.written() == [#"{"parameters":{"all":[\#(list)]}}"#])
  }

  @Test func `a reply that cannot be written leaves no half of itself`() throws {
    var harness = Harness()
    harness.send(#"{"method":"a.One"}"#)
    _ = try harness.server.nextCall()
    #expect(throws: JSONEncodingError.self) { try harness.server.reply(["n": Double.nan]) }
    try harness.server.fail(.methodNotImplemented("a.One"))
    #expect(harness.written().count == 1)
  }

  @Test func `no more than one call is taken in, and nothing while one waits or is answered`() throws {
    var harness = Harness()
    #expect(harness.server.roomForInput == 201)
    harness.server.receive(Array(#"{"method":"#.utf8).span)
    #expect(harness.server.roomForInput == 191)
    harness.send(#""a.One"}"#, #"{"method":"a.Two"}"#)
    #expect(harness.server.roomForInput == 0)
    for _ in 1...2 {
      _ = try #require(try harness.server.nextCall())
      #expect(harness.server.roomForInput == 0)
      try harness.server.reply(NoParameters())
    }
    #expect(harness.server.roomForInput == 201)
  }

  @Test func `a call of many parts is not read, text of the same length is`() throws {
    let parts = (0..<64).map { "\"k\($0)\":0" }.joined(separator: ",")
    var harness = Harness()
    harness.server = ServerConnection(limits: CallLimits())
    harness.send(#"{"method":"a.B","parameters":{\#(parts)}}"#)
    #expect(throws: ProtocolViolation.tooManyParts(limit: 64)) { try harness.server.nextCall() }
    harness.server = ServerConnection(limits: CallLimits())
    // The longest path, with a quotation mark before each other character, and brackets that are text.
    let path = String(repeating: #"\"{"#, count: 2_048) + String(repeating: ",", count: 2_000)
    harness.send(#"{"method":"a.B","parameters":{"file":"\#(path)"}}"#)
    let call = try #require(try harness.server.nextCall())
    #expect(try call.parameters(as: [String: String].self)["file"]?.utf8.count == 2 * 2_048 + 2_000)
  }

  @Test func `why a call is not read is said after the answers before it`() throws {
    var harness = Harness()
    harness.send(#"{"method":"a.One"}"#)
    _ = try harness.server.nextCall()
    try harness.server.reply(["n": 1])
    try harness.server.refuse(VarlinkError(name: "a.TooLarge", parameters: ["reason": "x"]))
    #expect(
      harness.written() == [#"{"parameters":{"n":1}}"#, #"{"error":"a.TooLarge","parameters":{"reason":"x"}}"#])
  }

  @Test(arguments: [
    "", "5", "[]", "{}", #"{"method":5}"#, #"{"method":"a.B","more":"yes"}"#, "{\"method\":\"a.B\"", "\u{FEFF}x",
  ])
  func `what is no call ends the connection`(text: String) {
    var harness = Harness()
    harness.send(text)
    #expect(throws: ProtocolViolation.malformedMessage) { try harness.server.nextCall() }
  }

  @Test func `nesting as deep as the limit allows is no call, and nothing worse`() {
    let deep = #"{"method":"a.B","parameters":"# + String(repeating: "[", count: 65_000)
    #expect(throws: ProtocolViolation.malformedMessage) { try Call(parsing: Array(deep.utf8)) }
    let closed = deep + String(repeating: "]", count: 65_000) + "}"
    #expect(throws: ProtocolViolation.malformedMessage) { try Call(parsing: Array(closed.utf8)) }
  }

  @Test func `a call beyond the limit ends the connection`() {
    var harness = Harness()
    harness.send(String(repeating: " ", count: 201))
    #expect(throws: ProtocolViolation.messageTooLong(limit: 200)) { try harness.server.nextCall() }
  }
}

@Suite struct ClientConnectionTests {
  private func client(_ calls: (String, more: Bool)...) throws -> ClientConnection {
    var client = ClientConnection(replyLimit: 1_000)
    for call in calls { try client.call(call.0, NoParameters(), more: call.more) }
    return client
  }

  private func receive(_ client: inout ClientConnection, _ texts: String...) {
    for text in texts { client.receive((Array(text.utf8) + [0]).span) }
  }

  @Test func `a call is written as the server reads it`() throws {
    var client = ClientConnection(replyLimit: 1_000)
    try client.call("a.B", ["name": "x"], more: true)
    var bytes = client.output.takeAll()
    #expect(bytes.popLast() == 0)
    let call = try Call(parsing: bytes)
    #expect(call.method == "a.B" && call.more)
    #expect(try call.parameters(as: [String: String].self) == ["name": "x"])
  }

  @Test func `replies come in the order of the calls`() throws {
    var client = try client(("a.One", more: true), ("a.Two", more: false))
    receive(
      &client, #"{"parameters":{"n":1},"continues":true}"#, #"{"parameters":{"n":2}}"#, #"{"parameters":{"n":3}}"#)
    var numbers: [Int?] = []
    while let reply = try client.nextReply() { numbers.append(try reply.parameters(as: [String: Int].self)["n"]) }
    #expect(numbers == [1, 2, 3])
    #expect(!client.isWaiting)
  }

  @Test func `an error reply carries its parameters as text`() throws {
    var client = try client(("a.One", more: false))
    receive(&client, #"{"error":"a.Broken","parameters":{"name":"x","count":5,"odd":[]}}"#)
    let reply = try #require(try client.nextReply())
    #expect(reply.error == VarlinkError(name: "a.Broken", parameters: ["name": "x", "count": "5", "odd": "?"]))
  }

  @Test func `a reply that nobody waits for is a violation`() throws {
    var client = try client()
    receive(&client, #"{"parameters":{}}"#)
    #expect(throws: ProtocolViolation.unexpectedReply) { try client.nextReply() }
  }

  @Test func `a stream in answer to a plain call is a violation`() throws {
    var client = try client(("a.One", more: false))
    receive(&client, #"{"parameters":{},"continues":true}"#)
    #expect(throws: ProtocolViolation.unexpectedContinuation) { try client.nextReply() }
  }
}
