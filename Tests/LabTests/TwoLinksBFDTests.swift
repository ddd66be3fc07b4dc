import LabKit
import NetPrimitives
import Testing

extension LabTests {
  /// Two routers with two links between them, and a session for each: neither lives on the other's link.
  @Suite struct TwoLinksBFD {
    private static func session(_ name: String, _ neighbor: String) -> String {
      """
      bfd_instance \(name) {
          neighbor_ip \(neighbor)
          min_rx 100
          min_tx 100
          multiplier 3
      }

      """
    }

    private static let frr = """
      bfd
       peer 192.0.2.1
        receive-interval 100
        transmit-interval 100
       exit
       peer 198.51.100.1
        receive-interval 100
        transmit-interval 100
       exit
      exit

      """

    @Test("a session is not kept up, nor another pulled down, by the other link", arguments: [true, false])
    func aCutLinkIsDown(isOurEnd: Bool) throws {
      let baton = try LabTests.baton()
      let lab = try Lab()
      defer { lab.destroy() }
      func router(_ name: String, _ number: Int) throws -> Host {
        let interfaces = [
          Interface("eth0", ["192.0.2.\(number)/24"]), Interface("eth1", on: "second", ["198.51.100.\(number)/24"]),
        ]
        let host = try lab.addHost(name, interfaces)
        // What its own link no longer reaches, the routes send over the other one.
        try host.run(["ip", "route", "add", "default", "via", "192.0.2.\(3 - number)"])
        return host
      }
      let (ours, theirs) = (try router("ours", 1), try router("theirs", 2))
      try ours.install(Self.session("first", "192.0.2.2") + Self.session("second", "198.51.100.2"))
      _ = try baton.startBFD(on: ours)
      try theirs.startFRR("bfdd", configuration: Self.frr)
      func states() throws -> [String] { try baton.sessions(on: ours).map(\.localState) }
      func wait(_ what: String, for wanted: [String]) throws {
        try eventually(what, in: lab) { try states() == wanted }
      }

      try wait("both sessions are up", for: ["up", "up"])
      let cut = isOurEnd ? ours : theirs
      try cut.run(["ip", "link", "set", "eth1", "down"])
      try wait("the session of the cut link is down", for: ["up", "down"])
      // The first packets of a session that is not Up come once a second.
      for _ in 0..<30 {
        try Wait.pause(.milliseconds(100))
        #expect(try states() == ["up", "down"])
      }
      try cut.run(["ip", "link", "set", "eth1", "up"])
      try wait("the link is back", for: ["up", "up"])
      #expect(try baton.sessions(on: ours).map(\.statistics.downCount) == [0, 1])
    }
  }
}
