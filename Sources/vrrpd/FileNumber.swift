/// The number in a tracked file, as `strtol` with base 0 reads it, which is what keepalived does: white space, a sign,
/// `0x` for hexadecimal and `0` for octal; what follows the digits does not matter, and no digits are 0.
enum FileNumber {
  /// The number that `bytes` begin with; one that does not fit is the greatest or least that does.
  static func parse(_ bytes: [UInt8]) -> Int {
    var rest = bytes[...].drop { $0 == UInt8(ascii: " ") || (9...13).contains($0) }
    let isNegative = rest.first == UInt8(ascii: "-")
    if isNegative || rest.first == UInt8(ascii: "+") { rest = rest.dropFirst() }
    var base = 10
    if rest.first == UInt8(ascii: "0") {
      base = 8
      let afterPrefix = rest.dropFirst(2)
      if rest.dropFirst().first.map({ $0 | 0x20 }) == UInt8(ascii: "x"), afterPrefix.first.flatMap(digit) != nil {
        base = 16
        rest = afterPrefix
      }
    }
    var number = 0
    for byte in rest {
      guard let digit = digit(byte), digit < base else { break }
      // Counted down: the least number has no positive counterpart.
      let (product, overflow) = number.multipliedReportingOverflow(by: base)
      let (sum, alsoOverflow) = product.subtractingReportingOverflow(digit)
      guard !overflow, !alsoOverflow else { return isNegative ? Int.min : Int.max }
      number = sum
    }
    return isNegative ? number : number == Int.min ? Int.max : -number
  }

  private static func digit(_ byte: UInt8) -> Int? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): Int(byte - UInt8(ascii: "0"))
    case UInt8(ascii: "a")...UInt8(ascii: "f"): Int(byte - UInt8(ascii: "a")) + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): Int(byte - UInt8(ascii: "A")) + 10
    default: nil
    }
  }
}
