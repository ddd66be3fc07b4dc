import NetPrimitives
import Testing

@testable import VRRPCore

/// `auth_type AH`: the packets of keepalived 2.2.7, and what it accepts.
struct AuthenticationHeaderTests {
  static let key = Secret(Password("secret12").bytes)
  static let ours = address("10.9.9.2")
  static let theirs = address("10.9.9.1")

  /// Captured from keepalived 2.2.7, the checksum of the IP header included: to the group, and to a peer with
  /// `unicast_ttl 77`.
  static let multicast = hex(
    """
    45c00044 00010000 ff33c7a9 0a090901 e0000012 70040000 0a090901 00000001 6855bdaca3c3d3a7aa21867c
    21339602 02011fee 0a090964 0a090965 0000000000000000
    """)
  static let unicast = hex(
    """
    45c00044 00010000 4d3346b2 0a090902 0a090901 70040000 0a090902 00000001 2d20aaf30e80acc673eab29f
    21336402 020151ee 0a090964 0a090965 0000000000000000
    """)

  private func configuration(
    _ change: (inout RouterConfiguration) -> Void = { _ in }
  ) -> RouterConfiguration {
    VRRPCoreTests.configuration(.v2) {
      $0.addresses = [address("10.9.9.100"), address("10.9.9.101")]
      $0.authentication = .header(Self.key)
      change(&$0)
    }
  }

  private func router(_ configuration: RouterConfiguration, source: IPAddress = ours) -> Router {
    var router = Router(configuration, sourceAddress: source)
    _ = router.perform { $0.start(now: .zero, into: &$1) }
    return router
  }

  private func receive(_ packet: [UInt8], by router: inout Router, to destination: IPAddress = VRRP.groupIPv4) {
    let source = packet.count >= 20 ? IPAddress(.ipv4, from: packet.span, at: 12) : Self.theirs
    let path = PacketPath(source: source, destination: destination, hopLimit: 255, receivedAt: .zero + .seconds(1))
    _ = router.perform { $0.receive(packet.span, path: path, now: path.receivedAt, into: &$1) }
  }

  private func packet(_ sequence: UInt32, priority: UInt8 = 150, key: Secret = key, from source: IPAddress = theirs)
    -> [UInt8]
  {
    AuthenticationHeader.packet(
      configuration().content.message(priority: priority, source: source, destination: VRRP.groupIPv4),
      sequence: sequence, key: key, source: source, destination: VRRP.groupIPv4, hopLimit: 255)
  }

  @Test func packetsAreThoseOfKeepalived() {
    /// What the kernel fills in is left out.
    func comparable(_ packet: [UInt8]) -> [UInt8] {
      var packet = packet
      packet.replace(at: 4, bigEndian: 0)
      packet.replace(at: 10, bigEndian: 0)
      return packet
    }
    // The identification is covered by the code, so it has to be theirs to be compared.
    for (captured, hopLimit) in [(Self.multicast, UInt8(255)), (Self.unicast, 77)] {
      let source = IPAddress(.ipv4, from: captured.span, at: 12)
      let destination = IPAddress(.ipv4, from: captured.span, at: 16)
      let message = configuration().content.message(priority: captured[46], source: source, destination: destination)
      #expect(message == Array(captured[44...]))
      let ours = AuthenticationHeader.packet(
        message, sequence: 1, key: Self.key, source: source, destination: destination, hopLimit: hopLimit)
      #expect(ours[4...5] == [0, 2], "never 0: the kernel would replace it")
      #expect(comparable(ours)[..<32] == comparable(captured)[..<32])
    }
  }

  @Test func packetsOfKeepalivedAreAccepted() {
    var group = router(configuration())
    receive(Self.multicast, by: &group)
    #expect(group.statistics.advertisementsReceived == 1)
    #expect(group.lastAdvertisement?.priority == 150)
    // A router on the way lowers the TTL of unicast packets.
    var peer = router(
      configuration { $0.transport = .unicast([Self.ours], checksSource: true) }, source: Self.theirs)
    var packet = Self.unicast
    packet[8] = 60
    receive(packet, by: &peer, to: Self.theirs)
    #expect(peer.statistics.advertisementsReceived == 1)
  }

  @Test func whatWasChangedOnTheWayIsRefused() {
    for offset in Self.multicast.indices {
      var changed = Self.multicast
      changed[offset] ^= 0x10
      var router = router(configuration())
      receive(changed, by: &router)
      // Type of service, fragmentation and checksum of the IP header may change.
      let isMutable = [1, 6, 7, 10, 11].contains(offset)
      #expect(router.statistics.advertisementsReceived == (isMutable ? 1 : 0), "byte \(offset)")
    }
    for length in Self.multicast.indices {
      var router = router(configuration())
      receive(Array(Self.multicast[..<length]), by: &router)
      #expect(router.statistics.drops[.packetLength] == 1, "\(length) bytes")
    }
  }

  /// The rule of keepalived 2.2.7: one sequence for all routers of the number, and every packet above the last.
  @Test func sequence() {
    var router = router(configuration())
    func count(_ packet: [UInt8]) -> (accepted: UInt64, replayed: UInt64, failed: UInt64) {
      receive(packet, by: &router)
      let drops = router.statistics.drops
      return (router.statistics.advertisementsReceived, drops[.replayedAuthentication], drops[.authenticationFailure])
    }
    #expect(count(packet(100)) == (1, 0, 0))
    #expect(count(packet(100)) == (1, 1, 0))
    #expect(count(packet(99)) == (1, 2, 0))
    #expect(count(packet(101)) == (2, 2, 0))
    #expect(count(packet(50, from: address("10.9.9.3"))) == (2, 3, 0))
    #expect(count(packet(102, from: address("10.9.9.3"))) == (3, 3, 0))
    // A forged one moves nothing.
    #expect(count(packet(200, key: Secret("wrong".utf8))) == (3, 3, 1))
    #expect(count(packet(103)) == (4, 3, 1))
    // What we send comes after what we heard.
    let effects =
      router.perform { $0.deadlineReached(now: .zero + .seconds(60), into: &$1) }
      + router.perform { $0.deadlineReached(now: .zero + .seconds(120), into: &$1) }
    let sent = effects.compactMap { effect -> [UInt8]? in
      if case .sendAdvertisement(let packet, _) = effect { packet } else { nil }
    }
    #expect(sent.first.map { $0.span.readUInt32(at: 28) } == 104)
  }

  @Test func plainAdvertisementsAreRefused() {
    var router = router(configuration())
    let plain = VRRPCoreTests.configuration(.v2) { $0.addresses = [address("10.9.9.100"), address("10.9.9.101")] }
    receive(plain.content.message(priority: 150, source: Self.theirs, destination: VRRP.groupIPv4), by: &router)
    #expect(router.statistics.advertisementsReceived == 0)
    #expect(router.statistics.drops.total == 1)
  }
}

/// `auth_hmac`, by the vectors of keepalived's own test (the appendix of its Internet-Draft).
struct AuthenticationTrailerTests {
  static let key = Secret((0..<32).map { UInt8($0) })
  static let sequence: UInt64 = 0x6800_0000_8000_0000
  /// CLOCK_REALTIME of the vectors' sequence, at instant 0.
  static let vectorTime = Interval.seconds(0x6800_0000) + .milliseconds(500)

  struct Vector: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let message: [UInt8]
    let source: IPAddress
    let destination: IPAddress
    let addresses: [IPAddress]
  }

  static let vectors = [
    Vector(
      testDescription: "IPv4",
      message: hex("3133c801 00644402 c0000264 01010000 68000000 80000000 1b84bc4e8e43892dc6d98448f8ee2265"),
      source: address("198.51.100.10"), destination: VRRP.groupIPv4, addresses: [address("192.0.2.100")]),
    Vector(
      testDescription: "IPv6",
      message: hex(
        """
        3133c801 0064a2e9 fe800000000000000000000000000100
        01010000 68000000 80000000 c8c56146ebfd66ee10ec4d8186461b78
        """),
      source: address("fe80::10"), destination: address("fe80::20"), addresses: [address("fe80::100")]),
  ]

  private func configuration(
    _ vector: Vector, _ change: (inout TrailerAuthentication) -> Void = { _ in }
  ) -> RouterConfiguration {
    var setting = TrailerAuthentication(keys: [1: Self.key], activeKey: 1)
    change(&setting)
    return VRRPCoreTests.configuration(.v3, family: vector.source.family, priority: 200) {
      $0.addresses = vector.addresses
      $0.authentication = .trailer(setting)
      $0.checksumForm = .messageOnly
      // The IPv6 vector's checksum is that of a unicast packet.
      if vector.source.family == .ipv6 {
        $0.transport = .unicast([vector.source, vector.destination], checksSource: true)
      }
    }
  }

  private func router(_ configuration: RouterConfiguration, at source: IPAddress) -> Router {
    var router = Router(configuration, sourceAddress: source)
    router.realTimeOffset = Self.vectorTime
    _ = router.perform { $0.start(now: .zero, into: &$1) }
    return router
  }

  private func drop(
    _ message: [UInt8], _ vector: Vector, by router: inout Router, source: IPAddress? = nil, at now: Instant = .zero
  ) -> DropReason? {
    let before = router.statistics.drops
    let path = PacketPath(
      source: source ?? vector.source, destination: vector.destination, hopLimit: 255, receivedAt: now)
    _ = router.perform { $0.receive(message.span, path: path, now: now, into: &$1) }
    return DropReason.allCases.first { router.statistics.drops[$0] != before[$0] }
  }

  @Test(arguments: vectors)
  func whatIsSent(_ vector: Vector) {
    let configuration = configuration(vector)
    var router = router(configuration, at: vector.source)
    guard let deadline = router.nextDeadline else {
      Issue.record("no deadline")
      return
    }
    router.realTimeOffset = Self.vectorTime - (deadline - .zero)
    let sent = router.perform { $0.deadlineReached(now: deadline, into: &$1) }
      .compactMap { effect -> [UInt8]? in
        guard case .sendAdvertisement(let message, vector.destination) = effect else { return nil }
        return message
      }
    #expect(sent.first == vector.message)
  }

  @Test(arguments: vectors)
  func whatIsAccepted(_ vector: Vector) {
    var router = router(configuration(vector), at: vector.destination)
    #expect(drop(vector.message, vector, by: &router) == nil)
    #expect(router.lastAdvertisement?.priority == 200)
    #expect(drop(vector.message, vector, by: &router) == .replayedAuthentication)
  }

  /// Every byte is protected. The checksum is not part of the code, and is checked as ever.
  @Test(arguments: vectors)
  func tampering(_ vector: Vector) {
    for offset in vector.message.indices {
      var changed = vector.message
      changed[offset] ^= 0x01
      var router = router(configuration(vector), at: vector.destination)
      #expect(drop(changed, vector, by: &router) != nil, "byte \(offset)")
      #expect(router.lastAdvertisement == nil)
    }
    let trailer = vector.message.count - 28
    let reasons: [(Int, DropReason)] = [
      (2, .authenticationFailure), (5, .authenticationFailure), (6, .checksum), (8, .authenticationFailure),
      (trailer, .malformedAuthentication), (trailer + 1, .unknownKey), (trailer + 2, .malformedAuthentication),
      (trailer + 4, .staleAuthentication), (trailer + 7, .authenticationFailure),
      (trailer + 11, .authenticationFailure), (trailer + 27, .authenticationFailure),
    ]
    for (offset, reason) in reasons {
      var changed = vector.message
      changed[offset] ^= 0x01
      var router = router(configuration(vector), at: vector.destination)
      #expect(drop(changed, vector, by: &router) == reason, "byte \(offset)")
    }
    for length in 0..<vector.message.count where length != trailer {
      var router = router(configuration(vector), at: vector.destination)
      #expect(drop(Array(vector.message[..<length]), vector, by: &router) == .packetLength, "\(length) bytes")
    }
  }

  /// The sender and the number are part of the code.
  @Test func splicing() {
    let vector = Self.vectors[0]
    var stranger = router(configuration(vector), at: vector.destination)
    #expect(
      drop(vector.message, vector, by: &stranger, source: address("198.51.100.11")) == .authenticationFailure)
    var other = vector.message
    other[1] = 52
    #expect(drop(other, vector, by: &stranger) == .authenticationFailure)
    // From who is no peer nothing is even looked at.
    let unicast = Self.vectors[1]
    var peer = router(configuration(unicast), at: unicast.destination)
    #expect(drop(unicast.message, unicast, by: &peer, source: address("fe80::11")) == .unicastSource)
  }

  @Test func timeWindow() {
    let vector = Self.vectors[0]
    func drop(at seconds: Int64, window: Int?) -> DropReason? {
      var router = router(configuration(vector) { $0.timeWindow = window }, at: address("198.51.100.1"))
      router.realTimeOffset = Self.vectorTime + .seconds(seconds)
      return self.drop(vector.message, vector, by: &router)
    }
    for seconds in [Int64(-5), 0, 5] { #expect(drop(at: seconds, window: 5) == nil) }
    for seconds in [Int64(-6), 6, 86_400, -86_400] { #expect(drop(at: seconds, window: 5) == .staleAuthentication) }
    #expect(drop(at: 100, window: 300) == nil)
    // `anti_replay monotonic` has no clock.
    #expect(drop(at: 86_400, window: nil) == nil)
  }

  @Test func modes() {
    let vector = Self.vectors[0]
    let plain = Array(vector.message.dropLast(28))
    for (mode, reason) in [
      (TrailerAuthentication.Mode.enforce, DropReason.missingAuthentication), (.permissive, nil), (.receiveOnly, nil),
    ] {
      var router = router(configuration(vector) { $0.mode = mode }, at: address("198.51.100.1"))
      #expect(drop(plain, vector, by: &router) == reason, "\(mode)")
      // What has a trailer has to be right in every mode.
      var forged = vector.message
      forged[forged.count - 1] ^= 1
      #expect(drop(forged, vector, by: &router) == .authenticationFailure)
      #expect(drop(vector.message, vector, by: &router) == nil)
      var failing = router
      let effects = failing.perform { $0.shutDown(now: .zero, into: &$1) }
      #expect(!effects.isEmpty)
    }
    // A router without auth_hmac does not know what the trailer is.
    var ignorant = configuration(vector)
    ignorant.authentication = nil
    var router = router(ignorant, at: address("198.51.100.1"))
    #expect(drop(vector.message, vector, by: &router) == .packetLength)
  }

  @Test func receiveOnlySendsNoTrailer() {
    var configuration = configuration(Self.vectors[0]) { $0.mode = .receiveOnly }
    configuration.priority = 255
    configuration.prefersMaster = true
    var router = Router(configuration, sourceAddress: address("198.51.100.10"))
    let effects = router.perform { $0.start(now: .zero, into: &$1) }
    guard case .sendAdvertisement(let message, _)? = effects.first else {
      Issue.record("\(effects)")
      return
    }
    #expect(message.count == 12)
  }

  /// Keys are changed on one router after the other: first all learn the new one, then all use it.
  @Test func rollover() {
    let vector = Self.vectors[0]
    let new = Secret([UInt8](repeating: 7, count: 64))
    var better = configuration(vector) { $0.keys[2] = new }
    better.priority = 250
    var segment = Segment([
      better,
      configuration(vector) {
        $0.keys[2] = new
        $0.activeKey = 2
      },
    ])
    for index in segment.routers.indices { segment.routers[index].realTimeOffset = Self.vectorTime }
    segment.startAll()
    segment.run(for: .seconds(20))
    #expect(segment.masters == [0])
    #expect(segment.routers[1].statistics.advertisementsReceived > 10)
    segment.isAlive[0] = false
    segment.run(for: .seconds(20))
    #expect(segment.masters == [1])
    segment.isAlive[0] = true
    segment.run(for: .seconds(20))
    #expect(segment.masters == [0])
    #expect(segment.routers[0].statistics.drops.total == 0)
  }

  /// The number grows whatever the clock does; set back beyond the window it starts anew, and so does who hears it.
  @Test func clockSteps() {
    var authenticator = Authenticator()
    authenticator.realTimeOffset = Self.vectorTime
    let timed = TrailerAuthentication(keys: [1: Self.key], activeKey: 1, timeWindow: 5)
    var last = authenticator.nextTrailerSequence(timed, now: .zero)
    #expect(last == Self.sequence)
    for offset in [Interval.zero, .zero, .seconds(-3), .seconds(-5), .seconds(1)] {
      authenticator.realTimeOffset = Self.vectorTime + offset
      let next = authenticator.nextTrailerSequence(timed, now: .zero)
      #expect(next.isLater(than: last), "\(offset)")
      last = next
    }
    authenticator.realTimeOffset = Self.vectorTime - .seconds(3_600)
    #expect(last.isLater(than: authenticator.nextTrailerSequence(timed, now: .zero)))
    var monotonic = timed
    monotonic.timeWindow = nil
    last = authenticator.nextTrailerSequence(monotonic, now: .zero)
    authenticator.realTimeOffset = Self.vectorTime - .seconds(7_200)
    #expect(authenticator.nextTrailerSequence(monotonic, now: .zero) == last + 1)
    // The overflow of the 32 bits of seconds in 2106 is one step further.
    authenticator.realTimeOffset = .seconds(0xFFFF_FFFF)
    last = authenticator.nextTrailerSequence(timed, now: .zero)
    #expect(authenticator.nextTrailerSequence(timed, now: .zero + .seconds(2)).isLater(than: last))
  }

  @Test func replayTable() {
    var table = ReplayTable()
    let senders = (1...5).map { address("192.0.2.\($0)") }
    func accept(_ sequence: UInt64, _ sender: Int, expired: Bool = false) -> Bool {
      table.accept(sequence, from: senders[sender], capacity: 4) { _ in expired }
    }
    #expect((0..<4).allSatisfy { accept(10, $0) })
    #expect((0..<4).allSatisfy { !accept(10, $0) })
    #expect(accept(9, 0, expired: true), "a sender whose clock was set back")
    // The fifth displaces the one that was silent longest.
    #expect(accept(10, 4))
    #expect(!accept(8, 0))
    #expect(accept(1, 1))
    #expect(accept(UInt64.max, 3) == false, "by serial arithmetic that is before 10")
  }
}
