public import ControlInterface

extension Explanation {
  /// Why a VRRP instance is not master, or why it is.
  public static func instance(_ instance: InstanceInfo, _ info: VRRPInfo) -> Explanation {
    var findings: [Finding]
    switch instance.state {
    case .master: findings = [masterFinding(instance)] + troubleFindings(instance) + episodeFindings(instance)
    case .fault: findings = maintenanceFindings(info) + faultFindings(instance)
    case .`init`: findings = maintenanceFindings(info) + startFindings(instance, info)
    case .backup: findings = backupFindings(instance, info) + episodeFindings(instance)
    }
    findings += outlook(instance)
    if info.bfd == .stale, instance.tracked.contains(where: { $0.kind == .bfd }) {
      findings.append(
        Finding(
          "bfd_stale", "bfdd cannot be reached: the last known states of its sessions are held.",
          advice: "systemctl status bfdd; bfdctl show"))
    }
    return Explanation(name: instance.name, state: instance.state.rawValue, findings: findings)
  }

  private static func masterFinding(_ instance: InstanceInfo) -> Finding {
    switch instance.newMasterReason {
    case .noResponse: Finding("master", "It is master because no other master was heard.")
    case .bfdTakeover: Finding("master", "It is master because BFD saw the former master die.")
    case .preempted: Finding("master", "It is master because it preempted a router of lower priority.")
    case .priority:
      Finding("master", "It is master because the former master resigned, or because it owns the addresses.")
    case .notMaster: Finding("master", "It is master.")
    }
  }

  private static func maintenanceFindings(_ info: VRRPInfo) -> [Finding] {
    guard info.maintenance else { return [] }
    return [
      Finding(
        "maintenance", "This router is in maintenance: nothing here becomes master.",
        advice: "vrrpctl maintenance off")
    ]
  }

  private static func episodeFindings(_ instance: InstanceInfo) -> [Finding] {
    let count = instance.statistics.dualMasterEpisodes
    guard count > 0 else { return [] }
    return [
      Finding(
        "dual_master",
        "\(count == 1 ? "Once" : "\(count) times") another router was active beside it: it was told, and the addresses were announced again.",
        advice: "do both routers hear each other, is one of them not run in time; the log names the other router")
    ]
  }

  /// What would happen next.
  private static func outlook(_ instance: InstanceInfo) -> [Finding] {
    guard instance.state == .master || instance.state == .backup else { return [] }
    var findings: [Finding] = []
    if instance.state == .master, instance.effectivePriority < 255 {
      findings.append(
        Finding(
          "outlook", "A router that advertises a priority above \(instance.effectivePriority) takes over from it."))
    }
    for object in instance.tracked where object.state == .up || object.state == .staleUp {
      let what = "\(object.kind.rawValue) \(object.name)"
      // The number in a file counts, not only that there is one.
      if object.kind == .file { continue }
      if object.weight == 0 {
        findings.append(Finding("outlook", "If the \(what) fails, it goes to fault and takes its addresses away."))
      } else {
        let then = min(254, max(1, instance.effectivePriority - abs(object.weight)))
        findings.append(Finding("outlook", "If the \(what) fails, its priority becomes \(then)."))
      }
    }
    return findings
  }

  private static func faultFindings(_ instance: InstanceInfo) -> [Finding] {
    var findings = instance.faultReasons.map {
      Finding("fault", "It is in fault: \($0).", advice: faultAdvice($0, instance))
    }
    for object in failed(instance) where object.weight == 0 {
      findings.append(
        Finding(
          "tracked_down", "The tracked \(object.kind.rawValue) \(object.name) is \(state(object)), and has no weight.",
          advice: trackedAdvice(object)))
    }
    return findings.isEmpty ? [Finding("fault", "It is in fault.")] : findings
  }

  private static func faultAdvice(_ reason: String, _ instance: InstanceInfo) -> String? {
    // What is tracked has a finding of its own.
    if reason.hasPrefix("tracked ") { return nil }
    if reason.hasPrefix("the source address ") {
      return "ip address show; unicast_src_ip or mcast_src_ip of \(instance.name)"
    }
    if reason.contains("address to send from") { return "ip address show dev \(instance.interface)" }
    if reason.contains("interface") { return "ip link show dev \(instance.interface)" }
    if reason.contains("sync group") {
      return "vrrpctl show: which member of \(instance.syncGroup ?? "the group") is in fault"
    }
    return nil
  }

  private static func startFindings(_ instance: InstanceInfo, _ info: VRRPInfo) -> [Finding] {
    if let remaining = info.startupDelayRemaining {
      return [
        Finding(
          "startup_delay",
          "vrrpd waits another \(DurationText.interval(remaining)) before it takes part (vrrp_startup_delay).")
      ]
    }
    let pending = instance.tracked.filter { $0.kind == .script && $0.weight == 0 && $0.state == .unknown }
    guard !pending.isEmpty else {
      return [Finding("not_started", "It does not take part: it is starting or stopping.")]
    }
    return pending.map {
      Finding(
        "waiting_for_script", "It waits for the first result of the script \($0.name).",
        advice: "the script's interval, rise and timeout; does it end at all")
    }
  }

  // MARK: Backup

  private static func backupFindings(_ instance: InstanceInfo, _ info: VRRPInfo) -> [Finding] {
    var findings = maintenanceFindings(info)
    findings.append(masterComparison(instance, takesOver: !info.maintenance))
    findings += troubleFindings(instance)
    findings += priorityFindings(instance)
    if let patience = instance.patience, let master = instance.masterAddress {
      findings.append(
        Finding(
          "patience",
          "\(master) fell silent before, although it was alive: if it does so again, it takes over"
            + " \(DurationText.interval(patience)) later than usual. A router that advertises steadily is trusted again.",
          advice: "look at the load of \(master): its advertisements are late"))
    }
    if let group = instance.syncGroup {
      findings.append(
        Finding("sync_group", "It is in the sync group \(group): it becomes master only together with all its members.")
      )
    }
    return findings
  }

  private static func masterComparison(_ instance: InstanceInfo, takesOver: Bool) -> Finding {
    let interval = DurationText.interval(instance.masterDownInterval)
    guard let master = instance.masterAddress, let theirs = instance.masterPriority, let age = instance.lastReceivedAge,
      age <= instance.masterDownInterval ?? .max
    else {
      guard takesOver else { return Finding("no_master_heard", "No master is heard.") }
      return Finding(
        "no_master_heard", "No master is heard; it takes over after \(interval) of silence.",
        advice: "look again in a moment")
    }
    let ours = instance.effectivePriority
    if theirs == 0 {
      return Finding(
        "master_resigned", "The master \(master) has just resigned" + (takesOver ? "; it takes over now." : "."))
    }
    if theirs > ours {
      return Finding("lower_priority", "The master is \(master) with priority \(theirs); ours is \(ours).")
    }
    if theirs == ours {
      return Finding(
        "equal_priority", "The master is \(master) with priority \(theirs), the same as ours: who is master stays.",
        advice: "give the routers different priorities")
    }
    guard takesOver else {
      return Finding("maintenance_master", "The master is \(master) with priority \(theirs); ours is \(ours).")
    }
    return preemption(instance, "\(master), of lower priority (\(theirs), ours is \(ours))")
  }

  /// The master has a lower priority: why it is not preempted.
  private static func preemption(_ instance: InstanceInfo, _ master: String) -> Finding {
    if !instance.preempt {
      return Finding(
        "nopreempt", "The master is \(master), but nopreempt leaves it in place.",
        advice: "vrrpctl failover on that router, or remove nopreempt")
    }
    if instance.yielding {
      return Finding(
        "failed_over", "It handed over to \(master), on an operator's request, and does not take it back by itself.",
        advice: "vrrpctl failover on the other router")
    }
    if let remaining = instance.preemptDelayRemaining {
      return Finding("preempt_delay", "It preempts \(master), in \(DurationText.interval(remaining)) (preempt_delay).")
    }
    return Finding(
      "preempting",
      "It is about to preempt \(master), within \(DurationText.interval(instance.masterDownInterval)).")
  }

  /// What lowers the priority.
  private static func priorityFindings(_ instance: InstanceInfo) -> [Finding] {
    guard instance.effectivePriority != instance.priority || !failed(instance).isEmpty else { return [] }
    return failed(instance).filter { $0.weight != 0 }.map { object in
      let effect = object.weight > 0 ? "\(object.weight) are not added to" : "\(-object.weight) are taken from"
      return Finding(
        "tracked_down",
        "The tracked \(object.kind.rawValue) \(object.name) is \(state(object)): \(effect) the priority of \(instance.priority).",
        advice: trackedAdvice(object))
    }
  }

  private static func failed(_ instance: InstanceInfo) -> [TrackedObject] {
    instance.tracked.filter { object in
      switch object.state {
      case .down, .staleDown: true
      // A session that is not known counts as down.
      case .unknown: object.kind == .bfd
      case .up, .staleUp: false
      }
    }
  }

  private static func state(_ object: TrackedObject) -> String { SessionText.words(object.state.rawValue) }

  private static func trackedAdvice(_ object: TrackedObject) -> String {
    switch object.kind {
    case .bfd: "bfdctl explain \(object.name)"
    case .interface: "ip link show dev \(object.name)"
    case .script: "run the script of \(object.name) by hand, as its user"
    case .file: "the number in the file of \(object.name)"
    case .process: "ps: do the processes of \(object.name) run"
    case .group: "the log of vrrpd: what of track_group \(object.name) cannot be added"
    }
  }
}
