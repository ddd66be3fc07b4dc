import NetPrimitives
import Testing

@testable import LinuxIO

@Suite("Standard output") struct TerminalTests {
  @Test("What cannot be written is an error")
  func full() throws {
    let full = try FileDescriptor.appending(to: "/dev/full")
    #expect(throws: SystemError.self) { try Terminal.write("text\n", to: full.rawValue) }
    try Terminal.write("", to: full.rawValue)
  }

  @Test("A pipe whose reader is gone has none")
  func reader() throws {
    var reading: FileDescriptor?
    let writing: FileDescriptor
    (reading, writing) = try FileDescriptor.pipe()
    #expect(reading != nil && Terminal.hasReader(writing.rawValue))
    reading = nil
    #expect(!Terminal.hasReader(writing.rawValue))
    #expect(Terminal.hasReader(try FileDescriptor.appending(to: "/dev/null").rawValue))
  }

  @Test("A reader that is slow gets everything, even where writing does not wait")
  func slow() async throws {
    let pipe = try FileDescriptor.pipe()
    let text = String(repeating: "0123456789abcde\n", count: 50_000)
    let writing = pipe.writing.rawValue
    let writer = Task.detached { try Terminal.write(text, to: writing) }
    var read: [UInt8] = []
    while read.count < text.utf8.count, try pipe.reading.wait(timeout: .seconds(60)) {
      _ = try pipe.reading.read(into: &read, limit: 4_096)
    }
    try await writer.value
    #expect(read == Array(text.utf8))
    // Both ends are open until here.
    _ = pipe
  }
}
