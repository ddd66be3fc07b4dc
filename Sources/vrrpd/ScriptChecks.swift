import DaemonRuntime
import KeepalivedConfig
import LinuxIO
import Logging
import NetPrimitives
import ScriptHelper
import VRRPCore

/// Runs every `vrrp_script` at its interval and keeps what the results add up to.
final class ScriptChecks {
  private struct Check {
    let script: VRRPScript
    /// `nil`: it may not be run.
    let command: ScriptHelper.ScriptCommand?
    var state: CheckState
    var lastOutcome: ScriptOutcome?
    var nextRun: Instant
    /// The last run brought no result, for want of a script helper.
    var isOwed = false
    var timer: EventLoop.TimerID?
  }

  private let loop: EventLoop
  private let logger: Logger
  private var checks: [CheckID: Check] = [:]
  private var nextNumber = 0
  /// What runs the scripts. Set right after this object, because the runner's results come here.
  var runner: ScriptRunner? {
    didSet { runner?.onHelper = { [weak self] in self?.helperChanged($0) } }
  }
  /// Gets the name of a script whose state is known now or changed.
  var onChange: (String, TrackerState) -> Void = { _, _ in }

  init(loop: EventLoop, logger: Logger) {
    self.loop = loop
    self.logger = logger
  }

  /// The state of the script called `name`; what is not run here will never give a result.
  func state(of name: String) -> TrackerState {
    checks.values.first { $0.script.name == name }?.state.tracker ?? .unavailable
  }

  /// Runs exactly these scripts from now on; one without a command may not be run. One that is as it was keeps its state
  /// and its cadence.
  func replace(with scripts: [(VRRPScript, ScriptHelper.ScriptCommand?)]) {
    var kept: Set<CheckID> = []
    var added: [(VRRPScript, ScriptHelper.ScriptCommand?)] = []
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

  private func add(_ script: VRRPScript, _ command: ScriptHelper.ScriptCommand?) {
    let id = CheckID(nextNumber)
    nextNumber += 1
    checks[id] = Check(script: script, command: command, state: CheckState(script), nextRun: MonotonicClock.now())
    if command == nil { leaveOut(id) } else { runAtInterval(id) }
  }

  /// keepalived leaves out a script that may not run, with what it does to instances: so does this, but shows it as down.
  private func leaveOut(_ id: CheckID) {
    guard var check = checks[id] else { return }
    _ = check.state.record(.notExecuted(errno: 1))
    checks[id] = check
    tell(check, "is left out, for it may not be run")
  }

  private func runAtInterval(_ id: CheckID) {
    run(id)
    guard var check = checks[id] else { return }
    let now = MonotonicClock.now()
    check.nextRun = max(check.nextRun + check.script.interval, now)
    check.timer = loop.startTimer(at: check.nextRun) { [weak self] in self?.runAtInterval(id) }
    checks[id] = check
  }

  private func run(_ id: CheckID) {
    guard let check = checks[id], let runner, let command = check.command else { return }
    guard !runner.run(id, command) else { return }
    guard runner.hasHelper else { return lost(id) }
    logger.debug("script \(check.script.name) is still running: this run is left out")
  }

  /// A new helper does at once what its predecessor left undone; where there is none, nobody waits for ever.
  private func helperChanged(_ isThere: Bool) {
    for id in checks.keys.sorted(by: { $0.number < $1.number }) {
      guard let check = checks[id], check.isOwed, check.state.isAwaited else { continue }
      if isThere {
        checks[id]?.isOwed = false
        run(id)
      } else {
        lost(id)
      }
    }
  }

  private func lost(_ id: CheckID) { finished(id, ScriptResult(outcome: .abandoned, duration: .zero)) }

  /// Takes the end of a run.
  func finished(_ id: CheckID, _ result: ScriptResult) {
    guard var check = checks[id] else { return }
    check.isOwed = result.outcome == .abandoned
    if result.outcome != check.lastOutcome {
      logger.info("script \(check.script.name) \(result)")
      check.lastOutcome = result.outcome
    }
    let changed = check.state.record(result.outcome)
    checks[id] = check
    guard changed else { return }
    switch check.state.tracker {
    case .unknown, .value: break
    case .up: tell(check, "is up")
    case .down: tell(check, "is down")
    case .unavailable: tell(check, "has given no result: it has no influence until it does")
    }
  }

  private func tell(_ check: Check, _ text: String) {
    let isUp = check.state.tracker == .up
    logger.log(
      .scriptChanged, check.state.tracker == .unavailable ? .warning : .notice, "script \(check.script.name) \(text)",
      [.script: check.script.name, .to: isUp ? "up" : "down"])
    onChange(check.script.name, check.state.tracker)
  }
}

extension VRRPScript {
  /// Whether both are the same check, wherever they stand in the file and whatever weight they have.
  fileprivate func isSameCheck(as other: VRRPScript) -> Bool {
    name == other.name && interval == other.interval && timeout == other.timeout && rise == other.rise
      && fall == other.fall && initFail == other.initFail
  }
}
