/// A set of deadlines, at most one for each small integer id, ordered by time.
///
/// An indexed binary heap: scheduling, moving and cancelling cost O(log n), looking at the earliest O(1). Nothing is
/// allocated after `init` as long as ids stay below the capacity.
public struct DeadlineQueue: Sendable {
  private struct Entry: BitwiseCopyable {
    var deadline: Instant
    var id: Int
  }

  private var heap: [Entry] = []
  /// Where each id stands in the heap; -1 where it has no deadline.
  private var positions: [Int] = []

  /// An empty queue with room for the ids 0 to `capacity` - 1; larger ids make it grow.
  public init(capacity: Int = 0) {
    heap.reserveCapacity(capacity)
    positions = [Int](repeating: -1, count: capacity)
  }

  /// How many deadlines are pending.
  public var count: Int { heap.count }

  /// The earliest deadline; `nil` where none is pending.
  public var next: Instant? { heap.first?.deadline }

  /// The id with the earliest deadline; `nil` where none is pending.
  public var nextID: Int? { heap.first?.id }

  /// The deadline of `id`; `nil` where it has none.
  public func deadline(of id: Int) -> Instant? {
    guard id < positions.count, positions[id] >= 0 else { return nil }
    return heap[positions[id]].deadline
  }

  /// Sets the deadline of `id`, in place of an earlier one if it had any. `id` must not be negative.
  public mutating func schedule(_ id: Int, at deadline: Instant) {
    if id >= positions.count {
      positions.append(contentsOf: repeatElement(-1, count: id + 1 - positions.count))
    }
    let position = positions[id]
    guard position >= 0 else {
      heap.append(Entry(deadline: deadline, id: id))
      positions[id] = heap.count - 1
      siftUp(from: heap.count - 1)
      return
    }
    let before = heap[position].deadline
    heap[position].deadline = deadline
    if deadline < before { siftUp(from: position) } else { siftDown(from: position) }
  }

  /// Removes the deadline of `id`, if it has one.
  public mutating func cancel(_ id: Int) {
    guard id < positions.count, positions[id] >= 0 else { return }
    remove(at: positions[id])
  }

  /// Removes and returns the id with the earliest deadline, if that is not after `now`.
  public mutating func popExpired(now: Instant) -> Int? {
    guard let first = heap.first, first.deadline <= now else { return nil }
    remove(at: 0)
    return first.id
  }

  private mutating func remove(at position: Int) {
    positions[heap[position].id] = -1
    let last = heap.removeLast()
    guard position < heap.count else { return }
    let removed = heap[position].deadline
    heap[position] = last
    positions[last.id] = position
    if last.deadline < removed { siftUp(from: position) } else { siftDown(from: position) }
  }

  private mutating func siftUp(from start: Int) {
    var child = start
    let entry = heap[child]
    while child > 0 {
      let parent = (child - 1) / 2
      guard entry.deadline < heap[parent].deadline else { break }
      place(heap[parent], at: child)
      child = parent
    }
    place(entry, at: child)
  }

  private mutating func siftDown(from start: Int) {
    var parent = start
    let entry = heap[parent]
    while true {
      var child = 2 * parent + 1
      guard child < heap.count else { break }
      if child + 1 < heap.count, heap[child + 1].deadline < heap[child].deadline { child += 1 }
      guard heap[child].deadline < entry.deadline else { break }
      place(heap[child], at: parent)
      parent = child
    }
    place(entry, at: parent)
  }

  private mutating func place(_ entry: Entry, at position: Int) {
    heap[position] = entry
    positions[entry.id] = position
  }
}
