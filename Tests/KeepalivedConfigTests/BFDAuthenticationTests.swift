import NetPrimitives
import Testing

@testable import KeepalivedConfig

@Suite struct BFDAuthenticationTests {
  /// Loads a session with these lines; `files` are beside the main file.
  private func load(
    _ lines: String, files: [String: String] = [:], environment: [String: String] = [:], unreadable: Set<String> = []
  ) throws -> LoadedConfiguration {
    try MemoryFiles(files: files, unreadable: unreadable, environment: environment).load(session(lines))
  }

  private func session(_ lines: String) -> String { "bfd_instance b {\nneighbor_ip 192.0.2.1\n\(lines)\n}\n" }

  private func block(_ type: String, _ id: String, _ key: String) -> String {
    "authentication {\ntype \(type)\nkey_id \(id)\n\(key)\n}\n"
  }

  private func keys(_ loaded: LoadedConfiguration) -> [BFDAuthentication] {
    loaded.configuration.bfdInstances.first?.authentication ?? []
  }

  @Test(arguments: BFDAuthentication.Kind.allCases)
  func everyTypeTakesKeysUpToItsLength(_ kind: BFDAuthentication.Kind) throws {
    for length in [0, 1, kind.maximumKeyLength, kind.maximumKeyLength + 1] {
      let text = String(repeating: "k", count: length)
      let loaded = try load(block(kind.rawValue, "255", "key \"\(text)\""))
      if (1...kind.maximumKeyLength).contains(length) {
        #expect(loaded.findings.isEmpty, "\(loaded.report)")
        #expect(keys(loaded) == [BFDAuthentication(kind: kind, keyID: 255, key: Secret(text.utf8))])
      } else {
        #expect(loaded.errors.map(\.message).contains { $0.contains("the key has \(length) bytes") })
      }
    }
  }

  @Test func theOrderOfBlocksStays() throws {
    let loaded = try load(
      block("meticulous-keyed-sha1", "2", "key new") + block("meticulous-keyed-sha1", "1", "key old")
        + block("simple-password", "1", "key \"it has # and blanks\"".replacing("it has", with: "has")))
    #expect(loaded.findings.isEmpty, "\(loaded.report)")
    #expect(keys(loaded).map(\.keyID) == [2, 1, 1])
    #expect(keys(loaded)[2].key == Secret("has # and blanks".utf8))
  }

  @Test func hexadecimalKeys() throws {
    #expect(try keys(load(block("keyed-md5", "0", "key hex:00fF10"))).first?.key == Secret([0, 255, 16]))
    for wrong in ["hex:0", "hex:0g", "hex:", "hex:+1"] {
      #expect(try load(block("keyed-md5", "0", "key \(wrong)")).errors.count == 1, "\(wrong)")
    }
  }

  @Test func keysFromFiles() throws {
    let sha1 = { (file: String) in self.block("keyed-sha1", "1", "key_file \(file)") }
    for text in ["secret", "secret\n", "secret\r\n"] {
      #expect(try keys(load(sha1("/etc/k"), files: ["/etc/k": text])).first?.key == Secret("secret".utf8))
    }
    // A bare name is a credential.
    let credentials = ["CREDENTIALS_DIRECTORY": "/run/credentials/bfdd.service"]
    let file = ["/run/credentials/bfdd.service/peer": "secret\n"]
    #expect(try keys(load(sha1("peer"), files: file, environment: credentials)).first?.key == Secret("secret".utf8))
  }

  @Test func aKeyFileThatEveryUserMayRead() throws {
    let text = session(block("keyed-sha1", "1", "key_file /etc/k"))
    var files = MemoryFiles(files: ["/etc/k": "secret\n"])
    #expect(try files.load(text).findings.isEmpty)
    files.readableByOthers = ["/etc/k"]
    let loaded = try files.load(text)
    #expect(loaded.report == ["6:10: warning: every user may read this file, which holds a key (chmod o-r)"])
    #expect(keys(loaded).first?.key == Secret("secret".utf8))
  }

  @Test(arguments: [
    ("/etc/missing", "no such file"), ("/etc/locked", "Permission denied"), ("/etc/empty", "has 0 bytes"),
    ("/etc/long", "has 21 bytes"), ("/etc/huge", "too long for a key"), ("peer", "CREDENTIALS_DIRECTORY"),
    ("../peer", "absolute path"), (".", "absolute path"),
  ])
  func unusableFiles(_ name: String, _ reason: String) throws {
    let files = [
      "/etc/empty": "\n", "/etc/long": String(repeating: "k", count: 21),
      "/etc/huge": String(repeating: "k", count: 9_000),
    ]
    let loaded = try load(block("keyed-sha1", "1", "key_file \(name)"), files: files, unreadable: ["/etc/locked"])
    #expect(loaded.errors.count == 1 && loaded.errors[0].message.contains(reason), "\(loaded.report)")
  }

  @Test func whoNeedsNoKeysReadsNoFiles() throws {
    var source = MemoryFiles(files: ["/etc/main.conf": session(block("keyed-sha1", "1", "key_file /etc/missing"))])
      .source
    source.keyFiles = [.vrrp]
    let loaded = try Configuration.load(path: "/etc/main.conf", from: source)
    #expect(loaded.findings.isEmpty)
    // And what it has instead of a key is none that anything would run with.
    #expect(keys(loaded).map(\.key) == [Secret([])])
  }

  @Test(arguments: [
    ("type keyed-sha1\nkey_id 1", "no key and no key_file"), ("type keyed-sha1\nkey x", "no key_id"),
    ("key_id 1\nkey x", "no type"), ("type keyed-sha1\nkey_id 1\nkey x\nkey_file /y", "exclude each other"),
    ("type keyed-sha2\nkey_id 1\nkey x", "did you mean 'keyed-sha1'"),
    ("type keyed-sha1\nkey_id 256\nkey x", "0 to 255"),
    ("type keyed-sha1\nkey_id 1\nkey", "needs a word"), ("type keyed-sha1\nkey_id 1\nkey \"x", "never closed"),
    ("type keyed-sha1\nkey_id 1\nkey hunter 22", "quote it"), ("auth_pass x", "does not belong"),
  ])
  func incompleteBlocks(_ lines: String, _ reason: String) throws {
    let loaded = try load("authentication {\n\(lines)\n}\n")
    #expect(loaded.errors.contains { $0.message.contains(reason) }, "\(loaded.report)")
    #expect(keys(loaded).isEmpty)
    #expect(!loaded.report.joined().contains("hunter") && !loaded.report.joined().contains("22'"))
  }

  @Test func twoKeysWithTheSameNumber() throws {
    for (one, other, isRefused) in [
      ("keyed-sha1", "keyed-sha1", true), ("keyed-sha1", "frr-hmac-sha1", true), ("keyed-sha1", "keyed-md5", false),
    ] {
      let loaded = try load(block(one, "7", "key a") + block(other, "7", "key b"))
      #expect(loaded.errors.count == (isRefused ? 1 : 0), "\(loaded.report)")
    }
  }

  @Test func nothingShowsAKey() throws {
    let loaded = try load(block("keyed-sha1", "7", "key hunter22") + block("keyed-sha1", "7", "key hunter23"))
    var dumped = ""
    dump(loaded, to: &dumped)
    #expect(!dumped.contains("hunter") && !"\(loaded)".contains("hunter") && dumped.contains("keyedSHA1"))
  }
}
