import Testing

@testable import KeepalivedConfig

/// The rules of a line: comments, words, quotes, escapes.
@Suite struct LineTests {
  private func words(_ line: String) -> [String] {
    let text = SourceText(bytes: Array(line.utf8)[...], file: 0, line: 1).withoutComment().unescaped()
    return text.words().words.map(\.text)
  }

  @Test(arguments: [
    ("a b", ["a", "b"]),
    ("\t a \u{B}\u{C} b\r", ["a", "b"]),
    ("a ! b", ["a"]),
    ("a#b", ["a"]),
    ("! a", []),
    (#"a "b # c" d"#, ["a", "b # c", "d"]),
    (#"a 'b # c'"#, ["a", "'b"]),
    (##"a b\#c \! d"##, ["a", "b#c", "!", "d"]),
    (#"a \x b"#, ["a", #"\x"#, "b"]),
    (#"abc"d e""#, ["abc", "d e"]),
    (#""d e"f"#, ["d e", "f"]),
    (#"a "" b"#, ["a", "", "b"]),
    (##"a "b\#c""##, ["a", ##"b\#c"##]),
  ])
  func splitsWords(line: String, expected: [String]) {
    #expect(words(line) == expected)
  }

  @Test func keepsTheWordsBeforeAnOpenQuote() {
    let text = SourceText(bytes: Array(#"a b "c d"#.utf8)[...], file: 0, line: 1)
    #expect(text.words().words.map(\.text) == ["a", "b"])
    #expect(text.words().unterminated?.column == 5)
  }

  @Test(arguments: [
    (#"script "/bin/x -a b""#, ["script", "/bin/x -a b"]),
    (#"script '/bin/x "a b"'"#, ["script", #"/bin/x "a b""#]),
    (#"script /bin/"a b"c d"#, ["script", "/bin/a bc", "d"]),
    (#"script "/bin/x \"a b\"""#, ["script", #"/bin/x \"a b\""#]),
  ])
  func splitsScriptLines(line: String, expected: [String]) {
    let text = SourceText(bytes: Array(line.utf8)[...], file: 0, line: 1)
    #expect(text.shellWords().words.map(\.text) == expected)
  }

  @Test(arguments: [
    ("/bin/x -a b", ["/bin/x", "-a", "b"]),
    (#"/bin/x 'a b' "c d"e"#, ["/bin/x", "a b", "c de"]),
    (#"x \a\b\E\f\n\r\t\v"#, ["x", "\u{7}\u{8}\u{1B}\u{C}\n\r\t\u{B}"]),
    (#"x \101\x41\cA\ \\"#, ["x", "AA\u{1} \\"]),
    (#"x """#, ["x", ""]),
    (#"x \x"#, ["x", "x"]),
    ("x \\", ["x", "\\"]),
  ])
  func splitsCommands(command: String, expected: [String]) {
    #expect(commandArguments(command) == expected)
  }
}

/// Blocks and braces.
@Suite struct BlockTests {
  @Test(arguments: [
    "vrrp_instance A {\ninterface e0\nvirtual_router_id 1\nvirtual_ipaddress {\n10.0.0.1\n}\n}",
    "vrrp_instance A{\ninterface e0\nvirtual_router_id 1\nvirtual_ipaddress{ 10.0.0.1 }}",
    "vrrp_instance A\n{\ninterface e0\nvirtual_router_id 1\nvirtual_ipaddress\n\n# comment\n{\n10.0.0.1 }\n}",
    "vrrp_instance A { interface e0\nvirtual_router_id 1\nvirtual_ipaddress { 10.0.0.1\n} }",
    "vrrp_instance A { interface e0 ! x\nvirtual_router_id 1 # {\nvirtual_ipaddress { 10.0.0.1\n} } # }",
  ])
  func takesBracesAnywhere(text: String) throws {
    let loaded = try load(text)
    #expect(loaded.findings.isEmpty, "\(loaded.report)")
    #expect(loaded.configuration.vrrpInstances.first?.virtualAddresses.map { "\($0.prefix)" } == ["10.0.0.1/32"])
  }

  @Test func leavesBracesInQuotesAlone() throws {
    #expect(try entries(#""a{b}""#) == ["a{b}"])
  }

  @Test func skipsAnUnknownBlockWhole() throws {
    let loaded = try load("vrrp_instnce A {\nfoo {\nbar }\nbaz\n}\nglobal_defs {\nscript_user root\n}")
    #expect(
      loaded.report == [
        "1:1: error: unknown block 'vrrp_instnce' (did you mean 'vrrp_instance'?)"
      ])
    #expect(loaded.configuration.global.scriptUser?.name == "root")
  }

  @Test func skipsIPVSAndCountsServices() throws {
    let loaded = try load(
      "virtual_server 10.0.0.1 80 {\nreal_server 10.0.0.2 80 {\nTCP_CHECK {\nx 3\n}\n}\n}\n"
        + "virtual_server group G {\n}\nvirtual_server_group G {\n10.0.0.1 80\n}\nSSL\n{\nkey x\n}")
    #expect(
      loaded.report == [
        "1:1: warning: 2 virtual_server blocks are skipped: IPVS is not part of Baton; "
          + "'keepalived -C -B' can go on with them",
        "10:1: note: 'virtual_server_group' is skipped: IPVS is not part of Baton",
      ])
  }

  @Test func saysThatServicesAreSkippedWhereSettingsAreToo() throws {
    let loaded = try load("global_defs {\nlvs_flush\nlvs_sync_daemon eth0\n}\nvirtual_server fwmark 1 {\n}")
    #expect(
      loaded.report == [
        "2:1: note: 'lvs_flush' is skipped: IPVS is not part of Baton",
        "5:1: warning: 1 virtual_server block is skipped: IPVS is not part of Baton; "
          + "'keepalived -C -B' can go on with it",
      ])
  }

  @Test(arguments: [
    ("}", "1:1: error: '}' without a '{' before it"),
    ("{\nfoo\n}", "1:1: error: '{' without a keyword before it"),
    ("global_defs\nscript_user root\n}", "1:1: error: 'global_defs' needs a block: '{' is missing"),
    (
      "global_defs {\nscript_user root\n",
      "1:1: error: 'global_defs' is never closed: 1 '}' missing at the end of the file"
    ),
    (
      "foo {\n{\n",
      "1:1: error: the block is never closed: 2 '}' missing at the end of the file"
    ),
    (
      "global_defs {\nenable_script_security\nbfd_instance b {\nneighbor_ip 10.0.0.1\n}\n",
      "3:1: error: '}' missing: 'global_defs' is still open before 'bfd_instance'"
    ),
    ("global_defs x {\n}", "1:13: warning: 'x' and what follows it has no meaning after 'global_defs'"),
    ("global_defs {\nrandom_seed 3 {\n}\n}", "2:1: error: 'random_seed' takes no block"),
    ("bfd_instance {\nneighbor_ip 10.0.0.1\n}", "1:1: error: 'bfd_instance' needs a name"),
    (
      "global_defs {\nnotification_email {\na {\nb\n}\n}\n}",
      "3:1: error: '{' cannot stand in a list"
    ),
  ])
  func reportsBraceMistakesOnce(text: String, expected: String) throws {
    let loaded = try load(text)
    #expect(loaded.report.contains(expected), "\(loaded.report)")
    #expect(loaded.problems.filter { !$0.message.contains("unknown block") }.count == 1, "\(loaded.report)")
  }

  @Test func readsOnAfterAForgottenBrace() throws {
    let loaded = try load(
      "vrrp_instance A {\ninterface e0\nvirtual_router_id 1\nvirtual_ipaddress {\n10.0.0.1\n}\n"
        + "vrrp_instance B {\ninterface e0\nvirtual_router_id 2\nvirtual_ipaddress {\n10.0.0.2\n}\n}\n")
    #expect(loaded.report.count == 1, "\(loaded.report)")
    #expect(loaded.configuration.vrrpInstances.map(\.name) == ["A", "B"])
  }

  @Test func repeatedBlocksAddUp() throws {
    let loaded = try load(
      "global_defs {\nscript_user root\n}\nglobal_defs {\nvrrp_version 3\n}\nvrrp_script s {\nscript /bin/true\n}\n"
        + "vrrp_script t {\nscript /bin/true\n}\nvrrp_instance A {\ninterface e0\nvirtual_router_id 1\n"
        + "virtual_ipaddress {\n10.0.0.1\n}\ntrack_script {\ns\n}\ntrack_script {\nt\n}\n}\n")
    #expect(loaded.problems.isEmpty, "\(loaded.report)")
    #expect(loaded.configuration.vrrpInstances[0].tracking.scripts.map(\.name) == ["s", "t"])
    #expect(loaded.configuration.vrrpInstances[0].version == .v3)
    #expect(loaded.configuration.global.scriptUser?.name == "root")
  }

  @Test func countsLinesAndBytes() throws {
    let loaded = try load("! x\r\n\r\nglobal_defs {\r\n\tfoo  bar # é\r\n \"é\" baz\r\n}")
    #expect(loaded.findings.map { [$0.location.line, $0.location.column] } == [[4, 2], [5, 2]])
  }
}
