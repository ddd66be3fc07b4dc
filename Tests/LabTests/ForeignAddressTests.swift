import LabKit
import NetPrimitives
import Testing

extension LabTests {
  /// Addresses of others on the interfaces of instances: none is taken away, and those that should not be there are told.
  @Suite struct ForeignAddresses {
    private func start(_ net: Neighbors, priority: Int) throws -> Daemon {
      try net.theirs.install(Neighbors.instance("VI", 5, "203.0.113.100/24", "priority 100"))
      _ = try net.baton.startVRRP(on: net.theirs)
      try net.ours.install(Neighbors.instance("VI", 5, "203.0.113.100/24", "priority \(priority)"))
      return try net.baton.startVRRP(on: net.ours)
    }

    private func addresses(_ net: Neighbors) throws -> String {
      try net.ours.run(["ip", "-4", "-o", "addr", "show", "dev", "eth0"])
    }

    private func wait(_ net: Neighbors, for state: String) throws {
      try net.wait(state) {
        try net.baton.instances(on: net.ours).map(\.state) == [state]
          && addresses(net).contains("203.0.113.100/24") == (state == "master")
      }
    }

    /// The virtual address is the first of its prefix; somebody adds others of the same one.
    @Test func stayWhenTheFirstOfTheirPrefixGoes() throws {
      let net = try Neighbors()
      defer { net.lab.destroy() }
      let daemon = try start(net, priority: 200)
      let setting = "/proc/sys/net/ipv4/conf/eth0/promote_secondaries"
      try net.ours.run(["sh", "-c", "echo 0 > \(setting)"])
      for occasion in ["in maintenance", "at the end"] {
        try wait(net, for: "master")
        try net.ours.run(["sh", "-c", "ip addr add 203.0.113.7/24 dev eth0; ip addr add 203.0.113.8/24 dev eth0"])
        #expect(try addresses(net).contains("203.0.113.7/24 scope global secondary"))
        if occasion == "at the end" {
          try daemon.stop()
        } else {
          try net.ours.run([net.baton.path("vrrpctl"), "maintenance", "on"])
          try wait(net, for: "backup")
        }
        let left = try addresses(net)
        #expect(left.contains("203.0.113.7/24") && left.contains("203.0.113.8/24"), "\(occasion): \(left)")
        #expect(!left.contains("203.0.113.100/"), "\(occasion): \(left)")
        #expect(try net.ours.run(["cat", setting]) == "0\n")
        guard occasion != "at the end" else { continue }
        try net.ours.run(["ip", "addr", "flush", "dev", "eth0", "to", "203.0.113.0/24"])
        try net.ours.run([net.baton.path("vrrpctl"), "maintenance", "off"])
      }
    }

    @Test func oneOfOursOnABackupIsTold() throws {
      let net = try Neighbors()
      defer { net.lab.destroy() }
      let daemon = try start(net, priority: 50)
      try wait(net, for: "backup")
      try net.ours.run(["ip", "addr", "add", "203.0.113.100/24", "dev", "eth0"])
      try net.wait("the log says so") {
        daemon.output.contains(
          "VI: somebody has added 203.0.113.100/24 to eth0, although this router is not master")
      }
    }
  }
}
