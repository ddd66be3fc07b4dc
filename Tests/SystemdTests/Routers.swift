import FoundationEssentials
import LabKit
import NetPrimitives

/// A router's part in a network of routers `a`, `b`, ... at 192.0.2.1, 192.0.2.2, ...
struct Router {
  /// The virtual address that all of them share.
  static let virtualAddress = "192.0.2.100"

  let name: String
  let number: Int
  /// What is added to the `vrrp_instance` block.
  var instanceExtras = ""
  /// What stands before the blocks.
  var preamble = ""

  static let a = Router(name: "a", number: 1)
  static let b = Router(name: "b", number: 2)

  var address: String { "192.0.2.\(number)" }
  var priority: Int { 200 - 50 * number }
  var peer: Router { number == 1 ? .b : .a }

  /// The router's keepalived.conf: intervals that a busy test machine can hold.
  var configuration: String {
    """
    \(preamble)
    bfd_instance peer {
      neighbor_ip \(peer.address)
      source_ip \(address)
      min_rx 100
      min_tx 100
      multiplier 5
    }
    vrrp_instance VI_1 {
      interface eth0
      version 3
      virtual_router_id 51
      priority \(priority)
      advert_int 0.3
      track_bfd {
        peer weight 20
      }
      virtual_ipaddress {
        \(Self.virtualAddress)/24
      }
      \(instanceExtras)
    }
    """
  }

  /// The router as a host of `lab`, its interface with its address unless it is to come later.
  func addHost(to lab: Lab, withAddress: Bool = true) throws(LabError) -> Host {
    try lab.addHost(name, [Interface("eth0", withAddress ? ["\(address)/24"] : [])])
  }
}

/// Baton as `make install` puts it into a box.
enum Installation {
  /// The top folder of this repository.
  static let repository = #filePath.split(separator: "/").dropLast(3).reduce(into: "") { $0 += "/\($1)" }

  /// The folder of the programs under test.
  static var programs: String { Baton.defaultFolder }

  /// Installs programs, units and users into the box with this root, and the router's configuration.
  static func install(into root: String, _ configuration: String) throws(LabError) {
    try Command.run([
      "env", "BIN=\(programs)", "DESTDIR=\(root)", "PREFIX=/usr", "sh", "\(repository)/packaging/install.sh",
    ])
    try Command.run(["systemd-sysusers", "--root=\(root)", "baton.conf"])
    try write(configuration, to: "\(root)/etc/keepalived/keepalived.conf")
  }

  /// Writes a file, readable by everybody.
  static func write(_ text: String, to path: String) throws(LabError) {
    try Command.run(["/bin/sh", "-euc", "printf '%s\\n' \"$2\" > \"$1\"; chmod 644 \"$1\"", "sh", path, text])
  }
}

extension Box {
  /// Boots the router with Baton installed, not started.
  static func boot(
    _ router: Router, in lab: Lab, withAddress: Bool = true, without: [String] = [],
    prepare: (String) throws(LabError) -> Void = { _ in }
  ) throws(LabError) -> Box {
    let host = try router.addHost(to: lab, withAddress: withAddress)
    return try Box(host, without: without) { root throws(LabError) in
      try Installation.install(into: root, router.configuration)
      try prepare(root)
    }
  }

  /// Routers `a`, master, and `b`, backup, with their daemons running and BFD up between them.
  static func bootPair(in lab: Lab) throws(LabError) -> (a: Box, b: Box) {
    let a = try boot(.a, in: lab)
    let b = try boot(.b, in: lab)
    for box in [a, b] { try box.startDaemons() }
    try a.awaitInstance("master")
    try b.awaitInstance("backup")
    for box in [a, b] { try box.awaitSession("up") }
    return (a, b)
  }

  /// Enables and starts both daemons.
  func startDaemons() throws(LabError) {
    let result = try status("systemctl", "enable", "--now", "bfdd", "vrrpd")
    guard result.status == 0 else {
      throw .commandFailed(command: "systemctl enable --now bfdd vrrpd", output: result.output + journal())
    }
  }

  /// Waits until the instance is in this state (`master`, `backup`, `fault`).
  func awaitInstance(_ state: String) throws(LabError) {
    try Wait.until("VI_1 of \(name) is \(state)", detail: { self.journal() }) { () throws(LabError) -> Bool? in
      try instance()?.state == state ? true : nil
    }
  }

  /// Waits until the BFD session is in this state (`up`, `down`).
  func awaitSession(_ state: String) throws(LabError) {
    try Wait.until("BFD of \(name) is \(state)", detail: { self.journal() }) { () throws(LabError) -> Bool? in
      try session()?.localState == state ? true : nil
    }
  }

  /// Whether the virtual address is on the interface.
  func hasVirtualAddress() throws(LabError) -> Bool {
    try run("ip", "-o", "addr", "show", "to", Router.virtualAddress).contains(Router.virtualAddress)
  }

  /// The BFD session as `bfdctl show --json` has it; `nil` where bfdd does not answer.
  func session() throws(LabError) -> SessionState? { try state("bfdctl") }

  /// The VRRP instance as `vrrpctl show --json` has it; `nil` where vrrpd does not answer.
  func instance() throws(LabError) -> InstanceState? { try state("vrrpctl") }

  private func state<State: Decodable>(_ tool: String) throws(LabError) -> State? {
    let result = try status(tool, "show", "--json")
    guard result.status == 0 else { return nil }
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    return (try? decoder.decode([State].self, from: Data(result.output.utf8)))?.first
  }
}

/// What the tests read of a session.
struct SessionState: Decodable {
  struct Statistics: Decodable {
    let downCount: Int
    let echoReceivePacketCount: Int
  }
  let localState: String
  let echoProblem: String?
  let statistics: Statistics
}

/// What the tests read of an instance.
struct InstanceState: Decodable {
  struct Tracked: Decodable {
    let kind: String
    let name: String
    let state: String
  }
  let state: String
  let tracked: [Tracked]
}
