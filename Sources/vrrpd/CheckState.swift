import KeepalivedConfig

/// What the results of a `vrrp_script` add up to: `fall` failures in a row make it down, `rise` successes in a row up.
struct CheckState {
  private(set) var isUp: Bool?
  private var opposing = 0
  private let rise: Int
  private let fall: Int

  /// Nothing is known before the first result, unless `initFail` says that it has failed so far.
  init(_ script: VRRPScript) {
    rise = script.rise
    fall = script.fall
    isUp = script.initFail ? false : nil
  }

  /// Takes one result; whether the state changed by it. The very first result decides at once.
  mutating func record(success: Bool) -> Bool {
    guard let current = isUp else {
      isUp = success
      return true
    }
    guard success != current else {
      opposing = 0
      return false
    }
    opposing += 1
    guard opposing >= (success ? rise : fall) else { return false }
    isUp = success
    opposing = 0
    return true
  }
}
