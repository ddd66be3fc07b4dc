import NetPrimitives
import Testing

@testable import VRRPCore

/// V1 to V8: every check, by a packet that is right but for one thing; and nothing but a counter may change.
struct ReceiveCheckTests {
  static let peer = address("192.0.2.2")
  static let goodPath = PacketPath(
    source: peer, destination: VRRP.groupIPv4, hopLimit: 255, receivedAt: .zero + .seconds(1))

  private func backup(_ configuration: RouterConfiguration) -> Router {
    var router = Router(configuration, sourceAddress: address("192.0.2.1"))
    _ = router.perform { $0.start(now: .zero, into: &$1) }
    return router
  }

  private func good(_ configuration: RouterConfiguration, priority: UInt8 = 150) -> [UInt8] {
    configuration.content.message(priority: priority, source: Self.peer, destination: VRRP.groupIPv4)
  }

  /// Makes the checksum right again after a change.
  private func resealed(_ message: [UInt8]) -> [UInt8] {
    var message = message
    message.replace(at: 6, bigEndian: 0)
    var sum = InternetChecksum()
    sum.add(message.span)
    message.replace(at: 6, bigEndian: sum.value)
    return message
  }

  private func expectDrop(
    _ reason: DropReason, _ configuration: RouterConfiguration, _ message: [UInt8],
    path: PacketPath = goodPath, sourceLocation: SourceLocation = #_sourceLocation
  ) {
    var router = backup(configuration)
    let deadline = router.nextDeadline
    let effects = router.perform { $0.receive(message.span, path: path, now: path.receivedAt, into: &$1) }
    #expect(effects == [], sourceLocation: sourceLocation)
    #expect(router.nextDeadline == deadline, sourceLocation: sourceLocation)
    #expect(router.lastAdvertisement == nil, sourceLocation: sourceLocation)
    #expect(router.statistics.advertisementsReceived == 0, sourceLocation: sourceLocation)
    #expect(
      router.lastTrouble == AdvertisementTrouble(path.source, refusal: reason, at: path.receivedAt),
      sourceLocation: sourceLocation)
    for other in DropReason.allCases {
      #expect(router.statistics.drops[other] == (other == reason ? 1 : 0), "\(other)", sourceLocation: sourceLocation)
    }
  }

  private func changed(_ message: [UInt8], at offset: Int, to value: UInt8) -> [UInt8] {
    var message = message
    message[offset] = value
    return resealed(message)
  }

  @Test(arguments: VRRPVersion.allCases)
  func goodPacketIsAccepted(version: VRRPVersion) {
    let configuration = configuration(version)
    var router = backup(configuration)
    let message = good(configuration)
    _ = router.perform { $0.receive(message.span, path: Self.goodPath, now: .zero + .seconds(1), into: &$1) }
    #expect(router.statistics.advertisementsReceived == 1)
    #expect(router.statistics.drops.total == 0)
    #expect(router.lastAdvertisement?.priority == 150)
    #expect(router.nextDeadline == Instant.zero + .seconds(1) + router.masterDownInterval)
  }

  @Test func length() {
    expectDrop(.packetLength, configuration(), [])
    expectDrop(.packetLength, configuration(), [0x31])
    expectDrop(.packetLength, configuration(), Array(good(configuration()).dropLast()))
    expectDrop(.packetLength, configuration(), good(configuration()) + [0])
    expectDrop(.packetLength, configuration(.v2), Array(good(configuration(.v2)).dropLast(8)))
  }

  @Test(arguments: [UInt8(0), 1, 64, 254])
  func hopLimit(value: UInt8) {
    var path = Self.goodPath
    path.hopLimit = value
    expectDrop(.hopLimit, configuration(), good(configuration()), path: path)
  }

  @Test func hopLimitMustBeKnown() {
    var path = Self.goodPath
    path.hopLimit = nil
    expectDrop(.hopLimit, configuration(), good(configuration()), path: path)
  }

  @Test func version() {
    expectDrop(.version, configuration(.v3), good(configuration(.v2)))
    expectDrop(.version, configuration(.v2), good(configuration(.v3)))
    for version in UInt8(0)...15 where version != 2 && version != 3 {
      expectDrop(.version, configuration(), changed(good(configuration()), at: 0, to: version << 4 | 1))
    }
  }

  @Test func everyTypeButOne() {
    for type in UInt8(0)...15 where type != 1 {
      expectDrop(.packetType, configuration(), changed(good(configuration()), at: 0, to: 0x30 | type))
    }
  }

  @Test func authentication() {
    let plain = configuration(.v2)
    let secret = configuration(.v2) { $0.authentication = .password(Password("right")) }
    let wrong = configuration(.v2) { $0.authentication = .password(Password("wrong")) }
    for type in UInt8(3)...255 { expectDrop(.authenticationType, plain, changed(good(plain), at: 4, to: type)) }
    expectDrop(.authenticationMismatch, plain, good(secret))
    expectDrop(.authenticationMismatch, secret, good(plain))
    expectDrop(.authenticationMismatch, secret, changed(good(secret), at: 4, to: 2))
    expectDrop(.authenticationFailure, secret, good(wrong))
    var router = backup(secret)
    let message = good(secret)
    _ = router.perform { $0.receive(message.span, path: Self.goodPath, now: .zero, into: &$1) }
    #expect(router.statistics.advertisementsReceived == 1)
  }

  @Test func interval() {
    expectDrop(.interval, configuration(.v2), changed(good(configuration(.v2)), at: 5, to: 2))
    expectDrop(.interval, configuration(.v3), resealed(hex("3133 96 01 f000 0000 c00002c8")))
    var router = backup(configuration())
    let other = good(configuration(interval: .milliseconds(300)))
    _ = router.perform { $0.receive(other.span, path: Self.goodPath, now: .zero, into: &$1) }
    #expect(router.statistics.intervalDifferences == 1)
    #expect(router.masterAdvertisementInterval == .milliseconds(300), "V12: both timers follow the active router")
    let down = Interval.milliseconds(900) + Interval.milliseconds(300) * 156 / 256
    #expect(router.nextDeadline == Self.goodPath.receivedAt + down)
  }

  @Test(arguments: VRRPVersion.allCases)
  func everyFlippedBitBreaksTheChecksum(version: VRRPVersion) {
    let configuration = configuration(version)
    let message = good(configuration)
    for bit in 0..<message.count * 8 {
      var flipped = message
      flipped[bit / 8] ^= 1 << UInt8(bit % 8)
      var router = backup(configuration)
      _ = router.perform { $0.receive(flipped.span, path: Self.goodPath, now: .zero, into: &$1) }
      #expect(router.statistics.advertisementsReceived == 0, "bit \(bit)")
      #expect(router.statistics.drops.total == 1)
    }
  }

  @Test func bothChecksumForms() {
    var router = backup(configuration())
    for form in [ChecksumForm.messageOnly, .pseudoHeader, .pseudoHeader] {
      let message = good(configuration { $0.checksumForm = form })
      _ = router.perform { $0.receive(message.span, path: Self.goodPath, now: .zero, into: &$1) }
    }
    #expect(router.statistics.checksumsWithoutPseudoHeader == 1)
    #expect(router.statistics.checksumsWithPseudoHeader == 2)
    #expect(router.statistics.advertisementsReceived == 3)
  }

  @Test func v2KnowsNoPseudoHeader() {
    let configuration = configuration(.v2)
    var message = good(configuration)
    message.replace(at: 6, bigEndian: 0)
    var sum = InternetChecksum()
    sum.add(message.span)
    sum.addPseudoHeader(source: Self.peer, destination: VRRP.groupIPv4, protocol: 112, length: message.count)
    message.replace(at: 6, bigEndian: sum.value)
    expectDrop(.checksum, configuration, message)
  }

  @Test func noAddresses() {
    expectDrop(.addressCount, configuration(), resealed(hex("3133 96 00 0064 0000")))
  }

  @Test func destination() {
    var path = Self.goodPath
    path.destination = address("192.0.2.1")
    let content = configuration().content
    expectDrop(
      .destination, configuration(),
      content.message(priority: 150, source: Self.peer, destination: path.destination), path: path)
    let unicast = configuration { $0.transport = .unicast([Self.peer], checksSource: true) }
    expectDrop(.destination, unicast, good(unicast))
  }

  @Test func unicastSource() {
    let unicast = configuration { $0.transport = .unicast([address("192.0.2.9")], checksSource: true) }
    var path = Self.goodPath
    path.destination = address("192.0.2.1")
    path.hopLimit = 3
    let message = unicast.content.message(priority: 150, source: Self.peer, destination: path.destination)
    expectDrop(.unicastSource, unicast, message, path: path)
    var open = backup(configuration { $0.transport = .unicast([address("192.0.2.9")], checksSource: false) })
    _ = open.perform { $0.receive(message.span, path: path, now: .zero, into: &$1) }
    #expect(open.statistics.advertisementsReceived == 1)
  }

  @Test func ownAddress() {
    var path = Self.goodPath
    path.source = address("192.0.2.1")
    let message = configuration().content.message(priority: 150, source: path.source, destination: path.destination)
    expectDrop(.ownAddress, configuration(), message, path: path)
  }

  @Test func ownerIgnoresOwners() {
    let owner = configuration(priority: 255) { $0.ownerIgnoresAdvertisements = true }
    expectDrop(.ownerIgnoresAdvertisements, owner, good(owner, priority: 255))
  }

  @Test func notListening() {
    var router = Router(configuration(), sourceAddress: address("192.0.2.1"))
    let message = good(configuration())
    _ = router.perform { $0.receive(message.span, path: Self.goodPath, now: .zero, into: &$1) }
    #expect(router.statistics.drops[.notListening] == 1)
    #expect(router.statistics.drops.total == 0)
  }

  @Test func otherAddressesAreCountedAndAccepted() {
    var router = backup(configuration())
    let other = good(configuration { $0.addresses = [address("192.0.2.201")] })
    let effects = router.perform { $0.receive(other.span, path: Self.goodPath, now: .zero, into: &$1) }
    #expect(effects == [.notice(.addressesDiffer(Self.peer))])
    let again = router.perform { $0.receive(other.span, path: Self.goodPath, now: .zero, into: &$1) }
    #expect(again == [], "one line for each sender")
    #expect(router.statistics.addressListErrors == 2)
    #expect(router.statistics.advertisementsReceived == 2)
  }

  @Test func theOrderOfAddressesDoesNotMatter() {
    let addresses = (1...9).map { address("198.51.100.\($0)") }
    var router = backup(configuration { $0.addresses = addresses })
    let message = good(configuration { $0.addresses = addresses.reversed() })
    _ = router.perform { $0.receive(message.span, path: Self.goodPath, now: .zero, into: &$1) }
    #expect(router.statistics.addressListErrors == 0)
  }

  /// Random bytes, and good packets with random changes: nothing traps, and every packet is counted once.
  @Test(arguments: UInt64(1)...8)
  func fuzz(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    let configurations = [
      configuration(), configuration(.v2), configuration(.v2) { $0.authentication = .password(Password("right")) },
      configuration(family: .ipv6), configuration(priority: 255) { $0.prefersMaster = true },
    ]
    for configuration in configurations {
      let v6 = configuration.family == .ipv6
      var router = Router(configuration, sourceAddress: address(v6 ? "fe80::1" : "192.0.2.1"))
      _ = router.perform { $0.start(now: .zero, into: &$1) }
      let source = v6 ? address("fe80::2") : Self.peer
      for round in 0..<2_000 {
        var message: [UInt8]
        if round % 2 == 0 {
          message = (0..<random.next(below: 80)).map { _ in UInt8.random(in: .min ... .max, using: &random) }
        } else {
          message = configuration.content.message(
            priority: UInt8.random(in: .min ... .max, using: &random), source: source,
            destination: VRRP.group(configuration.family))
          for _ in 0..<random.next(below: 3) {
            message[Int(random.next(below: UInt64(message.count)))] = UInt8.random(in: .min ... .max, using: &random)
          }
        }
        let now = Instant(nanoseconds: random.next())
        let path = PacketPath(
          source: source, destination: VRRP.group(configuration.family), hopLimit: 255,
          receivedAt: Instant(nanoseconds: random.next()))
        _ = router.perform { $0.receive(message.span, path: path, now: now, into: &$1) }
        _ = router.perform { $0.deadlineReached(now: now, into: &$1) }
      }
      let drops = DropReason.allCases.map { router.statistics.drops[$0] }.reduce(0, +)
      #expect(router.statistics.advertisementsReceived + drops == 2_000)
    }
  }
}
