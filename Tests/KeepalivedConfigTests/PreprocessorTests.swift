import Testing

@testable import KeepalivedConfig

/// Conditions, definitions, built-ins and repetitions.
@Suite struct PreprocessorTests {
  @Test(arguments: [
    ("@alpha a\n@beta b\n@^alpha c\n@^beta d", ["a", "d"]),
    ("@alpha\n@alph a\n@alphabet b", []),
    ("@alpha ${_INSTANCE}", ["alpha"]),
    ("$X=@alpha\n${X} a", ["a"]),
  ])
  func conditions(text: String, expected: [String]) throws {
    #expect(try entries(text) == expected)
  }

  @Test func conditionsHoldBraces() throws {
    let loaded = try load(
      "@beta vrrp_instance A {\n@beta interface e0\n@beta }\n@alpha bfd_instance b {\nneighbor_ip 10.0.0.1\n@alpha }")
    #expect(loaded.findings.isEmpty, "\(loaded.report)")
    #expect(loaded.configuration.bfdInstances.count == 1)
    #expect(loaded.configuration.vrrpInstances.isEmpty)
  }

  @Test func onlyOneConditionOnALine() throws {
    #expect(try load("@alpha @^beta x").report == ["1:8: error: a line can have only one condition"])
  }

  @Test(arguments: [
    ("$A=x\n$A", ["x"]),
    ("$A=  x y \n${A}z", ["x"]),
    ("$A=x\na${A}b", ["axb"]),
    ("$A=x\n$A/24 $A", ["$A/24"]),
    ("$A=x\n\"$A\"\n\"${A} b\"", ["$A", "x b"]),
    ("$A=x\n$A,y", ["x,y"]),
    ("$A=x\n($A)", ["(x)"]),
    ("$A=${B}1\n$B=x\n${A}", ["x1"]),
    ("$A=x\n$A=y\n$A", ["y"]),
    ("$A=\n${A}x", ["x"]),
    ("$unknown", ["$unknown"]),
    ("$A=x # comment\n$A", ["x"]),
    ("$A=x\\#y\n${A}", ["x#y"]),
    ("a${_HASH}b${_BANG}", ["a#b!"]),
    ("\"${_HASH}\"", ["#"]),
    ("${_PWD}", ["/etc"]),
    ("${_ENV HOME}", ["/root"]),
    ("$_INSTANCE=z\n${_INSTANCE}", ["z"]),
    ("$N=a\n$M=b\n${N}${M}", ["ab"]),
  ])
  func definitions(text: String, expected: [String]) throws {
    var files = MemoryFiles()
    files.environment = ["HOME": "/root"]
    #expect(try entries(text, files) == expected)
  }

  @Test func definitionsReachIntoTheNextBlock() throws {
    let loaded = try load(
      "bfd_instance a {\n$P=10.0.0.1\nneighbor_ip $P\n}\nbfd_instance b {\nmultihop\nmax_hops 2\nneighbor_ip $P\n}")
    #expect(loaded.findings.isEmpty, "\(loaded.report)")
    #expect(loaded.configuration.bfdInstances.count == 2)
  }

  @Test func multiLineDefinitionsHoldBlocks() throws {
    let loaded = try load(
      "$BFD= \\\n  bfd_instance ${name} { \\\n    neighbor_ip 10.0.0.${n} \\\n  }\n$name=a\n$n=1\n${BFD}\n$name=b\n$n=2\n${BFD}\n"
    )
    #expect(loaded.findings.isEmpty, "\(loaded.report)")
    #expect(loaded.configuration.bfdInstances.map { "\($0.name) \($0.neighbor)" } == ["a 10.0.0.1", "b 10.0.0.2"])
  }

  @Test func multiLineDefinitionsJoinTheLineTheyEnd() throws {
    #expect(try entries("$L=one \\\ntwo \\\nthree\nzero-${L}") == ["zero-one", "two", "three"])
    #expect(try load("$L=a \\\nb\n${L} c").errors.count == 1)
  }

  @Test func randomNumbersComeFromTheSeed() throws {
    let numbers = try entries("${_RANDOM}\n${_RANDOM 5 6}\n${_RANDOM 10}").compactMap { Int($0) }
    #expect(numbers.count == 3)
    #expect((0...32_767).contains(numbers[0]) && (5...6).contains(numbers[1]) && numbers[2] >= 10)
    #expect(try entries("${_RANDOM}").compactMap { Int($0) } == [numbers[0]])
  }

  @Test func reportsAnUndefinedReference() throws {
    let loaded = try load("bfd_instance b {\nneighbor_ip 10.0.0.1\nsource_ip ${SRC}\n}")
    #expect(loaded.report == ["3:11: error: '${SRC}' is not defined"])
    #expect(loaded.configuration.bfdInstances.count == 1)
  }

  @Test(arguments: [
    ("~SEQ(i,3) a$i", ["a1", "a2", "a3"]),
    ("~SEQ(i,3) a${i}", ["a1", "a2", "a3"]),
    ("~SEQ(i,-2) a${i}", ["a-1", "a-2"]),
    ("~SEQ(i,2,4) a${i}", ["a2", "a3", "a4"]),
    ("~SEQ(i,4,2) a${i}", ["a4", "a3", "a2"]),
    ("~SEQ(i,1,2,6) a${i}", ["a1", "a3", "a5"]),
    ("~SEQ(i,0x0e,0x10) a${i}", ["a14", "a15", "a16"]),
    ("~SEQx(i,9,11) a${i}", ["a9", "aa", "ab"]),
    ("~SEQ(i,2) ~SEQ(j,2) a${i}${j}", ["a11", "a12", "a21", "a22"]),
    ("$N=2\n~SEQ(i,$N) a${i}", ["a1", "a2"]),
    ("~SEQ(i,2) a\n${i}", ["a", "a", "2"]),
    ("~LST(v,x,y) a${v}", ["ax", "ay"]),
    ("~LST({v,w},{a,1},{b,2},{c}) ${v}-${w}", ["a-1", "b-2", "c-"]),
    ("~LST(v,x,y) ~SEQ(i,2) ${v}${i}", ["x1", "x2", "y1", "y2"]),
    ("$L=p,q\n~LST(v,$L) ${v}", ["p", "q"]),
  ])
  func repetitions(text: String, expected: [String]) throws {
    #expect(try entries(text) == expected)
  }

  @Test(arguments: [
    "~SEQ(i,1,-1,5) a", "~SEQ(i,1,0,5) a", "~SEQ(i) a", "~SEQ(1,2) a", "~SEQ(i,x) a", "~SEQ(i,1,2,3,4) a",
    "~SEQ(i,3 a", "~SEQx(i,-3) a", "~LST(v) a", "~LST({v},{a,b}) a", "~SEQ(i,99999999999) a",
  ])
  func wrongRepetitions(text: String) throws {
    let loaded = try load(text)
    #expect(loaded.errors.count == 1, "\(loaded.report)")
  }

  @Test func repetitionsHoldBlocks() throws {
    let loaded = try load("~SEQ(i,1,3) bfd_instance b${i} { neighbor_ip 10.0.0.${i} }")
    #expect(loaded.findings.isEmpty, "\(loaded.report)")
    #expect(loaded.configuration.bfdInstances.map(\.name) == ["b1", "b2", "b3"])
  }
}

/// Includes.
@Suite struct IncludeTests {
  private let files = MemoryFiles(
    files: [
      "/etc/a.conf": "a", "/etc/b.conf": "b", "/etc/sub/c.conf": "c\ninclude d.conf", "/etc/sub/d.conf": "${_PWD}",
      "/etc/x.conf": "x",
    ], executable: ["/etc/x.conf"])

  @Test(arguments: [
    ("include a.conf", ["a"]),
    ("include /etc/a.conf", ["a"]),
    ("include *.conf", []),
    ("include {b,a}.conf", ["b", "a"]),
    ("include sub/*.conf", ["c", "/etc/sub", "/etc/sub"]),
    ("include sub/c.conf\n${_PWD}", ["c", "/etc/sub", "/etc"]),
    ("include nothing*.conf\nz", ["z"]),
    ("include missing.conf\nz", ["z"]),
    ("$F=a\ninclude ${F}.conf", ["a"]),
    ("@alpha include a.conf\n@beta include b.conf", ["a"]),
  ])
  func includes(text: String, expected: [String]) throws {
    guard !text.contains(" *.conf") else {
      let loaded = try files.load("global_defs {\nnotification_email {\n\(text)\n}\n}")
      #expect(
        loaded.errors.map(\.message) == [
          "'/etc/main.conf' includes itself", "'/etc/x.conf' is executable, so it is no configuration: not included",
        ])
      return
    }
    #expect(try entries(text, files) == expected)
  }

  @Test(arguments: [
    ("include missing.conf", 0), ("includer missing.conf", 0), ("includem missing.conf", 1),
    ("includew missing.conf", 1), ("includea missing.conf", 1), ("include no*.conf", 0), ("includem no*.conf", 0),
    ("includew no*.conf", 1), ("includea no*.conf", 1), ("include {sub/c,no}.conf", 0),
    ("includeb {sub/c,no}.conf", 1), ("includem {sub/c,no}.conf", 0), ("include secret.conf", 0),
    ("includer secret.conf", 1), ("include x.conf", 1), ("include", 1),
    ("global_defs {\ninclude_check\n}\ninclude missing.conf", 1),
    ("global_defs {\ninclude_check match\n}\ninclude no*.conf", 0),
    ("global_defs {\ninclude_check wildcard_match\n}\ninclude no*.conf", 1),
    ("global_defs {\ninclude_check\ninclude_check -match\n}\ninclude missing.conf", 0),
    ("global_defs {\ninclude_check match\ninclude_check +read\n}\ninclude secret.conf", 1),
  ])
  func checks(text: String, errors: Int) throws {
    var files = files
    files.files["/etc/sub/c.conf"] = ""
    files.unreadable = ["/etc/secret.conf"]
    let loaded = try files.load(text)
    #expect(loaded.errors.count == errors, "\(loaded.report)")
  }

  @Test func findingsNameTheIncludedFile() throws {
    var files = files
    files.files["/etc/sub/e.conf"] = "\n foo"
    let loaded = try files.load("bar\ninclude sub/e.conf\nbaz")
    #expect(
      loaded.findings.map { "\($0.location)" } == ["/etc/main.conf:1:1", "/etc/main.conf:3:1", "/etc/sub/e.conf:2:2"])
  }

  @Test func blocksMaySpanFiles() throws {
    var files = files
    files.files["/etc/head.conf"] = "bfd_instance b {\nneighbor_ip 10.0.0.1"
    #expect(try files.load("include head.conf\n}").findings.isEmpty)
  }

  @Test func theMainFileMustBeReadable() {
    #expect(throws: FileProblem.missing) { try Configuration.load(path: "/etc/none.conf", from: files.source) }
  }
}

/// No file hangs or exhausts the reader.
@Suite struct LimitTests {
  @Test(arguments: [
    "$A=${A}\nrouter_id ${A}",
    "$A=x${B}\n$B=${A}\n${A}",
    "$A=a \\\n${A}\n${A}",
    "$A=${A} \\\n${A} \\\n${A}\n${A}",
    "~SEQ(i,2000000000) a${i}",
    "~SEQ(i,100000) ~SEQ(j,100000) ~SEQ(k,100000) {",
    "include main.conf",
    "include {main,main}.conf",
    "include {a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}",
    String(repeating: "$", count: 16_000) + "{",
    String(repeating: "${a", count: 5_000),
    String(repeating: "{", count: 16_000),
    String(repeating: "}", count: 16_000),
    String(repeating: "a{", count: 8_000),
    String(repeating: "x", count: 17_000),
    "router_id a\0b",
    "$A=" + String(repeating: "0123456789", count: 1_000) + "\nx ${A}${A}${A}${A}",
    "$A= \\\n" + String(repeating: "0123456789 \\\n", count: 10_000),
  ])
  func endsWithAnError(text: String) throws {
    var files = MemoryFiles()
    // The real limits, scaled to what an unoptimised build does in a moment.
    files.limits.work = 1 << 20
    files.limits.substitutedBytes = 1 << 20
    files.limits.includes = 256
    #expect(try !files.load(text).errors.isEmpty)
  }

  @Test func aTooLongFileIsRefused() {
    var files = MemoryFiles()
    files.limits.fileBytes = 100
    #expect(throws: FileProblem.tooLong) { try files.load(String(repeating: "\n", count: 101)) }
  }

  @Test func findingsHaveALimit() throws {
    var files = MemoryFiles()
    files.limits.findings = 10
    let loaded = try files.load(String(repeating: "foo\n", count: 50))
    #expect(loaded.findings.count == 11)
    #expect(loaded.report.last == "11:1: error: more than 10 errors; the rest is not read")
  }

  @Test func manyWarningsRefuseNothing() throws {
    var files = MemoryFiles()
    files.limits.findings = 10
    let loaded = try files.load(
      (1...50).map { "vrrp_script s\($0) { script /bin/true }" }.joined(separator: "\n")
        + "\nbfd_instance b { neighbor_ip 192.0.2.1 }")
    #expect(loaded.findings.count == 11 && loaded.findings.testExitStatus == 0)
    #expect(loaded.configuration.bfdInstances.count == 1)
  }

  @Test func includesOfIncludesEnd() throws {
    var files = MemoryFiles()
    for depth in 0..<50 { files.files["/etc/\(depth).conf"] = "include \(depth + 1).conf\ninclude \(depth + 2).conf" }
    files.limits.includes = 256
    #expect(try !files.load("include 0.conf").errors.isEmpty)
  }

  @Test func repeatedMistakesAreSaidOnce() throws {
    #expect(try load("~SEQ(i,100) foo").findings.count == 1)
  }
}
