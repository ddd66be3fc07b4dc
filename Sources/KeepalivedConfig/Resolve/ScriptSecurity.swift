extension Resolver {
  mutating func checkScriptSecurity() {
    var security = ScriptSecurity(
      source: source, findings: findings, isEnforced: configuration.global.scriptSecurity)
    var checked = configuration
    security.check(&checked)
    configuration = checked
  }
}

/// keepalived's script security: a script that runs as root must not be changeable by anybody else, nor any directory
/// on the way to it.
struct ScriptSecurity {
  let source: ConfigurationSource
  let findings: Findings
  /// `enable_script_security`.
  let isEnforced: Bool
  /// What was found out about a script and its user already.
  private var verdicts: [ScriptKey: Bool] = [:]

  init(source: ConfigurationSource, findings: Findings, isEnforced: Bool) {
    self.source = source
    self.findings = findings
    self.isEnforced = isEnforced
  }

  mutating func check(_ configuration: inout Configuration) {
    check(&configuration.global.startupScript)
    check(&configuration.global.shutdownScript)
    check(&configuration.global.notifyFIFO.scripted)
    check(&configuration.global.vrrpNotifyFIFO.scripted)
    for index in configuration.scripts.indices { check(&configuration.scripts[index].command) }
    for index in configuration.vrrpInstances.indices { check(&configuration.vrrpInstances[index].notify) }
    for index in configuration.syncGroups.indices { check(&configuration.syncGroups[index].notify) }
  }

  private mutating func check(_ scripts: inout NotifyScripts) {
    check(&scripts.master)
    check(&scripts.backup)
    check(&scripts.fault)
    check(&scripts.stop)
    check(&scripts.deleted)
    check(&scripts.masterReceivedLowerPriority)
    check(&scripts.any)
  }

  private mutating func check(_ command: inout ScriptCommand?) {
    guard var given = command else { return }
    check(&given)
    command = given
  }

  private mutating func check(_ command: inout ScriptCommand) {
    guard let program = command.arguments.first else { return }
    let key = ScriptKey(program: program, user: command.user)
    let verdict = verdicts[key] ?? isSecure(command, program)
    verdicts[key] = verdict
    command.isDisabled = !verdict && isEnforced
  }

  /// Whether a script may run; what speaks against it is reported.
  private func isSecure(_ command: ScriptCommand, _ program: String) -> Bool {
    let consequence = isEnforced ? "it is disabled" : "it runs all the same"
    guard let path = resolved(program, command.location) else { return false }
    guard let status = source.fileStatus(path), status.isRegular else {
      findings.add(.security, command.location, "script '\(path)' does not exist or is not a file: it cannot run")
      return false
    }
    guard status.mode & 0o111 != 0 else {
      findings.add(.security, command.location, "script '\(path)' is not executable: it cannot run")
      return false
    }
    guard runsAsRoot(command) || status.mode & 0o6000 != 0 else { return true }
    for name in [path, source.realPath(path) ?? path] {
      if let reason = weakness(of: name) {
        findings.add(.security, command.location, "script '\(path)' is insecure: \(reason); \(consequence)")
        return false
      }
    }
    return true
  }

  /// The path of a program; a bare name is looked for as a shell would.
  private func resolved(_ program: String, _ location: SourceLocation) -> String? {
    if program.hasPrefix("/") { return program }
    guard !program.contains("/") else {
      findings.add(.security, location, "script '\(program)' needs an absolute path: it cannot run")
      return nil
    }
    let directories = source.environment("PATH") ?? "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
    let found = directories.split(separator: ":").map { "\($0)/\(program)" }
      .first { source.fileStatus($0).map { $0.isRegular && $0.mode & 0o111 != 0 } ?? false }
    guard let found else {
      findings.add(.security, location, "script '\(program)' is nowhere on the path: it cannot run")
      return nil
    }
    findings.add(.warning, location, "script '\(program)' is taken from the path, as '\(found)': give its full name")
    return found
  }

  /// Without a user of its own a script runs as `keepalived_script`, where that user exists, else as the daemon.
  private func runsAsRoot(_ command: ScriptCommand) -> Bool {
    let root = UserIdentity(user: 0, group: 0)
    guard let user = command.user else {
      let identity = source.user("keepalived_script") ?? root
      return identity.user == 0 || identity.group == 0
    }
    let identity = source.user(user.name) ?? root
    let group = user.group.flatMap(source.group) ?? identity.group
    return identity.user == 0 || group == 0
  }

  /// What somebody else than root could change on the way to `path`; `nil` where nothing.
  private func weakness(of path: String) -> String? {
    var component = ""
    for part in [""] + path.split(separator: "/").map(String.init) {
      component = component == "/" || component.isEmpty ? "/\(part)" : "\(component)/\(part)"
      guard let status = source.fileStatus(component) else { return "'\(component)' cannot be examined" }
      let described = "'\(component)' (owner \(status.owner), group \(status.group), mode \(status.octalMode))"
      if status.owner != 0 { return "\(described) is not owned by root" }
      if status.isDirectory, status.mode & 0o1000 != 0 { continue }
      if status.mode & 0o020 != 0, status.group != 0 { return "\(described) may be written by its group" }
      if status.mode & 0o002 != 0 { return "\(described) may be written by everybody" }
    }
    return nil
  }
}

/// A script and who runs it.
private struct ScriptKey: Hashable {
  var program: String
  var user: ScriptUser?
}

extension NotifyFIFO? {
  /// The script of the FIFO, if there is one.
  fileprivate var scripted: ScriptCommand? {
    get { self?.script }
    set { self?.script = newValue }
  }
}

extension FileStatus {
  var isRegular: Bool { mode & 0o170000 == 0o100000 }
  var isDirectory: Bool { mode & 0o170000 == 0o040000 }
  /// The permission bits as `stat` prints them.
  var octalMode: String {
    let digits = String(mode & 0o7777, radix: 8)
    return String(repeating: "0", count: 4 - digits.count) + digits
  }
}
