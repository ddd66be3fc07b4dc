import NetPrimitives

/// How bad the network is. All probabilities are per mille and per packet and receiver.
struct NetworkOptions {
  /// Packets that vanish.
  var loss: UInt64 = 0
  /// No more packets of one session or virtual router than this vanish in a row on the way to one receiver. Without
  /// such a bound there would be no bounded time to assert anything about.
  var longestLossRun = 0
  /// Packets that arrive twice.
  var duplication: UInt64 = 0
  /// Packets that are overtaken by later ones.
  var reordering: UInt64 = 0
  /// The time every packet takes.
  var delay = Interval.microseconds(100)
  /// What may come on top, evenly distributed.
  var jitter = Interval.zero
  /// What comes on top for a packet that is overtaken, at most.
  var reorderingDelay = Interval.zero

  /// The longest any packet takes.
  var longestDelay: Interval { delay + jitter + reorderingDelay }
}

/// The wires between the nodes of one world: who can reach whom, and how long it takes.
struct SimulatedNetwork {
  /// A protocol has its own sequence of losses.
  enum Traffic: Int, CaseIterable {
    case vrrp
    case bfd
  }

  var options: NetworkOptions
  private let nodeCount: Int
  private let flowCount: Int
  /// How many faults block each direction.
  private var blocks: [Int]
  private var lossRuns: [Int]
  private var lastArrival: [Instant]

  /// A network without faults; at most `flowCount` sessions or virtual routers go from one node to another.
  init(nodeCount: Int, flowCount: Int, options: NetworkOptions) {
    self.options = options
    self.nodeCount = nodeCount
    self.flowCount = flowCount
    blocks = Array(repeating: 0, count: nodeCount * nodeCount)
    lossRuns = Array(repeating: 0, count: nodeCount * nodeCount * flowCount * Traffic.allCases.count)
    lastArrival = Array(repeating: .zero, count: lossRuns.count)
  }

  /// Whether packets of `sender` reach `receiver`, lost ones aside.
  func isOpen(from sender: Int, to receiver: Int) -> Bool { blocks[sender * nodeCount + receiver] == 0 }

  /// Puts one more fault between the two, in this direction.
  mutating func block(from sender: Int, to receiver: Int) { blocks[sender * nodeCount + receiver] += 1 }

  /// Takes one fault away.
  mutating func unblock(from sender: Int, to receiver: Int) { blocks[sender * nodeCount + receiver] -= 1 }

  /// When the copies of a packet that leaves `now` arrive: none, one or two.
  mutating func arrivals(
    of traffic: Traffic, flow: Int, from sender: Int, to receiver: Int, now: Instant, random: inout SeededGenerator
  ) -> [Instant] {
    guard isOpen(from: sender, to: receiver) else { return [] }
    let path = ((sender * nodeCount + receiver) * flowCount + flow) * Traffic.allCases.count + traffic.rawValue
    if lossRuns[path] < options.longestLossRun, random.chance(options.loss) {
      lossRuns[path] += 1
      return []
    }
    lossRuns[path] = 0
    let copies = random.chance(options.duplication) ? 2 : 1
    return (0..<copies).map { _ in
      let arrival = now + options.delay + random.interval(upTo: options.jitter)
      if random.chance(options.reordering) { return arrival + random.interval(upTo: options.reorderingDelay) }
      // A path is first in, first out, unless it is one of those that are not.
      lastArrival[path] = max(arrival, lastArrival[path])
      return lastArrival[path]
    }
  }
}

extension SeededGenerator {
  /// True in `perMille` of a thousand cases.
  mutating func chance(_ perMille: UInt64) -> Bool { perMille > 0 && next(below: 1_000) < perMille }

  /// A length from zero to `limit`.
  mutating func interval(upTo limit: Interval) -> Interval {
    limit > .zero ? .nanoseconds(Int64(next(below: UInt64(limit.nanoseconds) + 1))) : .zero
  }

  /// A number of the range.
  mutating func number(_ range: ClosedRange<Int>) -> Int {
    range.lowerBound + Int(next(below: UInt64(range.upperBound - range.lowerBound) + 1))
  }

  /// One of these. `choices` must not be empty.
  mutating func pick<Choice>(_ choices: [Choice]) -> Choice { choices[number(0...choices.count - 1)] }
}
