import NetPrimitives
import Testing

@testable import VRRPCore

/// Two hosts with two members each: routers 0 and 1 are host A's, 2 and 3 host B's; 0 and 2 share a link, as do 1 and 3.
struct SyncGroupTests {
  struct World {
    var now = Instant.zero + .seconds(1)
    var routers: [Router]
    var groups = [SyncGroup(name: "A", members: [0, 1]), SyncGroup(name: "B", members: [2, 3])]
    var cut: Set<Int> = []
    var groupStates: [[RouterState]] = [[], []]
    private var wire: [(due: Instant, from: Int, message: [UInt8])] = []

    init(_ change: (Int, inout RouterConfiguration) -> Void = { _, _ in }) {
      routers = (0..<4).map { index in
        let settings = configuration(priority: index < 2 ? 200 : 100, interval: .centiseconds(10)) {
          $0.isInSyncGroup = true
          $0.virtualRouterID = UInt8(index % 2 + 1)
          change(index, &$0)
        }
        return Router(settings, sourceAddress: address("192.0.2.\(index + 1)"))
      }
    }

    var states: [RouterState] { routers.map(\.state) }

    mutating func apply(_ index: Int, _ action: (inout Router, inout [Effect]) -> Void) {
      act(index, action)
      for group in groups.indices {
        while let member = groups[group].nextStep({ routers[$0].groupMember }) {
          let step = member.step
          let instant = now
          act(member.index) { $0.follow(step, now: instant, into: &$1) }
        }
        if let changed = groups[group].update({ routers[$0].groupMember }) { groupStates[group].append(changed) }
      }
    }

    private mutating func act(_ index: Int, _ action: (inout Router, inout [Effect]) -> Void) {
      var effects: [Effect] = []
      action(&routers[index], &effects)
      for case .sendAdvertisement(let message, _) in effects {
        wire.append((now + .microseconds(200), index, message))
      }
    }

    mutating func run(for interval: Interval) {
      let end = now + interval
      while true {
        let next = (routers.compactMap(\.nextDeadline) + wire.map(\.due)).min() ?? .distantFuture
        guard next <= end else { break }
        now = max(now, next)
        let instant = now
        let due = wire.filter { $0.due <= instant }
        wire.removeAll { $0.due <= instant }
        for packet in due {
          let to = (packet.from + 2) % 4
          guard !cut.contains(packet.from % 2), let source = routers[packet.from].sourceAddress else { continue }
          let path = PacketPath(source: source, destination: VRRP.groupIPv4, hopLimit: 255, receivedAt: now)
          apply(to) { $0.receive(packet.message.span, path: path, now: path.receivedAt, into: &$1) }
        }
        for index in routers.indices where (routers[index].nextDeadline ?? .distantFuture) <= instant {
          apply(index) { $0.deadlineReached(now: instant, into: &$1) }
        }
      }
      now = end
    }

    mutating func startAll() {
      let instant = now
      for index in routers.indices { apply(index) { $0.start(now: instant, into: &$1) } }
    }
  }

  @Test func theBetterGroupIsElected() {
    var world = World()
    world.startAll()
    world.run(for: .seconds(5))
    #expect(world.states == [.master, .master, .backup, .backup])
    #expect(world.groupStates == [[.backup, .master], [.backup]])
  }

  /// One link is cut: its backup would take over, but the other member still hears its master.
  @Test func aMemberAloneIsHeldBack() {
    var world = World()
    world.startAll()
    world.run(for: .seconds(5))
    world.cut = [0]
    world.run(for: .seconds(5))
    #expect(world.states == [.master, .master, .backup, .backup])
    world.cut = [0, 1]
    world.run(for: .seconds(5))
    #expect(world.states == [.master, .master, .master, .master])
    world.cut = []
    world.run(for: .seconds(5))
    #expect(world.states == [.master, .master, .backup, .backup])
  }

  @Test func oneFaultIsEverybodys() {
    var world = World()
    world.startAll()
    world.run(for: .seconds(5))
    let now = world.now
    world.apply(0) { $0.interfaceChanged(isUp: false, now: now, into: &$1) }
    #expect(world.states.prefix(2) == [.fault, .fault])
    #expect(world.routers[1].faults == .syncGroup)
    #expect(world.routers[0].faults == .interfaceDown)
    world.run(for: .seconds(5))
    #expect(world.states == [.fault, .fault, .master, .master])
    let later = world.now
    world.apply(0) { $0.interfaceChanged(isUp: true, now: later, into: &$1) }
    world.run(for: .seconds(5))
    #expect(world.states == [.master, .master, .backup, .backup])
    #expect(world.groupStates == [[.backup, .master, .fault, .backup, .master], [.backup, .master, .backup]])
  }

  @Test func faultsOfTwoMembers() {
    var world = World()
    world.startAll()
    world.run(for: .seconds(5))
    for (member, isUp) in [(0, false), (1, false), (0, true)] {
      let now = world.now
      world.apply(member) { $0.interfaceChanged(isUp: isUp, now: now, into: &$1) }
    }
    #expect(world.states.prefix(2) == [.fault, .fault])
    let now = world.now
    world.apply(1) { $0.interfaceChanged(isUp: true, now: now, into: &$1) }
    #expect(world.states.prefix(2) == [.backup, .backup])
    // Neither came back for a moment in between.
    for router in world.routers.prefix(2) {
      #expect(router.history.transitions.map(\.to) == [.backup, .master, .fault, .backup])
    }
  }

  /// A better router on one link makes the whole group yield.
  @Test func yieldingTogether() {
    var world = World()
    world.startAll()
    world.run(for: .seconds(5))
    let stranger = configuration(priority: 250, interval: .centiseconds(10)) { $0.virtualRouterID = 1 }
    let message = stranger.content.message(
      priority: 250, source: address("192.0.2.9"), destination: VRRP.groupIPv4)
    let path = PacketPath(
      source: address("192.0.2.9"), destination: VRRP.groupIPv4, hopLimit: 255, receivedAt: world.now)
    world.apply(0) { $0.receive(message.span, path: path, now: path.receivedAt, into: &$1) }
    #expect(world.states.prefix(2) == [.backup, .backup])
    #expect(world.routers[1].lastCause == .syncGroup)
    #expect(world.routers[1].statistics.priorityZeroSent == 1)
  }

  @Test func failoverOfOneMember() {
    var world = World()
    world.startAll()
    world.run(for: .seconds(5))
    let now = world.now
    world.apply(1) { router, effects in
      let wasMaster = router.failOver(now: now, into: &effects)
      #expect(wasMaster)
    }
    world.run(for: .milliseconds(150))
    #expect(world.states == [.backup, .backup, .master, .master])
  }

  /// Owners start as masters only if all members are owners (keepalived 4.12).
  @Test(arguments: [true, false])
  func owners(all: Bool) {
    var world = World { index, settings in
      if index == 0 || index == 1 && all {
        settings.priority = 255
        settings.prefersMaster = true
      }
    }
    world.startAll()
    #expect(world.states.prefix(2) == (all ? [.master, .master] : [.backup, .backup]))
  }

  @Test func bfdTakeoverOfOneMemberWaitsForTheOthers() {
    var world = World { index, settings in
      settings.trackers = [Tracker(kind: .bfd, name: index % 2 == 0 ? "b0" : "b1", weight: 1)]
    }
    let report = { (state: BFDReport.State, router: Int) in
      BFDReport(
        state: state, neighbor: address("192.0.2.\(router + 1)"), diagnostic: 1, transmitInterval: .milliseconds(10))
    }
    let start = world.now
    for member in [0, 1] {
      world.apply(member + 2) { $0.bfdChanged(session: "b\(member)", to: report(.up, member), now: start, into: &$1) }
    }
    world.startAll()
    world.run(for: .seconds(5))
    let now = world.now
    for member in [0, 1] {
      world.apply(member + 2) { $0.bfdChanged(session: "b\(member)", to: report(.down, member), now: now, into: &$1) }
      world.apply(member + 2) { $0.deadlineReached(now: now, into: &$1) }
      #expect(world.routers[2].state == (member == 0 ? .backup : .master))
    }
    #expect(world.routers[3].lastCause == .bfdTakeover(session: "b1"))
  }

  @Test func aGroupFormedAnewSaysOnlyWhatChanged() {
    var world = World()
    world.startAll()
    world.run(for: .seconds(5))
    let routers = world.routers
    let member = { routers[$0].groupMember }
    var group = SyncGroup(name: "A", members: [0, 1], state: world.groups[0].state)
    #expect(group.update(member) == nil)
    var changed = SyncGroup(name: "A", members: [2, 3], state: world.groups[0].state)
    #expect(changed.update(member) == .backup)
    #expect(changed.state == .backup)
  }
}
