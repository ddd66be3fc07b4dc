import ControlInterface
import Testing

@testable import Metrics

@Suite struct ExpositionTests {
  @Test func aFamilyHasItsHelpAndTypeOnceAndEverySample() {
    var exposition = Exposition()
    let columns: [Column<(name: String, value: Int)>] = [
      .gauge("x_even", "Even \\ numbers\nonly.") { $0.value % 2 == 0 ? $0.value : nil },
      .gauge("x_none", "Never.") { _ in nil },
    ]
    exposition.add(columns, of: [("a", 1), ("b", 2), ("\"c\\\n", 4)]) { [("name", $0.name)] }
    #expect(
      exposition.text == """
        # HELP x_even Even \\\\ numbers\\nonly.
        # TYPE x_even gauge
        x_even{name="b"} 2
        x_even{name="\\"c\\\\\\n"} 4

        """)
  }

  @Test(arguments: [
    (0, "0"), (1, "0.000001"), (64, "0.000064"), (1_000_000, "1"), (1_500_000, "1.5"), (-20_000, "-0.02"),
    (1_700_000_000_123_456, "1700000000.123456"), (Int.min, "-9223372036854.775808"),
  ])
  func microsecondsBecomeSecondsWithoutLoss(microseconds: Int, text: String) {
    #expect(Exposition.seconds(microseconds) == text)
  }

  @Test func bucketsAreCumulativeAndTheLastHasNoBound() throws {
    // Bounds 1, 2, ... 2^8 us, and the rest.
    let figures = DurationFigures(count: 21, sum: 3_000, buckets: [1, 0, 0, 0, 0, 0, 2, 3, 4, 11])
    let buckets = try #require(DurationBuckets(figures, step: 2))
    #expect(buckets.bounds.map(\.microseconds) == [64, 256])
    #expect(buckets.bounds.map(\.count) == [3, 10])
    #expect(buckets.count == 21)
    var exposition = Exposition()
    exposition.add([Column<Int>.histogram("h_seconds", "H.") { _ in buckets }], of: 0)
    #expect(
      exposition.text.split(separator: "\n").dropFirst(2) == [
        "h_seconds_bucket{le=\"0.000064\"} 3", "h_seconds_bucket{le=\"0.000256\"} 10",
        "h_seconds_bucket{le=\"+Inf\"} 21", "h_seconds_sum 0.003", "h_seconds_count 21",
      ])
    #expect(DurationBuckets(DurationFigures(count: 3, max: 7), step: 1) == nil)
  }
}
