/// The questions about users and groups that configuration needs answered; the daemons ask the system, tests a table.
public struct UserDatabase {
  /// uid and primary gid of a user name; `nil` for an unknown name.
  public var user: (String) -> (uid: UInt32, gid: UInt32)?
  /// gid of a group name; `nil` for an unknown name.
  public var group: (String) -> UInt32?
  /// All groups of a user whose primary group is the given one, as initgroups(3) would set them.
  public var groups: (String, UInt32) -> [UInt32]

  /// A database that answers with these three functions.
  public init(
    user: @escaping (String) -> (uid: UInt32, gid: UInt32)?, group: @escaping (String) -> UInt32?,
    groups: @escaping (String, UInt32) -> [UInt32]
  ) {
    self.user = user
    self.group = group
    self.groups = groups
  }
}

/// Why there is nobody to run a script as.
public enum ScriptUserError: Error, Hashable, Sendable {
  /// The configuration names a user that does not exist.
  case unknownUser(String)
  /// The configuration names a group that does not exist.
  case unknownGroup(String)
  /// Script security is on, no user is configured and there is no user `keepalived_script`.
  case noDefaultUser
}

extension ScriptUserError: CustomStringConvertible {
  /// The error as one sentence.
  public var description: String {
    switch self {
    case .unknownUser(let name): "there is no user \(name)"
    case .unknownGroup(let name): "there is no group \(name)"
    case .noDefaultUser:
      "enable_script_security needs script_user or a user named \(ScriptUser.defaultName): there is neither"
    }
  }
}

extension ScriptUser {
  /// The user scripts run as when the configuration names none.
  public static let defaultName = "keepalived_script"

  /// The user called `name`, in the group `group` or else its primary one; all its supplementary groups where
  /// `withSupplementaryGroups` (keepalived: a `:` before the group), else none.
  ///
  /// A name that the database does not know but that is a number stands for itself; such a user's group is the same
  /// number unless one is given.
  public static func named(
    _ name: String, group: String? = nil, withSupplementaryGroups: Bool = false, in database: UserDatabase
  ) throws(ScriptUserError) -> ScriptUser {
    guard let user = database.user(name) ?? UInt32(name).map({ (uid: $0, gid: $0) }) else {
      throw .unknownUser(name)
    }
    var gid = user.gid
    if let group {
      guard let found = database.group(group) ?? UInt32(group) else { throw .unknownGroup(group) }
      gid = found
    }
    return ScriptUser(
      uid: user.uid, gid: gid, supplementaryGroups: withSupplementaryGroups ? database.groups(name, gid) : [])
  }

  /// Whom scripts run as when neither they nor `script_user` name anybody: `keepalived_script` if there is such a
  /// user, else `own`, the daemon's user, which script security forbids.
  public static func standard(
    own: ScriptUser, scriptSecurity: Bool, in database: UserDatabase
  ) throws(ScriptUserError) -> ScriptUser {
    if let user = database.user(defaultName) { return ScriptUser(uid: user.uid, gid: user.gid) }
    guard !scriptSecurity else { throw .noDefaultUser }
    return own
  }
}
