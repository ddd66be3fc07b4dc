/// Why a session last changed its state: the five-bit diagnostic code of RFC 5880 4.1.
///
/// All 32 codes are legal on the wire; those without a meaning yet are shown as a number.
public struct Diagnostic: RawRepresentable, Hashable, Sendable, BitwiseCopyable {
  /// The code, 0 to 31.
  public let rawValue: UInt8

  /// The code in the low five bits of `rawValue`.
  public init(rawValue: UInt8) {
    self.rawValue = rawValue & 0x1F
  }

  /// 0: nothing to report.
  public static let none = Diagnostic(rawValue: 0)
  /// 1: no packet arrived for a Detection Time.
  public static let controlDetectionTimeExpired = Diagnostic(rawValue: 1)
  /// 2: the echo packets stopped coming back.
  public static let echoFunctionFailed = Diagnostic(rawValue: 2)
  /// 3: the neighbour said that its end is Down or AdminDown.
  public static let neighborSignaledSessionDown = Diagnostic(rawValue: 3)
  /// 4: the forwarding plane was reset.
  public static let forwardingPlaneReset = Diagnostic(rawValue: 4)
  /// 5: something outside BFD reported that the path failed.
  public static let pathDown = Diagnostic(rawValue: 5)
  /// 6: a path concatenated to this one failed.
  public static let concatenatedPathDown = Diagnostic(rawValue: 6)
  /// 7: the operator took the session down.
  public static let administrativelyDown = Diagnostic(rawValue: 7)
  /// 8: the reverse direction of a concatenated path failed.
  public static let reverseConcatenatedPathDown = Diagnostic(rawValue: 8)
  /// 9: packets of another maintenance entity arrived (RFC 6428).
  public static let misConnectivityDefect = Diagnostic(rawValue: 9)
}

extension Diagnostic: CustomStringConvertible {
  /// The meaning in the RFC's words; "reserved N" for a code without one.
  public var description: String {
    switch rawValue {
    case 0: "no diagnostic"
    case 1: "control detection time expired"
    case 2: "echo function failed"
    case 3: "neighbor signaled session down"
    case 4: "forwarding plane reset"
    case 5: "path down"
    case 6: "concatenated path down"
    case 7: "administratively down"
    case 8: "reverse concatenated path down"
    case 9: "mis-connectivity defect"
    default: "reserved \(rawValue)"
    }
  }
}
