import LabKit
import LinuxIO
import NetPrimitives
import Testing

extension LabTests {
  /// Keywords that say what is told, and by what the state moves, from the file to what an operator sees.
  @Suite struct StateKeywords {
    private func states(_ net: Neighbors) throws -> [String] { try net.baton.instances(on: net.ours).map(\.state) }

    private static func scripts(_ who: String) -> String {
      ["master", "backup", "fault", "stop"].map { "notify_\($0) \"/run/note \(who)-\($0)\"" }.joined(separator: "\n")
        + "\nnotify \"/run/note \(who)\""
    }

    /// Every script of an instance and of a group, with its arguments, in order, and the lines of the pipe.
    @Test func scriptsOfInstancesAndGroups() throws {
      let net = try Neighbors()
      defer { net.lab.destroy() }
      try net.ours.write("#!/bin/sh\necho \"$*\" >> /run/noted\n", to: "/run/note", mode: 0o755)
      try net.ours.write(
        "#!/bin/sh\nexec cat \"$1\" >> /run/lines\n", to: "/run/reader", mode: 0o755)
      try net.ours.install(
        """
        global_defs {
            notify_fifo /run/fifo
            notify_fifo_script /run/reader
        }
        vrrp_sync_group G {
            group {
                VI
                OTHER
            }
            \(Self.scripts("group"))
        }

        """ + Neighbors.instance("VI", 52, "192.0.2.100/24", Self.scripts("own"))
          + Neighbors.instance("OTHER", 53, "192.0.2.101/24"))
      let daemon = try net.baton.startVRRP(on: net.ours)
      func noted(_ who: String) -> [String] {
        (net.ours.read("/run/noted") ?? "").split(separator: "\n").map(String.init).filter { $0.hasPrefix(who) }
      }
      try net.wait("both are master") { try states(net) == ["master", "master"] }
      try net.ours.run(["ip", "link", "set", "eth0", "down"])
      try net.wait("both are in fault") { try states(net) == ["fault", "fault"] }
      try net.ours.run(["ip", "link", "set", "eth0", "up"])
      try net.wait("both are master again") { try states(net) == ["master", "master"] }
      #expect(try daemon.stop() == 0)
      let sequence = ["BACKUP", "MASTER", "FAULT", "BACKUP", "MASTER", "STOP"]
      for (who, type, name, priority) in [("own", "INSTANCE", "VI", 100), ("group", "GROUP", "G", 0)] {
        let expected = sequence.flatMap { ["\(who)-\($0.lowercased())", "\(who) \(type) \(name) \($0) \(priority)"] }
        #expect(noted(who) == expected)
        let lines = (net.ours.read("/run/lines") ?? "").split(separator: "\n").filter {
          $0.hasPrefix("\(type) \"\(name)\"")
        }
        #expect(lines.map(String.init) == sequence.map { "\(type) \"\(name)\" \($0) \(priority)" })
      }
    }

    /// What a file counts by the keywords of the instance, of the group and of the tracked object.
    @Test func trackedProcessesAndFiles() throws {
      let net = try Neighbors()
      defer { net.lab.destroy() }
      try net.ours.run(["cp", "/bin/sleep", "/run/tracked-one"])
      try net.ours.install(
        """
        track_file number {
            file /run/number
            weight 2
            init_file 5
        }
        vrrp_track_process one {
            process tracked-one
            weight 30
            quorum 2
            quorum_max 2
        }

        """ + Neighbors.instance("VI", 52, "192.0.2.100/24", "track_file {\nnumber\n}\ntrack_process {\none\n}"))
      try net.baton.startVRRP(on: net.ours)
      func priority() throws -> Int? { try net.baton.instances(on: net.ours).first?.effectivePriority }
      try net.wait("the number of init_file counts") { try priority() == 110 }
      var processes: [Daemon] = []
      for expected in [110, 140, 110] {
        processes.append(try net.ours.start("tracked", ["/run/tracked-one", "1000"]))
        try net.wait("\(processes.count) processes count") {
          try priority() == expected
            && net.ours.run(["sh", "-c", "pidof tracked-one | wc -w"]).contains("\(processes.count)")
        }
      }
      try processes.removeLast().stop()
      try net.wait("as many as the quorum says") { try priority() == 140 }
      try net.ours.write("-7\n", to: "/run/number")
      try net.wait("the number counts twice") { try priority() == 116 }
    }

    /// `interval`, `timeout`, `rise`, `fall`, `weight` and `init_fail` of a check script.
    @Test func checkScripts() throws {
      let net = try Neighbors()
      defer { net.lab.destroy() }
      try net.ours.write(
        "#!/bin/sh\nread decision < /run/decision\necho $decision >> /run/runs\n"
          + "case $decision in hang) exec sleep 1000;; *) exit $decision;; esac\n", to: "/run/check", mode: 0o755)
      func runs() -> [String] { (net.ours.read("/run/runs") ?? "").split(separator: "\n").map(String.init) }
      func decide(_ decision: String) throws {
        try net.ours.write("", to: "/run/runs")
        try net.ours.write("\(decision)\n", to: "/run/decision")
      }
      try decide("1")
      try net.ours.install(
        """
        vrrp_script check {
            script /run/check
            interval 0.1
            timeout 0.2
            rise 4
            fall 3
            weight -20
            init_fail
        }

        """ + Neighbors.instance("VI", 52, "192.0.2.100/24", "track_script {\ncheck\n}"))
      try net.baton.startVRRP(on: net.ours)
      func wait(_ priority: Int, _ runsOf: String, _ least: Int) throws {
        try net.wait("priority \(priority) by \(runsOf)") {
          try net.baton.instances(on: net.ours).first?.effectivePriority == priority
        }
        #expect(runs().count { $0 == runsOf } >= least, "\(runs())")
      }
      try wait(80, "1", 0)
      try decide("0")
      try wait(100, "0", 4)
      try decide("1")
      try wait(80, "1", 3)
      try decide("0")
      try wait(100, "0", 4)
      try decide("hang")
      try wait(80, "hang", 3)
    }

    /// `dynamic_interfaces` needs not be said: an interface may come later, and again.
    @Test(arguments: ["", "dynamic_interfaces"]) func interfacesThatAppear(keyword: String) throws {
      let net = try Neighbors()
      defer { net.lab.destroy() }
      try net.ours.install(
        "global_defs {\n\(keyword)\n}\n"
          + Neighbors.instance("VI", 52, "192.0.2.100/24").replacing("interface eth0", with: "interface late0"))
      try net.baton.startVRRP(on: net.ours)
      try net.wait("it is in fault") { try states(net) == ["fault"] }
      for _ in 0..<2 {
        try net.ours.run(["ip", "link", "add", "name", "late0", "type", "veth", "peer", "name", "late1"])
        for link in ["late0", "late1"] { try net.ours.run(["ip", "link", "set", link, "up"]) }
        try net.ours.run(["ip", "addr", "add", "198.51.100.1/24", "dev", "late0"])
        try net.wait("it is master") { try states(net) == ["master"] }
        try net.wait("the address is there") {
          try net.ours.run(["ip", "-o", "addr", "show", "dev", "late0"]).contains("192.0.2.100/24")
        }
        try net.ours.run(["ip", "link", "del", "late0"])
        try net.wait("it is in fault again") { try states(net) == ["fault"] }
      }
    }

    /// The daemon is started beside the namespace and lives in it; a reload does not move it.
    @Test func namespace() throws {
      let net = try Neighbors()
      defer { net.lab.destroy() }
      // An interface that only the namespace has.
      try net.ours.run(["ip", "link", "add", "name", "inner0", "type", "veth", "peer", "name", "inner1"])
      for link in ["inner0", "inner1"] { try net.ours.run(["ip", "link", "set", link, "up"]) }
      try net.ours.run(["ip", "addr", "add", "198.51.100.1/24", "dev", "inner0"])
      func write(_ namespace: String) throws {
        try net.ours.write(
          "net_namespace \(namespace)\n"
            + Neighbors.instance("VI", 52, "192.0.2.100/24").replacing("eth0", with: "inner0"), to: "/run/beside.conf")
      }
      try write(net.ours.namespace)
      let daemon = try Daemon(
        "vrrpd", host: "beside",
        command: [
          net.baton.path("vrrpd"), "-f", net.ours.outside("/run/beside.conf"), "-s",
          net.ours.outside("/run/beside.sock"),
        ], log: net.ours.outside("/run/beside.log"))
      defer { daemon.kill() }
      let address = try #require(IPAddress("192.0.2.100"))
      try net.wait("the address is in the namespace") { try net.ours.has(address) || !daemon.isRunning }
      #expect(daemon.isRunning, "\(daemon.output)")
      try write("elsewhere")
      let (status, text) = try net.ours.status([net.baton.path("vrrpctl"), "-s", "/run/beside.sock", "reload"])
      #expect(status != 0 && text.contains("net_namespace cannot change"), "\(text)")
      #expect(try daemon.stop() == 0)
      #expect(try !net.ours.has(address))
    }

    @Test func namespaceThatIsMissing() throws {
      let net = try Neighbors()
      defer { net.lab.destroy() }
      try net.ours.install("net_namespace nowhere\n" + Neighbors.instance("VI", 52, "192.0.2.100/24"))
      for daemon in ["vrrpd", "bfdd"] {
        let (status, text) = try net.ours.status([net.baton.path(daemon)])
        #expect(status == 4 && text.contains("net_namespace nowhere: open"), "\(text)")
      }
    }

    /// The table of `no_accept` by its name and with its priority.
    @Test func firewallTable() throws {
      let net = try Neighbors()
      defer { net.lab.destroy() }
      try net.ours.install(
        "global_defs {\n    nftables virtual\n    nftables_priority -7\n}\n"
          + Neighbors.instance("VI", 52, "192.0.2.100/24", "no_accept"))
      try net.baton.startVRRP(on: net.ours)
      try net.wait("the address is blocked") {
        let rules = try net.ours.run(["nft", "list", "ruleset"])
        return rules.contains("table inet virtual") && rules.contains("192.0.2.100")
          && (rules.contains("priority -7") || rules.contains("priority filter - 7"))
      }
    }
  }
}
