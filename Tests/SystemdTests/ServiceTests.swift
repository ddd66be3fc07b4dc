import LabKit
import LinuxIO
import NetPrimitives
import Testing

extension SystemdTests {
  /// One router: what the service manager and the daemons do with each other.
  @Suite struct ServiceTests {
    @Test func unitsAreValidAndConfined() throws {
      let lab = try Lab()
      defer { lab.destroy() }
      let box = try Box.boot(.a, in: lab)
      let units = [
        "bfdd.service", "vrrpd.service", "vrrpd-scripts.socket", "vrrpd-scripts@1.service", "baton-exporter.service",
      ]
      for unit in units {
        let verdict = try box.status("systemd-analyze", "verify", "--man=no", unit)
        #expect(verdict.status == 0 && verdict.output.isEmpty, "\(unit): \(verdict.output)")
      }
      for unit in ["bfdd.service", "vrrpd.service", "baton-exporter.service"] {
        // The threshold is ten times the exposure that is shown: 2.0 "OK".
        let exposure = try box.status("systemd-analyze", "security", "--no-pager", "--threshold=20", unit)
        #expect(exposure.status == 0, "\(unit): \(exposure.output)")
      }
    }

    @Test func daemonsRunWithTheirCapabilitiesOnly() throws {
      let lab = try Lab()
      defer { lab.destroy() }
      let box = try Box.boot(.a, in: lab)
      try box.startDaemons()
      try box.awaitInstance("master")
      for (unit, capabilities) in [("bfdd", "0000000000000000"), ("vrrpd", "0000000000003000")] {
        let pid = try box.mainPID(of: unit)
        let user = try box.run("stat", "-c", "%U:%G", "/proc/\(pid)").trimmed
        #expect(user == "\(unit):baton")
        let status = try box.run("cat", "/proc/\(pid)/status")
        for set in ["CapEff", "CapPrm", "CapBnd"] { #expect(status.contains("\(set):\t\(capabilities)\n"), "\(unit)") }
        #expect(status.contains("NoNewPrivs:\t1\n") && status.contains("Seccomp:\t2\n"))
        #expect(try box.property("StatusErrno", of: unit) == "0")
      }
      // Readers are the members of the group, and root.
      #expect(try box.run("stat", "-c", "%G %a", "/run/bfdd/bfdd.sock").trimmed == "baton 660")
      #expect(try box.run("stat", "-c", "%G %a", "/run/vrrpd/vrrpd.sock").trimmed == "baton 660")
      let asNobody = ["setpriv", "--reuid=nobody", "--clear-groups"]
      #expect(try box.status(asNobody + ["--regid=nogroup", "bfdctl", "show"]).status == 3)
      #expect(try box.status(asNobody + ["--regid=baton", "bfdctl", "show"]).status == 0)
    }

    /// systemd 252 has no Type=notify-reload: the daemon itself says RELOADING and READY.
    @Test func reloadIsAnnouncedAndAppliesTheFile() throws {
      let lab = try Lab()
      defer { lab.destroy() }
      let box = try Box.boot(.a, in: lab)
      try box.startDaemons()
      try box.awaitInstance("master")
      let pids = try (box.mainPID(of: "bfdd"), box.mainPID(of: "vrrpd"))
      try box.run("systemctl", "log-level", "debug")
      let second = Router.a.configuration
        .replacing("VI_1", with: "VI_2").replacing("id 51", with: "id 52").replacing(".100/", with: ".101/")
      let secondInstance = second[(second.firstRange(of: "vrrp_instance")?.lowerBound ?? second.startIndex)...]
      try box.write(Router.a.configuration + "\n" + secondInstance, to: "/etc/keepalived/keepalived.conf")
      for unit in ["bfdd", "vrrpd"] {
        try box.run("systemctl", "reload", unit)
        try box.await(
          "\(unit) says RELOADING=1 and READY=1",
          """
          journalctl -q --no-pager _PID=1 | grep -q '\(unit).service: Got notification message .*RELOADING=1' &&
          test "$(systemctl show --value -p ActiveState,SubState \(unit) | tr '\\n' ' ')" = 'active running '
          """)
      }
      try box.await("the new address is there", "ip -o addr show to 192.0.2.101 | grep -q eth0")
      #expect(try box.hasVirtualAddress())
      #expect(try (box.mainPID(of: "bfdd"), box.mainPID(of: "vrrpd")) == pids)
    }

    @Test func aFileWithErrorsIsRefusedAndNothingChanges() throws {
      let lab = try Lab()
      defer { lab.destroy() }
      let box = try Box.boot(.a, in: lab)
      try box.startDaemons()
      try box.awaitInstance("master")
      let pid = try box.mainPID(of: "vrrpd")
      try box.write("vrrp_instance VI_1 {\n  virtual_router_id 700\n}", to: "/etc/keepalived/keepalived.conf")
      _ = try box.status("systemctl", "reload", "vrrpd")
      try box.await("the findings are in the journal", "journalctl -q -u vrrpd | grep -q 'keepalived.conf:2:'")
      #expect(try box.mainPID(of: "vrrpd") == pid)
      #expect(try box.hasVirtualAddress())
      // A start with such a file fails at once, with the findings, and goes on by itself once the file is right.
      try box.run("systemctl", "stop", "vrrpd")
      #expect(try box.status("systemctl", "start", "vrrpd").status != 0)
      try box.write(Router.a.configuration, to: "/etc/keepalived/keepalived.conf")
      try box.await("vrrpd", is: "active")
      try box.awaitInstance("master")
    }

    @Test func aStuckDaemonIsKilledByTheWatchdogAndStartedAgain() throws {
      let lab = try Lab()
      defer { lab.destroy() }
      let box = try Box.boot(.a, in: lab)
      for unit in ["bfdd", "vrrpd"] {
        try box.write("[Service]\nWatchdogSec=1", to: "/run/systemd/system/\(unit).service.d/watchdog.conf")
      }
      try box.run("systemctl", "daemon-reload")
      try box.startDaemons()
      try box.awaitInstance("master")
      for unit in ["bfdd", "vrrpd"] {
        // Fed: a daemon that works survives several periods.
        let pid = try box.mainPID(of: unit)
        try Wait.pause(.seconds(3))
        #expect(try box.mainPID(of: unit) == pid)
        try box.run("kill", "-STOP", "\(pid)")
        try box.await(
          "\(unit) was restarted", "test $(systemctl show --value -p NRestarts \(unit)) -ge 1", within: .seconds(40))
        try box.await(unit, is: "active")
        #expect(try box.run("journalctl", "-q", "_PID=1", "-u", unit).contains("result 'watchdog'"))
      }
      try box.awaitInstance("master")
    }

    @Test func aKilledDaemonIsStartedAgainAndTheOtherRunsOn() throws {
      let lab = try Lab()
      defer { lab.destroy() }
      let (a, b) = try Box.bootPair(in: lab)
      for (killed, other) in [("bfdd", "vrrpd"), ("vrrpd", "bfdd")] {
        let pids = try (a.mainPID(of: killed), a.mainPID(of: other))
        try a.run("kill", "-KILL", "\(pids.0)")
        try a.await(
          "\(killed) was restarted",
          "p=$(systemctl show --value -p MainPID \(killed)); test $p -ne 0 && test $p -ne \(pids.0)")
        try a.awaitSession("up")
        try a.awaitInstance("master")
        #expect(try a.mainPID(of: other) == pids.1)
        try a.await("vrrpd knows bfdd's state", "vrrpctl show --json | grep -q '\"state\" *: *\"up\"'")
        try b.awaitInstance("backup")
        try b.awaitSession("up")
      }
    }

    @Test func vrrpdBringsBfddAndLivesWithoutIt() throws {
      let lab = try Lab()
      defer { lab.destroy() }
      let box = try Box.boot(.a, in: lab)
      // Wanted by vrrpd, so started with it.
      try box.run("systemctl", "start", "vrrpd")
      try box.await("bfdd", is: "active")
      try box.awaitInstance("master")
      let pid = try box.mainPID(of: "vrrpd")
      try box.run("systemctl", "stop", "bfdd")
      #expect(try box.mainPID(of: "vrrpd") == pid)
      #expect(try box.property("ActiveState", of: "vrrpd") == "active")
      try box.run("systemctl", "start", "bfdd")

      try box.run("systemctl", "stop", "vrrpd", "bfdd")
      #expect(try !box.hasVirtualAddress())
      for unit in ["bfdd", "vrrpd"] { #expect(try box.property("Result", of: unit) == "success") }
      // What runs for scripts ends with vrrpd.
      try box.await("no helper is left", "! systemctl -q is-active 'vrrpd-scripts@*'")
    }

    @Test func bootsWithoutTheAddress() throws {
      let lab = try Lab()
      defer { lab.destroy() }
      let box = try Box.boot(.a, in: lab, withAddress: false) { root throws(LabError) in
        try Command.run(["systemctl", "--root=\(root)", "enable", "bfdd", "vrrpd"])
      }
      let peer = try Box.boot(.b, in: lab)
      try peer.startDaemons()
      for unit in ["bfdd", "vrrpd"] { try box.await(unit, is: "active") }
      try peer.awaitInstance("master")
      try box.run("ip", "addr", "add", "\(Router.a.address)/24", "dev", "eth0")
      try box.awaitSession("up")
      try box.awaitInstance("master")
      try peer.awaitInstance("backup")
      for unit in ["bfdd", "vrrpd"] { #expect(try box.property("NRestarts", of: unit) == "0") }
    }

    @Test func journalEntriesCarryFields() throws {
      let lab = try Lab()
      defer { lab.destroy() }
      let box = try Box.boot(.a, in: lab)
      try box.startDaemons()
      try box.awaitInstance("master")
      for unit in ["bfdd", "vrrpd"] {
        try box.run("systemctl", "reload", unit)
        try box.await(
          "\(unit) writes to the journal",
          "journalctl -q -o json _SYSTEMD_UNIT=\(unit).service _TRANSPORT=journal | grep -q '\"PRIORITY\"'")
        let entries = try box.run(
          "journalctl", "-q", "-o", "json", "_SYSTEMD_UNIT=\(unit).service", "_TRANSPORT=journal")
        #expect(entries.split(separator: "\n").allSatisfy { $0.contains("\"SYSLOG_IDENTIFIER\":\"\(unit)\"") })
      }
    }

    /// Each change is one record with its fields, found by its id, and explained by the catalog.
    @Test func changesAreFoundByTheirFieldsAndExplained() throws {
      let lab = try Lab()
      defer { lab.destroy() }
      let box = try Box.boot(.a, in: lab)
      try box.run("journalctl", "--update-catalog")
      try box.startDaemons()
      try box.awaitInstance("master")
      let master = "54e24da3130548a9bcce609076c56429"
      let query = "journalctl -q MESSAGE_ID=\(master) INSTANCE=VI_1 FROM=backup TO=master CAUSE=timer"
      try box.await("the record is there", "\(query) | grep -q VI_1")
      let explained = try box.shell("\(query) -x")
      #expect(explained.contains("Subject: This router is master of VI_1"))
      #expect(explained.contains("vrrpctl explain VI_1"))
      // Nobody answers at the neighbour's address, so the session changed in no other way.
      try box.run("bfdctl", "admin-down", "peer")
      try box.await(
        "BFD's record is there", "journalctl -q SESSION=peer FROM=down TO=admin_down CAUSE=operator | grep -q peer")
    }

    /// journald stands still, and the daemons have more to say than its socket and their queues take: they run on, and
    /// say afterwards how much is missing.
    @Test func aJournalThatStandsStillStopsNothing() throws {
      let lab = try Lab()
      defer { lab.destroy() }
      let (a, b) = try Box.bootPair(in: lab)
      let downs = try b.session()?.statistics.downCount
      let observer = try Observer(lab)
      try a.write(
        Router.a.configuration + String(repeating: "\nnonsense", count: 600), to: "/etc/keepalived/keepalived.conf")
      let journal = try a.run("pidof", "systemd-journald").trimmed
      try a.run("kill", "-STOP", journal)
      // Each refusal is logged with every finding; the tool is answered afterwards, so the daemon has logged them all.
      for _ in 0..<20 {
        for tool in ["bfdctl", "vrrpctl"] { #expect(try a.status(tool, "reload").status == 1) }
      }
      try observer.awaitAdvertisements(5)
      #expect(observer.advertisements().allSatisfy { $0.host == "a" })
      #expect(try b.session()?.statistics.downCount == downs)
      #expect(try a.session()?.localState == "up")
      try a.run("kill", "-CONT", journal)
      let lost = "040a12f4889c48fb8a6fbbbc3d9ac4ce"
      try a.await("vrrpd says what is missing", "journalctl -q MESSAGE_ID=\(lost) -u vrrpd | grep -q 'log lines lost'")
      try a.awaitInstance("master")
      try b.awaitInstance("backup")
    }

    /// A container that gives nothing but the network: the daemons ask, are refused, say so and run.
    @Test func startsWhereRealTimeAndLockedMemoryAreRefused() throws {
      let lab = try Lab()
      defer { lab.destroy() }
      var router = Router.a
      router.preamble = """
        global_defs {
          bfd_rt_priority 50
          bfd_no_swap
          vrrp_rt_priority 40
          vrrp_no_swap
        }
        """
      let box = try Box.boot(router, in: lab, without: ["CAP_SYS_NICE", "CAP_IPC_LOCK", "CAP_SYS_RESOURCE"])
      try box.startDaemons()
      try box.awaitInstance("master")
      for unit in ["bfdd", "vrrpd"] {
        #expect(try box.property("NRestarts", of: unit) == "0")
        #expect(try box.run("chrt", "-p", "\(box.mainPID(of: unit))").contains("SCHED_OTHER"))
        try box.await("\(unit) says so", "journalctl -q -u \(unit) | grep -qi 'sched_setscheduler\\|real.time'")
      }
    }

    /// Scripts run as their user, outside the daemon's sandbox, and see the machine as it is.
    @Test func scriptsRunOutsideTheSandbox() throws {
      let lab = try Lab()
      defer { lab.destroy() }
      var router = Router.a
      // Where the daemon itself cannot look, run as the user that keepalived runs it as on this machine.
      router.instanceExtras = "notify /root/scripts/notify.sh"
      let box = try Box.boot(router, in: lab) { root throws(LabError) in
        try Command.run(["install", "-d", "\(root)/root/scripts"])
        try Installation.write(
          """
          #!/bin/sh
          echo "$(id -un) $*" >> /srv/notified/calls
          # PID 1 may be confined by the container.
          for process in 1 self; do
            grep -E '^(Seccomp_filters|NoNewPrivs|CapBnd):' /proc/$process/status > /srv/notified/confinement-$process
          done
          """, to: "\(root)/root/scripts/notify.sh")
        try Command.run(["chmod", "700", "\(root)/root/scripts", "\(root)/root/scripts/notify.sh"])
        try Command.run(["install", "-d", "-m", "1777", "\(root)/srv/notified"])
      }
      try box.startDaemons()
      try box.await("the script was called", "grep -q '^root INSTANCE VI_1 MASTER' /srv/notified/calls")
      // Neither the check before the start nor the daemon takes its own sandbox for the machine.
      let complaints = try box.run("journalctl", "-q", "-u", "vrrpd").split(separator: "\n").filter {
        $0.contains("notify.sh") && !$0.contains("runs all the same")
      }
      #expect(complaints.isEmpty)
      try box.run("cmp", "/srv/notified/confinement-1", "/srv/notified/confinement-self")
      // A stop waits for the scripts of the stop.
      try box.run("systemctl", "stop", "vrrpd")
      #expect(try box.run("cat", "/srv/notified/calls").contains("INSTANCE VI_1 STOP"))
    }

    /// A file that not everybody may read is given to a group.
    @Test func readsAConfigurationOfItsGroup() throws {
      let lab = try Lab()
      defer { lab.destroy() }
      let box = try Box.boot(.a, in: lab) { root throws(LabError) in
        try Command.run(["chroot", root, "chgrp", "baton-config", "/etc/keepalived/keepalived.conf"])
        try Command.run(["chmod", "640", "\(root)/etc/keepalived/keepalived.conf"])
      }
      try box.startDaemons()
      try box.awaitInstance("master")
    }
  }
}
