import NetPrimitives
import Testing

@testable import VRRPCore

/// What is special about unicast routers: limits of the TTL, having no peers, the checksums of old keepalived.
struct UnicastTests {
  static let ours = address("192.0.2.1")
  static let peer = address("192.0.2.2")

  private func configuration(
    _ version: VRRPVersion = .v3, peers: [IPAddress] = [peer], _ change: (inout RouterConfiguration) -> Void = { _ in }
  ) -> RouterConfiguration {
    VRRPCoreTests.configuration(version) {
      $0.transport = .unicast(peers, checksSource: false)
      change(&$0)
    }
  }

  private func started(_ configuration: RouterConfiguration) -> Router {
    var router = Router(configuration, sourceAddress: Self.ours)
    _ = router.perform { $0.start(now: .zero, into: &$1) }
    return router
  }

  private func receive(
    _ router: inout Router, hopLimit: UInt8? = 255, checksumFor destination: IPAddress = ours
  ) -> DropReason? {
    let message = router.configuration.content.message(priority: 150, source: Self.peer, destination: destination)
    let before = router.statistics.drops
    let path = PacketPath(
      source: Self.peer, destination: Self.ours, hopLimit: hopLimit, receivedAt: .zero + .seconds(1))
    _ = router.perform { $0.receive(message.span, path: path, now: path.receivedAt, into: &$1) }
    return DropReason.allCases.first { router.statistics.drops[$0] != before[$0] }
  }

  @Test func timeToLive() {
    let limits: [(ClosedRange<UInt8>?, [(UInt8?, DropReason?)])] = [
      (nil, [(nil, nil), (1, nil), (255, nil)]),
      (254...255, [(255, nil), (254, nil), (253, .unicastSource), (nil, .unicastSource)]),
      (0...64, [(64, nil), (1, nil), (65, .unicastSource)]),
    ]
    for (range, cases) in limits {
      var router = started(configuration { $0.peerHopLimits = range.map { [Self.peer: $0] } ?? [:] })
      for (hopLimit, reason) in cases {
        #expect(receive(&router, hopLimit: hopLimit) == reason, "\(hopLimit as Any) of \(range as Any)")
      }
    }
  }

  @Test func withoutPeers() {
    var router = started(configuration(peers: []) { $0.needsPeers = true })
    #expect(router.state == .fault)
    #expect(router.faults == .noPeers)
    _ = router.perform {
      $0.reconfigure(configuration { $0.needsPeers = true }, now: .zero + .seconds(1), into: &$1)
    }
    #expect(router.state == .backup)
    _ = router.perform {
      $0.reconfigure(configuration(peers: []) { $0.needsPeers = true }, now: .zero + .seconds(2), into: &$1)
    }
    #expect(router.state == .fault)
    #expect(started(configuration(peers: [])).state == .backup, "without the keyword it is not a fault")
  }

  /// A router announces where it is whenever it begins to listen, and when that changes while it listens; one that uses
  /// multicast has no need to.
  @Test(arguments: [true, false])
  func theSourceIsAnnounced(isUnicast: Bool) {
    var router = Router(isUnicast ? configuration() : VRRPCoreTests.configuration(.v3), sourceAddress: Self.ours)
    let now = Instant.zero + .seconds(1)
    func announces(_ action: (inout Router, inout [Effect]) -> Void) -> Bool {
      let effects = router.perform(action)
      // At once: before anything that takes its time.
      if effects.contains(.announceSource) { #expect(effects.first == .announceSource) }
      return effects.contains(.announceSource)
    }
    func check(_ expected: RouterState, _ isAnnounced: Bool, _ action: (inout Router, inout [Effect]) -> Void) {
      #expect(announces(action) == (isUnicast && isAnnounced))
      #expect(router.state == expected)
    }
    check(.backup, true) { $0.start(now: now, into: &$1) }
    check(.fault, false) { $0.interfaceChanged(isUp: false, now: now, into: &$1) }
    check(.fault, false) { $0.sourceAddressChanged(to: nil, now: now, into: &$1) }
    check(.fault, false) { $0.linkRenewed(now: now, into: &$1) }
    check(.fault, false) { $0.sourceAddressChanged(to: Self.ours, now: now, into: &$1) }
    check(.backup, true) { $0.interfaceChanged(isUp: true, now: now, into: &$1) }
    check(.backup, true) { $0.sourceAddressChanged(to: address("192.0.2.7"), now: now, into: &$1) }
    check(.backup, true) { $0.linkRenewed(now: now, into: &$1) }
    let later = router.nextDeadline ?? now
    check(.master, false) { $0.deadlineReached(now: later, into: &$1) }
    check(.master, true) { $0.sourceAddressChanged(to: Self.ours, now: later, into: &$1) }
    check(.master, true) { $0.linkRenewed(now: later, into: &$1) }
    check(.initialize, false) { $0.shutDown(now: later, into: &$1) }
    check(.initialize, false) { $0.sourceAddressChanged(to: nil, now: later, into: &$1) }
  }

  /// A neighbor may have sent the addresses of a link that has another Ethernet address now to the old one.
  @Test func aRenewedLinkAnnouncesEverything() {
    var router = started(configuration())
    // Long after its own bursts.
    var now = Instant.zero
    while let deadline = router.nextDeadline, deadline <= .zero + .seconds(60) {
      now = deadline
      _ = router.perform { $0.deadlineReached(now: now, into: &$1) }
    }
    #expect(router.state == .master)
    now = now + .milliseconds(1)
    _ = router.perform { $0.linkRenewed(now: now, into: &$1) }
    #expect(router.nextDeadline == now)
    #expect(router.perform { $0.deadlineReached(now: now, into: &$1) }.contains(.announce(0..<1)))
  }

  /// Every router may be listed as a peer on every router.
  @Test func nothingIsSentToItself() {
    var router = started(configuration(peers: [Self.ours, Self.peer]))
    let now = Instant.zero + router.masterDownInterval
    let sent = router.perform { $0.deadlineReached(now: now, into: &$1) }.compactMap { effect -> IPAddress? in
      if case .sendAdvertisement(_, let destination) = effect { destination } else { nil }
    }
    #expect(sent == [Self.peer])
    let resignation = router.perform { $0.shutDown(now: now, into: &$1) }.compactMap { effect -> IPAddress? in
      if case .sendAdvertisement(_, let destination) = effect { destination } else { nil }
    }
    #expect(resignation == [Self.peer])
  }

  private func checksumIsOld(_ router: inout Router) -> Bool? {
    for effect in router.perform({ _ = $0.failOver(now: .zero, into: &$1) }) {
      guard case .sendAdvertisement(let message, Self.peer) = effect else { continue }
      func right(_ destination: IPAddress) -> Bool {
        ChecksumForm.verified(message.span, version: .v3, source: Self.ours, destination: destination) != nil
      }
      #expect(right(Self.peer) != right(VRRP.groupIPv4))
      return right(VRRP.groupIPv4)
    }
    return nil
  }

  @Test func oldChecksums() {
    func owner(_ mode: OldUnicastChecksum) -> Router {
      started(
        configuration {
          $0.oldUnicastChecksum = mode
          $0.priority = 255
          $0.prefersMaster = true
        })
    }
    for (mode, heard, sent) in [
      (OldUnicastChecksum.automatic, DropReason?.none, true), (.always, nil, true), (.never, .checksum, false),
    ] {
      var router = owner(mode)
      #expect(receive(&router, checksumFor: VRRP.groupIPv4) == heard)
      #expect(receive(&router) == nil, "the right one is always right")
      #expect(checksumIsOld(&router) == sent, "\(mode)")
    }
    var unheard = owner(.automatic)
    #expect(checksumIsOld(&unheard) == false)
    // Neither version 2 nor multicast has anything to do with it.
    var multicast = started(VRRPCoreTests.configuration(.v3))
    let message = multicast.configuration.content.message(
      priority: 150, source: Self.peer, destination: address("224.0.0.99"))
    let path = PacketPath(source: Self.peer, destination: VRRP.groupIPv4, hopLimit: 255, receivedAt: .zero)
    _ = multicast.perform { $0.receive(message.span, path: path, now: .zero, into: &$1) }
    #expect(multicast.statistics.drops[.checksum] == 1)
  }

  /// `timer_expired_backup`: whose own advertisement is late by more than others wait gives up.
  @Test(arguments: [UInt8(1), 100, 254])
  func expiredTimer(priority: UInt8) {
    for keyword in [nil, priority] {
      var router = started(
        VRRPCoreTests.configuration(priority: 100) {
          $0.preemption = .never
          $0.expiredTimerPriority = keyword
        })
      guard let becomes = router.nextDeadline else { continue }
      _ = router.perform { $0.deadlineReached(now: becomes, into: &$1) }
      #expect(router.state == .master)
      let limit = Timing.masterDownInterval(version: .v3, priority: priority, interval: .seconds(1))
      guard let next = router.nextDeadline else { continue }
      _ = router.perform { $0.deadlineReached(now: next + limit, into: &$1) }
      #expect(router.state == .master, "not yet too late")
      while let announcement = router.nextDeadline, announcement <= next + limit {
        _ = router.perform { $0.deadlineReached(now: next + limit, into: &$1) }
      }
      guard let later = router.nextDeadline else { continue }
      _ = router.perform { $0.deadlineReached(now: later + limit + .seconds(2), into: &$1) }
      #expect(router.state == (keyword == nil ? .master : .backup))
      if keyword != nil { #expect(router.lastCause == .ownStall) }
    }
  }
}
