import BFDCore
import NetPrimitives
import Testing

@Suite("Histogram") struct HistogramTests {
  @Test("each time falls into the bucket its doubling names", arguments: 0..<40)
  func buckets(exponent: Int) {
    var histogram = Histogram()
    histogram.record(.microseconds(1 << exponent) - .nanoseconds(1))
    histogram.record(.microseconds(1 << exponent))
    #expect(histogram[min(exponent, Histogram.bucketCount - 1)] >= 1)
    #expect(histogram[min(exponent + 1, Histogram.bucketCount - 1)] >= 1)
    #expect((0..<Histogram.bucketCount).reduce(0) { $0 + histogram[$1] } == 2)
    #expect(histogram.maximum == .microseconds(1 << exponent))
  }

  @Test("negative and absurd times are counted, not trapped on")
  func extremes() {
    var histogram = Histogram()
    histogram.record(-.greatest)
    histogram.record(.greatest)
    #expect(histogram.count == 2)
    #expect(histogram.minimum == .zero && histogram.maximum == .greatest)
    #expect(histogram[0] == 1 && histogram[Histogram.bucketCount - 1] == 1)
  }
}
