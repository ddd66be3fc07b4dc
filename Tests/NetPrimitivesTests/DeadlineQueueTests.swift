import NetPrimitives
import Testing

@Suite struct DeadlineQueueTests {
  /// Random operations beside the simplest possible model: a dictionary searched from end to end.
  @Test(arguments: 0..<20 as Range<UInt64>)
  func agreesWithAModel(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    var queue = DeadlineQueue(capacity: 8)
    var model: [Int: Instant] = [:]
    for _ in 0..<2_000 {
      let id = Int(random.next(below: 16))
      switch random.next(below: 4) {
      case 0, 1:
        let deadline = Instant(nanoseconds: random.next(below: 1_000))
        queue.schedule(id, at: deadline)
        model[id] = deadline
      case 2:
        queue.cancel(id)
        model[id] = nil
      default:
        let now = Instant(nanoseconds: random.next(below: 1_000))
        let earliest = model.values.min()
        let popped = queue.popExpired(now: now)
        #expect((popped != nil) == (earliest.map { $0 <= now } ?? false))
        if let popped { #expect(model.removeValue(forKey: popped) == earliest) }
      }
      #expect(queue.next == model.values.min())
      #expect(queue.nextID.flatMap { model[$0] } == queue.next)
      #expect(queue.count == model.count)
      #expect(queue.deadline(of: id) == model[id])
    }
  }

  @Test func comesOutInOrder() {
    var random = SeededGenerator(seed: 1)
    var queue = DeadlineQueue()
    for id in 0..<1_000 { queue.schedule(id, at: Instant(nanoseconds: random.next() >> 1)) }
    var last = Instant.zero
    while let deadline = queue.next, let popped = queue.popExpired(now: .distantFuture) {
      #expect(deadline >= last)
      last = deadline
      #expect(queue.deadline(of: popped) == nil)
    }
    #expect(queue.count == 0)
  }
}
