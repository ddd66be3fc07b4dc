import NetPrimitives

/// A whole decimal number; `nil` for anything else, also where it does not fit.
func decimalInteger(_ text: String) -> Int? {
  let digits = text.utf8.first == UInt8(ascii: "-") || text.utf8.first == UInt8(ascii: "+") ? 1 : 0
  guard text.utf8.count > digits, text.utf8.dropFirst(digits).allSatisfy(\.isDigit) else { return nil }
  return Int(text)
}

/// A decimal number of `unit`s, exact to the nanosecond; `nil` for anything else, also where it does not fit.
func decimalInterval(_ text: String, unit: TimeUnit) -> Interval? {
  let parts = text.utf8.split(separator: UInt8(ascii: "."), maxSplits: 1, omittingEmptySubsequences: false)
  guard let whole = parts.first, whole.allSatisfy(\.isDigit), parts.last?.allSatisfy(\.isDigit) == true,
    whole.count + (parts.count == 2 ? parts[1].count : 0) > 0, whole.count <= 12
  else { return nil }
  var nanoseconds = Int64(0)
  for digit in whole { nanoseconds = nanoseconds * 10 + Int64(digit - UInt8(ascii: "0")) }
  var result = unit.interval * nanoseconds
  var place = unit.interval.nanoseconds
  let fraction = parts.count == 2 ? Array(parts[1]) : []
  for digit in fraction.prefix(9) {
    place /= 10
    result = result + Interval(nanoseconds: place * Int64(digit - UInt8(ascii: "0")))
  }
  return result
}

/// Whether the kernel could have an interface of this name.
func isInterfaceName(_ name: String) -> Bool {
  (1...15).contains(name.utf8.count) && !name.utf8.contains(UInt8(ascii: "/")) && name != "." && name != ".."
}

extension ScriptUser {
  /// `USER [[:]GROUP]`; at least one word.
  init(_ words: [Word]) {
    let group = words.count > 1 ? words[1].text : nil
    self.init(
      name: words[0].text, group: group.map { $0.hasPrefix(":") ? String($0.dropFirst()) : $0 },
      supplementaryGroups: group?.hasPrefix(":") == true)
  }
}
