import LabKit
import NetPrimitives
import Testing

extension SystemdTests {
  /// The Debian package, in a box with systemd.
  @Suite struct PackageTests {
    @Test func installsUpgradesAndRemoves() throws {
      let lab = try Lab()
      defer { lab.destroy() }
      let box = try Box(Router.a.addHost(to: lab)) { root throws(LabError) in
        for version in ["1.0.0", "1.0.1"] { try Self.build(version, into: "\(root)/srv") }
        try Command.run([
          "sh", "-c", "mv \(root)/srv/*1.0.0*.deb \(root)/srv/1.deb; mv \(root)/srv/*1.0.1*.deb \(root)/srv/2.deb",
        ])
      }
      let before = try box.ownFiles()
      try box.run("dpkg", "-i", "/srv/1.deb")
      #expect(try box.run("dpkg", "-V", "baton").isEmpty)
      // What journalctl -x explains.
      let explanation = try box.run("journalctl", "--list-catalog", "54e24da3130548a9bcce609076c56429")
      #expect(explanation.contains("Baton: This router is master"))
      for unit in ["bfdd.service", "vrrpd.service", "vrrpd-scripts.socket"] {
        #expect(try box.property("ActiveState", of: unit) == "inactive")
        #expect(["disabled", "static"].contains(try box.property("UnitFileState", of: unit)))
      }

      try box.write(Router.a.configuration, to: "/etc/keepalived/keepalived.conf")
      try box.write("BFDD_OPTIONS=--log-level debug", to: "/etc/default/bfdd")
      try box.startDaemons()
      try box.awaitInstance("master")
      let pids = try (box.mainPID(of: "bfdd"), box.mainPID(of: "vrrpd"))

      try box.run("dpkg", "-i", "/srv/2.deb")
      #expect(try (box.mainPID(of: "bfdd"), box.mainPID(of: "vrrpd")) == pids)
      #expect(try box.run("dpkg-query", "-W", "-f", "${Version}", "baton") == "1.0.1")
      #expect(try box.run("cat", "/etc/default/bfdd").contains("debug"))
      #expect(try box.hasVirtualAddress())
      for unit in ["bfdd", "vrrpd"] { #expect(try box.property("UnitFileState", of: unit) == "enabled") }

      try box.run("dpkg", "-r", "baton")
      #expect(try !box.hasVirtualAddress())
      #expect(try box.status("pidof", "bfdd", "vrrpd").status != 0)
      let left = try box.ownFiles().subtracting(before)
      #expect(left.isSubset(of: Self.configuration), "left behind: \(left.subtracting(Self.configuration).sorted())")
      for path in ["/run/bfdd", "/run/vrrpd", "/run/vrrpd-scripts.sock"] {
        #expect(try box.status("test", "-e", path).status == 1, "\(path) is left")
      }

      try box.run("dpkg", "-P", "baton")
      #expect(try box.status("test", "-e", "/etc/default/bfdd").status == 1)
      #expect(try box.status("test", "-e", "/etc/keepalived/keepalived.conf").status == 0)
    }

    @Test func lintianHasNothingToSay() throws {
      let folder = "\(Lab.root)/lintian-\(UInt32.random(in: 0...UInt32.max))"
      defer { _ = try? Command.run(["rm", "-rf", folder]) }
      try Self.build("1.0.0", into: folder)
      // Remarks (I:) are no reason to fail, warnings are.
      let verdict = try Command.status(["sh", "-c", "lintian --allow-root --fail-on warning,error \(folder)/*.deb"])
      #expect(verdict.status == 0 && verdict.output.isEmpty, "\(verdict.output)")
    }

    /// What a removal leaves: configuration, and the users that files may belong to.
    static let configuration: Set<String> = [
      "/etc/default/bfdd", "/etc/default/vrrpd", "/etc/default/baton-exporter",
      "/etc/needrestart/conf.d/baton.conf",
      "/etc/keepalived/keepalived.conf",
      "/etc/passwd", "/etc/passwd-", "/etc/group", "/etc/group-", "/etc/shadow", "/etc/shadow-", "/etc/gshadow",
      "/etc/gshadow-", "/etc/.pwd.lock",
    ]

    static func build(_ version: String, into folder: String) throws(LabError) {
      try Command.run([
        "env", "BIN=\(Installation.programs)", "VERSION=\(version)", "DIST=\(folder)", "SOURCE_DATE_EPOCH=1767225600",
        "COMPRESSION=0", "sh", "\(Installation.repository)/packaging/deb/build.sh",
      ])
    }
  }
}
