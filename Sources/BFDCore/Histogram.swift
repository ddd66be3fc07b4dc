public import NetPrimitives

/// How long things took, in buckets that double: bucket 0 counts times below 1 us, bucket n those from 2^(n-1) up to,
/// not including, 2^n us; the last one also takes everything longer.
public struct Histogram: Sendable, BitwiseCopyable {
  /// How many buckets there are; the last begins at 2^22 us, about four seconds.
  public static let bucketCount = 24

  private var counts = [24 of UInt64](repeating: 0)
  /// How many times were recorded.
  public private(set) var count: UInt64 = 0
  /// The shortest time; `nil` before the first.
  public private(set) var minimum: Interval?
  /// The longest time; `nil` before the first.
  public private(set) var maximum: Interval?
  /// The sum of all times, saturating.
  public private(set) var total = Interval.zero

  /// An empty histogram.
  public init() {}

  /// The mean time; `nil` before the first.
  public var mean: Interval? { count == 0 ? nil : total / Int64(clamping: count) }

  /// How many times fell into `bucket`, 0 to `bucketCount` - 1.
  public subscript(bucket: Int) -> UInt64 { counts[bucket] }

  /// Records one time; a negative one counts as none at all.
  public mutating func record(_ interval: Interval) {
    let time = max(interval, .zero)
    let microseconds = UInt64(time.microseconds)
    let bucket = min(UInt64.bitWidth - microseconds.leadingZeroBitCount, Self.bucketCount - 1)
    counts[bucket] &+= 1
    count &+= 1
    total = total + time
    minimum = min(minimum ?? time, time)
    maximum = max(maximum ?? time, time)
  }
}

/// How late the table was called, by its own deadlines: the daemon's health, not the network's.
public struct Lateness: Sendable, BitwiseCopyable {
  /// A wake-up later than this counts as a stall.
  public static let stallThreshold = Interval.milliseconds(5)

  /// How long after its deadline each due transmission was served.
  public private(set) var wakeups = Histogram()
  /// How long after its Detection Time each failed session was declared Down.
  public private(set) var detections = Histogram()
  /// How many wake-ups came later than `stallThreshold`.
  public private(set) var stallCount: UInt64 = 0

  /// Nothing recorded.
  public init() {}

  mutating func wokeUp(late interval: Interval) {
    wakeups.record(interval)
    if interval > Self.stallThreshold { stallCount &+= 1 }
  }

  mutating func detected(late interval: Interval) {
    detections.record(interval)
  }
}
