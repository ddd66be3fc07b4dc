import LinuxIO
import NetPrimitives
import Testing

@testable import ScriptHelper

/// Mails from the runner through the helper and a process of their own to a server.
@Suite struct MailTests {
  private func mail(_ server: MailServer, _ subject: String, timeout: Interval = .seconds(30)) -> ScriptCommand {
    var mail = Mail(
      server: "127.0.0.1", port: server.port, timeout: timeout, helloName: "r1", sender: "r1@example.net",
      recipients: ["ops@example.net"], subject: subject)
    mail.body = ["first", ".second"]
    return mail.command(as: ScriptingDaemon.user)
  }

  private func run(_ daemon: ScriptingDaemon, _ server: MailServer, until condition: () -> Bool) throws {
    try daemon.run(until: {
      try? server.work()
      return condition()
    })
  }

  @Test func theMailsOfAnInstanceArriveInTheirOrder() throws {
    let (daemon, server) = (try ScriptingDaemon(), try MailServer(.polite))
    let runner = try #require(daemon.runner)
    for number in 1...4 { runner.mail(queue: "VI", mail(server, "change \(number)")) }
    try run(daemon, server) { server.mails.count == 4 }
    let subjects = server.mails.map { $0.first { $0.hasPrefix("Subject:") } }
    #expect(subjects == (1...4).map { "Subject: change \($0)" })
    #expect(server.mails[0].suffix(3) == ["", "first", "..second"])
  }

  @Test func aRefusalIsAFailureAndTheNextMailIsTried() throws {
    let (daemon, server) = (try ScriptingDaemon(), try MailServer(.refusing))
    let runner = try #require(daemon.runner)
    runner.mail(queue: "VI", mail(server, "one"))
    runner.mail(queue: "VI", mail(server, "two"))
    try run(daemon, server) { runner.statistics.failures == 2 }
    #expect(server.connections == 2 && server.mails.isEmpty)
  }

  @Test func aServerThatHangsDelaysNothingElse() throws {
    let (daemon, server) = (try ScriptingDaemon(), try MailServer(.silent))
    let runner = try #require(daemon.runner)
    // More than are sent at once.
    for number in 1...40 { runner.mail(queue: "VI_\(number)", mail(server, "m", timeout: .seconds(600))) }
    try run(daemon, server) { server.connections > 0 }
    runner.notify(queue: "VI_1", [daemon.shell("echo told > \"$0/notified\"")])
    #expect(runner.run(CheckID(1), daemon.shell("exit 3")))
    #expect(try daemon.result(of: 1).outcome == .exited(status: 3))
    try run(daemon, server) { daemon.lines("notified") == ["told"] }
    #expect(runner.statistics.failures == 1, "the mails still wait")
  }

  @Test func aServerThatSaysNothingIsGivenUp() throws {
    let (daemon, server) = (try ScriptingDaemon(), try MailServer(.silent))
    let runner = try #require(daemon.runner)
    runner.mail(queue: "VI", mail(server, "m", timeout: .milliseconds(200)))
    try run(daemon, server) { runner.statistics.failures == 1 }
  }

  @Test func aServiceHasNoTimeoutAndEndsWhenItIsCancelled() throws {
    let daemon = try ScriptingDaemon()
    let runner = try #require(daemon.runner)
    let command = daemon.shell("echo $$ > \"$0/pid\"; while :; do sleep 0.1; done", timeout: .zero)
    #expect(runner.serve(CheckID(-1), command))
    try daemon.run(until: { !daemon.lines("pid").isEmpty })
    let pid = daemon.lines("pid")[0]
    #expect(ScriptingDaemon.isAlive(pid) && daemon.results.isEmpty)
    runner.cancel(CheckID(-1))
    try daemon.run(until: { !ScriptingDaemon.isAlive(pid) })
  }
}
