public import ControlInterface

/// What was seen of a session over a short while, from which `Explanation` is computed.
public struct SessionEvidence: Sendable {
  /// The session at the end.
  public let session: SessionInfo
  /// How long it was watched, in microseconds; 0 for a single look.
  public let duration: Int
  /// Packets discarded meanwhile that were found to be the session's, by reason.
  let ownDrops: [String: Int]
  /// Packets discarded meanwhile that belong to no session, by reason.
  let strayDrops: [String: Int]
  /// How often the session left Up for Down meanwhile.
  let downs: Int
  /// Packets handed to the kernel meanwhile.
  let sent: Int
  /// Packets the kernel refused meanwhile.
  let refused: Int

  /// What changed from one look to the next. `drops` are those of the whole daemon, sessions included.
  public init(
    from first: (session: SessionInfo, drops: [String: Int]), to last: (session: SessionInfo, drops: [String: Int]),
    duration: Int
  ) {
    session = last.session
    self.duration = duration
    let (old, new) = (first.session.statistics, last.session.statistics)
    ownDrops = Self.growth(old.drops, new.drops)
    strayDrops = Self.growth(first.drops, last.drops).filter { PacketDrop.isStray($0.key) }
    downs = max(0, new.downCount - old.downCount)
    sent = max(0, new.sendPacketCount - old.sendPacketCount)
    refused = max(0, new.sendFailedPacketCount - old.sendFailedPacketCount)
  }

  /// Whether one look does not tell how the session does: it is not Up, or came Up only just after it had gone down.
  public static func needsWatching(_ session: SessionInfo) -> Bool {
    switch session.localState {
    case .down, .`init`: true
    case .up: (session.uptime ?? 0) < 10_000_000 && session.statistics.downCount > 0
    case .adminDown: false
    }
  }

  /// What each counter grew by; counters that were cleared meanwhile count from zero.
  private static func growth(_ old: [String: Int], _ new: [String: Int]) -> [String: Int] {
    new.reduce(into: [:]) { result, entry in
      let before = old[entry.key] ?? 0
      let count = entry.value >= before ? entry.value - before : entry.value
      if count > 0 { result[entry.key] = count }
    }
  }
}

extension Explanation {
  /// Why a BFD session is not Up.
  public static func session(_ evidence: SessionEvidence) -> Explanation {
    let session = evidence.session
    return Explanation(name: session.name, state: session.localState.rawValue, findings: findings(evidence))
  }

  private static func findings(_ evidence: SessionEvidence) -> [Finding] {
    let session = evidence.session
    if evidence.downs > 0, session.localState != .adminDown {
      return [flapping(evidence)] + (session.localState == .up ? upFindings(session) : downFindings(evidence))
    }
    return session.localState == .up ? upFindings(session) : downFindings(evidence)
  }

  private static func downFindings(_ evidence: SessionEvidence) -> [Finding] {
    let session = evidence.session
    if session.localState == .adminDown {
      return [
        Finding(
          "admin_down", "It is held in AdminDown on this side.",
          advice: "bfdctl admin-up \(session.name), or take admin_down out of its configuration")
      ]
    }
    if let problem = session.problem { return [problemFinding(problem, session)] }
    if session.unaffiliatedEcho { return unaffiliatedFindings(evidence) }
    let echo = session.localDiagnostic.number == 2 ? [echoFailure(session)] : []
    if let state = session.remoteState {
      let heard = heardFinding(state, session)
      // The neighbour does not hear us: it may be the length of our packets.
      let padding = heard.code == "one_way" ? paddingFindings(session) : []
      return echo + [heard] + padding + dropFindings(evidence)
    }
    return echo + silenceFindings(evidence)
  }

  /// It went down while it was watched: that it works at the moment says nothing.
  private static func flapping(_ evidence: SessionEvidence) -> Finding {
    let session = evidence.session
    let times = count(evidence.downs, "time")
    let total = session.statistics.downCount
    return Finding(
      "flapping",
      "It flaps: it went down \(times) in the last \(DurationText.interval(evidence.duration)), \(count(total, "time")) in all.",
      advice:
        "bfdctl history \(session.name) says why each time; where packets are late or lost, a larger multiplier or interval helps"
    )
  }

  // MARK: Echo

  private static func echoFailure(_ session: SessionInfo) -> Finding {
    Finding(
      "echo_failed", "Echo packets did not come back, though the neighbor says that it sends them back.",
      advice:
        "tcpdump -ni \(session.interface ?? "any") udp port 3785: if they only leave, the neighbor does not forward them (sysctl net.ipv4.ip_forward, rp_filter, a firewall), or this end has to do without echo_tx"
    )
  }

  private static func echoUnavailable(_ problem: String, _ session: SessionInfo) -> Finding {
    if problem.hasPrefix("no echo yet") {
      let device = session.interface.map { " dev \($0)" } ?? ""
      return Finding(
        "neighbor_unresolved", "There is \(problem): \(session.neighbor) does not answer ARP or ND.",
        advice:
          "ping \(scoped(session)); ip neigh show \(session.neighbor)\(device): it is down, on another link, or has another address"
      )
    }
    return Finding(
      "echo_unavailable", "There is \(problem).",
      advice: "ECHO in bfdd(8) says what echo needs; or take echo_tx and echo_rx out of its configuration")
  }

  private static func unaffiliatedFindings(_ evidence: SessionEvidence) -> [Finding] {
    let session = evidence.session
    if let problem = session.echoProblem { return [echoUnavailable(problem, session)] }
    let drops = dropFindings(evidence)
    guard drops.isEmpty else { return drops }
    return [
      Finding(
        "echo_not_returned", "What it sends by way of \(session.neighbor) does not come back.",
        advice:
          "tcpdump -ni \(session.interface ?? "any") udp port 3785: if packets only leave, \(session.neighbor) is down or does not forward (sysctl net.ipv4.ip_forward, rp_filter, a firewall)"
      )
    ]
  }

  private static func echoFindings(_ session: SessionInfo) -> [Finding] {
    if let problem = session.echoProblem { return [echoUnavailable(problem, session)] }
    guard session.echoTxInterval != nil, session.negotiatedEchoTxInterval == nil, !session.unaffiliatedEcho else {
      return []
    }
    return [
      Finding(
        "echo_not_offered", "It sends no echo packets: the neighbor does not say that it sends them back.",
        advice: "echo_rx on the neighbor (FRR: echo receive-interval)")
    ]
  }

  // MARK: Up

  private static func upFindings(_ session: SessionInfo) -> [Finding] {
    // It may just be between two falls.
    let up =
      SessionEvidence.needsWatching(session)
      ? "It works both ways at the moment: it came up \(DurationText.age(session.uptime)) ago, and has gone down \(count(session.statistics.downCount, "time")) so far."
      : "It has worked both ways for \(DurationText.age(session.uptime))."
    var findings = [Finding("up", up)]
    if let problem = session.problem { findings.append(problemFinding(problem, session)) }
    findings += echoFindings(session)
    if session.unaffiliatedEcho { return findings }
    if let interval = session.negotiatedTxInterval, interval > session.desiredMinTxInterval {
      let asked = session.remoteRequiredMinRxInterval ?? 0
      findings.append(
        asked >= interval
          ? Finding(
            "slowed_by_neighbor",
            "It sends every \(DurationText.interval(interval)) and not every \(DurationText.interval(session.desiredMinTxInterval)): the neighbor wants no more.",
            advice:
              "lower min_rx (required-min-rx, receive-interval) on the neighbor, unless it watches us by echo packets")
          : Finding(
            "timers_not_converged",
            "It still sends every \(DurationText.interval(interval)): the neighbor has not yet confirmed the new interval.",
            advice: "this takes one packet each way; if it lasts, the neighbor does not answer Polls (RFC 5880 6.5)"))
    }
    if let interval = session.negotiatedRxInterval, interval > session.requiredMinRxInterval,
      let wished = session.remoteDesiredMinTxInterval, wished >= interval, wished >= 1_000_000
    {
      findings.append(
        Finding(
          "neighbor_is_slow",
          "The neighbor sends only every \(DurationText.interval(wished)), so its failure is noticed after \(DurationText.interval(session.detectionTime)).",
          advice: "lower min_tx (desired-min-tx, transmit-interval) on the neighbor"))
    }
    return findings
  }

  // MARK: Our own side

  private static func problemFinding(_ problem: String, _ session: SessionInfo) -> Finding {
    if problem.hasPrefix("packets are not sent"), problem.contains("EMSGSIZE"), let size = session.paddedPDUSize {
      return Finding(
        "mtu_too_small",
        "Its packets of \(size) bytes (padded_pdu_size) do not fit the MTU of our own link: \(count(session.statistics.sendOversizePacketCount, "packet")) not sent.",
        advice:
          "ip link show: raise the MTU, or lower padded_pdu_size; it counts the UDP payload, so IPv4 needs an MTU of \(size + 28), IPv6 of \(size + 48)"
      )
    }
    if problem.hasPrefix("packets are not sent") {
      return Finding(
        "send_failed", "The kernel refuses its packets: \(problem).",
        advice: "ip route get \(session.neighbor), and look for a local firewall rule on output to UDP \(port(session))"
      )
    }
    return Finding(
      "waiting", "It waits: \(problem).",
      advice: "ip address, ip link; it starts by itself as soon as that is there, or correct source_ip and interface")
  }

  /// The path may be too narrow for padded packets (RFC 9764).
  private static func paddingFindings(_ session: SessionInfo) -> [Finding] {
    guard let size = session.paddedPDUSize else { return [] }
    return [
      Finding(
        "padded",
        "Our packets are padded to \(size) bytes and must not be fragmented: where the path's MTU is smaller they are lost.",
        advice:
          "ping -M do -s \(size) \(session.neighbor): if only smaller ones are answered, the path's MTU is too small"
      )
    ]
  }

  // MARK: The neighbour is heard

  private static func heardFinding(_ state: SessionState, _ session: SessionInfo) -> Finding {
    let said = session.remoteDiagnostic.map { $0.number == 0 ? "" : " (\($0.text))" } ?? ""
    switch (session.localState, state) {
    case (_, .adminDown):
      return Finding(
        "neighbor_admin_down", "The neighbor is heard and is held in AdminDown on its side.",
        advice: "enable the session on \(session.neighbor)")
    case (.`init`, .down):
      return Finding(
        "one_way",
        "The neighbor is heard, but says Down\(said): it does not hear us, or does not accept what it hears.",
        advice:
          "on \(session.neighbor): does UDP \(port(session)) from \(session.source ?? "us") arrive with TTL 255 (multihop: enough), is a session configured for exactly that address, does authentication match, does a firewall drop it"
      )
    case (.`init`, _), (.down, .`init`), (.down, .down):
      return Finding("coming_up", "The neighbor is heard and says \(state.rawValue): it is coming up just now.")
    default:
      return Finding(
        "neighbor_still_up",
        "The neighbor still believes in the session's earlier life (it says \(state.rawValue)\(said)); first it must go Down.",
        advice:
          "this ends within the neighbor's detection time; if it lasts, our packets do not reach it, so look at the way there"
      )
    }
  }

  // MARK: The neighbour is not heard

  private static func silenceFindings(_ evidence: SessionEvidence) -> [Finding] {
    let session = evidence.session
    var findings = dropFindings(evidence)
    let isDiscarded = !findings.isEmpty
    if evidence.refused > 0 {
      findings.append(
        Finding(
          "send_failed", "The kernel refused \(count(evidence.refused, "packet")) of ours.",
          advice: "ip route get \(session.neighbor)"))
    }
    if !isDiscarded { findings += [silence(session)] + paddingFindings(session) }
    if session.passive {
      findings.append(
        Finding(
          "passive", "It is passive: it sends nothing before the neighbor does.",
          advice: "if the neighbor is passive as well, neither begins: take passive from one of them"))
    } else if evidence.sent == 0, evidence.duration >= 2_000_000 {
      findings.append(
        Finding(
          "nothing_sent", "Nothing was sent in \(DurationText.interval(evidence.duration)).",
          advice: "bfdctl show: is the daemon late, are its packets refused"))
    }
    if !isDiscarded { findings += strayFindings(evidence) }
    return findings
  }

  private static func silence(_ session: SessionInfo) -> Finding {
    let last =
      session.lastReceivedAge.map { "No packet from \(session.neighbor) was accepted for \(DurationText.age($0))." }
      ?? "No packet from \(session.neighbor) was ever accepted."
    guard session.type != .sbfdInitiator else {
      return Finding(
        "no_packets", last,
        advice:
          "ping \(session.neighbor); there: does an S-BFD reflector run, has it our remote_discriminator, does it allow our address, does a firewall drop UDP \(port(session))"
      )
    }
    let other = session.multihop ? "single hop (3784)" : "multihop (4784)"
    return Finding(
      "no_packets", last,
      advice:
        "ping \(scoped(session)); tcpdump -ni any host \(session.neighbor) and udp port \(port(session)): if nothing arrives, BFD does not run there, has no session with \(session.source ?? "our address"), is configured as \(other), or a firewall is between"
    )
  }

  /// Why packets of the neighbor were discarded.
  private static func dropFindings(_ evidence: SessionEvidence) -> [Finding] {
    list(evidence.ownDrops).map { reason, number in
      let drop = PacketDrop(reason)
      return Finding(
        reason, "\(count(number, "packet")) of the neighbor discarded: \(drop.meaning).", advice: drop.advice)
    }
  }

  /// What fits no session may come from anybody: it is said last, and only where nothing better is known.
  private static func strayFindings(_ evidence: SessionEvidence) -> [Finding] {
    list(evidence.strayDrops).map { reason, number in
      let drop = PacketDrop(reason)
      return Finding(
        reason,
        "\(count(number, "packet")) that fit no session, from any sender, discarded: \(drop.meaning).",
        advice: drop.advice)
    }
  }

  private static func list(_ drops: [String: Int]) -> [(String, Int)] {
    drops.sorted { ($0.value, $1.key) > ($1.value, $0.key) }.map { ($0.key, $0.value) }
  }

  private static func count(_ number: Int, _ what: String) -> String { "\(number) \(what)\(number == 1 ? "" : "s")" }

  /// The neighbour's address as ping needs it: a link-local one with its interface.
  private static func scoped(_ session: SessionInfo) -> String {
    guard session.neighbor.hasPrefix("fe80:"), let interface = session.interface else { return session.neighbor }
    return "\(session.neighbor)%\(interface)"
  }

  private static func port(_ session: SessionInfo) -> Int {
    guard !session.unaffiliatedEcho else { return 3785 }
    return switch session.type {
    case .singleHop: 3784
    case .multihop: 4784
    case .sbfdInitiator: 7784
    }
  }
}
