public import NetPrimitives

/// The intervals that every BFD implementation should support, hardware included (RFC 7419 section 3).
public enum CommonIntervals {
  /// All of them, the shortest first; the last is the one recommended for graceful restart.
  public static let all: [Interval] = [
    .microseconds(3_300), .milliseconds(10), .milliseconds(20), .milliseconds(50), .milliseconds(100), .seconds(1),
    .seconds(10),
  ]

  /// `interval` where it is one of them, else the next longer one: adjustment is always towards slower. What is longer
  /// than all of them stays.
  public static func rounded(_ interval: Interval) -> Interval { all.first { $0 >= interval } ?? interval }
}
