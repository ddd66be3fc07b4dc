import LabKit
import NetPrimitives
import Testing

extension LabTests {
  /// What one owner gives up and another one wants changes hands at a reload without the kernel noticing.
  @Suite struct ReloadHandOver {
    private func configuration(_ first: String, _ second: String, statics: String) -> String {
      "static_ipaddress {\n    203.0.113.1/24 dev eth0\n    \(statics)\n}\n"
        + Neighbors.instance(
          "A", 51, "192.0.2.100/24\n\(first)",
          "no_accept\nvirtual_routes { 198.51.100.0/24 dev eth0 table 77 no_track }")
        + Neighbors.instance("B", 52, "192.0.2.101/24\n\(second)", "no_accept")
    }

    @Test func addresses() throws {
      let net = try Neighbors()
      defer { net.lab.destroy() }
      let moved = "192.0.2.110/24\n192.0.2.111/24 no_track"
      try net.ours.install(configuration(moved, "", statics: "203.0.113.7/24 dev eth0 no_track"))
      let vrrpd = try net.baton.startVRRP(on: net.ours)
      func addresses() throws -> [String] {
        try net.ours.run(["ip", "-o", "addr", "show", "dev", "eth0"]).split(separator: "\n").map(String.init)
      }
      let places = ["192.0.2.110/24", "192.0.2.111/24", "203.0.113.7/24"]
      func areThere() throws -> Bool {
        let list = try addresses()
        return places.allSatisfy { place in list.contains { $0.contains(place) } }
      }
      try net.wait("both are master") {
        try net.baton.instances(on: net.ours).map(\.state) == ["master", "master"] && areThere()
      }
      let monitor = try Daemon(
        "monitor", host: "ours",
        command: ["ip", "netns", "exec", net.ours.namespace, "ip", "monitor", "address", "route"],
        log: net.ours.outside("/run/monitor.log"))
      defer { monitor.kill() }
      // The monitor listens when it has told of a change.
      try net.wait("the monitor listens") {
        try net.ours.run(["ip", "addr", "replace", "198.51.100.9/32", "dev", "eth0"])
        return monitor.output.contains("198.51.100.9")
      }
      let mark = vrrpd.output.count
      let steps = [
        ("", moved, "203.0.113.7/24 dev eth0 no_track"), (moved, "", ""), (moved, "203.0.113.7/24 no_track", ""),
        (moved, "", "203.0.113.7/24 dev eth0 no_track"), ("", moved + "\n203.0.113.7/24 no_track", ""),
      ]
      for (first, second, statics) in steps {
        try net.ours.install(configuration(first, second, statics: statics))
        try net.ours.run([net.baton.path("vrrpctl"), "reload"])
        let isStaticGone = !(first + second + statics).contains("203.0.113.7")
        let list = try addresses()
        for place in places where !(isStaticGone && place == "203.0.113.7/24") {
          #expect(list.contains { $0.contains(place) }, "\(place) after \(first), \(second), \(statics): \(list)")
        }
        let blocked = try net.ours.run(["nft", "list", "ruleset"])
        #expect(blocked.contains("192.0.2.110") && blocked.contains("192.0.2.111"), "\(blocked)")
      }
      // What is told last has been told after everything else.
      try net.ours.run(["ip", "addr", "del", "198.51.100.9/32", "dev", "eth0"])
      try net.wait("the monitor has told all") {
        monitor.output.contains("Deleted") && monitor.output.contains(".9/32")
      }
      let deleted = monitor.output.split(separator: "\n").filter { $0.contains("Deleted") }
      #expect(!deleted.contains { $0.contains("192.0.2.11") }, "\(deleted)")
      #expect(deleted.count { $0.contains("203.0.113.7/24") } == 1, "it was nobody's once: \(deleted)")
      #expect(!vrrpd.output.dropFirst(mark).contains("putting it back"))
      #expect(try net.baton.instances(on: net.ours).map(\.state) == ["master", "master"])
    }
  }
}
