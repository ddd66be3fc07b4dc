import KeepalivedConfig
import ScriptHelper
import VRRPCore

/// What the results of a `vrrp_script` add up to: `fall` failures in a row make it down, `rise` successes in a row up.
///
/// Nothing waits for a check that gives no result. One that cannot be executed is unavailable and has no influence, as
/// keepalived leaves out a script that it does not find; from its first execution on, not being executable is a failure.
struct CheckState {
  /// What the routers that track it are told.
  private(set) var tracker: TrackerState
  private var hasRun = false
  private var opposing = 0
  private var lostRuns = 0
  private let rise: Int
  private let fall: Int

  /// So many runs in a row without a result, because the script helper died or there was none, and the first result is
  /// not waited for any longer. One may be an accident that another script caused.
  private static let patience = 2

  /// Nothing is known before the first result, unless `initFail` says that it has failed so far.
  init(_ script: VRRPScript) {
    rise = script.rise
    fall = script.fall
    tracker = script.initFail ? .down : .unknown
  }

  /// Whether the first result is still being waited for.
  var isAwaited: Bool { tracker == .unknown }

  /// Takes the end of one run; whether the state changed by it. The very first result decides at once.
  mutating func record(_ outcome: ScriptOutcome) -> Bool {
    switch outcome {
    case .notExecuted:
      guard hasRun else { return become(.unavailable) }
      return record(success: false)
    case .abandoned:
      lostRuns += 1
      // It says nothing about what the script checks: a known state stays.
      return isAwaited && lostRuns >= Self.patience ? become(.unavailable) : false
    case .exited, .signalled, .timedOut:
      hasRun = true
      return record(success: outcome.isSuccess)
    }
  }

  private mutating func record(success: Bool) -> Bool {
    lostRuns = 0
    let result: TrackerState = success ? .up : .down
    guard tracker == .up || tracker == .down else { return become(result) }
    guard result != tracker else {
      opposing = 0
      return false
    }
    opposing += 1
    return opposing >= (success ? rise : fall) ? become(result) : false
  }

  private mutating func become(_ state: TrackerState) -> Bool {
    defer { (tracker, opposing) = (state, 0) }
    return state != tracker
  }
}
