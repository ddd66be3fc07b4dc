import NetPrimitives
import Testing

@testable import BFDCore

/// A change of authentication on a living session (RFC 5880 6.7.1), on a virtual clock.
@Suite("Authentication, changes") struct AuthenticationChangeTests {
  private enum Change: String, CaseIterable {
    case on, off, newKey, newSecretSameID, newType, frrToRFC, passwordToSHA1

    func keys() throws -> (old: AuthenticationKeys, new: AuthenticationKeys) {
      switch self {
      case .on: ([], [try .test(.meticulousKeyedSHA1)])
      case .off: ([try .test(.meticulousKeyedSHA1)], [])
      case .newKey: ([try .test(.keyedSHA1, 1, "one")], [try .test(.keyedSHA1, 2, "two")])
      case .newSecretSameID: ([try .test(.keyedMD5, 1, "one")], [try .test(.keyedMD5, 1, "two")])
      case .newType: ([try .test(.keyedMD5)], [try .test(.meticulousKeyedSHA1)])
      case .frrToRFC: ([try .test(.frrHMACSHA1)], [try .test(.keyedSHA1)])
      case .passwordToSHA1: ([try .test(.simplePassword)], [try .test(.meticulousKeyedSHA1)])
      }
    }
  }

  private static let delays: [Interval] = [.zero, .microseconds(500), .milliseconds(10)]

  @Test("both ends are changed one after the other and stay Up", arguments: Change.allCases, delays)
  private func bothEnds(_ change: Change, _ delay: Interval) throws {
    let keys = try change.keys()
    for seed in 0..<4 as Range<UInt64> {
      var pair = try Pair(.fast, keys: (keys.old, keys.old), seed: seed, delay: delay)
      pair.run(for: .seconds(3))
      #expect(pair.ends.allSatisfy { $0.state == .up })
      // Whichever end is first.
      let first = Int(seed % 2)
      pair.ends[first].update(keys: keys.new)
      pair.run(for: .milliseconds(Int64(seed) * 2_345))
      #expect(pair.ends[first].table.isChangingAuthentication(of: pair.ends[first].slot))
      pair.ends[1 - first].update(keys: keys.new)
      pair.run(for: .seconds(2))
      for end in pair.ends {
        #expect(end.session.statistics.downCount == 0 && end.keyChanges == 1)
        #expect(
          !end.table.isChangingAuthentication(of: end.slot) && end.table.sendingKey(of: end.slot) == keys.new.first)
        #expect(end.session.isAuthenticated == !keys.new.isEmpty)
      }
      // And nothing of the former kind is sent or discarded any more.
      let drops = pair.ends.map(\.drops.total)
      pair.run(for: .seconds(1))
      #expect(pair.ends.map(\.drops.total) == drops)
    }
  }

  @Test("both ends at the same moment, with losses", arguments: Change.allCases)
  private func together(_ change: Change) throws {
    let keys = try change.keys()
    var pair = try Pair(
      .symmetric(.milliseconds(10), multiplier: 10), keys: (keys.old, keys.old), seed: 3, delay: .milliseconds(2))
    pair.run(for: .seconds(2))
    pair.lossPercent = 10
    for index in 0..<2 { pair.ends[index].update(keys: keys.new) }
    pair.run(for: .seconds(10))
    for end in pair.ends {
      #expect(end.session.statistics.downCount == 0 && end.table.sendingKey(of: end.slot) == keys.new.first)
    }
  }

  @Test("rollover by three steps at each end: add, send with it, remove")
  func rollover() throws {
    let one = try AuthenticationKey.test(.meticulousKeyedSHA1, 1, "one")
    let two = try AuthenticationKey.test(.meticulousKeyedSHA1, 2, "two")
    var pair = try Pair(.fast, keys: ([one], [one]), seed: 5, delay: .milliseconds(1))
    pair.run(for: .seconds(2))
    for keys in [[one, two], [two, one], [two]] {
      for index in 0..<2 {
        pair.ends[index].update(keys: keys)
        pair.run(for: .seconds(3))
      }
    }
    for end in pair.ends {
      #expect(end.session.statistics.downCount == 0 && end.table.sendingKey(of: end.slot) == two)
      #expect(end.drops[.replayedSequence] == 0)
    }
  }

  @Test("what is announced does not disturb a peer that does not know it")
  func announcements() throws {
    let key = try AuthenticationKey.test(.keyedSHA1)
    var pair = try Pair(.fast, seed: 1, delay: .milliseconds(1))
    pair.run(for: .seconds(2))
    let sent = pair.ends[0].sent.count
    pair.ends[0].update(keys: [key])
    pair.run(for: .seconds(10))
    let announced = pair.ends[0].sent[sent...].filter { $0.packet.isAuthenticated }
    #expect((10...11).contains(announced.count))
    #expect(pair.ends[1].drops[.unexpectedAuthentication] == UInt64(announced.count))
    #expect(pair.ends.allSatisfy { $0.state == .up && $0.session.statistics.downCount == 0 })
    // Taken back, all is as it was.
    pair.ends[0].update(keys: [])
    pair.run(for: .seconds(2))
    #expect(pair.ends[0].keyChanges == 0 && !pair.ends[0].session.isAuthenticated)
    #expect(pair.ends.allSatisfy { $0.session.statistics.downCount == 0 })
  }

  @Test("a peer that passes over at once, without a word, is followed at once")
  func suddenPeer() throws {
    let key = try AuthenticationKey.test(.meticulousKeyedSHA1)
    var endpoint = try Endpoint()
    endpoint.establish()
    endpoint.update(keys: [key])
    endpoint.run(for: .milliseconds(10)) { $0.packet(.up) }
    let answers = endpoint.receive(bytes: key.sealed(endpoint.packet(.up), sequence: 1))
    // It takes nothing else from now on, so it is told at once.
    #expect(answers.map(\.isAuthenticated) == [true])
    // Only what was under way may still come without: for one Detection Time.
    endpoint.run(for: .milliseconds(20))
    endpoint.receive(bytes: key.sealed(endpoint.packet(.up), sequence: 2))
    endpoint.receive(endpoint.packet(.up))
    #expect(endpoint.drops.total == 0)
    endpoint.run(for: .milliseconds(10))
    endpoint.receive(endpoint.packet(.down))
    #expect(endpoint.drops[.missingAuthentication] == 1 && endpoint.state == .up)
  }

  @Test("the way back is closed: once for each change")
  func onlyOnce() throws {
    let key = try AuthenticationKey.test(.keyedSHA1)
    let sealed = try SealedEndpoint(key)
    sealed.endpoint.update(keys: [])
    sealed.endpoint.receive(sealed.endpoint.packet(.up))
    #expect(sealed.endpoint.table.sendingKey(of: sealed.endpoint.slot) == nil)
    sealed.endpoint.run(for: .milliseconds(100)) { $0.packet(.up) }
    sealed.send(.up)
    #expect(sealed.drops[.unexpectedAuthentication] == 1)
    #expect(sealed.endpoint.keyChanges == 1 && !sealed.endpoint.session.isAuthenticated)
  }

  @Test("a peer that never follows is not waited for longer than ten minutes")
  func bounded() throws {
    let key = try AuthenticationKey.test(.keyedSHA1)
    var endpoint = try Endpoint(.symmetric(.milliseconds(100)))
    endpoint.establish(tx: 100_000, rx: 100_000)
    endpoint.update(keys: [key])
    let start = endpoint.now
    while endpoint.now < start + .seconds(590) {
      endpoint.receive(endpoint.packet(.up, tx: 100_000, rx: 100_000))
      endpoint.run(for: .milliseconds(100))
    }
    #expect(endpoint.state == .up && endpoint.session.statistics.downCount == 0)
    while endpoint.now < start + .seconds(601) {
      endpoint.receive(endpoint.packet(.up, tx: 100_000, rx: 100_000))
      endpoint.run(for: .milliseconds(100))
    }
    #expect(endpoint.state == .down && endpoint.drops[.missingAuthentication] > 0)
    #expect(endpoint.table.sendingKey(of: endpoint.slot) == key)
  }

  @Test("a session that is not Up does not wait, nor one that goes Down meanwhile")
  func notUp() throws {
    let key = try AuthenticationKey.test(.keyedSHA1)
    var endpoint = try Endpoint()
    endpoint.update(keys: [key])
    #expect(endpoint.table.sendingKey(of: endpoint.slot) == key)
    endpoint.receive(endpoint.packet(.down, knowsUs: false))
    #expect(endpoint.drops[.missingAuthentication] == 1)

    var other = try Endpoint()
    other.establish()
    other.update(keys: [key])
    #expect(other.table.sendingKey(of: other.slot) == nil)
    other.run(for: .milliseconds(40))
    #expect(other.state == .down && other.table.sendingKey(of: other.slot) == key)
    #expect(other.sent.last?.packet.isAuthenticated == true)
  }

  @Test("a change by a session that is then held down still tells the peer so")
  func heldDown() throws {
    let key = try AuthenticationKey.test(.keyedSHA1)
    var pair = try Pair(.fast, seed: 2, delay: .milliseconds(1))
    pair.run(for: .seconds(2))
    pair.ends[0].update(keys: [key])
    pair.ends[0].setEnabled(false)
    pair.run(for: .milliseconds(10))
    #expect(pair.ends[1].changes.last?.diagnostic == .neighborSignaledSessionDown)
  }
}
