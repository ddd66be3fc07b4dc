public import ControlInterface

/// BFD sessions as text for operators.
public enum SessionText {
  /// The brief view: a line for each session, a summary, a line for the S-BFD reflector, and what is wrong with the daemon.
  public static func overview(_ sessions: [SessionInfo], _ info: BFDInfo, _ style: TextStyle) -> String {
    let reflector = info.reflector.map { ReflectorText.line($0, style) + "\n" } ?? ""
    return table(sessions, style) + reflector + DaemonText.problems(info.daemon, style)
  }

  /// One line per session, and a summary.
  static func table(_ sessions: [SessionInfo], _ style: TextStyle) -> String {
    guard !sessions.isEmpty else { return "no sessions are configured\n" }
    var table = TextTable([
      "NAME", "STATE", "NEIGHBOR", "INTERFACE", ">TX", ">RX", ">DETECT", ">SINCE", ">DOWNS", "NOTE",
    ])
    for session in sessions {
      table.append([
        .init(session.name), .init(session.localState.rawValue, TextStyle.color(session.localState)),
        .init(session.neighbor), .init(session.interface ?? ""),
        .init(DurationText.interval(session.negotiatedTxInterval)),
        .init(DurationText.interval(session.negotiatedRxInterval)), .init(DurationText.interval(session.detectionTime)),
        .init(since(session, style)), .init(String(session.statistics.downCount)), .init(note(session)),
      ])
    }
    return table.text(style) + summary(sessions) + "\n"
  }

  /// Everything about one session.
  public static func detail(_ session: SessionInfo, _ style: TextStyle) -> String {
    let state = style.paint(session.localState.rawValue, TextStyle.color(session.localState))
    var text = "\(style.paint(session.name, .heading)): \(state)\(headline(session, style))\n"
    if let problem = session.problem { text += "  " + style.paint(problem, .bad) + "\n" }
    text += path(session, style) + "\n" + ends(session, style) + "\n" + timing(session, style)
    return text + echo(session, style) + "\n" + counters(session, style)
  }

  /// What was counted, one line per session, then the discarded packets of the whole daemon by reason.
  public static func counters(_ sessions: [SessionInfo], _ info: BFDInfo, _ style: TextStyle) -> String {
    var table = TextTable([
      "NAME", ">RECEIVED", ">SENT", ">DISCARDED", ">NOT SENT", ">UP", ">DOWN", ">ADMIN DOWN", ">LONGEST GAP",
    ])
    for session in sessions {
      let counts = session.statistics
      table.append([
        .init(session.name), .init(String(counts.receivePacketCount)), .init(String(counts.sendPacketCount)),
        .init(String(counts.receiveInvalidPacketCount)), .init(String(counts.sendFailedPacketCount)),
        .init(String(counts.upCount)), .init(String(counts.downCount)), .init(String(counts.adminDownCount)),
        .init(DurationText.interval(counts.receiveGap.max)),
      ])
    }
    var text = sessions.isEmpty ? "no sessions are configured\n" : table.text(style)
    let drops = info.drops.filter { $0.value > 0 }.sorted { ($0.value, $1.key) > ($1.value, $0.key) }
    text += info.reflector.map { "\n" + ReflectorText.counters($0, style) } ?? ""
    guard !drops.isEmpty else { return text + "no packets discarded\n" }
    text += "\n" + style.paint("discarded by reason, all packets", .heading) + "\n"
    var reasons = TextTable(["", ">"])
    for (reason, count) in drops { reasons.append([.init(words(reason)), .init(String(count))]) }
    return text + reasons.text(style, indent: "  ")
  }

  private static func summary(_ sessions: [SessionInfo]) -> String {
    let counts = SessionState.allCases.reversed().compactMap { state -> String? in
      let count = sessions.count { $0.localState == state }
      return count > 0 ? "\(count) \(words(state.rawValue))" : nil
    }
    return "\(sessions.count) session\(sessions.count == 1 ? "" : "s"): " + counts.joined(separator: ", ")
  }

  /// How long the session is in its state.
  private static func since(_ session: SessionInfo, _ style: TextStyle) -> String {
    if let uptime = session.uptime { return DurationText.age(uptime) }
    return session.lastDown.map { DurationText.age(style.now - $0) } ?? "never up"
  }

  private static func headline(_ session: SessionInfo, _ style: TextStyle) -> String {
    if let uptime = session.uptime { return " for \(DurationText.age(uptime))" }
    guard let lastDown = session.lastDown else { return ", never was up" }
    return
      " since \(style.time(lastDown)), \(DurationText.age(style.now - lastDown)) ago: \(session.localDiagnostic.text)"
  }

  /// What an operator has to know in the brief view about a session that is not up.
  private static func note(_ session: SessionInfo) -> String {
    if let problem = session.problem { return problem }
    if session.unaffiliatedEcho, session.localState != .up, let problem = session.echoProblem { return problem }
    switch session.localState {
    case .up: return ""
    case .adminDown: return "held down here"
    case .down, .`init`: break
    }
    if session.remoteState == .adminDown { return "held down by the neighbor" }
    if session.lastReceivedAge == nil, let reason = mostDiscarded(session) {
      return "the neighbor's packets are discarded: \(words(reason))"
    }
    if session.localDiagnostic.number != 0 { return session.localDiagnostic.text }
    return session.lastReceivedAge == nil ? "nothing heard from the neighbor" : ""
  }

  /// Why most of the session's packets were discarded; `nil` where none were.
  private static func mostDiscarded(_ session: SessionInfo) -> String? {
    session.statistics.drops.filter { $0.value > 0 && $0.key != "administratively_down" }
      .max { ($0.value, $1.key) < ($1.value, $0.key) }?.key
  }

  private static func path(_ session: SessionInfo, _ style: TextStyle) -> String {
    let interface = session.interface.map { " on \($0)" } ?? ""
    let kind =
      switch session.type {
      case .singleHop: session.unaffiliatedEcho ? "unaffiliated echo" : "single hop"
      case .multihop: "multihop"
      case .sbfdInitiator: "S-BFD initiator"
      }
    let vrf = session.vrf.map { " in VRF \($0)" } ?? ""
    let passive = (session.passive ? ", passive" : "") + (session.origin == .unsolicited ? ", unsolicited" : "")
    let padding = session.paddedPDUSize.map { ", packets padded to \($0) bytes" } ?? ""
    return "  \(session.source ?? "any address") to \(session.neighbor)\(interface)\(vrf), \(kind)\(passive)\n"
      + "  DSCP \(session.dscp)\(padding)\n"
      + authentication(session)
  }

  /// Nothing where there is none and will be none.
  private static func authentication(_ session: SessionInfo) -> String {
    guard let isChanging = session.authenticationChanging else { return "" }
    let key = session.authenticationKeyID.map { ", key \($0)" } ?? ""
    let change = isChanging ? "; a change waits for the neighbor to follow" : ""
    return "  authentication \(session.authenticationType ?? "none")\(key)\(change)\n"
  }

  /// Both ends side by side.
  private static func ends(_ session: SessionInfo, _ style: TextStyle) -> String {
    var table = TextTable(["", "LOCAL", "REMOTE"])
    func row(_ name: String, _ local: String, _ remote: String?) {
      table.append([.init(name), .init(local), .init(remote ?? "-")])
    }
    table.append([
      "state", .init(session.localState.rawValue, TextStyle.color(session.localState)),
      .init(session.remoteState?.rawValue ?? "-", session.remoteState.map { TextStyle.color($0) }),
    ])
    row("diagnostic", describe(session.localDiagnostic), session.remoteDiagnostic.map { describe($0) })
    row("discriminator", String(session.localDiscriminator), session.remoteDiscriminator.map(String.init))
    row("multiplier", String(session.localMultiplier), session.remoteMultiplier.map(String.init))
    row(
      "desired min tx", DurationText.interval(session.desiredMinTxInterval),
      DurationText.interval(session.remoteDesiredMinTxInterval))
    row(
      "required min rx", DurationText.interval(session.requiredMinRxInterval),
      DurationText.interval(session.remoteRequiredMinRxInterval))
    return table.text(style, indent: "  ")
  }

  private static func timing(_ session: SessionInfo, _ style: TextStyle) -> String {
    var table = TextTable(["", ""])
    let counts = session.statistics
    table.append(["sends every", .init(DurationText.interval(session.negotiatedTxInterval))])
    table.append(["expects every", .init(DurationText.interval(session.negotiatedRxInterval))])
    table.append(["detection time", .init(DurationText.interval(session.detectionTime))])
    table.append([
      "last packet", .init(session.lastReceivedAge.map { "\(DurationText.interval($0)) ago" } ?? "none"),
    ])
    table.append(["packet gaps", .init(figures(counts.receiveGap))])
    table.append(["own lateness", .init(figures(counts.lateness))])
    return table.text(style, indent: "  ")
  }

  /// Echo and Demand mode; nothing where neither end uses them.
  private static func echo(_ session: SessionInfo, _ style: TextStyle) -> String {
    var table = TextTable(["", ""])
    let counts = session.statistics
    if let wanted = session.echoTxInterval, !session.unaffiliatedEcho {
      let every = session.negotiatedEchoTxInterval.map {
        "every \(DurationText.interval($0)), detection time \(DurationText.interval(session.echoDetectionTime))"
      }
      table.append(["echo sent", .init(every ?? "not now; wanted every \(DurationText.interval(wanted))")])
      table.append([
        "echo packets", "\(counts.echoReceivePacketCount) came back, \(counts.echoSendPacketCount) sent",
      ])
      let last = session.echoLastRoundTrip.map { "last \(DurationText.interval($0)), " } ?? ""
      table.append(["round trip", .init(last + figures(counts.echoRoundTrip))])
    }
    if let interval = session.requiredMinEchoRxInterval {
      table.append([
        "echo looped", "\(counts.echoLoopPacketCount); the neighbor may send every \(DurationText.interval(interval))",
      ])
    }
    if let interval = session.demandPollInterval {
      let state = session.demandActive ? "active" : "not now"
      table.append([
        "demand mode", "\(state); a poll every \(DurationText.interval(interval)), \(counts.pollCount) so far",
      ])
    }
    if session.remoteDemandActive { table.append(["neighbor", "in demand mode: is sent Polls and answers only"]) }
    guard !table.isEmpty || session.echoProblem != nil else { return "" }
    let problem = session.echoProblem.map { "  " + style.paint($0, .bad) + "\n" } ?? ""
    return "\n" + problem + (table.isEmpty ? "" : table.text(style, indent: "  "))
  }

  private static func counters(_ session: SessionInfo, _ style: TextStyle) -> String {
    let counts = session.statistics
    var table = TextTable(["", ""])
    table.append([
      "packets",
      "\(counts.receivePacketCount) received, \(counts.sendPacketCount) sent, \(counts.sendFailedPacketCount) not sent, \(counts.receiveInvalidPacketCount) discarded",
    ])
    for (reason, count) in counts.drops.sorted(by: { $0.key < $1.key }) where count > 0 {
      table.append(["", "\(count) \(words(reason))"])
    }
    table.append([
      "changes", "\(counts.upCount) up, \(counts.downCount) down, \(counts.adminDownCount) admin down",
    ])
    table.append(["last up", .init(session.lastUp.map(style.time) ?? "never")])
    table.append(["last down", .init(session.lastDown.map(style.time) ?? "never")])
    return table.text(style, indent: "  ")
  }

  private static func describe(_ diagnostic: Diagnostic) -> String {
    diagnostic.number == 0 ? "none" : "\(diagnostic.number) (\(diagnostic.text))"
  }

  /// "8 ms to 12.9 ms, mean 9.1 ms".
  static func figures(_ figures: DurationFigures) -> String {
    guard let min = figures.min, let mean = figures.mean else {
      return figures.max.map { "at most \(DurationText.interval($0))" } ?? "-"
    }
    guard let max = figures.max else { return "-" }
    return "\(DurationText.interval(min)) to \(DurationText.interval(max)), mean \(DurationText.interval(mean))"
  }

  /// A JSON name as words.
  static func words(_ name: String) -> String { String(name.map { $0 == "_" ? " " : $0 }) }
}
