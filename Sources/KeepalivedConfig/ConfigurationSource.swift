/// What reading a configuration needs from the world outside: files, environment, names, chance. The daemons fill it
/// from the operating system, tests from dictionaries.
public struct ConfigurationSource: Sendable {
  /// Reads the regular file at a path whole, if it is no longer than the given number of bytes.
  public var readFile: @Sendable (_ path: String, _ maximumBytes: Int) throws(FileProblem) -> ConfigurationFile
  /// The paths that match a glob(7) pattern without braces, sorted; none where nothing matches.
  public var matchPaths: @Sendable (_ pattern: String) -> [String]
  /// The absolute path of the program that a bare name stands for; `nil` where there is none.
  public var findProgram: @Sendable (_ name: String) -> String?
  /// What is wrong with a user to run scripts as, in a sentence; `nil` where nothing is.
  public var userProblem: @Sendable (_ user: ScriptUser) -> String?
  /// What speaks against running a program, given by its absolute path; `nil` where nothing does.
  public var scriptObjection: @Sendable (_ script: ScriptToExamine) -> ScriptObjection?
  /// The value of an environment variable.
  public var environment: @Sendable (_ name: String) -> String?
  /// What `@id` conditions compare with and `${_INSTANCE}` stands for: the host name up to the first dot, unless the
  /// operator gave another.
  public var identifier: String
  /// Whose files with keys are read. Who needs no keys may not be allowed to read them, and does not try.
  public var keyFiles: Set<KeyUser> = [.bfd, .vrrp]
  /// Whose scripts are examined: who does not run them may not see them.
  public var scripts: Set<KeyUser> = [.bfd, .vrrp]
  /// Seeds `${_RANDOM}`.
  public var randomSeed: UInt64

  /// A source without files, programs and environment, for which every user and script is right.
  public init(identifier: String, randomSeed: UInt64) {
    self.identifier = identifier
    self.randomSeed = randomSeed
    readFile = { (_, _) throws(FileProblem) in throw .missing }
    matchPaths = { _ in [] }
    findProgram = { _ in nil }
    userProblem = { _ in nil }
    scriptObjection = { _ in nil }
    environment = { _ in nil }
  }
}

/// Which daemon keys or scripts are for.
public enum KeyUser: Hashable, Sendable {
  /// `authentication` of a `bfd_instance`.
  case bfd
  /// `auth_hmac` of a `vrrp_instance`.
  case vrrp
}

/// A configuration file's bytes.
public struct ConfigurationFile: Hashable, Sendable {
  /// The contents.
  public var bytes: [UInt8]
  /// Whether any execute bit is set: such a file is not a configuration, an `include` leaves it out.
  public var isExecutable: Bool
  /// Whether users who are neither its owner nor in its group may read it: no place for a key.
  public var isReadableByOthers: Bool

  /// A file with `bytes` in it.
  public init(bytes: [UInt8], isExecutable: Bool = false, isReadableByOthers: Bool = false) {
    self.bytes = bytes
    self.isExecutable = isExecutable
    self.isReadableByOthers = isReadableByOthers
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

/// A script that the configuration wants to run.
public struct ScriptToExamine: Hashable, Sendable {
  /// The program's absolute path.
  public let path: String
  /// Who runs it; `nil`: the default user.
  public let user: ScriptUser?
  /// `enable_script_security`.
  public let scriptSecurity: Bool
}

/// What speaks against running a script.
public struct ScriptObjection: Hashable, Sendable {
  /// The objection in words, with the path component, its owner and mode that cause it.
  public let message: String
  /// The script would run, but somebody could use it to become root.
  public let isSecurityOnly: Bool

  /// An objection.
  public init(_ message: String, isSecurityOnly: Bool) {
    self.message = message
    self.isSecurityOnly = isSecurityOnly
  }
}
