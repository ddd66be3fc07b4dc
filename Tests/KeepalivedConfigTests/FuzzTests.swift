import NetPrimitives
import Testing

@testable import KeepalivedConfig

/// Damaged files end in findings, never in a trap or a loop.
@Suite struct FuzzTests {
  private static let fragments = [
    "{", "}", "\"", "'", "\\", "!", "#", "$", "${", "$A=", "${A}", "@", "@^x ", "~SEQ(i,1,3) ", "~LST({a,b},{c,d}) ",
    "include *.conf", "\n", "\r", "\0", " ", "\t", "virtual_ipaddress", "vrrp_instance X {", "track_bfd {", "-1",
    "99999999999",
    "::", "/", "0.0000001", "é", "weight", "${_RANDOM 5 1}", "\\\n",
  ].map { Array($0.utf8) }

  private func mutated(_ original: [UInt8], _ generator: inout SeededGenerator) -> [UInt8] {
    var bytes = original
    for _ in 0...generator.next(below: 6) {
      let place = Int(generator.next(below: UInt64(bytes.count + 1)))
      let end = min(bytes.count, place + Int(generator.next(below: 40)))
      switch generator.next(below: 5) {
      case 0: bytes.removeSubrange(place..<end)
      case 1: bytes.insert(contentsOf: bytes[place..<end], at: Int(generator.next(below: UInt64(bytes.count + 1))))
      case 2: if place < bytes.count { bytes[place] = UInt8(truncatingIfNeeded: generator.next()) }
      default:
        bytes.insert(contentsOf: Self.fragments[Int(generator.next(below: UInt64(Self.fragments.count)))], at: place)
      }
    }
    return bytes
  }

  @Test(arguments: Fixture.allCases)
  func mutations(of fixture: Fixture) throws {
    let original = Array(try fixture.text.utf8)
    var files = MemoryFiles()
    files.limits.work = 1 << 18
    files.limits.substitutedBytes = 1 << 18
    files.limits.includes = 32
    for seed in 0..<UInt64(150) {
      var generator = SeededGenerator(seed: seed)
      files.files["/etc/main.conf"] = String(decoding: mutated(original, &generator), as: UTF8.self)
      let loaded = try Configuration.load(path: "/etc/main.conf", from: files.source, limits: files.limits)
      #expect(loaded.findings.allSatisfy { $0.location.line > 0 && $0.location.column > 0 }, "seed \(seed)")
      #expect(loaded.findings.count <= files.limits.findings, "seed \(seed)")
    }
  }

  @Test(arguments: Fixture.allCases)
  func truncations(of fixture: Fixture) throws {
    let lines = try fixture.text.split(separator: "\n", omittingEmptySubsequences: false)
    for count in lines.indices {
      let loaded = try load(lines[..<count].joined(separator: "\n"))
      #expect(loaded.errors.allSatisfy { $0.location.line <= max(1, count) })
    }
  }
}
