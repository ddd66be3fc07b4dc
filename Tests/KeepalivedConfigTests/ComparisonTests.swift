import Testing

@testable import KeepalivedConfig

@Suite struct ComparisonTests {
  private static let base = """
    global_defs {
        router_id a
    }
    vrrp_script s {
        script /usr/bin/true
    }
    bfd_instance b {
        neighbor_ip 192.0.2.9
        authentication {
            type keyed-sha1
            key_id 1
            key first
        }
    }
    vrrp_instance A {
        interface eth0
        virtual_router_id 7
        priority 100
        track_script {
            s
        }
        virtual_ipaddress {
            192.0.2.1
        }
        notify_master "/usr/bin/true a"
    }
    vrrp_instance B {
        interface eth0
        virtual_router_id 8
        virtual_ipaddress {
            192.0.2.2
        }
    }

    """

  private func differences(_ changes: [(String, String)], forBFD: Bool = false) throws -> [ConfigurationDifference] {
    var text = Self.base
    for (old, new) in changes {
      #expect(text.contains(old))
      text = text.replacing(old, with: new)
    }
    var files = MemoryFiles()
    files.programs = [:]
    return try files.load(Self.base).configuration.differences(to: files.load(text).configuration, forBFD: forBFD)
  }

  private func difference(_ kind: String, _ name: String, _ keywords: String...) -> ConfigurationDifference {
    ConfigurationDifference(action: .changed(keywords), kind: kind, name: name)
  }

  /// Of a member that several keywords fill only those that changed are named.
  @Test(arguments: [
    ("priority 100\n        track_script {\n            s\n        }", "priority 100", "track_script"),
    ("priority 100", "priority 100\n        track_interface {\n            eth1\n        }", "track_interface"),
    ("priority 100", "priority 100\n        garp_master_refresh 60", "garp_master_refresh"),
    ("priority 100", "priority 100\n        garp_lower_prio_repeat 2", "garp_lower_prio_repeat"),
  ])
  func onlyWhatChangedIsNamed(old: String, new: String, keyword: String) throws {
    let text = { (lines: String) in
      """
      vrrp_script s {
          script /usr/bin/true
      }
      vrrp_instance A {
          interface eth0
          virtual_router_id 7
          \(lines)
          virtual_ipaddress {
              192.0.2.1
          }
      }

      """
    }
    var files = MemoryFiles()
    files.programs = [:]
    let (before, after) = (try files.load(text(old)).configuration, try files.load(text(new)).configuration)
    let changed = before.differences(to: after, forBFD: false).filter { $0.kind == "vrrp_instance" }
    #expect(changed == [difference("vrrp_instance", "A", keyword)])
  }

  @Test func whereThingsStandIsNoDifference() throws {
    #expect(try differences([("vrrp_instance A", "\n\n# a remark\nvrrp_instance A")]) == [])
    #expect(try differences([("bfd_instance b", "\n\nbfd_instance b")], forBFD: true) == [])
  }

  @Test func whatDiffersIsNamedByItsKeyword() throws {
    #expect(try differences([("router_id a", "router_id c")]) == [difference("global_defs", "", "router_id")])
    #expect(
      try differences([("priority 100", "priority 90"), ("192.0.2.1\n", "192.0.2.3\n")])
        == [difference("vrrp_instance", "A", "priority", "virtual_ipaddress")])
    #expect(
      try differences([("true a\"", "true b\"")]) == [difference("vrrp_instance", "A", "notify")])
    #expect(
      try differences([("vrrp_instance B", "vrrp_instance C")])
        == [
          ConfigurationDifference(action: .removed, kind: "vrrp_instance", name: "B"),
          ConfigurationDifference(action: .added, kind: "vrrp_instance", name: "C"),
        ])
  }

  @Test func aSecretThatDiffersIsSeenAndNotShown() throws {
    let found = try differences([("key first", "key second")], forBFD: true)
    #expect(found == [difference("bfd_instance", "b", "authentication")])
    #expect(!"\(found)".contains("second"))
  }

  /// A setting that is added to the model is named by a keyword, not by what the code calls it.
  @Test func everyMemberOfTheModelHasAKeyword() throws {
    let configuration = try MemoryFiles().load(
      Self.base + "vrrp_sync_group G {\ngroup {\nA\nB\n}\n}\ntrack_file f {\nfile /f\n}\n"
        + "vrrp_track_process p {\nprocess x\n}\n"
    ).configuration
    let models: [(Block, Any)] = [
      (.globalDefinitions, configuration.global), (.vrrpInstance, try #require(configuration.vrrpInstances.first)),
      (.syncGroup, try #require(configuration.syncGroups.first)),
      (.vrrpScript, try #require(configuration.scripts.first)),
      (.trackFile, try #require(configuration.trackFiles.first)),
      (.trackProcess, try #require(configuration.trackProcesses.first)),
      (.bfdInstance, try #require(configuration.bfdInstances.first)),
    ]
    // Not by a keyword of their own: the family is that of the addresses.
    let exempt: Set<String> = ["name", "location", "family"]
    for (block, model) in models {
      for child in Mirror(reflecting: model).children {
        guard let label = child.label, !exempt.contains(label) else { continue }
        let keywords = Configuration.modelKeywords[label] ?? [label]
        let isKnown = keywords.contains { keyword in
          KeywordTable.all.contains { $0.name == keyword }
        }
        #expect(isKnown, "\(block): \(label) needs an entry in Configuration.modelKeywords, and has \(keywords)")
      }
    }
  }
}
