import LinuxIO
import Logging
import NetPrimitives
import ScriptHelper

/// The programs that belong to the daemon as a whole: those that read its notification pipes, which run as long as it
/// does, and the one before the start and the one after the stop.
final class DaemonScripts {
  private struct Reader {
    let command: ScriptCommand
    var started: Instant
    /// How long to wait before the next start.
    var delay = Interval.seconds(1)
    var isRunning = false
    var timer: EventLoop.TimerID?
  }

  private let loop: EventLoop
  private let logger: Logger
  private var readers: [CheckID: Reader] = [:]
  private var single: (id: CheckID, name: String, completion: () -> Void)?
  private var ending: (timer: EventLoop.TimerID, completion: () -> Void)?
  private var lastNumber = 0
  /// What runs the programs. Set right after this object, because the runner's results come here.
  var runner: ScriptRunner?

  init(loop: EventLoop, logger: Logger) {
    self.loop = loop
    self.logger = logger
  }

  /// Numbers of their own: those of checks are not negative.
  private func nextID() -> CheckID {
    lastNumber -= 1
    return CheckID(lastNumber)
  }

  /// Whether a result with this number comes from here.
  static func owns(_ id: CheckID) -> Bool { id.number < 0 }

  // MARK: Readers

  /// Keeps exactly these running from now on. One that runs already is not disturbed.
  func replaceReaders(with commands: [ScriptCommand]) {
    for (id, reader) in readers where !commands.contains(reader.command) {
      readers[id] = nil
      if let timer = reader.timer { loop.cancelTimer(timer) }
      runner?.cancel(id)
    }
    for command in commands where !readers.values.contains(where: { $0.command == command }) {
      let id = nextID()
      readers[id] = Reader(command: command, started: MonotonicClock.now())
      start(id)
    }
  }

  private func start(_ id: CheckID) {
    guard var reader = readers[id] else { return }
    reader.started = MonotonicClock.now()
    reader.isRunning = runner?.serve(id, reader.command) == true
    reader.timer = nil
    readers[id] = reader
    // Without a helper there will be one soon.
    if !reader.isRunning { startAgain(id) }
  }

  private func startAgain(_ id: CheckID) {
    guard let delay = readers[id]?.delay, ending == nil else { return }
    readers[id]?.timer = loop.startTimer(at: MonotonicClock.now() + delay) { [weak self] in self?.start(id) }
  }

  private func readerEnded(_ id: CheckID, _ result: ScriptResult) {
    guard var reader = readers[id] else { return }
    reader.isRunning = false
    let isStable = MonotonicClock.now() - reader.started >= .seconds(60)
    reader.delay = isStable ? .seconds(1) : reader.delay
    readers[id] = reader
    guard ending == nil else { return endIfDone() }
    let name = reader.command.arguments.first ?? ""
    logger.warning("notify_fifo_script \(name) \(result): it is started again in \(reader.delay)")
    startAgain(id)
    if !isStable { readers[id]?.delay = min(reader.delay * 2, .seconds(60)) }
  }

  /// Lets the readers come to their end, for their pipes are closed, and ends those that have not after `grace`.
  func endReaders(within grace: Interval, then completion: @escaping () -> Void) {
    let timer = loop.startTimer(at: MonotonicClock.now() + grace) { [weak self] in
      self?.replaceReaders(with: [])
      self?.endIfDone()
    }
    ending = (timer, completion)
    for reader in readers.values { if let timer = reader.timer { loop.cancelTimer(timer) } }
    endIfDone()
  }

  private func endIfDone() {
    guard let (timer, completion) = ending, !readers.values.contains(where: \.isRunning) else { return }
    readers = [:]
    ending = nil
    loop.cancelTimer(timer)
    completion()
  }

  // MARK: Start and stop

  /// Runs a program to its end, or to its timeout, and then calls `completion`; at once where there is none. A program
  /// that fails is told in the log and changes nothing.
  func run(_ name: String, _ command: ScriptCommand?, then completion: @escaping () -> Void) {
    guard let command else { return completion() }
    start(name, command, until: MonotonicClock.now() + command.timeout, completion)
  }

  /// The helper may be on its way: under systemd it is started by a connection.
  private func start(
    _ name: String, _ command: ScriptCommand, until end: Instant, _ completion: @escaping () -> Void
  ) {
    let id = nextID()
    if runner?.run(id, command) == true {
      single = (id, name, completion)
    } else if MonotonicClock.now() < end {
      loop.startTimer(at: MonotonicClock.now() + .milliseconds(100)) { [weak self] in
        self?.start(name, command, until: end, completion)
      }
    } else {
      logger.error("\(name) did not run: there is no script helper")
      completion()
    }
  }

  /// Takes the end of a program of this object.
  func finished(_ id: CheckID, _ result: ScriptResult) {
    guard let (singleID, name, completion) = single, singleID == id else { return readerEnded(id, result) }
    single = nil
    if result.outcome.isSuccess { logger.info("\(name) \(result)") } else { logger.warning("\(name) \(result)") }
    completion()
  }
}
