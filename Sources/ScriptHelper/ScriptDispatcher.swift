import NetPrimitives

/// What the daemon wants of its helper, and in which order: the policy, without the socket.
///
/// At most one run per check and one per notification queue is with the helper at a time. So the helper needs to know
/// nothing about order, what is under way is bounded by the configuration, and when the helper dies it is plain what
/// was lost.
struct ScriptDispatcher {
  /// A state change to tell: commands run one after another.
  private struct Notification {
    var commands: [ScriptCommand]
    var lane = ScriptLane.notify
    /// The next command to run.
    var position = 0
  }

  private struct NotificationQueue {
    var running: (run: RunID, notification: Notification)?
    /// What is to follow, oldest first.
    var waiting: [Notification] = []
  }

  private enum Owner {
    case check(CheckID)
    case queue(String)
  }

  /// What the end of a run means to the daemon.
  enum Completion: Equatable {
    case check(CheckID, ScriptResult)
    case notification(queue: String, command: ScriptCommand, ScriptResult)
  }

  /// How many notifications of one queue may wait behind the one that runs.
  private let waitingLimit: Int
  private var helperIsRunning = false
  private var lastRun: RunID = 0
  private var owners: [RunID: Owner] = [:]
  private var checks: [CheckID: RunID] = [:]
  private var queues: [String: NotificationQueue] = [:]
  private(set) var statistics = ScriptStatistics()

  init(waitingLimit: Int) {
    self.waitingLimit = max(1, waitingLimit)
  }

  /// Whether no notification runs or waits.
  var notificationsAreDone: Bool { queues.isEmpty }

  /// A request that runs the check; `nil` where its previous run has not ended or there is no helper.
  mutating func run(_ check: CheckID, _ command: ScriptCommand, lane: ScriptLane = .check) -> ScriptRequest? {
    guard helperIsRunning, checks[check] == nil else {
      statistics.checksSkipped += 1
      return nil
    }
    statistics.checksRun += 1
    let run = nextRun(.check(check))
    checks[check] = run
    return .run(run, lane: lane, command: command)
  }

  /// A request that ends the check's run, whose result will not be reported; `nil` where it does not run.
  mutating func cancel(_ check: CheckID) -> ScriptRequest? {
    guard let run = checks.removeValue(forKey: check) else { return nil }
    owners[run] = nil
    return .cancel(run)
  }

  /// Puts a notification behind the others of its queue; returns the request to send if it is the first.
  ///
  /// A full queue loses its oldest waiting notification: the newest is never lost.
  mutating func notify(
    _ queue: String, _ commands: [ScriptCommand], lane: ScriptLane = .notify
  ) -> ScriptRequest? {
    guard !commands.isEmpty else { return nil }
    statistics.notificationsQueued += 1
    queues[queue, default: NotificationQueue()].waiting.append(Notification(commands: commands, lane: lane))
    if queues[queue, default: NotificationQueue()].waiting.count > waitingLimit {
      queues[queue]?.waiting.removeFirst()
      statistics.notificationsDropped += 1
    }
    return advance(queue)
  }

  /// Takes a report: what it means, and the next request of the same queue if there is one. `nil` for the report of a
  /// run that nobody waits for any more.
  mutating func receive(_ report: ScriptReport) -> (completion: Completion, next: ScriptRequest?)? {
    guard let owner = owners.removeValue(forKey: report.run) else { return nil }
    if !report.result.outcome.isSuccess { statistics.failures += 1 }
    switch owner {
    case .check(let check):
      checks[check] = nil
      return (.check(check, report.result), nil)
    case .queue(let queue):
      guard var (_, notification) = queues[queue]?.running else { return nil }
      let command = notification.commands[notification.position]
      notification.position += 1
      queues[queue]?.running = nil
      if notification.position < notification.commands.count { queues[queue]?.waiting.insert(notification, at: 0) }
      return (.notification(queue: queue, command: command, report.result), advance(queue))
    }
  }

  /// The helper is gone and with it every run. Returns the checks that were abandoned, in order of their numbers.
  ///
  /// A notification that was under way waits again, from the command it had reached, unless a newer one follows it.
  mutating func helperDied() -> [CheckID] {
    statistics.helperRestarts += 1
    helperIsRunning = false
    owners = [:]
    defer { checks = [:] }
    for name in queues.keys {
      guard let (_, notification) = queues[name]?.running else { continue }
      queues[name]?.running = nil
      if queues[name]?.waiting.isEmpty ?? true { queues[name]?.waiting = [notification] }
    }
    return checks.keys.sorted { $0.number < $1.number }
  }

  /// The requests to send to a new helper: the head of every queue, in order of the queues' names.
  mutating func helperStarted() -> [ScriptRequest] {
    helperIsRunning = true
    return queues.keys.sorted().compactMap { advance($0) }
  }

  /// Gives up all notifications that wait or run.
  mutating func dropNotifications() {
    for queue in queues.values {
      if let run = queue.running?.run { owners[run] = nil }
    }
    queues = [:]
  }

  /// Starts the next notification of the queue, or forgets the queue where none is left.
  private mutating func advance(_ queue: String) -> ScriptRequest? {
    guard helperIsRunning, let state = queues[queue], state.running == nil else { return nil }
    guard let notification = state.waiting.first else {
      queues[queue] = nil
      return nil
    }
    let run = nextRun(.queue(queue))
    queues[queue]?.waiting.removeFirst()
    queues[queue]?.running = (run, notification)
    return .run(run, lane: notification.lane, command: notification.commands[notification.position])
  }

  private mutating func nextRun(_ owner: Owner) -> RunID {
    lastRun += 1
    owners[lastRun] = owner
    return lastRun
  }
}
