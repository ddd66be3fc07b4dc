import NetPrimitives
import Testing

@testable import BFDCore

@Suite("Demand mode") struct DemandTests {
  private static let demanding = SessionParameters(
    desiredMinTxInterval: .milliseconds(10), requiredMinRxInterval: .milliseconds(10), detectMultiplier: 3,
    demandPollInterval: .seconds(2))

  /// An Up session in Demand mode whose peer has confirmed it.
  private func established() throws -> Endpoint {
    var endpoint = try Endpoint(Self.demanding)
    endpoint.establish()
    #expect(endpoint.session.isDemandActive)
    return endpoint
  }

  private func answer(_ endpoint: inout Endpoint) {
    var final = endpoint.packet(.up)
    final.isFinal = true
    endpoint.receive(final)
  }

  /// Runs the clock while the peer answers Polls and sends nothing else.
  @discardableResult
  private func run(_ endpoint: inout Endpoint, for interval: Interval) -> [Sent] {
    var sent: [Sent] = []
    let end = endpoint.now + interval
    while endpoint.now < end {
      sent += endpoint.run(for: .milliseconds(5))
      if sent.last?.packet.isPoll == true { answer(&endpoint) }
    }
    return sent
  }

  @Test("the D bit is set only once both ends are Up, and a Poll goes with it")
  func bit() throws {
    var endpoint = try Endpoint(Self.demanding)
    endpoint.receive(endpoint.packet(.down, knowsUs: false))
    let up = endpoint.receive(endpoint.packet(.initializing))
    #expect(up.map(\.state) == [.up] && up.map(\.isDemand) == [false])
    let both = endpoint.receive(endpoint.packet(.up))
    #expect(both.map(\.isDemand) == [true] && both.map(\.isPoll) == [true])
    #expect(endpoint.sent.dropLast().allSatisfy { !$0.packet.isDemand })
  }

  @Test("a session without the keyword never asks for it")
  func off() throws {
    var endpoint = try Endpoint()
    endpoint.establish()
    #expect(endpoint.sent.allSatisfy { !$0.packet.isDemand })
    let isPolled = endpoint.table.poll(endpoint.slot, now: endpoint.now, effects: &endpoint.effects)
    #expect(isPolled && endpoint.session.isPolling && !endpoint.session.isDemandActive)
  }

  @Test("silence is no failure, and the path is checked by a Poll at the interval given")
  func polls() throws {
    var endpoint = try established()
    let sent = run(&endpoint, for: .seconds(11))
    #expect(endpoint.state == .up && endpoint.session.statistics.downCount == 0)
    // Our own packets go on; only the peer's have stopped.
    #expect(sent.count > 1_000)
    #expect((5...6).contains(endpoint.session.statistics.polls))
    // Nor does it count as a narrow escape.
    #expect((endpoint.session.statistics.leastDetectionMargin ?? .zero) >= .zero)
  }

  @Test("a Poll without an answer ends the session after our multiplier of our own interval")
  func lostPoll() throws {
    var endpoint = try established()
    run(&endpoint, for: .seconds(1))
    endpoint.run(for: .seconds(2))
    let change = try #require(endpoint.changes.last)
    #expect(change.new == .down && change.diagnostic == .controlDetectionTimeExpired)
    let firstPoll = try #require(
      endpoint.sent.last { $0.packet.state == .up && !$0.packet.isPoll }.map(\.instant))
    let polls = endpoint.sent.filter { $0.instant > firstPoll && $0.packet.isPoll }
    #expect(polls.count >= 3)
    let time = change.instant - (try #require(polls.first).instant)
    #expect((29...40).contains(time.milliseconds))
    #expect(endpoint.sent.last?.packet.isDemand == false)
  }

  @Test("a daemon that was stalled during a Poll repeats it before it blames the path")
  func lateWakeUp() throws {
    var endpoint = try established()
    run(&endpoint, for: .seconds(1))
    while !endpoint.session.isPolling { endpoint.run(for: .milliseconds(1)) }
    endpoint.now = endpoint.now + .seconds(1)
    endpoint.advance()
    #expect(endpoint.state == .up)
    answer(&endpoint)
    run(&endpoint, for: .seconds(5))
    #expect(endpoint.session.statistics.downCount == 0)
  }

  @Test("every change of content is confirmed by a Poll, such as another multiplier")
  func change() throws {
    var endpoint = try established()
    endpoint.update(
      SessionParameters(
        desiredMinTxInterval: .milliseconds(10), requiredMinRxInterval: .milliseconds(10), detectMultiplier: 9,
        demandPollInterval: .seconds(2)))
    #expect(endpoint.sent.last?.packet.isPoll == true && endpoint.sent.last?.packet.detectMultiplier == 9)
  }

  @Test("leaving Demand mode is polled; then silence counts again, from the answer on")
  func leaving() throws {
    var endpoint = try established()
    run(&endpoint, for: .seconds(5))
    endpoint.update(.fast)
    #expect(endpoint.sent.last?.packet.isDemand == false && endpoint.sent.last?.packet.isPoll == true)
    #expect(endpoint.session.isDemandActive)
    answer(&endpoint)
    #expect(!endpoint.session.isDemandActive && endpoint.state == .up)
    endpoint.run(for: .milliseconds(25))
    #expect(endpoint.state == .up)
    endpoint.run(for: .milliseconds(10))
    #expect(endpoint.state == .down)
  }

  @Test("two ends in Demand mode are silent but for their Polls, and notice a cut at the next one")
  func both() throws {
    var pair = try Pair(Self.demanding, seed: 5, delay: .microseconds(200))
    pair.run(for: .seconds(5))
    #expect(pair.ends.allSatisfy { $0.state == .up && $0.session.isDemandActive })
    let before = pair.ends.map(\.sent.count)
    pair.run(for: .seconds(20))
    for (end, count) in zip(pair.ends, before) {
      #expect(end.sent.count - count < 100)
      #expect(end.session.statistics.downCount == 0)
    }
    pair.isCut = [true, true]
    pair.run(for: .seconds(3))
    #expect(pair.ends.allSatisfy { $0.session.statistics.downCount == 1 })
    pair.isCut = [false, false]
    pair.run(for: .seconds(10))
    #expect(pair.ends.allSatisfy { $0.state == .up })
  }
}
