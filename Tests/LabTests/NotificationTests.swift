import LabKit
import LinuxIO
import NetPrimitives
import Testing

extension LabTests {
  /// What vrrpd tells the world: pipes with the scripts that read them, mails aside.
  @Suite struct Notifications {
    private static func configuration(priority: Int, second: Bool) -> String {
      """
      global_defs {
          vrrp_notify_fifo /run/lines.fifo
          vrrp_notify_fifo_script "/run/reader lines"
          vrrp_notify_fifo_json /run/json.fifo
          vrrp_notify_fifo_json_script "/run/reader json"
          startup_script "/run/note start"
          shutdown_script "/run/note stop"
      }
      vrrp_sync_group G {
          group {
              VI_1
          }
          notify_priority_changes
          track_file {
              weight
          }
          sync_group_tracking_weight
      }
      track_file weight {
          file /run/weight
          weight 1
      }
      vrrp_instance VI_1 {
          interface eth0
          virtual_router_id 52
          version 3
          priority \(priority)
          advert_int 0.05
          virtual_ipaddress {
              192.0.2.100/24
          }
      }

      """
        + (second
          ? """
          vrrp_instance VI_2 {
              interface eth0
              virtual_router_id 53
              version 3
              advert_int 0.05
              virtual_ipaddress {
                  192.0.2.101/24
              }
              notify_deleted "/run/note deleted"
          }

          """ : "")
    }

    @Test func pipesAndTheirReadersFromTheStartToTheStop() throws {
      let net = try Neighbors()
      defer { net.lab.destroy() }
      let host = net.ours
      try host.write(
        "#!/bin/sh\necho \"reader $1\" >> /run/noted\nexec cat \"$2\" >> /run/$1\n", to: "/run/reader", mode: 0o755)
      try host.write("#!/bin/sh\necho \"$@\" >> /run/noted\n", to: "/run/note", mode: 0o755)
      try host.write("0\n", to: "/run/weight")
      try host.install(Self.configuration(priority: 100, second: true))
      let vrrpd = try net.baton.startVRRP(on: host)
      func lines(_ name: String) -> [String] {
        (host.read("/run/\(name)") ?? "").split(separator: "\n").map(String.init)
      }

      try net.wait("the reader gets the lines of the start") {
        let got = lines("lines")
        return got.contains("INSTANCE \"VI_1\" MASTER 100") && got.contains("GROUP \"G\" MASTER 0")
          && got.contains("INSTANCE \"VI_2\" MASTER 100")
      }
      #expect(lines("noted").contains("start"))

      // A group's notify_priority_changes counts for its member.
      try host.write("7\n", to: "/run/weight")
      try net.wait("the priority is told") { lines("lines").contains("INSTANCE \"VI_1\" MASTER_PRIORITY 107") }

      // A reader that ends is started again, and has lost nothing.
      try host.run(["sh", "-c", "kill $(pidof cat)"])
      try net.wait("there is another reader") { lines("noted").filter { $0 == "reader lines" }.count == 2 }

      // A reload that takes an instance away runs notify_deleted and disturbs no reader.
      try host.install(Self.configuration(priority: 100, second: false))
      try host.run([net.baton.path("vrrpctl"), "reload"])
      try net.wait("the removal is told") {
        lines("lines").contains("INSTANCE \"VI_2\" DELETED 100") && lines("noted").contains("deleted")
      }

      #expect(try vrrpd.stop() == 0)
      #expect(lines("lines").suffix(2) == ["INSTANCE \"VI_1\" STOP 107", "GROUP \"G\" STOP 0"])
      #expect(lines("noted").last == "stop")
      let events = lines("json")
      #expect(
        events.contains { $0.contains("\"cause\":\"timer\"") && $0.contains("\"state\":\"master\"") }, "\(events)")
      #expect(events.last?.contains("\"removed\"") == true && events.allSatisfy { $0.contains("\"left_out\":0") })
      #expect(lines("noted").filter { $0 == "reader lines" }.count == 2)
    }

    /// The lines of the start in keepalived's order: what is in fault with its group, then each group before its members.
    @Test func theFirstLinesInThePipe() throws {
      let net = try Neighbors()
      defer { net.lab.destroy() }
      let broken = Neighbors.instance("D", 54, "192.0.2.103/24", "priority 200").replacing("eth0", with: "absent0")
      try net.ours.write("#!/bin/sh\nexec cat \"$1\" >> /run/lines\n", to: "/run/reader", mode: 0o755)
      try net.ours.install(
        "global_defs {\ndynamic_interfaces\nscript_user root\nvrrp_notify_fifo /run/lines.fifo\n"
          + "vrrp_notify_fifo_script /run/reader\n}\n"
          + "vrrp_sync_group G {\ngroup {\nA\nB\n}\n}\nvrrp_sync_group H {\ngroup {\nD\nE\n}\n}\n"
          + Neighbors.instance("A", 51, "192.0.2.100/24") + Neighbors.instance("B", 52, "192.0.2.101/24")
          + Neighbors.instance("C", 53, "192.0.2.102/24") + broken + Neighbors.instance("E", 55, "192.0.2.104/24"))
      _ = try net.baton.startVRRP(on: net.ours)
      let expected = [
        #"INSTANCE "D" FAULT 200"#, #"INSTANCE "E" FAULT 100"#, #"GROUP "H" FAULT 0"#, #"GROUP "G" BACKUP 0"#,
        #"INSTANCE "A" BACKUP 100"#, #"INSTANCE "B" BACKUP 100"#, #"INSTANCE "C" BACKUP 100"#,
      ]
      func lines() -> [Substring] { (net.ours.read("/run/lines") ?? "").split(separator: "\n") }
      try net.wait("the lines of the start") { lines().count >= expected.count }
      #expect(lines().prefix(expected.count).map(String.init) == expected)
    }
  }
}
