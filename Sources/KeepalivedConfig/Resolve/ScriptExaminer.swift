extension Resolver {
  mutating func examineScripts() {
    var security = ScriptExaminer(
      source: source, findings: findings, scriptSecurity: configuration.global.scriptSecurity,
      standardUser: configuration.global.scriptUser)
    var checked = configuration
    security.examine(&checked)
    configuration = checked
  }
}

/// Finds the programs of all scripts and asks whether they can and may run. None of the answers ends a start or a reload.
struct ScriptExaminer {
  let source: ConfigurationSource
  let findings: Findings
  /// `enable_script_security`.
  let scriptSecurity: Bool
  /// `script_user`.
  let standardUser: ScriptUser?
  /// What was found out about a program and its user already.
  private var verdicts: [ScriptKey: Verdict] = [:]

  private struct ScriptKey: Hashable {
    var program: String
    var user: ScriptUser?
  }

  private struct Verdict {
    var path: String
    var isDisabled: Bool
  }

  init(source: ConfigurationSource, findings: Findings, scriptSecurity: Bool, standardUser: ScriptUser?) {
    self.source = source
    self.findings = findings
    self.scriptSecurity = scriptSecurity
    self.standardUser = standardUser
  }

  mutating func examine(_ configuration: inout Configuration) {
    if source.scripts.contains(.vrrp) { examineVRRP(&configuration) }
    if source.scripts.contains(.bfd) { examineBFD(&configuration) }
  }

  private mutating func examineVRRP(_ configuration: inout Configuration) {
    examine(&configuration.global.startupScript)
    examine(&configuration.global.shutdownScript)
    examine(&configuration.global.notifyFIFO.scripted)
    examine(&configuration.global.vrrpNotifyFIFO.scripted)
    examine(&configuration.global.jsonNotifyFIFO.scripted)
    for index in configuration.scripts.indices { examine(&configuration.scripts[index].command, isTracked: true) }
    for index in configuration.vrrpInstances.indices { examine(&configuration.vrrpInstances[index].notify) }
    for index in configuration.syncGroups.indices { examine(&configuration.syncGroups[index].notify) }
  }

  private mutating func examineBFD(_ configuration: inout Configuration) {
    for index in configuration.bfdInstances.indices {
      examine(&configuration.bfdInstances[index].notify.up)
      examine(&configuration.bfdInstances[index].notify.down)
      examine(&configuration.bfdInstances[index].notify.any)
    }
    for index in configuration.bfdUnsolicited.indices {
      examine(&configuration.bfdUnsolicited[index].session.notify.up)
      examine(&configuration.bfdUnsolicited[index].session.notify.down)
      examine(&configuration.bfdUnsolicited[index].session.notify.any)
    }
  }

  private mutating func examine(_ scripts: inout NotifyScripts) {
    examine(&scripts.master)
    examine(&scripts.backup)
    examine(&scripts.fault)
    examine(&scripts.stop)
    examine(&scripts.deleted)
    examine(&scripts.masterReceivedLowerPriority)
    examine(&scripts.any)
  }

  private mutating func examine(_ command: inout ScriptCommand?) {
    guard var given = command else { return }
    examine(&given, isTracked: false)
    command = given
  }

  private mutating func examine(_ command: inout ScriptCommand, isTracked: Bool) {
    giveToShell(&command)
    guard let program = command.arguments.first else { return }
    let key = ScriptKey(program: program, user: command.user)
    let verdict = verdicts[key] ?? self.verdict(command, program, isTracked: isTracked)
    verdicts[key] = verdict
    command.arguments[0] = verdict.path
    command.isDisabled = verdict.isDisabled
  }

  /// As in keepalived, `</path` asks a shell whether the path can be opened. Of the shells only bash can open
  /// `/dev/tcp/host/port`.
  private func giveToShell(_ command: inout ScriptCommand) {
    guard let first = command.arguments.first, first.hasPrefix("</") else { return }
    let needsBash = first.hasPrefix("</dev/tcp/") || first.hasPrefix("</dev/udp/")
    command.arguments = [needsBash ? "/bin/bash" : "/bin/sh", "-c", command.arguments.joined(separator: " ")]
  }

  /// A program that is missing or cannot be executed is tried all the same when its time comes, for it may be there by
  /// then. What may not be run is disabled, and keepalived's rule for check scripts holds in both cases: without a result
  /// they have no influence.
  private func verdict(_ command: ScriptCommand, _ program: String, isTracked: Bool) -> Verdict {
    guard let path = found(program, command.location, isTracked: isTracked) else {
      return Verdict(path: program, isDisabled: true)
    }
    // The users of check scripts and the one of all scripts were looked at where they are named.
    if let user = command.user, !isTracked, user != standardUser, let problem = source.userProblem(user) {
      findings.add(.security, command.location, "\(problem): script \(path) cannot run")
      return Verdict(path: path, isDisabled: true)
    }
    let script = ScriptToExamine(path: path, user: command.user, scriptSecurity: scriptSecurity)
    guard let objection = source.scriptObjection(script) else { return Verdict(path: path, isDisabled: false) }
    let consequence =
      switch (objection.isSecurityOnly, scriptSecurity) {
      case (true, true): isTracked ? "it is left out, and instances run without it" : "it is disabled"
      case (true, false): "it runs all the same, without enable_script_security"
      case (false, _): isTracked ? Self.consequenceForCheck : "it cannot run"
      }
    findings.add(.security, command.location, "\(objection.message); \(consequence)")
    return Verdict(path: path, isDisabled: objection.isSecurityOnly && scriptSecurity)
  }

  private static let consequenceForCheck = "the check is shown as down and has no influence until it can run"

  /// The path of a program; a bare name is looked for as a shell would.
  private func found(_ program: String, _ location: SourceLocation, isTracked: Bool) -> String? {
    guard !program.hasPrefix("/") else { return program }
    guard !program.contains("/"), let path = source.findProgram(program) else {
      findings.add(
        .security, location,
        "there is no program '\(program)': give its full path"
          + (isTracked ? "; \(Self.consequenceForCheck)" : ""))
      return nil
    }
    findings.add(.warning, location, "'\(program)' is taken to be '\(path)': give its full path")
    return path
  }
}

extension NotifyFIFO? {
  /// The script of the FIFO, if there is one.
  fileprivate var scripted: ScriptCommand? {
    get { self?.script }
    set { self?.script = newValue }
  }
}
