import ControlInterface
import DaemonRuntime
import KeepalivedConfig
import NetPrimitives
import VRRPCore

extension Transition {
  /// The change, which `router` has just made, and its evidence in one line, for the log. `source` is the address that
  /// the router was told to send from.
  func text(of router: Router, source: IPAddress? = nil) -> String {
    var why = causeText
    if case .fault(let reasons) = cause { why = router.texts(of: reasons, source: source).joined(separator: ", ") }
    var text = "\(from.rawValue) -> \(to.rawValue): \(why), priority \(priority)"
    if let master, to != .master || cause != .ownAddresses {
      text += "; last advertisement from \(master)"
      if let masterPriority { text += " priority \(masterPriority)" }
      if let lastAdvertisementAge { text += " \(lastAdvertisementAge) ago" }
    }
    if lateness > .milliseconds(1) { text += "; we were \(lateness) late" }
    return text
  }
}

extension Transition {
  /// The cause in words, and what made it come later than usual.
  var causeText: String {
    guard patience > .zero else { return cause.text }
    return "\(cause.text), waited \(patience) longer because that router had been late before"
  }
}

extension TransitionCause {
  /// The cause in words.
  var text: String {
    switch self {
    case .startup: "start"
    case .shutdown: "stop"
    case .masterTimeout: "no active router is heard"
    case .masterResigned: "the active router gave up"
    case .bfdTakeover(let session): "BFD session \(session) saw the active router die"
    case .preemption: "the active router has a lower priority"
    case .ownAddresses: "we own the addresses"
    case .betterRouter: "a better router is active"
    case .ownStall: "we were not running while another router became active"
    case .fault(let reasons): "fault: " + reasons.texts.joined(separator: ", ")
    case .faultCleared: "the fault is over"
    case .syncGroup: "another member of the sync group changed"
    case .failover: "failover on request"
    case .maintenance: "maintenance on request"
    }
  }
}

extension Router {
  /// Each reason in words; what it tracks, and the `source` that it was told to send from, have names.
  func texts(of reasons: FaultReasons, source: IPAddress? = nil) -> [String] {
    let failed = zip(configuration.trackers, trackerStates).filter { $0.influence(of: $1) == .fault }.map(\.0)
    var others = reasons
    var named: [String] = []
    if let source, others.remove(.noSourceAddress) != nil {
      named.append("the source address \(source) is not on this host")
    }
    if !failed.isEmpty, others.remove(.tracker) != nil {
      named += failed.map { "tracked \($0.kind) \($0.name) failed" }
    }
    return others.texts + named
  }
}

extension FaultReasons {
  /// Each reason in words.
  var texts: [String] {
    let all: [(FaultReasons, String)] = [
      (.interfaceDown, "the interface is down or missing"),
      (.noSourceAddress, "there is no address to send from"),
      (.tracker, "a tracked object failed"), (.syncGroup, "another member of the sync group is in fault"),
      (.system, "the system refuses a socket"), (.noPeers, "it has no unicast peers"),
    ]
    return all.filter { contains($0.0) }.map(\.1)
  }
}

extension Notice {
  /// The notice in words.
  var text: String {
    switch self {
    case .dualMaster(let source, let priority):
      "\(source) is active as well, with priority \(priority): it is told, and the addresses are announced again"
    case .falseTakeover(let source): "\(source) is alive: BFD lost it, VRRP did not"
    case .takeoverTriggered(let session): "BFD session \(session) to the active router is down: not waiting for VRRP"
    case .stalled(let interval): "this process was not run for \(interval) after a deadline: looking before acting"
    case .addressesDiffer(let source): "\(source) advertises other addresses than ours"
    }
  }
}

extension InstanceChange {
  /// What the log line of a change of state is about.
  var messageID: MessageID {
    switch toState {
    case .`init`: .instanceStopped
    case .backup: .instanceBackup
    case .master: .instanceMaster
    case .fault: .instanceFault
    }
  }

  /// The fields of the log line, in the words of `vrrpctl history`.
  func logFields(of instance: VRRPInstance) -> [LogField: String] {
    var fields: [LogField: String] = [
      .instance: instance.name, .interface: instance.interface, .from: fromState.rawValue, .to: toState.rawValue,
      .cause: cause.rawValue, .priority: "\(effectivePriority)",
    ]
    fields[.neighbor] = masterAddress
    fields[.reason] = detail
    return fields
  }
}

extension Notice {
  /// What the log line is about.
  var messageID: MessageID {
    switch self {
    case .dualMaster: .dualMaster
    case .falseTakeover: .falseTakeover
    case .takeoverTriggered: .takeoverTriggered
    case .stalled: .stalled
    case .addressesDiffer: .addressesDiffer
    }
  }
}
