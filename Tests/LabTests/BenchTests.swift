import LabKit
import NetPrimitives
import Testing

extension LabTests {
  @Suite struct Benchmarks {
    /// More sessions than have source ports of their own, slow enough for a busy machine.
    private static let load = BenchLoad(
      sessions: 80, interval: .milliseconds(200), multiplier: 5, duration: .seconds(2))

    /// The program that plays the neighbours stands beside those under test.
    private static func program() throws -> String { try LabTests.baton().path("baton-lab") }

    @Test(arguments: [BenchRouter.bfdd, .bird])
    func aRouterIsMeasured(_ router: BenchRouter) throws {
      let result = try Bench.measure(router, Self.load, baton: LabTests.baton(), peers: Self.program())
      guard case .measured(let figures) = result.outcome else {
        Issue.record("\(result.outcome)")
        return
      }
      #expect(figures.flaps == 0)
      // 80 sessions, both ways, five to seven packets a second each, for two seconds.
      #expect((1_000...3_000).contains(figures.packets))
      #expect(figures.timePerPacket > .zero && figures.memory > 0)
      // No interval is shorter than 75 % of 200 ms.
      #expect(figures.largestGap >= .milliseconds(150) && figures.gapP99 <= figures.largestGap)
      #expect(figures.silenced == 80 && figures.lateness.count == 80)
      let json = try BenchReport.json([result], Self.load)
      for name in ["cpu_per_packet_ns", "largest_gap", "flaps", "lateness_p99", "resident_memory", "time_until_up"] {
        #expect(json.contains("\"\(name)\" :"), "\(name)")
      }
      #expect(BenchReport.text([result], Self.load).contains("  \(router.rawValue) "))
    }

    /// Junk as fast as one process sends it does not disturb the sessions, and is counted by what is wrong with it.
    @Test func junkIsKeptApart() throws {
      let baton = try LabTests.baton()
      var conditions = Bench.Conditions()
      // The daemons before the flood, which keeps one of the machine's processors busy by itself.
      conditions.isRealTime = true
      conditions.junkRate = 300_000
      let load = BenchLoad(sessions: 64, interval: .milliseconds(50), multiplier: 5, duration: .seconds(4))
      var counters = ""
      let result = try Bench.measure(.bfdd, load, baton: baton, peers: Self.program(), conditions) {
        host throws(LabError) in counters = try host.run([baton.path("bfdctl"), "counters"])
      }
      let figures = try #require(result.figures, "\(result.outcome)")
      #expect(figures.flaps == 0)
      let junk = try #require(figures.junk)
      let drops = Self.drops(counters)
      for (reason, sent) in junk {
        #expect(sent > 1_000, "\(reason)")
        #expect(drops[reason, default: 0] > 0, "\(reason)")
      }
      // What the kernel loses before it reaches a socket nobody counts.
      let counted = drops.values.reduce(0, +)
      let all = junk.values.reduce(0, +)
      #expect(counted <= all + 1_000 && counted > all / 2, "\(drops) of \(junk)")
    }

    /// The table below "discarded by reason": "  unknown discriminator   12".
    private static func drops(_ text: String) -> [String: Int] {
      let lines = text.split(separator: "\n").drop { !$0.contains("discarded by reason") }.dropFirst()
      let pairs = lines.compactMap { line -> (String, Int)? in
        let words = line.split(separator: " ")
        return words.last.flatMap { Int($0) }.map { (words.dropLast().joined(separator: "_"), $0) }
      }
      return Dictionary(pairs) { $0 + $1 }
    }

    @Test func aRouterThatCannotIsReported() throws {
      let folder = try Command.run(["mktemp", "-d"]).split(separator: "\n").joined()
      defer { _ = try? Command.run(["rm", "-r", folder]) }
      let program = "for name in bfdd vrrpd; do printf '#!/bin/sh\\nexit 3\\n' > $name; chmod +x $name; done"
      try Command.run(["sh", "-ec", "cd \(folder); \(program)"])
      let load = BenchLoad(sessions: 1, interval: .seconds(1), multiplier: 3, duration: .seconds(1))
      let result = try Bench.measure(.bfdd, load, baton: Baton(folder: folder), peers: Self.program())
      guard case .refused(let why) = result.outcome else {
        Issue.record("a program that ends at once was measured")
        return
      }
      #expect(why.contains("ended by itself"))
      #expect(try BenchReport.json([result], load).contains("\"refused\""))
      #expect(BenchReport.text([result], load).contains("no result"))
    }
  }
}
