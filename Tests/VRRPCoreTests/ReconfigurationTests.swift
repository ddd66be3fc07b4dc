import NetPrimitives
import Testing

@testable import VRRPCore

/// A changed configuration leaves what a start with it would, in the same role.
struct ReconfigurationTests {
  /// One router that became active long ago.
  private func active(_ change: (inout RouterConfiguration) -> Void = { _ in }) -> Segment {
    var segment = Segment([configuration(.v3, change)])
    segment.startAll()
    segment.run(for: .seconds(600))
    segment.announcements = 0
    return segment
  }

  private func change(
    _ segment: inout Segment, _ router: Int = 0, _ change: (inout RouterConfiguration) -> Void
  ) {
    var new = segment.routers[router].configuration
    change(&new)
    segment.apply(router) { $0.reconfigure(new, now: $1, into: &$2) }
  }

  @Test func refreshesEndAndBeginWithTheirKeyword() {
    var segment = active { $0.announcements.refresh = .seconds(60) }
    segment.run(for: .seconds(600))
    #expect(segment.announcements == 10)
    change(&segment) { $0.announcements.refresh = .zero }
    segment.announcements = 0
    segment.run(for: .seconds(600))
    #expect(segment.announcements == 0)
    change(&segment) { $0.announcements.refresh = .seconds(30) }
    segment.run(for: .seconds(600))
    #expect(segment.announcements == 20)
  }

  @Test func aSecondBurstIsNotLaterThanConfigured() {
    var segment = active()
    change(&segment) {
      $0.addresses = [address("192.0.2.201")]
      $0.announcements.delay = .seconds(3_600)
    }
    segment.run(for: .seconds(60))
    #expect(segment.announcements == 5)
    change(&segment) {
      $0.announcements.delay = .seconds(5)
    }
    segment.run(for: .seconds(60))
    #expect(segment.announcements == 10)
  }

  @Test func anAddressOnAnotherInterfaceIsAnnounced() {
    var segment = active { $0.places = ["192.0.2.200 eth0"] }
    change(&segment) { $0.places = ["192.0.2.200 eth1"] }
    segment.run(for: .seconds(60))
    #expect(segment.announcements == 10)
  }

  @Test func preemptionIsDecidedByTheNewConfiguration() {
    var segment = Segment([configuration(priority: 100), configuration(priority: 200) { $0.preemption = .never }])
    segment.apply(0) { $0.start(now: $1, into: &$2) }
    segment.run(for: .seconds(10))
    segment.apply(1) { $0.start(now: $1, into: &$2) }
    segment.run(for: .seconds(10))
    #expect(segment.masters == [0])
    // It is about to preempt when it is forbidden to.
    change(&segment, 1) { $0.preemption = .after(.zero) }
    segment.run(for: .seconds(2))
    change(&segment, 1) { $0.preemption = .never }
    segment.run(for: .seconds(30))
    #expect(segment.masters == [0] && segment.routers[1].state == .backup)
    // A delay that runs counts from its beginning.
    change(&segment, 1) { $0.preemption = .after(.seconds(100)) }
    segment.run(for: .seconds(50))
    #expect(segment.routers[1].preemptionAllowed != nil)
    change(&segment, 1) { $0.preemption = .after(.seconds(40)) }
    segment.run(for: .seconds(5))
    #expect(segment.masters == [1])
  }

  /// A session that is up is no fault before the router is told of it.
  @Test func whatIsKnownIsToldBeforeItCounts() {
    var segment = active()
    let before = segment.transitions.count
    var new = segment.routers[0].configuration
    new.trackers = [Tracker(kind: .bfd, name: "up"), Tracker(kind: .interface, name: "eth9", weight: -20)]
    let report = BFDReport(
      state: .up, neighbor: address("192.0.2.9"), diagnostic: 0, transmitInterval: .milliseconds(10))
    segment.apply(0) { router, now, effects in
      router.reconfigure(new, now: now, into: &effects) {
        $0.bfdChanged(session: "up", to: report, now: now, into: &$1)
        $0.trackerChanged(.interface, "eth9", to: .down, now: now, into: &$1)
      }
    }
    #expect(segment.masters == [0] && segment.transitions.count == before)
    #expect(segment.routers[0].effectivePriority == 80)
    segment.apply(0) { router, now, effects in
      var down = report
      (down.state, down.diagnostic) = (.down, 1)
      router.bfdChanged(session: "up", to: down, now: now, into: &effects)
    }
    #expect(segment.routers[0].state == .fault)
    change(&segment) { $0.trackers = [] }
    #expect(segment.routers[0].state == .backup && segment.routers[0].effectivePriority == 100)
  }

  @Test func theIntervalOfTheActiveRouterIsKeptAndOursIsDerived() {
    var segment = Segment([configuration(priority: 200, interval: .seconds(2)), configuration(interval: .seconds(1))])
    segment.startAll()
    segment.run(for: .seconds(20))
    change(&segment, 1) { $0.advertisementInterval = .seconds(9) }
    #expect(segment.routers[1].masterAdvertisementInterval == .seconds(2))
    segment.isAlive[0] = false
    segment.run(for: .seconds(8))
    #expect(segment.masters == [1])
    change(&segment, 1) { $0.advertisementInterval = .seconds(4) }
    #expect(segment.routers[1].masterAdvertisementInterval == .seconds(4))
  }
}

/// A sync group that comes, goes, or gets another member.
struct ReformedGroupTests {
  /// Router 0 (on link 0) and router 3 (on link 1) are active, and none is in a group.
  private func crossed() -> SyncGroupTests.World {
    var world = SyncGroupTests.World { index, settings in
      settings.isInSyncGroup = false
      settings.priority = index == 0 || index == 3 ? 200 : 100
    }
    world.groups = []
    world.startAll()
    world.run(for: .seconds(5))
    return world
  }

  private func regroup(_ world: inout SyncGroupTests.World, _ groups: [[Int]]) {
    world.groups = groups.enumerated().map { SyncGroup(name: "\($0.offset)", members: $0.element) }
    world.groupStates = groups.map { _ in [] }
    let now = world.now
    for index in world.routers.indices {
      var new = world.routers[index].configuration
      new.isInSyncGroup = groups.contains { $0.contains(index) }
      world.apply(index) { $0.reconfigure(new, now: now, into: &$1) }
    }
  }

  @Test func membersOfANewGroupAgree() {
    var world = crossed()
    #expect(world.states == [.master, .backup, .backup, .master])
    regroup(&world, [[0, 1]])
    #expect(world.states.prefix(2) == [.backup, .backup])
    world.run(for: .seconds(5))
    #expect(world.states == [.backup, .backup, .master, .master])
    regroup(&world, [[0, 1], [2, 3]])
    world.run(for: .seconds(5))
    #expect(world.states == [.backup, .backup, .master, .master])
  }

  @Test func aMemberOfAGroupThatIsGoneIsOnItsOwn() {
    var world = SyncGroupTests.World()
    world.startAll()
    world.run(for: .seconds(5))
    let now = world.now
    world.apply(0) { $0.interfaceChanged(isUp: false, now: now, into: &$1) }
    #expect(world.states.prefix(2) == [.fault, .fault])
    regroup(&world, [[2, 3]])
    #expect(world.states.prefix(2) == [.fault, .backup])
    #expect(world.routers[1].faults.isEmpty)
    world.run(for: .seconds(5))
    #expect(world.routers[0].faults == .interfaceDown && !world.routers[1].faults.contains(.syncGroup))
  }

  /// A member that waits for the others to agree need not when there are no others.
  @Test func aWishOutlivesItsGroup() {
    var world = SyncGroupTests.World()
    world.startAll()
    world.run(for: .seconds(5))
    world.cut = [0]
    world.run(for: .seconds(1))
    #expect(world.states == [.master, .master, .backup, .backup])
    regroup(&world, [[0, 1]])
    world.run(for: .milliseconds(1))
    #expect(world.states == [.master, .master, .master, .backup])
  }

  /// A new member joins the active ones when nobody else is active, and the group says nothing meanwhile.
  @Test func aFreshMemberJoins() {
    var world = SyncGroupTests.World { index, settings in settings.isInSyncGroup = index == 0 }
    world.cut = [0, 1]
    world.groups = [SyncGroup(name: "A", members: [0])]
    let now = world.now
    world.apply(0) { $0.start(now: now, into: &$1) }
    world.run(for: .seconds(5))
    #expect(world.groupStates[0] == [.backup, .master])
    world.groups = [SyncGroup(name: "A", members: [0, 1], state: .master)]
    var new = world.routers[1].configuration
    new.isInSyncGroup = true
    let later = world.now
    world.apply(1) { $0.reconfigure(new, now: later, into: &$1) }
    world.apply(1) { $0.start(now: later, into: &$1) }
    #expect(world.states.prefix(2) == [.master, .backup])
    world.run(for: .seconds(5))
    #expect(world.states.prefix(2) == [.master, .master])
    #expect(world.groupStates[0] == [.backup, .master], "it was active all the time")
  }

  /// Where another router is active for the new member, the group yields.
  @Test func aFreshMemberThatHearsAnActiveRouter() {
    var world = crossed()
    regroup(&world, [[0]])
    #expect(world.states[0] == .master)
    regroup(&world, [[0, 1]])
    #expect(world.states.prefix(2) == [.backup, .backup])
    #expect(world.routers[0].statistics.priorityZeroSent == 1)
  }
}
