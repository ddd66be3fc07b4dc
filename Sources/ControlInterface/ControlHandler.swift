public import Varlink

/// A daemon, as its control interface sees it: named objects that can be listed and watched, and methods of its own.
///
/// Everything is called on the daemon's event loop and must return at once.
public protocol ControlHandler: AnyObject {
  /// What List, Get and Monitor's full state tell of one object.
  associatedtype State: Codable & Equatable & Sendable
  /// What Monitor tells of one change.
  associatedtype Change: Codable & Equatable & Sendable

  /// The interface served.
  static var interface: InterfaceDescription { get }
  /// The reply field that holds List's objects.
  static var listField: String { get }
  /// The reply field that holds Get's object.
  static var objectField: String { get }
  /// The methods that only root and the daemon's own user may call.
  static var changingMethods: Set<String> { get }

  /// The error for a name that no object has.
  static func noSuchObject(_ name: String) -> VarlinkError

  /// The objects' names, in the order of the configuration.
  var objectNames: [String] { get }
  /// The object of that name as it is now; `nil` where there is none.
  func object(named name: String) -> State?
  /// The last changes of that object's state, at most 64, the oldest first; `nil` where there is no such object.
  func history(of name: String) -> [PastChange<Change>]?
  /// Answers a method other than List, Get and Monitor.
  func perform(_ call: Call) throws(VarlinkError) -> ControlAnswer
}

/// What bfdd does for its control interface. Unknown names are thrown as `VarlinkError.noSuchSession`.
public protocol BFDControl: ControlHandler where State == SessionInfo, Change == SessionChange {
  /// The daemon as a whole.
  var info: BFDInfo { get }
  /// Holds the session in AdminDown, or lets it go again.
  func setAdminDown(_ isDown: Bool, session name: String) throws(VarlinkError)
  /// Checks the session's path by a Poll. Throws `VarlinkError.notUp` where it is not Up.
  func poll(session name: String) throws(VarlinkError)
  /// Sets the counters of one session, or of all and of the daemon, to zero.
  func clearCounters(session name: String?) throws(VarlinkError)
  /// Reads the configuration again; the reply is `reloadRefused` where it brings errors and the old one stays. A forced
  /// reload takes what a start would take.
  func reload(isForced: Bool) -> DeferredReply
  /// Reads `file` (`nil`: the configuration in use) and answers with a `PlanReply`; nothing is changed.
  func plan(file: String?) -> DeferredReply
}

/// What vrrpd does for its control interface. Unknown names are thrown as `VarlinkError.noSuchInstance`.
public protocol VRRPControl: ControlHandler where State == InstanceInfo, Change == InstanceChange {
  /// The daemon as a whole.
  var info: VRRPInfo { get }
  /// Takes this router out of service, or puts it back.
  func setMaintenance(_ isOn: Bool) throws(VarlinkError)
  /// Routers that were heard and are none of ours.
  var foreignRouters: [ForeignRouter] { get }
  /// All instances in the shape of keepalived's JSON dump.
  func keepalivedDump() throws(VarlinkError) -> String
  /// Hands the instance's addresses to the next router. Throws `VarlinkError.notMaster` where it has none.
  func failover(instance name: String) throws(VarlinkError)
  /// Reads the configuration again; the reply is `reloadRefused` where it brings errors and the old one stays. A forced
  /// reload takes what a start would take.
  func reload(isForced: Bool) -> DeferredReply
  /// Reads `file` (`nil`: the configuration in use) and answers with a `PlanReply`; nothing is changed.
  func plan(file: String?) -> DeferredReply
}

extension ControlHandler {
  /// Answers History.
  fileprivate func historyReply(to call: Call) throws(VarlinkError) -> HistoryReply<Change> {
    let name = try call.parameters(as: NameParameter.self).name
    guard let changes = history(of: name) else { throw Self.noSuchObject(name) }
    return HistoryReply(changes: changes)
  }

  /// The error of a reload that was refused: `reason` holds every finding, one a line.
  public static func reloadRefused(_ reason: String) -> VarlinkError {
    VarlinkError(name: interface.name + ".ReloadRefused", parameters: ["reason": reason])
  }

  /// The error of a connection that gets no place; it is closed.
  public static func tooManyClients(_ reason: String) -> VarlinkError {
    VarlinkError(name: interface.name + ".TooManyClients", parameters: ["reason": reason])
  }

  /// The error of a call that is not read because of its size; the connection is closed.
  public static func callTooLarge(_ reason: String) -> VarlinkError {
    VarlinkError(name: interface.name + ".CallTooLarge", parameters: ["reason": reason])
  }
}

extension VarlinkError {
  /// bfdd has no session of that name.
  public static func noSuchSession(_ name: String) -> VarlinkError {
    VarlinkError(name: "dev.baton.bfd.NoSuchSession", parameters: ["name": name])
  }

  /// The session is not Up, or has no neighbour that could answer a Poll.
  public static func notUp(_ name: String) -> VarlinkError {
    VarlinkError(name: "dev.baton.bfd.NotUp", parameters: ["name": name])
  }

  /// vrrpd has no instance of that name.
  public static func noSuchInstance(_ name: String) -> VarlinkError {
    VarlinkError(name: "dev.baton.vrrp.NoSuchInstance", parameters: ["name": name])
  }

  /// The instance is not master, so it has nothing to hand over.
  public static func notMaster(_ name: String) -> VarlinkError {
    VarlinkError(name: "dev.baton.vrrp.NotMaster", parameters: ["name": name])
  }
}

extension BFDControl {
  /// NoSuchSession.
  public static func noSuchObject(_ name: String) -> VarlinkError { .noSuchSession(name) }
  /// dev.baton.bfd.
  public static var interface: InterfaceDescription { .bfd }
  /// "sessions".
  public static var listField: String { "sessions" }
  /// "session".
  public static var objectField: String { "session" }
  /// SetAdmin, Poll, ClearCounters, Reload, and Plan, which reads files with the daemon's rights.
  public static var changingMethods: Set<String> { ["SetAdmin", "Poll", "ClearCounters", "Reload", "Plan"] }

  /// Answers History, SetAdmin, Poll, ClearCounters, Reload, Plan and Info.
  public func perform(_ call: Call) throws(VarlinkError) -> ControlAnswer {
    switch call.name {
    case "Info": return .now(InfoReply(info: info))
    case "History": return .now(try historyReply(to: call))
    case "SetAdmin":
      let parameters = try call.parameters(as: SetAdminParameters.self)
      try setAdminDown(!parameters.up, session: parameters.name)
    case "Poll": try poll(session: call.parameters(as: NameParameter.self).name)
    case "ClearCounters": try clearCounters(session: call.parameters(as: OptionalNameParameter.self).name)
    case "Reload": return .later(reload(isForced: try call.parameters(as: ReloadParameters.self).force ?? false))
    case "Plan": return .later(plan(file: try call.parameters(as: PlanParameters.self).file))
    default: throw .methodNotFound(call.method)
    }
    return .now(NoParameters())
  }
}

extension VRRPControl {
  /// NoSuchInstance.
  public static func noSuchObject(_ name: String) -> VarlinkError { .noSuchInstance(name) }
  /// dev.baton.vrrp.
  public static var interface: InterfaceDescription { .vrrp }
  /// "instances".
  public static var listField: String { "instances" }
  /// "instance".
  public static var objectField: String { "instance" }
  /// SetMaintenance, Failover, Reload, and Plan, which reads files with the daemon's rights.
  public static var changingMethods: Set<String> { ["SetMaintenance", "Failover", "Reload", "Plan"] }

  /// Answers History, Foreign, KeepalivedDump, SetMaintenance, Failover, Reload, Plan and Info.
  public func perform(_ call: Call) throws(VarlinkError) -> ControlAnswer {
    switch call.name {
    case "Info": return .now(InfoReply(info: info))
    case "History": return .now(try historyReply(to: call))
    case "Foreign": return .now(ForeignReply(routers: foreignRouters))
    case "KeepalivedDump": return .now(KeepalivedDumpReply(json: try keepalivedDump()))
    case "SetMaintenance": try setMaintenance(call.parameters(as: SetMaintenanceParameters.self).on)
    case "Failover": try failover(instance: call.parameters(as: NameParameter.self).name)
    case "Reload": return .later(reload(isForced: try call.parameters(as: ReloadParameters.self).force ?? false))
    case "Plan": return .later(plan(file: try call.parameters(as: PlanParameters.self).file))
    default: throw .methodNotFound(call.method)
    }
    return .now(NoParameters())
  }
}
