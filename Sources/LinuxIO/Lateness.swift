public import NetPrimitives

/// How late the event loop woke up, counted in powers of two.
public struct Lateness: Sendable {
  /// Wake-ups that came less than 1 us late, less than 2 us, less than 4 us, ... ; the last counts the rest.
  public private(set) var buckets = [UInt64](repeating: 0, count: bucketCount)
  /// How many wake-ups for a deadline there were.
  public private(set) var count: UInt64 = 0
  /// All delays together.
  public private(set) var total = Interval.zero
  /// The worst case so far.
  public private(set) var greatest = Interval.zero
  /// How many came later than `stallThreshold`.
  public private(set) var stalls: UInt64 = 0
  /// From when on a late wake-up is called a stall.
  public var stallThreshold = Interval.milliseconds(20)

  /// 1 us to 8 s in powers of two, and the rest.
  public static let bucketCount = 25

  /// Nothing recorded yet.
  public init() {}

  /// Records that a wake-up for a deadline came `delay` after it. Negative delays count as 0.
  public mutating func record(_ delay: Interval) {
    let microseconds = UInt64(clamping: delay.microseconds)
    buckets[min(Self.bucketCount - 1, 64 - microseconds.leadingZeroBitCount)] += 1
    count += 1
    total = total + max(delay, .zero)
    if delay > greatest { greatest = delay }
    if delay >= stallThreshold { stalls += 1 }
  }

  /// The upper bound of the bucket in which the given share (0...1) of wake-ups is reached; zero where none were.
  public func quantile(_ share: Double) -> Interval {
    var remaining = Double(count) * share
    for (index, amount) in buckets.enumerated() {
      remaining -= Double(amount)
      if remaining <= 0, count > 0 { return .microseconds(1 << Int64(index)) }
    }
    return count > 0 ? greatest : .zero
  }

  /// Forgets everything recorded.
  public mutating func clear() {
    let threshold = stallThreshold
    self = Lateness()
    stallThreshold = threshold
  }
}
