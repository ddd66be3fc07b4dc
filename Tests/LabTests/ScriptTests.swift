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
  }
}
