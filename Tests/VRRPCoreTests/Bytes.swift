import NetPrimitives
import Testing

@testable import VRRPCore

/// The bytes of a hexadecimal text; blanks separate fields.
func hex(_ text: String) -> [UInt8] {
  let digits = text.filter { !$0.isWhitespace }
  var bytes: [UInt8] = []
  var index = digits.startIndex
  while index < digits.endIndex {
    let next = digits.index(index, offsetBy: 2)
    bytes.append(UInt8(digits[index..<next], radix: 16) ?? 0)
    index = next
  }
  return bytes
}

func address(_ text: String) -> IPAddress {
  guard let address = IPAddress(text) else { preconditionFailure("not an address: \(text)") }
  return address
}

func v4(_ text: String) -> IPv4Address {
  guard let address = IPv4Address(text) else { preconditionFailure("not an IPv4 address: \(text)") }
  return address
}

func v6(_ text: String) -> IPv6Address {
  guard let address = IPv6Address(text) else { preconditionFailure("not an IPv6 address: \(text)") }
  return address
}

extension Router {
  /// The effects of one call.
  mutating func perform(_ action: (inout Router, inout [Effect]) -> Void) -> [Effect] {
    var effects: [Effect] = []
    action(&self, &effects)
    return effects
  }
}
