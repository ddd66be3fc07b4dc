import LabKit
import LinuxIO
import NetPrimitives
import Testing

extension LabTests {
  /// 250 instances with fast advertisements change hands. A router needs seconds for so many addresses, and its advertisements
  /// are late meanwhile: that must not make the other one take back, again and again.
  @Suite struct Storms {
    private static let instances = 250
    private static let load = VRRPLoad(instances: instances, interval: .milliseconds(100), duration: .zero)

    /// Where the kernel tells of addresses, with the time of day.
    private static func changes(_ monitors: [Daemon]) -> [(second: Double, address: Substring)] {
      monitors.flatMap { monitor in
        monitor.output.split(separator: "\n").compactMap { line -> (Double, Substring)? in
          guard let address = line.split(separator: " ").first(where: { $0.hasPrefix("10.1.0.") }),
            let time = line.split(separator: "]").first?.split(separator: "T").last
          else { return nil }
          let parts = time.split(separator: ":").compactMap { Double($0) }
          guard parts.count == 3 else { return nil }
          return (parts[0] * 3_600 + parts[1] * 60 + parts[2], address)
        }
      }.sorted { $0.0 < $1.0 }
    }

    private static func count(on host: Host) throws -> Int {
      try host.run(["ip", "-4", "-o", "addr", "show", "dev", "eth0"]).split(separator: "\n").count {
        $0.contains(" 10.1.0.")
      }
    }

    /// `first` is active, and `second`, which is better, arrives: how often the address that changed most was added or removed
    /// while the second worked on it.
    private func changes(arrival second: Engine, at first: Engine) throws -> Int {
      let baton = try LabTests.baton()
      let lab = try Lab()
      defer { lab.destroy() }
      let active = try lab.addHost("active", [Interface("eth0", ["192.0.2.1/24"])])
      let better = try lab.addHost("better", [Interface("eth0", ["192.0.2.2/24"])])
      try active.install(Self.load.configuration(priority: 100))
      try better.install(Self.load.configuration(priority: 150))
      try start(first, baton, on: active)
      try eventually("the first has all addresses", in: lab, within: .seconds(60)) {
        try Self.count(on: active) == Self.instances
      }
      // Its second round of announcements is not what is measured.
      try Wait.pause(.seconds(6))
      let monitors = try [active, better].map { try $0.start("monitor", ["ip", "-ts", "-o", "monitor", "address"]) }
      try start(second, baton, on: better)
      if second == .baton {
        try eventually("the second has all addresses, and the first none", in: lab, within: .seconds(120)) {
          try Self.count(on: active) == 0 && Self.count(on: better) == Self.instances
        }
      } else {
        // A keepalived that has to read thousands of advertisements a second may need minutes, or not get there at all.
        try Wait.pause(.seconds(25))
      }
      let each = Dictionary(grouping: Self.changes(monitors), by: \.address)
      return each.values.map(\.count).max() ?? 0
    }

    private func start(_ engine: Engine, _ baton: Baton, on host: Host) throws {
      switch engine {
      case .baton: try baton.startVRRP(on: host)
      case .keepalived: try host.startKeepalived(isDetailed: false)
      }
    }

    /// Mixed, both ways, and unmixed. An address leaves the first and comes to the second; a few returns are borne, and
    /// no more than two keepalived need on this machine, as it is now.
    @Test func theyDieDown() throws {
      let peers = try changes(arrival: .keepalived, at: .keepalived)
      let pairs: [(first: Engine, second: Engine)] = [
        (.baton, .keepalived), (.keepalived, .baton), (.baton, .baton),
      ]
      for pair in pairs {
        let changes = try changes(arrival: pair.second, at: pair.first)
        #expect(changes >= 2, "\(pair): nothing changed hands")
        #expect(changes <= max(12, peers), "\(pair): \(changes) changes of one address; two keepalived: \(peers)")
      }
    }
  }
}
