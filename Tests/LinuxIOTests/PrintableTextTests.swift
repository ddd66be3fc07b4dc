import Testing

@testable import LinuxIO

@Suite struct PrintableTextTests {
  /// Whatever bytes a script writes or a name consists of, no reader of the log or of a terminal is steered by them.
  @Test func nothingSteersTheReader() {
    var state: UInt64 = 1
    func next(_ limit: UInt64) -> UInt64 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return (state >> 33) % limit
    }
    let pieces: [[UInt8]] = [
      [0x1B], Array("[31m".utf8), Array("[2J".utf8), [0xC2, 0x9B], [0xC2, 0x85], [0x9B], [0xFF], [0x07], [0x0A], [0x09],
      [0x0D], Array("\u{202E}".utf8), Array("\u{2028}".utf8), Array("ü".utf8), Array("a".utf8), [0xE2, 0x80], [0x7F],
    ]
    for _ in 0..<5_000 {
      let bytes = (0..<next(12)).flatMap { _ in pieces[Int(next(UInt64(pieces.count)))] }
      let text = String(decoding: bytes, as: UTF8.self)
      #expect(!PrintableText.line(text).unicodeScalars.contains(where: Self.acts), "\(bytes)")
      let record = PrintableText.record(text).unicodeScalars
      #expect(!record.contains { Self.acts($0) && $0 != "\n" && $0 != "\t" }, "\(bytes)")
      // Colors aside.
      let lines = PrintableText.lines(text).replacing("\u{1B}[31m", with: "").unicodeScalars
      #expect(!lines.contains { Self.acts($0) && $0 != "\n" && $0 != "\t" }, "\(bytes)")
      for plain in [PrintableText.line(text), PrintableText.record(text), PrintableText.lines(text)] {
        #expect(plain.unicodeScalars.filter { $0 == "ü" }.count == text.unicodeScalars.filter { $0 == "ü" }.count)
      }
    }
  }

  private static func acts(_ scalar: Unicode.Scalar) -> Bool {
    scalar.properties.generalCategory == .control || scalar.value == 0x2028 || scalar.value == 0x202E
  }

  @Test func escapesAreReadable() {
    #expect(PrintableText.line("a\u{1B}[2Jb\u{9B}c\n") == "a\\u{1B}[2Jb\\u{009B}c\\n")
    #expect(PrintableText.lines("a\u{1B}[2Jb\u{9B}c\n") == "a\\u001b[2Jb\\u009bc\n")
    #expect(PrintableText.lines("\u{1B}[1;31mred\u{1B}[0m") == "\u{1B}[1;31mred\u{1B}[0m")
    #expect(PrintableText.lines("{\"name\":\"a\u{85}\"}") == "{\"name\":\"a\\u0085\"}")
    #expect(PrintableText.record("a\n\tb\u{1B}") == "a\n\tb\\u{1B}")
  }
}
