import BFDCore
import NetPrimitives
import Testing

/// RFC 7880 and RFC 7881: initiator and reflector.
@Suite("S-BFD") struct SeamlessTests {
  private static let target: UInt32 = 0x0A00_0001

  private static func initiator(multiplier: UInt8 = 3) throws -> Endpoint {
    try Endpoint(
      SessionParameters(
        desiredMinTxInterval: .milliseconds(10), requiredMinRxInterval: .zero, detectMultiplier: multiplier,
        minimumHopLimit: 0, remoteDiscriminator: target),
      path: SessionPath(peer: peerAddress, local: localAddress, kind: .seamless))
  }

  /// A reflector for `target`.
  private static func reflector(
    _ allowed: [String] = ["0.0.0.0/0"], rate: Int = 1_000, isAdminDown: Bool = false
  ) throws -> Reflector {
    Reflector(
      .init(
        discriminators: [target], allowed: try allowed.map { try #require(IPPrefix($0)) },
        requiredMinRxInterval: .milliseconds(5), maximumRate: rate, isAdminDown: isAdminDown))
  }

  private func reflect(
    _ reflector: inout Reflector, _ packet: ControlPacket, from source: IPAddress = localAddress, port: UInt16 = 50_000,
    now: Instant = .zero + .seconds(10)
  ) throws -> ControlPacket? {
    guard let answer = reflector.reflect(packet.encoded.span, from: source, port: port, now: now) else { return nil }
    return try ControlPacket(decoding: answer.span)
  }

  private func request(_ change: (inout ControlPacket) -> Void = { _ in }) -> ControlPacket {
    var packet = ControlPacket(
      state: .down, detectMultiplier: 3, myDiscriminator: 77, yourDiscriminator: Self.target,
      desiredMinTxInterval: 1_000_000, requiredMinRxInterval: 0)
    packet.isDemand = true
    change(&packet)
    return packet
  }

  // MARK: Reflector

  @Test("the answer swaps the discriminators and copies multiplier and interval; D is clear, P becomes F")
  func answer() throws {
    var reflector = try Self.reflector()
    for isPoll in [false, true] {
      let answer = try #require(try reflect(&reflector, request { $0.isPoll = isPoll }))
      #expect(answer.state == .up && answer.diagnostic == Diagnostic.none)
      #expect(answer.myDiscriminator == Self.target && answer.yourDiscriminator == 77)
      #expect(answer.detectMultiplier == 3 && answer.desiredMinTxInterval == 1_000_000)
      #expect(answer.requiredMinRxInterval == 5_000 && answer.requiredMinEchoRxInterval == 0)
      #expect(!answer.isDemand && !answer.isPoll && answer.isFinal == isPoll)
    }
    #expect(reflector.reflectedPackets == 2 && reflector.drops.total == 0)
  }

  @Test("out of service it answers AdminDown")
  func outOfService() throws {
    var reflector = try Self.reflector(isAdminDown: true)
    let answer = try #require(try reflect(&reflector, request()))
    #expect(answer.state == .adminDown && answer.diagnostic == .administrativelyDown)
  }

  @Test("what is not answered is counted by its reason")
  func refusals() throws {
    var reflector = try Self.reflector(["192.0.2.0/24"])
    #expect(try reflect(&reflector, request { $0.isDemand = false }) == nil)
    #expect(try reflect(&reflector, request(), port: 7784) == nil)
    #expect(try reflect(&reflector, request { $0.yourDiscriminator = 1 }) == nil)
    #expect(try reflect(&reflector, request(), from: try #require(IPAddress("198.51.100.1"))) == nil)
    #expect(reflector.reflect([1, 2, 3].span, from: localAddress, port: 50_000, now: .zero) == nil)
    for reason: DropReason in [
      .reflectedDemandClear, .reflectedSourcePort, .unknownDiscriminator, .reflectedNotAllowed, .truncated,
    ] { #expect(reflector.drops[reason] == 1, "\(reason)") }
    #expect(reflector.reflectedPackets == 0)
    reflector.clearStatistics()
    #expect(reflector.drops.total == 0)
  }

  @Test("a reflector does not answer a reflector: no loop")
  func noLoop() throws {
    var reflector = try Self.reflector()
    var answer = try #require(try reflect(&reflector, request()))
    answer.yourDiscriminator = Self.target
    #expect(try reflect(&reflector, answer) == nil)
  }

  @Test("no more answers in a second than it is let")
  func rate() throws {
    var reflector = try Self.reflector(rate: 3)
    let start = Instant.zero + .seconds(10)
    let answers = try (0..<5).compactMap { try reflect(&reflector, request(), now: start + .milliseconds($0)) }
    #expect(answers.count == 3 && reflector.drops[.reflectedRate] == 2)
    #expect(try reflect(&reflector, request(), now: start + .seconds(1)) != nil)
  }

  // MARK: Initiator

  @Test("the state machine has no Init, and every other event means what it means elsewhere")
  func stateMachine() {
    let expected: [(SessionState, StateEvent, SessionState?)] = [
      (.down, .received(.up), .up), (.down, .received(.adminDown), nil), (.down, .received(.down), nil),
      (.down, .received(.initializing), nil), (.down, .detectionTimeExpired, nil),
      (.up, .received(.up), nil), (.up, .received(.adminDown), .down), (.up, .received(.down), nil),
      (.up, .received(.initializing), nil), (.up, .detectionTimeExpired, .down), (.up, .pathLost, .down),
      (.up, .disabled, .adminDown), (.down, .disabled, .adminDown), (.adminDown, .received(.up), nil),
      (.adminDown, .enabled, .down),
    ]
    for (state, event, next) in expected {
      #expect(state.initiatorTransition(on: event)?.state == next, "\(state) \(event)")
    }
  }

  @Test("with a reflector it comes Up at once, at its own interval, and says what RFC 7880 7.3.2 wants")
  func comesUp() throws {
    var endpoint = try Self.initiator()
    var reflector = try Self.reflector()
    var answered = 0
    for _ in 0..<300 {
      endpoint.run(for: .milliseconds(1))
      while answered < endpoint.sent.count {
        let packet = endpoint.sent[answered].packet
        #expect(packet.isDemand && packet.yourDiscriminator == Self.target && packet.requiredMinRxInterval == 0)
        #expect(packet.myDiscriminator == endpoint.session.localDiscriminator)
        let answer = try #require(try reflect(&reflector, packet, now: endpoint.now))
        answered += 1
        endpoint.receive(bytes: answer.encoded, hopLimit: 60, kind: .seamless)
      }
    }
    #expect(endpoint.state == .up && endpoint.changes.map(\.new) == [.up])
    #expect(endpoint.session.detectionTime == .milliseconds(30) && !endpoint.session.isPolling)
    #expect(endpoint.sent.count > 20)

    // The reflector is gone.
    endpoint.run(for: .milliseconds(40))
    #expect(endpoint.state == .down && endpoint.session.localDiagnostic == .controlDetectionTimeExpired)
    let idle = endpoint.run(for: .seconds(5))
    #expect(idle.count <= 7 && idle.allSatisfy { $0.packet.yourDiscriminator == Self.target && $0.packet.isDemand })
  }

  private func up() throws -> (Endpoint, ControlPacket) {
    var endpoint = try Self.initiator()
    let answer = ControlPacket(
      state: .up, detectMultiplier: 3, myDiscriminator: Self.target,
      yourDiscriminator: endpoint.session.localDiscriminator, desiredMinTxInterval: 10_000,
      requiredMinRxInterval: 5_000)
    endpoint.receive(bytes: answer.encoded, kind: .seamless)
    #expect(endpoint.state == .up)
    return (endpoint, answer)
  }

  @Test("AdminDown from the reflector slows it to a second and is no failure of the path")
  func adminDown() throws {
    var (endpoint, answer) = try up()
    answer.state = .adminDown
    endpoint.receive(bytes: answer.encoded, kind: .seamless)
    #expect(endpoint.state == .down && endpoint.session.localDiagnostic == .neighborSignaledSessionDown)
    #expect(gaps(of: endpoint.run(for: .seconds(5))).allSatisfy { $0 >= .milliseconds(750) })
  }

  @Test("what is no answer of its reflector is discarded", arguments: [0, 1, 2, 3, 4, 5])
  func notReflected(_ which: Int) throws {
    var (endpoint, answer) = try up()
    switch which {
    case 0: answer.isDemand = true
    case 1: answer.myDiscriminator = 5
    case 2: answer.state = .down
    case 3: answer.state = .initializing
    case 4:
      answer.state = .adminDown
      answer.yourDiscriminator = 0
    default: break
    }
    endpoint.receive(bytes: answer.encoded, kind: which == 5 ? .singleHop : .seamless)
    #expect(endpoint.state == .up && endpoint.session.statistics.receivedPackets == 1)
    #expect(endpoint.drops[which == 5 ? .wrongPort : .notReflected] == 1)
  }

  @Test("held down it is silent, and its removal says nothing: a reflector knows no sessions")
  func silence() throws {
    var (endpoint, _) = try up()
    let before = endpoint.sent.count
    endpoint.setEnabled(false)
    #expect(endpoint.run(for: .seconds(5)).isEmpty && endpoint.sent.count == before)
    endpoint.setEnabled(true)
    #expect(!endpoint.run(for: .seconds(2)).isEmpty)
    endpoint.remove()
    #expect(endpoint.removed == [endpoint.slot])
  }

  @Test("two initiators for two discriminators of one system are two sessions")
  func twins() throws {
    var endpoint = try Self.initiator()
    let other = try endpoint.table.add(
      SessionPath(peer: peerAddress, local: localAddress, kind: .seamless), parameters: .fast, now: endpoint.now)
    #expect(other != endpoint.slot && endpoint.table.count == 2)
  }
}
