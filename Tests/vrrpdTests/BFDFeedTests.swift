import ControlInterface
import NetPrimitives
import Testing
import VRRPCore

@testable import vrrpd

struct BFDFeedTests {
  private func session(_ name: String, _ state: SessionState, diagnostic: Int = 0) -> SessionInfo {
    var session = SessionInfo(name: name, neighbor: "192.0.2.1")
    session.localState = state
    session.localDiagnostic = Diagnostic(number: diagnostic, text: "")
    session.negotiatedTxInterval = 10_000
    return session
  }

  private func state(_ session: SessionInfo) -> SessionEvent {
    SessionEvent(sequence: 0, time: 0, kind: .state, name: session.name, state: session)
  }

  private func mark(_ kind: MonitorEventKind) -> SessionEvent { SessionEvent(sequence: 0, time: 0, kind: kind) }

  private func connected(_ sessions: [SessionInfo]) -> BFDFeed {
    var feed = BFDFeed()
    for event in [mark(.begin)] + sessions.map(state) + [mark(.end)] { _ = feed.take(event) }
    return feed
  }

  @Test func fullState() {
    var feed = BFDFeed()
    #expect(feed.take(mark(.begin)).isEmpty)
    let told = feed.take(state(session("b", .up)))
    #expect(told.map(\.name) == ["b"])
    #expect(
      told.map(\.report) == [
        BFDReport(state: .up, neighbor: address("192.0.2.1"), diagnostic: 0, transmitInterval: .milliseconds(10))
      ])
    #expect(!feed.isComplete)
    #expect(feed.take(mark(.end)).isEmpty)
    #expect(feed.isComplete)
  }

  @Test func change() {
    var feed = connected([session("b", .up)])
    var change = SessionChange(
      neighbor: "192.0.2.1", from: .up, to: .down, cause: .timer,
      localDiagnostic: Diagnostic(number: 1, text: "control detection time expired"))
    change.negotiatedTxInterval = 10_000
    let event = SessionEvent(sequence: 1, time: 0, kind: .change, name: "b", change: change)
    let told = feed.take(event)
    #expect(told.map(\.report.state) == [.down])
    #expect(told.map(\.report.diagnostic) == [1])
    #expect(feed.take(event).isEmpty, "told once")
  }

  /// A lost connection changes nothing; what the next one says does.
  @Test func reconnection() {
    var feed = connected([session("b", .up), session("c", .up)])
    feed.disconnected()
    #expect(!feed.isComplete)
    #expect(feed.sessions.values.allSatisfy { $0.state == .up })
    #expect(feed.take(mark(.begin)).isEmpty)
    #expect(feed.take(state(session("b", .up))).isEmpty, "nothing new")
    let told = feed.take(mark(.end))
    #expect(told.map(\.name) == ["c"], "not named any more")
    #expect(told.map(\.report.state) == [.down])
    #expect(told.map(\.report.diagnostic) == [0], "which is no reason to take over")
  }

  /// The connection broke within the full state: nobody is gone for it.
  @Test func reconnectionWithinTheFullState() {
    var feed = connected([session("b", .up), session("c", .up)])
    feed.disconnected()
    _ = feed.take(mark(.begin))
    feed.disconnected()
    #expect(feed.sessions.count == 2)
    #expect(feed.take(mark(.end)).isEmpty)
  }

  @Test func removal() {
    var feed = connected([session("b", .up)])
    let removed = SessionEvent(sequence: 1, time: 0, kind: .removed, name: "b")
    #expect(feed.take(removed).map(\.report.state) == [.down])
    #expect(feed.take(removed).isEmpty)
  }

  @Test func incompleteMessagesAreIgnored() {
    var feed = connected([session("b", .up)])
    for kind in [MonitorEventKind.state, .change, .removed] { #expect(feed.take(mark(kind)).isEmpty) }
    #expect(feed.sessions.count == 1)
  }
}
