import LabKit
import Testing

extension LabTests {
  /// Scripts as keepalived runs them, and routers whatever becomes of their scripts.
  @Suite struct Scripts {
    /// A check that gives no result holds no router back and changes no priority, as one that keepalived leaves out; when it
    /// can run, it counts.
    @Test(arguments: [
      ("missing", "", "script /run/absent/check"),
      ("missing, with a weight", "", "script /run/absent/check\nweight -20"),
      ("missing, expected to fail", "", "script /run/absent/check\ninit_fail"),
      ("not executable", "", "script /run/open/text"),
      ("insecure", "script_user root\nenable_script_security", "script /run/open/check"),
      // Where the machine has a user keepalived_script, the check runs, and succeeds.
      ("for nobody", "enable_script_security", "script /bin/true"),
    ])
    func aCheckWithoutAResult(what: String, globals: String, check: String) throws {
      let net = try Neighbors()
      defer { net.lab.destroy() }
      try net.ours.run(["mkdir", "-m", "777", "/run/open"])
      try net.ours.write("#!/bin/sh\nexit 1\n", to: "/run/open/check", mode: 0o755)
      try net.ours.write("#!/bin/sh\nexit 1\n", to: "/run/open/text", mode: 0o644)
      try net.ours.install(
        "global_defs {\n\(globals)\n}\nvrrp_script check {\n\(check)\ninterval 1\n}\n"
          + Neighbors.instance("VI", 52, "192.0.2.100/24", "priority 100\ntrack_script {\ncheck\n}"))
      _ = try net.baton.startVRRP(on: net.ours)
      try net.wait("\(what): master") { try net.baton.instances(on: net.ours).map(\.state) == ["master"] }
      #expect(try net.baton.instances(on: net.ours).map(\.effectivePriority) == [100])
      guard check.hasPrefix("script /run/absent") else { return }
      try net.ours.run(["mkdir", "/run/absent"])
      try net.ours.write("#!/bin/sh\nexit 1\n", to: "/run/absent/check", mode: 0o755)
      try net.wait("\(what): it counts once it is there") {
        let instance = try net.baton.instances(on: net.ours).first
        return instance?.state == "fault" || instance?.effectivePriority == 80
      }
    }

    /// keepalived's mask, which lets nobody else read what a script or a pipe creates, or the one of the file.
    @Test(arguments: [("", "0177", "600"), ("umask 027", "0027", "640"), ("umask IRWXO", "0007", "640")])
    func theMaskOfWhatIsMade(line: String, mask: String, mode: String) throws {
      let net = try Neighbors()
      defer { net.lab.destroy() }
      for name in ["check", "notify"] {
        try net.ours.write("#!/bin/sh\numask > /run/mask-\(name)\n", to: "/run/\(name)", mode: 0o755)
      }
      try net.ours.install(
        "global_defs {\nscript_user root\n\(line)\nvrrp_notify_fifo /run/lines.fifo\n}\n"
          + "vrrp_script check {\nscript /run/check\n}\n"
          + Neighbors.instance("VI", 52, "192.0.2.100/24", "track_script {\ncheck\n}\nnotify_master /run/notify"))
      _ = try net.baton.startVRRP(on: net.ours)
      for name in ["check", "notify"] {
        try net.wait("\(name) runs") { net.ours.read("/run/mask-\(name)") == "\(mask)\n" }
      }
      #expect(try net.ours.run(["stat", "-c", "%a", "/run/lines.fifo"]).split(separator: "\n") == [Substring(mode)])
    }

    /// A script that kills what runs it, again and again, keeps no instance waiting and holds up no notification.
    @Test func aScriptThatKillsItsHelper() throws {
      let net = try Neighbors()
      defer { net.lab.destroy() }
      try net.ours.write("#!/bin/sh\nkill -9 $PPID\nsleep 100\n", to: "/run/check", mode: 0o755)
      try net.ours.write("#!/bin/sh\necho $3 >> /run/notified\n", to: "/run/notify", mode: 0o755)
      try net.ours.install(
        "global_defs {\nscript_user root\n}\nvrrp_script check {\nscript /run/check\ninterval 1\n}\n"
          + Neighbors.instance("VI", 52, "192.0.2.100/24", "track_script {\ncheck\n}\nnotify /run/notify"))
      _ = try net.baton.startVRRP(on: net.ours)
      try net.wait("it is master") { try net.baton.instances(on: net.ours).map(\.state) == ["master"] }
      try net.wait("that is notified") { net.ours.read("/run/notified")?.contains("MASTER") == true }
    }

    /// What is in the way of a start is named.
    @Test func whatKeepsTheDaemonFromStarting() throws {
      let net = try Neighbors()
      defer { net.lab.destroy() }
      try net.ours.install(Neighbors.instance("VI", 52, "192.0.2.100/24"))
      let vrrpd = net.baton.path("vrrpd")
      func failure(_ script: String) throws -> String { try net.ours.run(["sh", "-c", "\(script); true"]) }
      for limit in 8..<24 {
        let text = try failure("timeout 2 prlimit --nofile=\(limit) \(vrrpd) -s /run/x/vrrpd.sock 2>&1")
        #expect(!text.contains("EIO"), "with \(limit) descriptors: \(text)")
      }
      let text = try failure("mkdir -p /run/y; echo mine > /run/y/s; timeout 5 \(vrrpd) -s /run/y/s 2>&1")
      #expect(text.contains("/run/y/s: a file is in its place"), "\(text)")
      #expect(net.ours.read("/run/y/s") == "mine\n")
    }
  }
}
