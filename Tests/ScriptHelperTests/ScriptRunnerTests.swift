import FoundationEssentials
import Glibc
import LinuxIO
import NetPrimitives
import Testing

@testable import ScriptHelper

@Suite struct ScriptRunnerTests {
  // MARK: How runs end

  @Test func everyEndIsToldApart() throws {
    let daemon = try ScriptingDaemon()
    let runner = try #require(daemon.runner)
    let cases: [(String, ScriptOutcome, String?)] = [
      ("exit 0", .exited(status: 0), nil),
      ("echo one >&2; echo >&2; echo 'two\tthree' >&2; echo; exit 3", .exited(status: 3), "two three"),
      ("kill -9 $$", .signalled(9), nil),
    ]
    for (script, outcome, line) in cases {
      #expect(runner.run(CheckID(1), daemon.shell(script)))
      let result = try daemon.result(of: 1)
      #expect(result.outcome == outcome)
      #expect(result.errorLine == line)
    }
    #expect(runner.statistics.checksRun == 3)
    #expect(runner.statistics.failures == 2)
  }

  @Test func whatCannotBeExecutedIsAFailureWithItsReason() throws {
    let daemon = try ScriptingDaemon()
    let runner = try #require(daemon.runner)
    let path = "\(daemon.directory)/plain"
    try Data("exit 7\n".utf8).write(to: URL(filePath: path))
    let tooLong = String(repeating: "x", count: 100_000)
    let cases: [([String], Int32)] = [
      (["/nonexistent/check"], 2), (["/"], 13), ([path], 13), ([], 2), (["/bin/true", tooLong], 7),
    ]
    for (arguments, errno) in cases {
      #expect(runner.run(CheckID(1), ScriptCommand(arguments, user: ScriptingDaemon.user, timeout: .seconds(60))))
      #expect(try daemon.result(of: 1).outcome == .notExecuted(errno: errno), "\(arguments.first ?? "nothing")")
    }
  }

  @Test func aScriptWithoutInterpreterIsGivenToTheShell() throws {
    let daemon = try ScriptingDaemon()
    let path = "\(daemon.directory)/plain"
    try Data("exit $1\n".utf8).write(to: URL(filePath: path))
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path)
    let command = ScriptCommand([path, "7"], user: ScriptingDaemon.user, timeout: .seconds(60))
    #expect(try #require(daemon.runner).run(CheckID(1), command))
    #expect(try daemon.result(of: 1).outcome == .exited(status: 7))
  }

  /// Under systemd the helper is an instance of a socket-activated service, which is not the daemon's child.
  @Test func aServiceManagersHelperRunsScriptsAndIsReplaced() throws {
    let socket = "\(FileManager.default.temporaryDirectory.path())/baton-\(UUID().uuidString).sock"
    defer { try? FileManager.default.removeItem(atPath: socket) }
    let manager = try ChildProcess(
      ChildProcess.Command(
        "/usr/bin/systemd-socket-activate",
        ["--accept", "--seqpacket", "--listen=\(socket)", ScriptingDaemon.helper, "--script-helper", "3"]),
      descriptors: [(.devNull(), as: 1), (.devNull(), as: 2)])
    defer { try? manager.send(.kill) }

    let daemon = try ScriptingDaemon(origin: .serviceManager(socket: socket))
    let runner = try #require(daemon.runner)
    try daemon.run(until: { runner.run(CheckID(1), daemon.shell("exit 5")) })
    #expect(try daemon.result(of: 1).outcome == .exited(status: 5))
    #expect(runner.helperPID == nil)

    #expect(runner.run(CheckID(2), daemon.shell("kill -9 $PPID; sleep 1000")))
    #expect(try daemon.result(of: 2).outcome == .abandoned)
    try daemon.run(until: { runner.run(CheckID(3), daemon.shell("exit 6")) })
    #expect(try daemon.result(of: 3).outcome == .exited(status: 6))
  }

  @Test func aTimeoutKillsAllDescendants() throws {
    let daemon = try ScriptingDaemon()
    let script = "sh -c 'echo $$ > \"$0/grandchild\"; sleep 1000' \"$0\" & echo $$ > \"$0/child\"; wait"
    #expect(try #require(daemon.runner).run(CheckID(1), daemon.shell(script, timeout: .milliseconds(300))))
    #expect(try daemon.result(of: 1).outcome == .timedOut)
    for name in ["child", "grandchild"] {
      // On a very busy machine the time-out may come before the file; then there is no process either.
      if let pid = daemon.lines(name).first { try daemon.run(until: { !ScriptingDaemon.isAlive(pid) }) }
    }
  }

  @Test func whoIgnoresTheRequestToEndIsKilled() throws {
    let daemon = try ScriptingDaemon()
    let script = "trap '' TERM; echo $$ > \"$0/pid\"; while :; do sleep 0.1; done"
    #expect(try #require(daemon.runner).run(CheckID(1), daemon.shell(script, timeout: .milliseconds(500))))
    #expect(try daemon.result(of: 1).outcome == .timedOut)
    if let pid = daemon.lines("pid").first { #expect(!ScriptingDaemon.isAlive(pid)) }
  }

  @Test func aChattyScriptEnds() throws {
    let daemon = try ScriptingDaemon()
    let script = "dd if=/dev/zero bs=1024 count=1024 status=none >&2; echo the end"
    #expect(try #require(daemon.runner).run(CheckID(1), daemon.shell(script)))
    #expect(try daemon.result(of: 1).outcome == .exited(status: 0))
  }

  // MARK: Checks

  @Test func aHundredSlowScriptsDelayNothing() throws {
    let daemon = try ScriptingDaemon()
    let runner = try #require(daemon.runner)
    for check in 1...100 { #expect(runner.run(CheckID(check), daemon.shell("sleep 1000", timeout: .seconds(2_000)))) }
    for queue in 1...100 { runner.notify(queue: "\(queue)", [daemon.shell("sleep 1000", timeout: .seconds(2_000))]) }
    #expect(runner.run(CheckID(0), daemon.shell("exit 0")))
    #expect(try daemon.result(of: 0).outcome == .exited(status: 0))
    #expect(daemon.results.isEmpty, "none of the slow ones has ended")
    #expect(!runner.run(CheckID(50), daemon.shell("exit 0")), "its last run has not ended")
    #expect(runner.statistics.checksSkipped == 1)

    runner.cancel(CheckID(50))
    #expect(runner.run(CheckID(50), daemon.shell("exit 5")))
    #expect(try daemon.result(of: 50).outcome == .exited(status: 5))
  }

  @Test func whatIsBeyondTheLimitWaitsForItsTurn() throws {
    let daemon = try ScriptingDaemon()
    let runner = try #require(daemon.runner)
    // More than may run at once; the last of them lets all others go.
    let script = "echo x >> \"$0/count\"; sleep 0.05"
    for check in 1...150 { #expect(runner.run(CheckID(check), daemon.shell(script))) }
    for check in 1...150 { #expect(try daemon.result(of: check).outcome.isSuccess) }
    #expect(daemon.lines("count").count == 150)
  }

  // MARK: Notifications

  @Test func notificationsOfOneQueueRunInOrder() throws {
    let daemon = try ScriptingDaemon()
    let runner = try #require(daemon.runner)
    // The earlier, the slower: only waiting for each other keeps them in order.
    let script = "sleep 0.$1; echo $2 >> \"$0/log\""
    runner.notify(queue: "VI_1", [daemon.shell(script, "2", "a"), daemon.shell(script, "1", "b")])
    runner.notify(queue: "VI_1", [daemon.shell(script, "0", "c")])
    try daemon.run(until: { daemon.lines("log").count == 3 })
    #expect(daemon.lines("log") == ["a", "b", "c"])
  }

  @Test func queuesDoNotWaitForEachOther() throws {
    let daemon = try ScriptingDaemon()
    let runner = try #require(daemon.runner)
    runner.notify(
      queue: "VI_1",
      [daemon.shell("while ! [ -e \"$0/go\" ]; do sleep 0.01; done; echo VI_1 >> \"$0/log\"")])
    runner.notify(queue: "VI_2", [daemon.shell("echo VI_2 >> \"$0/log\"; : > \"$0/go\"")])
    try daemon.run(until: { daemon.lines("log").count == 2 })
    #expect(daemon.lines("log") == ["VI_2", "VI_1"])
  }

  @Test func theLastStateArrivesHoweverManyPileUp() throws {
    let daemon = try ScriptingDaemon()
    let runner = try #require(daemon.runner)
    runner.notify(queue: "VI_1", [daemon.shell("while ! [ -e \"$0/go\" ]; do sleep 0.01; done")])
    for state in 1...100 { runner.notify(queue: "VI_1", [daemon.shell("echo $1 >> \"$0/log\"", "\(state)")]) }
    runner.notify(queue: "VI_2", [daemon.shell(": > \"$0/go\"")])
    try daemon.run(until: { daemon.lines("log").last == "100" })
    let delivered = daemon.lines("log").compactMap { Int($0) }
    #expect(delivered == delivered.sorted())
    #expect(delivered.count + Int(runner.statistics.notificationsDropped) == 100)
  }

  @Test func theDaemonDoesNotBlockOnAHelperThatDoesNotRead() throws {
    let daemon = try ScriptingDaemon()
    let runner = try #require(daemon.runner)
    let pid = try #require(runner.helperPID)
    kill(pid, 19)
    let filler = String(repeating: "x", count: 4_000)
    for queue in 1...200 {
      runner.notify(queue: "\(queue)", [daemon.shell("echo $2 >> \"$0/log\"", filler, "\(queue)")])
    }
    kill(pid, 18)
    try daemon.run(until: { daemon.lines("log").count == 200 })
    #expect(Set(daemon.lines("log")).count == 200)
    #expect(runner.statistics.notificationsDropped == 0)
  }

  // MARK: Life and death

  @Test func aDeadHelperIsReplacedAndTheLastStateDelivered() throws {
    let daemon = try ScriptingDaemon()
    let runner = try #require(daemon.runner)
    let first = try #require(runner.helperPID)
    let script = "echo $1 >> \"$0/log\"; while ! [ -e \"$0/go\" ]; do sleep 0.01; done; echo $1 >> \"$0/done\""
    runner.notify(queue: "VI_1", [daemon.shell(script, "last")])
    runner.notify(queue: "VI_2", [daemon.shell(script, "old")])
    runner.notify(queue: "VI_2", [daemon.shell(script, "new")])
    #expect(runner.run(CheckID(1), daemon.shell("sleep 1000")))
    try daemon.run(until: { daemon.lines("log").count == 2 })

    kill(first, 9)
    #expect(try daemon.result(of: 1).outcome == .abandoned)
    try daemon.run(until: { runner.helperPID != nil && runner.helperPID != first })
    try daemon.run(until: { daemon.lines("log").count == 4 })
    #expect(Set(daemon.lines("log").suffix(2)) == ["last", "new"])
    try Data().write(to: URL(filePath: "\(daemon.directory)/go"))
    try daemon.run(until: { daemon.lines("done").count == 2 })
    #expect(Set(daemon.lines("done")) == ["last", "new"], "the scripts of the dead helper died with it")
    #expect(runner.run(CheckID(1), daemon.shell("exit 0")))
    #expect(try daemon.result(of: 1).outcome.isSuccess)
    #expect(runner.statistics.helperRestarts == 1)
  }

  /// What a script has started ends with the helper, however that ends.
  @Test func aKilledHelperLeavesNobody() throws {
    let daemon = try ScriptingDaemon()
    let runner = try #require(daemon.runner)
    let script = "sh -c 'echo $$ > \"$0/grandchild\"; sleep 1000; :' \"$0\" & echo $$ > \"$0/child\"; wait"
    #expect(runner.run(CheckID(1), daemon.shell(script)))
    try daemon.run(until: { daemon.lines("grandchild").count == 1 && daemon.lines("child").count == 1 })
    let helper = try #require(runner.helperPID)
    kill(helper, 9)
    #expect(try daemon.result(of: 1).outcome == .abandoned)
    try daemon.run(until: {
      (daemon.lines("grandchild") + daemon.lines("child")).allSatisfy { !ScriptingDaemon.isAlive($0) }
    })
  }

  @Test func theEndOfTheDaemonIsTheEndOfItsScripts() throws {
    let daemon = try ScriptingDaemon()
    let runner = try #require(daemon.runner)
    let script = "trap '' TERM; sh -c 'echo $$ >> \"$0/log\"; sleep 1000' \"$0\" & echo $$ >> \"$0/log\"; wait"
    #expect(runner.run(CheckID(1), daemon.shell(script)))
    try daemon.run(until: { daemon.lines("log").count == 2 })
    let helper = String(try #require(runner.helperPID))
    var isFinished = false
    runner.finish(within: .zero) { isFinished = true }
    #expect(isFinished)
    try daemon.run(until: {
      !ScriptingDaemon.isAlive(helper) && !daemon.lines("log").contains(where: ScriptingDaemon.isAlive)
    })
  }

  @Test func finishingWaitsForNotificationsAndNotForChecks() throws {
    let daemon = try ScriptingDaemon()
    let runner = try #require(daemon.runner)
    #expect(runner.run(CheckID(1), daemon.shell("sleep 1000")))
    runner.notify(queue: "VI_1", [daemon.shell("sleep 0.1; echo STOP >> \"$0/log\"")])
    var isFinished = false
    runner.finish(within: .seconds(50)) { isFinished = true }
    #expect(!isFinished)
    try daemon.run(until: { isFinished })
    #expect(daemon.lines("log") == ["STOP"])
    #expect(daemon.results.isEmpty)
  }

  @Test func finishingDoesNotWaitForEver() throws {
    let daemon = try ScriptingDaemon()
    let runner = try #require(daemon.runner)
    runner.notify(queue: "VI_1", [daemon.shell("echo $$ >> \"$0/log\"; sleep 1000")])
    try daemon.run(until: { daemon.lines("log").count == 1 })
    var isFinished = false
    runner.finish(within: .milliseconds(50)) { isFinished = true }
    try daemon.run(until: { isFinished })
    try daemon.run(until: { !daemon.lines("log").contains(where: ScriptingDaemon.isAlive) })
  }

  @Test func theHelperIsNotEndedByWhatEndsTheDaemon() throws {
    let daemon = try ScriptingDaemon()
    let runner = try #require(daemon.runner)
    let pid = try #require(runner.helperPID)
    #expect(runner.run(CheckID(1), daemon.shell("exit 0")))
    #expect(try daemon.result(of: 1).outcome.isSuccess)
    for signal: Int32 in [1, 2, 15] { kill(pid, signal) }
    #expect(runner.run(CheckID(1), daemon.shell("kill -TERM $$; exit 0")))
    #expect(try daemon.result(of: 1).outcome == .signalled(15), "scripts get the signals that the helper does not")
    #expect(runner.helperPID == pid)
  }

  // MARK: Environment

  @Test func variablesReachTheScript() throws {
    let daemon = try ScriptingDaemon()
    let command = daemon.shell(
      "echo \"$BATON_STATE|$PATH\" >&2; exit 1",
      environment: [.init("BATON_STATE", "MASTER = yes"), .init("PATH", "/x")])
    #expect(try #require(daemon.runner).run(CheckID(1), command))
    #expect(try daemon.result(of: 1).errorLine == "MASTER = yes|/x")
  }

  @Test func dangerousVariablesAreDropped() {
    let made = ScriptEnvironment.make(
      from: ["HOME=/root", "IFS=x", "LD_PRELOAD=/evil.so", "LD_LIBRARY_PATH=/evil", "NOTIFY_SOCKET=/run/s", "A=1=2"],
      adding: [.init("A", "3"), .init("", "x"), .init("B=C", "x")])
    #expect(made == ["HOME=/root", "A=3", "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"])
    #expect(ScriptEnvironment.make(from: ["PATH=/bin"], adding: []) == ["PATH=/bin"])
  }
}
