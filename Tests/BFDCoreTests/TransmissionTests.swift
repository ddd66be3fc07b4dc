import BFDCore
import NetPrimitives
import Testing

@Suite("Transmission") struct TransmissionTests {
  @Test(
    "gaps are spread evenly over the RFC's range, and no shorter or longer",
    arguments: [(3, 0), (1, 0), (3, 10), (1, 2)] as [(UInt8, Int64)])
  func jitter(multiplier: UInt8, sendAhead: Int64) throws {
    var endpoint = try Endpoint(
      .symmetric(.milliseconds(10), multiplier: multiplier), seed: 7, sendAhead: sendAhead)
    endpoint.establish()
    let gaps = gaps(of: endpoint.run(for: .seconds(20)) { $0.packet(.up) })
    try #require(gaps.count >= 2_000)
    let shortest = 7_500 + sendAhead * 100
    let longest: Int64 = multiplier == 1 ? 9_000 : 10_000
    // Woken for detection, a packet may leave before the time that was drawn for it, never before 75 %.
    #expect(gaps.allSatisfy { (7_500...longest).contains($0.microseconds) })

    // Ten equal parts of the range: with an even spread chi-square stays below 27.9 in 999 of 1000 runs; the seed is
    // fixed, so this run stays on its side.
    var parts = [Double](repeating: 0, count: 10)
    for gap in gaps { parts[min(max(Int((gap.microseconds - shortest) * 10 / (longest - shortest)), 0), 9)] += 1 }
    let expected = Double(gaps.count) / 10
    let chiSquare = parts.reduce(0) { $0 + ($1 - expected) * ($1 - expected) / expected }
    #expect(chiSquare < 27.9)
  }

  @Test("woken for another reason, a packet leaves early, but no earlier than 75 % of the interval")
  func sendAhead() throws {
    var endpoint = try Endpoint(.fast, seed: 3, sendAhead: 10)
    endpoint.establish()
    let started = endpoint.sent.count
    var early = 0
    for step in 0..<40_000 {
      if step % 400 == 0 { endpoint.receive(endpoint.packet(.up)) }
      endpoint.now = endpoint.now + .microseconds(25)
      let isDue = endpoint.table.nextDeadline.map { $0 <= endpoint.now } ?? false
      if !endpoint.advance().isEmpty, !isDue { early += 1 }
    }
    let gaps = gaps(of: Array(endpoint.sent[started...]))
    #expect(early > 90)
    #expect(gaps.allSatisfy { (7_500...10_050).contains($0.microseconds) })
  }

  @Test("as long as the peer is heard, the only wake-ups are for packets to send")
  func wakeUps() throws {
    var endpoint = try Endpoint(.fast, seed: 5)
    endpoint.establish()
    var wakeUps = 0
    var packets = 0
    let end = endpoint.now + .seconds(5)
    var nextArrival = endpoint.now
    while endpoint.now < end {
      endpoint.table.updateDetections()
      let deadline = try #require(endpoint.table.nextDeadline)
      endpoint.now = min(deadline, nextArrival)
      guard deadline <= nextArrival else {
        endpoint.receive(endpoint.packet(.up))
        nextArrival = nextArrival + .milliseconds(10)
        continue
      }
      wakeUps += 1
      packets += endpoint.advance().count
    }
    #expect(packets > 500)
    #expect(wakeUps == packets)
    #expect(endpoint.state == .up)
  }

  @Test("a peer that falls silent is told Down before periodic packets leave")
  func downFirst() throws {
    var endpoint = try Endpoint(.fast, seed: 5)
    endpoint.establish()
    let other = try endpoint.table.add(
      SessionPath(peer: .v4(IPv4Address(0xC000_0209))), parameters: .fast, now: endpoint.now)
    endpoint.now = endpoint.now + .seconds(2)
    endpoint.table.advance(now: endpoint.now, effects: &endpoint.effects)
    #expect(endpoint.effects.transmissions.map(\.slot) == [endpoint.slot, other])
    #expect(endpoint.state == .down)
  }

  @Test("a session that is not Up sends no faster than once a second, less jitter")
  func slowStart() throws {
    var endpoint = try Endpoint()
    let gaps = gaps(of: endpoint.run(for: .seconds(100)))
    #expect(gaps.count >= 99)
    #expect(gaps.allSatisfy { (750...1_000).contains($0.milliseconds) })
    #expect(endpoint.sent.allSatisfy { $0.packet.desiredMinTxInterval == 1_000_000 })
    #expect(endpoint.sent.allSatisfy { $0.packet.requiredMinRxInterval == 10_000 })
  }

  @Test("a configured idle interval above one second is used")
  func idleInterval() throws {
    let parameters = SessionParameters(
      desiredMinTxInterval: .milliseconds(10), requiredMinRxInterval: .milliseconds(10), idleTxInterval: .seconds(4),
      detectMultiplier: 3)
    var endpoint = try Endpoint(parameters)
    let gaps = gaps(of: endpoint.run(for: .seconds(100)))
    #expect(gaps.allSatisfy { (3_000...4_000).contains($0.milliseconds) })
  }

  @Test("after going Down the slow rate is back")
  func slowAgain() throws {
    var endpoint = try Endpoint()
    endpoint.establish()
    endpoint.run(for: .milliseconds(40))
    try #require(endpoint.state == .down)
    let gaps = gaps(of: endpoint.run(for: .seconds(20)))
    #expect(gaps.allSatisfy { $0 >= .milliseconds(750) })
    #expect(endpoint.sent.last?.packet.desiredMinTxInterval == 1_000_000)
  }

  @Test("the peer's receive interval bounds the rate, raised or lowered, at once")
  func remoteMinRx() throws {
    var endpoint = try Endpoint()
    endpoint.establish()
    func gaps(at rx: UInt32, _ endpoint: inout Endpoint) -> [Interval] {
      BFDCoreTests.gaps(of: endpoint.run(for: .seconds(2)) { $0.packet(.up, rx: rx) })
    }
    #expect(gaps(at: 40_000, &endpoint).allSatisfy { (30_000...40_000).contains($0.microseconds) })
    // Lowered: the next packet comes within the new interval of the last one, so no gap of the old length is left.
    let faster = gaps(at: 10_000, &endpoint)
    #expect(faster.count > 150)
    #expect(faster.allSatisfy { $0 <= .milliseconds(10) })
  }

  @Test("an interval that has passed already when the peer lowers it is made good at once")
  func lateLowering() throws {
    var endpoint = try Endpoint()
    endpoint.establish(rx: 1_000_000)
    endpoint.run(for: .milliseconds(20))
    let before = endpoint.sent.count
    endpoint.receive(endpoint.packet(.up, rx: 10_000))
    endpoint.run(for: .microseconds(1))
    #expect(endpoint.sent.count == before + 1)
  }

  @Test("with a receive interval of 0 the peer gets no periodic packets, but is answered and told of changes")
  func remoteMinRxZero() throws {
    var endpoint = try Endpoint()
    endpoint.establish(rx: 0)
    let silent = endpoint.run(for: .seconds(1)) { $0.packet(.up, rx: 0) }
    #expect(silent.isEmpty)
    var poll = endpoint.packet(.up, rx: 0)
    poll.isPoll = true
    let answer = endpoint.receive(poll)
    #expect(answer.count == 1 && answer[0].isFinal)
    #expect(endpoint.receive(endpoint.packet(.down, rx: 0)).map(\.state) == [.down])
    endpoint.receive(endpoint.packet(.down, rx: 1))
    #expect(!endpoint.run(for: .seconds(1)).isEmpty)
  }

  @Test("periodic packets stop when the peer is in demand mode and both ends are Up, and come back with either's end")
  func remoteDemand() throws {
    var endpoint = try Endpoint()
    endpoint.establish()
    let demand = { (endpoint: Endpoint) in
      var packet = endpoint.packet(.up)
      packet.isDemand = true
      return packet
    }
    endpoint.receive(demand(endpoint))
    #expect(endpoint.run(for: .seconds(1), hearing: demand).isEmpty)
    var poll = demand(endpoint)
    poll.isPoll = true
    #expect(endpoint.receive(poll).map(\.isFinal) == [true])
    // A Poll Sequence of our own is sent all the same.
    endpoint.update(.symmetric(.milliseconds(20)))
    #expect(endpoint.run(for: .milliseconds(200), hearing: demand).count > 8)
    var final = demand(endpoint)
    final.isFinal = true
    endpoint.receive(final)
    #expect(endpoint.run(for: .seconds(1), hearing: demand).isEmpty)
    #expect(endpoint.run(for: .seconds(1)) { $0.packet(.up) }.count > 40)
    // The D bit of a peer that is not Up means nothing.
    endpoint.receive(demand(endpoint))
    var leaving = demand(endpoint)
    leaving.state = .down
    endpoint.receive(leaving)
    #expect(!endpoint.run(for: .seconds(1)).isEmpty)
  }

  @Test("a Poll is answered at once in every state, with F and without P", arguments: SessionState.allCases)
  func final(state: SessionState) throws {
    var endpoint = try Endpoint()
    switch state {
    case .adminDown: endpoint.setEnabled(false)
    case .down: break
    case .initializing: endpoint.receive(endpoint.packet(.down))
    case .up: endpoint.establish()
    }
    #expect(endpoint.state == state)
    var poll = endpoint.packet(state == .down ? .adminDown : state == .initializing ? .down : state)
    poll.isPoll = true
    let periodic = endpoint.table.nextDeadline
    let answer = endpoint.receive(poll)
    #expect(answer.count == 1)
    #expect(answer.first?.isFinal == true && answer.first?.isPoll == false)
    #expect(answer.first?.state == state)
    // The answer comes in addition to the periodic packet.
    if state == .up { #expect(endpoint.table.nextDeadline == periodic) }
  }

  @Test("an answer carries the state that the poll itself brought about")
  func finalAfterTransition() throws {
    var endpoint = try Endpoint()
    var poll = endpoint.packet(.down, knowsUs: false)
    poll.isPoll = true
    let answer = endpoint.receive(poll)
    #expect(answer.map(\.state) == [.initializing])
    #expect(answer.map(\.isFinal) == [true])
  }

  @Test("a change of content is sent at once, not with the next periodic packet")
  func contentChange() throws {
    var endpoint = try Endpoint()
    #expect(endpoint.receive(endpoint.packet(.down, knowsUs: false)).map(\.state) == [.initializing])
    #expect(endpoint.receive(endpoint.packet(.initializing)).map(\.state) == [.up])
    #expect(endpoint.receive(endpoint.packet(.up)).isEmpty)
    endpoint.update(.symmetric(.milliseconds(10), multiplier: 7))
    #expect(endpoint.sent.last?.packet.detectMultiplier == 7)
    #expect(endpoint.sent.last?.packet.isPoll == true)
  }

  @Test("a passive session is silent until it is heard, and again after a Detection Time of silence")
  func passive() throws {
    var endpoint = try Endpoint(.symmetric(.milliseconds(10), isPassive: true))
    #expect(endpoint.run(for: .seconds(60)).isEmpty)
    endpoint.establish()
    #expect(!endpoint.run(for: .milliseconds(25)).isEmpty)
    endpoint.run(for: .milliseconds(10))
    #expect(endpoint.state == .down)
    #expect(endpoint.run(for: .seconds(60)).isEmpty)
  }
}
