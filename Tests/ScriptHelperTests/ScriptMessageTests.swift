import NetPrimitives
import Testing

@testable import ScriptHelper

@Suite struct ScriptMessageTests {
  private static let requests: [ScriptRequest] = [
    .cancel(.max),
    .endGroups([2, .max]),
    .examine("/opt/check", user: ScriptUser(uid: 3, gid: .max, supplementaryGroups: [7])),
    .run(1, lane: .check, command: ScriptCommand([], user: .root, timeout: .zero)),
    .run(
      1 << 40, lane: .notify,
      command: ScriptCommand(
        ["/bin/x", "", "two words", "ünï\u{0}code"],
        user: ScriptUser(uid: .max, gid: 7, supplementaryGroups: [1, .max]), timeout: .seconds(-1),
        environment: [.init("A", "b=c"), .init("", "")])),
  ]

  private static let secured: ScriptRequest = {
    var command = ScriptCommand(["/a"], user: .root, timeout: .zero)
    command.isSecured = true
    command.fileMask = 0o177
    return .run(3, lane: .mail, command: command)
  }()

  private static let reports: [ScriptReport] = [
    ScriptReport(run: 1, result: ScriptResult(outcome: .exited(status: -1), duration: .greatest)),
    ScriptReport(run: 2, result: ScriptResult(outcome: .signalled(9), duration: .zero, errorLine: "")),
    ScriptReport(run: 3, result: ScriptResult(outcome: .timedOut, duration: .seconds(2), errorLine: "why")),
    ScriptReport(run: 4, result: ScriptResult(outcome: .notExecuted(errno: 13), duration: .zero)),
    ScriptReport(run: .max, result: ScriptResult(outcome: .abandoned, duration: .zero)),
  ]

  @Test func whatIsSaidIsUnderstood() throws {
    for request in Self.requests + [Self.secured] {
      let bytes = try #require(request.encoded())
      #expect(try ScriptRequest(decoding: bytes.span) == request)
    }
    for report in Self.reports {
      #expect(try ScriptReport(decoding: report.encoded().span) == report)
      #expect(try ScriptReply(decoding: ScriptReply.ended(report).encoded().span) == .ended(report))
    }
    for examination in [
      ScriptExamination(path: nil, objection: nil, isSecurityOnly: false),
      ScriptExamination(path: "/a", objection: "not yours", isSecurityOnly: true),
    ] {
      let bytes = examination.encoded()
      #expect(try ScriptExamination(decoding: bytes.span) == examination)
      for length in 0..<bytes.count {
        #expect(throws: MalformedMessage.self) { try ScriptExamination(decoding: Array(bytes[..<length]).span) }
      }
    }
  }

  @Test func everyTruncatedOrLongerMessageIsRefused() throws {
    for request in Self.requests + [Self.secured] {
      let bytes = try #require(request.encoded())
      for length in 0..<bytes.count {
        #expect(throws: MalformedMessage.self) { try ScriptRequest(decoding: Array(bytes[..<length]).span) }
      }
      #expect(throws: MalformedMessage.self) { try ScriptRequest(decoding: (bytes + [0]).span) }
    }
    for report in Self.reports {
      let bytes = report.encoded()
      for length in 0..<bytes.count {
        #expect(throws: MalformedMessage.self) { try ScriptReport(decoding: Array(bytes[..<length]).span) }
      }
      #expect(throws: MalformedMessage.self) { try ScriptReport(decoding: (bytes + [0]).span) }
    }
  }

  @Test(arguments: 0..<200 as Range<UInt64>) func damagedMessagesNeverTrap(seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    for request in Self.requests + [Self.secured] {
      var bytes = try #require(request.encoded())
      for _ in 0..<3 {
        bytes[Int(generator.next(below: UInt64(bytes.count)))] = UInt8(truncatingIfNeeded: generator.next())
      }
      // Damage may leave a message that means something else; what must hold is that it can be said again.
      if let other = try? ScriptRequest(decoding: bytes.span) { #expect(other.encoded() != nil) }
    }
  }

  @Test func aMessageThatIsTooLongIsNotSent() {
    let long = String(repeating: "x", count: scriptMessageLimit)
    let request = ScriptRequest.run(
      1, lane: .check, command: ScriptCommand([long], user: .root, timeout: .seconds(1)))
    #expect(request.encoded() == nil)
  }
}
