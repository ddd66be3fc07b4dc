public import ControlInterface
public import KeepalivedConfig
public import Logging

/// Why a configuration cannot be used: its errors, one a line.
public struct ConfigurationRefusal: Error, Sendable, CustomStringConvertible {
  /// The errors.
  public let description: String

  /// A refusal for these reasons.
  public init(_ description: String) {
    self.description = description
  }
}

/// A configuration as it was read from this machine, with the users that were looked up on the way.
public struct ConfigurationReading: Sendable {
  /// The users that it names.
  public let users: SystemUsers
  private let outcome: Result<LoadedConfiguration, ConfigurationRefusal>

  /// Reads the file at `path` with everything it includes, as `program` needs it. `identifier` is what `@id` compares
  /// with; `nil`: this machine's name. May wait for a disk or a name service.
  public init(_ path: String, identifier: String?, for program: DaemonArguments.Program) {
    let users = SystemUsers()
    self.users = users
    do throws(FileProblem) {
      let source = ConfigurationSource.system(for: program, identifier: identifier, users: users)
      outcome = .success(try Configuration.load(path: path, from: source))
    } catch {
      outcome = .failure(ConfigurationRefusal("\(path): \(error)"))
    }
  }

  /// A reading that could not be made.
  public init(refusal: ConfigurationRefusal) {
    users = SystemUsers()
    outcome = .failure(refusal)
  }

  /// What a reload of this, which is the file at `path`, would do; `changes` tells what is different in it.
  public func plan(_ path: String, changes: (Configuration) -> [PlannedChange]) -> ReloadPlan {
    switch outcome {
    case .failure(let refusal):
      return ReloadPlan(file: path, isAccepted: false, findings: [refusal.description])
    case .success(let loaded):
      let isAccepted = !loaded.findings.hasErrors
      var plan = ReloadPlan(file: path, isAccepted: isAccepted, findings: loaded.findings.map(\.description))
      if isAccepted { plan.changes = changes(loaded.configuration) }
      return plan
    }
  }

  /// The configuration, where it has no errors; its warnings go to `logger`.
  public func accepted(logger: Logger) throws(ConfigurationRefusal) -> Configuration {
    let loaded = try outcome.get()
    guard !loaded.findings.hasErrors else {
      throw ConfigurationRefusal(
        loaded.findings.filter { $0.kind == .error }.map(\.description).joined(separator: "\n"))
    }
    for finding in loaded.findings where finding.kind == .warning || finding.kind == .security {
      logger.warning("\(finding)")
    }
    return loaded.configuration
  }

  /// The configuration, where it has no errors and can take the place of `old` while the daemon runs.
  public func accepted(after old: Configuration, logger: Logger) throws(ConfigurationRefusal) -> Configuration {
    let new = try accepted(logger: logger)
    guard new.global.networkNamespace == old.global.networkNamespace else {
      throw ConfigurationRefusal("net_namespace cannot change while the daemon runs: restart it")
    }
    return new
  }
}

extension Configuration {
  /// `-t`: prints every finding about the file that `arguments` name, as `program` reads it; the exit status.
  public static func check(_ arguments: DaemonArguments, for program: DaemonArguments.Program) -> Int32 {
    let path = arguments.configurationPath
    do throws(FileProblem) {
      let loaded = try load(path: path, from: .system(for: program, identifier: arguments.identifier))
      for finding in loaded.findings { print(finding) }
      return loaded.findings.testExitStatus
    } catch {
      print("\(path): \(error)")
      return DaemonExit.cannotRun
    }
  }
}

/// The exit statuses of a daemon, as keepalived's.
public enum DaemonExit {
  /// The daemon, or `-t`, cannot do its work at all.
  public static let cannotRun: Int32 = 4
  /// The configuration has errors.
  public static let configurationErrors: Int32 = 5
}

extension DaemonArguments.LogLevel {
  /// The same level in swift-log's words.
  public var loggerLevel: Logger.Level {
    switch self {
    case .debug: .debug
    case .info: .info
    case .notice: .notice
    case .warning: .warning
    case .error: .error
    }
  }
}
