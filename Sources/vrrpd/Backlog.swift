import NetPrimitives
import VRRPCore

/// What routers want done beside sending advertisements, in the order in which they wanted it.
///
/// Adding hundreds of addresses takes long, and no advertisement may wait for it: those of all routers that are due leave
/// first, and the rest is done in portions of bounded time, one for each turn of the loop.
struct Backlog {
  /// One thing to do.
  enum Task {
    case effect(Effect, Instance)
    /// A sync group changed to this state.
    case group(String, RouterState)
  }

  private var tasks: [Task] = []
  private var first = 0
  /// When the loop is to go on with what is left; `nil` where nothing is.
  private(set) var due: Instant?

  var isEmpty: Bool { first == tasks.count }

  mutating func append(_ task: Task) { tasks.append(task) }

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

  /// A portion was done at `now`.
  mutating func pause(at now: Instant) { due = isEmpty ? nil : now }
}
