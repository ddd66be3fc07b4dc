import FoundationEssentials
import NetPrimitives
import Testing

@testable import KeepalivedConfig

/// The table of errors: what is left out, and what runs.
@Suite struct ErrorTableTests {
  @Test(arguments: ErrorRow.all.indices)
  func anErrorLeavesOutWhatKeepalivedLeavesOut(index: Int) throws {
    let row = ErrorRow.all[index]
    let loaded = try load(row.text)
    let errors = loaded.errors
    #expect(errors.isEmpty == (row.consequence == nil), "\(row.error): \(loaded.report)")
    if let consequence = row.consequence {
      #expect(
        errors.contains { $0.consequence?.description == consequence }, "\(row.error): \(errors.map(\.description))")
    }
    let isRefused = errors.contains { $0.consequence == .startRefused }
    #expect(isRefused == (row.runs == nil), "\(row.error): \(errors.map(\.description))")
    guard let runs = row.runs else { return }
    let instances = loaded.configuration.vrrpInstances.map { instance in
      "\(instance.name) \(instance.priority) \(instance.advertisementInterval.nanoseconds / 1_000_000) "
        + instance.virtualAddresses.map { "\($0.prefix)" }.joined(separator: " ")
    }
    #expect(instances == runs, "\(row.error)")
  }

  /// `-t` says of every error what the daemon does about it.
  @Test func everyErrorSaysItsConsequence() throws {
    for row in ErrorRow.all {
      for error in try load(row.text).errors {
        #expect("\(error)".hasSuffix("; \(error.consequence?.description ?? "nothing")"), "\(error)")
      }
    }
  }

  @Test func thePageIsTheTable() throws {
    var folder = URL(filePath: #filePath)
    while folder.path().count > 1 {
      folder.deleteLastPathComponent()
      let file = folder.appending(path: "docs/migrating-from-keepalived.md")
      guard FileManager.default.fileExists(atPath: file.path()) else { continue }
      let old = try String(contentsOf: file, encoding: .utf8)
      let begin = try #require(old.firstRange(of: "<!-- errors: written by make keywords -->\n"))
      let end = try #require(old.firstRange(of: "<!-- end of errors -->\n"))
      if ProcessInfo.processInfo.environment["BATON_WRITE_KEYWORDS"] == "1" {
        try Data((old[..<begin.upperBound] + ErrorRow.page + old[end.lowerBound...]).utf8).write(to: file)
      } else {
        #expect(old[begin.upperBound..<end.lowerBound] == ErrorRow.page, "run 'make keywords' and commit the page")
      }
      return
    }
    Issue.record("docs/migrating-from-keepalived.md is missing")
  }

  @Test func aTrackedSessionThatIsLeftOutStaysTracked() throws {
    let loaded = try load(
      "bfd_instance b {\nneighbor_ip 192.0.2.300\n}\nvrrp_instance A {\ninterface eth0\nvirtual_router_id 51\n"
        + "track_bfd {\nb\n}\nvirtual_ipaddress {\n192.0.2.100\n}\n}\n")
    #expect(loaded.configuration.vrrpInstances.first?.tracking.bfd.map(\.name) == ["b"])
  }

  // MARK: What keepalived takes without complaint

  @Test(arguments: [
    "$X= \\\npriority 120 \\\n# a comment \\\nadvert_int 2 \\\nnopreempt\n",
    "$X= \\\npriority 120 # c \\\nadvert_int 2 \\\nnopreempt\n",
    "$X= # c \\\npriority 120 \\\nadvert_int 2 \\\nnopreempt\n",
  ])
  func definitionsOfSeveralLinesMayHaveComments(definition: String) throws {
    let loaded = try load(
      definition
        + "vrrp_instance A {\ninterface eth0\nvirtual_router_id 51\n$X\nvirtual_ipaddress { 192.0.2.100/24 }\n}\n")
    #expect(loaded.findings.isEmpty, "\(loaded.report)")
    let instance = try #require(loaded.configuration.vrrpInstances.first)
    #expect(instance.priority == 120 && instance.advertisementInterval == .seconds(2) && !instance.preempt)
  }

  @Test func aDefinitionRepeatsOneOfSeveralLines() throws {
    let loaded = try load(
      "$V= \\\nvrrp_instance A$N { \\\ninterface eth0 \\\nvirtual_router_id $N \\\nvirtual_ipaddress { \\\n"
        + "192.0.2.${N} \\\n} \\\n}\n$S= ~SEQ(N,1,2) $V\n$S\n")
    #expect(loaded.errors.isEmpty, "\(loaded.report)")
    #expect(
      loaded.configuration.vrrpInstances.map { "\($0.name) \($0.virtualAddresses[0].prefix)" } == [
        "A1 192.0.2.1/32", "A2 192.0.2.2/32",
      ])
  }

  @Test func aDefinitionMakesALineAComment() throws {
    let loaded = try load("$T=${_HASH}\n$T bogus line {\nvrrp_sync_group G {\n}\n")
    #expect(loaded.errors.map(\.message) == ["vrrp_sync_group 'G' has no members"])
  }

  @Test func numbersOfRulesAreWide() throws {
    let loaded = try load(
      "static_rules {\nfrom 198.51.100.0/24 tunnel-id 32000000000 table 3000000000 preference 5\n}\n")
    #expect(loaded.errors.isEmpty, "\(loaded.report)")
    #expect(loaded.configuration.staticRules.first?.rule.tunnel == 32_000_000_000)
  }

  @Test func default6IsTheDefaultOfIPv6() throws {
    let loaded = try load("static_routes {\ndefault6 via fe80::1 dev eth0\n}\n")
    #expect(loaded.errors.isEmpty, "\(loaded.report)")
    #expect(loaded.configuration.staticRoutes.first?.route.family == .ipv6)
    #expect(loaded.configuration.staticRoutes.first?.route.destination == nil)
  }

  @Test func instancesMayDifferInTheirGroupOnly() throws {
    let block = "interface eth0\nvirtual_router_id 51\nvirtual_ipaddress {\n192.0.2.1\n}\n}\n"
    let loaded = try load("vrrp_instance A {\nmcast_dst_ip 224.0.0.200\n" + block + "vrrp_instance B {\n" + block)
    #expect(loaded.errors.isEmpty, "\(loaded.report)")
  }

  @Test func delaysWithoutNumbersAreNoError() throws {
    let loaded = try load("interface_up_down_delays {\neth0\neth1 5 0 6\neth2 3 x\neth3 5\n}\n")
    #expect(loaded.findings.map(\.kind) == [.warning, .warning, .error], "\(loaded.report)")
    #expect(loaded.configuration.interfaceDelays.map(\.interface) == ["eth3"])
  }

  @Test func servicesAreCounted() throws {
    let loaded = try load(
      "virtual_server 192.0.2.1 80 {\n}\nvirtual_server 192.0.2.1 81 {\n}\nvirtual_server 192.0.2.2 80\ndelay_loop 6\n"
        + "real_server 192.0.2.50 80 {\nweight 1\n}\n}\nvrrp_sync_group G {\n}\n")
    #expect(
      loaded.report.first?.hasPrefix("1:1: warning: 3 virtual_server blocks are skipped") == true, "\(loaded.report)")
    #expect(loaded.errors.last?.message == "vrrp_sync_group 'G' has no members")
  }
}
