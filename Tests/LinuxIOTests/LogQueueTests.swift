import NetPrimitives
import Testing

@testable import LinuxIO

@Suite("Waiting log records")
struct LogQueueTests {
  private func record(_ length: Int) -> [UInt8] { [UInt8](repeating: UInt8(ascii: "x"), count: length) }

  @Test("Bytes are bounded as well as records, and room that was read is room again")
  func bounds() {
    var queue = LogQueue(capacity: 5, byteLimit: 1_000)
    #expect(queue.append(record(600)))
    #expect(!queue.append(record(401)))
    for _ in 1...4 { #expect(queue.append(record(100))) }
    #expect(!queue.append(record(0)))
    #expect(queue.bytes == 1_000 && queue.count == 5)
    // Half of a record is no room.
    #expect(!queue.advance(by: 300))
    #expect(!queue.append(record(1)) && queue.written == 300)
    #expect(queue.advance(by: 300))
    #expect(queue.append(record(600)) && queue.bytes == 1_000 && queue.written == 0)
  }

  @Test("A reader that always lags behind makes it grow no longer")
  func slowReader() {
    var queue = LogQueue(capacity: 100, byteLimit: 1 << 20)
    for _ in 1...100 { #expect(queue.append(record(10))) }
    for _ in 1...10_000 {
      #expect(queue.advance(by: 10))
      #expect(queue.append(record(10)))
      #expect(queue.places < 1_000)
    }
    #expect(queue.count == 100 && queue.bytes == 1_000)
  }

  @Test("A sink with a slow reader keeps to its bytes, and says what it lost")
  func slowSink() throws {
    let (reading, writing) = try FileDescriptor.pipe()
    let sink = LogSink(writing, .stream, byteLimit: 100_000)
    var read: [UInt8] = []
    for _ in 1...2_000 {
      sink.append(record(999) + [UInt8(ascii: "\n")])
      // Slower than it is written.
      _ = try reading.read(into: &read, limit: 100)
      #expect(sink.pending <= 101)
    }
    #expect(sink.lost > 1_000)
    repeat { while case .bytes = try reading.read(into: &read, limit: 65_536) {} } while !sink.flush()
    while case .bytes = try reading.read(into: &read, limit: 65_536) {}
    let lines = read.split(separator: UInt8(ascii: "\n"))
    #expect(lines.count { $0.count == 999 } + Int(sink.lost) == 2_000)
    #expect(lines.contains { String(decoding: $0, as: UTF8.self).contains("log lines lost") })
  }
}
