import BFDCore
import NetPrimitives
import Testing

@Suite("Reception") struct ReceptionTests {
  @Test("a malformed packet is counted once and changes nothing")
  func malformed() throws {
    let cases: [(DropReason, (inout [UInt8]) -> Void)] = [
      (.truncated, { $0.removeLast() }), (.badVersion, { $0[0] = 0 }), (.lengthTooShort, { $0[3] = 23 }),
      (.lengthBeyondPayload, { $0[3] = 25 }), (.zeroMultiplier, { $0[2] = 0 }), (.multipoint, { $0[1] |= 1 }),
      (.zeroMyDiscriminator, { $0.replaceSubrange(4..<8, with: [0, 0, 0, 0]) }),
      (.unknownDiscriminator, { $0[8] ^= 0x80 }), (.unknownDiscriminator, { $0[11] ^= 1 }),
    ]
    for (reason, spoil) in cases {
      var endpoint = try Endpoint()
      endpoint.establish()
      let before = endpoint.session
      endpoint.now = endpoint.now + .milliseconds(5)
      // Were it accepted, the state Down in it would be seen.
      var bytes = endpoint.packet(.down).encoded
      spoil(&bytes)
      #expect(endpoint.receive(bytes: bytes).isEmpty)
      #expect(endpoint.table.drops[reason] == 1 && endpoint.table.drops.total == 1, "\(reason)")
      #expect(endpoint.state == .up, "\(reason)")
      #expect(endpoint.session.lastReceived == before.lastReceived, "\(reason)")
      #expect(endpoint.session.remote == before.remote, "\(reason)")
    }
  }

  @Test("Your Discriminator 0 is discarded in state Init and Up, and accepted in Down and AdminDown")
  func zeroYourDiscriminator() throws {
    for state in SessionState.allCases {
      var endpoint = try Endpoint()
      endpoint.receive(endpoint.packet(state, knowsUs: false))
      let isAccepted = state == .down || state == .adminDown
      #expect(endpoint.table.drops[.zeroYourDiscriminator] == (isAccepted ? 0 : 1), "\(state)")
      #expect(endpoint.session.remote.isKnown == isAccepted, "\(state)")
    }
  }

  @Test("a first packet from elsewhere finds no session")
  func noSession() throws {
    let other = IPAddress.v4(IPv4Address(0xC000_0203))
    var endpoint = try Endpoint(path: SessionPath(peer: peerAddress, local: localAddress, interface: 2))
    let first = endpoint.packet(.down, knowsUs: false).encoded
    endpoint.receive(bytes: first, source: other)
    endpoint.receive(bytes: first, destination: other)
    endpoint.receive(bytes: first, interface: 3)
    endpoint.receive(bytes: first, kind: .multihop)
    #expect(endpoint.table.drops[.noSession] == 1 && endpoint.table.drops.total == 1)
    // Those of a neighbor that has a session say what is wrong there.
    #expect([.noSession, .wrongInterface, .wrongPort].allSatisfy { endpoint.drops[$0] == 1 })
    #expect(endpoint.state == .down)
    endpoint.receive(bytes: first)
    #expect(endpoint.state == .initializing)
  }

  @Test("with Your Discriminator set, the source does not matter (RFC 5880 6.3)")
  func discriminatorAlone() throws {
    var endpoint = try Endpoint(path: SessionPath(peer: peerAddress, local: localAddress, interface: 2))
    endpoint.receive(endpoint.packet(.down, knowsUs: false))
    endpoint.receive(bytes: endpoint.packet(.up).encoded, source: .v4(IPv4Address(1)))
    #expect(endpoint.state == .up)
  }

  @Test("a single-hop session takes nothing from the multihop port, or the hop limit would protect nothing")
  func wrongPort() throws {
    var endpoint = try Endpoint()
    endpoint.establish()
    endpoint.receive(bytes: endpoint.packet(.down).encoded, kind: .multihop)
    #expect(endpoint.drops[.wrongPort] == 1)
    #expect(endpoint.state == .up)
  }

  @Test("a single hop accepts TTL 255 and nothing else", arguments: 0...255)
  func hopLimit(hopLimit: UInt8) throws {
    var endpoint = try Endpoint()
    endpoint.receive(endpoint.packet(.down, knowsUs: false), hopLimit: hopLimit)
    #expect(endpoint.drops[.hopLimitTooLow] == (hopLimit == 255 ? 0 : 1))
    #expect(endpoint.state == (hopLimit == 255 ? .initializing : .down))
  }

  @Test("a configured limit moves the check, also for multihop", arguments: [0, 1, 250, 254])
  func hopLimitOverride(limit: UInt8) throws {
    let parameters = SessionParameters(
      desiredMinTxInterval: .milliseconds(10), requiredMinRxInterval: .milliseconds(10), detectMultiplier: 3,
      minimumHopLimit: limit)
    for hopLimit: UInt8 in [0, limit, limit &- 1, 255] {
      var endpoint = try Endpoint(
        parameters, path: SessionPath(peer: peerAddress, local: localAddress, kind: .multihop))
      endpoint.receive(bytes: endpoint.packet(.down, knowsUs: false).encoded, hopLimit: hopLimit, kind: .multihop)
      #expect(endpoint.session.remote.isKnown == (hopLimit >= limit), "\(hopLimit)")
    }
  }

  @Test("an unknown hop limit is not taken for a good one")
  func hopLimitUnknown() throws {
    var endpoint = try Endpoint()
    endpoint.receive(endpoint.packet(.down, knowsUs: false), hopLimit: nil)
    #expect(endpoint.drops[.hopLimitUnknown] == 1)
    #expect(endpoint.state == .down)
  }

  @Test("an authentication section without authentication configured is discarded")
  func unexpectedAuthentication() throws {
    var endpoint = try Endpoint()
    endpoint.establish()
    var bytes = endpoint.packet(.down).encoded + [1, 5, 7, 0x61, 0x62]
    bytes[1] |= 0x04
    bytes[3] = UInt8(bytes.count)
    endpoint.receive(bytes: bytes)
    #expect(endpoint.drops[.unexpectedAuthentication] == 1)
    #expect(endpoint.state == .up)
  }

  @Test("a packet with every field at its maximum is handled in every state", arguments: SessionState.allCases)
  func maximum(state: SessionState) throws {
    var endpoint = try Endpoint()
    endpoint.establish()
    var bytes = [UInt8](repeating: 0xFF, count: 255)
    bytes[0] = 0x3F
    bytes[1] = state.rawValue << 6 | 0x3A
    bytes[3] = 24
    bytes.replaceSubrange(8..<12, with: endpoint.packet(.up).encoded[8..<12])
    endpoint.receive(bytes: bytes)
    #expect(endpoint.session.remote.discriminator == .max)
    #expect(endpoint.session.negotiatedTxInterval == .microseconds(4_294_967_295))
    #expect(endpoint.session.detectionTime == .microseconds(4_294_967_295 * 255))
    endpoint.run(for: .microseconds(4_294_967_295 * 255))
    #expect(endpoint.state == .down)
  }

  @Test("a peer's interval of 0 leaves a detection time above 0")
  func zeroDesiredMinTx() throws {
    var endpoint = try Endpoint()
    endpoint.establish(tx: 0)
    #expect(endpoint.session.detectionTime == .milliseconds(30))
  }

  @Test("random bytes never trap and never bring a session Up by chance", arguments: 0..<4)
  func fuzz(seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    var endpoint = try Endpoint(seed: seed)
    for round in 0..<25_000 {
      var bytes = (0..<Int(generator.next(below: 60))).map { _ in UInt8(truncatingIfNeeded: generator.next()) }
      // Most packets are right in some fields, or they would never get past the first checks.
      let mask = generator.next()
      if bytes.count >= 24 {
        if mask & 1 == 0 { bytes[0] = 1 << 5 | bytes[0] & 0x1F }
        if mask & 2 == 0 { bytes[1] &= 0xFA }
        if mask & 4 == 0 { bytes[3] = 24 }
        if mask & 8 == 0 {
          bytes.replaceSubrange(8..<12, with: endpoint.packet(.up).encoded[8..<12])
        } else if mask & 16 == 0 {
          bytes.replaceSubrange(8..<12, with: [0, 0, 0, 0])
        }
      }
      endpoint.receive(bytes: bytes, hopLimit: mask & 96 == 0 ? 254 : 255)
      endpoint.run(for: .microseconds(Int64(generator.next(below: 10_000))))
      if round % 1_000 == 0 { endpoint.setEnabled(generator.next() & 1 == 0) }
    }
    let session = endpoint.session
    let accounted = session.statistics.receivedPackets + session.statistics.drops.total + endpoint.table.drops.total
    #expect(accounted == 25_000)
    #expect(DropReason.allCases.count { session.statistics.drops[$0] + endpoint.table.drops[$0] > 0 } > 8)
  }
}
