import Testing

@testable import KeepalivedConfig

/// Files as statements: what comes out means the same as what went in.
@Suite struct StatementTests {
  @Test(arguments: [Fixture.heartbeat, .fast, .everything])
  func theTextOfTheStatementsMeansTheSame(_ fixture: Fixture) throws {
    var files = MemoryFiles()
    files.files["/etc/keepalived/forwarding.conf"] = try Fixture.forwarding.text
    files.files["/main.conf"] = try fixture.text
    let text = try Configuration.statements(path: "/main.conf", from: files.source).fileText
    let (before, after) = (try fixture.load(), try MemoryFiles().load(text))
    #expect(!after.findings.hasErrors, "\(text)\n\(after.report)")
    #expect(summary(before.configuration) == summary(after.configuration))
    // Nothing is left to carry out.
    files.files["/main.conf"] = text
    #expect(try Configuration.statements(path: "/main.conf", from: files.source).fileText == text)
  }

  @Test func quotesAndCommentSignsSurvive() throws {
    let text = """
      vrrp_script "a b" { # a comment
        script "/bin/sh -c 'test ! -e /x # y {'"   ! another
        interval 2 }
      vrrp_script c\\#d { script /bin/true }
      """
    var files = MemoryFiles()
    files.files["/main.conf"] = text
    let statements = try Configuration.statements(path: "/main.conf", from: files.source)
    #expect(statements.map(\.words) == [["vrrp_script", "a b"], ["vrrp_script", "c#d"]])
    #expect(statements[0].block?.map(\.keyword) == ["script", "interval"])
    #expect(statements[0].block?[0].location.line == 2)
    files.files["/main.conf"] = statements.fileText
    let again = try Configuration.statements(path: "/main.conf", from: files.source)
    #expect(again.map(\.words) == statements.map(\.words))
    #expect(again[0].block?.map(\.text) == statements[0].block?.map(\.text))
  }

  /// What does not depend on where it stands in a file.
  private func summary(_ configuration: Configuration) -> [String] {
    var lines = configuration.vrrpInstances.map { instance in
      "\(instance.name) \(instance.interface) \(instance.priority) \(instance.advertisementInterval) "
        + "\(instance.virtualAddresses.map { "\($0.prefix)" }) \(instance.tracking.bfd.map(\.weight)) "
        + "\(instance.notify.master?.arguments ?? [])"
    }
    lines += configuration.bfdInstances.map { "\($0.name) \($0.neighbor) \($0.requiredMinRX) \($0.weight)" }
    lines += configuration.scripts.map { "\($0.name) \($0.command.arguments) \($0.weight)" }
    lines += configuration.syncGroups.map { "\($0.name) \($0.members)" }
    lines += configuration.trackFiles.map { "\($0.name) \($0.path) \($0.weight)" }
    lines.append("\(configuration.global.notificationEmail) \(configuration.global.vrrpNotifyFIFO?.path ?? "")")
    return lines
  }
}
