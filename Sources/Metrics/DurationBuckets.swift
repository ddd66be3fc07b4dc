import ControlInterface

/// A distribution of lengths of time, ready to be shown: its bounds are powers of two of a microsecond.
struct DurationBuckets {
  /// The least upper bound shown, as an exponent: what is shorter is counted there.
  static let leastExponent = 6

  /// Cumulative: bound in microseconds, and how many were shorter.
  let bounds: [(microseconds: Int, count: Int)]
  /// How many there are.
  let count: Int
  /// All together, in microseconds.
  let sum: Int

  /// The distribution behind `figures`, with every `step`-th power of two from 64 us on; `nil` where none is kept.
  init?(_ figures: DurationFigures, step: Int) {
    guard let buckets = figures.buckets, let sum = figures.sum, !buckets.isEmpty else { return nil }
    var bounds: [(Int, Int)] = []
    var total = 0
    for (exponent, count) in buckets.enumerated() {
      total += count
      // The last bucket has no upper bound.
      let isShown = exponent >= Self.leastExponent && (exponent - Self.leastExponent) % step == 0
      if isShown, exponent < buckets.count - 1 { bounds.append((1 << exponent, total)) }
    }
    self.bounds = bounds
    count = total
    self.sum = sum
  }
}
