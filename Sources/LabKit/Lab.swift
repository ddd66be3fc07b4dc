internal import LinuxIO
public import NetPrimitives

/// A network of its own on this machine: hosts and routers in network namespaces, their interfaces on bridges ("segments")
/// of a switch namespace.
///
/// Names carry the process id, so labs of several processes, or several of one, live side by side. `destroy()` ends every
/// process of the lab and removes its namespaces and files; a lab whose process was killed before it could is removed by
/// `Leftovers.remove()`.
public final class Lab {
  /// Where labs keep their files. Not under /run, which is often mounted so that scripts cannot be executed.
  public static let root = "/var/lib/baton-lab"

  /// The lab's name, `baton-PID-NUMBER`; its namespaces are called `NAME-sw` and `NAME-HOST`.
  public let name: String
  /// The folder of the lab's files: one folder per host, with its logs.
  public var folder: String { "\(Self.root)/\(name)" }
  /// The namespace of the switch, where every frame can be seen.
  public var switchNamespace: String { "\(name)-sw" }
  /// Hosts in the order of their making.
  public private(set) var hosts: [Host] = []
  private var segments: Set<String> = []
  private var knownLinks: [String: UInt32]?
  private var isDestroyed = false

  /// An empty lab. Throws `.notRoot` or `.missingProgram` where the machine does not allow it.
  public init() throws(LabError) {
    try Self.requireRoot()
    _ = try Command.find("ip", package: "iproute2")
    var number = 1
    while Files.exists("\(Self.root)/baton-\(Identity.ownPID)-\(number)") { number += 1 }
    name = "baton-\(Identity.ownPID)-\(number)"
    try Files.write(Identity.mark, to: "\(folder)/owner")
    do throws(LabError) {
      try Command.run(["ip", "netns", "add", switchNamespace])
      try Command.run(["ip", "-n", switchNamespace, "link", "set", "lo", "up"])
    } catch {
      destroy()
      throw error
    }
  }

  /// Throws `.notRoot` where this process may not make network namespaces.
  public static func requireRoot() throws(LabError) {
    guard ProcessControl.effectiveUser == 0 else { throw .notRoot }
  }

  /// Makes a host with these interfaces, up, with their addresses.
  public func addHost(_ hostName: String, _ interfaces: [Interface]) throws(LabError) -> Host {
    let host = Host(name: hostName, lab: name, folder: "\(folder)/\(hostName)", interfaces: interfaces)
    hosts.append(host)
    knownLinks = nil
    try host.prepare()
    for interface in interfaces {
      try addSegment(interface.segment)
      let port = host.port(interface.name)
      try Command.run([
        "ip", "link", "add", "name", interface.name, "netns", host.namespace, "type", "veth", "peer", "name", port,
        "netns", switchNamespace,
      ])
      try Command.run(["ip", "-n", switchNamespace, "link", "set", port, "master", interface.segment, "up"])
      for address in interface.addresses {
        let noDetection = address.address.family == .ipv6 ? ["nodad"] : []
        try Command.run(
          ["ip", "-n", host.namespace, "addr", "add", "\(address)", "dev", interface.name] + noDetection)
      }
      try Command.run(["ip", "-n", host.namespace, "link", "set", interface.name, "up"])
    }
    return host
  }

  /// The name of the interface at both ends of the wire that `connect` makes.
  static let wire = "wire0"

  /// Lays a wire between two hosts, past the switch, so that nothing but the two takes part in what goes over it. The
  /// hardware address of its far end, at `right`.
  func connect(_ left: Host, _ right: Host) throws(LabError) -> String {
    let hardware = "02:00:00:00:00:02"
    try Command.run([
      "ip", "link", "add", "name", Self.wire, "netns", left.namespace, "type", "veth", "peer", "name", Self.wire,
      "address", hardware, "netns", right.namespace,
    ])
    for host in [left, right] { try Command.run(["ip", "-n", host.namespace, "link", "set", Self.wire, "up"]) }
    return hardware
  }

  private func addSegment(_ segment: String) throws(LabError) {
    guard segments.insert(segment).inserted else { return }
    try Command.run([
      "ip", "-n", switchNamespace, "link", "add", "name", segment, "type", "bridge", "stp_state", "0", "mcast_snooping",
      "0",
    ])
    try Command.run(["ip", "-n", switchNamespace, "link", "set", segment, "up"])
  }

  // MARK: Faults of the network

  /// Takes all ports of the host off their bridges: its carrier stays, nothing arrives, nothing leaves.
  public func cut(_ host: Host) throws(LabError) {
    try onPorts(of: host) { switchboard, port, _ throws(SystemError) in try switchboard.setLink(port, bridge: nil) }
  }

  /// Undoes `cut`.
  public func heal(_ host: Host) throws(LabError) {
    try onPorts(of: host) { switchboard, port, bridge throws(SystemError) in
      try switchboard.setLink(port, bridge: bridge)
    }
  }

  /// Takes the carrier from all interfaces of the host, or from one, as a pulled cable does.
  public func unplug(_ host: Host, only name: String? = nil) throws(LabError) {
    try onPorts(of: host, only: name) { switchboard, port, _ throws(SystemError) in
      try switchboard.setLink(port, up: false)
    }
  }

  /// Undoes `unplug`.
  public func plugIn(_ host: Host, only name: String? = nil) throws(LabError) {
    try onPorts(of: host, only: name) { switchboard, port, _ throws(SystemError) in
      try switchboard.setLink(port, up: true)
    }
  }

  /// Drops what one host sends to another; the other direction stays. Needs `nft`.
  public func cutOneWay(from: Host, to: Host) throws(LabError) {
    for sender in from.interfaces {
      for receiver in to.interfaces where sender.segment == receiver.segment {
        try drop("iifname \"\(from.port(sender.name))\" oifname \"\(to.port(receiver.name))\"")
      }
    }
  }

  /// Drops all that a host sends, or (`hears` false) all that is sent to it; the other direction stays. Needs `nft`.
  public func cutOneWay(_ host: Host, hears: Bool) throws(LabError) {
    for interface in host.interfaces {
      try drop("\(hears ? "iifname" : "oifname") \"\(host.port(interface.name))\"")
    }
  }

  private func drop(_ match: String) throws(LabError) {
    let nft = try Command.find("nft", package: "nftables")
    try Command.run([
      "ip", "netns", "exec", switchNamespace, nft,
      "table bridge lab { chain cut { type filter hook forward priority 0; \(match) counter drop; }; }",
    ])
  }

  /// Undoes every `cutOneWay`.
  public func healOneWay() throws(LabError) {
    let nft = try Command.find("nft", package: "nftables")
    try Command.run(["ip", "netns", "exec", switchNamespace, nft, "delete table bridge lab"])
  }

  /// By netlink and not by a program, so that a fault takes microseconds.
  private func onPorts(
    of host: Host, only name: String? = nil,
    _ change: (_ switchboard: NetworkConfigurator, _ port: UInt32, _ bridge: UInt32) throws(SystemError) -> Void
  ) throws(LabError) {
    let links = try switchLinks()
    do {
      let switchboard = try NetworkNamespace.entering(switchNamespace) { () throws(SystemError) in
        try NetworkConfigurator()
      }
      for interface in host.interfaces where name == nil || interface.name == name {
        guard let port = links[host.port(interface.name)], let bridge = links[interface.segment] else { continue }
        try change(switchboard, port, bridge)
      }
    } catch { throw .system("changing the ports of \(host.name)", reason: "\(error)") }
  }

  /// The interfaces of the switch, ports and bridges, with their indexes.
  func switchLinks() throws(LabError) -> [String: UInt32] {
    if let knownLinks { return knownLinks }
    let links = try Self.links(in: switchNamespace)
    knownLinks = links
    return links
  }

  /// The interfaces of a namespace with their indexes.
  static func links(in namespace: String) throws(LabError) -> [String: UInt32] {
    var links: [String: UInt32] = [:]
    let output = try Command.run(["ip", "-n", namespace, "-o", "link"])
    for line in output.split(separator: "\n") {
      // "7: a-eth0@if2: <BROADCAST,...": index and name.
      let words = line.split(separator: " ")
      guard words.count > 1, let index = UInt32(words[0].dropLast()) else { continue }
      links[String(words[1].prefix { $0 != "@" && $0 != ":" })] = index
    }
    return links
  }

  // MARK: The end

  /// Ends every process of the lab and removes namespaces and files. Never throws, and may be called again.
  public func destroy() {
    guard !isDestroyed else { return }
    isDestroyed = true
    for host in hosts { host.killAll() }
    Leftovers.removeLab(named: name)
  }

  deinit { destroy() }

  /// The ends of all logs of all hosts, for an error message.
  public func logs(lines: Int = 12) -> String {
    hosts.map { $0.logs(lines: lines) }.filter { !$0.isEmpty }.joined(separator: "\n")
  }
}

/// An interface of a host: its name there, the segment it is plugged into, its addresses.
public struct Interface: Sendable, Hashable {
  /// The name in the host, such as `eth3`.
  public var name: String
  /// The segment (bridge) at the other end. Interfaces of the same segment reach each other.
  public var segment: String
  /// Addresses with their prefix lengths.
  public var addresses: [IPPrefix]

  /// An interface with these addresses ("192.0.2.1/24"); a text that is no address is left out.
  public init(_ name: String, on segment: String = "lan", _ addresses: [String]) {
    self.name = name
    self.segment = segment
    self.addresses = addresses.compactMap { IPPrefix($0) }
  }
}
