import FoundationEssentials
import LabKit
import NetPrimitives
import Testing

extension LabTests {
  /// RFC 9468 7: what anybody on the link can send must cost no more than was allowed.
  @Suite struct UnsolicitedFlood {
    private static let limit = 16
    private static let configuration = """
      bfd_instance uplink {
          neighbor_ip 192.0.2.2
          source_ip 192.0.2.1
          min_rx 100
          min_tx 100
          multiplier 10
      }
      bfd_unsolicited lan {
          interface eth0
          allow {
              192.0.2.128/25
          }
          max_sessions \(limit)
          hold_time 600
          min_rx 100
          min_tx 100
          multiplier 10
      }

      """
    private static let neighbor = """
      bfd_instance uplink {
          neighbor_ip 192.0.2.1
          source_ip 192.0.2.2
          min_rx 100
          min_tx 100
          multiplier 10
      }

      """

    /// First packets of a session from three addresses in turn: one that is allowed, one of the subnet that is not, and one
    /// from beyond the subnet. Bursts stay below what the wire holds, so that no packet is lost without being counted.
    private static let flood = """
      import socket, struct, sys, time
      rounds = int(sys.argv[1])
      sources = []
      for host in range(1, 63):
          sources += ["192.0.2.%d" % (128 + host), "192.0.2.%d" % (64 + host), "198.51.100.%d" % host]
      sockets = []
      for source in sources:
          one = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
          one.setsockopt(socket.IPPROTO_IP, socket.IP_TTL, 255)
          one.bind((source, 0))
          one.connect(("192.0.2.1", 3784))
          sockets.append(one)
      for _ in range(rounds):
          for number, one in enumerate(sockets):
              one.send(struct.pack("!BBBBIIIII", 0x20, 0x40, 3, 24, number + 1, 0, 1000000, 1000000, 0))
          time.sleep(0.005)
      print(rounds * len(sockets) // 3)
      """

    @Test func manyStrangersGetTheirLimitAndNoMore() throws {
      let net = try Neighbors()
      defer { net.lab.destroy() }
      try net.ours.install(Self.configuration)
      try net.theirs.install(Self.neighbor)
      // The neighbour sends from whole subnets, and both ways know where these are.
      for subnet in ["192.0.2.128/25", "192.0.2.64/26", "198.51.100.0/24"] {
        try net.theirs.run(["ip", "route", "add", "local", subnet, "dev", "lo"])
      }
      try net.ours.run(["ip", "route", "add", "198.51.100.0/24", "dev", "eth0"])
      let bfdd = try net.baton.startBFD(on: net.ours)
      try net.baton.startBFD(on: net.theirs)
      try net.waitForSession("up")

      var sent = 0
      var memory: [Int] = []
      for rounds in [100, 400, 400] {
        let output = try net.theirs.run(["python3", "-c", Self.flood, "\(rounds)"])
        sent += try #require(Int(output.filter(\.isNumber)))
        // Every packet is somewhere: with a session, or counted by the reason that refused it.
        try net.wait("all \(sent) packets of each kind are accounted for") {
          let sessions = try net.baton.sessions(on: net.ours)
          #expect(sessions.count <= Self.limit + 1, "more sessions than max_sessions")
          let accepted = sessions.filter { $0.origin == "unsolicited" }.reduce(0) {
            $0 + $1.statistics.receivePacketCount
          }
          let drops = try drops(net)
          return accepted + (drops["unsolicited_limit"] ?? 0) == sent && drops["unsolicited_not_allowed"] == 2 * sent
        }
        memory.append(try residentKilobytes(bfdd.pid))
      }
      let sessions = try net.baton.sessions(on: net.ours)
      #expect(sessions.count { $0.origin == "unsolicited" } == Self.limit)
      #expect(sessions.filter { $0.origin == "unsolicited" }.allSatisfy { $0.neighbor.hasPrefix("192.0.2.1") })
      let uplink = try #require(sessions.first { $0.name == "uplink" })
      #expect(uplink.localState == "up" && uplink.statistics.downCount == 0)
      // What was refused leaves nothing behind: four times as many packets again take no more memory.
      #expect(memory[2] - memory[1] < 512, "\(memory) kB")
      #expect(bfdd.output.split(separator: "\n").count { $0.contains("max_sessions") } == 1, "\(bfdd.output)")
    }

    private func drops(_ net: Neighbors) throws -> [String: Int] {
      struct Summary: Decodable { let drops: [String: Int] }
      let text = try net.ours.run([net.baton.path("bfdctl"), "counters", "--json"])
      return try JSONDecoder().decode(Summary.self, from: Data(text.utf8)).drops
    }

    private func residentKilobytes(_ pid: Int32) throws -> Int {
      let status = try Command.run(["cat", "/proc/\(pid)/status"])
      let line = try #require(status.split(separator: "\n").first { $0.hasPrefix("VmRSS:") })
      return try #require(Int(line.filter(\.isNumber)))
    }
  }
}
