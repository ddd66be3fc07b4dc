import LabKit
import NetPrimitives
import Testing

extension SystemdTests {
  /// baton-exporter as a service beside the daemons, and what Prometheus' own tool says about it.
  @Suite struct ExporterTests {
    @Test func metricsFollowTheDaemons() throws {
      let lab = try Lab()
      defer { lab.destroy() }
      let peer = try Box.boot(.b, in: lab)
      try peer.startDaemons()
      let box = try Box.boot(.a, in: lab)
      try box.run("systemctl", "start", "baton-exporter")
      // It starts and answers before the daemons do, and neither starts nor needs them.
      #expect(try box.property("ActiveState", of: "bfdd") == "inactive")
      #expect(try box.get("/metrics").contains("\nbfd_up 0\n"))
      #expect(try box.get("/healthz") == "200\nok\n")
      #expect(try box.get("/readyz").hasPrefix("503\n"))

      try box.startDaemons()
      try box.awaitInstance("master")
      try box.awaitSession("up")
      #expect(try box.get("/readyz").hasPrefix("200\n"))
      let metrics = try box.get("/metrics")
      for line in [
        "bfd_up 1", "vrrp_up 1", "bfd_session_up{session=\"peer\",neighbor=\"192.0.2.2\"} 1",
        "vrrp_instance_state{name=\"VI_1\",interface=\"eth0\",vrid=\"51\",family=\"ipv4\"} 2",
        "vrrp_tracked_stale{name=\"VI_1\",interface=\"eth0\",vrid=\"51\",family=\"ipv4\",kind=\"bfd\",object=\"peer\"} 0",
      ] { #expect(metrics.contains("\n\(line)\n"), "\(line)") }
      #expect(!metrics.contains("keepalived_"))
      try box.expectValidMetrics()
      // Both grow while the session is up.
      try box.awaitMetric("bfd_session_receive_gap_seconds_count{session=\"peer\",neighbor=\"192.0.2.2\"}") { $0 > 1 }
      try box.awaitMetric("vrrp_instance_advertisements_sent_total{\(Self.instance)}") { $0 > 1 }

      try box.run("systemctl", "stop", "bfdd")
      try box.awaitMetric("bfd_up") { $0 == 0 }
      try box.awaitMetric("vrrp_bfd_stale") { $0 == 1 }
      #expect(try box.get("/readyz") == "503\nbfdd does not answer\nvrrpd answers\n")
      try box.run("systemctl", "start", "bfdd")
      try box.awaitMetric("bfd_up") { $0 == 1 }
    }

    private static let instance = #"name="VI_1",interface="eth0",vrid="51",family="ipv4""#

    @Test func optionsGiveOtherNamesAndAnotherAddress() throws {
      let lab = try Lab()
      defer { lab.destroy() }
      let box = try Box.boot(.a, in: lab)
      try box.write(
        "BATON_EXPORTER_OPTIONS=--listen [::1]:9165 --compat keepalived", to: "/etc/default/baton-exporter")
      try box.startDaemons()
      try box.awaitInstance("master")
      try box.run("systemctl", "start", "baton-exporter")
      let address = "[::1]:9165"
      let metrics = try box.get("/metrics", address)
      for line in [
        "keepalived_up 1",
        "keepalived_vrrp_state{iname=\"VI_1\",intf=\"eth0\",vrid=\"51\",ip_address=\"192.0.2.100\"} 2",
        "keepalived_become_master_total{iname=\"VI_1\",intf=\"eth0\",vrid=\"51\"} 1",
        "keepalived_vrrp_become_master{name=\"VI_1\",intf=\"eth0\",vrid=\"51\",state=\"MASTER\"} 1",
      ] { #expect(metrics.contains("\n\(line)\n"), "\(line)") }
      try box.expectValidMetrics(address)

      // What is no request for a page, and who asks without reading.
      #expect(try box.get("/other", address).hasPrefix("404\n"))
      let post = try box.run(
        "curl", "-s", "-o", "/dev/null", "-w", "%{http_code}", "-d", "x", "http://\(address)/metrics")
      #expect(post == "405")
      try box.shell(
        """
        python3 -c '
        import socket, time
        many = [socket.create_connection(("::1", 9165)) for _ in range(100)]
        for one in many[:60]:
            try: one.sendall(b"GET /metrics HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n" * 50)
            except OSError: pass
        time.sleep(1)'
        """)
      try box.await("it still answers", "curl -s --max-time 5 -g 'http://\(address)/metrics' | grep -q '^vrrp_up 1'")
      #expect(try box.property("NRestarts", of: "baton-exporter") == "0")
    }

    @Test func alertRulesAreValidAndEachFires() throws {
      let repository = Installation.repository
      try Command.run(["promtool", "check", "rules", "\(repository)/dashboards/baton-alerts.yaml"])
      try Command.run([
        "promtool", "test", "rules", "\(repository)/Tests/MetricsTests/Fixtures/baton-alerts-tests.yaml",
      ])
    }
  }
}

extension Box {
  /// What the exporter answers: the status, a line end, and the page.
  fileprivate func get(_ page: String, _ address: String = "127.0.0.1:9650") throws(LabError) -> String {
    // The status is behind the page; it is wanted before.
    let answer = try run("curl", "-s", "-g", "--max-time", "20", "-w", "%{http_code}", "http://\(address)\(page)")
    return "\(answer.suffix(3))\n\(answer.dropLast(3))"
  }

  /// Prometheus' own tool has nothing to say about the metrics.
  fileprivate func expectValidMetrics(_ address: String = "127.0.0.1:9650") throws(LabError) {
    let verdict = try status(
      "/bin/bash", "-euo", "pipefail", "-c", "curl -s -g http://\(address)/metrics | promtool check metrics")
    #expect(verdict.status == 0 && verdict.output.isEmpty, "\(verdict.output)")
  }

  /// Waits until the metric's sample with these labels is as wanted.
  fileprivate func awaitMetric(_ sample: String, _ isWanted: (Double) -> Bool) throws(LabError) {
    try Wait.until("\(sample) is as wanted", detail: { self.journal() }) { () throws(LabError) -> Bool? in
      let line = try get("/metrics").split(separator: "\n").first { $0.hasPrefix("\(sample) ") }
      return line?.split(separator: " ").last.flatMap { Double($0) }.map(isWanted) == true ? true : nil
    }
  }
}
