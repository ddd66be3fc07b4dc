public import ControlInterface
public import KeepalivedConfig
internal import LinuxIO
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
  private let rules: ConfigurationRules
  private let outcome: Result<LoadedConfiguration, ConfigurationRefusal>

  /// Reads the file at `path` with everything it includes, as `program` needs it. `identifier` is what `@id` compares
  /// with; `nil`: this machine's name. `isStrict`: a file with errors is refused. May wait for a disk or a name service.
  public init(_ path: String, identifier: String?, for program: DaemonArguments.Program, isStrict: Bool = false) {
    let users = SystemUsers()
    self.users = users
    rules = ConfigurationRules(user: program.usesBFD ? .vrrp : .bfd, isStrict: isStrict, path: path)
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
    rules = ConfigurationRules(user: .vrrp, isStrict: false, path: "")
    outcome = .failure(refusal)
  }

  /// What a reload of this, which is the file at `path`, would do while `running` is in use; `changes` tells what is
  /// different in it.
  public func plan(
    _ path: String, running: AcceptedConfiguration, changes: (Configuration) -> [PlannedChange]
  ) -> ReloadPlan {
    switch outcome {
    case .failure(let refusal):
      return ReloadPlan(file: path, isAccepted: false, findings: [refusal.description])
    case .success(let loaded):
      let objections = rules.objections(toReload: loaded, running: running, isForced: false)
      var findings = loaded.findings.map(\.description)
      findings += objections.filter { !findings.contains($0) }
      var plan = ReloadPlan(file: path, isAccepted: objections.isEmpty, findings: findings)
      if plan.isAccepted { plan.changes = changes(loaded.configuration) }
      return plan
    }
  }

  /// The configuration to start with. What is wrong in the file and left out, and its warnings, go to `logger`.
  public func accepted(logger: Logger) throws(ConfigurationRefusal) -> AcceptedConfiguration {
    let loaded = try outcome.get()
    try Self.refuse(rules.objections(toStartWith: loaded))
    return accept(loaded, logger: logger)
  }

  /// The configuration, where it can take the place of `running` while the daemon runs. A forced reload takes what a
  /// start would take.
  public func accepted(
    after running: AcceptedConfiguration, isForced: Bool, logger: Logger
  ) throws(ConfigurationRefusal) -> AcceptedConfiguration {
    let loaded = try outcome.get()
    try Self.refuse(rules.objections(toReload: loaded, running: running, isForced: isForced))
    guard loaded.configuration.global.networkNamespace == running.configuration.global.networkNamespace else {
      throw ConfigurationRefusal("net_namespace cannot change while the daemon runs: restart it")
    }
    return accept(loaded, logger: logger)
  }

  private static func refuse(_ objections: [String]) throws(ConfigurationRefusal) {
    guard objections.isEmpty else { throw ConfigurationRefusal(objections.joined(separator: "\n")) }
  }

  private func accept(_ loaded: LoadedConfiguration, logger: Logger) -> AcceptedConfiguration {
    for finding in loaded.findings where finding.concerns(rules.user) {
      switch finding.kind {
      case .error: logger.error("\(finding)")
      case .warning, .security: logger.warning("\(finding)")
      case .note: break
      }
    }
    return AcceptedConfiguration(loaded.configuration, errors: rules.errors(of: loaded))
  }
}

extension Configuration {
  /// `-t`: prints every finding about the file that `arguments` name, as `program` reads it; the exit status.
  public static func check(_ arguments: DaemonArguments, for program: DaemonArguments.Program) -> Int32 {
    let path = arguments.configurationPath
    do throws(FileProblem) {
      let loaded = try load(path: path, from: .system(for: program, identifier: arguments.identifier))
      for finding in loaded.findings { Terminal.say("\(finding)") }
      return loaded.findings.testExitStatus
    } catch {
      Terminal.say("\(path): \(error)")
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
