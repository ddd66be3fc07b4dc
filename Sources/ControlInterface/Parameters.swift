// The parameters of calls and replies that are not objects of their own.

/// The parameters of a method about one named object.
public struct NameParameter: Codable, Equatable, Sendable {
  /// The object's name.
  public let name: String

  /// Parameters that name `name`.
  public init(name: String) { self.name = name }
}

/// The parameters of a method about one named object, or about all.
public struct OptionalNameParameter: Codable, Equatable, Sendable {
  /// The object's name; null for all.
  public let name: String?

  /// Parameters that name `name`, or all.
  public init(name: String?) { self.name = name }
}

/// The parameters of dev.baton.bfd.SetAdmin.
public struct SetAdminParameters: Codable, Equatable, Sendable {
  /// The session's name.
  public let name: String
  /// Whether the session may run; otherwise it is held in AdminDown.
  public let up: Bool

  /// Parameters that let session `name` run, or hold it in AdminDown.
  public init(name: String, up: Bool) {
    self.name = name
    self.up = up
  }
}

/// The parameters of dev.baton.vrrp.SetMaintenance.
public struct SetMaintenanceParameters: Codable, Equatable, Sendable {
  /// Whether this router is out of service.
  public let on: Bool

  /// Parameters that take this router out of service, or put it back.
  public init(on: Bool) { self.on = on }
}

/// The parameters of both Reload methods.
public struct ReloadParameters: Codable, Equatable, Sendable {
  /// Whether the file is taken wherever a start would take it; null: no.
  public let force: Bool?

  /// Parameters that force the reload, or do not.
  public init(force: Bool?) { self.force = force }
}

/// The reply of both Info methods.
public struct InfoReply<Info: Codable & Equatable & Sendable>: Codable, Equatable, Sendable {
  /// The daemon as a whole.
  public let info: Info

  /// A reply with `info`.
  public init(info: Info) { self.info = info }
}

/// The reply of dev.baton.bfd.List.
public struct SessionsReply: Codable, Equatable, Sendable {
  /// All sessions in the order of the configuration.
  public let sessions: [SessionInfo]
}

/// The reply of dev.baton.bfd.Get.
public struct SessionReply: Codable, Equatable, Sendable {
  /// The session asked for.
  public let session: SessionInfo
}

/// The reply of dev.baton.vrrp.List.
public struct InstancesReply: Codable, Equatable, Sendable {
  /// All instances in the order of the configuration.
  public let instances: [InstanceInfo]
}

/// The reply of dev.baton.vrrp.Get.
public struct InstanceReply: Codable, Equatable, Sendable {
  /// The instance asked for.
  public let instance: InstanceInfo
}

/// One reply of a Monitor stream.
public struct MonitorReply<Event: Codable & Equatable & Sendable>: Codable, Equatable, Sendable {
  /// The message.
  public let event: Event

  /// A reply with `event`.
  public init(event: Event) { self.event = event }
}
