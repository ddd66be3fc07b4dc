import LabKit
import Testing

extension LabTests {
  @Suite struct ConfigurationCheck {
    @Test(arguments: ["bfdd", "vrrpd"])
    func tenMistakesAreTenFindings(_ daemon: String) throws {
      let file = LabTests.fixtures + "/ten-mistakes.conf"
      let (status, output) = try Command.status([LabTests.baton().path(daemon), "-t", "-f", file])
      #expect(status == 5, "\(output)")
      let lines = output.split(separator: "\n")
      #expect(lines.count == 10, "\(output)")
      for line in lines {
        // FILE:LINE:COLUMN: error|warning: TEXT
        let rest = line.dropFirst(file.count)
        let parts = rest.split(separator: ":", maxSplits: 3)
        #expect(line.hasPrefix(file + ":") && parts.count == 4, "\(line)")
        #expect(parts.prefix(2).allSatisfy { Int($0).map { $0 > 0 } ?? false }, "\(line)")
        #expect(parts.count > 2 && [" error", " warning"].contains(parts[2]), "\(line)")
      }
      #expect(output.contains("virtual_ipaddress"), "the misspelt keyword gets a suggestion:\n\(output)")
    }

    /// As keepalived's `-i`: what the lines of a file for several routers compare with, at a reload, too.
    @Test func anIdentifierChoosesTheLines() throws {
      let baton = try LabTests.baton()
      let lab = try Lab()
      defer { lab.destroy() }
      let host = try lab.addHost("a", [Interface("eth0", ["192.0.2.1/24"])])
      let common = """
        @one bfd_instance first { neighbor_ip 192.0.2.2 }
        @^one nonsense
        vrrp_instance VI {
            interface eth0
            virtual_router_id 1
            virtual_ipaddress { 192.0.2.9 }
        @one    priority 77

        """
      try host.install(common + "}\n")
      for daemon in ["bfdd", "vrrpd"] {
        #expect(try host.status([baton.path(daemon), "-t", "-i", "one"]).0 == 0)
        #expect(try host.status([baton.path(daemon), "-t", "-i", "two"]).0 == 5)
      }
      let bfdd = try host.start("bfdd", [baton.path("bfdd"), "-i", "one"])
      let vrrpd = try host.start("vrrpd", [baton.path("vrrpd"), "--config-id=one"])
      try eventually("both have read the lines for it", in: lab) {
        try baton.instances(on: host).map(\.priority) == [77] && baton.sessions(on: host).map(\.name) == ["first"]
      }
      try host.install(common + "    nopreempt\n}\n")
      for tool in ["bfdctl", "vrrpctl"] {
        try host.run([baton.path(tool), "reload", "--dry-run"])
        try host.run([baton.path(tool), "reload"])
      }
      #expect(try baton.instances(on: host).map(\.priority) == [77])
      try bfdd.stop()
      try vrrpd.stop()
    }

    @Test(arguments: ["bfdd", "vrrpd"], ["heartbeat", "advert-30ms"])
    func theProductionShapesAreFine(_ daemon: String, _ shape: String) throws {
      let lab = try Lab()
      defer { lab.destroy() }
      let plan = try FailoverPlan(
        activeFile: LabTests.fixtures + "/\(shape)/keepalived.conf", backupFile: nil,
        folder: shape == "heartbeat" ? nil : LabTests.fixtures + "/\(shape)/etc")
      let host = try lab.addHost("a", plan.active.interfaces)
      try host.install(plan.active.configuration, plan.files)
      let (status, output) = try host.status([LabTests.baton().path(daemon), "-t"])
      #expect(status == 0, "\(output)")
      #expect(!output.contains(" error: "), "\(output)")
    }
  }
}
