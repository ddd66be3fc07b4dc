import LinuxIO
import Logging

/// The named pipes of `notify_fifo` and `vrrp_notify_fifo`, to which a line is written for each notification.
///
/// Writing never waits: a line for which there is no room is lost, which is counted, and logged once until there is room
/// again.
final class NotificationPipes {
  /// A pipe that the configuration wants.
  struct Wanted: Hashable {
    let path: String
    /// Its permission bits.
    var mode: UInt32 = 0o600
    /// Whom it is to belong to; `nil`: the daemon's user.
    let uid: UInt32?
    let gid: UInt32?
  }

  private struct Open {
    let wanted: Wanted
    let pipe: NamedPipe
    var isLosing = false
  }

  private let logger: Logger
  private var pipes: [Open] = []
  /// Lines that nobody gets.
  private(set) var lostLines: UInt64 = 0

  init(logger: Logger) { self.logger = logger }

  /// Opens exactly these from now on. One that is open stays so, so that its readers do not see an end.
  func replace(with wanted: [Wanted]) {
    for open in pipes where !wanted.contains(open.wanted) { open.pipe.remove() }
    pipes.removeAll { !wanted.contains($0.wanted) }
    for wanted in wanted where !pipes.contains(where: { $0.wanted.path == wanted.path }) {
      do throws(SystemError) {
        let pipe = try NamedPipe(wanted.path, mode: wanted.mode, uid: wanted.uid, gid: wanted.gid) { [logger] in
          logger.warning("notify_fifo \(wanted.path): its owner is not changed: \($0)")
        }
        pipes.append(Open(wanted: wanted, pipe: pipe))
      } catch {
        logger.error("notify_fifo \(wanted.path): \(error)")
      }
    }
  }

  /// Writes keepalived's line (4.10) to every pipe: `INSTANCE "VI_1" MASTER 100`. The name is not escaped.
  func write(_ state: String, type: NotificationCommands.Subject, name: String, priority: UInt8) {
    guard !pipes.isEmpty else { return }
    let line = Array("\(type.rawValue) \"\(name)\" \(state) \(priority)\n".utf8)
    for index in pipes.indices { write(line, to: index) }
  }

  private func write(_ line: [UInt8], to index: Int) {
    let path = pipes[index].wanted.path
    func lose(_ reason: String) {
      lostLines += 1
      if !pipes[index].isLosing { logger.warning("notify_fifo \(path): lines are lost: \(reason)") }
      pipes[index].isLosing = true
    }
    do throws(SystemError) {
      guard line.count <= NamedPipe.messageLimit else { return lose("a name is too long") }
      guard try pipes[index].pipe.write(line.span) else { return lose("nobody reads it, or not fast enough") }
      pipes[index].isLosing = false
    } catch {
      lose("\(error)")
    }
  }

  /// Closes all, and removes those that were made here.
  func close() { replace(with: []) }
}
