internal import NetPrimitives

/// How times are spread, in steps of 10 us up to a second: any number of them in constant memory.
struct Spread {
  private static let step = Interval.microseconds(10)
  private var counts = [UInt32](repeating: 0, count: 100_001)
  private(set) var count = 0
  private(set) var greatest = Interval.zero

  mutating func record(_ interval: Interval) {
    counts[min(max(Int(interval.nanoseconds / Self.step.nanoseconds), 0), counts.count - 1)] += 1
    count += 1
    greatest = max(greatest, interval)
  }

  /// The time that the given share (0...1) does not exceed, to 10 us; `nil` where none was recorded.
  func quantile(_ share: Double) -> Interval? {
    guard count > 0 else { return nil }
    var remaining = Int((Double(count) * share).rounded(.up))
    for (index, amount) in counts.enumerated() {
      remaining -= Int(amount)
      if remaining <= 0 { return min(Self.step * Int64(index + 1), greatest) }
    }
    return greatest
  }
}
