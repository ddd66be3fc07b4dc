import NetPrimitives
import Testing

@testable import VRRPCore

/// Two routers that were active beside each other: what the better one learns of it, and says.
struct DualMasterTests {
  /// Both are active because of a cut, the better one since `head` longer than the other.
  private func cut(
    _ version: VRRPVersion = .v3, head: Interval, _ change: (inout RouterConfiguration) -> Void = { _ in }
  ) -> Segment {
    var segment = Segment([200, 100].map { configuration(version, priority: $0, change) })
    segment.isCut = true
    segment.apply(0) { $0.start(now: $1, into: &$2) }
    segment.run(for: head)
    segment.apply(1) { $0.start(now: $1, into: &$2) }
    segment.run(for: .seconds(30))
    return segment
  }

  /// Whoever hears the other first when the cut heals: the better one announces the addresses again, at once.
  @Test(arguments: [VRRPVersion.v2, .v3], 0..<10 as Range<Int64>)
  func theWinnerOfAnEpisodeAnnouncesAgain(version: VRRPVersion, phase: Int64) {
    var segment = cut(version, head: .milliseconds(100) * phase)
    #expect(segment.masters == [0, 1])
    let announcements = segment.announcements
    segment.isCut = false
    segment.run(for: .seconds(1) + Segment.delay * 3)
    #expect(segment.masters == [0])
    #expect(segment.announcements > announcements)
    #expect(segment.routers[0].statistics.dualMasterEpisodes == 1)
    #expect(segment.notifications[0].filter { $0 == .masterReceivedLowerPriority }.count == 1)
    #expect(segment.routers[1].statistics.priorityZeroSent == 0)
    #expect(segment.notifications[1].filter { $0 == .masterReceivedLowerPriority }.isEmpty)
  }

  /// Without the last advertisement there are moments to heal at which it never learns of the other.
  @Test func withoutTheLastWordTheWinnerMayNotKnow() {
    let silent = (0..<10 as Range<Int64>).filter { phase in
      var segment = cut(head: .milliseconds(100) * phase) { $0.answersHigherPriority = false }
      segment.isCut = false
      segment.run(for: .seconds(5))
      return segment.masters == [0] && segment.routers[0].statistics.dualMasterEpisodes == 0
    }
    #expect(!silent.isEmpty)
  }

  /// An ordinary change of the active router is no episode, and nobody's script runs for it.
  @Test func preemptionIsNoEpisode() {
    var segment = Segment([configuration(priority: 200), configuration(priority: 100)])
    segment.apply(1) { $0.start(now: $1, into: &$2) }
    segment.run(for: .seconds(5))
    segment.apply(0) { $0.start(now: $1, into: &$2) }
    segment.run(for: .seconds(20))
    #expect(segment.masters == [0])
    #expect(segment.routers.map(\.statistics.dualMasterEpisodes) == [0, 0])
    #expect(segment.notifications == [[.backup, .master], [.backup, .master, .backup]])
  }

  /// One that goes on after that has not heard us: it counts from its next advertisement on.
  @Test func aRivalThatGoesOnIsAnEpisode() {
    var router = Router(configuration(priority: 200), sourceAddress: address("192.0.2.1"))
    var now = Instant.zero + .seconds(1)
    var effects: [Effect] = []
    router.start(now: now, into: &effects)
    while router.state != .master, let next = router.nextDeadline {
      now = next
      router.deadlineReached(now: now, into: &effects)
    }
    let rival = router.configuration.content.message(
      priority: 100, source: address("192.0.2.2"), destination: VRRP.groupIPv4)
    for round in 0..<4 as Range<UInt64> {
      let path = PacketPath(
        source: address("192.0.2.2"), destination: VRRP.groupIPv4, hopLimit: 255, receivedAt: now + .milliseconds(700))
      router.receive(rival.span, path: path, now: path.receivedAt, into: &effects)
      #expect(router.statistics.dualMasterEpisodes == min(round, 1))
      now = now + .seconds(1)
    }
  }

  /// A rival that resigns was active: that is the end of an episode, too.
  @Test func theWinnerAnnouncesAgainAfterAResignation() {
    var segment = cut(head: .zero)
    let announcements = segment.announcements
    segment.isCut = false
    segment.apply(1) { $0.shutDown(now: $1, into: &$2) }
    segment.run(for: Segment.delay * 2)
    #expect(segment.announcements == announcements + 5)
    #expect(segment.masters == [0])
  }

  /// One that was not running was replaced meanwhile, by somebody who announced that: it says nothing at all.
  @Test func whoWasReplacedInItsSleepSaysNothing() {
    var segment = Segment([configuration(priority: 100), configuration(priority: 200) { $0.preemption = .never }])
    segment.apply(0) { $0.start(now: $1, into: &$2) }
    segment.run(for: .seconds(5))
    segment.apply(1) { $0.start(now: $1, into: &$2) }
    segment.run(for: .seconds(5))
    segment.isAlive[0] = false
    segment.run(for: .seconds(10))
    #expect(segment.masters == [1])
    let sent = segment.routers[0].statistics.advertisementsSent
    // What waits in its socket is read before anything else.
    let theirs = segment.routers[1].configuration.content.message(
      priority: 200, source: address("192.0.2.2"), destination: VRRP.groupIPv4)
    let path = PacketPath(
      source: address("192.0.2.2"), destination: VRRP.groupIPv4, hopLimit: 255,
      receivedAt: segment.now - .milliseconds(500))
    segment.apply(0) { $0.receive(theirs.span, path: path, now: $1, into: &$2) }
    #expect(segment.routers[0].state == .backup)
    #expect(segment.routers[0].statistics.advertisementsSent == sent)
  }

  /// The members of a sync group yield with the one that heard of the better group: those who took their places know.
  @Test func membersOfAGroupSayItToo() {
    var member = Router(configuration { $0.isInSyncGroup = true }, sourceAddress: address("192.0.2.1"))
    var effects: [Effect] = []
    let now = Instant.zero + .seconds(1)
    member.start(now: now, into: &effects)
    while member.groupMember.wantsToBeMaster == false, let next = member.nextDeadline {
      member.deadlineReached(now: next, into: &effects)
    }
    member.follow(.becomeMaster, now: now + .seconds(9), into: &effects)
    effects = []
    member.follow(.yield, now: now + .seconds(10), into: &effects)
    let priorities = effects.compactMap { effect -> UInt8? in
      if case .sendAdvertisement(let message, _) = effect { message[2] } else { nil }
    }
    #expect(priorities == [100, 0])
  }
}
