import NetPrimitives
import Testing

@testable import LinuxIO

@Suite("Waiting log records")
struct LogQueueTests {
  private func record(_ length: Int) -> [UInt8] { [UInt8](repeating: UInt8(ascii: "x"), count: length) }

  @Test("Bytes are bounded as well as records, and room that was read is room again")
  func bounds() {
    var queue = LogQueue(capacity: 5, byteLimit: 1_000)
    var taken = [600, 401, 100, 100, 100, 100, 0].map { queue.append(record($0)) }
    #expect(taken == [true, false, true, true, true, true, false])
    #expect(queue.bytes == 1_000 && queue.count == 5)
    // Half of a record is no room.
    var isWhole = queue.advance(by: 300)
    taken = [queue.append(record(1))]
    #expect(!isWhole && taken == [false] && queue.written == 300)
    isWhole = queue.advance(by: 300)
    taken = [queue.append(record(600))]
    #expect(isWhole && taken == [true] && queue.bytes == 1_000 && queue.written == 0)
  }

  @Test("A reader that always lags behind makes it grow no longer")
  func slowReader() {
    var queue = LogQueue(capacity: 100, byteLimit: 1 << 20)
    for _ in 1...100 { _ = queue.append(record(10)) }
    var places = 0
    for _ in 1...10_000 {
      let (isWhole, isTaken) = (queue.advance(by: 10), queue.append(record(10)))
      guard isWhole, isTaken else {
        Issue.record("no room where there was some")
        return
      }
      places = max(places, queue.places)
    }
    #expect(places < 1_000)
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
