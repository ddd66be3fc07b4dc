import KeepalivedConfig
import LinuxIO
import NetPrimitives

extension TrackProcess {
  /// The least number of processes: none where there may be none.
  private var leastNumber: Int { quorumMaximum == 0 ? 0 : quorum }

  /// Whether so many processes are enough, and not too many.
  func isMet(by count: Int) -> Bool { count >= leastNumber && count <= quorumMaximum ?? .max }

  /// Whether the command lines of processes matter, and not only their names.
  var needsCommand: Bool { fullCommand || comparesParameters }

  private var comparesParameters: Bool { parameterMatch != nil || command.count > 1 }

  /// Whether `entry` is one of the processes that are counted.
  ///
  /// By the kernel's name of the process, which has 15 bytes, or with `full_command` by the program as it was called.
  /// Parameters count where there are any or `param_match` is given: all of them, or with `partial` the first ones, or with
  /// `initial` the first ones, the last of which may be longer.
  func matches(_ entry: ProcessTable.Entry) -> Bool {
    guard let name = command.first else { return false }
    if fullCommand {
      guard entry.command.first == name else { return false }
    } else {
      guard entry.name == String(decoding: name.utf8.prefix(15), as: UTF8.self) else { return false }
    }
    guard comparesParameters else { return true }
    let wanted = command.dropFirst()
    let given = entry.command.dropFirst()
    switch parameterMatch ?? .exact {
    case .exact: return given.elementsEqual(wanted)
    case .partial: return given.starts(with: wanted)
    case .initial:
      guard let last = wanted.last else { return true }
      let others = wanted.dropLast()
      return given.starts(with: others) && given.dropFirst(others.count).first?.hasPrefix(last) == true
    }
  }
}

/// Whether the quorum of a `vrrp_track_process` is met, with its delays.
struct ProcessQuorum: Equatable {
  /// Why the number of processes changed.
  enum Reason {
    /// A process made a copy of itself: `fork_delay` holds.
    case fork
    /// A process ended: `terminate_delay` holds.
    case end
    /// Anything else counts at once: a program was started, a name changed, they were counted for the first time.
    case other
  }

  /// Whether it counts as met.
  private(set) var isUp: Bool
  /// When it is going to change unless the number does before.
  private(set) var due: Instant?

  /// Counted for the first time.
  init(_ process: TrackProcess, count: Int) {
    isUp = process.isMet(by: count)
  }

  /// There are `count` processes now; whether `isUp` changed.
  mutating func update(_ process: TrackProcess, count: Int, _ reason: Reason, now: Instant) -> Bool {
    guard process.isMet(by: count) != isUp else {
      due = nil
      return false
    }
    let delay: Interval =
      switch reason {
      case .fork: process.forkDelay
      case .end: process.terminateDelay
      case .other: .zero
      }
    // One that runs goes on: processes that come and go meanwhile do not make it longer.
    if delay > .zero {
      due = due ?? now + delay
      return false
    }
    return change()
  }

  /// `due` may have come; whether `isUp` changed.
  mutating func expire(now: Instant) -> Bool {
    guard let due, due <= now else { return false }
    return change()
  }

  private mutating func change() -> Bool {
    isUp.toggle()
    due = nil
    return true
  }
}
