import BFDCore
import DaemonRuntime
import NetPrimitives

/// The log line of a change of state: what happened, why, and the figures behind it.
func logLine(_ change: StateChange, _ session: Session, name: String) -> String {
  "\(name) (\(session.path.peer)): \(change.old.name) -> \(change.new.name), \(reason(of: change, session))"
}

private func reason(of change: StateChange, _ session: Session) -> String {
  switch change.cause {
  case .timer:
    let silence = change.silence.map { "no packet for \($0)" } ?? "no packet"
    let late = change.overdue >= .milliseconds(1) ? ", noticed \(change.overdue) late" : ""
    return "\(change.diagnostic): \(silence), \(change.missedPackets) missed\(late)"
  case .packet where change.new == .up || change.new == .initializing:
    return "neighbor is \(change.remoteState.name)"
  case .packet:
    return "\(change.diagnostic): neighbor is \(change.remoteState.name) (\(change.remoteDiagnostic))"
  case .link: return "\(change.diagnostic): own address or interface lost"
  case .administrator: return "by the operator"
  case .configuration: return "by the configuration"
  }
}

extension StateChange {
  /// What the log line is about.
  var messageID: MessageID { new == .up ? .sessionUp : old == .up ? .sessionDown : .sessionChanged }

  /// The fields of the log line, in the words of `bfdctl history`.
  func logFields(_ session: Session, name: String) -> [LogField: String] {
    [
      .session: name, .neighbor: "\(session.path.peer)", .from: old.name, .to: new.name, .cause: cause.name,
      .diagnostic: "\(diagnostic.rawValue)",
    ]
  }
}
