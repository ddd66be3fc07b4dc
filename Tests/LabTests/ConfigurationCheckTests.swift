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
