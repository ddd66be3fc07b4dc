import BFDCore
import LabKit
import NetPrimitives
import Testing
import VRRPCore

extension SystemdTests {
  /// Two routers with systemd on one wire.
  @Suite struct FailoverTests {
    @Test func theBackupTakesOverAndGivesBack() throws {
      let lab = try Lab()
      defer { lab.destroy() }
      let (a, b) = try Box.bootPair(in: lab)
      // A clean restart moves the address, and preemption brings it back.
      let observer = try Observer(lab)
      try a.run("systemctl", "restart", "vrrpd")
      try a.awaitInstance("master")
      try b.awaitInstance("backup")
      observer.look()
      let senders = observer.advertisements().map(\.host)
      #expect(senders.contains("b"), "the backup has not taken over")
      #expect(try a.hasVirtualAddress() && !b.hasVirtualAddress())

      // A power cut.
      a.kill()
      try b.awaitInstance("master")
      #expect(try b.hasVirtualAddress())
    }

    /// Restarting bfdd and reloading both: nobody sees priority 0, another sender or a gap.
    @Test func reloadsAndABfddRestartMoveNothing() throws {
      let lab = try Lab()
      defer { lab.destroy() }
      let (a, b) = try Box.bootPair(in: lab)
      let downs = try b.session()?.statistics.downCount
      let observer = try Observer(lab)
      for unit in ["bfdd", "vrrpd"] { try a.run("systemctl", "reload", unit) }
      try observer.awaitAdvertisements(10)
      #expect(try b.session()?.statistics.downCount == downs)
      // Nor is a packet left out or sent besides: each follows the one before as the intervals of both files say.
      for (kind, interval) in [(Watched.advertisement, Interval.milliseconds(300)), (.bfd, .milliseconds(100))] {
        let gaps = observer.gaps(of: kind, from: "a")
        #expect(gaps.count >= 9 && gaps.allSatisfy { $0 > interval / 2 && $0 < interval * 2 }, "\(kind): \(gaps)")
      }

      try a.run("systemctl", "restart", "bfdd")
      try a.awaitSession("up")
      try b.awaitSession("up")
      try observer.awaitAdvertisements(10)
      let seen = observer.advertisements()
      #expect(seen.allSatisfy { $0.host == "a" && $0.priority >= 150 })
      #expect(try a.hasVirtualAddress() && !b.hasVirtualAddress())
    }

    /// The machine stops: addresses are given up while the network works, so the backup need not wait for a timer.
    @Test func poweringOffGivesTheAddressUp() throws {
      let lab = try Lab()
      defer { lab.destroy() }
      let (a, b) = try Box.bootPair(in: lab)
      let observer = try Observer(lab)
      try a.powerOff()
      try b.awaitInstance("master")
      observer.look()
      let goodbyes = observer.sightings.compactMap { sighting -> String? in
        guard !sighting.isDelivered, sighting.host == "a" else { return nil }
        return switch sighting.frame.content {
        case .advertisement(let packet, _) where packet.priority == 0: "vrrpd"
        case .bfd(let packet, _) where packet.state == .adminDown: "bfdd"
        default: nil
        }
      }
      // vrrpd first: its addresses are gone before bfdd stops watching.
      #expect(goodbyes.first == "vrrpd" && goodbyes.last == "bfdd", "\(goodbyes)")
    }
  }
}

/// The packets whose cadence is looked at.
private enum Watched { case advertisement, bfd }

extension Observer {
  /// An advertisement that a host has sent.
  struct SentAdvertisement {
    let host: String
    let priority: UInt8
  }

  /// The advertisements that were sent, in order.
  func advertisements() -> [SentAdvertisement] {
    sightings.compactMap { sighting in
      guard !sighting.isDelivered, case .advertisement(let packet, _) = sighting.frame.content else { return nil }
      return SentAdvertisement(host: sighting.host, priority: packet.priority)
    }
  }

  /// The times between the packets of one kind that a host sent.
  fileprivate func gaps(of kind: Watched, from host: String) -> [Interval] {
    let times = sightings.compactMap { sighting -> Instant? in
      guard !sighting.isDelivered, sighting.host == host else { return nil }
      switch (kind, sighting.frame.content) {
      case (.advertisement, .advertisement), (.bfd, .bfd): return sighting.time
      default: return nil
      }
    }
    return zip(times.dropFirst(), times).map { $0 - $1 }
  }

  /// Waits until `count` more advertisements were sent.
  func awaitAdvertisements(_ count: Int) throws(LabError) {
    look()
    let before = advertisements().count
    try Wait.until("\(count) advertisements were sent") {
      look()
      return advertisements().count >= before + count ? true : nil
    }
  }
}
