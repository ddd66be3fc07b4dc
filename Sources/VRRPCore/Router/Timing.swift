public import NetPrimitives

/// The two derived timers of VRRP, in nanoseconds, without rounding to the units of the wire.
public enum Timing {
  /// How much later than three intervals a router of `priority` takes over, so that the best one is first.
  ///
  /// v3: ((256 - priority) * interval) / 256, RFC 9568 6.1; v2: (256 - priority) / 256 seconds, whatever the interval,
  /// RFC 3768 6.1.
  public static func skewTime(version: VRRPVersion, priority: UInt8, interval: Interval) -> Interval {
    let base = version == .v2 ? Interval.seconds(1) : interval
    return base * Int64(256 - Int(priority)) / 256
  }

  /// How long a backup waits for an advertisement: `advertisements` intervals (3 in the RFCs) and the skew time.
  public static func masterDownInterval(
    version: VRRPVersion, priority: UInt8, interval: Interval, advertisements: Int = 3
  ) -> Interval {
    interval * Int64(advertisements) + skewTime(version: version, priority: priority, interval: interval)
  }
}
