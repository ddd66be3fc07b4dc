import FoundationEssentials
import LabKit
import LinuxIO
import NetPrimitives
import Testing

extension LabTests {
  /// Many reloads, one after the other, that change something each time: nothing piles up. BATON_SOAK_RELOADS says how many.
  @Suite struct ReloadSoak {
    private static func configuration(_ round: Int) -> String {
      let instances = (1...20).map { number in
        """
        vrrp_instance VI_\(number) {
            interface eth0
            virtual_router_id \(number)
            version 3
            priority \(100 + (round + number) % 50)
            advert_int 0.5
            track_script {
                check weight \(round % 7 + 1)
            }
            virtual_ipaddress {
                192.0.2.\(100 + number)/24
                \(round % 2 == 0 ? "198.51.100.\(number)/24" : "")
            }
            notify_master "/usr/bin/true \(round % 3)"
        }

        """
      }
      return "vrrp_script check {\n    script /usr/bin/true\n    interval \(round % 2 + 1)\n}\n"
        + "vrrp_sync_group G {\n    group {\n        VI_1\n        VI_\(round % 5 + 2)\n    }\n}\n"
        // One comes and goes.
        + instances.dropLast(round % 2).joined()
    }

    /// Resident memory in KiB.
    private func memory(_ daemon: Daemon) throws -> Int {
      let status = try String(contentsOf: URL(filePath: "/proc/\(daemon.pid)/status"), encoding: .utf8)
      let line = try #require(status.split(separator: "\n").first { $0.hasPrefix("VmRSS:") })
      return try #require(line.split(separator: " ").dropFirst().first.flatMap { Int($0) })
    }

    private func openFiles(_ daemon: Daemon) throws -> Int {
      try FileManager.default.contentsOfDirectory(atPath: "/proc/\(daemon.pid)/fd").count
    }

    @Test func memoryStaysFlat() throws {
      let reloads = ProcessInfo.processInfo.environment["BATON_SOAK_RELOADS"].flatMap { Int($0) } ?? 200
      let net = try Neighbors()
      defer { net.lab.destroy() }
      try net.ours.install(Self.configuration(0))
      let vrrpd = try net.baton.startVRRP(on: net.ours)
      try net.wait("it serves") { try net.baton.instances(on: net.ours).count == 20 }
      var figures: [(round: Int, memory: Int, files: Int)] = []
      for round in 1...reloads {
        try net.ours.install(Self.configuration(round))
        let (status, output) = try net.ours.status([net.baton.path("vrrpctl"), "reload"])
        try #require(status == 0, "\(output)")
        // After the first hundred the caches are warm: what a long soak grows by is told from there on.
        if round == 100 || round % max(1, reloads / 10) == 0 {
          figures.append((round, try memory(vrrpd), try openFiles(vrrpd)))
        }
      }
      try net.ours.checkDaemons()
      let text = figures.map { "\($0.round) reloads: \($0.memory) KiB, \($0.files) files" }.joined(separator: "\n")
      print(text)
      // The first half is for caches and free lists to fill; what piles up with every reload goes on doing so.
      let middle = try #require(figures.first { $0.round >= reloads / 2 })
      let last = try #require(figures.last)
      #expect(last.memory - middle.memory <= 1_024 + reloads / 20, "\(text)")
      #expect(abs(last.files - middle.files) <= 4, "\(text)")
    }
  }
}
