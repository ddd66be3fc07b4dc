import LinuxIO
import NetPrimitives
import Testing

/// What happens to links of every kind that the kernel of the machine can make. After each step the watcher, which only
/// heard of it by netlink messages, must have the same picture as one that has just read everything. (The virtual machine's
/// scenario `links` does the same to the daemons, with the kinds of a distribution's kernel.)
///
/// Needs root, and fails without. Each test works in network namespaces of its own, so it must not suspend.
@Suite("Network watcher", .serialized, .timeLimit(.minutes(1)))
struct NetworkWatcherTests {
  /// A kind of link: how ip(8) makes the link `x0`, and what can be done with it.
  struct Kind: CustomTestStringConvertible, Sendable {
    let name: String
    let make: [String]
    /// The kind that netlink tells.
    let told: String
    var isPort = true
    var moves = true
    var takesAddress = true
    /// The links that are gone with it.
    var others: [String] = []

    var testDescription: String { name }

    static let all = [
      Kind(name: "veth", make: ["link add x0 type veth peer name x1", "link set x1 up"], told: "veth", others: ["x1"]),
      Kind(name: "bridge", make: ["link add x0 type bridge"], told: "bridge", isPort: false, moves: false),
      Kind(name: "macvlan", make: ["link add x0 link lower type macvlan mode private"], told: "macvlan"),
      Kind(name: "macvtap", make: ["link add x0 link lower type macvtap"], told: "macvtap", isPort: false),
      Kind(name: "vxlan", make: ["link add x0 type vxlan id 7 dstport 4789"], told: "vxlan"),
      Kind(name: "tap", make: ["tuntap add x0 mode tap"], told: "tun"),
      Kind(name: "ifb", make: ["link add x0 type ifb"], told: "ifb", takesAddress: false),
    ]
  }

  /// Two namespaces: the calling thread is in `near`; `lower` is a link there for others to lie on.
  private struct Network {
    let near: NetworkNamespace
    let far: NetworkNamespace
    let nearHolder: ChildProcess
    let farHolder: ChildProcess

    /// Runs `body` in new namespaces that end with it.
    static func with(_ body: (Network) throws -> Void) throws {
      let home = try NetworkNamespace.current()
      defer { try? home.enter() }
      try NetworkNamespace.enterNew()
      let far = try NetworkNamespace.current()
      let farHolder = try ChildProcess(ChildProcess.Command("/bin/sleep", ["1000"]))
      defer { end(farHolder) }
      try NetworkNamespace.enterNew()
      let nearHolder = try ChildProcess(ChildProcess.Command("/bin/sleep", ["1000"]))
      defer { end(nearHolder) }
      let network = Network(near: try .current(), far: far, nearHolder: nearHolder, farHolder: farHolder)
      for command in [
        "link set lo up", "link add lower type veth peer name under", "link set lower up", "link set under up",
        "link add br0 type bridge", "link set br0 up",
      ] { try ip(command) }
      try body(network)
    }

    private static func end(_ process: ChildProcess) {
      try? process.send(.kill)
      _ = try? finish(process)
    }

    /// Moves the link `name` into the other namespace and back.
    func moveThereAndBack(_ name: String, _ onTheWay: () throws -> Void) throws {
      try ip("link set \(name) netns \(farHolder.pid)")
      try onTheWay()
      try far.enter()
      defer { #expect(throws: Never.self) { try near.enter() } }
      try ip("link set \(name) netns \(nearHolder.pid)")
    }
  }

  /// A watcher with what it has reported since a step began.
  private final class Picture {
    let watcher: NetworkWatcher
    private var removed: [String] = []
    private var kinds: Set<String?> = []

    init() throws { watcher = try NetworkWatcher() }

    /// Waits until the watcher has what the kernel has: some of it the kernel tells a moment later. No link may have been
    /// reported as removed on the way but those of `removing`, nor may `x0` or `x9` have seemed to be of another kind.
    func check(_ step: String, _ kind: Kind, removing: [String] = []) throws {
      var difference = "nothing was read"
      for attempt in 0..<100 where !difference.isEmpty {
        if attempt > 0 { try run("/bin/sleep", ["0.02"]) }
        try watcher.process { event in
          switch event {
          case .linkRemoved(let link): removed.append(link.name)
          case .link(let link, _) where ["x0", "x9"].contains(link.name): kinds.insert(link.kind)
          case .link, .address, .addressRemoved: break
          }
        }
        difference = try differenceToKernel()
      }
      #expect(difference.isEmpty, "\(kind.name), \(step)")
      #expect(removed == removing, "\(kind.name), \(step)")
      #expect(kinds.isSubset(of: [kind.told]), "\(kind.name), \(step)")
      (removed, kinds) = ([], [])
    }

    private func differenceToKernel() throws -> String {
      let fresh = try NetworkWatcher()
      let links = Set(watcher.links.values).symmetricDifference(fresh.links.values)
      // The kernel tells an address that it makes itself when duplicate address detection is over.
      let addresses = Set(watcher.addresses.values.joined().filter(\.isUsable))
        .symmetricDifference(fresh.addresses.values.joined().filter(\.isUsable))
      return (links.map { "\($0)" } + addresses.map { "\($0)" }).joined(separator: "; ")
    }
  }

  /// What is done to every kind, in this order.
  private static let steps: [[String]] = [
    ["addr add 192.0.2.1/24 dev x0 label x0:1", "addr add 192.0.2.2/24 dev x0", "link set x0 up"],
    ["addr add 2001:db8::1/64 dev x0 nodad"],
    ["link set x0 mtu 1400"],
    // Too small for IPv6: its addresses go.
    ["link set x0 mtu 1200"],
    ["link set x0 mtu 1500"],
    ["link set x0 down"],
    ["link set x0 name x9"],
    ["link set x9 name x0"],
    ["link set x0 up"],
  ]

  /// A port of a bridge, and what the bridge says of it.
  private static let portSteps: [[String]] = [
    ["link set x0 master br0"],
    ["link set x0 type bridge_slave cost 7 learning off"],
    ["link set x0 down"],
    ["link set x0 up"],
    ["link set x0 nomaster"],
    ["link set x0 master br0", "link set x0 nomaster", "link set x0 master br0"],
    ["link set br0 down"],
  ]

  @Test("Whatever happens to a link, the picture is what the kernel has", arguments: Kind.all)
  func picture(_ kind: Kind) throws {
    try Network.with { network in
      let picture = try Picture()
      func step(_ commands: [String], removing: [String] = []) throws {
        for command in commands { try ip(command) }
        try picture.check(commands.joined(separator: ", "), kind, removing: removing)
      }
      for command in kind.make { try step([command]) }
      for commands in Self.steps + (kind.isPort ? Self.portSteps : []) { try step(commands) }
      if kind.takesAddress { try step(["link set x0 address 02:00:00:00:00:77"]) }
      try step(["addr del 192.0.2.1/24 dev x0"])
      if kind.moves {
        // Still a port, where it can be one.
        try network.moveThereAndBack("x0") { try picture.check("in another namespace", kind, removing: ["x0"]) }
        try picture.check("back again", kind)
        try step(["addr add 192.0.2.1/24 dev x0", "link set x0 up"])
        try network.moveThereAndBack("x0") {}
        try picture.check("there and back in a moment", kind, removing: ["x0"])
      }
      try step(["link set x0 up", "link set x0 down", "link del x0"], removing: ["x0"] + kind.others)
    }
  }

  @Test("A parent in another namespace has no index here, and a peer is no parent")
  func foreignParent() throws {
    try Network.with { network in
      try ip("link add x0 link lower type macvlan mode private")
      let watcher = try NetworkWatcher()
      let lower = try #require(watcher.link(named: "lower"))
      #expect(lower.parent == nil)
      #expect(watcher.link(named: "x0")?.parent == lower.index)
      try network.moveThereAndBack("x0") {
        try network.far.enter()
        defer { #expect(throws: Never.self) { try network.near.enter() } }
        let link = try #require(try NetworkWatcher().link(named: "x0"))
        #expect(link.kind == "macvlan" && link.parent == nil)
      }
      try watcher.process { _ in }
      #expect(watcher.link(named: "x0")?.parent == lower.index)
    }
  }
}
