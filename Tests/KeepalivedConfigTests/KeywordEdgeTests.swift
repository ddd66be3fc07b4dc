import NetPrimitives
import Testing

@testable import KeepalivedConfig

/// For every row of the keyword table: what its shape allows is accepted, what it does not allow is one finding.
@Suite struct KeywordEdgeTests {
  /// Rows that stand alone on a line.
  private static let lines = KeywordTable.all.filter {
    !$0.block.isList && !$0.arguments.opensBlock && $0.arguments != .anything && $0.name != "include_check"
  }

  /// The findings of the statement reader for one line of a block, not counting what the table says of the keyword.
  private func findings(_ line: String, in block: Block) -> [Diagnostic] {
    let findings = Findings(limit: 100)
    _ = findings.enter(file: "x")
    let text = SourceText(bytes: Array(line.utf8)[...], file: 0, line: 1)
    let keyword = text.firstWord().word
    var parsed = ParsedBlock(kind: block, keyword: keyword)
    StatementChecker(findings: findings).read(text, keyword, into: &parsed)
    return findings.sorted.filter { !$0.message.contains("not supported yet") && !$0.message.contains("is skipped") }
  }

  /// Arguments at the edges of a shape, and whether each is accepted.
  private func edges(_ shape: ArgumentShape) -> (good: [String], bad: [String]) {
    switch shape {
    case .flag: ([""], [])
    // Not a value of its own, but one of the block's lines: MessageAuthenticationTests.
    case .numberedSecret: ([], [""])
    case .optionalBoolean: (["", "on", "true", "yes", "off", "false", "no"], ["On", "1", "maybe"])
    case .integer(let range):
      (
        ["\(range.lowerBound)", "\(range.upperBound)", "+\(max(0, range.upperBound))"],
        ["", "\(range.lowerBound - 1)", "\(range.upperBound + 1)", "x", "1x", "1.5", "99999999999999999999"]
      )
    case .optionalInteger(let range, _):
      (
        ["", "\(range.lowerBound)", "\(range.upperBound)"],
        ["\(range.lowerBound - 1)", "\(range.upperBound + 1)", "x"]
      )
    case .interval(let range, let unit, let step):
      (
        [range.lowerBound.decimal(unit), range.upperBound.decimal(unit)],
        [
          "", "x", "-1", ".", "1e3", "0x10", "9999999999999", (range.upperBound + step).decimal(unit),
        ] + (range.lowerBound > .zero ? ["0", (range.lowerBound - .nanoseconds(1)).decimal(unit)] : [])
      )
    case .word, .secret: (["x"], [""])
    case .optionalWord: (["", "x"], [])
    case .words(let count):
      (
        [String(repeating: "x ", count: max(count.lowerBound, 1)), String(repeating: "x ", count: count.upperBound)],
        count.lowerBound > 0 ? [""] : []
      )
    case .choice(let choices): (choices, ["", "nonsense"])
    case .optionalChoice(let choices): (choices + [""], ["nonsense"])
    case .address: (["192.0.2.1", "::1"], ["", "192.0.2", "192.0.2.1/x", "x", "1::2::3"])
    case .scopedAddress:
      (
        ["192.0.2.1", "2001:db8::1", "fe80::1", "fe80::1%eth0"],
        ["", "x", "192.0.2.1%eth0", "2001:db8::1%eth0", "fe80::1%"]
      )
    case .prefix: (["192.0.2.1/24", "::1"], ["", "192.0.2.1/33", "x"])
    case .interface: (["eth0", "abcdefghijklmno"], ["", "abcdefghijklmnop", "a/b"])
    case .weight(let limit):
      (
        ["\(limit)", "-\(limit)", "0 reverse", "1 noreverse"],
        ["", "\(limit + 1)", "-\(limit + 1)", "x", "1 backwards"]
      )
    case .script, .command: (["/bin/true", "\"/bin/true -x\"", "'/bin/true'"], ["", "\"\"", "\"/bin/true"])
    case .user: (["root", "root root", "root :root"], [""])
    case .block, .namedBlock, .anything: ([], [])
    }
  }

  @Test(arguments: lines)
  func edges(of row: Keyword) {
    let (good, bad) = edges(row.arguments)
    for name in [row.name] + row.aliases {
      for arguments in good {
        let found = findings("\(name) \(arguments)", in: row.block)
        #expect(found.isEmpty, "\(name) \(arguments): \(found)")
      }
      for arguments in bad {
        let found = findings("\(name) \(arguments)", in: row.block)
        #expect(found.map(\.kind) == (row.isSkipped ? [] : [.error]), "\(name) \(arguments): \(found)")
      }
    }
  }

  @Test(arguments: lines.filter { $0.arguments.wordCount.upperBound < 100 && !$0.isSkipped })
  func extraWords(of row: Keyword) {
    let (good, _) = edges(row.arguments)
    let longest = good.max { $0.split(separator: " ").count < $1.split(separator: " ").count } ?? ""
    let missing = row.arguments.wordCount.upperBound - longest.split(separator: " ").count
    let filler = row.arguments == .script ? " root root" : String(repeating: " reverse", count: max(0, missing))
    let found = findings("\(row.name) \(longest)\(filler) surplus", in: row.block)
    #expect(
      found.first?.kind == ([.secret, .numberedSecret].contains(row.arguments) ? .error : .warning),
      "\(row.name): \(found)")
    #expect(found.count == 1, "\(row.name): \(found)")
  }

  @Test func everyRowStandsOnce() {
    for block in Block.allCases {
      let names = KeywordTable.all.filter { $0.block == block }.flatMap { [$0.name] + $0.aliases }
      let twice = Dictionary(grouping: names) { $0 }.filter { $0.value.count > 1 }.keys
      #expect(twice.isEmpty, "\(block): \(twice)")
    }
  }

  @Test func everyRowSaysWhatItMeans() {
    for row in KeywordTable.all { #expect(!row.meaning.isEmpty, "\(row.name)") }
  }

  @Test(arguments: [
    ("prioritty 1", "priority"), ("virtual_router_di 1", "virtual_router_id"), ("advertint 1", "advert_int"),
    ("Interface eth0", "interface"), ("track_scripts x", "track_script"),
  ])
  func suggestsTheNearestKeyword(line: String, expected: String) {
    #expect(findings(line, in: .vrrpInstance).map(\.message).allSatisfy { $0.contains("did you mean '\(expected)'?") })
    #expect(findings(line, in: .vrrpInstance).count == 1)
  }

  @Test(arguments: [
    ("neighbor_ip 192.0.2.1", "does not belong in vrrp_instance, but in 'bfd_instance'"),
    ("xyzzy", "unknown keyword 'xyzzy'"),
  ])
  func saysWhereAKeywordBelongs(line: String, expected: String) {
    let found = findings(line, in: .vrrpInstance)
    #expect(found.count == 1 && found[0].message.contains(expected), "\(found)")
    #expect(found.first?.message.contains("did you mean") == false)
  }

  @Test(arguments: [
    ("1", TimeUnit.seconds, 1_000_000_000), ("0.03", .seconds, 30_000_000), ("12.5", .milliseconds, 12_500_000),
    (".5", .seconds, 500_000_000), ("1.", .seconds, 1_000_000_000), ("0.000001", .seconds, 1_000),
    ("4294967", .milliseconds, 4_294_967_000_000), ("250", .microseconds, 250_000),
  ])
  func decimals(text: String, unit: TimeUnit, nanoseconds: Int64) {
    #expect(decimalInterval(text, unit: unit)?.nanoseconds == nanoseconds)
  }
}
