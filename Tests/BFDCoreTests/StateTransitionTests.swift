import BFDCore
import Testing

@Suite("State machine") struct StateTransitionTests {
  /// What the state becomes, and with which diagnostic; nil where nothing happens.
  typealias Outcome = (SessionState, UInt8?)?

  /// RFC 5880 6.8.6 and 6.8.16, one row for each local state: received AdminDown, Down, Init, Up; then the end of the
  /// Detection Time, the loss of the path, disable and enable.
  static let table: [(SessionState, [Outcome])] = [
    (.adminDown, [nil, nil, nil, nil, nil, nil, nil, (.down, 0)]),
    (.down, [nil, (.initializing, nil), (.up, 0), nil, nil, nil, (.adminDown, 7), nil]),
    (.initializing, [(.down, 3), nil, (.up, 0), (.up, 0), (.down, 1), (.down, 5), (.adminDown, 7), nil]),
    (.up, [(.down, 3), (.down, 3), nil, nil, (.down, 1), (.down, 5), (.adminDown, 7), nil]),
  ]
  static let events: [StateEvent] =
    SessionState.allCases.map { .received($0) } + [.detectionTimeExpired, .pathLost, .disabled, .enabled]

  @Test("every state and every event")
  func exhaustive() {
    #expect(Self.table.map(\.0) == SessionState.allCases)
    for (state, row) in Self.table {
      #expect(row.count == Self.events.count)
      for (event, outcome) in zip(Self.events, row) {
        let transition = state.transition(on: event)
        #expect(transition?.state == outcome?.0, "\(state) on \(event)")
        #expect(transition?.diagnostic?.rawValue == outcome?.1, "\(state) on \(event)")
        #expect(transition?.state != state, "\(state) on \(event)")
      }
    }
  }

  @Test("two machines that hear each other come Up from every pair of states but AdminDown")
  func convergence() {
    let states: [SessionState] = [.down, .initializing, .up]
    for first in states {
      for second in states {
        var (left, right) = (first, second)
        for _ in 0..<4 {
          right = right.transition(on: .received(left))?.state ?? right
          left = left.transition(on: .received(right))?.state ?? left
        }
        #expect(left == .up && right == .up, "\(first) and \(second)")
      }
    }
  }
}
