import NetPrimitives
import Testing

@Suite struct WireTests {
  @Test func numbersAreBigEndian() {
    let bytes: [UInt8] = [0xFF, 1, 2, 3, 4, 5, 6, 7, 8]
    #expect(bytes.span.readUInt8(at: 0) == 0xFF)
    #expect(bytes.span.readUInt16(at: 1) == 0x0102)
    #expect(bytes.span.readUInt32(at: 1) == 0x0102_0304)
    #expect(bytes.span.readUInt64(at: 1) == 0x0102_0304_0506_0708)
  }

  /// A dirty buffer shows which bytes a writer leaves alone.
  @Test func writingTouchesOnlyItsBytes() {
    var bytes = [UInt8](repeating: 0xA5, count: 9)
    var span = bytes.mutableSpan
    span.write(UInt8(1), at: 0)
    span.write(UInt16(0x0203), at: 2)
    span.write(UInt32(0x0405_0607), at: 5)
    #expect(bytes == [1, 0xA5, 2, 3, 0xA5, 4, 5, 6, 7])
  }

  @Test func appendingAndReplacing() {
    var bytes: [UInt8] = []
    bytes.append(bigEndian: UInt16(0x0102))
    bytes.append(bigEndian: UInt32(0x0304_0506))
    bytes.replace(at: 1, bigEndian: 0xFFFE)
    #expect(bytes == [1, 0xFF, 0xFE, 4, 5, 6])
  }

  @Test func generatorRepeatsItsSequence() {
    var first = SeededGenerator(seed: 7)
    var second = SeededGenerator(seed: 7)
    var other = SeededGenerator(seed: 8)
    let sequence = (0..<100).map { _ in first.next() }
    #expect(sequence == (0..<100).map { _ in second.next() })
    #expect(sequence != (0..<100).map { _ in other.next() })
    #expect((0..<1_000).allSatisfy { _ in first.next(below: 3) < 3 })
  }
}
