import LabKit
import NetPrimitives
import Testing

extension SystemdTests {
  /// Echo needs a capability that the unit does not grant; the documentation has a drop-in for it.
  @Suite struct EchoTests {
    private static func configuration(neighbor: String, _ echo: String) -> String {
      """
      bfd_instance peer {
        neighbor_ip \(neighbor)
        interface eth0
        min_rx 100
        min_tx 100
        multiplier 5
        \(echo) 100
      }
      """
    }

    /// What docs/bfd.md tells the operator to enter at `systemctl edit bfdd.service`.
    private static func dropIn() throws -> String {
      let page = try Command.run(["cat", "\(Installation.repository)/docs/bfd.md"])
      let behind = try #require(page.split(separator: "systemctl edit bfdd.service", maxSplits: 1).last)
      return String(try #require(behind.split(separator: "```").dropFirst().first)).trimmed
    }

    @Test func theDocumentedDropInGrantsIt() throws {
      let lab = try Lab()
      defer { lab.destroy() }
      let neighbor = try Router.b.addHost(to: lab)
      try neighbor.install(Self.configuration(neighbor: Router.a.address, "echo_rx"))
      try Baton(folder: Baton.defaultFolder).startBFD(on: neighbor)
      let box = try Box.boot(.a, in: lab)
      try box.write(
        Self.configuration(neighbor: Router.b.address, "echo_tx"), to: "/etc/keepalived/keepalived.conf")
      try box.run("systemctl", "start", "bfdd")
      try box.awaitSession("up")
      #expect(try box.session()?.echoProblem?.contains("CAP_NET_RAW") == true)

      try box.write(try Self.dropIn(), to: "/etc/systemd/system/bfdd.service.d/override.conf")
      try box.run("systemctl", "daemon-reload")
      try box.run("systemctl", "restart", "bfdd")
      try Wait.until("echo packets come back", detail: { box.journal() }) { () throws(LabError) -> Bool? in
        try box.session()?.statistics.echoReceivePacketCount ?? 0 > 3 ? true : nil
      }
      #expect(try box.session()?.localState == "up" && box.session()?.echoProblem == nil)
      // That one capability, and all else as before.
      let pid = try box.mainPID(of: "bfdd")
      #expect(try box.run("stat", "-c", "%U:%G", "/proc/\(pid)").trimmed == "bfdd:baton")
      let status = try box.run("cat", "/proc/\(pid)/status")
      for set in ["CapEff", "CapPrm", "CapBnd"] { #expect(status.contains("\(set):\t0000000000002000\n"), "\(status)") }
      #expect(status.contains("NoNewPrivs:\t1\n") && status.contains("Seccomp:\t2\n"))
    }
  }
}
