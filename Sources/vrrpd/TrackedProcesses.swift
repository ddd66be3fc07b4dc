import KeepalivedConfig
import LinuxIO
import Logging
import NetPrimitives

/// Counts the processes of every `vrrp_track_process`.
///
/// All of `/proc` is read at the start, before any router begins; from then on the kernel reports each process that
/// begins, ends or changes its name, and only that one is looked at. Where it does not, as in a container or another
/// network namespace, and after reports were lost, all of them are read again beside the loop.
final class TrackedProcesses {
  private struct Tracked {
    var process: TrackProcess
    var quorum: ProcessQuorum
    var pids: Set<Int32>
  }

  private let loop: EventLoop
  private let logger: Logger
  private var tracked: [Tracked] = []
  private var events: (source: ProcessEvents, registration: EventLoop.Registration)?
  private var scan: BackgroundWork<[ProcessTable.Entry]>?
  private var scanTimer: EventLoop.TimerID?
  private var delayTimer: EventLoop.TimerID?
  /// Gets the name of a `vrrp_track_process` and whether its quorum is met, when that is known or changed.
  var onChange: (String, Bool) -> Void = { _, _ in }

  /// How often all processes are read where the kernel reports nothing.
  private static let scanInterval = Interval.seconds(1)

  init(loop: EventLoop, logger: Logger) {
    self.loop = loop
    self.logger = logger
  }

  /// Whether the quorum of the `vrrp_track_process` called `name` is met; `nil` where there is none.
  func isUp(_ name: String) -> Bool? { tracked.first { $0.process.name == name }?.quorum.isUp }

  /// Counts exactly these from now on; all are known when it returns. What is counted already and has not changed goes on
  /// without notice.
  func replace(with new: [TrackProcess]) {
    guard new != tracked.map(\.process) else { return }
    let old = tracked
    tracked = []
    let canSee = new.isEmpty || !ProcessTable.isHidden
    if !canSee {
      // Nobody can tell, so nothing follows from it: no process would be found, and every instance would fail.
      logger.error(
        "track_process has no effect: /proc hides the processes of others from vrrpd (systemd: set ProtectProc=default)"
      )
    }
    startListening(!new.isEmpty && canSee)
    guard !new.isEmpty, canSee else { return }
    let entries = Self.entries(withCommands: new.contains(where: \.needsCommand))
    tracked = new.map { process in
      let pids = Set(entries.filter(process.matches).map(\.pid))
      let known = old.first { $0.process == process }
      return Tracked(
        process: process, quorum: known?.quorum ?? ProcessQuorum(process, count: pids.count), pids: pids)
    }
    for index in tracked.indices {
      if old.contains(where: { $0.process == tracked[index].process }) {
        count(index, tracked[index].pids, .other)
      } else {
        report(index)
      }
    }
  }

  private static func entries(withCommands: Bool) -> [ProcessTable.Entry] {
    (try? ProcessTable.entries(withCommands: withCommands)) ?? []
  }

  // MARK: What the kernel reports

  private func startListening(_ isWanted: Bool) {
    if let scanTimer { loop.cancelTimer(scanTimer) }
    scanTimer = nil
    guard isWanted else {
      if let events { loop.unwatch(events.registration) }
      events = nil
      return
    }
    guard events == nil else { return }
    do throws(SystemError) {
      let source = try ProcessEvents()
      events = (source, try loop.watch(source.descriptor, priority: .control) { [weak self] _ in self?.read() })
    } catch {
      logger.info(
        "track_process: the kernel reports no processes here (\(error)): they are counted every \(Self.scanInterval)")
      scheduleScan()
    }
  }

  private func read() {
    guard let source = events?.source else { return }
    do throws(SystemError) {
      for event in try source.read() { take(event) }
    } catch {
      logger.error("track_process: \(error)")
    }
  }

  private func take(_ event: ProcessEvents.Event) {
    switch event {
    case .forked(let parent, let child):
      for index in tracked.indices where tracked[index].pids.contains(parent) {
        count(index, tracked[index].pids.union([child]), .fork)
      }
    case .exited(let pid):
      for index in tracked.indices where tracked[index].pids.contains(pid) {
        count(index, tracked[index].pids.subtracting([pid]), .end)
      }
    case .changed(let pid):
      let entry = ProcessTable.entry(pid, withCommand: tracked.contains { $0.process.needsCommand })
      for index in tracked.indices {
        let matches = entry.map(tracked[index].process.matches) ?? false
        guard matches != tracked[index].pids.contains(pid) else { continue }
        count(index, matches ? tracked[index].pids.union([pid]) : tracked[index].pids.subtracting([pid]), .other)
      }
    case .overflow: startScan()
    }
  }

  // MARK: Reading all processes

  private func scheduleScan() {
    scanTimer = loop.startTimer(at: MonotonicClock.now() + Self.scanInterval) { [weak self] in
      guard let self else { return }
      scanTimer = nil
      startScan()
      scheduleScan()
    }
  }

  private func startScan() {
    do throws(SystemError) {
      if scan == nil {
        scan = try BackgroundWork(loop: loop, work: { Self.entries(withCommands: true) }) { [weak self] result in
          if case .success(let entries) = result { self?.compare(with: entries) }
        }
      }
      if scan?.isRunning == false { scan?.start() }
    } catch {
      logger.error("track_process: \(error)")
    }
  }

  private func compare(with entries: [ProcessTable.Entry]) {
    for index in tracked.indices {
      let pids = Set(entries.filter(tracked[index].process.matches).map(\.pid))
      guard pids != tracked[index].pids else { continue }
      count(index, pids, pids.count < tracked[index].pids.count ? .end : .other)
    }
  }

  // MARK: Counting

  private func count(_ index: Int, _ pids: Set<Int32>, _ reason: ProcessQuorum.Reason) {
    tracked[index].pids = pids
    let process = tracked[index].process
    if tracked[index].quorum.update(process, count: pids.count, reason, now: MonotonicClock.now()) { report(index) }
    armDelay()
  }

  private func report(_ index: Int) {
    let (process, isUp) = (tracked[index].process, tracked[index].quorum.isUp)
    logger.notice("track_process \(process.name) is \(isUp ? "up" : "down"): \(tracked[index].pids.count) running")
    onChange(process.name, isUp)
  }

  private func armDelay() {
    if let delayTimer { loop.cancelTimer(delayTimer) }
    delayTimer = nil
    guard let due = tracked.compactMap(\.quorum.due).min() else { return }
    delayTimer = loop.startTimer(at: due) { [weak self] in
      guard let self else { return }
      delayTimer = nil
      let now = MonotonicClock.now()
      for index in tracked.indices where tracked[index].quorum.expire(now: now) { report(index) }
      armDelay()
    }
  }
}
