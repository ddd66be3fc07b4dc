import NetPrimitives
import Testing

@testable import KeepalivedConfig

/// `bfd_unsolicited`.
@Suite struct BFDUnsolicitedTests {
  private func rule(_ lines: String, root: String = "") throws -> BFDUnsolicited {
    let loaded = try load("\(root)\nbfd_unsolicited lan {\n\(lines)\n}\n")
    #expect(loaded.findings.isEmpty, "\(loaded.report)")
    return try #require(loaded.configuration.bfdUnsolicited.first)
  }

  @Test func `defaults`() throws {
    let rule = try rule("interface eth0")
    #expect(rule.name == "lan" && rule.interface == "eth0" && rule.allowed.isEmpty)
    #expect(rule.maximumSessions == 64 && rule.holdTime == .seconds(60))
    #expect(rule.session.passive && rule.session.desiredMinTX == .milliseconds(10) && rule.session.ttl == 255)
  }

  @Test func `each keyword reaches the model`() throws {
    let rule = try rule(
      "interface eth0\nmax_sessions 4096\nhold_time 86400\nuse t\nmin_rx 50\nallow {\n192.0.2.0/24 2001:db8::/32\n10.0.0.1\n}",
      root: "bfd_template t {\nmin_tx 100\nmin_rx 100\nmultiplier 7\ndscp 0\n}")
    #expect(rule.allowed.map(\.description) == ["192.0.2.0/24", "2001:db8::/32", "10.0.0.1/32"])
    #expect(rule.maximumSessions == 4_096 && rule.holdTime == .seconds(86_400))
    #expect(rule.session.desiredMinTX == .milliseconds(100) && rule.session.requiredMinRX == .milliseconds(50))
    #expect(rule.session.multiplier == 7 && rule.session.dscp == 0)
  }

  @Test(arguments: [
    ("", "has no interface"), ("interface eth0\nallow {\n}", "lists nothing"),
    ("interface eth0\nallow {\n192.0.2.0/33\n}", "no address and no prefix"),
    ("interface eth0\nmax_sessions 0", "max_sessions"), ("interface eth0\nhold_time 0", "hold_time"),
    ("interface eth0\nuse far", "cannot have"), ("interface eth0\nuse nothing", "no bfd_template"),
    ("interface eth0\nmultihop", "multihop"), ("interface eth0\nneighbor_ip 192.0.2.1", "neighbor_ip"),
    ("interface eth0\n}\nbfd_unsolicited other {\ninterface eth0", "already"),
  ])
  func `mistakes are errors`(lines: String, message: String) throws {
    let loaded = try load("bfd_template far {\nmultihop\n}\nbfd_unsolicited lan {\n\(lines)\n}\n")
    #expect(loaded.findings.hasErrors && loaded.report.contains { $0.contains(message) }, "\(loaded.report)")
  }
}
