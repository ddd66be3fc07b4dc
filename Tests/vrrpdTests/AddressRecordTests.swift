import LinuxIO
import Logging
import NetPrimitives
import Testing

@testable import vrrpd

@Suite("Address record", .timeLimit(.minutes(1))) struct AddressRecordTests {
  private final class Idle: EventLoopDriver {
    var nextDeadline: Instant? { nil }
    func deadlinesReached(at now: Instant) {}
  }

  @Test("the next daemon with the same socket reads what the last one noted, and nothing after a clean stop")
  func roundTrip() throws {
    let loop = try EventLoop()
    let socket = "/tmp/baton-record-\(try KernelRandom.seed())"
    let first = try AddressRecord(socket: socket, loop: loop, logger: Logger(label: "test"))
    #expect(first.recorded().isEmpty)
    let names = ["eth0 192.0.2.1/24", "eth1 2001:db8::1/64"]
    first.note(names.dropLast())
    first.note(names)
    while first.isWriting { try loop.runTurn(Idle()) }
    let second = try AddressRecord(socket: socket, loop: loop, logger: Logger(label: "test"))
    #expect(second.recorded() == Set(names))
    second.remove()
    #expect(first.recorded().isEmpty)
  }

  @Test("a write that is under way when the daemon stops leaves no file behind")
  func removalWaitsForTheWriter() throws {
    let loop = try EventLoop()
    let socket = "/tmp/baton-record-\(try KernelRandom.seed())"
    for round in 0..<100 {
      let record = try AddressRecord(socket: socket, loop: loop, logger: Logger(label: "test"))
      record.note(["eth0 192.0.2.\(round)/24"])
      record.remove()
      while record.isWriting { try loop.runTurn(Idle()) }
      #expect(record.recorded().isEmpty, "round \(round)")
    }
  }

  @Test("what was noted in another network namespace is not ours")
  func otherNamespace() throws {
    let socket = "/tmp/baton-record-\(try KernelRandom.seed())"
    try FileSystem.replace(socket + ".addresses", with: Array("namespace 1 2\neth0 192.0.2.1/24\n".utf8))
    let record = try AddressRecord(socket: socket, loop: try EventLoop(), logger: Logger(label: "test"))
    #expect(record.recorded().isEmpty)
    record.remove()
  }
}
