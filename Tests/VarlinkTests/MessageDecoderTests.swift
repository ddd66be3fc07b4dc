import NetPrimitives
import Testing
import Varlink

@Suite struct MessageDecoderTests {
  /// Feeds `bytes` in pieces of the given sizes and collects the messages.
  private func decode(_ bytes: [UInt8], pieces: [Int], limit: Int = 1_000) throws -> [String] {
    var decoder = MessageDecoder(limit: limit)
    var messages: [String] = []
    var offset = 0
    for size in pieces {
      let end = min(offset + size, bytes.count)
      decoder.append(Array(bytes[offset..<end]).span)
      offset = end
      while let message = try decoder.next() { messages.append(String(decoding: message, as: UTF8.self)) }
    }
    return messages
  }

  @Test func `messages are cut at the NUL wherever the stream was cut`() throws {
    let stream = Array("{}\0{\"a\":1}\0\0x".utf8)
    for first in 0...stream.count {
      #expect(try decode(stream, pieces: [first, stream.count]) == ["{}", "{\"a\":1}", ""], "cut after \(first)")
    }
    #expect(try decode(stream, pieces: Array(repeating: 1, count: stream.count)) == ["{}", "{\"a\":1}", ""])
  }

  @Test func `a message of exactly the limit is accepted, one byte more is not`() throws {
    let fitting = [UInt8](repeating: 7, count: 10) + [0]
    #expect(try decode(fitting, pieces: [11], limit: 10).count == 1)
    #expect(throws: MessageDecoder.Failure.messageTooLong(limit: 10)) {
      try decode([7] + fitting, pieces: [12], limit: 10)
    }
  }

  @Test func `an endless message fails as soon as it is longer than the limit, not when it ends`() {
    #expect(throws: MessageDecoder.Failure.messageTooLong(limit: 10)) {
      try decode([UInt8](repeating: 7, count: 11), pieces: [11], limit: 10)
    }
  }

  @Test(arguments: 1...20)
  func `any stream cut anywhere gives what splitting it at once gives`(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    let stream = (0..<2_000).map { _ in UInt8.random(in: 0...5, using: &random) }
    let whole = stream.split(separator: 0, omittingEmptySubsequences: false).dropLast()
      .map { String(decoding: $0, as: UTF8.self) }
    var pieces: [Int] = []
    while pieces.reduce(0, +) < stream.count { pieces.append(Int.random(in: 0...70, using: &random)) }
    #expect(try decode(stream, pieces: pieces) == whole)
  }
}
