public import ControlInterface

/// Messages of the Monitor streams, one line each.
public enum EventText {
  /// A message of bfdd's stream; `nil` for one that says nothing to an operator.
  public static func line(_ event: SessionEvent, _ style: TextStyle) -> String? {
    line(event, style) { session in
      style.paint(session.localState.rawValue, TextStyle.color(session.localState)) + ", neighbor \(session.neighbor)"
    } change: {
      text($0, style)
    }
  }

  /// The last changes of a session, one line each; each says what the neighbour had said, too.
  public static func history(_ changes: [PastChange<SessionChange>], _ style: TextStyle) -> String {
    history(changes, style) { change in
      guard let state = change.remoteState else { return text(change, style) + "; neighbor not heard" }
      let why = change.remoteDiagnostic.map { $0.number == 0 ? "" : " (\($0.text))" } ?? ""
      return text(change, style) + "; neighbor said \(state.rawValue)\(why)"
    }
  }

  /// The last changes of an instance, one line each.
  public static func history(_ changes: [PastChange<InstanceChange>], _ style: TextStyle) -> String {
    history(changes, style) { text($0, style) }
  }

  private static func history<Change>(
    _ changes: [PastChange<Change>], _ style: TextStyle, text: (Change) -> String
  ) -> String {
    guard !changes.isEmpty else { return "nothing happened yet\n" }
    return changes.map { "\(style.time($0.time))  \(text($0.change))\n" }.joined()
  }

  private static func text(_ change: SessionChange, _ style: TextStyle) -> String {
    let from = change.fromState.rawValue
    let to = style.paint(change.toState.rawValue, TextStyle.color(change.toState))
    if change.fromState == change.toState {
      return "\(to), sends every \(DurationText.interval(change.negotiatedTxInterval)), detection time "
        + DurationText.interval(change.detectionTime)
    }
    let diagnostic = change.localDiagnostic.number == 0 ? "" : ", \(change.localDiagnostic.text)"
    return "\(from) -> \(to) (\(change.cause.rawValue)\(diagnostic))"
      + figures("packet", change.lastPacketAge, change.packetsMissed, change.ownLateness)
  }

  /// A message of vrrpd's stream; `nil` for one that says nothing to an operator.
  public static func line(_ event: InstanceEvent, _ style: TextStyle) -> String? {
    line(event, style) { instance in
      style.paint(InstanceText.name(instance.state), TextStyle.color(instance.state))
        + ", priority \(instance.effectivePriority)"
    } change: {
      text($0, style)
    }
  }

  private static func text(_ change: InstanceChange, _ style: TextStyle) -> String {
    let to = style.paint(InstanceText.name(change.toState), TextStyle.color(change.toState))
    let states = change.fromState == change.toState ? to : "\(InstanceText.name(change.fromState)) -> \(to)"
    let detail = change.detail ?? InstanceText.event(change.event)
    return "\(states), priority \(change.effectivePriority) (\(SessionText.words(change.cause.rawValue)): \(detail))"
      + figures("advertisement", change.lastPacketAge, change.packetsMissed, change.ownLateness)
  }

  private static func line<State, Change>(
    _ event: MonitorEvent<State, Change>, _ style: TextStyle, state: (State) -> String, change: (Change) -> String
  ) -> String? {
    let what: String? =
      switch event.kind {
      case .begin, .end: nil
      case .state: event.state.map { "is " + state($0) }
      case .change: event.change.map(change)
      case .removed: "removed"
      }
    guard let what, let name = event.name else { return nil }
    return "\(style.time(event.time))  \(style.paint(name, .heading))  \(what)"
  }

  /// "; last packet 30.01 ms before, 3 missed, noticed 12 us late".
  private static func figures(_ what: String, _ age: Int?, _ missed: Int?, _ lateness: Int?) -> String {
    var parts: [String] = []
    if let age { parts.append("last \(what) \(DurationText.interval(age)) before") }
    if let missed, missed > 0 { parts.append("\(missed) missed") }
    if let lateness, lateness > 0 { parts.append("noticed \(DurationText.interval(lateness)) late") }
    return parts.isEmpty ? "" : "; " + parts.joined(separator: ", ")
  }
}
