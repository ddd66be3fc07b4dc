import ControlInterface
import NetPrimitives
import VRRPCore
import Varlink

/// What bfdd's Monitor stream says, as reports for the routers. It knows no socket.
///
/// The states of a lost connection are held. The next one begins with the full state, and a session that this does not
/// name is gone.
struct BFDFeed {
  /// Whether the full state was received on the present connection.
  private(set) var isComplete = false
  /// The last report of every session.
  private(set) var sessions: [String: BFDReport] = [:]
  /// Sessions named since `begin`.
  private var named: Set<String>?

  /// The connection is gone; what it said is held.
  mutating func disconnected() {
    isComplete = false
    named = nil
  }

  /// Takes one message; the sessions that it says something new about.
  mutating func take(_ event: SessionEvent) -> [(name: String, report: BFDReport)] {
    switch event.kind {
    case .begin:
      named = []
      isComplete = false
      return []
    case .end:
      isComplete = true
      let gone = sessions.keys.filter { named?.contains($0) == false }.sorted()
      named = nil
      return gone.flatMap { forget($0) }
    case .state:
      guard let name = event.name, let state = event.state else { return [] }
      named?.insert(name)
      return set(name, BFDReport(state))
    case .change:
      guard let name = event.name, let change = event.change else { return [] }
      return set(name, BFDReport(change))
    case .removed:
      guard let name = event.name else { return [] }
      return forget(name)
    }
  }

  private mutating func set(_ name: String, _ report: BFDReport) -> [(name: String, report: BFDReport)] {
    guard sessions.updateValue(report, forKey: name) != report else { return [] }
    return [(name, report)]
  }

  /// A session that is gone is down, without the diagnostic that would make it a dead neighbour.
  private mutating func forget(_ name: String) -> [(name: String, report: BFDReport)] {
    guard let last = sessions.removeValue(forKey: name) else { return [] }
    return [(name, BFDReport(state: .down, neighbor: last.neighbor, diagnostic: 0, transmitInterval: .zero))]
  }
}

extension BFDReport {
  fileprivate init(_ session: SessionInfo) {
    self.init(
      state: State(session.localState), isNeighborAdminDown: session.remoteState == .adminDown,
      neighbor: IPAddress(session.neighbor),
      diagnostic: UInt8(clamping: session.localDiagnostic.number),
      transmitInterval: .microseconds(Int64(session.negotiatedTxInterval ?? 0)))
  }

  fileprivate init(_ change: SessionChange) {
    self.init(
      state: State(change.toState), isNeighborAdminDown: change.remoteState == .adminDown,
      neighbor: IPAddress(change.neighbor),
      diagnostic: UInt8(clamping: change.localDiagnostic.number),
      transmitInterval: .microseconds(Int64(change.negotiatedTxInterval ?? 0)))
  }
}

extension BFDReport.State {
  fileprivate init(_ state: SessionState) {
    self =
      switch state {
      case .adminDown: .adminDown
      case .down: .down
      case .`init`: .initializing
      case .up: .up
      }
  }
}
