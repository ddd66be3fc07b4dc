import LabKit
import NetPrimitives
import Testing

extension LabTests {
  /// `auth_hmac`, which no peer in Debian speaks, between two vrrpd. `auth_type AH` meets keepalived in
  /// `VRRPInteroperability`.
  @Suite struct VRRPAuthentication {
    private static let keys = [
      String(repeating: "0123456789abcdef", count: 4), String(repeating: "fedcba9876543210", count: 4),
    ]

    private func configuration(_ family: AddressFamily, priority: Int, _ authentication: String) -> String {
      """
      vrrp_instance VI {
          state BACKUP
          interface eth0
          virtual_router_id 52
          version 3
          priority \(priority)
          advert_int 0.1
          auth_hmac {
              \(authentication)
          }
          virtual_ipaddress {
              \(family == .ipv4 ? "192.0.2.100/24" : "fe80::100/64")
          }
      }

      """
    }

    @Test(arguments: AddressFamily.allCases)
    func twoRoutersWithKeys(_ family: AddressFamily) throws {
      let net = try Neighbors()
      defer { net.lab.destroy() }
      // The key of one is in a file.
      try net.theirs.write("hex:\(Self.keys[0])\n", to: "/etc/keepalived/key")
      try net.ours.install(configuration(family, priority: 100, "key 1 hex:\(Self.keys[0])\nactive_key 1"))
      try net.theirs.install(
        configuration(family, priority: 200, "key 1 file:/etc/keepalived/key\nactive_key 1"))
      try net.baton.startVRRP(on: net.ours)
      try net.baton.startVRRP(on: net.theirs)
      func states() throws -> [String] {
        try [net.ours, net.theirs].flatMap { try net.baton.instances(on: $0).map(\.state) }
      }
      func errors() throws -> Int {
        try net.baton.instances(on: net.ours).map(\.statistics.authenticationErrors).reduce(0, +)
      }
      try net.wait("the better one is master, and the other hears it") {
        try states() == ["backup", "master"]
          && net.baton.instances(on: net.ours).allSatisfy { $0.statistics.advertisementRcvd > 10 }
      }
      #expect(try errors() == 0)

      // Another key on one end: neither believes the other.
      try net.theirs.install(
        configuration(family, priority: 200, "key 1 hex:\(Self.keys[1])\nactive_key 1"))
      try net.theirs.run([net.baton.path("vrrpctl"), "reload"])
      try net.wait("forged advertisements are refused") { try states() == ["master", "master"] && errors() > 0 }

      // The old one learns the new key, too: they agree again.
      try net.ours.install(
        configuration(
          family, priority: 100, "key 1 hex:\(Self.keys[1])\nkey 2 hex:\(Self.keys[0])\nactive_key 2"))
      try net.ours.run([net.baton.path("vrrpctl"), "reload"])
      try net.wait("they agree again") { try states() == ["backup", "master"] }
      for host in [net.ours, net.theirs] {
        let logs = host.logs(lines: 1_000)
        #expect(!Self.keys.contains { logs.contains($0) })
      }
    }
  }
}
