import FoundationEssentials
import LabKit
import LinuxIO
import NetPrimitives
import Testing

extension LabTests {
  /// What operators and exporters see and do.
  @Suite struct Tools {
    private static func instance(
      _ name: String, _ vrid: Int, priority: Int = 100, address: String, more: String = ""
    ) -> String {
      """
      vrrp_instance \(name) {
          interface eth0
          virtual_router_id \(vrid)
          version 3
          priority \(priority)
          advert_int 0.1
          virtual_ipaddress {
              \(address)
          }
      \(more)
      }

      """
    }

    private func vrrpctl(_ net: Neighbors, _ words: String...) throws -> (status: Int32, output: String) {
      try net.ours.status([net.baton.path("vrrpctl")] + words)
    }

    @Test func aDryRunSaysWhatAReloadWouldDoAndDoesNothing() throws {
      let net = try Neighbors()
      defer { net.lab.destroy() }
      let old =
        Self.instance("VI_1", 52, address: "192.0.2.100/24") + Self.instance("VI_2", 53, address: "192.0.2.101/24")
      try net.ours.install(old)
      let vrrpd = try net.baton.startVRRP(on: net.ours)
      try net.wait("both are master") { try net.baton.instances(on: net.ours).map(\.state) == ["master", "master"] }

      #expect(try vrrpctl(net, "reload", "--dry-run").output.contains("would change nothing"))
      // The lines move, which changes nothing.
      let new =
        "global_defs {\n    router_id r\n}\n"
        + Self.instance("VI_1", 52, priority: 150, address: "192.0.2.102/24")
        + Self.instance("VI_3", 54, address: "192.0.2.103/24")
      try net.ours.write(new, to: "/run/new.conf")
      let (status, text) = try vrrpctl(net, "reload", "--dry-run", "--file", "/run/new.conf")
      #expect(status == 0, "\(text)")
      for line in [
        "~ global_defs: router_id", "~ vrrp_instance VI_1: priority, virtual_ipaddress", "priority 100 -> 150",
        "it adds 192.0.2.102/24", "it takes away 192.0.2.100/24", "- vrrp_instance VI_2", "it is master: it resigns",
        "+ vrrp_instance VI_3",
      ] { #expect(text.contains(line), "\(line)\n\(text)") }

      try net.ours.write("vrrp_instance VI_1 {\n    virtual_router_id 300\n}\n", to: "/run/wrong.conf")
      let (refused, findings) = try vrrpctl(net, "reload", "--dry-run", "--file", "/run/wrong.conf")
      #expect(refused == 5 && findings.contains("/run/wrong.conf:2:"), "\(findings)")
      #expect(try net.baton.instances(on: net.ours).map(\.priority) == [100, 100])

      // The signals by which keepalived writes files do nothing but tell where to look.
      let bfdd = try net.baton.startBFD(on: net.ours)
      try net.wait("bfdd serves") {
        try net.ours.status([net.baton.path("bfdctl"), "show", "--json"]).status == 0
      }
      for daemon in [vrrpd, bfdd] {
        for signal in [Signal.user1, .user2, .keepalivedJSON, .keepalivedClear, .keepalivedThreads] {
          daemon.send(signal)
        }
        try net.wait("the log names the tools") {
          ["SIGUSR1:", "SIGUSR2:", "SIGRTMIN+2:", "SIGRTMAX-1:", "SIGRTMAX:"].allSatisfy { daemon.output.contains($0) }
        }
        #expect(daemon.isRunning)
      }
    }

    @Test func maintenanceOutlivesReloadAndRestart() throws {
      let net = try Neighbors()
      defer { net.lab.destroy() }
      try net.ours.install(Self.instance("VI_1", 52, address: "192.0.2.100/24"))
      var vrrpd = try net.baton.startVRRP(on: net.ours)
      func state() throws -> String? { try net.baton.instances(on: net.ours).first?.state }
      try net.wait("it is master") { try state() == "master" }
      #expect(try vrrpctl(net, "maintenance", "on").status == 0)
      try net.wait("it is backup") { try state() == "backup" }
      #expect(try vrrpctl(net, "reload").status == 0)
      try vrrpd.stop()
      vrrpd = try net.baton.startVRRP(on: net.ours)
      try net.wait("it says that it is in maintenance") {
        try vrrpctl(net, "show", "VI_1").output.contains("in maintenance")
          && vrrpctl(net, "show").output.contains("in maintenance")
      }
      vrrpd.kill()
      vrrpd = try net.baton.startVRRP(on: net.ours)
      try net.wait("it still is") {
        try vrrpctl(net, "explain", "VI_1").output.contains("in maintenance") && state() == "backup"
      }
      #expect(try vrrpctl(net, "maintenance", "off").status == 0)
      try net.wait("it is master again") { try state() == "master" }
      try vrrpd.stop()
      vrrpd = try net.baton.startVRRP(on: net.ours)
      try net.wait("it is master after another start") { try state() == "master" }
    }

    @Test func foreignRoutersAreListedWithTheirSender() throws {
      let net = try Neighbors()
      defer { net.lab.destroy() }
      try net.ours.install(Self.instance("VI_1", 52, priority: 200, address: "192.0.2.100/24"))
      try net.theirs.install(
        Self.instance("A", 77, address: "192.0.2.177/24") + Self.instance("B", 52, address: "192.0.2.199/24"))
      try net.baton.startVRRP(on: net.ours)
      try net.wait("it is master") { try net.baton.instances(on: net.ours).first?.state == "master" }
      // A better router of the same number, with another version: it hears nobody, and goes on.
      try net.theirs.install(
        Self.instance("A", 77, address: "192.0.2.177/24")
          + Self.instance("B", 52, address: "192.0.2.199/24").replacing("version 3", with: "version 2")
          .replacing("advert_int 0.1", with: "advert_int 1"))
      _ = try net.theirs.startKeepalived()
      try net.wait("both foreign routers are listed") {
        let text = try vrrpctl(net, "show").output
        return text.contains("no instance here has this number") && text.contains("not accepted")
      }
      struct Foreign: Decodable {
        let source: String
        let vrid: Int
        let version: Int
        let kind: String
      }
      let json = try vrrpctl(net, "foreign", "--json").output
      let routers = try JSONDecoder().decode([Foreign].self, from: Data(json.utf8))
      #expect(routers.map(\.vrid) == [52, 77] && routers.allSatisfy { $0.source == "192.0.2.2" }, "\(json)")
      #expect(routers.map(\.version) == [2, 3] && routers.map(\.kind) == ["not_accepted", "unknown_vrid"], "\(json)")
    }

    // MARK: keepalived's dump

    /// Any value, by what it is.
    private enum Value: Decodable, Equatable {
      case flag(Bool), number(Double), text(String), list([Value]), other

      init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let flag = try? container.decode(Bool.self) {
          self = .flag(flag)
        } else if let number = try? container.decode(Double.self) {
          self = .number(number)
        } else if let text = try? container.decode(String.self) {
          self = .text(text)
        } else if let list = try? container.decode([Value].self) {
          self = .list(list)
        } else {
          self = .other
        }
      }

      var kind: String { "\(self)".prefix { $0 != "(" }.description }
    }

    private typealias Dump = [[String: [String: Value]]]

    private func dump(_ text: String?) -> Dump {
      (try? JSONDecoder().decode(Dump.self, from: Data((text ?? "").utf8))) ?? []
    }

    @Test func theDumpHasTheShapeOfKeepalivedsOwn() throws {
      let net = try Neighbors()
      defer { net.lab.destroy() }
      // By default on here and off there.
      let defaults = "global_defs {\n    vrrp_higher_prio_send_advert\n}\n"
      let configuration =
        defaults + "vrrp_script chk {\n    script \"/usr/bin/true\"\n    interval 1\n}\n"
        + Self.instance(
          "VI_1", 52, address: "192.0.2.100/24",
          more: """
                notify /usr/bin/true
                notify_master "/usr/bin/true a b"
                virtual_ipaddress_excluded {
                    192.0.2.102/24
                }
                track_interface {
                    lo
                }
                track_script {
                    chk
                }
            """)
        + Self.instance("VI_2", 53, address: "192.0.2.110", more: "    nopreempt")
        + Self.instance("VI_6", 54, address: "fe80::100/64")
        + Self.instance(
          "VI_P", 55, address: "192.0.2.120/24",
          more: "    authentication {\n        auth_type PASS\n        auth_pass secret\n    }"
        ).replacing("version 3", with: "version 2").replacing("advert_int 0.1", with: "advert_int 1")
      // The same file for both, one after the other on the same machine, alone on the wire.
      try net.ours.install(configuration)
      let keepalived = try net.ours.startKeepalived()
      var theirs: Dump = []
      // Before it is master it may not be ready for the signal, which would end it.
      try net.wait("keepalived is master of all") { keepalived.output.count(of: "Entering MASTER STATE") == 4 }
      try net.wait("keepalived has written its dump") {
        keepalived.send(.keepalivedJSON)
        theirs = dump(net.ours.read("/run/keepalived.json"))
        return theirs.count == 4 && theirs.allSatisfy { $0["data"]?["state"] == .number(2) }
      }
      try keepalived.stop()
      try net.baton.startVRRP(on: net.ours)
      var ours: Dump = []
      try net.wait("Baton is master of all") {
        ours = dump(try vrrpctl(net, "show", "--format", "keepalived-json").output)
        return ours.count == 4 && ours.allSatisfy { $0["data"]?["state"] == .number(2) }
      }
      for (their, our) in zip(theirs, ours) {
        for half in ["data", "stats"] {
          let (expected, got) = (try #require(their[half]), try #require(our[half]))
          #expect(Set(got.keys) == Set(expected.keys))
          // Figures of the run, and the password, which nobody needs to see.
          let run: Set<String> = ["last_transition", "auth_data", "advert_sent", "advert_rcvd", "become_master"]
          for (key, value) in expected {
            let mine = got[key] ?? .other
            if run.contains(key) || half == "stats" {
              #expect(mine.kind == value.kind, "\(key): \(mine), not \(value)")
            } else {
              #expect(mine == value, "\(key): \(mine), not \(value)")
            }
          }
        }
      }
    }
  }
}
