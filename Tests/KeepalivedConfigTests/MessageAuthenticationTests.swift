import NetPrimitives
import Testing

@testable import KeepalivedConfig

/// `auth_hmac`: keys, their sources, and that nothing of a key is ever shown.
struct MessageAuthenticationTests {
  private static let text = "correct-horse-battery-staple-0123"
  private static let hex = "hex:" + String(repeating: "0aF1", count: 16)

  private func load(_ lines: String, _ files: [String: String] = [:], keyFiles: Set<KeyUser> = [.vrrp]) throws
    -> LoadedConfiguration
  {
    var files = files
    files["/etc/main.conf"] = """
      vrrp_instance V {
        interface eth0
        virtual_router_id 7
        priority 100
        virtual_ipaddress { 192.0.2.1 }
        \(lines)
      }
      """
    var source = MemoryFiles(files: files).source
    source.keyFiles = keyFiles
    return try Configuration.load(path: "/etc/main.conf", from: source)
  }

  private func read(_ lines: String, _ files: [String: String] = [:]) throws -> VRRPMessageAuthentication {
    let loaded = try load("auth_hmac {\n\(lines)\n}", files)
    #expect(loaded.findings.isEmpty, "\(loaded.report)")
    return try #require(loaded.configuration.vrrpInstances.first?.messageAuthentication)
  }

  @Test func keys() throws {
    let files = ["/etc/text": Self.text + "\n", "/etc/hex": Self.hex + "\n"]
    let result = try read(
      "key 1 \(Self.text)\nkey 2 \(Self.hex)\nkey 3 file:/etc/text\nkey 255 file:/etc/hex\nactive_key 3", files)
    let hex = Secret((0..<32).map { $0.isMultiple(of: 2) ? 0x0A : 0xF1 })
    #expect(result.keys == [1: Secret(Self.text.utf8), 2: hex, 3: Secret(Self.text.utf8), 255: hex])
    #expect(result.activeKey == 3)
    #expect(result.mode == .enforce)
    #expect(result.timeWindow == .seconds(5))
    #expect(!result.monotonicReplayProtection)
    #expect(!"\(result)".contains("horse"))
  }

  @Test func settings() throws {
    let key = "key 1 \(Self.hex)\nactive_key 1\n"
    #expect(try read(key + "mode permissive").mode == .permissive)
    #expect(try read(key + "mode receive-only").mode == .receiveOnly)
    #expect(try read(key + "anti_replay monotonic").monotonicReplayProtection)
    #expect(try read(key + "time_window 300").timeWindow == .seconds(300))
    func window(_ lines: String) throws -> Interval? {
      try load("\(lines)\nauth_hmac {\n\(key)\n}").configuration.vrrpInstances.first?.messageAuthentication?.timeWindow
    }
    #expect(try window("advert_int 4") == .seconds(12))
    #expect(try window("version 3\nadvert_int 2.5") == .seconds(8))
    // Strict mode takes nothing less.
    let strict = try load("strict_mode\nauth_hmac {\n\(key)mode permissive\n}")
    #expect(strict.configuration.vrrpInstances.first?.messageAuthentication?.mode == .enforce)
  }

  @Test(arguments: [
    ("key 1 s3cret\nactive_key 1", "32 to 64 bytes"), ("key 1 hex:00s3cret\nactive_key 1", "hexadecimal digits"),
    ("key s3cret 1\nactive_key 1", "a key id is"), ("key 0 s3cret\nactive_key 1", "a key id is"),
    ("key 1 s3cret s3cret\nactive_key 1", "quote it"), ("key 1\nactive_key 1", "an id and a key"),
    ("key 1 \(text)", "no active_key"), ("key 1 \(text)\nactive_key 2", "no usable key 2"),
    ("key 1 \(text)\nkey 1 \(text)\nactive_key 1", "already"),
    ("key 1 file:/etc/missing\nactive_key 1", "no such file"), ("key 1 file:cred\nactive_key 1", "credential"),
    ("key 1 file:/etc/short\nactive_key 1", "32 to 64 bytes"),
  ])
  func unusableKeys(lines: String, problem: String) throws {
    let loaded = try load("auth_hmac {\n\(lines)\n}", ["/etc/short": "s3cret"])
    #expect(loaded.errors.contains { $0.message.contains(problem) }, "\(loaded.report)")
    #expect(loaded.findings.testExitStatus == 5)
    let report = loaded.report.joined()
    #expect(!report.contains("s3cret") && !report.contains("horse"), "\(report)")
  }

  @Test func theOtherDaemonReadsNoKeyFile() throws {
    let loaded = try load("auth_hmac {\nkey 1 file:/etc/missing\nactive_key 1\n}", keyFiles: [.bfd])
    #expect(loaded.findings.isEmpty, "\(loaded.report)")
  }

  @Test func notBesideAPassword() throws {
    let loaded = try load(
      "authentication {\nauth_type PASS\nauth_pass x\n}\nauth_hmac {\nkey 1 \(Self.text)\nactive_key 1\n}")
    #expect(loaded.errors.map(\.message) == ["auth_hmac and authentication exclude each other"])
  }
}
