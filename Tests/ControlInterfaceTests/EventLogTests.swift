import ControlInterface
import Testing

@Suite struct EventLogTests {
  private typealias Log = EventLog<SessionInfo, SessionChange>

  @Test func `a new log has nothing to tell`() {
    let log = Log(capacity: 3)
    #expect(log.lastSequence == 0)
    #expect(log.next(after: 0) == .nothing)
  }

  @Test(arguments: 1...7, 0...30)
  func `the last changes are told in order, older ones are missed`(capacity: Int, count: Int) {
    var log = Log(capacity: capacity)
    for number in 0..<count { log.append(.removed, name: "s\(number)", time: number) }
    #expect(log.lastSequence == count)
    for told in 0...count {
      switch log.next(after: told) {
      case .nothing: #expect(told == count)
      case .missed: #expect(count - told > capacity)
      case .event(let event):
        #expect(count - told <= capacity)
        #expect(event.sequence == told + 1)
        #expect(event.name == "s\(told)")
      }
    }
  }
}
