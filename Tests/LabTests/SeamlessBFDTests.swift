import LabKit
import NetPrimitives
import Testing

extension LabTests {
  /// RFC 7880: an initiator here, a reflector there.
  @Suite struct SeamlessBFD {
    private func initiator(_ family: AddressFamily) -> String {
      """
      sbfd_initiator far {
          neighbor_ip \(Neighbors.address(family, 2).bare)
          remote_discriminator 10.0.0.2
          min_tx 50
          multiplier 3
      }

      """
    }

    private func reflector(_ more: String = "") -> String {
      """
      sbfd_reflector {
          discriminator 10.0.0.2
          allow {
              192.0.2.1
              2001:db8::/64
          }
          \(more)
      }

      """
    }

    @Test(arguments: [AddressFamily.ipv4, .ipv6])
    func theInitiatorFollowsItsReflector(_ family: AddressFamily) throws {
      let net = try Neighbors()
      defer { net.lab.destroy() }
      try net.ours.install(initiator(family))
      try net.theirs.install(reflector())
      try net.baton.startBFD(on: net.ours)
      let far = try net.baton.startBFD(on: net.theirs)
      try net.waitForSession("up")
      let session = try #require(try net.baton.sessions(on: net.ours).first)
      #expect(session.type == "sbfd_initiator" && session.remoteState == "up")
      for view in ["counters", "show"] {
        #expect(try net.theirs.status([net.baton.path("bfdctl"), view]).output.contains("167772162: up"))
      }
      let detail = try net.theirs.status([net.baton.path("bfdctl"), "reflector"])
      #expect(detail.status == 0 && detail.output.contains("167772162 (10.0.0.2)"), "\(detail.output)")
      let json = try net.theirs.status([net.baton.path("bfdctl"), "reflector", "--json"]).output
      #expect(json.filter { !$0.isWhitespace }.contains("\"discriminators\":[167772162]"), "\(json)")
      #expect(try net.ours.status([net.baton.path("bfdctl"), "reflector", "--json"]).output == "null\n")

      // Out of service is not a failure of the path.
      try net.theirs.install(reflector("admin_down"))
      #expect(try net.theirs.status([net.baton.path("bfdctl"), "reload"]).status == 0)
      try net.waitForSession("down")
      #expect(try net.baton.sessions(on: net.ours).first?.localDiagnostic?.number == 3)
      try net.theirs.install(reflector())
      #expect(try net.theirs.status([net.baton.path("bfdctl"), "reload"]).status == 0)
      try net.waitForSession("up")

      far.kill()
      try net.waitForSession("down")
      #expect(try net.baton.sessions(on: net.ours).first?.localDiagnostic?.number == 1)
      try net.baton.startBFD(on: net.theirs)
      try net.waitForSession("up")
    }
  }
}
