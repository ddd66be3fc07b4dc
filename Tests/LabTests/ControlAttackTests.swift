import FoundationEssentials
import LabKit
import LinuxIO
import NetPrimitives
import Testing

extension LabTests {
  /// What a plain member of the sockets' group can do to daemons that run in real time.
  @Suite struct ControlAttacks {
    /// 20 ms x 3, so that a daemon which is stopped or busy for 60 ms loses its session.
    private static func configuration(_ own: Int, _ other: Int) -> String {
      """
      global_defs {
          bfd_rt_priority 40
          vrrp_rt_priority 40
      }
      bfd_instance path {
          neighbor_ip 192.0.2.\(other)
          source_ip 192.0.2.\(own)
          min_rx 20
          min_tx 20
          multiplier 3
      }
      vrrp_instance VI {
          interface eth0
          virtual_router_id 51
          version 3
          priority \(own == 1 ? 200 : 100)
          advert_int 0.1
          track_bfd {
              path
          }
          virtual_ipaddress {
              192.0.2.100/24
          }
      }

      """
    }

    /// `attack SOCKET INTERFACE FORM`, until it is killed; prints that it is at work.
    private static let attack = """
      import json, socket, sys, threading
      path, interface, form = sys.argv[1:]
      call = lambda name, **more: json.dumps(dict(method=interface + "." + name, **more)).encode() + b"\\0"
      large = call("Info", **{"key%d" % n: 0 for n in range(6500)})

      def connected():
          one = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
          one.settimeout(0.2)
          one.connect(path)
          return one

      def churn():
          one = connected()
          one.send(b"x" * 60000)
          one.close()

      def send(data):
          one = connected()
          one.sendall(data)
          while one.recv(65536): one.sendall(data)

      def deaf():
          one = connected()
          while True: one.sendall(call("List") * 100)

      def trickle():
          one = connected()
          for byte in call("Info") * 100: one.send(bytes([byte]))

      def crowd():
          many = []
          while True:
              try: many.append(connected())
              except OSError: pass
              for one in many[-100:]:
                  try: one.send(call("List"))
                  except OSError: many.remove(one)

      forms = {
          "large": lambda: send(large), "churn": churn, "connect": lambda: connected().close(), "deaf": deaf,
          "pipeline": lambda: send(call("Info") * 500), "list": lambda: send(call("List")), "trickle": trickle,
          "monitor": lambda: send(call("Monitor", more=True)), "crowd": crowd,
      }

      def run():
          while True:
              try: forms[form]()
              except OSError: pass

      print("at work", flush=True)
      threads = [threading.Thread(target=run) for _ in range(4)]
      for one in threads: one.start()
      for one in threads: one.join()
      """

    private func start(
      _ form: String, against daemon: String, as user: Int = 12_345, on net: Neighbors
    ) throws -> Daemon {
      let interface = daemon == "bfdd" ? "dev.baton.bfd" : "dev.baton.vrrp"
      let attack = try net.ours.start(
        "attack",
        ["setpriv", "--reuid", "\(user)", "--regid", "0", "--clear-groups", "/usr/bin/python3", "-c", Self.attack]
          + ["/run/\(daemon)/\(daemon).sock", interface, form])
      try net.wait("the attack begins") { attack.output.contains("at work") }
      return attack
    }

    /// The processor time of a daemon so far.
    private func processorTime(_ daemon: Daemon) throws -> Interval {
      let first = try Command.run(["cat", "/proc/\(daemon.pid)/schedstat"]).split(separator: " ").first
      return .nanoseconds(try #require(first.flatMap { Int64($0) }))
    }

    @Test(arguments: ["bfdd", "vrrpd"])
    func noFormOfAttackTakesMoreThanItsShareOrADaemonFromItsNeighbors(target: String) throws {
      let net = try Neighbors()
      defer { net.lab.destroy() }
      try net.ours.install(Self.configuration(1, 2))
      try net.theirs.install(Self.configuration(2, 1))
      let daemons = ["bfdd": try net.baton.startBFD(on: net.ours), "vrrpd": try net.baton.startVRRP(on: net.ours)]
      try net.baton.startBFD(on: net.theirs)
      try net.waitForSession("up")
      try net.wait("ours is master") { try net.baton.instances(on: net.ours).first?.state == "master" }
      try net.baton.startVRRP(on: net.theirs)
      try net.wait("theirs is backup") { try net.baton.instances(on: net.theirs).first?.state == "backup" }
      let daemon = try #require(daemons[target])
      // Without an attack, for comparison: on a machine that is busy with other things a session may fail by itself.
      let quiet = try downs(net) { try Wait.pause(.seconds(4)) }
      for form in ["large", "churn", "connect", "deaf", "pipeline", "list", "trickle", "monitor", "crowd"] {
        var share = 0.0
        let lost = try downs(net) {
          let attacks = [try start(form, against: target, on: net), try start(form, against: target, on: net)]
          let (time, begin) = (try processorTime(daemon), MonotonicClock.now())
          try Wait.pause(.seconds(2))
          // An operator is answered meanwhile.
          let tool = target == "bfdd" ? "bfdctl" : "vrrpctl"
          let answer = try net.ours.status([net.baton.path(tool), "show"])
          #expect(answer.status == 0, "\(form): \(answer.output)")
          let used = try processorTime(daemon) - time
          share = Double(used.nanoseconds) / Double((MonotonicClock.now() - begin).nanoseconds)
          for attack in attacks { try attack.stop() }
        }
        #expect(share < 0.5, "\(form) took \(share) of a processor")
        #expect(lost <= quiet, "\(form): the session failed \(lost) times, \(quiet) without an attack")
        #expect(try net.baton.instances(on: net.ours).first?.state == "master", "\(form)")
      }
    }

    /// How often our session failed during `body`.
    private func downs(_ net: Neighbors, during body: () throws -> Void) throws -> Int {
      let count = { try net.baton.sessions(on: net.ours).first.map(\.statistics.downCount) }
      let before = try #require(try count())
      try body()
      return try #require(try count()) - before
    }

    @Test func aMemberWhoHoldsAllPlacesKeepsNeitherVRRPDNorTheOperatorAway() throws {
      let net = try Neighbors()
      defer { net.lab.destroy() }
      try net.ours.install(Self.configuration(1, 2))
      try net.baton.startBFD(on: net.ours)
      try net.wait("bfdd answers") { try !net.baton.sessions(on: net.ours).isEmpty }
      for user in 0..<6 { _ = try start("crowd", against: "bfdd", as: 12_345 + user, on: net) }
      try net.wait("all places are taken") { (try refusals(net)["client_limit"] ?? 0) > 0 }
      #expect((try refusals(net)["user_limit"] ?? 0) > 0)
      let vrrpd = try net.baton.startVRRP(on: net.ours)
      try net.wait("vrrpd is subscribed") { vrrpd.output.contains("is connected, sessions: 1") }
      let shown = try net.ours.run([net.baton.path("bfdctl"), "show"])
      #expect(shown.contains("control clients were turned away"), "\(shown)")
    }

    private func refusals(_ net: Neighbors) throws -> [String: Int] {
      struct Info: Decodable {
        struct Process: Decodable { let control_refusals: [String: Int] }
        let daemon: Process
      }
      let text = try net.ours.run(["python3", "-c", Self.ask])
      return try JSONDecoder().decode(Info.self, from: Data(text.utf8)).daemon.control_refusals
    }

    /// Prints what bfdd's `Info` says.
    private static let ask = """
      import json, socket
      one = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
      one.connect("/run/bfdd/bfdd.sock")
      one.sendall(b'{"method":"dev.baton.bfd.Info"}\\0')
      text = b""
      while not text.endswith(b"\\0"): text += one.recv(65536)
      print(json.dumps(json.loads(text[:-1])["parameters"]["info"]))
      """
  }
}
