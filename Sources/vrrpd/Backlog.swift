import NetPrimitives
import VRRPCore

/// What routers want done beside sending advertisements.
///
/// Adding hundreds of addresses takes long, and no advertisement may wait for it: those of all routers that are due leave
/// first, and the rest is done in portions of bounded time, one for each turn of the loop.
///
/// Addresses come first, each with the first announcement of it, because traffic depends on them; then what is told about
/// that, and further announcements. Within each of the two parts the order is that in which things were wanted.
struct Backlog {
  /// One thing to do.
  enum Task {
    case effect(Effect, Instance)
    /// A sync group changed to this state.
    case group(String, RouterState)
  }

  private var urgent = Queue()
  private var others = Queue()
  /// When the loop is to go on with what is left; `nil` where nothing is.
  private(set) var due: Instant?

  var isEmpty: Bool { urgent.isEmpty && others.isEmpty }

  mutating func append(_ task: Task) {
    if isUrgent(task) { urgent.append(task) } else { others.append(task) }
  }

  /// Where the next task of the second part will be.
  var end: Int { others.end }

  /// Puts a task of the second part before those that were added from `mark` on, an earlier `end`. Nothing may have been
  /// taken out since.
  mutating func insert(_ task: Task, at mark: Int) { others.insert(task, at: mark) }

  mutating func popFirst() -> Task? { urgent.popFirst() ?? others.popFirst() }

  /// A portion was done at `now`.
  mutating func pause(at now: Instant) { due = isEmpty ? nil : now }

  private func isUrgent(_ task: Task) -> Bool {
    switch task {
    case .effect(.addAddresses, _), .effect(.removeAddresses, _): return true
    case .effect(.announce, let instance):
      guard case .effect(.addAddresses, let last) = urgent.last else { return false }
      return last === instance
    default: return false
    }
  }

  private struct Queue {
    private var tasks: [Task] = []
    private var first = 0

    var isEmpty: Bool { first == tasks.count }
    var last: Task? { tasks.last }
    var end: Int { tasks.count }

    mutating func append(_ task: Task) { tasks.append(task) }

    mutating func insert(_ task: Task, at mark: Int) { tasks.insert(task, at: min(max(mark, first), tasks.count)) }

    mutating func popFirst() -> Task? {
      guard first < tasks.count else { return nil }
      defer {
        first += 1
        if first == tasks.count {
          tasks.removeAll(keepingCapacity: true)
          first = 0
        }
      }
      return tasks[first]
    }
  }
}
