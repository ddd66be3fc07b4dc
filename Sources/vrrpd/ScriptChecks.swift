import DaemonRuntime
import KeepalivedConfig
import LinuxIO
import Logging
import NetPrimitives
import ScriptHelper

/// Runs every `vrrp_script` at its interval and keeps what the results add up to.
final class ScriptChecks {
  private struct Check {
    let script: VRRPScript
    let command: ScriptHelper.ScriptCommand
    var state: CheckState
    var lastOutcome: ScriptOutcome?
    var nextRun: Instant
    var timer: EventLoop.TimerID?
  }

  private let loop: EventLoop
  private let logger: Logger
  private var checks: [CheckID: Check] = [:]
  private var nextNumber = 0
  /// What runs the scripts. Set right after this object, because the runner's results come here.
  var runner: ScriptRunner?
  /// Gets the name of a script whose state is known now or changed.
  var onChange: (String, Bool) -> Void = { _, _ in }

  init(loop: EventLoop, logger: Logger) {
    self.loop = loop
    self.logger = logger
  }

  /// Whether the script called `name` is up; `nil` where it is not known.
  func isUp(_ name: String) -> Bool? {
    checks.values.first { $0.script.name == name }?.state.isUp
  }

  /// Whether the script called `name` is run.
  func runs(_ name: String) -> Bool { checks.values.contains { $0.script.name == name } }

  /// Runs exactly these scripts from now on. One that is as it was keeps its state and its cadence.
  func replace(with scripts: [(VRRPScript, ScriptHelper.ScriptCommand)]) {
    var kept: Set<CheckID> = []
    var added: [(VRRPScript, ScriptHelper.ScriptCommand)] = []
    for (script, command) in scripts {
      let same = checks.first { $0.value.script.isSameCheck(as: script) && $0.value.command == command }
      if let same { kept.insert(same.key) } else { added.append((script, command)) }
    }
    for (id, check) in checks where !kept.contains(id) {
      runner?.cancel(id)
      if let timer = check.timer { loop.cancelTimer(timer) }
      checks[id] = nil
    }
    for (script, command) in added { add(script, command) }
  }

  private func add(_ script: VRRPScript, _ command: ScriptHelper.ScriptCommand) {
    let id = CheckID(nextNumber)
    nextNumber += 1
    let now = MonotonicClock.now()
    checks[id] = Check(script: script, command: command, state: CheckState(script), nextRun: now)
    run(id)
  }

  private func run(_ id: CheckID) {
    guard var check = checks[id] else { return }
    if runner?.run(id, check.command) == false {
      logger.debug("script \(check.script.name) is still running: this run is left out")
    }
    let now = MonotonicClock.now()
    check.nextRun = max(check.nextRun + check.script.interval, now)
    check.timer = loop.startTimer(at: check.nextRun) { [weak self] in self?.run(id) }
    checks[id] = check
  }

  /// Takes the end of a run.
  func finished(_ id: CheckID, _ result: ScriptResult) {
    guard var check = checks[id] else { return }
    // A dead helper says nothing about what the script checks.
    if case .abandoned = result.outcome { return }
    if result.outcome != check.lastOutcome {
      logger.info("script \(check.script.name) \(result)")
      check.lastOutcome = result.outcome
    }
    let changed = check.state.record(success: result.outcome.isSuccess)
    checks[id] = check
    if changed, let isUp = check.state.isUp {
      logger.log(
        .scriptChanged, .notice, "script \(check.script.name) is \(isUp ? "up" : "down")",
        [.script: check.script.name, .to: isUp ? "up" : "down"])
      onChange(check.script.name, isUp)
    }
  }
}

extension VRRPScript {
  /// Whether both are the same check, wherever they stand in the file and whatever weight they have.
  fileprivate func isSameCheck(as other: VRRPScript) -> Bool {
    name == other.name && interval == other.interval && timeout == other.timeout && rise == other.rise
      && fall == other.fall && initFail == other.initFail
  }
}
