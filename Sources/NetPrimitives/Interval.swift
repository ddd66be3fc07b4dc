/// A signed length of time in nanoseconds, with saturating arithmetic.
///
/// Protocol fields arrive in microseconds (BFD), centiseconds (VRRPv3) and seconds (VRRPv2); all of them fit, multiplied
/// by any 8-bit multiplier, without loss.
public struct Interval: Hashable, Comparable, Sendable, BitwiseCopyable {
  /// The length in nanoseconds; negative means "earlier".
  public let nanoseconds: Int64

  /// An interval of `nanoseconds`.
  @inlinable
  public init(nanoseconds: Int64) {
    // The negation of an interval must exist, so the one value without a counterpart is not used.
    self.nanoseconds = max(nanoseconds, -Int64.max)
  }

  /// No time at all.
  @inlinable
  public static var zero: Interval { Interval(nanoseconds: 0) }
  /// The longest interval; used as "for ever".
  @inlinable
  public static var greatest: Interval { Interval(nanoseconds: .max) }

  /// An interval of `count` nanoseconds.
  @inlinable
  public static func nanoseconds(_ count: Int64) -> Interval { Interval(nanoseconds: count) }
  /// An interval of `count` microseconds.
  @inlinable
  public static func microseconds(_ count: Int64) -> Interval { Interval(nanoseconds: count) * 1_000 }
  /// An interval of `count` milliseconds.
  @inlinable
  public static func milliseconds(_ count: Int64) -> Interval { Interval(nanoseconds: count) * 1_000_000 }
  /// An interval of `count` hundredths of a second, the unit of VRRPv3.
  @inlinable
  public static func centiseconds(_ count: Int64) -> Interval { Interval(nanoseconds: count) * 10_000_000 }
  /// An interval of `count` seconds.
  @inlinable
  public static func seconds(_ count: Int64) -> Interval { Interval(nanoseconds: count) * 1_000_000_000 }

  /// The length in whole microseconds, rounded toward zero.
  @inlinable
  public var microseconds: Int64 { nanoseconds / 1_000 }
  /// The length in whole milliseconds, rounded toward zero.
  @inlinable
  public var milliseconds: Int64 { nanoseconds / 1_000_000 }

  /// Whether the left interval is the shorter one.
  @inlinable
  public static func < (left: Interval, right: Interval) -> Bool { left.nanoseconds < right.nanoseconds }

  /// The same length in the other direction.
  @inlinable
  public static prefix func - (interval: Interval) -> Interval { Interval(nanoseconds: -interval.nanoseconds) }

  /// The sum, saturating.
  @inlinable
  public static func + (left: Interval, right: Interval) -> Interval {
    let (sum, overflow) = left.nanoseconds.addingReportingOverflow(right.nanoseconds)
    return overflow ? saturated(negative: left.nanoseconds < 0) : Interval(nanoseconds: sum)
  }

  /// The difference, saturating.
  @inlinable
  public static func - (left: Interval, right: Interval) -> Interval { left + -right }

  /// The product, saturating.
  @inlinable
  public static func * (interval: Interval, factor: Int64) -> Interval {
    let (product, overflow) = interval.nanoseconds.multipliedReportingOverflow(by: factor)
    return overflow
      ? saturated(negative: (interval.nanoseconds < 0) != (factor < 0)) : Interval(nanoseconds: product)
  }

  /// The quotient, rounded toward zero. `divisor` must not be zero.
  @inlinable
  public static func / (interval: Interval, divisor: Int64) -> Interval {
    Interval(nanoseconds: interval.nanoseconds / divisor)
  }

  @usableFromInline
  static func saturated(negative: Bool) -> Interval {
    Interval(nanoseconds: negative ? -Int64.max : Int64.max)
  }
}

extension Interval: CustomStringConvertible {
  /// The length in the largest unit in which a person would say it: "30 ms", "1.5 s", "250 us".
  public var description: String {
    let magnitude = nanoseconds.magnitude
    return switch magnitude {
    case 0: "0 s"
    case ..<1_000: "\(nanoseconds) ns"
    case ..<1_000_000: "\(decimal(per: 1_000)) us"
    case ..<1_000_000_000: "\(decimal(per: 1_000_000)) ms"
    default: "\(decimal(per: 1_000_000_000)) s"
    }
  }

  /// This interval in `unit`s with at most three decimals, trailing zeros left out.
  private func decimal(per unit: UInt64) -> String {
    let thousandths = (nanoseconds.magnitude / (unit / 1_000))
    var fraction = String(thousandths % 1_000)
    fraction = String(repeating: "0", count: 3 - fraction.count) + fraction
    while fraction.last == "0" { fraction.removeLast() }
    let whole = (nanoseconds < 0 ? "-" : "") + String(thousandths / 1_000)
    return fraction.isEmpty ? whole : "\(whole).\(fraction)"
  }
}
