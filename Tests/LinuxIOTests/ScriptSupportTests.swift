import LinuxIO
import Testing

@Suite("What the script helper is made of") struct ScriptSupportTests {
  @Test("Messages stay apart, a full socket says so, the end is seen") func messages() throws {
    var (left, right): (MessageSocket, MessageSocket?) = try MessageSocket.pair()
    #expect(try left.receive(limit: 10) == .nothing)
    #expect(try right?.send([1, 2, 3]) == true)
    #expect(try right?.send([4]) == true)
    #expect(try left.receive(limit: 2) == .message([1, 2]), "the rest of a longer message is lost")
    #expect(try left.receive(limit: 2) == .message([4]))
    let message = [UInt8](repeating: 7, count: 4_096)
    var sent = 0
    while try left.send(message) { sent += 1 }
    #expect(sent > 0)
    for _ in 0..<sent { #expect(try right?.receive(limit: 8_192) == .message(message)) }
    #expect(try left.send(message))
    right = nil
    #expect(try left.receive(limit: 10) == .end)
    #expect(throws: SystemError.self) { try left.send([1]) }
  }

  @Test("A sealed file takes what fits and remembers the end") func sealedFile() throws {
    let file = try SealedFile(size: 8)
    #expect(try file.tail(limit: 4) == [])
    #expect(try file.descriptor.write([1, 2, 3, 4, 5, 6].span) == .bytes(6))
    #expect(try file.tail(limit: 4) == [3, 4, 5, 6])
    #expect(try file.tail(limit: 100) == [1, 2, 3, 4, 5, 6])
    #expect(try file.descriptor.write([7, 8].span) == .bytes(2))
    #expect(throws: SystemError.self) { try file.descriptor.write([9].span) }
    #expect(try file.tail(limit: 2) == [7, 8])
  }

  @Test("Users and groups are known by name") func accounts() throws {
    let root = try #require(Accounts.user(named: "root"))
    #expect(root.uid == 0)
    #expect(Accounts.group(named: "root") == 0)
    #expect(Accounts.groups(ofUser: "root", primary: 12_345).contains(12_345))
    #expect(Accounts.user(named: "no such user") == nil)
    #expect(Accounts.group(named: "no such group") == nil)
  }

  @Test("The environment has what the C library says") func environment() {
    let path = FileSystem.environment("PATH")
    #expect(ProcessEnvironment.all.contains("PATH=\(path ?? "")"))
  }
}
