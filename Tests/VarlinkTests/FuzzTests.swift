import NetPrimitives
import Testing
import Varlink

/// Streams made of valid calls that were damaged at random. Whatever comes, the connection ends with a violation or
/// reads calls; it holds no more bytes than it may.
@Suite struct FuzzTests {
  private static let seeds: [String] = [
    #"{"method":"dev.baton.bfd.Get","parameters":{"name":"bfdp"},"more":false}"#,
    #"{"method":"dev.baton.bfd.Monitor","more":true}"#,
    #"{"parameters":{"event":{"sequence":1,"state":null}},"continues":true}"#,
    #"{"error":"org.varlink.service.MethodNotFound","parameters":{"method":"x"}}"#,
    "[[[[[[[[[[{\"a\":[1e308,-0.0,\"\\u0000\\ud800\"]}]]]]]]]]]]",
  ]

  private func damaged(_ text: String, _ random: inout SeededGenerator) -> [UInt8] {
    var bytes = Array(text.utf8)
    for _ in 0..<Int.random(in: 0...4, using: &random) where !bytes.isEmpty {
      let index = bytes.indices.randomElement(using: &random) ?? 0
      switch Int.random(in: 0...4, using: &random) {
      case 0: bytes[index] = UInt8.random(in: 0...255, using: &random)
      case 1: bytes.remove(at: index)
      case 2: bytes.insert(UInt8.random(in: 0...255, using: &random), at: index)
      case 3: bytes.insert(contentsOf: bytes[index...].prefix(40), at: index)
      default: bytes.removeLast(bytes.count - index)
      }
    }
    return bytes + [0]
  }

  @Test(arguments: 1...100)
  func `damaged calls never stop the service`(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    var server = ServerConnection(limits: CallLimits(bytes: 300))
    var answered = 0
    var client = ClientConnection(replyLimit: 300)
    for _ in 0..<200 {
      let bytes = damaged(Self.seeds.randomElement(using: &random) ?? "", &random)
      server.receive(bytes.span)
      client.receive(bytes.span)
      do {
        while let call = try server.nextCall() {
          _ = try? call.parameters(as: [String: String].self)
          try server.reply(["method": call.method])
          answered += 1
        }
      } catch {
        server = ServerConnection(limits: CallLimits(bytes: 300))
      }
      do {
        while try client.nextReply() != nil {}
      } catch {
        client = ClientConnection(replyLimit: 300)
        try? client.call("a.B", NoParameters(), more: true)
      }
    }
    #expect(answered > 0)
    #expect(server.roomForInput > 0)
  }
}
