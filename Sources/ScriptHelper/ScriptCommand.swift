public import NetPrimitives

/// Whom a script runs as: numbers only, looked up when the configuration is loaded, never while running.
public struct ScriptUser: Hashable, Sendable {
  /// The user, real and effective.
  public var uid: UInt32
  /// The group, real and effective.
  public var gid: UInt32
  /// All supplementary groups; empty for none.
  public var supplementaryGroups: [UInt32]

  /// The user `uid` in the group `gid` and in `supplementaryGroups`.
  public init(uid: UInt32, gid: UInt32, supplementaryGroups: [UInt32] = []) {
    self.uid = uid
    self.gid = gid
    self.supplementaryGroups = supplementaryGroups
  }

  /// root with no supplementary groups.
  public static let root = ScriptUser(uid: 0, gid: 0)
}

/// One program to run and how.
public struct ScriptCommand: Hashable, Sendable {
  /// The argument vector; the first word is the path of the program. Empty words are kept.
  public var arguments: [String]
  /// Whom it runs as.
  public var user: ScriptUser
  /// How long it may run, counted from its start. Then its process group gets SIGTERM, and SIGKILL 2 s later.
  public var timeout: Interval
  /// Whether the path is examined before each run, by the rules of `enable_script_security`.
  public var isSecured = false
  /// The file mode creation mask it starts with (keepalived's `umask`).
  public var fileMask: UInt32 = 0o022
  /// Variables added to the environment the daemon was started with (an equal name replaces).
  public var environment: [Variable]

  /// One variable of the environment.
  public struct Variable: Hashable, Sendable {
    /// The part before `=`.
    public var name: String
    /// The part behind `=`.
    public var value: String

    /// `name=value`.
    public init(_ name: String, _ value: String) {
      self.name = name
      self.value = value
    }
  }

  /// `arguments` as `user`, for `timeout` at most, with `environment` added.
  public init(_ arguments: [String], user: ScriptUser, timeout: Interval, environment: [Variable] = []) {
    self.arguments = arguments
    self.user = user
    self.timeout = timeout
    self.environment = environment
  }
}

/// The daemon's number for a check script: one `vrrp_script` of the configuration.
public struct CheckID: Hashable, Sendable {
  /// The number.
  public let number: Int

  /// The check `number`.
  public init(_ number: Int) {
    self.number = number
  }
}
