import NetPrimitives

/// What is to happen in the simulated world, ordered by time and, at equal times, by the order of scheduling: the order
/// is total, so one seed gives one run.
struct EventQueue<Event> {
  private struct Entry {
    var time: Instant
    var sequence: UInt64
    var event: Event

    static func < (left: Entry, right: Entry) -> Bool { (left.time, left.sequence) < (right.time, right.sequence) }
  }

  private var heap: [Entry] = []
  private var sequence: UInt64 = 0

  /// When the next event happens; `nil` where there is none.
  var next: Instant? { heap.first?.time }

  mutating func schedule(_ event: Event, at time: Instant) {
    sequence += 1
    heap.append(Entry(time: time, sequence: sequence, event: event))
    var child = heap.count - 1
    while child > 0, heap[child] < heap[(child - 1) / 2] {
      heap.swapAt(child, (child - 1) / 2)
      child = (child - 1) / 2
    }
  }

  mutating func pop() -> (time: Instant, event: Event)? {
    guard let first = heap.first, let last = heap.popLast() else { return nil }
    guard !heap.isEmpty else { return (first.time, first.event) }
    heap[0] = last
    var parent = 0
    while true {
      var least = parent
      for child in [2 * parent + 1, 2 * parent + 2] where child < heap.count && heap[child] < heap[least] {
        least = child
      }
      guard least != parent else { return (first.time, first.event) }
      heap.swapAt(parent, least)
      parent = least
    }
  }
}
