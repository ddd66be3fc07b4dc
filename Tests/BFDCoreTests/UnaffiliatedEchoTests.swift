import NetPrimitives
import Testing

@testable import BFDCore

/// An unaffiliated echo session, and a neighbour that forwards what it gets.
private struct Forwarder {
  var endpoint: Endpoint
  var isForwarding = true
  var hopLimit: UInt8? = 254
  private var flights: [(arrival: Instant, bytes: [UInt8])] = []

  init(keys: AuthenticationKeys = []) throws {
    endpoint = try Endpoint(
      .symmetric(.milliseconds(10)), path: SessionPath(peer: peerAddress, local: localAddress, kind: .unaffiliatedEcho),
      keys: keys)
    setMaySend(true)
  }

  mutating func setMaySend(_ maySend: Bool) {
    endpoint.table.setEcho(
      endpoint.slot, maySend: maySend, mayLoop: false, now: endpoint.now, effects: &endpoint.effects)
    launch()
  }

  mutating func receive(_ bytes: [UInt8], hopLimit: UInt8? = 254) {
    endpoint.table.receive(
      bytes.span,
      Arrival(
        source: localAddress, destination: localAddress, interface: 2, hopLimit: hopLimit, kind: .unaffiliatedEcho,
        instant: endpoint.now), now: endpoint.now, effects: &endpoint.effects)
    launch()
  }

  mutating func run(for interval: Interval) {
    let end = endpoint.now + interval
    while let now = [endpoint.table.nextDeadline, flights.first?.arrival].compactMap({ $0 }).min(), now <= end {
      endpoint.now = max(endpoint.now, now)
      while let flight = flights.first, flight.arrival <= endpoint.now {
        flights.removeFirst()
        receive(flight.bytes, hopLimit: hopLimit)
      }
      endpoint.table.advance(now: endpoint.now, effects: &endpoint.effects)
      launch()
    }
    endpoint.now = end
  }

  private mutating func launch() {
    #expect(endpoint.effects.transmissions.allSatisfy { $0.isEcho })
    if isForwarding {
      flights += endpoint.effects.transmissions.map { (endpoint.now + .microseconds(100), $0.sentBytes) }
    }
    endpoint.collect()
  }
}

@Suite("Unaffiliated echo") struct UnaffiliatedEchoTests {
  @Test("our own packets bring it Up through the states of RFC 5880, at the slow rate first")
  func up() throws {
    var loop = try Forwarder()
    loop.run(for: .seconds(2))
    #expect(loop.endpoint.changes.map(\.new) == [.initializing, .up])
    let first = try #require(loop.endpoint.sent.first?.packet)
    #expect(first.state == .down && first.yourDiscriminator == 0)
    let up = loop.endpoint.sent.filter { $0.packet.state == .up }
    #expect(up.allSatisfy { $0.packet.yourDiscriminator == $0.packet.myDiscriminator && !$0.packet.isPoll })
    #expect(
      loop.endpoint.sent.allSatisfy {
        $0.packet.desiredMinTxInterval == 1_000_000 && $0.packet.requiredMinRxInterval == 1_000_000
          && $0.packet.requiredMinEchoRxInterval == 0
      })
    loop.run(for: .seconds(5))
    let gaps = gaps(of: loop.endpoint.sent.suffix(200))
    #expect(gaps.allSatisfy { (7_500...10_000).contains($0.microseconds) })
    #expect(loop.endpoint.session.statistics.downCount == 0)
    #expect(loop.endpoint.session.detectionTime == .milliseconds(30))
  }

  @Test("the slow rate is kept while nothing comes back")
  func slow() throws {
    var loop = try Forwarder()
    loop.isForwarding = false
    loop.run(for: .seconds(10))
    #expect((9...14).contains(loop.endpoint.sent.count) && loop.endpoint.state == .down)
  }

  @Test("what does not come back takes it down with diagnostic 2, and it recovers")
  func failure() throws {
    var loop = try Forwarder()
    loop.run(for: .seconds(3))
    loop.isForwarding = false
    let cut = loop.endpoint.now
    loop.run(for: .milliseconds(100))
    let change = try #require(loop.endpoint.changes.last)
    #expect(change.new == .down && change.diagnostic == .echoFunctionFailed)
    #expect((20...42).contains((change.instant - cut).milliseconds))
    #expect(loop.endpoint.sent.last?.packet.yourDiscriminator == 0)
    loop.isForwarding = true
    loop.run(for: .seconds(4))
    #expect(loop.endpoint.state == .up)
  }

  @Test("a TTL other than 254 is refused", arguments: [UInt8?.none, 0, 1, 253, 255])
  func hopLimit(_ limit: UInt8?) throws {
    var loop = try Forwarder()
    loop.hopLimit = limit
    loop.run(for: .seconds(3))
    #expect(loop.endpoint.state == .down && loop.endpoint.drops[.echoHopLimit] > 0)
  }

  @Test("a stalled daemon does not blame the path")
  func lateWakeUp() throws {
    var loop = try Forwarder()
    loop.run(for: .seconds(3))
    for _ in 0..<20 {
      loop.endpoint.now = loop.endpoint.now + .seconds(1)
      loop.run(for: .milliseconds(200))
    }
    #expect(loop.endpoint.state == .up && loop.endpoint.session.statistics.downCount == 0)
  }

  @Test("packets of another system, and of a session with a neighbour, do not count")
  func foreign() throws {
    var loop = try Forwarder()
    var packet = loop.endpoint.packet(.down, knowsUs: false)
    loop.receive(packet.encoded)
    packet.myDiscriminator = loop.endpoint.session.localDiscriminator ^ 1
    loop.receive(packet.encoded)
    #expect(loop.endpoint.state == .down && loop.endpoint.table.drops[.unknownDiscriminator] == 2)
    // The same discriminator on the port of control packets is another application.
    loop.endpoint.receive(bytes: loop.endpoint.packet(.down).encoded)
    #expect(loop.endpoint.state == .down && loop.endpoint.drops[.wrongPort] == 1)
  }

  @Test("the intervals in what comes back are ignored")
  func intervals() throws {
    var loop = try Forwarder()
    loop.run(for: .seconds(3))
    var packet = loop.endpoint.packet(.up, tx: 7, rx: 0, multiplier: 200)
    packet.myDiscriminator = loop.endpoint.session.localDiscriminator
    packet.isDemand = true
    loop.receive(packet.encoded)
    #expect(loop.endpoint.session.detectionTime == .milliseconds(30))
    let before = loop.endpoint.sent.count
    loop.run(for: .seconds(1))
    #expect(loop.endpoint.sent.count > before + 90)
  }

  @Test("held down it sends nothing: AdminDown has no meaning to oneself")
  func adminDown() throws {
    var loop = try Forwarder()
    loop.run(for: .seconds(3))
    loop.endpoint.setEnabled(false)
    let before = loop.endpoint.sent.count
    loop.run(for: .seconds(3))
    #expect(loop.endpoint.sent.count == before && loop.endpoint.state == .adminDown)
    loop.endpoint.setEnabled(true)
    loop.run(for: .seconds(3))
    #expect(loop.endpoint.state == .up)
    loop.endpoint.remove()
    #expect(loop.endpoint.removed == [loop.endpoint.slot])
  }

  @Test("authentication holds for what comes back")
  func authentication() throws {
    let key = try AuthenticationKey(type: .meticulousKeyedSHA1, id: 3, secret: Secret("secret".utf8))
    var loop = try Forwarder(keys: [key])
    loop.run(for: .seconds(3))
    #expect(loop.endpoint.state == .up)
    var forged = loop.endpoint.packet(.down, knowsUs: true)
    forged.myDiscriminator = loop.endpoint.session.localDiscriminator
    loop.receive(forged.encoded)
    #expect(loop.endpoint.state == .up && loop.endpoint.drops[.missingAuthentication] == 1)
  }

  @Test("without the means to send it is silent")
  func powerless() throws {
    var loop = try Forwarder()
    loop.setMaySend(false)
    loop.run(for: .seconds(3))
    #expect(loop.endpoint.sent.isEmpty && loop.endpoint.state == .down)
  }
}
