import NetPrimitives
import Testing

@testable import BFDCore

/// A session with echo, and a peer that loops it or does not.
private struct Loop {
  var endpoint: Endpoint
  /// Whether what we send comes back, and how long it takes.
  var isLooping = true
  let delay: Interval
  private var flights: [(arrival: Instant, bytes: [UInt8])] = []

  init(
    tx: Interval? = .milliseconds(10), multiplier: UInt8 = 3, control: Interval = .milliseconds(100),
    path: SessionPath = SessionPath(peer: peerAddress, local: localAddress), delay: Interval = .microseconds(50)
  ) throws {
    endpoint = try Endpoint(
      SessionParameters(
        desiredMinTxInterval: control, requiredMinRxInterval: control, detectMultiplier: multiplier,
        requiredMinEchoRxInterval: .milliseconds(20), echoTxInterval: tx), path: path)
    self.delay = delay
    endpoint.table.setEcho(
      endpoint.slot, maySend: true, mayLoop: true, now: endpoint.now, effects: &endpoint.effects)
  }

  var table: SessionTable { endpoint.table }

  func packet(_ state: SessionState = .up, echo: UInt32 = 5_000, final isFinal: Bool = false) -> ControlPacket {
    var packet = endpoint.packet(state, tx: 100_000, rx: 100_000)
    packet.requiredMinEchoRxInterval = echo
    packet.isFinal = isFinal
    return packet
  }

  mutating func establish(echo: UInt32 = 5_000, hopKind: PathKind = .singleHop) {
    for state in [SessionState.down, .initializing] {
      endpoint.receive(bytes: packet(state, echo: echo).encoded, kind: hopKind)
    }
    endpoint.receive(bytes: packet(echo: echo, final: true).encoded, kind: hopKind)
    endpoint.receive(bytes: packet(echo: echo).encoded, kind: hopKind)
    #expect(endpoint.state == .up)
  }

  /// Runs the clock; the peer's control packets come every 50 ms and answer Polls. Returns when echo packets left.
  @discardableResult
  mutating func run(for interval: Interval, hearingEvery gap: Interval = .milliseconds(50), echo: UInt32 = 5_000)
    -> [Instant]
  {
    var echoes: [Instant] = []
    let end = endpoint.now + interval
    var next = endpoint.now
    while true {
      let events = [table.nextDeadline, flights.map(\.arrival).min(), next].compactMap { $0 }
      guard let now = events.min(), now <= end else { break }
      endpoint.now = max(endpoint.now, now)
      if next <= endpoint.now {
        endpoint.receive(packet(echo: echo, final: endpoint.session.isPolling))
        next = endpoint.now + gap
      }
      deliver()
      endpoint.table.advance(now: endpoint.now, effects: &endpoint.effects)
      for transmission in endpoint.effects.transmissions where transmission.isEcho {
        echoes.append(endpoint.now)
        if isLooping { flights.append((endpoint.now + delay, transmission.sentBytes)) }
      }
      endpoint.collect()
    }
    endpoint.now = end
    return echoes
  }

  private mutating func deliver() {
    let now = endpoint.now
    for flight in flights where flight.arrival <= now { receive(flight.bytes, at: flight.arrival) }
    flights.removeAll { $0.arrival <= now }
  }

  mutating func receive(_ bytes: [UInt8], at instant: Instant? = nil) {
    endpoint.table.receiveEcho(
      bytes.span, at: instant ?? endpoint.now, now: endpoint.now, effects: &endpoint.effects)
    endpoint.collect()
  }

  /// The next echo packet, as it leaves.
  mutating func nextEcho() throws -> [UInt8] {
    for _ in 0..<100 {
      endpoint.now = try #require(table.nextDeadline)
      endpoint.table.advance(now: endpoint.now, effects: &endpoint.effects)
      let echo = endpoint.effects.transmissions.first { $0.isEcho }?.sentBytes
      endpoint.collect()
      if let echo { return echo }
    }
    throw DropReason.unknownEcho
  }
}

@Suite("Echo") struct EchoTests {
  @Test("the digest is SipHash-2-4 as its authors published it")
  func sipHash() {
    let key = SipHash(low: 0x0706_0504_0302_0100, high: 0x0f0e_0d0c_0b0a_0908)
    let input = (0..<15).map { UInt8($0) }
    #expect(key.digest(input.span, count: 15) == 0xa129_ca61_49be_45e5)
    #expect(key.digest(input.span, count: 0) == 0x726f_db47_dd0e_0e31)
  }

  @Test("no echo before Up; then at the slower of our wish and the peer's, with jitter")
  func interval() throws {
    var loop = try Loop(tx: .milliseconds(10))
    #expect(loop.table.echoInterval(of: loop.endpoint.slot) == nil)
    loop.establish(echo: 30_000)
    let sent = loop.run(for: .seconds(3), echo: 30_000)
    let times = zip(sent, sent.dropFirst()).map { $1 - $0 }
    #expect(times.count > 90)
    #expect(times.allSatisfy { (22_500...30_001).contains($0.microseconds) })
    #expect(Set(times.map(\.microseconds)).count > 20)
    #expect(loop.endpoint.state == .up && loop.endpoint.session.statistics.downCount == 0)
  }

  @Test("no echo over several hops, without echo_tx, without leave of the peer, without the driver's means")
  func conditions() throws {
    let hops = SessionPath(peer: peerAddress, local: localAddress, kind: .multihop)
    var multihop = try Loop(path: hops)
    multihop.establish(hopKind: .multihop)
    #expect(multihop.table.echoInterval(of: multihop.endpoint.slot) == nil)
    #expect(multihop.endpoint.sent.allSatisfy { $0.packet.requiredMinEchoRxInterval == 0 })

    var silent = try Loop(tx: nil)
    silent.establish()
    let unasked = silent.run(for: .seconds(1))
    #expect(unasked.isEmpty)

    var refused = try Loop()
    refused.establish(echo: 0)
    let unwanted = refused.run(for: .seconds(1), echo: 0)
    #expect(unwanted.isEmpty)

    var powerless = try Loop()
    powerless.endpoint.table.setEcho(
      powerless.endpoint.slot, maySend: false, mayLoop: false, now: powerless.endpoint.now,
      effects: &powerless.endpoint.effects)
    powerless.establish()
    let impossible = powerless.run(for: .seconds(1))
    #expect(impossible.isEmpty && powerless.endpoint.state == .up)
    #expect(powerless.endpoint.sent.last?.packet.requiredMinEchoRxInterval == 0)
  }

  @Test("Required Min Echo RX is what the operator says")
  func advertised() throws {
    var loop = try Loop()
    loop.establish()
    #expect(loop.endpoint.sent.last?.packet.requiredMinEchoRxInterval == 20_000)
  }

  @Test("a peer that no longer loops ends the echo at once, and the control packets speed up by a Poll")
  func peerStops() throws {
    var loop = try Loop()
    loop.establish()
    loop.run(for: .seconds(1))
    loop.endpoint.receive(loop.packet(echo: 0))
    #expect(loop.table.echoInterval(of: loop.endpoint.slot) == nil)
    let late = loop.run(for: .seconds(1), echo: 0)
    #expect(late.isEmpty)
    #expect(loop.endpoint.state == .up && loop.endpoint.session.statistics.downCount == 0)
    #expect(loop.endpoint.sent.last?.packet.requiredMinRxInterval == 100_000)
    #expect(loop.endpoint.session.detectionTime == .milliseconds(300))
  }

  @Test("once an echo has come back the peer may send control packets once a second, not before")
  func slowControl() throws {
    var loop = try Loop()
    loop.establish()
    #expect(loop.endpoint.sent.last?.packet.requiredMinRxInterval == 100_000)
    loop.receive(try loop.nextEcho())
    let poll = try #require(loop.endpoint.sent.last?.packet)
    #expect(poll.requiredMinRxInterval == 1_000_000 && poll.isPoll)
    #expect(loop.endpoint.session.detectionTime == .seconds(3))
    loop.run(for: .seconds(10), hearingEvery: .milliseconds(950))
    #expect(loop.endpoint.state == .up && !loop.endpoint.session.isPolling)
  }

  @Test("when nothing comes back the session goes Down with diagnostic 2, within the detection time and an interval")
  func failure() throws {
    var loop = try Loop()
    loop.establish()
    loop.run(for: .seconds(1))
    loop.isLooping = false
    let cut = loop.endpoint.now
    loop.run(for: .milliseconds(60), hearingEvery: .milliseconds(500))
    let change = try #require(loop.endpoint.changes.last)
    #expect(change.new == .down && change.diagnostic == .echoFunctionFailed && change.cause == .timer)
    #expect(change.missedPackets >= 3 && (change.silence ?? .zero) >= .milliseconds(30))
    #expect((20...42).contains((change.instant - cut).milliseconds))
    #expect(loop.endpoint.sent.last?.packet.diagnostic == .echoFunctionFailed)
    // A session that is not Up asks for control packets as fast as ever (6.8.3), and sends no echo.
    #expect(loop.endpoint.sent.last?.packet.requiredMinRxInterval == 100_000)
    #expect(loop.table.echoInterval(of: loop.endpoint.slot) == nil)
  }

  @Test("single losses are no failure")
  func losses() throws {
    var loop = try Loop()
    loop.establish()
    for round in 0..<200 {
      loop.isLooping = round % 2 == 0
      loop.run(for: .milliseconds(15), hearingEvery: .seconds(1))
    }
    #expect(loop.endpoint.session.statistics.downCount == 0)
  }

  @Test("a daemon that was stalled, and so sent nothing, does not blame the path")
  func lateWakeUp() throws {
    var loop = try Loop()
    loop.establish()
    loop.run(for: .seconds(1))
    for _ in 0..<20 {
      // One lost just before, then nothing runs for two seconds.
      loop.isLooping = false
      loop.run(for: .milliseconds(11), hearingEvery: .seconds(9))
      loop.isLooping = true
      loop.endpoint.now = loop.endpoint.now + .seconds(2)
      loop.endpoint.receive(loop.packet(final: loop.endpoint.session.isPolling))
      let isDue = loop.endpoint.table.isDetectionDue(now: loop.endpoint.now)
      #expect(!isDue)
      loop.run(for: .milliseconds(200))
    }
    #expect(loop.endpoint.state == .up && loop.endpoint.session.statistics.downCount == 0)
  }

  @Test("an echo that waited in the socket counts from when the kernel received it")
  func lateRead() throws {
    var loop = try Loop()
    loop.establish()
    let echo = try loop.nextEcho()
    let arrival = loop.endpoint.now + .microseconds(80)
    loop.endpoint.now = loop.endpoint.now + .milliseconds(25)
    loop.receive(echo, at: arrival)
    #expect(loop.endpoint.session.statistics.echo.lastRoundTrip == .microseconds(80))
  }

  @Test("a round trip longer than the detection time is no failure, once the first echo is back")
  func longPath() throws {
    var loop = try Loop(tx: .milliseconds(10), multiplier: 9, delay: .milliseconds(60))
    loop.establish()
    loop.run(for: .milliseconds(500))
    loop.endpoint.update(
      SessionParameters(
        desiredMinTxInterval: .milliseconds(100), requiredMinRxInterval: .milliseconds(100), detectMultiplier: 3,
        requiredMinEchoRxInterval: .milliseconds(20), echoTxInterval: .milliseconds(10)))
    loop.run(for: .seconds(2))
    #expect(loop.endpoint.session.statistics.downCount == 0)
    loop.isLooping = false
    loop.run(for: .milliseconds(150))
    #expect(loop.endpoint.session.localDiagnostic == .echoFunctionFailed)
  }

  @Test("only our own packets count, each once, and none of an earlier Up")
  func genuineness() throws {
    var loop = try Loop()
    loop.establish()
    let echo = try loop.nextEcho()
    for index in 8..<32 {
      var forged = echo
      forged[index] ^= 1
      loop.receive(forged)
    }
    #expect(loop.endpoint.drops[.echoDigestMismatch] == 24)
    for length in [0, 31] { loop.receive(Array(echo.prefix(length))) }
    loop.receive(echo + [0])
    var stranger = echo
    stranger[4] ^= 0xFF
    loop.receive(stranger)
    #expect(loop.table.drops[.unknownEcho] == 4)
    #expect(loop.endpoint.session.statistics.echo.receivedPackets == 0)
    loop.receive(echo)
    loop.receive(echo)
    #expect(loop.endpoint.session.statistics.echo.receivedPackets == 1 && loop.endpoint.drops[.echoRepeated] == 1)

    loop.endpoint.receive(loop.packet(.down))
    loop.establish()
    loop.receive(echo)
    #expect(loop.endpoint.drops[.echoDigestMismatch] == 25)
  }

  @Test("round trips are measured")
  func roundTrips() throws {
    var loop = try Loop(delay: .microseconds(700))
    loop.establish()
    loop.run(for: .seconds(1))
    let echo = loop.endpoint.session.statistics.echo
    #expect(echo.receivedPackets > 80 && echo.sentPackets >= echo.receivedPackets)
    #expect(echo.roundTrips.minimum == .microseconds(700) && echo.roundTrips.maximum == .microseconds(700))
    #expect(echo.lastRoundTrip == .microseconds(700))
  }

  @Test("a neighbor's echo from another of its addresses is sent back, and no more often than was asked for")
  func otherAddress() throws {
    var loop = try Loop()
    loop.establish()
    let other = IPAddress.v4(IPv4Address(0xC000_02EE))
    let slot = loop.endpoint.slot
    func loops(_ known: Int?) -> Int? {
      loop.endpoint.table.loopEcho(from: other, or: known, interface: 2, now: loop.endpoint.now)
    }
    #expect(loops(nil) == nil && loops(slot) == slot)
    #expect(loop.endpoint.table.drops[.unknownEcho] == 1)
    let before = loop.endpoint.session.statistics.echo.loopedPackets
    let interval = loop.endpoint.session.requiredMinEchoRxInterval
    for _ in 0..<10_000 {
      _ = loops(slot)
      loop.endpoint.now = loop.endpoint.now + interval / 1_000
    }
    let looped = loop.endpoint.session.statistics.echo.loopedPackets - before
    #expect((13...22).contains(looped) && loop.endpoint.drops[.echoRate] == 10_000 - looped)
  }

  @Test("only an Up peer is looped for, on its own interface")
  func looping() throws {
    var loop = try Loop()
    func isLooped(_ address: IPAddress = peerAddress, on interface: UInt32 = 2) -> Bool {
      loop.endpoint.table.loopEcho(from: address, interface: interface, now: loop.endpoint.now) == loop.endpoint.slot
    }
    let beforeUp = isLooped()
    loop.establish()
    let looped = [isLooped(), isLooped(on: 3), isLooped(localAddress)]
    #expect(!beforeUp && looped == [true, false, false])
    #expect(loop.endpoint.session.statistics.echo.loopedPackets == 1)
    loop.endpoint.update(.symmetric(.milliseconds(100)))
    let isLoopedStill = isLooped()
    #expect(!isLoopedStill)
  }

  @Test("absurd values do not trap")
  func extremes() throws {
    var loop = try Loop(tx: .greatest, multiplier: 255)
    loop.establish(echo: .max)
    loop.endpoint.now = Instant(nanoseconds: .max - 1)
    loop.endpoint.advance()
  }
}
