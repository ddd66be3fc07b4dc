import NetPrimitives
import Testing

@testable import BFDCore

@Suite("Poll Sequence") struct PollSequenceTests {
  @Test("going Up is a change of the transmit interval: P from the first Up packet until F, then no more")
  func goingUp() throws {
    var endpoint = try Endpoint()
    endpoint.receive(endpoint.packet(.down, knowsUs: false))
    let first = endpoint.receive(endpoint.packet(.initializing))
    #expect(first.map(\.isPoll) == [true])
    #expect(first.map(\.desiredMinTxInterval) == [10_000])
    let polls = endpoint.run(for: .milliseconds(100)) { $0.packet(.up) }
    // The faster rate does not wait for the answer.
    #expect(polls.count > 8)
    #expect(polls.allSatisfy { $0.packet.isPoll })
    var final = endpoint.packet(.up)
    final.isFinal = true
    endpoint.receive(final)
    #expect(endpoint.run(for: .milliseconds(100)) { $0.packet(.up) }.allSatisfy { !$0.packet.isPoll })
  }

  @Test("a peer that never answers keeps the session polling, and Up")
  func noFinal() throws {
    var endpoint = try Endpoint()
    endpoint.receive(endpoint.packet(.down, knowsUs: false))
    endpoint.receive(endpoint.packet(.initializing))
    endpoint.run(for: .seconds(10)) { $0.packet(.up) }
    #expect(endpoint.state == .up && endpoint.session.isPolling)
  }

  @Test("the transmit interval is raised only after F")
  func slowerTransmission() throws {
    var endpoint = try Endpoint()
    endpoint.establish()
    endpoint.update(.symmetric(.milliseconds(50)))
    let before = endpoint.run(for: .seconds(1)) { $0.packet(.up) }
    #expect(before.allSatisfy { $0.packet.isPoll && $0.packet.desiredMinTxInterval == 50_000 })
    #expect(gaps(of: before).allSatisfy { $0 <= .milliseconds(10) })
    answer(&endpoint)
    let after = gaps(of: endpoint.run(for: .seconds(1)) { $0.packet(.up) })
    #expect(after.allSatisfy { (37_500...50_000).contains($0.microseconds) })
  }

  @Test("the transmit interval is lowered at once")
  func fasterTransmission() throws {
    var endpoint = try Endpoint(.symmetric(.milliseconds(100)))
    endpoint.establish()
    endpoint.update(
      SessionParameters(
        desiredMinTxInterval: .milliseconds(20), requiredMinRxInterval: .milliseconds(100), detectMultiplier: 3))
    let sent = endpoint.run(for: .seconds(1)) { $0.packet(.up) }
    #expect(gaps(of: sent).allSatisfy { $0 <= .milliseconds(20) })
  }

  @Test("a shorter receive interval shortens the Detection Time only after F")
  func fasterReception() throws {
    var endpoint = try Endpoint(.symmetric(.milliseconds(100)))
    endpoint.establish()
    #expect(endpoint.session.detectionTime == .milliseconds(300))
    endpoint.update(.symmetric(.milliseconds(20)))
    endpoint.receive(endpoint.packet(.up))
    #expect(endpoint.sent.last?.packet.requiredMinRxInterval == 20_000)
    #expect(endpoint.session.detectionTime == .milliseconds(300))
    answer(&endpoint)
    #expect(endpoint.session.detectionTime == .milliseconds(60))
    #expect(endpoint.timerChanges.suffix(2) == [.configuration, .packet])
    // The deadline that was queued for the long time must not keep the session Up for as long.
    endpoint.run(for: .milliseconds(61))
    #expect(endpoint.state == .down)
  }

  @Test("a longer receive interval lengthens the Detection Time at once")
  func slowerReception() throws {
    var endpoint = try Endpoint()
    endpoint.establish()
    endpoint.update(.symmetric(.milliseconds(100)))
    #expect(endpoint.session.detectionTime == .milliseconds(300))
    endpoint.run(for: .milliseconds(290))
    #expect(endpoint.state == .up)
  }

  @Test("a change of the multiplier needs no Poll")
  func multiplier() throws {
    var endpoint = try Endpoint()
    endpoint.establish()
    endpoint.update(.symmetric(.milliseconds(10), multiplier: 9))
    #expect(!endpoint.session.isPolling)
    #expect(endpoint.sent.last?.packet.detectMultiplier == 9)
  }

  @Test("a second change during a Poll is not confirmed by the first F")
  func secondChange() throws {
    var endpoint = try Endpoint()
    endpoint.establish()
    endpoint.update(.symmetric(.milliseconds(50)))
    endpoint.update(.symmetric(.milliseconds(80)))
    answer(&endpoint)
    // The F may answer the 50 ms: nothing is raised, and the next Poll waits for a packet without F.
    #expect(gaps(of: endpoint.run(for: .milliseconds(25))).allSatisfy { $0 <= .milliseconds(10) })
    #expect(endpoint.sent.suffix(2).allSatisfy { !$0.packet.isPoll })
    endpoint.receive(endpoint.packet(.up))
    let second = endpoint.run(for: .milliseconds(25))
    #expect(!second.isEmpty && second.allSatisfy { $0.packet.isPoll })
    #expect(endpoint.session.effectiveMinTxInterval == .milliseconds(10))
    answer(&endpoint)
    #expect(endpoint.session.effectiveMinTxInterval == .milliseconds(80))
  }

  @Test("the second F to an old Poll does not confirm the next one")
  func duplicateFinal() throws {
    var endpoint = try Endpoint()
    endpoint.establish()
    endpoint.update(.symmetric(.milliseconds(50)))
    answer(&endpoint)
    endpoint.update(.symmetric(.milliseconds(80)))
    answer(&endpoint)
    #expect(endpoint.session.effectiveMinTxInterval == .milliseconds(50))
    endpoint.receive(endpoint.packet(.up))
    endpoint.run(for: .milliseconds(60))
    answer(&endpoint)
    #expect(endpoint.session.effectiveMinTxInterval == .milliseconds(80))
  }

  @Test("changes made before the first P travel in one sequence")
  func merged() {
    var poll = PollSequence.idle
    poll.request()
    poll.request()
    #expect(poll == .due && poll.isActive)
    poll.sent()
    let isConfirmed = poll.received(final: true)
    #expect(isConfirmed)
    #expect(!poll.isActive)
  }

  @Test("every state of the sequence on every event", arguments: [false, true])
  func exhaustive(isFinal: Bool) {
    let states: [PollSequence] = [
      .idle, .due, .outstanding, .superseded, .settling(again: false), .settling(again: true),
    ]
    let after: [PollSequence] =
      isFinal
      ? [.idle, .due, .settling(again: false), .settling(again: true), .settling(again: false), .settling(again: true)]
      : [.idle, .due, .outstanding, .superseded, .idle, .due]
    for (state, expected) in zip(states, after) {
      var poll = state
      let isConfirmed = poll.received(final: isFinal)
      #expect(isConfirmed == (isFinal && state == .outstanding))
      #expect(poll == expected)
    }
  }

  @Test("with no peer known there is nobody to poll")
  func unknownPeer() throws {
    var endpoint = try Endpoint()
    endpoint.update(.symmetric(.milliseconds(50)))
    #expect(!endpoint.session.isPolling)
    endpoint.establish()
    endpoint.run(for: .milliseconds(200))
    #expect(endpoint.state == .down && !endpoint.session.isPolling)
  }

  @Test("a session that wants no packets at all can still finish two Polls")
  func receiveNothing() throws {
    let parameters = { (tx: Int64) in
      SessionParameters(
        desiredMinTxInterval: .milliseconds(tx), requiredMinRxInterval: .zero, detectMultiplier: 3)
    }
    var endpoint = try Endpoint(parameters(10))
    endpoint.establish()
    #expect(endpoint.session.detectionTime == nil)
    for interval: Int64 in [20, 40] {
      endpoint.update(parameters(interval))
      endpoint.run(for: .milliseconds(50))
      answer(&endpoint)
      #expect(endpoint.session.effectiveMinTxInterval == .milliseconds(interval))
    }
    endpoint.run(for: .seconds(100))
    #expect(endpoint.state == .up)
  }

  private func answer(_ endpoint: inout Endpoint) {
    var final = endpoint.packet(.up)
    final.isFinal = true
    endpoint.receive(final)
  }
}
