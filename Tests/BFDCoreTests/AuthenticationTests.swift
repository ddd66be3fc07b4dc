import NetPrimitives
import Testing

@testable import BFDCore

/// An endpoint with a peer that authenticates what it sends.
final class SealedEndpoint {
  var endpoint: Endpoint
  let key: AuthenticationKey
  /// The number of the peer's last packet.
  var sequence: UInt32

  /// The peer sends with `key`; `keys` are ours, the same unless given.
  init(_ key: AuthenticationKey, ours keys: AuthenticationKeys? = nil, sequence: UInt32 = 1_000) throws {
    self.key = key
    self.sequence = sequence
    endpoint = try Endpoint(keys: keys ?? [key])
    send(.down, knowsUs: false)
    send(.initializing)
    send(.up, isFinal: true)
    send(.up)
    endpoint.run(for: .milliseconds(10))
    send(.up, isFinal: true)
    send(.up)
    #expect(endpoint.state == .up && endpoint.drops.total == 0)
  }

  func send(_ state: SessionState, knowsUs: Bool = true, isFinal: Bool = false) {
    sequence &+= 1
    var packet = endpoint.packet(state, knowsUs: knowsUs)
    packet.isFinal = isFinal
    endpoint.receive(bytes: key.sealed(packet, sequence: sequence))
  }

  /// Sends an Up packet with a number of its own and returns whether it was accepted.
  func accepts(_ sequence: UInt32, multiplier: UInt8 = 3, key other: AuthenticationKey? = nil) -> Bool {
    accepts((other ?? key).sealed(endpoint.packet(.up, multiplier: multiplier), sequence: sequence))
  }

  /// Sends bytes and returns whether they were accepted.
  func accepts(_ bytes: [UInt8]) -> Bool {
    let before = endpoint.session.statistics.receivedPackets
    endpoint.receive(bytes: bytes)
    return endpoint.session.statistics.receivedPackets > before
  }

  var drops: DropCounters { endpoint.drops }
}

private let hashedTypes = AuthenticationType.allCases.filter { $0 != .simplePassword }

@Suite("Authentication, receiving") struct AuthenticationReceptionTests {
  @Test("a session with authentication takes no packet without", arguments: AuthenticationType.allCases)
  func missing(_ type: AuthenticationType) throws {
    let sealed = try SealedEndpoint(.test(type))
    let packet = sealed.endpoint.packet(.up).encoded
    #expect(!sealed.accepts(packet))
    #expect(sealed.drops[.missingAuthentication] == 1 && sealed.endpoint.state == .up)
  }

  @Test("a session without authentication takes no packet with", arguments: AuthenticationType.allCases)
  func unexpected(_ type: AuthenticationType) throws {
    var endpoint = try Endpoint()
    endpoint.establish()
    endpoint.receive(bytes: try AuthenticationKey.test(type).sealed(endpoint.packet(.down), sequence: 1))
    #expect(endpoint.drops[.unexpectedAuthentication] == 1 && endpoint.state == .up)
  }

  @Test("every type but the session's own is refused", arguments: AuthenticationType.allCases)
  func typeMismatch(_ type: AuthenticationType) throws {
    let sealed = try SealedEndpoint(.test(type))
    for other in AuthenticationType.allCases where other != type {
      let before = sealed.drops
      #expect(!sealed.accepts(sealed.sequence + 1, key: try .test(other)))
      // FRR's form differs from keyed SHA1 in the digest only.
      let reason: DropReason = other.code == type.code ? .digestMismatch : .authenticationTypeMismatch
      #expect(sealed.drops[reason] == before[reason] + 1)
    }
    #expect(sealed.accepts(sealed.sequence + 1))
  }

  @Test("an unknown key id is refused", arguments: AuthenticationType.allCases)
  func keyID(_ type: AuthenticationType) throws {
    let sealed = try SealedEndpoint(.test(type))
    #expect(!sealed.accepts(sealed.sequence + 1, key: try .test(type, 8)))
    #expect(sealed.drops[.unknownKeyID] == 1)
  }

  @Test("the lengths of section and packet have to be right", arguments: AuthenticationType.allCases)
  func length(_ type: AuthenticationType) throws {
    let sealed = try SealedEndpoint(.test(type))
    let good = sealed.key.sealed(sealed.endpoint.packet(.up), sequence: sealed.sequence + 1)
    var count: UInt64 = 0
    for difference in [-1, 1] {
      var bytes = good + [0]
      bytes[25] = UInt8(Int(good[25]) + difference)
      #expect(!sealed.accepts(bytes))
      bytes = good + [0]
      bytes[3] = UInt8(Int(good[3]) + difference)
      #expect(!sealed.accepts(bytes))
      count += 2
    }
    for length: UInt8 in 26..<28 {
      var bytes = good
      bytes[3] = length
      #expect(!sealed.accepts(bytes))
      count += 1
    }
    #expect(sealed.drops[.authenticationLength] == count)
    #expect(sealed.accepts(good + [0xEE]), "what stands behind the packet does not count")
  }

  @Test("a wrong key is noticed", arguments: AuthenticationType.allCases)
  func wrongKey(_ type: AuthenticationType) throws {
    let sealed = try SealedEndpoint(.test(type))
    #expect(!sealed.accepts(sealed.sequence + 1, key: try .test(type, 7, "Secret")))
    #expect(sealed.drops[type == .simplePassword ? .passwordMismatch : .digestMismatch] == 1)
    #expect(sealed.accepts(sealed.sequence + 1))
  }

  @Test("the window has exact edges, also where numbers wrap", arguments: hashedTypes, [5_000, UInt32.max - 4, .max])
  func window(_ type: AuthenticationType, _ last: UInt32) throws {
    let lowest: UInt32 = type.isMeticulous ? 1 : 0
    for (distance, isInside) in [(lowest &- 1, false), (lowest, true), (9, true), (10, false), (1 << 31, false)] {
      let sealed = try SealedEndpoint(.test(type), sequence: last &- 6)
      #expect(sealed.sequence == last)
      #expect(sealed.accepts(last &+ distance) == isInside, "\(distance)")
      #expect(sealed.drops[.replayedSequence] == (isInside ? 0 : 1))
    }
  }

  @Test("the window's width is that of the packet's own Detect Mult", arguments: hashedTypes)
  func windowMultiplier(_ type: AuthenticationType) throws {
    let sealed = try SealedEndpoint(.test(type))
    let last = sealed.sequence
    #expect(!sealed.accepts(last + 15, multiplier: 3))
    #expect(sealed.accepts(last + 15, multiplier: 5))
    #expect(!sealed.accepts(last + 15 + 766, multiplier: 255))
    #expect(sealed.accepts(last + 15 + 765, multiplier: 255))
  }

  @Test("forged packets do not move the window", arguments: hashedTypes)
  func forged(_ type: AuthenticationType) throws {
    let sealed = try SealedEndpoint(.test(type))
    let last = sealed.sequence
    for distance in 1...9 as ClosedRange<UInt32> {
      #expect(!sealed.accepts(last + distance, key: try .test(type, 7, "guess")))
    }
    #expect(sealed.drops[.digestMismatch] == 9)
    #expect(sealed.accepts(last + 1))
    #expect(sealed.accepts(last + 2))
  }

  @Test("a forged first packet does not set the window", arguments: hashedTypes)
  func forgedFirst(_ type: AuthenticationType) throws {
    let key = try AuthenticationKey.test(type)
    var endpoint = try Endpoint(keys: [key])
    endpoint.receive(
      bytes: try AuthenticationKey.test(type, 7, "guess").sealed(
        endpoint.packet(.down, knowsUs: false), sequence: 9_000))
    #expect(endpoint.drops[.digestMismatch] == 1 && !endpoint.session.remote.isKnown)
    endpoint.receive(bytes: key.sealed(endpoint.packet(.down, knowsUs: false), sequence: 77))
    #expect(endpoint.state == .initializing)
  }

  @Test("a packet heard before is refused", arguments: hashedTypes)
  func replay(_ type: AuthenticationType) throws {
    let sealed = try SealedEndpoint(.test(type))
    let down = sealed.key.sealed(sealed.endpoint.packet(.down), sequence: sealed.sequence)
    sealed.send(.up)
    sealed.endpoint.receive(bytes: down)
    #expect(sealed.endpoint.state == .up && sealed.drops[.replayedSequence] == 1)
    // The very last one may come twice, unless the type is meticulous.
    #expect(sealed.accepts(sealed.sequence) == !type.isMeticulous)
  }

  @Test(
    "after two Detection Times of silence any number may begin, for who knows our new discriminator",
    arguments: hashedTypes)
  func forgotten(_ type: AuthenticationType) throws {
    for (silence, isForgotten) in [(Interval.milliseconds(60) - .nanoseconds(1), false), (.milliseconds(60), true)] {
      let sealed = try SealedEndpoint(.test(type))
      #expect(sealed.endpoint.session.detectionTime == .milliseconds(30))
      sealed.endpoint.run(for: silence)
      #expect(sealed.endpoint.state == .down)
      let old = sealed.endpoint.session.localDiscriminator
      #expect(!sealed.accepts(sealed.sequence &- 500))
      #expect((sealed.endpoint.session.localDiscriminator != old) == isForgotten)
      #expect(sealed.accepts(sealed.sequence &- 500) == isForgotten)
      // The peer learns of it at once.
      if isForgotten {
        #expect(sealed.endpoint.sent.last?.packet.myDiscriminator == sealed.endpoint.session.localDiscriminator)
      }
    }
  }

  @Test("a recorded conversation does not bring a session with a dead peer Up", arguments: hashedTypes)
  func recording(_ type: AuthenticationType) throws {
    let sealed = try SealedEndpoint(.test(type))
    let states: [(SessionState, Bool)] = [(.down, false), (.initializing, true), (.up, true), (.up, true)]
    let recording = states.enumerated().map { index, entry in
      sealed.key.sealed(sealed.endpoint.packet(entry.0, knowsUs: entry.1), sequence: 2_000 + UInt32(index))
    }
    sealed.endpoint.run(for: .seconds(60))
    #expect(sealed.endpoint.state == .down)
    for _ in 0..<3 {
      for packet in recording {
        sealed.endpoint.receive(bytes: packet)
        #expect(sealed.endpoint.state != .up)
        sealed.endpoint.run(for: .milliseconds(10))
      }
      sealed.endpoint.run(for: .seconds(60))
    }
    #expect(sealed.endpoint.session.statistics.upCount == 1)
    // The peer itself is heard.
    sealed.send(.down, knowsUs: false)
    sealed.send(.initializing)
    #expect(sealed.endpoint.state == .up)
  }

  @Test("forged packets do not keep a restarted peer out any longer", arguments: hashedTypes)
  func forgottenInSpiteOfForgery(_ type: AuthenticationType) throws {
    let sealed = try SealedEndpoint(.test(type))
    for _ in 0..<6 {
      sealed.endpoint.run(for: .milliseconds(10))
      #expect(!sealed.accepts(sealed.sequence + 1, key: try .test(type, 7, "guess")))
    }
    // The first one named the discriminator that was in use before.
    #expect(!sealed.accepts(sealed.sequence &- 500) && sealed.accepts(sealed.sequence &- 500))
  }

  @Test("any configured key is accepted, of whatever type")
  func severalKeys() throws {
    let keys: AuthenticationKeys = try [
      .test(.meticulousKeyedSHA1, 1, "one"), .test(.meticulousKeyedSHA1, 2, "two"), .test(.simplePassword, 3, "three"),
    ]
    let sealed = try SealedEndpoint(keys[0], ours: keys)
    for (offset, key) in keys.enumerated() {
      #expect(sealed.accepts(sealed.sequence + UInt32(offset) + 1, key: key), "\(key.id)")
    }
    #expect(sealed.endpoint.table.sendingKey(of: sealed.endpoint.slot) == keys[0])
  }

  @Test("arbitrary and damaged packets are discarded and change nothing", arguments: AuthenticationType.allCases)
  func fuzz(_ type: AuthenticationType) throws {
    var generator = SeededGenerator(seed: 5_880 + UInt64(type.maximumKeyLength))
    let sealed = try SealedEndpoint(.test(type))
    let good = sealed.key.sealed(sealed.endpoint.packet(.up), sequence: sealed.sequence + 1)
    let others = try AuthenticationType.allCases.map { try AuthenticationKey.test($0, 7, "other") }
    let accepted = sealed.endpoint.session.statistics.receivedPackets
    for _ in 0..<4_000 {
      var bytes = good
      switch generator.next(below: 3) {
      case 0:
        // Whatever was changed within the packet, it is not what the peer sent.
        bytes[Int(generator.next(below: UInt64(bytes.count)))] ^= UInt8(1 + generator.next(below: 255))
      case 1: bytes.removeLast(Int(generator.next(below: UInt64(bytes.count))) + 1)
      default:
        bytes = others[Int(generator.next(below: UInt64(others.count)))].sealed(
          sealed.endpoint.packet(.up), sequence: UInt32(truncatingIfNeeded: generator.next()))
        for index in 24..<bytes.count where generator.next(below: 4) == 0 {
          bytes[index] = UInt8(truncatingIfNeeded: generator.next())
        }
      }
      // With a password only the header is not protected at all.
      if type == .simplePassword, bytes.dropFirst(24) == good.dropFirst(24) { continue }
      sealed.endpoint.receive(bytes: bytes)
    }
    #expect(sealed.endpoint.session.statistics.receivedPackets == accepted)
    #expect(sealed.endpoint.state == .up)
    #expect(sealed.accepts(good))
  }
}

@Suite("Authentication, sending") struct AuthenticationTransmissionTests {
  private func sequence(_ sent: Sent) -> UInt32 { sent.bytes.span.readUInt32(at: 28) }

  @Test("every packet is right and carries the first key", arguments: AuthenticationType.allCases)
  func sealed(_ type: AuthenticationType) throws {
    let keys = try [AuthenticationKey.test(type), .test(type, 8, "next")]
    let sealed = try SealedEndpoint(keys[0], ours: keys)
    let sent = sealed.endpoint.run(for: .milliseconds(25)) + sealed.endpoint.sent
    #expect(sent.count > 5)
    for packet in sent {
      #expect(packet.packet.isAuthenticated && packet.bytes[24] == type.code && packet.bytes[26] == 7)
      #expect(packet.bytes.count == 24 + keys[0].sectionLength && Int(packet.packet.length) == packet.bytes.count)
      if type == .simplePassword {
        #expect(Array(packet.bytes[27...]) == Array("secret".utf8))
      } else {
        #expect(keys[0].verifies(packet.bytes))
      }
    }
    // AdminDown, and the farewell, as well.
    sealed.endpoint.setEnabled(false)
    sealed.endpoint.remove()
    sealed.endpoint.run(for: .seconds(2))
    #expect(sealed.endpoint.sent.allSatisfy { $0.packet.isAuthenticated })
    #expect(sealed.endpoint.removed == [sealed.endpoint.slot])
  }

  @Test(
    "meticulous: each packet has the next number",
    arguments: [AuthenticationType.meticulousKeyedMD5, .meticulousKeyedSHA1])
  func meticulous(_ type: AuthenticationType) throws {
    let sealed = try SealedEndpoint(.test(type))
    sealed.endpoint.run(for: .milliseconds(200)) { $0.packet(.up) }
    let numbers = sealed.endpoint.sent.map(sequence)
    #expect(numbers.count > 5)
    #expect(zip(numbers, numbers.dropFirst()).allSatisfy { $1 == $0 &+ 1 })
  }

  @Test(
    "keyed: the number moves by one where the content does",
    arguments: [AuthenticationType.keyedMD5, .keyedSHA1, .frrHMACSHA1])
  func keyed(_ type: AuthenticationType) throws {
    let sealed = try SealedEndpoint(.test(type))
    for _ in 0..<10 {
      sealed.send(.up)
      sealed.endpoint.run(for: .milliseconds(10))
    }
    sealed.endpoint.setEnabled(false)
    sealed.endpoint.run(for: .seconds(3))
    let sent = sealed.endpoint.sent
    for (one, next) in zip(sent, sent.dropFirst()) {
      let isSame = one.bytes.prefix(24) == next.bytes.prefix(24)
      #expect(sequence(next) == sequence(one) &+ (isSame ? 0 : 1))
    }
    #expect(Set(sent.map(sequence)).count < sent.count)
  }

  @Test("the first number is random")
  func start() throws {
    let key = try AuthenticationKey.test(.keyedSHA1)
    let firsts = try (1...50 as ClosedRange<UInt64>).map { seed in
      var endpoint = try Endpoint(keys: [key], seed: seed)
      endpoint.run(for: .milliseconds(200))
      return sequence(endpoint.sent[0])
    }
    #expect(Set(firsts).count == 50)
    #expect(firsts.contains { $0 > UInt32.max / 2 } && firsts.contains { $0 < UInt32.max / 2 })
  }
}
