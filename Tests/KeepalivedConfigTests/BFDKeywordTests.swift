import NetPrimitives
import Testing

@testable import KeepalivedConfig

/// The keywords of `bfd_instance` that keepalived does not have, and templates.
@Suite struct BFDKeywordTests {
  private func session(_ lines: String, root: String = "") throws -> BFDInstance {
    let loaded = try load("\(root)\nbfd_instance b {\nneighbor_ip 192.0.2.1\n\(lines)\n}\n")
    #expect(loaded.findings.isEmpty, "\(loaded.report)")
    return try #require(loaded.configuration.bfdInstances.first)
  }

  @Test func `defaults`() throws {
    let session = try session("")
    #expect(session.interface == nil && session.vrf == nil && session.dscp == 48)
    #expect(!session.adminDown && session.logStateChanges && session.notify == BFDNotifyScripts())
  }

  @Test func `each keyword reaches the model`() throws {
    #expect(try session("interface eth1").interface == "eth1")
    #expect(try session("vrf red").vrf == "red")
    #expect(try session("dscp 0").dscp == 0 && session("dscp 63").dscp == 63)
    #expect(try session("admin_down").adminDown && !session("admin_down off").adminDown)
    #expect(try !session("log_state_changes off").logStateChanges)
    let scripts = try session("notify_up \"/bin/true u\"\nnotify_down /bin/false root\nnotify /bin/echo").notify
    #expect(scripts.up?.arguments == ["/bin/true", "u"])
    #expect(scripts.down?.arguments == ["/bin/false"] && scripts.down?.user?.name == "root")
    #expect(scripts.any?.arguments == ["/bin/echo"])
  }

  @Test func `echo and Demand mode reach the model, and are off without their keywords`() throws {
    let plain = try session("")
    #expect(plain.requiredMinEchoRX == nil && plain.echoTX == nil && !plain.unaffiliatedEcho && !plain.demand)
    #expect(plain.demandPollInterval == .seconds(10))
    let echo = try session("echo_rx 50\necho_tx 20.5\ndemand\ndemand_poll_interval 100")
    #expect(echo.requiredMinEchoRX == .milliseconds(50) && echo.echoTX == .microseconds(20_500))
    #expect(echo.demand && echo.demandPollInterval == .milliseconds(100))
    #expect(try session("unaffiliated_echo\ninterface eth0\necho_tx 50").unaffiliatedEcho)
    #expect(try !session("unaffiliated_echo off").unaffiliatedEcho)
  }

  @Test(arguments: ["echo_rx 50", "demand", "passive", "max_hops 2", "ttl 3"])
  func `what has no meaning without a neighbour that takes part is warned of`(line: String) throws {
    let loaded = try load("bfd_instance b {\nneighbor_ip 192.0.2.1\nunaffiliated_echo\ninterface eth0\n\(line)\n}\n")
    #expect(!loaded.findings.hasErrors && loaded.report.contains { $0.contains("no meaning with unaffiliated_echo") })
  }

  @Test func `a template says what the instance does not say itself, wherever use stands`() throws {
    let template = "bfd_template fast {\nmin_tx 20\nmultiplier 3\ndscp 8\nadmin_down\nnotify /bin/true\n}"
    for lines in ["use fast\nmultiplier 7\nadmin_down off", "multiplier 7\nadmin_down off\nuse fast"] {
      let session = try session(lines, root: template)
      #expect(session.desiredMinTX == .milliseconds(20) && session.dscp == 8 && session.multiplier == 7)
      #expect(!session.adminDown && session.notify.any?.arguments == ["/bin/true"])
      #expect(session.requiredMinRX == .milliseconds(10))
    }
  }

  @Test func `a template may stand behind its users, and a thousand may use it`() throws {
    let users = (1...1_000).map {
      "bfd_instance b\($0) {\nneighbor_ip 10.0.\($0 / 250).\($0 % 250 + 1)\nuse t\n}\n"
    }
    let loaded = try load(users.joined() + "bfd_template t {\nmin_rx 11000\n}\n")
    #expect(loaded.configuration.bfdInstances.count == 1_000)
    #expect(loaded.configuration.bfdInstances.allSatisfy { $0.requiredMinRX == .seconds(11) })
    #expect(loaded.findings.count == 1, "what is odd about a template is said once: \(loaded.report)")
  }

  @Test(arguments: [
    ("use slow", "there is no bfd_template 'slow'"), ("use fats", "did you mean 'fast'"),
    ("dscp 64", "'dscp' is"), ("interface eth0\nvrf eth0", "cannot be both"), ("interface", "'interface' needs"),
    ("echo_tx 0", "'echo_tx' is"), ("echo_rx 50\nmultihop", "one hop"), ("echo_tx 50\nmultihop", "one hop"),
    ("unaffiliated_echo\ninterface eth0\nmultihop", "one hop"),
    ("unaffiliated_echo", "needs the neighbor's interface"),
    ("demand_poll_interval 99", "'demand_poll_interval' is"), ("demand perhaps", "on or off"),
    ("notify_up", "'notify_up' needs"), ("admin_down maybe", "on or off"),
  ])
  func `mistakes are errors`(lines: String, message: String) throws {
    let loaded = try load("bfd_template fast {\n}\nbfd_instance b {\nneighbor_ip 192.0.2.1\n\(lines)\n}\n")
    #expect(loaded.findings.hasErrors && loaded.report.contains { $0.contains(message) }, "\(loaded.report)")
  }

  @Test func `a session with this system itself is warned of`() throws {
    let loaded = try load("bfd_instance b {\nneighbor_ip 192.0.2.1\nsource_ip 192.0.2.1\n}\n")
    #expect(!loaded.findings.hasErrors && loaded.report.contains { $0.contains("watches this system itself") })
  }

  @Test(arguments: ["neighbor_ip 192.0.2.1", "use fast", "nonsense"])
  func `what a template does not know`(line: String) throws {
    #expect(try load("bfd_template fast {\n\(line)\n}\n").findings.hasErrors)
  }

  @Test func `the interface of a link-local neighbour is named once`() throws {
    let twice = try load("bfd_instance b {\nneighbor_ip fe80::1%eth0\ninterface eth1\n}\n")
    #expect(twice.report.contains { $0.contains("neighbor_ip names 'eth0'") })
    let once = try load("bfd_instance b {\nneighbor_ip fe80::1\ninterface eth1\n}\n")
    #expect(!once.findings.hasErrors && once.configuration.bfdInstances.first?.interface == "eth1")
  }

  @Test func `the same neighbour in another VRF or on another interface is another session`() throws {
    let text = ["vrf red", "vrf blue", "interface eth0", "interface eth1", ""].enumerated().map {
      "bfd_instance b\($0.offset) {\nneighbor_ip 192.0.2.1\n\($0.element)\n}\n"
    }
    let loaded = try load(text.joined())
    #expect(!loaded.findings.hasErrors && loaded.configuration.bfdInstances.count == 5)
  }

  @Test(arguments: [
    ("source_ip 192.0.2.9", "", true), ("interface eth0", "", true), ("interface eth0", "source_ip 192.0.2.9", true),
    ("interface eth0", "interface eth1", false), ("source_ip 192.0.2.8", "source_ip 192.0.2.9", false),
    ("vrf red", "", false), ("multihop", "", false), ("interface eth0\nunaffiliated_echo\necho_tx 10", "", false),
  ])
  func `two sessions that first packets may be for`(_ first: String, _ second: String, _ overlap: Bool) throws {
    let text = [("a", first), ("b", second)].map { "bfd_instance \($0) {\nneighbor_ip 192.0.2.1\n\($1)\n}\n" }
    let loaded = try load(text.joined())
    #expect(loaded.errors.isEmpty && loaded.configuration.bfdInstances.count == 2, "\(loaded.report)")
    #expect(loaded.report.contains { $0.contains("warning: the neighbor_ip of 'b' is that of 'a', too") } == overlap)
  }

  // MARK: Common intervals

  @Test(arguments: ["3.3", "10", "20", "50", "100", "1000", "10000"])
  func `a common interval is fine`(interval: String) throws {
    _ = try session("min_rx \(interval)\nmin_tx \(interval)\ncommon_intervals off")
  }

  @Test(arguments: [("1", "3.3 ms"), ("30", "50 ms"), ("300", "1 s"), ("1001", "10 s")])
  func `any other interval is a warning that names the next longer one`(interval: String, common: String) throws {
    let text = "bfd_instance b {\nneighbor_ip 192.0.2.1\nmin_tx \(interval)\n}\n"
    let loaded = try load(text)
    #expect(!loaded.findings.hasErrors && loaded.findings.count == 1)
    #expect(
      loaded.report.contains { $0.contains("warning") && $0.contains("RFC 7419") && $0.contains("take \(common)") })
    let many = try load(text + text.replacing("b {", with: "c {").replacing(".1\n", with: ".2\n"))
    #expect(many.findings.count == 1, "it is said once of an interval: \(many.report)")
  }

  @Test func `common_intervals rounds up, in the instance, its template or for all`() throws {
    let lines = "min_rx 30\nmin_tx 1.5\nidle_tx 1500"
    for (own, root) in [
      ("common_intervals", ""), ("use t", "bfd_template t {\ncommon_intervals\n}"),
      ("", "global_defs {\nbfd_common_intervals\n}"),
    ] {
      let session = try session("\(lines)\n\(own)", root: root)
      #expect(session.requiredMinRX == .milliseconds(50) && session.desiredMinTX == .microseconds(3_300))
      #expect(session.idleTX == .seconds(10))
    }
    let off = try load(
      "global_defs {\nbfd_common_intervals\n}\nbfd_instance b {\nneighbor_ip 192.0.2.1\nmin_tx 30\ncommon_intervals off\n}\n"
    )
    #expect(off.configuration.bfdInstances.first?.desiredMinTX == .milliseconds(30) && off.findings.count == 1)
    #expect(CommonIntervals.rounded(.seconds(11)) == .seconds(11), "nothing longer is common")
  }

  // MARK: Large packets

  @Test func `padded_pdu_size is bytes of UDP payload`() throws {
    #expect(try session("").paddedPDUSize == nil)
    #expect(try session("padded_pdu_size 24").paddedPDUSize == 24)
    #expect(try session("padded_pdu_size 65507").paddedPDUSize == 65_507)
    for size in ["23", "65508", "-1", "x", ""] {
      let loaded = try load("bfd_instance b {\nneighbor_ip 192.0.2.1\npadded_pdu_size \(size)\n}\n")
      #expect(loaded.findings.hasErrors, "\(size)")
    }
  }
}
