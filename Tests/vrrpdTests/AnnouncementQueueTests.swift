@testable import KeepalivedConfig
import NetPrimitives
import Testing

@testable import vrrpd

/// `garp_interval`, `gna_interval` and `garp_group`.
struct AnnouncementQueueTests {
  private func queue(_ change: (inout Configuration) -> Void) -> AnnouncementQueue {
    var configuration = Configuration()
    change(&configuration)
    var queue = AnnouncementQueue()
    queue.setPacing(AnnouncementPacing(configuration))
    return queue
  }

  private func append(
    _ queue: inout AnnouncementQueue, _ instance: String, _ address: Int, _ family: AddressFamily = .ipv4,
    on interface: String = "eth0"
  ) -> Bool {
    queue.append(.init(instance: instance, address: address), family: family, interface: interface)
  }

  /// Everything that leaves, with the time at which it does.
  private func run(_ queue: inout AnnouncementQueue, from start: Instant) -> [(time: Interval, item: String)] {
    var now = start
    var result: [(Interval, String)] = []
    while let deadline = queue.nextDeadline, result.count < 1_000 {
      now = max(now, deadline)
      result += queue.due(now: now).map { (now - start, "\($0.instance)\($0.address)") }
    }
    return result.map { (time: $0.0, item: $0.1) }
  }

  @Test func withoutSpacingNothingWaits() {
    var queue = queue { _ in }
    #expect(!append(&queue, "A", 0))
    #expect(queue.nextDeadline == nil)
  }

  @Test func roundsOverAllAddressesOfAllInstances() {
    var queue = queue { $0.global.garpInterval = .milliseconds(10) }
    for _ in 0..<2 {
      for address in 0..<2 { #expect(append(&queue, "A", address)) }
      #expect(append(&queue, "B", 0))
    }
    let sent = run(&queue, from: .zero + .seconds(9))
    #expect(sent.map(\.item) == ["A0", "A1", "B0", "A0", "A1", "B0"])
    #expect(sent.map(\.time) == (0..<6).map { .milliseconds($0 * 10) })
    // The spacing holds also for what comes later.
    #expect(append(&queue, "A", 0))
    #expect(queue.nextDeadline == .zero + .seconds(9) + .milliseconds(60))
  }

  @Test func interfacesAndFamiliesDoNotWaitForEachOther() {
    var queue = queue {
      $0.global.garpInterval = .milliseconds(10)
      $0.global.gnaInterval = .milliseconds(20)
    }
    for address in 0..<2 {
      #expect(append(&queue, "A", address))
      #expect(append(&queue, "B", address, on: "eth1"))
      #expect(append(&queue, "C", address, .ipv6))
    }
    let sent = run(&queue, from: .zero + .seconds(1))
    func times(_ instance: Character) -> [Interval] { sent.filter { $0.item.first == instance }.map(\.time) }
    #expect(times("A") == [.zero, .milliseconds(10)])
    #expect(times("B") == [.zero, .milliseconds(10)])
    #expect(times("C") == [.zero, .milliseconds(20)])
  }

  @Test func interfacesOfAGroupShareTheSpacing() {
    var queue = queue {
      $0.global.garpInterval = .milliseconds(1)
      var group = GratuitousGroup(location: somewhere)
      group.garpInterval = .milliseconds(10)
      group.interfaces = ["eth0", "eth1"]
      $0.gratuitousGroups = [group]
    }
    #expect(append(&queue, "A", 0))
    #expect(append(&queue, "B", 0, on: "eth1"))
    #expect(append(&queue, "C", 0, on: "eth2"))
    #expect(!append(&queue, "D", 0, .ipv6), "the group says nothing of IPv6, and neither does global_defs")
    let sent = run(&queue, from: .zero + .seconds(1))
    #expect(Set(sent.map { "\($0.item) \($0.time.milliseconds)" }) == ["A0 0", "C0 0", "B0 10"])
  }

  /// Bursts that come faster than the queue empties do not make it longer.
  @Test func isBounded() {
    var queue = queue { $0.global.garpInterval = .microseconds(1) }
    for _ in 0..<10_000 { _ = append(&queue, "A", 0) }
    #expect(run(&queue, from: .zero + .seconds(1)).count == AnnouncementQueue.roundLimit)
  }

  @Test func whoLeavesAnnouncesNothing() {
    var queue = queue { $0.global.garpInterval = .milliseconds(10) }
    for address in 0..<3 {
      _ = append(&queue, "A", address)
      _ = append(&queue, "B", address)
    }
    let first = queue.due(now: .zero + .seconds(1))
    #expect(first.count == 1)
    queue.remove("A")
    #expect(run(&queue, from: .zero + .seconds(2)).map(\.item) == ["B0", "B1", "B2"])
  }
}
