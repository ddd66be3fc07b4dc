import BFDCore
import ControlInterface
import NetPrimitives
import Testing

@testable import bfdd

@Suite("History") struct SessionHistoryTests {
  @Test("every transition is kept with what was negotiated then, not with what is negotiated now")
  func figures() throws {
    var sample = try SampleSession(plan("b"))
    var history = SessionHistory()
    for (time, state) in [(1, BFDCore.SessionState.down), (2, .initializing)] {
      sample.receive(state)
      history.record(SessionTransition(try #require(sample.lastChange), sample.session), time: time)
    }
    sample.now = sample.now + .seconds(20)
    sample.table.advance(now: sample.now, effects: &sample.effects)
    history.record(SessionTransition(try #require(sample.lastChange), sample.session), time: 3)

    let told = SessionReport.history(history)
    #expect(told.map(\.time) == [1, 2, 3])
    #expect(told.map(\.change.fromState) == [.down, .`init`, .up])
    #expect(told.map(\.change.toState) == [.`init`, .up, .down])
    #expect(told.map(\.change.cause) == [.packet, .packet, .timer])
    #expect(told[1].change.remoteState == .`init` && told[1].change.detectionTime != nil)
    #expect(told[2].change.localDiagnostic.number == 1 && told[2].change.lastPacketAge == 20_000_000)
    #expect(told[2].change.packetsMissed != nil && told[2].change.ownLateness != nil)
  }

  @Test("the last 64 are kept", arguments: [0, 1, 63, 64, 65, 127, 128, 200])
  func bound(count: Int) throws {
    var sample = try SampleSession(plan("b"))
    sample.receive(.down)
    let transition = SessionTransition(try #require(sample.lastChange), sample.session)
    var history = SessionHistory()
    for time in 0..<count { history.record(transition, time: time) }
    #expect(history.entries.map(\.time) == Array(max(0, count - 64)..<count))
  }
}
