/// A command that the helper process runs.
public struct ScriptCommand: Hashable, Sendable {
  /// The program, then its arguments; never empty. A program that was given by its bare name has its full path here.
  public var arguments: [String]
  /// Who runs it; `script_user` applied. `nil`: `keepalived_script` where that user exists, else the daemon's user.
  public var user: ScriptUser?
  /// The program fails the checks of `enable_script_security`, or nobody is there to run it: it must not be run.
  public var isDisabled = false
  /// Where it stands.
  public var location: SourceLocation

  /// A command.
  public init(arguments: [String], user: ScriptUser? = nil, location: SourceLocation) {
    self.arguments = arguments
    self.user = user
    self.location = location
  }
}

/// `USER [[:]GROUP]`.
public struct ScriptUser: Hashable, Sendable {
  /// The user's name.
  public var name: String
  /// The group's name. `nil`: the user's primary group.
  public var group: String?
  /// `:GROUP`: the supplementary groups are set too.
  public var supplementaryGroups = false

  /// A user and possibly a group.
  public init(name: String, group: String? = nil, supplementaryGroups: Bool = false) {
    self.name = name
    self.group = group
    self.supplementaryGroups = supplementaryGroups
  }
}

/// The `notify*` scripts of a BFD session.
public struct BFDNotifyScripts: Hashable, Sendable {
  /// `notify_up`: runs when the session comes up.
  public var up: ScriptCommand?
  /// `notify_down`: runs when the session was up and no longer is.
  public var down: ScriptCommand?
  /// `notify`: runs on every change of state, after the other two, with name, state and diagnostic as further arguments.
  public var any: ScriptCommand?

  /// No scripts.
  public init() {}
}

/// The `notify*` scripts of an instance or group.
public struct NotifyScripts: Hashable, Sendable {
  /// `notify_master`.
  public var master: ScriptCommand?
  /// `notify_backup`.
  public var backup: ScriptCommand?
  /// `notify_fault`.
  public var fault: ScriptCommand?
  /// `notify_stop`.
  public var stop: ScriptCommand?
  /// `notify_deleted`; not for groups.
  public var deleted: ScriptCommand?
  /// `notify_master_rx_lower_pri`; not for groups.
  public var masterReceivedLowerPriority: ScriptCommand?
  /// `notify`: runs after each of the others, with type, name, state and priority as further arguments.
  public var any: ScriptCommand?

  /// No scripts.
  public init() {}
}
