/// What reading a configuration needs from the world outside: files, environment, names, chance. The daemons fill it
/// from the operating system, tests from dictionaries.
public struct ConfigurationSource: Sendable {
  /// Reads the regular file at a path whole, if it is no longer than the given number of bytes.
  public var readFile: @Sendable (_ path: String, _ maximumBytes: Int) throws(FileProblem) -> ConfigurationFile
  /// The paths that match a glob(7) pattern without braces, sorted; none where nothing matches.
  public var matchPaths: @Sendable (_ pattern: String) -> [String]
  /// Owner, group and mode of the file at a path, links followed; `nil` where there is none or it may not be seen.
  public var fileStatus: @Sendable (_ path: String) -> FileStatus?
  /// The absolute path without symbolic links; `nil` where it does not exist.
  public var realPath: @Sendable (_ path: String) -> String?
  /// The user and primary group ids of a user name; `nil` where there is no such user.
  public var user: @Sendable (_ name: String) -> UserIdentity?
  /// The id of a group name; `nil` where there is no such group.
  public var group: @Sendable (_ name: String) -> UInt32?
  /// The value of an environment variable.
  public var environment: @Sendable (_ name: String) -> String?
  /// What `@id` conditions compare with and `${_INSTANCE}` stands for: the host name up to the first dot, unless the
  /// operator gave another.
  public var identifier: String
  /// Seeds `${_RANDOM}`.
  public var randomSeed: UInt64

  /// A source with nothing in it: no file, no user, no environment.
  public init(identifier: String, randomSeed: UInt64) {
    self.identifier = identifier
    self.randomSeed = randomSeed
    readFile = { (_, _) throws(FileProblem) in throw .missing }
    matchPaths = { _ in [] }
    fileStatus = { _ in nil }
    realPath = { _ in nil }
    user = { _ in nil }
    group = { _ in nil }
    environment = { _ in nil }
  }
}

/// A configuration file's bytes.
public struct ConfigurationFile: Hashable, Sendable {
  /// The contents.
  public var bytes: [UInt8]
  /// Whether any execute bit is set: such a file is not a configuration, an `include` leaves it out.
  public var isExecutable: Bool

  /// A file with `bytes` in it.
  public init(bytes: [UInt8], isExecutable: Bool = false) {
    self.bytes = bytes
    self.isExecutable = isExecutable
  }
}

/// Why a file could not be read.
public enum FileProblem: Error, Hashable, Sendable {
  /// There is no such file.
  case missing
  /// It is there but not readable; the payload says why.
  case unreadable(String)
  /// It is a directory, a device, a pipe.
  case notRegular
  /// It is longer than allowed.
  case tooLong
}

extension FileProblem: CustomStringConvertible {
  /// The problem in words that follow the file's name and a colon.
  public var description: String {
    switch self {
    case .missing: "no such file"
    case .unreadable(let reason): reason
    case .notRegular: "not a regular file"
    case .tooLong: "too long for a configuration file"
    }
  }
}

/// What script security looks at.
public struct FileStatus: Hashable, Sendable {
  /// The owner's user id.
  public var owner: UInt32
  /// The group id.
  public var group: UInt32
  /// `st_mode`: type and permission bits.
  public var mode: UInt32

  /// The status of a file.
  public init(owner: UInt32, group: UInt32, mode: UInt32) {
    self.owner = owner
    self.group = group
    self.mode = mode
  }
}

/// A user's ids.
public struct UserIdentity: Hashable, Sendable {
  /// The user id.
  public var user: UInt32
  /// The primary group's id.
  public var group: UInt32

  /// A user's ids.
  public init(user: UInt32, group: UInt32) {
    self.user = user
    self.group = group
  }
}
