import NetPrimitives
import Testing

@testable import VRRPCore

/// Two or three routers on one link and a virtual clock.
struct ElectionTests {
  private func pair(
    _ version: VRRPVersion = .v3, family: AddressFamily = .ipv4, _ priorities: [UInt8] = [100, 200],
    interval: Interval = .seconds(1), _ change: (inout RouterConfiguration) -> Void = { _ in }
  ) -> Segment {
    Segment(priorities.map { configuration(version, family: family, priority: $0, interval: interval, change) })
  }

  @Test(arguments: [(VRRPVersion.v2, AddressFamily.ipv4), (.v3, .ipv4), (.v3, .ipv6)])
  func theBestOfThreeIsElected(version: VRRPVersion, family: AddressFamily) {
    var segment = pair(version, family: family, [100, 254, 1])
    segment.startAll()
    segment.run(for: .seconds(10))
    #expect(segment.masters == [1])
    #expect(segment.transitions.filter { $0.to == .master }.map(\.router) == [1])
    #expect(segment.holdsAddresses == [false, true, false])
  }

  /// Starts as backup with the full timer even with `state MASTER` (keepalived 4.4).
  @Test func stateMasterDoesNotSkipTheElection() {
    var segment = pair(.v3, [200]) { $0.prefersMaster = true }
    segment.startAll()
    #expect(segment.routers[0].state == .backup)
  }

  @Test func ownerStartsAsMaster() {
    var segment = pair(.v3, [255, 100]) { $0.prefersMaster = true }
    segment.startAll()
    #expect(segment.routers[0].state == .master)
    #expect(segment.routers[0].lastCause == .ownAddresses)
    segment.run(for: .seconds(10))
    #expect(segment.masters == [0])
  }

  @Test(arguments: [Interval.centiseconds(3), .seconds(1)])
  func deathReturnAndPreemption(interval: Interval) {
    var segment = pair(.v3, [200, 100], interval: interval)
    segment.startAll()
    segment.run(for: interval * 10)
    #expect(segment.masters == [0])
    segment.isAlive[0] = false
    let death = segment.now
    segment.run(for: interval * 5)
    #expect(segment.masters == [1])
    #expect(segment.transitions.last?.cause == .masterTimeout)
    let takeover = segment.transitions.last.map { $0.time - death } ?? .greatest
    #expect(takeover <= segment.routers[1].masterDownInterval + Segment.delay)
    segment.isAlive[0] = true
    segment.apply(0) { $0.shutDown(now: $1, into: &$2) }
    segment.apply(0) { $0.start(now: $1, into: &$2) }
    segment.run(for: interval * 5)
    #expect(segment.masters == [0])
    #expect(segment.routers[0].lastCause == .preemption)
    #expect(segment.routers[1].lastCause == .betterRouter)
    #expect(segment.holdsAddresses == [true, false])
    #expect(segment.routers[1].statistics.dualMasterEpisodes == 0)
  }

  @Test func nopreemptKeepsThePresentMaster() {
    var segment = pair(.v3, [200, 100]) { $0.preemption = .never }
    segment.apply(1) { $0.start(now: $1, into: &$2) }
    segment.run(for: .seconds(5))
    segment.apply(0) { $0.start(now: $1, into: &$2) }
    segment.run(for: .seconds(20))
    #expect(segment.masters == [1])
  }

  /// V13: an owner preempts all the same.
  @Test func ownerPreemptsWithNopreempt() {
    var segment = pair(.v3, [255, 100]) { $0.preemption = .never }
    segment.apply(1) { $0.start(now: $1, into: &$2) }
    segment.run(for: .seconds(5))
    segment.apply(0) { $0.start(now: $1, into: &$2) }
    segment.run(for: .seconds(5))
    #expect(segment.masters == [0])
  }

  /// What the operator is promised while the delay runs is what happens.
  @Test(arguments: [Interval.seconds(30), .milliseconds(30_500), .milliseconds(200)])
  func preemptDelayEndsWhenItSaysSo(delay: Interval) {
    var segment = pair(.v3, [200, 100]) { $0.preemption = .after(delay) }
    segment.isAlive[0] = false
    segment.startAll()
    segment.run(for: .seconds(10))
    segment.isAlive[0] = true
    segment.apply(0) { $0.interfaceChanged(isUp: false, now: $1, into: &$2) }
    segment.apply(0) { $0.interfaceChanged(isUp: true, now: $1, into: &$2) }
    segment.run(for: .seconds(2))
    guard segment.routers[0].state == .backup, let promised = segment.routers[0].preemptionExpected else {
      Issue.record("it does not wait: \(segment.routers[0].state)")
      return
    }
    segment.run(for: .seconds(60))
    let became = segment.transitions.last { $0.router == 0 && $0.to == .master }?.time
    #expect(became == promised)
  }

  /// Whoever is master is known, although we do not want it to be.
  @Test func aMasterOfLowerPriorityIsRemembered() {
    var segment = pair(.v3, [200, 100])
    segment.apply(0) { $0.setMaintenance(true, now: $1, into: &$2) }
    segment.startAll()
    segment.run(for: .seconds(10))
    #expect(segment.masters == [1])
    #expect(segment.routers[0].lastHeard?.priority == 100)
    #expect(segment.routers[0].lastHeard.map { segment.now - $0.receivedAt <= .seconds(1) } == true)
  }

  @Test func preemptDelay() {
    var segment = pair(.v3, [200, 100]) { $0.preemption = .after(.seconds(30)) }
    segment.apply(1) { $0.start(now: $1, into: &$2) }
    segment.run(for: .seconds(5))
    segment.apply(0) { $0.start(now: $1, into: &$2) }
    let start = segment.now
    segment.run(for: .seconds(60))
    #expect(segment.masters == [0])
    let waited = (segment.transitions.last { $0.router == 0 }?.time).map { $0 - start } ?? .zero
    #expect(waited >= .seconds(30))
    #expect(waited <= .seconds(36))
  }

  /// V10: a master that stops says so, and the backup waits no longer than its skew time.
  @Test func priorityZero() {
    var segment = pair(.v2, [200, 100])
    segment.startAll()
    segment.run(for: .seconds(10))
    segment.apply(0) { $0.shutDown(now: $1, into: &$2) }
    #expect(segment.routers[0].statistics.priorityZeroSent == 1)
    #expect(segment.notifications[0].last == .stop)
    #expect(segment.holdsAddresses[0] == false)
    let stop = segment.now
    segment.run(for: .seconds(2))
    #expect(segment.masters == [1])
    #expect(segment.routers[1].lastCause == .masterResigned)
    #expect(segment.transitions.last.map { $0.time - stop } == Segment.delay + .milliseconds(1_000) * 156 / 256)
  }

  @Test func masterAnswersPriorityZeroAtOnce() {
    var segment = pair(.v3, [200, 100])
    segment.startAll()
    segment.run(for: .seconds(10))
    let sent = segment.routers[0].statistics.advertisementsSent
    let farewell = segment.routers[1].configuration.content.message(
      priority: 0, source: address("192.0.2.2"), destination: VRRP.groupIPv4)
    let path = PacketPath(
      source: address("192.0.2.2"), destination: VRRP.groupIPv4, hopLimit: 255, receivedAt: segment.now)
    segment.apply(0) { $0.receive(farewell.span, path: path, now: $1, into: &$2) }
    #expect(segment.routers[0].nextDeadline == segment.now)
    segment.run(for: .zero)
    #expect(segment.routers[0].statistics.advertisementsSent == sent + 1)
  }

  /// V11: equal priorities on both sides of a cut: when it heals, the higher address stays and announces itself again.
  @Test func equalPriorities() {
    var segment = pair(.v3, [100, 100])
    segment.isCut = true
    segment.startAll()
    segment.run(for: .seconds(20))
    #expect(segment.masters == [0, 1])
    let announcements = segment.announcements
    segment.isCut = false
    segment.run(for: .seconds(2))
    #expect(segment.masters == [1])
    #expect(segment.holdsAddresses == [false, true])
    // After the other's advertisement. What its last asks for, with which it yields, waits for the limit, and is not lost.
    #expect(segment.announcements == announcements + 5)
    segment.run(for: .milliseconds(2_800))
    #expect(segment.announcements == announcements + 6)
    #expect(segment.routers[1].statistics.dualMasterEpisodes == 1)
    #expect(segment.notifications[1].last == .masterReceivedLowerPriority)
  }

  /// Not in backup: an equal priority keeps the present master, whatever its address.
  @Test func noTieBreakInBackup() {
    var segment = pair(.v3, [100, 100])
    segment.apply(0) { $0.start(now: $1, into: &$2) }
    segment.run(for: .seconds(5))
    segment.apply(1) { $0.start(now: $1, into: &$2) }
    segment.run(for: .seconds(20))
    #expect(segment.masters == [0])
  }

  /// A master against every priority and both orders of address: it stays or yields, and answers if it stays.
  @Test func everyPriorityAgainstAMaster() {
    for mine in [UInt8(1), 100, 254] {
      for theirs in UInt8(1)...255 {
        for higherAddress in [false, true] {
          var router = Router(configuration(priority: mine), sourceAddress: address("192.0.2.5"))
          _ = router.perform { $0.start(now: .zero, into: &$1) }
          let now = Instant.zero + router.masterDownInterval
          _ = router.perform { $0.deadlineReached(now: now, into: &$1) }
          let source = address(higherAddress ? "192.0.2.6" : "192.0.2.4")
          let message = router.configuration.content.message(
            priority: theirs, source: source, destination: VRRP.groupIPv4)
          let path = PacketPath(
            source: source, destination: VRRP.groupIPv4, hopLimit: 255, receivedAt: now + .milliseconds(1))
          _ = router.perform { $0.receive(message.span, path: path, now: path.receivedAt, into: &$1) }
          let yields = theirs > mine || theirs == mine && higherAddress
          #expect(router.state == (yields ? .backup : .master))
          if !yields { #expect(router.nextDeadline.map { $0 <= path.receivedAt } == true, "it answers at once") }
        }
      }
    }
  }

  @Test func lowerPrioNoAdvert() {
    var segment = pair(.v3, [200, 100]) { $0.staysSilentOnLowerPriority = true }
    segment.startAll()
    segment.run(for: .seconds(10))
    let deadline = segment.routers[0].nextDeadline
    let message = segment.routers[1].configuration.content.message(
      priority: 100, source: address("192.0.2.2"), destination: VRRP.groupIPv4)
    let path = PacketPath(
      source: address("192.0.2.2"), destination: VRRP.groupIPv4, hopLimit: 255, receivedAt: segment.now)
    segment.apply(0) { $0.receive(message.span, path: path, now: $1, into: &$2) }
    let sent = segment.routers[0].statistics.advertisementsSent
    segment.run(for: .zero)
    #expect(segment.routers[0].statistics.advertisementsSent == sent)
    #expect(deadline != nil)
  }

  /// V12: the backup follows the interval that the active router announces.
  @Test func backupFollowsTheInterval() {
    var segment = Segment([
      configuration(priority: 200, interval: .centiseconds(10)), configuration(priority: 100, interval: .seconds(10)),
    ])
    segment.startAll()
    segment.run(for: .seconds(3))
    #expect(segment.routers[1].masterAdvertisementInterval == .centiseconds(10))
    segment.isAlive[0] = false
    segment.run(for: .milliseconds(500))
    #expect(segment.masters == [1])
    #expect(segment.routers[1].masterAdvertisementInterval == .seconds(10), "its own again")
  }

  @Test func losingTheInterfaceIsAFault() {
    var segment = pair(.v3, [200, 100])
    segment.startAll()
    segment.run(for: .seconds(10))
    segment.apply(0) { $0.interfaceChanged(isUp: false, now: $1, into: &$2) }
    #expect(segment.routers[0].state == .fault)
    #expect(segment.notifications[0] == [.backup, .master, .fault])
    #expect(segment.routers[0].statistics.priorityZeroSent == 1, "once, unlike keepalived")
    segment.run(for: .seconds(2))
    #expect(segment.masters == [1])
    segment.apply(0) { $0.interfaceChanged(isUp: true, now: $1, into: &$2) }
    #expect(segment.routers[0].state == .backup)
    segment.run(for: .seconds(5))
    #expect(segment.masters == [0])
  }

  @Test func losingTheAddressIsAFault() {
    var segment = pair(.v3, [200])
    segment.startAll()
    segment.apply(0) { $0.sourceAddressChanged(to: nil, now: $1, into: &$2) }
    #expect(segment.routers[0].state == .fault)
    #expect(segment.routers[0].lastCause == .fault(.noSourceAddress))
    segment.apply(0) { $0.sourceAddressChanged(to: address("192.0.2.77"), now: $1, into: &$2) }
    #expect(segment.routers[0].state == .backup)
  }

  /// The order in which a new master acts: it is heard first.
  @Test func orderOfBecomingMaster() {
    var router = Router(
      configuration {
        $0.addresses = [address("192.0.2.200"), address("192.0.2.201")]
        $0.announcements.repeats = 2
      }, sourceAddress: address("192.0.2.1"))
    _ = router.perform { $0.start(now: .zero, into: &$1) }
    let now = Instant.zero + router.masterDownInterval
    var effects = router.perform { $0.deadlineReached(now: now, into: &$1) }
    #expect(router.nextDeadline == now, "the second round is a turn of its own")
    effects += router.perform { $0.deadlineReached(now: now, into: &$1) }
    let kinds = effects.map { effect in
      switch effect {
      case .sendAdvertisement: "advertisement"
      case .addAddresses: "addresses"
      case .announce(let run): "announce \(run)"
      case .notify(let notification, let priority): "\(notification.rawValue) \(priority)"
      case .stateChanged(let transition): "\(transition.from.rawValue) \(transition.to.rawValue)"
      default: "other"
      }
    }
    #expect(
      kinds == ["advertisement", "addresses", "announce 0..<2", "MASTER 100", "backup master", "announce 0..<2"])
  }

  /// With 250 addresses, announcing takes several turns, and the advertisement comes first in each.
  @Test func announcementsArePaced() {
    var router = Router(
      configuration(interval: .centiseconds(1)) {
        $0.addresses = (0..<250).map { address("198.51.100.\($0)") }
        $0.announcements.delay = .zero
      }, sourceAddress: address("192.0.2.1"))
    _ = router.perform { $0.start(now: .zero, into: &$1) }
    var now = Instant.zero + router.masterDownInterval
    var announced = [Int](repeating: 0, count: 250)
    var turns = 0
    while turns < 200, router.statistics.announcementsSent < 1_250 {
      let effects = router.perform { $0.deadlineReached(now: now, into: &$1) }
      var inThisTurn = 0
      for case .announce(let run) in effects {
        for index in run { announced[index] += 1 }
        inThisTurn += run.count
      }
      #expect(inThisTurn <= AnnouncementSchedule.portion)
      now = max(now, router.nextDeadline ?? now)
      turns += 1
    }
    #expect(announced.allSatisfy { $0 == 5 })
    #expect(turns == 40)
  }

  @Test func secondBurstAndRefresh() {
    var segment = pair(.v3, [100]) {
      $0.announcements.refresh = .seconds(60)
      $0.announcements.refreshRepeats = 2
    }
    segment.startAll()
    segment.run(for: .seconds(4))
    #expect(segment.announcements == 5)
    segment.run(for: .seconds(6))
    #expect(segment.announcements == 10)
    segment.run(for: .seconds(60))
    #expect(segment.announcements == 12)
    segment.run(for: .seconds(60))
    #expect(segment.announcements == 14)
  }

  @Test func failoverAndMaintenance() {
    var segment = pair(.v3, [200, 100])
    segment.startAll()
    segment.run(for: .seconds(10))
    segment.apply(0) { router, now, effects in
      #expect(router.failOver(now: now, into: &effects))
    }
    segment.run(for: .seconds(20))
    #expect(segment.masters == [1], "the better router does not take it back")
    segment.apply(1) { $0.setMaintenance(true, now: $1, into: &$2) }
    segment.run(for: .seconds(20))
    #expect(segment.masters == [0])
    segment.isAlive[0] = false
    segment.run(for: .seconds(20))
    #expect(segment.masters == [])
    segment.apply(1) { $0.setMaintenance(false, now: $1, into: &$2) }
    segment.run(for: .seconds(5))
    #expect(segment.masters == [1])
    segment.apply(1) { router, now, effects in
      router.setMaintenance(true, now: now, into: &effects)
      #expect(router.failOver(now: now, into: &effects) == false)
    }
  }

  @Test func reconfigurationKeepsTheState() {
    var segment = pair(.v3, [200, 100])
    segment.startAll()
    segment.run(for: .seconds(10))
    let deadline = segment.routers[0].nextDeadline
    let sent = segment.routers[0].statistics.advertisementsSent
    segment.apply(0) { $0.reconfigure($0.configuration, now: $1, into: &$2) }
    #expect(segment.routers[0].nextDeadline == deadline)
    #expect(segment.routers[0].statistics.advertisementsSent == sent)
    var lower = segment.routers[0].configuration
    lower.priority = 50
    segment.apply(0) { $0.reconfigure(lower, now: $1, into: &$2) }
    #expect(segment.routers[0].effectivePriority == 50)
    segment.run(for: .seconds(5))
    #expect(segment.masters == [1])
  }

  // MARK: Late is not dead

  /// A backup that was frozen reads what had arrived before it believes in its timer.
  @Test func frozenBackupDoesNotTakeOver() {
    var segment = pair(.v3, [200, 100], interval: .centiseconds(3))
    segment.startAll()
    segment.run(for: .seconds(1))
    segment.isAlive[1] = false
    segment.run(for: .seconds(5))
    segment.isAlive[1] = true
    segment.run(for: .seconds(1))
    #expect(segment.masters == [0])
    #expect(segment.routers[1].statistics.masterTransitions == 0)
    #expect(segment.routers[1].statistics.ownStalls == 1)
  }

  /// The benefit of the doubt is given once: a backup that is always late still takes over.
  @Test func lateBackupTakesOverInTheEnd() {
    var router = Router(configuration(interval: .centiseconds(3)), sourceAddress: address("192.0.2.1"))
    _ = router.perform { $0.start(now: .zero, into: &$1) }
    for _ in 0..<2 {
      guard let deadline = router.nextDeadline else { break }
      _ = router.perform { $0.deadlineReached(now: deadline + .milliseconds(50), into: &$1) }
    }
    #expect(router.state == .master)
    #expect(router.history.transitions.last?.lateness == .milliseconds(50))
  }

  /// A master that was frozen while another took over: with nopreempt the other stays, and not one advertisement is sent.
  @Test(arguments: [true, false])
  func frozenMaster(mayPreempt: Bool) {
    var segment = pair(.v3, [200, 100], interval: .centiseconds(3)) {
      if !mayPreempt { $0.preemption = .never }
    }
    segment.apply(0) { $0.start(now: $1, into: &$2) }
    segment.run(for: .seconds(1))
    segment.apply(1) { $0.start(now: $1, into: &$2) }
    segment.run(for: .seconds(1))
    #expect(segment.masters == [0])
    segment.isAlive[0] = false
    segment.run(for: .seconds(5))
    #expect(segment.masters == [1])
    let sent = segment.routers[0].statistics.advertisementsSent
    // What the socket held: an advertisement of the new master, read before anything is done.
    let path = PacketPath(
      source: address("192.0.2.2"), destination: VRRP.groupIPv4, hopLimit: 255,
      receivedAt: segment.now - .milliseconds(10))
    let message = segment.routers[1].configuration.content.message(
      priority: 100, source: path.source, destination: path.destination)
    segment.isAlive[0] = true
    for _ in 0..<100 { segment.apply(0) { $0.receive(message.span, path: path, now: $1, into: &$2) } }
    segment.apply(0) { $0.deadlineReached(now: $1, into: &$2) }
    #expect(segment.routers[0].statistics.ownStalls == 1)
    if mayPreempt {
      #expect(segment.routers[0].statistics.advertisementsSent == sent + 1, "one answer to a hundred packets")
    } else {
      #expect(segment.routers[0].statistics.advertisementsSent == sent)
      #expect(segment.routers[0].lastCause == .ownStall)
    }
    segment.run(for: .seconds(5))
    #expect(segment.masters == [mayPreempt ? 0 : 1])
    #expect(segment.routers[0].statistics.dualMasterEpisodes == 1)
  }

  @Test func historyIsBounded() {
    var router = Router(configuration(), sourceAddress: address("192.0.2.1"))
    _ = router.perform { $0.start(now: .zero, into: &$1) }
    for round in 0..<100 {
      let now = Instant.zero + .seconds(Int64(round))
      _ = router.perform { $0.interfaceChanged(isUp: round % 2 == 1, now: now, into: &$1) }
    }
    #expect(router.history.transitions.count == History.capacity)
    #expect(router.history.transitions.last?.to == .backup)
  }
}
