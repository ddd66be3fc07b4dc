import LabKit
import LinuxIO
import NetPrimitives
import Testing

extension LabTests {
  /// Keywords whose effect is on the process, the kernel, the log, mails and scripts.
  @Suite struct ProcessKeywords {
    private func start(_ net: Neighbors, _ configuration: String) throws -> Daemon {
      try net.ours.install(configuration)
      return try net.baton.startVRRP(on: net.ours)
    }

    private func awaitMaster(_ net: Neighbors) throws {
      try net.wait("all are master") {
        let states = try net.baton.instances(on: net.ours).map(\.state)
        return !states.isEmpty && states.allSatisfy { $0 == "master" }
      }
    }

    /// The receive buffers of a daemon's VRRP sockets, as the kernel tells whoever may take a copy of them.
    private func receiveBuffers(_ daemon: Daemon, _ net: Neighbors) throws -> Set<Substring> {
      let script = """
        import ctypes, os, socket, sys
        process = os.pidfd_open(int(sys.argv[1]))
        for number in os.listdir("/proc/" + sys.argv[1] + "/fd"):
            copy = ctypes.CDLL(None).syscall(438, process, int(number), 0)
            try: other = socket.socket(fileno=copy)
            except OSError: continue
            if other.type == socket.SOCK_RAW and other.proto == 112:
                print(other.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF))
        """
      return Set(try net.ours.run(["python3", "-c", script, "\(daemon.pid)"]).split(separator: "\n"))
    }

    @Test func theProcess() throws {
      let net = try Neighbors()
      defer { net.lab.destroy() }
      let daemon = try start(
        net,
        """
        global_defs {
            vrrp_process_name virtual-routers
            vrrp_rt_priority 7
            vrrp_rlimit_rttime 9000000
            vrrp_no_swap
            vrrp_cpu_affinity 0
        }

        """ + Neighbors.instance("VI", 52, "192.0.2.100/24", "kernel_rx_buf_size 300000"))
      try awaitMaster(net)
      func proc(_ file: String) throws -> String { try net.ours.run(["cat", "/proc/\(daemon.pid)/\(file)"]) }
      #expect(try proc("comm") == "virtual-routers\n")
      #expect(try proc("status").contains("Cpus_allowed_list:\t0\n"))
      #expect(try !proc("status").contains("VmLck:\t       0 kB"))
      let limits = try proc("limits").split(separator: "\n").first { $0.hasPrefix("Max realtime timeout") }
      #expect(limits?.split(separator: " ").dropFirst(3).first == "9000000", "\(limits ?? "")")
      let policy = try net.ours.run(["chrt", "-p", "\(daemon.pid)"])
      #expect(policy.contains("SCHED_RR") && policy.contains("priority: 7"), "\(policy)")
      // The kernel doubles it, for its own books.
      #expect(try receiveBuffers(daemon, net) == ["600000"])
    }

    @Test func niceness() throws {
      let net = try Neighbors()
      defer { net.lab.destroy() }
      let daemon = try start(
        net, "global_defs {\n    vrrp_priority 5\n}\n" + Neighbors.instance("VI", 52, "192.0.2.100/24"))
      try awaitMaster(net)
      #expect(try net.ours.run(["ps", "-o", "ni=", "-p", "\(daemon.pid)"]).trimmed == "5")
      // Neither keyword, neither effect.
      #expect(try receiveBuffers(daemon, net) == ["\(2 << 20)"])
      #expect(try net.ours.run(["cat", "/proc/\(daemon.pid)/limits"]).contains(/Max realtime timeout +unlimited/))
    }

    private func firstAdvertisement(_ net: Neighbors) throws -> Instant {
      net.observer.look()
      let first = net.observer.sightings.first {
        if case .advertisement = $0.frame.content { true } else { false }
      }
      return try #require(first).time
    }

    @Test func startupDelay() throws {
      let net = try Neighbors()
      defer { net.lab.destroy() }
      let begin = Instant(nanoseconds: UInt64(WallClock.now()))
      let daemon = try start(
        net, "global_defs {\n    vrrp_startup_delay 4\n}\n" + Neighbors.instance("VI", 52, "192.0.2.100/24"))
      try awaitMaster(net)
      #expect(daemon.output.contains("before taking part (vrrp_startup_delay)"))
      #expect(try firstAdvertisement(net) - begin >= .seconds(4))
    }

    @Test func delayAfterBoot() throws {
      let net = try Neighbors()
      defer { net.lab.destroy() }
      try net.ours.install(
        "global_defs {\n    vrrp_delay_after_boot 104\n}\n" + Neighbors.instance("VI", 52, "192.0.2.100/24"))
      // A time namespace in which the machine booted a hundred seconds ago.
      let begin = Instant(nanoseconds: UInt64(WallClock.now()))
      let offset = 100 - MonotonicClock.sinceBoot().milliseconds / 1_000
      let daemon = try net.ours.start(
        "vrrpd",
        ["unshare", "--time", "--boottime=\(offset)", "--fork", "--kill-child", net.baton.path("vrrpd")])
      try awaitMaster(net)
      #expect(daemon.output.contains("before taking part (vrrp_delay_after_boot)"))
      // The offset is in whole seconds.
      #expect(try firstAdvertisement(net) - begin >= .seconds(3))
    }

    @Test func unknownRoutersAreLogged() throws {
      let net = try Neighbors()
      defer { net.lab.destroy() }
      let line = "192.0.2.2 advertises virtual router 77"
      let configuration = Neighbors.instance("VI", 52, "192.0.2.100/24")
      let daemon = try start(net, configuration)
      try net.theirs.install(Neighbors.instance("A", 77, "192.0.2.177/24"))
      try net.baton.startVRRP(on: net.theirs)
      try net.wait("it is heard") {
        try net.ours.status([net.baton.path("vrrpctl"), "foreign"]).output.contains("192.0.2.2")
      }
      #expect(!daemon.output.contains(line))
      try net.ours.install("global_defs {\n    log_unknown_vrids\n}\n" + configuration)
      try net.ours.run([net.baton.path("vrrpctl"), "reload"])
      try net.wait("it is logged") { daemon.output.contains(line) }
    }

    /// Settings of the interface while ours is master; put back at the end, also by the successor of one that was killed.
    @Test func kernelSettings() throws {
      let net = try Neighbors()
      defer { net.lab.destroy() }
      let folder = "/proc/sys/net/ipv4/conf/eth0"
      func values() throws -> [String] {
        try ["promote_secondaries", "arp_ignore", "arp_announce"].map {
          try net.ours.run(["cat", "\(folder)/\($0)"]).trimmed
        }
      }
      try net.ours.run([
        "sh", "-c", "cd \(folder); echo 0 > promote_secondaries; echo 0 > arp_ignore; echo 1 > arp_announce",
      ])
      let plain = Neighbors.instance("VI", 52, "192.0.2.100/24")
      let configuration =
        Neighbors.instance("VI", 52, "192.0.2.100/24", "promote_secondaries")
        + Neighbors.instance("MAC", 53, "192.0.2.101/24", "use_vmac")
      var daemon = try start(net, configuration)
      try awaitMaster(net)
      try net.wait("they are set") { try values() == ["1", "1", "2"] }
      #expect(try daemon.stop() == 0)
      #expect(try values() == ["0", "0", "1"])

      daemon = try start(net, configuration)
      try awaitMaster(net)
      try net.wait("they are noted") {
        (net.ours.read("/run/vrrpd/vrrpd.sock.addresses") ?? "").count(of: "setting ipv4/conf/eth0/") == 3
      }
      daemon.kill()
      #expect(try values() == ["1", "1", "2"])
      // What somebody else has set since is theirs.
      try net.ours.run(["sh", "-c", "echo 0 > \(folder)/arp_announce"])
      // The successor does not need them.
      daemon = try start(net, plain)
      try awaitMaster(net)
      #expect(try values() == ["0", "0", "0"])
      #expect(try daemon.stop() == 0)
      #expect(try values() == ["0", "0", "0"])
    }

    /// The interface of the virtual MAC address by its name, with the addresses; advertisements from the one below.
    @Test func virtualInterfaceAndItsName() throws {
      let net = try Neighbors()
      defer { net.lab.destroy() }
      _ = try start(
        net,
        "global_defs {\n    vmac_prefix virtual\n}\n"
          + Neighbors.instance("VI", 52, "192.0.2.100/24", "use_vmac\nvmac_xmit_base"))
      try awaitMaster(net)
      #expect(try net.ours.run(["ip", "-o", "addr", "show", "dev", "virtual.52"]).contains("192.0.2.100/24"))
      net.observer.look()
      let senders = Set(
        net.observer.sightings.compactMap { sighting -> String? in
          guard case .advertisement = sighting.frame.content else { return nil }
          return "\(sighting.frame.sourceMAC)"
        })
      let own = try net.ours.run(["cat", "/sys/class/net/eth0/address"]).trimmed
      #expect(senders == [own])
    }

    /// Routers of another group do not hear each other; those of one do.
    @Test(arguments: AddressFamily.allCases) func groups(family: AddressFamily) throws {
      let net = try Neighbors()
      defer { net.lab.destroy() }
      let address = family == .ipv4 ? "192.0.2.100/24" : "fe80::100/64"
      let group = family == .ipv4 ? "vrrp_mcast_group4 224.0.0.99" : "vrrp_mcast_group6 ff02::99"
      let there = "global_defs {\n    \(group)\n}\n"
      _ = try start(net, there + Neighbors.instance("VI", 52, address, "priority 200"))
      try net.theirs.install(Neighbors.instance("VI", 52, address))
      try net.baton.startVRRP(on: net.theirs)
      func states() throws -> [String?] {
        try [net.ours, net.theirs].map { try net.baton.instances(on: $0).first?.state }
      }
      try net.wait("they do not hear each other") { try states() == ["master", "master"] }
      try net.theirs.install(there + Neighbors.instance("VI", 52, address))
      try net.theirs.run([net.baton.path("vrrpctl"), "reload"])
      try net.wait("one is backup") { try states() == ["master", "backup"] }
    }

    @Test func usersOfScripts() throws {
      let net = try Neighbors()
      defer { net.lab.destroy() }
      for name in ["check", "notify", "plain"] {
        try net.ours.write("", to: "/run/by-\(name)", mode: 0o666)
        try net.ours.write("#!/bin/sh\nid -un > /run/by-\(name)\n", to: "/run/\(name)", mode: 0o755)
      }
      _ = try start(
        net,
        """
        global_defs {
            script_user nobody
        }
        vrrp_script check {
            script /run/check
            user daemon
        }

        """
          + Neighbors.instance(
            "VI", 52, "192.0.2.100/24",
            "track_script {\ncheck\n}\nnotify_master /run/plain\nnotify /run/notify games"))
      func user(_ name: String) -> String { (net.ours.read("/run/by-\(name)") ?? "").trimmed }
      try net.wait("everyone runs") { ["check", "notify", "plain"].allSatisfy { !user($0).isEmpty } }
      #expect(user("check") == "daemon")
      #expect(user("notify") == "games")
      #expect(user("plain") == "nobody")
    }

    /// Takes mails on port 2525 and notes every line that it is told.
    private static let mailServer = """
      import socketserver
      class Mail(socketserver.StreamRequestHandler):
          def handle(self):
              def say(text): self.wfile.write(text + b"\\r\\n")
              say(b"220 here")
              inside = False
              for line in self.rfile:
                  line = line.rstrip()
                  with open("/run/mails", "ab") as notes: notes.write(line + b"\\n")
                  if inside:
                      if line != b".": continue
                      inside = False
                      say(b"250 taken")
                  elif line.upper() == b"DATA":
                      inside = True
                      say(b"354 go on")
                  elif line.upper() == b"QUIT":
                      say(b"221 bye")
                      return
                  else: say(b"250 fine")
      socketserver.TCPServer.allow_reuse_address = True
      with socketserver.ThreadingTCPServer(("127.0.0.1", 2525), Mail) as server:
          open("/run/mails", "w").close()
          server.serve_forever()

      """

    @Test func mails() throws {
      let net = try Neighbors()
      defer { net.lab.destroy() }
      try net.ours.write(Self.mailServer, to: "/run/mail-server")
      try net.ours.start("mail-server", ["python3", "/run/mail-server"])
      try net.wait("the mail server is ready") { net.ours.read("/run/mails") != nil }
      func configuration(_ more: String, _ instances: String) -> String {
        """
        global_defs {
            router_id here
            notification_email {
                one@example.org
                two@example.org
            }
            notification_email_from vrrp@example.org
            smtp_server 127.0.0.1 2525
            smtp_helo_name hello.example.org
            \(more)
        }

        """ + instances
      }
      let daemon = try start(
        net,
        configuration(
          "no_email_faults",
          "vrrp_sync_group G {\ngroup {\nWITHOUT\n}\nsmtp_alert\n}\n"
            + Neighbors.instance("WITH", 52, "192.0.2.100/24", "smtp_alert")
            + Neighbors.instance("WITHOUT", 53, "192.0.2.101/24")
        ))
      try awaitMaster(net)
      func told() -> String { net.ours.read("/run/mails") ?? "" }
      let entered = { (name: String, state: String) in "Subject: [here] VRRP Instance \(name) - Entering \(state) state"
      }
      try net.wait("a mail tells of WITH") { told().contains(entered("WITH", "MASTER")) }
      for line in [
        "HELO hello.example.org", "MAIL FROM:<vrrp@example.org>", "RCPT TO:<one@example.org>",
        "RCPT TO:<two@example.org>",
      ] {
        #expect(told().contains(line) || told().contains(line.replacing("HELO", with: "EHLO")), "\(line)\n\(told())")
      }
      try net.ours.run(["ip", "link", "set", "eth0", "down"])
      try net.wait("both are in fault") { try net.baton.instances(on: net.ours).map(\.state) == ["fault", "fault"] }
      try net.ours.run(["ip", "link", "set", "eth0", "up"])
      try net.wait("a mail tells of WITH again") { told().count(of: entered("WITH", "MASTER")) == 2 }
      #expect(!told().contains("FAULT") && !told().contains("Instance WITHOUT"), "\(told())")
      try net.wait("a mail tells of the group") {
        told().contains("Subject: [here] VRRP Group G - Entering MASTER state")
      }

      // smtp_alert_vrrp turns it on for all that do not say otherwise.
      try net.ours.install(
        configuration(
          "smtp_alert_vrrp",
          Neighbors.instance("WITH", 52, "192.0.2.100/24")
            + Neighbors.instance("WITHOUT", 53, "192.0.2.101/24", "smtp_alert off")))
      try net.ours.run([net.baton.path("vrrpctl"), "reload"])
      try net.ours.run(["ip", "link", "set", "eth0", "down"])
      try net.wait("a mail tells of the fault") { told().contains(entered("WITH", "FAULT")) }
      #expect(try daemon.stop() == 0)
      #expect(!told().contains("Instance WITHOUT"), "\(told())")
    }
  }
}

extension String {
  fileprivate var trimmed: String { split(separator: "\n").first.map { $0.filter { $0 != " " } } ?? "" }
}
