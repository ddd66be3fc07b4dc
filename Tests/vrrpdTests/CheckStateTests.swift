@testable import KeepalivedConfig
import NetPrimitives
import ScriptHelper
import Testing
import VRRPCore

@testable import vrrpd

struct CheckStateTests {
  private func script(rise: Int = 1, fall: Int = 1, initFail: Bool = false) -> VRRPScript {
    var script = VRRPScript(
      name: "chk", command: ScriptCommand(arguments: ["/bin/true"], location: somewhere), location: somewhere)
    script.rise = rise
    script.fall = fall
    script.initFail = initFail
    return script
  }

  private func outcome(_ success: Bool) -> ScriptOutcome { .exited(status: success ? 0 : 1) }

  @Test(arguments: [true, false])
  func theFirstResultDecides(success: Bool) {
    var state = CheckState(script(rise: 5, fall: 5))
    #expect(state.tracker == .unknown)
    let changed = state.record(outcome(success))
    #expect(changed)
    #expect(state.tracker == (success ? .up : .down))
  }

  @Test func initFail() {
    var state = CheckState(script(rise: 2, initFail: true))
    #expect(state.tracker == .down)
    #expect([state.record(outcome(true)), state.record(outcome(true))] == [false, true])
    #expect(state.tracker == .up)
  }

  /// Every combination of rise and fall: so many results in a row, and one of the other kind starts the count again.
  @Test(arguments: 1...4, 1...4)
  func riseAndFall(rise: Int, fall: Int) {
    var state = CheckState(script(rise: rise, fall: fall))
    _ = state.record(outcome(true))
    for needed in [(success: false, count: fall), (success: true, count: rise)] {
      for _ in 0..<needed.count - 1 {
        let changed = state.record(outcome(needed.success))
        #expect(!changed)
      }
      let interrupted = state.record(outcome(!needed.success))
      #expect(!interrupted)
      for number in 1...needed.count {
        let changed = state.record(outcome(needed.success))
        #expect(changed == (number == needed.count))
      }
      #expect(state.tracker == (needed.success ? .up : .down))
    }
  }

  /// Whatever a check's runs come to, no router waits for it after so many of them.
  @Test(arguments: [
    [ScriptOutcome.notExecuted(errno: 2)], [.abandoned, .abandoned], [.exited(status: 3)], [.signalled(9)], [.timedOut],
  ])
  func nothingIsWaitedForForEver(outcomes: [ScriptOutcome]) {
    var state = CheckState(script(rise: 5, fall: 5))
    for outcome in outcomes { _ = state.record(outcome) }
    #expect(!state.isAwaited)
    let tracker = Tracker(kind: .script, name: "chk")
    #expect(tracker.influence(of: state.tracker) != .pending)
  }

  /// As a script that keepalived does not find: no influence, with any weight, and with `init_fail`.
  @Test(arguments: [0, -20, 20], [false, true])
  func whatCannotBeExecutedHasNoInfluence(weight: Int, initFail: Bool) {
    var state = CheckState(script(rise: 2, fall: 2, initFail: initFail))
    for _ in 0..<5 { _ = state.record(.notExecuted(errno: 2)) }
    #expect(state.tracker == .unavailable)
    #expect(Tracker(kind: .script, name: "chk", weight: weight).influence(of: state.tracker) == .priority(0))
    // It is there now: its first result decides, and from then on it counts as any other.
    var changed = state.record(outcome(true))
    #expect(changed && state.tracker == .up)
    _ = state.record(.notExecuted(errno: 2))
    changed = state.record(.notExecuted(errno: 2))
    #expect(changed && state.tracker == .down)
  }

  @Test func aDeadHelperLeavesAKnownState() {
    for known in [true, false] {
      var state = CheckState(script())
      _ = state.record(outcome(known))
      for _ in 0..<5 {
        let changed = state.record(.abandoned)
        #expect(!changed)
      }
      #expect(state.tracker == (known ? .up : .down))
    }
  }
}
