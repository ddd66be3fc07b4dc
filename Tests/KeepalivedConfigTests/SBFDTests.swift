import NetPrimitives
import Testing

@testable import KeepalivedConfig

/// `sbfd_initiator` and `sbfd_reflector`.
@Suite struct SBFDTests {
  @Test func `an initiator is a session like others`() throws {
    let loaded = try load(
      """
      sbfd_initiator far {
        neighbor_ip 198.51.100.1
        remote_discriminator 10.0.0.1
        source_ip 192.0.2.1
        min_tx 50
        multiplier 3
        ttl 64
        weight 10
        notify /bin/true
      }
      sbfd_initiator other {
        neighbor_ip 198.51.100.1
        remote_discriminator 4294967295
        source_ip 192.0.2.1
      }
      vrrp_instance V {
        interface eth0
        virtual_router_id 1
        virtual_ipaddress { 192.0.2.9 }
        track_bfd { far }
      }
      """)
    #expect(!loaded.findings.hasErrors, "\(loaded.report)")
    let sessions = loaded.configuration.bfdInstances
    #expect(sessions.map(\.remoteDiscriminator) == [0x0A00_0001, .max])
    #expect(sessions[0].desiredMinTX == .milliseconds(50) && sessions[0].requiredMinRX == .zero)
    #expect(sessions[0].ttl == 64 && sessions[0].minimumReceivedTTL == 0 && sessions[0].notify.any != nil)
    #expect(loaded.configuration.vrrpInstances.first?.tracking.bfd.first?.name == "far")
  }

  @Test func `a reflector`() throws {
    let loaded = try load(
      "sbfd_reflector {\ndiscriminator 7 10.0.0.1\nallow {\n192.0.2.0/24\n::/0\n}\nmin_rx 3.3\nmax_rate 5\nadmin_down\n}"
    )
    #expect(loaded.findings.isEmpty, "\(loaded.report)")
    let reflector = try #require(loaded.configuration.sbfdReflector)
    #expect(reflector.discriminators == [7, 0x0A00_0001] && reflector.allowed.count == 2)
    #expect(reflector.requiredMinRX == .microseconds(3_300) && reflector.maximumRate == 5 && reflector.adminDown)
    #expect(try load("").configuration.sbfdReflector == nil)
  }

  @Test(arguments: [
    ("sbfd_initiator i {\nneighbor_ip 192.0.2.1\n}", "no remote_discriminator"),
    ("sbfd_initiator i {\nremote_discriminator 1\n}", "no neighbor_ip"),
    ("sbfd_initiator i {\nneighbor_ip 192.0.2.1\nremote_discriminator 0\n}", "no discriminator"),
    ("sbfd_initiator i {\nneighbor_ip 192.0.2.1\nremote_discriminator 4294967296\n}", "no discriminator"),
    ("sbfd_initiator i {\nneighbor_ip 192.0.2.1\nremote_discriminator 1\nmin_rx 10\n}", "min_rx"),
    ("sbfd_initiator i {\nneighbor_ip 192.0.2.1\nremote_discriminator 1\nsource_ip ::1\n}", "source_ip is IPv6"),
    ("sbfd_initiator i {\nneighbor_ip 192.0.2.1\nremote_discriminator 1\necho_tx 50\n}", "there is no S-BFD echo"),
    ("sbfd_reflector {\ndiscriminator 1\nallow {\n::/0\n}\necho_rx 50\n}", "there is no S-BFD echo"),
    (
      "sbfd_initiator i {\nneighbor_ip 192.0.2.1\nremote_discriminator 1\nauthentication {\n}\n}",
      "S-BFD packets are not authenticated"
    ),
    (
      "sbfd_reflector {\ndiscriminator 1\nallow {\n::/0\n}\nauthentication {\n}\n}",
      "S-BFD packets are not authenticated"
    ),
    (
      "bfd_instance i {\nneighbor_ip 192.0.2.1\n}\nsbfd_initiator i {\nneighbor_ip 192.0.2.2\nremote_discriminator 1\n}",
      "session 'i' already"
    ),
    ("sbfd_reflector {\nallow {\n::/0\n}\n}", "no discriminator"),
    ("sbfd_reflector {\ndiscriminator 1\n}", "no 'allow'"),
    ("sbfd_reflector {\ndiscriminator 1\nallow {\nx\n}\n}", "no prefix"),
    (
      "sbfd_reflector {\ndiscriminator 1\nallow {\n::/0\n}\n}\nsbfd_reflector {\ndiscriminator 1\nallow {\n::/0\n}\n}",
      "already"
    ),
  ])
  func `mistakes are errors`(text: String, message: String) throws {
    let loaded = try load(text)
    #expect(loaded.findings.hasErrors && loaded.report.contains { $0.contains(message) }, "\(loaded.report)")
  }
}
