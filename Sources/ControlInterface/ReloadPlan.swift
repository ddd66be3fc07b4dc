/// What a reload of a configuration would do (method Plan).
public struct ReloadPlan: Codable, Equatable, Sendable {
  /// The file that was read.
  public var file: String
  /// Whether a reload would accept it.
  public var isAccepted: Bool
  /// Every finding about the file, one a line of `-t`.
  public var findings: [String]
  /// What would change; empty where nothing would, and where the file is refused.
  public var changes: [PlannedChange] = []

  /// A plan without changes.
  public init(file: String, isAccepted: Bool, findings: [String]) {
    self.file = file
    self.isAccepted = isAccepted
    self.findings = findings
  }

  enum CodingKeys: String, CodingKey {
    case file
    case isAccepted = "accepted"
    case findings, changes
  }
}

/// One thing that a reload would change.
public struct PlannedChange: Codable, Equatable, Sendable {
  /// What happens to it.
  public enum Action: String, Codable, Equatable, Sendable, CaseIterable {
    /// It is new.
    case add
    /// It goes.
    case remove
    /// It stays, with other settings.
    case change
  }

  /// What happens to it.
  public var action: Action
  /// The keyword of its block: `vrrp_instance`, `vrrp_sync_group`, `global_defs` and so on.
  public var kind: String
  /// Its name; empty for `global_defs` and other blocks without a name.
  public var name: String
  /// The keywords whose values differ, for `change`.
  public var keywords: [String]
  /// What the change will cause, one a line.
  public var effects: [String]

  /// A change.
  public init(_ action: Action, kind: String, name: String, keywords: [String] = [], effects: [String] = []) {
    self.action = action
    self.kind = kind
    self.name = name
    self.keywords = keywords
    self.effects = effects
  }
}

/// The parameters of both Plan methods.
public struct PlanParameters: Codable, Equatable, Sendable {
  /// The file to read; null: the daemon's own.
  public let file: String?

  /// Parameters that name `file`.
  public init(file: String?) { self.file = file }
}

/// The reply of both Plan methods.
public struct PlanReply: Codable, Equatable, Sendable {
  /// What a reload would do.
  public let plan: ReloadPlan

  /// A reply with `plan`.
  public init(plan: ReloadPlan) { self.plan = plan }
}
