import FoundationEssentials
import LinuxIO
import NetPrimitives
import ScriptHelper
import Testing

/// What only root can do. Without root these tests fail, so that nobody believes they passed.
@Suite struct PrivilegedScriptTests {
  @Test func aScriptRunsAsItsUser() throws {
    try #require(ProcessControl.effectiveUser == 0, "these tests must run as root")
    let daemon = try ScriptingDaemon()
    let user = ScriptUser(uid: 65_533, gid: 65_532, supplementaryGroups: [65_530, 65_531])
    let script = "echo $(id -u) $(id -ru) $(id -g) $(id -G) $(grep CapEff /proc/self/status) >&2; exit 1"
    let command = ScriptCommand(["/bin/sh", "-c", script], user: user, timeout: .seconds(60))
    #expect(try #require(daemon.runner).run(CheckID(1), command))
    #expect(
      try daemon.result(of: 1).errorLine == "65533 65533 65532 65532 65530 65531 CapEff: 0000000000000000")
  }

  @Test func rootsGroupsAreNotInherited() throws {
    try #require(ProcessControl.effectiveUser == 0, "these tests must run as root")
    let daemon = try ScriptingDaemon()
    let command = ScriptCommand(
      ["/bin/sh", "-c", "id -G >&2; exit 1"], user: ScriptUser(uid: 65_533, gid: 65_532), timeout: .seconds(60))
    #expect(try #require(daemon.runner).run(CheckID(1), command))
    #expect(try daemon.result(of: 1).errorLine == "65532")
  }

  @Test func aUserWithoutPermissionCannotExecute() throws {
    try #require(ProcessControl.effectiveUser == 0, "these tests must run as root")
    let daemon = try ScriptingDaemon()
    let path = "\(daemon.directory)/private.sh"
    try Data("#!/bin/sh\nexit 0\n".utf8).write(to: URL(filePath: path))
    try FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: path)
    let user = ScriptUser(uid: 65_533, gid: 65_532)
    let runner = try #require(daemon.runner)
    #expect(runner.run(CheckID(1), ScriptCommand([path], user: user, timeout: .seconds(60))))
    #expect(try daemon.result(of: 1).outcome == .notExecuted(errno: 13))
    #expect(runner.run(CheckID(1), ScriptCommand([path], user: .root, timeout: .seconds(60))))
    #expect(try daemon.result(of: 1).outcome.isSuccess)
    #expect(ScriptSecurity.problem(of: path, as: user, in: .system)?.isSecurityOnly == false)
  }

  /// A daemon in a sandbox hears of its scripts what the process outside of it sees.
  @Test func aProgramIsExaminedWhereItWillRun() throws {
    try #require(ProcessControl.effectiveUser == 0, "these tests must run as root")
    let socket = "\(FileManager.default.temporaryDirectory.path())/baton-\(UUID().uuidString).sock"
    defer { try? FileManager.default.removeItem(atPath: socket) }
    // A machine of the manager's own, in which there are other files below /srv.
    let script = """
      mount -t tmpfs none /srv && mkdir -m 700 /srv/private && echo '#!/bin/sh' > /srv/private/check.sh
      chmod 755 /srv/private/check.sh
      exec systemd-socket-activate --accept --seqpacket --listen="$1" "$2" --script-helper 3
      """
    let manager = try ChildProcess(
      ChildProcess.Command(
        "/usr/bin/unshare", ["--mount", "/bin/sh", "-euc", script, "sh", socket, ScriptingDaemon.helper],
        environment: ["PATH=/usr/sbin:/usr/bin:/sbin:/bin"]),
      descriptors: [(.devNull(), as: 1), (.devNull(), as: 2)])
    defer { try? manager.send(.kill) }
    let daemon = try ScriptingDaemon()
    try daemon.run(until: { FileManager.default.fileExists(atPath: socket) })

    let path = "/srv/private/check.sh"
    #expect(ScriptInspector(socket: nil).objection(to: path, as: .root)?.isSecurityOnly == false)
    let outside = ScriptInspector(socket: socket)
    #expect(outside.objection(to: path, as: .root) == nil)
    // As the user that it runs as.
    let user = ScriptUser(uid: 65_533, gid: 65_532)
    #expect(
      outside.objection(to: path, as: user)?.message.contains("/srv/private not executable by user 65533") == true)
    #expect(outside.findProgram("sh") != nil && outside.findProgram("no-such-program") == nil)
    // Nobody to ask: the run shows it.
    #expect(ScriptInspector(socket: socket + ".absent").objection(to: path, as: user) == nil)
  }
}
