import ControlInterface
import FoundationEssentials
import LinuxIO
import Logging
import NetPrimitives
import Testing

@testable import vrrpd

@Suite("JSON notification pipe") struct NotificationStreamTests {
  private struct Shown: Decodable {
    let sequence: Int
    let type: String
    let name: String
    let event: String
    let state: String
    let detail: String?
    let left_out: Int
  }

  /// A loop that does nothing of its own, and looks often.
  private final class Driver: EventLoopDriver {
    var nextDeadline: Instant? { MonotonicClock.now() + .milliseconds(2) }
    func deadlinesReached(at now: Instant) {}
  }

  private let path: String
  private let loop: EventLoop
  private let stream: NotificationStream

  init() throws {
    path = "/tmp/baton-stream-\(try KernelRandom.seed())"
    loop = try EventLoop()
    stream = NotificationStream(loop: loop, logger: Logger(label: "test"))
    stream.replace(with: NotificationPipes.Wanted(path: path, uid: nil, gid: nil))
  }

  private func write(_ name: String, _ state: InstanceState, detail: String? = nil) {
    var line = NotificationStream.Line(.instance, name, .state, state)
    line.detail = detail
    stream.write(line)
  }

  private func read(_ reader: FileDescriptor) throws -> [Shown] {
    var bytes: [UInt8] = []
    while case .bytes = try reader.read(into: &bytes, limit: 65_536) {}
    return try bytes.split(separator: 10).map { try JSONDecoder().decode(Shown.self, from: Data($0)) }
  }

  @Test("every change is a line with sequence and detail")
  func lines() throws {
    write("VI_1", .backup)
    write("VI \"2\"", .master, detail: "no active router is heard")
    let lines = try read(.reading(pipe: path))
    #expect(lines.map(\.sequence) == [1, 2] && lines.map(\.state) == ["backup", "master"])
    #expect(lines[1].name == "VI \"2\"" && lines[1].detail == "no active router is heard")
    #expect(lines.allSatisfy { $0.type == "instance" && $0.event == "state" && $0.left_out == 0 })
    stream.close()
    #expect(try FileSystem.status(path) == nil)
  }

  @Test("a slow reader gets every last state, and is told what was left out")
  func slowReader() throws {
    let reader = try FileDescriptor.reading(pipe: path)
    let total = 20_000
    for number in 1...total { write("VI_\(number % 10)", number == total - 3 ? .fault : .backup) }
    var lines = try read(reader)
    #expect(lines.count < total && lines.map(\.sequence) == Array(1...lines.count), "what was there first is whole")
    let driver = Driver()
    let patience = MonotonicClock.now() + .seconds(20)
    var late: [Shown] = []
    while late.count < 10, MonotonicClock.now() < patience {
      try loop.runTurn(driver)
      late += try read(reader)
    }
    #expect(late.map(\.sequence) == Array(total - 9...total), "one line for each instance, the newest")
    #expect(late.first { $0.sequence == total - 3 }?.state == "fault")
    #expect(late[0].left_out == total - 10 - lines.count && late.dropFirst().allSatisfy { $0.left_out == 0 })
    #expect(Int(stream.lostLines) == late[0].left_out)
    write("VI_1", .master)
    lines = try read(reader)
    #expect(lines.map(\.sequence) == [total + 1] && lines.map(\.left_out) == [0])
    stream.close()
  }

  @Test("a line is never longer than the kernel takes whole")
  func longDetail() throws {
    write("VI", .fault, detail: String(repeating: "x", count: 10_000))
    let lines = try read(.reading(pipe: path))
    #expect(lines.map(\.state) == ["fault"])
    stream.close()
  }
}
