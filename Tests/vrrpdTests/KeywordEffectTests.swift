import NetPrimitives
import Testing

@testable import VRRPCore
@testable import vrrpd

/// What keywords make a router do, from the text of the file to what leaves it. Each says what happens with the
/// keyword and what happens without it. Those that act on the kernel or the process are tested in the lab.
struct KeywordEffectTests {
  // MARK: Who is master, and when

  /// The v2 timer: `down_timer_adverts` x `advert_int` and the skew of the priority.
  @Test(arguments: [
    ("", "", 3, 156), ("priority 200", "", 3, 56), ("state MASTER", "", 3, 1),
    ("advert_int 2", "", 6, 156), ("down_timer_adverts 5", "", 5, 156), ("", "vrrp_down_timer_adverts 7", 7, 156),
    ("down_timer_adverts 5", "vrrp_down_timer_adverts 7", 5, 156),
  ])
  func masterDownTimer(lines: String, global: String, seconds: Int64, skew: Int64) throws {
    var bench = try ElectionBench(lines, global: global)
    if lines == "state MASTER" {
      // Alone and without a priority, it is the owner's, who does not wait.
      #expect(bench.router.state == .master && bench.router.effectivePriority == 255)
    } else {
      #expect(try bench.runUntilMaster() == .seconds(seconds) + .seconds(skew) / 256)
    }
  }

  @Test func preemption() throws {
    /// Whether a master of lower priority is displaced within a minute of advertisements, and when.
    func takeover(_ lines: String) throws -> Interval? {
      var bench = try ElectionBench("priority 200\n" + lines)
      for _ in 0..<60 {
        bench.hear(priority: 100)
        bench.run(for: .seconds(1))
        if bench.router.state == .master { return bench.elapsed }
      }
      return nil
    }
    let plain = try #require(try takeover("preempt"))
    #expect(plain < .seconds(5))
    #expect(try takeover("nopreempt") == nil)
    let delayed = try #require(try takeover("preempt_delay 30"))
    #expect(delayed >= .seconds(30) && delayed < .seconds(36))
  }

  @Test(arguments: [
    ("", "", false), ("owner_ignore_adverts", "", true), ("", "vrrp_owner_ignore_adverts", true),
    ("owner_ignore_adverts off", "vrrp_owner_ignore_adverts", false), ("strict_mode", "", true),
    ("", "vrrp_strict", true),
  ])
  func ownerIgnoresOwners(lines: String, global: String, ignores: Bool) throws {
    var bench = try ElectionBench("state MASTER\npriority 255\n" + lines, global: global)
    #expect((bench.hear(priority: 255, from: "192.0.2.9") == .ownerIgnoresAdvertisements) == ignores)
    #expect((bench.router.state == .master) == ignores)
  }

  // MARK: What is sent, and where to

  @Test(arguments: [("", "", 2), ("", "vrrp_version 3", 3), ("version 3", "", 3), ("version 2", "vrrp_version 3", 2)])
  func version(lines: String, global: String, version: UInt8) throws {
    var bench = try ElectionBench(lines, global: global)
    _ = try bench.runUntilMaster()
    let message = try #require(bench.sent.first?.message)
    #expect(message[0] >> 4 == version)
    #expect(bench.hear(priority: 1) == nil)
    #expect(bench.hear(priority: 1) { $0.version = version == 2 ? .v3 : .v2 } == .version)
  }

  @Test(arguments: [
    ("", "", "192.0.2.200", "224.0.0.18"), ("", "vrrp_mcast_group4 224.0.0.99", "192.0.2.200", "224.0.0.99"),
    ("mcast_dst_ip 224.0.0.7", "vrrp_mcast_group4 224.0.0.99", "192.0.2.200", "224.0.0.7"),
    ("", "", "fe80::200", "ff02::12"), ("", "vrrp_mcast_group6 ff02::99", "fe80::200", "ff02::99"),
  ])
  func groups(lines: String, global: String, virtual: String, group: String) throws {
    var bench = try ElectionBench(lines, global: global, addresses: virtual)
    _ = try bench.runUntilMaster()
    #expect(bench.sent.allSatisfy { $0.to == address(group) } && !bench.sent.isEmpty)
  }

  @Test func peers() throws {
    var bench = try ElectionBench("unicast_peer {\n192.0.2.2\n192.0.2.3\n}")
    _ = try bench.runUntilMaster()
    #expect(bench.sent.map(\.to) == [address("192.0.2.2"), address("192.0.2.3")])
  }

  @Test func addressesOnTheWire() throws {
    var bench = try ElectionBench(
      "virtual_ipaddress_excluded {\n192.0.2.210\n}", addresses: "192.0.2.202\n192.0.2.201")
    _ = try bench.runUntilMaster()
    let message = try #require(bench.sent.first?.message)
    #expect(message[3] == 2)
    #expect(
      Array(message[8..<16]) == [192, 0, 2, 202, 192, 0, 2, 201], "in the file's order, without the excluded one")
    bench.run(for: .zero)
    #expect(bench.announced.first?.count == 15, "five rounds over three addresses")
  }

  @Test func password() throws {
    var bench = try ElectionBench("authentication {\nauth_type PASS\nauth_pass secret\n}")
    #expect(bench.hear(priority: 200) { $0.authentication = nil } == .authenticationMismatch)
    #expect(
      bench.hear(priority: 200) { $0.authentication = .password(Password(bytes: Array("wrong".utf8))) }
        == .authenticationFailure)
    #expect(bench.hear(priority: 200) == nil)
    _ = try bench.runUntilMaster()
    #expect(bench.sent.first?.message.suffix(8) == Array("secret".utf8) + [0, 0])
  }

  @Test(arguments: [("", "", false), ("v3_checksum_as_v2", "", true), ("", "v3_checksum_as_v2", true)])
  func checksum(lines: String, global: String, isPlain: Bool) throws {
    var bench = try ElectionBench("version 3\n" + lines, global: global)
    _ = try bench.runUntilMaster()
    let message = try #require(bench.sent.first?.message)
    var sum = InternetChecksum()
    sum.add(message.span)
    #expect((sum.value == 0) == isPlain)
  }

  // MARK: Answers to others

  @Test(arguments: [
    ("", "", 1), ("lower_prio_no_advert", "", 0), ("", "vrrp_lower_prio_no_advert", 0),
    ("lower_prio_no_advert off", "vrrp_lower_prio_no_advert", 1), ("strict_mode", "", 0), ("", "vrrp_strict", 0),
    ("strict_mode off", "vrrp_strict", 1),
  ])
  func answersToLowerPriority(lines: String, global: String, answers: Int) throws {
    let (sent, bench) = try answer(to: 50, lines, global: global)
    #expect(sent == answers)
    #expect(bench.notifications.last == .masterReceivedLowerPriority)
  }

  /// How many advertisements a master sends because it hears one of this priority.
  private func answer(to priority: UInt8, _ lines: String, global: String) throws -> (Int, ElectionBench) {
    var bench = try ElectionBench(lines, global: global)
    _ = try bench.runUntilMaster()
    bench.run(for: .milliseconds(1_500))
    let before = bench.sent.count
    bench.hear(priority: priority)
    bench.run(for: .zero)
    return (bench.sent.count - before, bench)
  }

  @Test(arguments: [
    ("", "", 1), ("higher_prio_send_advert off", "", 0), ("", "vrrp_higher_prio_send_advert no", 0),
    ("higher_prio_send_advert", "vrrp_higher_prio_send_advert off", 1), ("strict_mode", "", 0), ("", "vrrp_strict", 0),
  ])
  func lastWordsBeforeAHigherPriority(lines: String, global: String, words: Int) throws {
    let (sent, bench) = try answer(to: 150, lines, global: global)
    #expect(sent == words)
    #expect(bench.sent.last?.message[2] == 100)
    #expect(bench.router.state == .backup)
  }

  @Test(arguments: [
    ("", "", 0), ("skip_check_adv_addr", "", 1), ("", "vrrp_skip_check_adv_addr", 1),
    ("skip_check_adv_addr off", "vrrp_skip_check_adv_addr", 0),
  ])
  func addressLists(lines: String, global: String, skipped: UInt64) throws {
    var bench = try ElectionBench(lines, global: global)
    for _ in 0..<2 { bench.hear(priority: 200) { $0.addresses = [address("192.0.2.77")] } }
    // What a new sender says is compared in any case.
    #expect(bench.router.statistics.addressListErrors == 2 - skipped)
  }

  @Test(arguments: [("", "", false), ("check_unicast_src", "", true), ("", "vrrp_check_unicast_src", true)])
  func strangers(lines: String, global: String, areDropped: Bool) throws {
    var bench = try ElectionBench("unicast_peer {\n192.0.2.2\n}\n" + lines, global: global)
    #expect((bench.hear(priority: 200, from: "192.0.2.3") == .unicastSource) == areDropped)
    #expect(bench.hear(priority: 200, from: "192.0.2.2") == nil)
  }

  // MARK: Announcements

  /// Bursts of a master of one address: at how many seconds after it became master, and how many announcements.
  private func bursts(_ lines: String, global: String, lowerPriority: Bool = false) throws -> [[Int]] {
    var bench = try ElectionBench(lines, global: global)
    var begin = try bench.runUntilMaster()
    if lowerPriority {
      // Long after its own bursts.
      bench.run(for: .seconds(100))
      begin = bench.elapsed
      bench.hear(priority: 50)
    }
    bench.run(for: .seconds(61))
    return bench.announced.filter { $0.time >= begin }.map { [Int(($0.time - begin).milliseconds) / 1_000, $0.count] }
  }

  @Test(arguments: [
    ("", "", [[0, 5], [5, 5]]),
    ("garp_master_repeat 2", "", [[0, 2], [5, 2]]), ("", "vrrp_garp_master_repeat 3", [[0, 3], [5, 3]]),
    ("garp_master_repeat 2", "vrrp_garp_master_repeat 3", [[0, 2], [5, 2]]),
    ("garp_master_delay 0", "", [[0, 5]]), ("garp_master_delay 9", "", [[0, 5], [9, 5]]),
    ("", "vrrp_garp_master_delay 8", [[0, 5], [8, 5]]),
    ("garp_master_refresh 25", "", [[0, 5], [5, 5], [30, 1], [55, 1]]),
    ("", "vrrp_garp_master_refresh 40", [[0, 5], [5, 5], [45, 1]]),
    ("garp_master_refresh 40\ngarp_master_refresh_repeat 4", "", [[0, 5], [5, 5], [45, 4]]),
    ("garp_master_refresh 40", "vrrp_garp_master_refresh_repeat 6", [[0, 5], [5, 5], [45, 6]]),
    ("", "vrrp_min_garp", [[0, 1]]),
  ])
  func announcementsOfANewMaster(lines: String, global: String, expected: [[Int]]) throws {
    #expect(try bursts(lines, global: global) == expected)
  }

  @Test(arguments: [
    ("", "", [[0, 5], [5, 5]]), ("garp_master_repeat 2\ngarp_master_delay 7", "", [[0, 2], [7, 2]]),
    ("garp_lower_prio_repeat 3", "", [[0, 3], [5, 3]]), ("", "vrrp_garp_lower_prio_repeat 4", [[0, 4], [5, 4]]),
    ("garp_lower_prio_repeat 0", "", []), ("garp_lower_prio_delay 9", "", [[0, 5], [9, 5]]),
    ("garp_lower_prio_delay 0", "", [[0, 5]]), ("", "vrrp_garp_lower_prio_delay 8", [[0, 5], [8, 5]]),
    ("strict_mode", "", []), ("", "vrrp_strict", []),
  ])
  func announcementsAfterALowerPriority(lines: String, global: String, expected: [[Int]]) throws {
    #expect(try bursts(lines, global: global, lowerPriority: true) == expected)
  }
}
