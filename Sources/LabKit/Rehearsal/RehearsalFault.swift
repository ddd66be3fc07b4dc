/// What a rehearsal does to the router that is active: the one that holds most of the addresses at that moment.
public enum RehearsalFault: Hashable, Sendable {
  /// Power loss: its daemons die and its ports go dead in the same moment; later it boots.
  case power
  /// The switch forwards nothing to it and from it any more; its interfaces stay up.
  case cut
  /// Its cables are pulled (carrier loss), or that of one interface.
  case unplug(interface: String?)
  /// It can send, but hears nothing.
  case deaf
  /// It hears, but nothing of what it sends arrives.
  case mute
  /// A check script fails.
  case script(String)
  /// A tracked file says so.
  case file(String)
  /// Its daemons are frozen for five seconds, then go on.
  case freeze
  /// Its daemons are stopped in order and started again.
  case restart
  /// Its daemons read their configuration again.
  case reload

  /// How it is called on the command line: `power`, `unplug:eth1`, `check:NAME`.
  public var name: String {
    switch self {
    case .power: "power"
    case .cut: "cut"
    case .unplug(let interface): interface.map { "unplug:\($0)" } ?? "unplug"
    case .deaf: "deaf"
    case .mute: "mute"
    case .script(let name), .file(let name): "check:\(name)"
    case .freeze: "freeze"
    case .restart: "restart"
    case .reload: "reload"
    }
  }

  /// The fault in words.
  public var text: String {
    switch self {
    case .power: "the active router loses power, and boots later"
    case .cut: "the active router is cut off, its links stay up"
    case .unplug(nil): "the active router's cables are pulled"
    case .unplug(let interface?): "the active router's cable of \(interface) is pulled"
    case .deaf: "the active router can send, but hears nothing"
    case .mute: "the active router hears, but cannot send"
    case .script(let name): "the check script \(name) fails on the active router"
    case .file(let name): "the tracked file \(name) says fault on the active router"
    case .freeze: "the active router's daemons freeze for 5 s"
    case .restart: "the active router's daemons are restarted"
    case .reload: "the active router's daemons reload"
    }
  }

  /// The names that `faults(named:for:)` knows, in the order in which they are played.
  public static let names = [
    "power", "cut", "unplug", "deaf", "mute", "check", "freeze", "restart", "reload",
  ]

  /// The faults that names stand for, in that order; without names: all. `check` stands for every script and tracked
  /// file, `unplug` for all cables at once and then each of several, `check:NAME` and `unplug:INTERFACE` for one.
  /// Throws `.configuration` for a name that stands for nothing.
  public static func faults(named names: [String], for plan: RehearsalPlan) throws(LabError) -> [RehearsalFault] {
    var faults: [RehearsalFault] = []
    for name in names.isEmpty ? Self.names : names {
      let found = found(name, plan)
      guard !found.isEmpty || name == "check" && names.isEmpty else {
        throw .configuration(unknown(name, plan))
      }
      faults += found.filter { !faults.contains($0) }
    }
    return faults
  }

  private static func found(_ name: String, _ plan: RehearsalPlan) -> [RehearsalFault] {
    let interfaces = plan.routers[0].interfaces.map(\.name)
    let checks: [RehearsalFault] = plan.checks.map { $0.isFile ? .file($0.name) : .script($0.name) }
    let one = name.split(separator: ":", maxSplits: 1).dropFirst().first.map(String.init)
    switch (name, one) {
    case ("power", _): return [.power]
    case ("cut", _): return [.cut]
    case ("unplug", _):
      return [.unplug(interface: nil)] + (interfaces.count > 1 ? interfaces.map { .unplug(interface: $0) } : [])
    case ("deaf", _): return [.deaf]
    case ("mute", _): return [.mute]
    case ("check", _): return checks
    case ("freeze", _): return [.freeze]
    case ("restart", _): return [.restart]
    case ("reload", _): return [.reload]
    case (_, let interface?) where name.hasPrefix("unplug:") && interfaces.contains(interface):
      return [.unplug(interface: interface)]
    case (_, .some) where name.hasPrefix("check:"): return checks.filter { $0.name == name }
    default: return []
    }
  }

  private static func unknown(_ name: String, _ plan: RehearsalPlan) -> String {
    let interfaces = plan.routers[0].interfaces.map { "unplug:\($0.name)" }
    let all = names + interfaces + plan.checks.map { "check:\($0.name)" }
    return "there is no fault '\(name)' for this file; there are: \(all.joined(separator: ", "))"
  }
}
