import BFDCore
import NetPrimitives

/// Two tables joined by a link with a delay, on one clock.
struct Pair {
  struct Flight {
    let arrival: Instant
    let destination: Int
    let bytes: [UInt8]
  }

  var ends: [Endpoint]
  var isCut = [false, false]
  var flights: [Flight] = []
  let delay: Interval
  var lossPercent: UInt64 = 0
  var generator: SeededGenerator

  init(
    _ parameters: SessionParameters, _ other: SessionParameters? = nil,
    keys: (AuthenticationKeys, AuthenticationKeys) = ([], []), seed: UInt64, delay: Interval
  ) throws {
    let reverse = SessionPath(peer: localAddress, local: peerAddress)
    ends = [
      try Endpoint(parameters, keys: keys.0, seed: seed),
      try Endpoint(other ?? parameters, path: reverse, keys: keys.1, seed: seed + 1),
    ]
    generator = SeededGenerator(seed: seed)
    self.delay = delay
  }

  var now: Instant { ends[0].now }

  mutating func run(for interval: Interval) {
    let end = now + interval
    while let next = nextEvent, next <= end {
      for index in 0..<2 { ends[index].now = max(ends[index].now, next) }
      let due = flights.filter { $0.arrival <= next }
      flights.removeAll { $0.arrival <= next }
      for flight in due {
        let source = flight.destination == 0 ? peerAddress : localAddress
        let destination = flight.destination == 0 ? localAddress : peerAddress
        ends[flight.destination].receive(
          bytes: flight.bytes, source: source, destination: destination, at: flight.arrival)
      }
      for index in 0..<2 {
        ends[index].advance()
      }
      launch()
    }
    for index in 0..<2 { ends[index].now = end }
  }

  private var nextEvent: Instant? {
    (flights.map(\.arrival) + ends.compactMap(\.table.nextDeadline)).min()
  }

  private var launched = [0, 0]

  private mutating func launch() {
    for index in 0..<2 {
      for sent in ends[index].sent[launched[index]...] where !isCut[index] {
        guard generator.next(below: 100) >= lossPercent else { continue }
        flights.append(Flight(arrival: sent.instant + delay, destination: 1 - index, bytes: sent.bytes))
      }
      launched[index] = ends[index].sent.count
    }
  }
}
