import ControlInterface
import FoundationEssentials
import Testing
import Varlink

/// The types and the definitions say the same: every field of one is in the other, with the same type, and what may be
/// null in one may be null in the other.
@Suite struct ConformanceTests {
  private let bfd: InterfaceDefinition
  private let vrrp: InterfaceDefinition

  init() throws {
    bfd = try InterfaceDefinition(parsing: InterfaceDescription.bfd.text)
    vrrp = try InterfaceDefinition(parsing: InterfaceDescription.vrrp.text)
  }

  /// Checks a value without any null and one with all of them against the definition of `type`.
  private func expectConformance<T: Codable & Equatable>(
    full: T, least: T, to type: String, in definition: InterfaceDefinition,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    var nulls: Set<String> = []
    let inFull = definition.differences(try JSONValue(full), .named(type), at: type, nulls: &nulls)
    #expect(inFull == [], sourceLocation: sourceLocation)
    #expect(nulls == [], "null in the value that has everything", sourceLocation: sourceLocation)
    let inLeast = definition.differences(try JSONValue(least), .named(type), at: type, nulls: &nulls)
    #expect(inLeast == [], sourceLocation: sourceLocation)
    let missing = definition.optionals(.named(type), at: type).subtracting(nulls)
    #expect(missing == [], "optional in the definition only", sourceLocation: sourceLocation)
    for value in [full, least] {
      let read = try JSONDecoder().decode(T.self, from: Data(encodeJSON(value)))
      #expect(read == value, sourceLocation: sourceLocation)
    }
  }

  @Test func `sessions and their changes`() throws {
    try expectConformance(full: Samples.session, least: Samples.leastSession, to: "Session", in: bfd)
    try expectConformance(full: Samples.sessionChange, least: Samples.leastSessionChange, to: "Change", in: bfd)
    try expectConformance(
      full: PastChange(time: 1, change: Samples.sessionChange),
      least: PastChange(time: 1, change: Samples.leastSessionChange), to: "PastChange", in: bfd)
    try expectConformance(
      full: Samples.bfd, least: BFDInfo(daemon: Samples.leastDaemon), to: "Summary", in: bfd)
    try expectConformance(
      full: SessionEvent(
        sequence: 1, time: 2, kind: .change, name: "a", state: Samples.session, change: Samples.sessionChange),
      least: SessionEvent(sequence: 1, time: 2, kind: .begin), to: "Event", in: bfd)
  }

  @Test func `instances and their changes`() throws {
    try expectConformance(full: Samples.instance, least: Samples.leastInstance, to: "Instance", in: vrrp)
    try expectConformance(full: Samples.instanceChange, least: Samples.leastInstanceChange, to: "Change", in: vrrp)
    try expectConformance(
      full: PastChange(time: 1, change: Samples.instanceChange),
      least: PastChange(time: 1, change: Samples.leastInstanceChange), to: "PastChange", in: vrrp)
    try expectConformance(
      full: Samples.vrrp, least: VRRPInfo(daemon: Samples.leastDaemon), to: "Summary", in: vrrp)
    try expectConformance(
      full: InstanceEvent(
        sequence: 1, time: 2, kind: .change, name: "a", state: Samples.instance, change: Samples.instanceChange),
      least: InstanceEvent(sequence: 1, time: 2, kind: .begin), to: "Event", in: vrrp)
  }

  @Test func `foreign routers`() throws {
    let router = ForeignRouter(
      interface: "eth0", vrid: 1, source: "192.0.2.1", version: 3, priority: 100, kind: .unknownVRID, count: 1,
      firstSeen: 1, lastSeen: 2)
    try expectConformance(full: router, least: router, to: "ForeignRouter", in: vrrp)
    #expect(vrrp.types["ForeignKind"] == .enumeration(ForeignRouter.Kind.allCases.map(\.rawValue)))
    #expect(vrrp.methods["Foreign"]?.output.map(\.name) == ["routers"])
    #expect(vrrp.methods["KeepalivedDump"]?.output.map(\.name) == ["json"])
  }

  @Test func `what a reload would do`() throws {
    var plan = ReloadPlan(file: "/f", isAccepted: true, findings: ["f"])
    let least = plan
    plan.changes = [PlannedChange(.change, kind: "vrrp_instance", name: "VI", keywords: ["priority"], effects: ["e"])]
    for definition in [bfd, vrrp] {
      try expectConformance(full: plan, least: least, to: "ReloadPlan", in: definition)
      #expect(definition.types["PlannedAction"] == .enumeration(PlannedChange.Action.allCases.map(\.rawValue)))
      #expect(definition.methods["Plan"]?.input.map(\.name) == ["file"])
      #expect(definition.methods["Plan"]?.output.map(\.name) == ["plan"])
    }
  }

  @Test func `enumerations have the same cases in the same order`() {
    #expect(bfd.types["State"] == .enumeration(SessionState.allCases.map(\.rawValue)))
    #expect(bfd.types["SessionType"] == .enumeration(SessionType.allCases.map(\.rawValue)))
    #expect(bfd.types["Origin"] == .enumeration(SessionOrigin.allCases.map(\.rawValue)))
    #expect(bfd.types["Cause"] == .enumeration(SessionCause.allCases.map(\.rawValue)))
    #expect(vrrp.types["State"] == .enumeration(InstanceState.allCases.map(\.rawValue)))
    #expect(vrrp.types["Cause"] == .enumeration(InstanceCause.allCases.map(\.rawValue)))
    #expect(vrrp.types["NewMasterReason"] == .enumeration(NewMasterReason.allCases.map(\.rawValue)))
    #expect(vrrp.types["EventType"] == .enumeration(InstanceEventType.allCases.map(\.rawValue)))
    #expect(vrrp.types["TrackedKind"] == .enumeration(TrackedKind.allCases.map(\.rawValue)))
    #expect(vrrp.types["TrackedState"] == .enumeration(TrackedState.allCases.map(\.rawValue)))
    #expect(vrrp.types["BFDLink"] == .enumeration(BFDLink.allCases.map(\.rawValue)))
    for definition in [bfd, vrrp] {
      #expect(definition.types["EventKind"] == .enumeration(MonitorEventKind.allCases.map(\.rawValue)))
    }
  }

  @Test func `methods take and give what the parameter types have`() throws {
    func names(_ fields: [InterfaceDefinition.Field]?) -> [String]? { fields?.map(\.name) }
    func members(_ value: some Encodable) throws -> [String]? {
      guard case .object(let members) = try JSONValue(value) else { return nil }
      return members.keys.sorted()
    }
    #expect(try names(bfd.methods["Get"]?.input) == members(NameParameter(name: "")))
    #expect(try names(bfd.methods["History"]?.input) == members(NameParameter(name: "")))
    #expect(try names(vrrp.methods["History"]?.input) == members(NameParameter(name: "")))
    #expect(try names(bfd.methods["History"]?.output) == members(HistoryReply<SessionChange>(changes: [])))
    #expect(try names(vrrp.methods["History"]?.output) == members(HistoryReply<InstanceChange>(changes: [])))
    #expect(try names(bfd.methods["SetAdmin"]?.input) == members(SetAdminParameters(name: "", up: true)))
    #expect(try names(bfd.methods["ClearCounters"]?.input) == members(OptionalNameParameter(name: nil)))
    #expect(try names(vrrp.methods["Get"]?.input) == members(NameParameter(name: "")))
    #expect(try names(vrrp.methods["SetMaintenance"]?.input) == members(SetMaintenanceParameters(on: true)))
    #expect(try names(vrrp.methods["Failover"]?.input) == members(NameParameter(name: "")))
    for definition in [bfd, vrrp] {
      #expect(names(definition.methods["Monitor"]?.output) == ["event"])
      #expect(names(definition.methods["Info"]?.output) == ["info"])
      #expect(names(definition.methods["Reload"]?.output) == [])
    }
  }

  @Test func `errors are named as defined`() {
    let thrown: [VarlinkError] = [.noSuchSession("x"), .noSuchInstance("x"), .notMaster("x")]
    for error in thrown {
      let definition = error.name.hasPrefix("dev.baton.bfd.") ? bfd : vrrp
      let name = String(error.name.split(separator: ".").last ?? "")
      #expect(definition.errors[name]?.map(\.name) == error.parameters.keys.sorted(), "\(error.name)")
    }
    #expect(bfd.errors["ReloadRefused"]?.map(\.name) == ["reason"])
    #expect(vrrp.errors["ReloadRefused"]?.map(\.name) == ["reason"])
  }

  @Test func `the standard interface parses too`() throws {
    let service = try InterfaceDefinition(parsing: InterfaceDescription.service.text)
    #expect(service.name == "org.varlink.service")
    #expect(service.methods.keys.sorted() == ["GetInfo", "GetInterfaceDescription"])
    #expect(service.errors.count == 6)
  }

  @Test(arguments: [
    "interface a", "interface a.b type x (a: int)", "interface a.b type X (a: Y)",
    "interface a.b type X (a: int, a: int)",
    "interface a.b type X (a: int, b)", "interface a.b method X() -> (a)", "interface a.b type X (a_: int)",
    "interface a.b type X (a: int) type X (a: int)", "interface a.b type X [int]int", "interface a.b thing X ()",
  ])
  func `the checker refuses what is no definition`(text: String) {
    #expect(throws: InterfaceDefinition.SyntaxError.self) { try InterfaceDefinition(parsing: text) }
  }
}
