import Testing

@testable import KeepalivedConfig

/// No finding shows a password or a key, whatever is wrong with the line that it stands in.
@Suite struct SecretTextTests {
  private static let secrets = ["Pa5sW0rd", "x'y'z9Q!k", "longlowercase", "${Pa5sW0rd}", "192.0.2.77/x"]

  /// Lines that hold a secret, in the right form and in wrong ones; `SECRET` is the place.
  private static let forms = [
    "auth_pass SECRET", "auth_pass my SECRET", "auth_pass SECRET more", "auth_pass=SECRET", "auth_pass = SECRET",
    "auth_pass: SECRET", "\"auth_pass\" SECRET", "auth_pass \"SECRET\"", "auth_pass \"SECRET", "'auth_pass' 'SECRET'",
    "AUTH_PASS SECRET", "Auth_Pass SECRET", "auth_passwd SECRET", "auth_pas SECRET", "atuh_pass SECRET", "auth SECRET",
    "auth_pass\nSECRET", "auth_pass {\nSECRET\n}", "auth_pass { SECRET }", "auth_pass \\\nSECRET", "auth_type SECRET",
    "auth_type PASS SECRET", "auth_type SECRET PASS", "password SECRET", "password=SECRET", "key SECRET",
    "key 1 SECRET",
    "key SECRET 1", "key=SECRET", "key_id SECRET", "active_key SECRET", "key_file SECRET", "type SECRET", "SECRET",
    "SECRET {", "SECRET { x }", "auth_pass ${SECRET", "auth_pass ${SECRET}", "auth_pass $SECRET",
    "@x @y auth_pass SECRET",
    "~LST(a) auth_pass SECRET", "~LST(key,{SECRET,SECRET}) auth_pass $key", "~SEQ(SECRET,1) auth_pass",
    "$KEY=SECRET\nauth_pass $KEY $KEY", "$PASSWORD=SECRET\n$PASSWORD", "$P=SECRET\nauth_pass $P\n$P",
    "$P= \\\nSECRET \\\nSECRET\nauth_pass $P x", "include SECRET auth_pass", "secret SECRET",
  ]

  /// What stands around such a line.
  private static let places = [
    "LINE", "global_defs {\nLINE\n}",
    "vrrp_instance A {\ninterface eth0\nvirtual_router_id 1\nLINE\nvirtual_ipaddress {\n192.0.2.1\n}\n}",
    "vrrp_instance A {\ninterface eth0\nvirtual_router_id 1\nvirtual_ipaddress {\n192.0.2.1\nLINE\n}\n}",
    "vrrp_instance A {\ninterface eth0\nvirtual_router_id 1\nauthentication {\nauth_type PASS\nLINE\n}\n"
      + "virtual_ipaddress {\n192.0.2.1\n}\n}",
    "vrrp_instance A {\ninterface eth0\nvirtual_router_id 1\nauthentication\nauth_type PASS\nLINE\n}\n"
      + "virtual_ipaddress {\n192.0.2.1\n}\n}",
    "vrrp_instance A {\nversion 3\ninterface eth0\nvirtual_router_id 1\nauth_hmac {\nLINE\nactive_key 1\n}\n"
      + "virtual_ipaddress {\n192.0.2.1\n}\n}",
    "authentication {\nLINE\n}", "authenticaton {\nLINE\n}", "vrrp_instance A {\nauthentication {\nLINE",
    "bfd_instance b {\nneighbor_ip 192.0.2.2\nauthentication {\ntype sha1\nkey_id 1\nLINE\n}\n}",
    "bfd_instance b {\nneighbor_ip 192.0.2.2\nLINE\n}", "bfd_template t {\nauthentication {\nLINE\n}\n}",
    "unknown_block {\nLINE\n}",
  ]

  /// Forms that say themselves that they hold a secret are safe in every place, a bare value where the place says so.
  @Test(arguments: forms)
  func noFindingShowsASecret(form: String) throws {
    for place in Self.places {
      let saysSo = place.contains("auth")
      guard saysSo || !["type SECRET", "SECRET", "SECRET {", "SECRET { x }"].contains(form) else { continue }
      for secret in Self.secrets {
        let text = place.replacing("LINE", with: form.replacing("SECRET", with: secret)) + "\n"
        for finding in try load(text).findings {
          #expect(!finding.description.contains(secret), "\(text)\n\(finding)")
          #expect(!finding.message.contains("Pa5sW0rd"), "\(text)\n\(finding)")
        }
      }
    }
  }

  @Test func keywordsAndOtherLinesAreShown() throws {
    let loaded = try load(
      "vrrp_instance A {\ninterface eth0\nvirtual_router_id 1\nprioritty 3\nauthentication {\nauth_pass\n}\n"
        + "virtual_ipaddress {\n192.0.2.300\n}\n}\n")
    let messages = loaded.errors.map(\.message)
    #expect(messages.contains { $0.contains("'prioritty'") }, "\(messages)")
    #expect(messages.contains { $0.contains("'192.0.2.300'") }, "\(messages)")
    #expect(messages.contains { $0.contains("'auth_pass' needs") }, "\(messages)")
  }

  /// More secrets than are worth looking for hide everything, and cost no time.
  @Test func manySecretsHideAll() throws {
    let loaded = try load((0..<5_000).map { "auth_pass secret\($0)\n" }.joined() + "nonsense word\n")
    #expect(!loaded.findings.contains { $0.message.contains("nonsense") || $0.message.contains("secret1") })
  }
}
