@testable import KeepalivedConfig
import Testing

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

  @Test(arguments: [true, false])
  func theFirstResultDecides(success: Bool) {
    var state = CheckState(script(rise: 5, fall: 5))
    #expect(state.isUp == nil)
    let changed = state.record(success: success)
    #expect(changed)
    #expect(state.isUp == success)
  }

  @Test func initFail() {
    var state = CheckState(script(rise: 2, initFail: true))
    #expect(state.isUp == false)
    #expect([state.record(success: true), state.record(success: true)] == [false, true])
    #expect(state.isUp == true)
  }

  /// Every combination of rise and fall: so many results in a row, and one of the other kind starts the count again.
  @Test(arguments: 1...4, 1...4)
  func riseAndFall(rise: Int, fall: Int) {
    var state = CheckState(script(rise: rise, fall: fall))
    _ = state.record(success: true)
    for needed in [(success: false, count: fall), (success: true, count: rise)] {
      for _ in 0..<needed.count - 1 {
        let changed = state.record(success: needed.success)
        #expect(!changed)
      }
      let interrupted = state.record(success: !needed.success)
      #expect(!interrupted)
      for number in 1...needed.count {
        let changed = state.record(success: needed.success)
        #expect(changed == (number == needed.count))
      }
      #expect(state.isUp == needed.success)
    }
  }
}
