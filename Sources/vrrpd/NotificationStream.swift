import ControlInterface
import LinuxIO
import Logging
import NetPrimitives
import VRRPCore
import Varlink

/// The named pipe of `vrrp_notify_fifo_json`: one JSON object a line for each change, with sequence and cause.
///
/// Writing never waits. For a reader that is too slow the last line of each instance and group is kept until there is
/// room, and the lines in between are left out, which the next line says: it loses steps, never a state.
final class NotificationStream {
  /// One line. What does not apply is null.
  struct Line: Encodable {
    enum Kind: String, Encodable {
      case instance, group
    }

    enum Event: String, Encodable {
      /// The state changed.
      case state
      /// The effective priority changed.
      case priority
      /// A master heard an advertisement of lower priority.
      case lowerPriorityHeard = "lower_priority_heard"
      /// The instance or group is gone, by a stop or a reload.
      case removed
      /// The state as it is, after a reload.
      case present
    }

    /// Counts the lines of all readers since the daemon started, from 1; those that are left out count.
    var sequence = 0
    /// Microseconds since the Unix epoch.
    let time = Int(WallClock.now() / 1_000)
    let type: Kind
    let name: String
    let event: Event
    let state: InstanceState
    var fromState: InstanceState?
    var priority: Int?
    var masterAddress: String?
    var cause: InstanceCause?
    var detail: String?
    /// Lines before this one that were left out because they were not read in time.
    var leftOut = 0

    init(_ type: Kind, _ name: String, _ event: Event, _ state: InstanceState) {
      self.type = type
      self.name = name
      self.event = event
      self.state = state
    }

    enum CodingKeys: String, CodingKey {
      case sequence, time, type, name, event, state
      case fromState = "from_state"
      case priority
      case masterAddress = "master_address"
      case cause, detail
      case leftOut = "left_out"
    }
  }

  private let loop: EventLoop
  private let logger: Logger
  private var wanted: NotificationPipes.Wanted?
  private var pipe: NamedPipe?
  private var registration: EventLoop.Registration?
  private var sequence = 0
  /// What there was no room for: at most one line for each instance and group, the oldest first.
  private var waiting: [Line] = []
  private var leftOut = 0
  /// Lines that nobody gets.
  private(set) var lostLines: UInt64 = 0

  init(loop: EventLoop, logger: Logger) {
    self.loop = loop
    self.logger = logger
  }

  /// Opens this pipe, or none. One that is open stays so.
  func replace(with new: NotificationPipes.Wanted?) {
    guard new != wanted else { return }
    close()
    wanted = new
    guard let new else { return }
    do throws(SystemError) {
      pipe = try NamedPipe(new.path, mode: new.mode, uid: new.uid, gid: new.gid) { [logger] in
        logger.warning("vrrp_notify_fifo_json \(new.path): its owner is not changed: \($0)")
      }
    } catch {
      logger.error("vrrp_notify_fifo_json \(new.path): \(error)")
    }
  }

  /// Writes a line, or keeps it until there is room.
  func write(_ line: Line) {
    guard pipe != nil else { return }
    sequence += 1
    var line = line
    line.sequence = sequence
    if let index = waiting.firstIndex(where: { $0.type == line.type && $0.name == line.name }) {
      waiting.remove(at: index)
      leftOut += 1
      lostLines += 1
    }
    waiting.append(line)
    flush()
  }

  private func flush() {
    guard let pipe else { return }
    do throws(SystemError) {
      while let line = waiting.first {
        guard try pipe.write(bytes(of: line).span) else { return try waitForRoom(pipe) }
        waiting.removeFirst()
        leftOut = 0
      }
    } catch {
      logger.warning("vrrp_notify_fifo_json \(pipe.path): \(error)")
      waiting = []
    }
    stopWaiting()
  }

  /// One line, short enough to be taken whole or not at all: names are the only thing that can be long.
  private func bytes(of line: Line) -> [UInt8] {
    var line = line
    line.leftOut = leftOut
    for limit in [1_000, 0] {
      if let bytes = try? encodeJSON(line), bytes.count < NamedPipe.messageLimit {
        return bytes + [UInt8(ascii: "\n")]
      }
      line.detail = line.detail.map { String($0.prefix(limit)) }
    }
    // Nothing that a reader could use fits: it sees a gap in the sequence.
    return Array("{}\n".utf8)
  }

  private func waitForRoom(_ pipe: NamedPipe) throws(SystemError) {
    guard registration == nil else { return }
    logger.warning("vrrp_notify_fifo_json \(pipe.path): nobody reads it, or not fast enough: only last states are kept")
    registration = try pipe.whenThereIsRoom(on: loop) { [weak self] in self?.flush() }
  }

  private func stopWaiting() {
    if let registration { loop.unwatch(registration) }
    registration = nil
  }

  /// Closes the pipe, and removes it if it was made here.
  func close() {
    stopWaiting()
    pipe?.remove()
    pipe = nil
    wanted = nil
    waiting = []
    leftOut = 0
  }
}

extension NotificationStream.Line {
  /// A change of an instance's state.
  init(_ name: String, _ change: InstanceChange, isRemoval: Bool = false) {
    let event: Event = isRemoval ? .removed : change.fromState == change.toState ? .priority : .state
    self.init(.instance, name, event, change.toState)
    if change.fromState != change.toState { fromState = change.fromState }
    priority = change.effectivePriority
    masterAddress = change.masterAddress
    cause = change.cause
    detail = change.detail
  }

  /// An instance as it is.
  init(_ name: String, _ router: Router, event: Event) {
    self.init(.instance, name, event, InstanceState(router.state))
    priority = Int(router.effectivePriority)
    masterAddress = router.masterAddress?.description
    detail = router.history.transitions.last?.cause.text
  }
}
