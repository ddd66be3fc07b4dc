import LabKit
import LinuxIO
import NetPrimitives
import Testing

extension LabTests {
  /// An active router that is not run for seconds (SIGSTOP), and then again (SIGCONT), as after a snapshot of its machine.
  @Suite struct FrozenRouters {
    private static let virtualAddress = "192.0.2.100"

    private static func configuration(priority: Int, more: String = "") -> String {
      """
      vrrp_instance VI {
          state BACKUP
          interface eth0
          virtual_router_id 52
          version 3
          priority \(priority)
          advert_int 0.1
          \(more)
          virtual_ipaddress {
              \(virtualAddress)/24
          }
      }

      """
    }

    /// Ours is active and frozen until theirs has been active for a while; the time just before it goes on.
    private func freeze(_ net: Neighbors, ours: Int, theirs: Int, theirMore: String = "") throws -> Instant {
      try net.ours.install(Self.configuration(priority: ours))
      try net.theirs.install(Self.configuration(priority: theirs, more: theirMore))
      let vrrpd = try net.baton.startVRRP(on: net.ours)
      try net.wait("ours is master") { try net.baton.instances(on: net.ours).first?.state == "master" }
      try net.baton.startVRRP(on: net.theirs)
      try net.wait("theirs is backup") { try net.baton.instances(on: net.theirs).first?.state == "backup" }
      vrrpd.send(.stop)
      try net.wait("theirs is master") { try net.baton.instances(on: net.theirs).first?.state == "master" }
      try Wait.pause(.seconds(3))
      let time = Instant(nanoseconds: UInt64(WallClock.now()))
      vrrpd.send(.resume)
      return time
    }

    private func advertisements(_ net: Neighbors, from host: String, since time: Instant) -> [Sighting] {
      net.observer.look()
      return net.observer.sightings.filter { sighting in
        guard sighting.host == host, sighting.time >= time, !sighting.isDelivered else { return false }
        if case .advertisement = sighting.frame.content { return true }
        return false
      }
    }

    private func announced(_ net: Neighbors, by host: String, since time: Instant) -> Bool {
      net.observer.look()
      return net.observer.sightings.contains { sighting in
        guard sighting.host == host, sighting.time >= time, !sighting.isDelivered,
          case .arp(_, let sender, _, let target) = sighting.frame.content
        else { return false }
        return sender == target && "\(sender)" == Self.virtualAddress
      }
    }

    @Test func aRouterThatWasReplacedSaysNothingBeforeItHasRead() throws {
      let net = try Neighbors()
      defer { net.lab.destroy() }
      let time = try freeze(net, ours: 100, theirs: 150, theirMore: "nopreempt")
      try net.wait("ours is backup") { try net.baton.instances(on: net.ours).first?.state == "backup" }
      let address = try #require(IPAddress(Self.virtualAddress))
      try net.wait("the address is on theirs only") { try !net.ours.has(address) && net.theirs.has(address) }
      // Theirs goes on for a while, ours stays quiet.
      let begin = Instant(nanoseconds: UInt64(WallClock.now()))
      try net.wait("theirs advertises") { advertisements(net, from: "theirs", since: begin).count > 5 }
      #expect(advertisements(net, from: "ours", since: time).isEmpty)
    }

    @Test func theWinnerAnnouncesTheAddressAgainAndTheEpisodeIsExplained() throws {
      let net = try Neighbors()
      defer { net.lab.destroy() }
      let time = try freeze(net, ours: 200, theirs: 100)
      try net.wait("theirs is backup again") {
        try net.baton.instances(on: net.theirs).first?.state == "backup"
          && net.baton.instances(on: net.ours).first?.state == "master"
      }
      try net.wait("ours announces the address again") { announced(net, by: "ours", since: time) }
      let text = try net.ours.run([net.baton.path("vrrpctl"), "explain", "VI"])
      #expect(text.contains("another router was active beside it"), "\(text)")
    }
  }
}
