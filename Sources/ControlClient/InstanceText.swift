public import ControlInterface

/// VRRP instances as text for operators. States are written as keepalived writes them.
public enum InstanceText {
  /// One line per instance, and a summary.
  public static func table(_ instances: [InstanceInfo], _ info: VRRPInfo, _ style: TextStyle) -> String {
    guard !instances.isEmpty else { return "no instances are configured\n" }
    var table = TextTable([
      "NAME", "STATE", "INTERFACE", ">VRID", ">PRIO", "MASTER", ">SINCE", "ADDRESSES", "NOTE",
    ])
    for instance in instances {
      table.append([
        .init(instance.name), .init(name(instance.state), TextStyle.color(instance.state)), .init(instance.interface),
        .init(String(instance.vrid)), .init(priority(instance)), .init(master(instance)),
        .init(DurationText.age(instance.lastTransition.map { style.now - $0 })), .init(addresses(instance)),
        .init(note(instance)),
      ])
    }
    return table.text(style) + summary(instances, info, style) + "\n"
  }

  /// Everything about one instance; `outlook` says why it is in its state, and what would happen next.
  public static func detail(
    _ instance: InstanceInfo, _ style: TextStyle, outlook: Explanation? = nil
  ) -> String {
    let state = style.paint(name(instance.state), TextStyle.color(instance.state))
    var text = "\(style.paint(instance.name, .heading)): \(state)\(headline(instance, style))\n"
    for reason in instance.faultReasons { text += "  " + style.paint(reason, .bad) + "\n" }
    text += facts(instance, style)
    if let outlook { text += section("WHY, AND WHAT NEXT", style) + lines(of: outlook) }
    text += section("ADDRESSES", style) + addressTable(instance, style)
    if !instance.tracked.isEmpty { text += section("TRACKED", style) + tracked(instance, style) }
    return text + section("COUNTERS", style) + counters(instance.statistics, style)
  }

  /// A state as keepalived writes it.
  static func name(_ state: InstanceState) -> String { state.rawValue.uppercased() }

  private static func lines(of outlook: Explanation) -> String {
    outlook.findings.map { finding in
      "  \(finding.text)\n" + (finding.advice.map { "    -> \($0)\n" } ?? "")
    }.joined()
  }

  private static func section(_ title: String, _ style: TextStyle) -> String {
    "\n  " + style.paint(title, .heading) + "\n"
  }

  /// "100", or "140 (100)" where what is tracked changes the configured priority.
  private static func priority(_ instance: InstanceInfo) -> String {
    instance.effectivePriority == instance.priority
      ? "\(instance.priority)" : "\(instance.effectivePriority) (\(instance.priority))"
  }

  private static func master(_ instance: InstanceInfo) -> String {
    switch instance.state {
    case .master: return "this router"
    case .backup: break
    case .fault, .`init`: return ""
    }
    guard let address = instance.masterAddress else { return "none heard" }
    return address + (instance.masterPriority.map { " prio \($0)" } ?? "")
  }

  private static func addresses(_ instance: InstanceInfo) -> String {
    guard let first = instance.virtualAddresses.first else { return "none" }
    let more = instance.virtualAddresses.count - 1
    return first.address + (more > 0 ? " +\(more)" : "")
  }

  /// What an operator has to know in the brief view: why it is in fault, or what does not do well.
  private static func note(_ instance: InstanceInfo) -> String {
    if !instance.faultReasons.isEmpty { return instance.faultReasons.joined(separator: ", ") }
    let broken = instance.tracked.filter { $0.state != .up }
    return broken.map { "\($0.kind.rawValue) \($0.name) \(SessionText.words($0.state.rawValue))" }
      .joined(separator: ", ")
  }

  private static func summary(_ instances: [InstanceInfo], _ info: VRRPInfo, _ style: TextStyle) -> String {
    let counts = [InstanceState.master, .backup, .fault, .`init`].compactMap { state -> String? in
      let count = instances.count { $0.state == state }
      return count > 0 ? "\(count) \(name(state))" : nil
    }
    var text = "\(instances.count) instance\(instances.count == 1 ? "" : "s"): " + counts.joined(separator: ", ")
    if info.bfd == .stale { text += "\n" + style.paint("bfdd does not answer: its last known states are held", .bad) }
    // Those of other virtual routers are no trouble of ours.
    let lost = [("too short", "packet_length_errors"), ("for want of room", "receive_buffer_full")]
      .compactMap { name, key in info.drops[key].flatMap { $0 > 0 ? "\($0) \(name)" : nil } }
    if !lost.isEmpty { text += "\npackets discarded for all instances: " + lost.joined(separator: ", ") }
    if info.maintenance { text += "\n" + style.paint("this router is in maintenance", .pending) }
    return text
  }

  private static func headline(_ instance: InstanceInfo, _ style: TextStyle) -> String {
    guard let last = instance.lastTransition else { return "" }
    return " since \(style.time(last)), \(DurationText.age(style.now - last)) ago: "
      + (instance.state == .master ? reason(instance.newMasterReason) : event(instance.lastEvent))
  }

  /// Why a router is master, in words.
  private static func reason(_ reason: NewMasterReason) -> String {
    switch reason {
    case .notMaster: "not master"
    case .priority: "highest priority"
    case .preempted: "preempted a master of lower priority"
    case .noResponse: "no master was heard"
    case .bfdTakeover: "BFD saw the master die"
    }
  }

  /// What happened, in words.
  static func event(_ event: InstanceEventType) -> String {
    switch event {
    case .none: "nothing happened yet"
    case .masterTimeout: "no master was heard"
    case .masterLeft: "the master left"
    case .bfdTakeover: "BFD saw the master die"
    case .higherPriorityBackup: "a router of higher priority was heard"
    case .lowerPriorityMaster: "preempted a master of lower priority"
    case .ownerPreempt: "the owner of the addresses took them back"
    case .noPrimaryIPAddress: "no address to send from"
    case .primaryIPAddress: "an address to send from"
    case .preemptHoldTimeout: "the preempt delay ran out"
    case .trackedChange: "a tracked object changed"
    case .syncGroup: "another member of the sync group changed"
    case .configuration: "the configuration changed"
    case .operatorCommand: "an operator's command"
    case .startup, .shutdown, .interfaceUp, .interfaceDown: SessionText.words(event.rawValue)
    }
  }

  private static func facts(_ instance: InstanceInfo, _ style: TextStyle) -> String {
    var table = TextTable(["", ""])
    let preempt = instance.preempt ? "" : ", no preempt"
    table.append([
      "router",
      "VRRPv\(instance.version), virtual router \(instance.vrid) on \(instance.interface), \(instance.addressFamily)",
    ])
    if let group = instance.syncGroup { table.append(["sync group", .init(group)]) }
    let configured = instance.effectivePriority == instance.priority ? "" : ", configured \(instance.priority)"
    table.append(["priority", "\(instance.effectivePriority)\(configured)\(preempt)"])
    table.append(["master", .init(master(instance).isEmpty ? "-" : master(instance))])
    table.append(["advertises every", .init(DurationText.interval(instance.advertiseInterval))])
    if instance.state == .backup, let down = instance.masterDownInterval {
      let skew = instance.skewTime.map { " (skew \(DurationText.interval($0)))" } ?? ""
      let longer = instance.patience.map { ", and \(DurationText.interval($0)) more: the master was late before" } ?? ""
      table.append(["takes over after", "\(DurationText.interval(down)) of silence\(skew)\(longer)"])
    }
    table.append(["last event", .init(event(instance.lastEvent))])
    return table.text(style, indent: "  ")
  }

  private static func addressTable(_ instance: InstanceInfo, _ style: TextStyle) -> String {
    guard !instance.virtualAddresses.isEmpty else { return "  none\n" }
    var table = TextTable(["", "", ""])
    for address in instance.virtualAddresses {
      table.append([
        "\(address.address)/\(address.prefixLength)", .init(address.interface ?? ""), .init(address.label ?? ""),
      ])
    }
    return table.text(style, indent: "  ")
  }

  private static func tracked(_ instance: InstanceInfo, _ style: TextStyle) -> String {
    var table = TextTable(["", "", "", ""])
    for object in instance.tracked {
      let effect = object.weight == 0 ? "fault while down" : "weight \(object.weight)"
      table.append([
        .init(object.kind.rawValue), .init(object.name),
        .init(SessionText.words(object.state.rawValue), object.state == .up ? .good : .bad), .init(effect),
      ])
    }
    return table.text(style, indent: "  ")
  }

  private static func counters(_ counts: InstanceStatistics, _ style: TextStyle) -> String {
    var table = TextTable(["", ""])
    table.append([
      "advertisements",
      "\(counts.advertisementRcvd) received, \(counts.advertisementSent) sent, \(counts.sendFailed) not sent",
    ])
    table.append([
      "priority 0", "\(counts.priorityZeroPktsRcvd) received, \(counts.priorityZeroPktsSent) sent",
    ])
    table.append([
      "became master",
      "\(times(counts.masterTransitions)), by BFD \(times(counts.takeovers)), wrongly \(times(counts.falseTakeovers))",
    ])
    table.append(["two masters", .init(times(counts.dualMasterEpisodes))])
    table.append(["announcements", "\(counts.gratuitousSent) sent"])
    let errors = [
      ("checksum", counts.checksumErrors), ("version", counts.versionErrors), ("router id", counts.vridErrors),
      ("TTL", counts.ipTTLErrors), ("interval", counts.intervalErrors), ("type", counts.invalidTypePktsRcvd),
      ("address list", counts.addressListErrors), ("length", counts.packetLengthErrors),
      ("authentication", counts.authenticationErrors), ("other", counts.otherErrors),
    ].filter { $0.1 > 0 }
    let discarded = errors.map { "\($0.1) \($0.0)" }.joined(separator: ", ")
    table.append(["discarded", .init(discarded.isEmpty ? "none" : discarded)])
    table.append(["own lateness", .init(SessionText.figures(counts.lateness))])
    return table.text(style, indent: "  ")
  }

  private static func times(_ count: Int) -> String { count == 1 ? "once" : "\(count) times" }
}
