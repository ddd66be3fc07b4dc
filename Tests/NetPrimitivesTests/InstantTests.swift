import NetPrimitives
import Testing

@Suite struct InstantTests {
  @Test func arithmeticSaturates() {
    #expect(Instant.distantFuture + .seconds(1) == .distantFuture)
    #expect(Instant.zero - .seconds(1) == .zero)
    #expect(Instant(nanoseconds: 5) - Instant(nanoseconds: 7) == .nanoseconds(-2))
    #expect(Instant.distantFuture - Instant.zero == .greatest)
    #expect(Instant.zero - Instant.distantFuture == -.greatest)
    #expect(Interval.greatest + .nanoseconds(1) == .greatest)
    #expect(-Interval.greatest - .nanoseconds(1) == -.greatest)
    #expect(Interval.seconds(.max) == .greatest)
    #expect(Interval.greatest * -2 == -.greatest)
  }

  @Test(arguments: [
    (Interval.zero, "0 s"), (.nanoseconds(12), "12 ns"), (.microseconds(250), "250 us"), (.milliseconds(30), "30 ms"),
    (.microseconds(1_500), "1.5 ms"), (.seconds(3), "3 s"), (.microseconds(3_609_375), "3.609 s"),
    (.milliseconds(-20), "-20 ms"), (.nanoseconds(1_010_000), "1.01 ms"),
  ])
  func intervalsReadWell(interval: Interval, text: String) {
    #expect(interval.description == text)
  }
}
