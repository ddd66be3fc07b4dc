import LinuxIO
import NetPrimitives
import Testing

/// Two hosts on one wire, in network namespaces that vanish with this object: `a0` with 192.0.2.1/24 and
/// 2001:db8::1/64 in the calling thread's new namespace, `b0` with .2 and ::2 in another.
///
/// A test works in namespaces by moving its own thread, so it must not suspend.
private final class TwoHosts {
  let home: NetworkNamespace
  let near: NetworkNamespace
  let far: NetworkNamespace
  let nearIndex: UInt32
  let farIndex: UInt32

  init() throws {
    home = try .current()
    try NetworkNamespace.enterNew()
    far = try .current()
    try ip("link set lo up")
    try NetworkNamespace.enterNew()
    near = try .current()
    try ip("link set lo up")
    // A veth whose other end is put into the namespace of a process that waits there.
    try far.enter()
    let holder = try ChildProcess(ChildProcess.Command("/bin/sleep", ["1000"]))
    try near.enter()
    try ip("link add name a0 type veth peer name b0 netns \(holder.pid)")
    for (namespace, name, number) in [(near, "a0", 1), (far, "b0", 2)] {
      try namespace.enter()
      try ip("addr add 192.0.2.\(number)/24 dev \(name)")
      try ip("addr add 2001:db8::\(number)/64 dev \(name) nodad")
      try ip("link set \(name) up")
    }
    farIndex = try Self.runningIndex("b0")
    try near.enter()
    nearIndex = try Self.runningIndex("a0")
    try holder.send(.kill)
    _ = try finish(holder)
  }

  deinit { try? home.enter() }

  /// The index of the link `name`, once it can carry packets.
  private static func runningIndex(_ name: String) throws -> UInt32 {
    let watcher = try NetworkWatcher()
    try wait(watcher.descriptor, until: { watcher.link(named: name)?.isRunning == true }) {
      try watcher.process { _ in }
    }
    return try #require(watcher.link(named: name)).index
  }
}

/// Runs ip(8) in the calling thread's network namespace.
func ip(_ arguments: String) throws {
  try run("/sbin/ip", arguments.split(separator: " ").map(String.init))
}

private func address(_ text: String) throws -> IPAddress { try #require(IPAddress(text)) }
private func prefix(_ text: String) throws -> IPPrefix { try #require(IPPrefix(text)) }

/// Runs the loop until `condition` holds, served by `handler` whenever `descriptor` is readable.
private func wait(
  _ descriptor: FileDescriptor, until condition: () -> Bool, _ handler: @escaping () throws -> Void
) throws {
  let loop = try EventLoop()
  try loop.watch(descriptor, priority: .packet) { _ in #expect(throws: Never.self) { try handler() } }
  while !condition() { try loop.runTurn(Idle()) }
}

/// Needs root, and fails without.
@Suite("Privileged I/O", .serialized, .timeLimit(.minutes(1)))
struct PrivilegedIOTests {
  @Test(
    "A VRRP multicast reaches a joined raw socket with TTL 255, addresses, interface, time",
    arguments: AddressFamily.allCases)
  func rawMulticast(_ family: AddressFamily) throws {
    let hosts = try TwoHosts()
    let group = try address(family == .ipv4 ? "224.0.0.18" : "ff02::12")
    let source = try address(family == .ipv4 ? "192.0.2.1" : "2001:db8::1")
    let sender = try RawSocket(family, protocol: 112, device: "a0")
    try sender.setMulticastInterface(hosts.nearIndex)
    try sender.join(group, interface: hosts.nearIndex)
    try hosts.far.enter()
    let receiver = try RawSocket(family, protocol: 112, device: "b0")
    let stranger = try RawSocket(family, protocol: 112, device: "b0")
    let batch = try ReceiveBatch(capacity: 4, slotSize: 256)
    // Joining twice, rejoining, and leaving twice are all fine.
    try receiver.join(group, interface: hosts.farIndex)
    try receiver.join(group, interface: hosts.farIndex)
    try receiver.rejoin(group, interface: hosts.farIndex)
    try sender.send([0x21, 1, 2, 3].span, to: group, from: source, interface: hosts.nearIndex)
    var received: [(Datagram, [UInt8])] = []
    try wait(receiver.descriptor, until: { !received.isEmpty }) {
      _ = try receiver.receive(into: batch, at: .now())
      batch.forEach { received.append(($0, copy($1))) }
    }
    let (datagram, bytes) = try #require(received.first)
    #expect(bytes == [0x21, 1, 2, 3])
    #expect(datagram.hopLimit == 255)
    #expect(datagram.trafficClass == 0xC0)
    #expect(datagram.source.address.scoped(to: 0) == source)
    #expect(datagram.destination == group)
    #expect(datagram.interface == hosts.farIndex)
    #expect(datagram.received <= MonotonicClock.now())
    // An IPv4 socket that has not joined gets nothing; nobody gets what its own host sent.
    if family == .ipv4 { #expect(try stranger.receive(into: batch, at: .now()) == 0) }
    #expect(try sender.receive(into: batch, at: .now()) == 0)
    try receiver.leave(group, interface: hosts.farIndex)
    try receiver.leave(group, interface: hosts.farIndex)
  }

  @Test("Unicast and batches work on raw sockets, too", arguments: AddressFamily.allCases)
  func rawUnicast(_ family: AddressFamily) throws {
    let hosts = try TwoHosts()
    let target = try address(family == .ipv4 ? "192.0.2.2" : "2001:db8::2")
    let sender = try RawSocket(family, protocol: 112, device: "a0")
    try hosts.far.enter()
    let receiver = try RawSocket(family, protocol: 112, address: target)
    let batch = try ReceiveBatch(capacity: 4, slotSize: 256)
    let outgoing = try TransmitBatch(capacity: 2, slotSize: 16)
    #expect(add([1], in: outgoing, to: Endpoint(target)))
    #expect(add([2, 2], in: outgoing, to: Endpoint(target)))
    #expect(sender.send(outgoing) { Issue.record("\($0): \($1)") } == 2)
    var received: [[UInt8]] = []
    try wait(receiver.descriptor, until: { received.count == 2 }) {
      _ = try receiver.receive(into: batch, at: .now())
      batch.forEach { received.append(copy($1)) }
    }
    #expect(received == [[1], [2, 2]])
  }

  @Test("A frame sent by a packet socket is seen on both sides of the wire, with direction and time")
  func frames() throws {
    let hosts = try TwoHosts()
    let arp: UInt16 = 0x0806
    let nearObserver = try PacketSocket.observer(filter: .etherTypes([arp, 0x88B5]))
    let sender = try PacketSocket.sender()
    try hosts.far.enter()
    let farObserver = try PacketSocket.observer(interface: hosts.farIndex, etherType: arp)
    let frame = [UInt8](repeating: 0xFF, count: 6) + [2, 0, 0, 0, 0, 1, 0x08, 0x06] + [UInt8](repeating: 9, count: 46)
    let other = [UInt8](repeating: 0xFF, count: 6) + [2, 0, 0, 0, 0, 1, 0x88, 0xB6] + [UInt8](repeating: 9, count: 46)
    try sender.send(frame: other.span, interface: hosts.nearIndex)
    try sender.send(frame: frame.span, interface: hosts.nearIndex)
    let batch = try ReceiveBatch(capacity: 8, slotSize: 128)
    for (observer, index, outgoing) in [(nearObserver, hosts.nearIndex, true), (farObserver, hosts.farIndex, false)] {
      var seen: [(Frame, [UInt8])] = []
      try wait(observer.descriptor, until: { !seen.isEmpty }) {
        _ = try observer.receive(into: batch, at: .now())
        batch.forEachFrame { seen.append(($0, copy($1))) }
      }
      let (about, bytes) = try #require(seen.first)
      #expect(bytes == frame)
      #expect(about.interface == index)
      #expect(about.etherType == arp)
      #expect(about.isOutgoing == outgoing)
      #expect(about.stamp > 0)
      #expect(seen.count == 1)
    }
    try hosts.near.enter()
    try ip("link set a0 down")
    #expect(throws: SystemError("sendto", .networkDown)) {
      try sender.send(frame: frame.span, interface: hosts.nearIndex)
    }
  }

  @Test("An address is added with its label, scope, broadcast and origin, found, refused twice, removed, refused again")
  func addresses() throws {
    let hosts = try TwoHosts()
    let configurator = try NetworkConfigurator()
    let watcher = try NetworkWatcher()
    let four = InterfaceAddress(
      interface: hosts.nearIndex, prefix: try prefix("198.51.100.1/24"), label: "a0:9", scope: .site,
      broadcast: try address("198.51.100.255"), origin: 0xBA)
    let six = InterfaceAddress(
      interface: hosts.nearIndex, prefix: try prefix("2001:db8::100/128"), flags: .noDAD, preferredLifetime: 0,
      origin: 0xBA)
    var events: [NetworkEvent] = []
    for wanted in [four, six] {
      try configurator.add(wanted)
      #expect(throws: SystemError("RTM_NEWADDR", .exists)) { try configurator.add(wanted) }
      try configurator.replace(wanted)
      try watcher.process { events.append($0) }
      let found = try #require(watcher.address(wanted.address, on: hosts.nearIndex))
      #expect(found.prefix == wanted.prefix)
      #expect(found.label == wanted.label)
      #expect(found.scope == wanted.scope)
      #expect(found.broadcast == wanted.broadcast)
      #expect(found.origin == wanted.origin)
      #expect(found.isUsable)
      #expect(found.flags.contains(.deprecated) == (wanted.preferredLifetime == 0))
      #expect(events.first == .address(found, previous: nil))
      events = []
      try configurator.remove(wanted)
      #expect(throws: SystemError("RTM_DELADDR", .addressNotAvailable)) { try configurator.remove(wanted) }
      try watcher.process { events.append($0) }
      guard case .addressRemoved(let removed, _) = try #require(events.first) else {
        Issue.record("no removal among \(events)")
        continue
      }
      #expect(removed.prefix == wanted.prefix)
      #expect(watcher.address(wanted.address, on: hosts.nearIndex) == nil)
      events = []
    }
    let nowhere = InterfaceAddress(interface: 9999, prefix: try prefix("192.0.2.100/24"))
    #expect(throws: SystemError("RTM_NEWADDR", .noSuchDevice)) { try configurator.add(nowhere) }
  }

  @Test("Whoever removes one of our addresses is named by its netlink port")
  func removalByOthers() throws {
    let hosts = try TwoHosts()
    let configurator = try NetworkConfigurator()
    let watcher = try NetworkWatcher()
    let wanted = InterfaceAddress(interface: hosts.nearIndex, prefix: try prefix("192.0.2.100/32"))
    try configurator.add(wanted)
    try watcher.process { _ in }
    let other = try ChildProcess(
      ChildProcess.Command("/sbin/ip", ["addr", "del", "192.0.2.100/32", "dev", "a0"]))
    #expect(try finish(other).isSuccess)
    var senders: [UInt32] = []
    try watcher.process { event in
      if case .addressRemoved(let address, let sender) = event, address.prefix == wanted.prefix {
        senders.append(sender)
      }
    }
    #expect(senders == [UInt32(other.pid)])
  }

  @Test("Links that appear, change, lose their carrier and disappear are told, addresses before their link")
  func links() throws {
    let hosts = try TwoHosts()
    let configurator = try NetworkConfigurator()
    let watcher = try NetworkWatcher()
    let before = try #require(watcher.link(named: "a0"))
    #expect(before.isUp && before.kind == "veth" && before.mtu == 1500 && before.macAddress != nil)
    #expect(watcher.link(named: "lo")?.isLoopback == true)
    var events: [NetworkEvent] = []
    func link(_ name: String, _ condition: @escaping (Link) -> Bool) throws {
      try wait(watcher.descriptor, until: { watcher.link(named: name).map(condition) ?? false }) {
        try watcher.process { events.append($0) }
      }
    }
    try link("a0") { $0.isRunning }
    try hosts.far.enter()
    let farConfigurator = try NetworkConfigurator()
    try farConfigurator.setLink(hosts.farIndex, up: false)
    try hosts.near.enter()
    try link("a0") { $0.isUp && !$0.isRunning }
    try farConfigurator.setLink(hosts.farIndex, up: true)
    try link("a0") { $0.isRunning }
    try configurator.setLink(hosts.nearIndex, up: false)
    try link("a0") { !$0.isUp }
    try ip("link add link a0 name vrrp.7 type macvlan mode private")
    try ip("addr add 198.51.100.1/32 dev vrrp.7")
    try link("vrrp.7") { $0.kind == "macvlan" && $0.parent == hosts.nearIndex }
    try watcher.process { _ in }
    events = []
    try ip("link del vrrp.7")
    try watcher.process { events.append($0) }
    let order = events.compactMap { event -> String? in
      switch event {
      case .addressRemoved(let address, _): "address \(address.address)"
      case .linkRemoved(let link): "link \(link.name)"
      default: nil
      }
    }
    #expect(order.filter { !$0.contains("fe80") } == ["address 198.51.100.1", "link vrrp.7"])
    #expect(watcher.link(named: "vrrp.7") == nil)
  }

  @Test("After an overrun of the netlink buffer every difference is told")
  func overrun() throws {
    let hosts = try TwoHosts()
    let configurator = try NetworkConfigurator()
    let watcher = try NetworkWatcher()
    let marker = InterfaceAddress(interface: hosts.nearIndex, prefix: try prefix("198.51.100.1/32"))
    let victim = InterfaceAddress(interface: hosts.nearIndex, prefix: try prefix("192.0.2.1/24"))
    let noise = InterfaceAddress(interface: hosts.nearIndex, prefix: try prefix("198.51.100.2/32"))
    // Each pair of changes queues two messages; the buffer holds some thousands.
    for _ in 0..<20_000 {
      try configurator.add(noise)
      try configurator.remove(noise)
    }
    try configurator.add(marker)
    try configurator.remove(victim)
    var events: [NetworkEvent] = []
    while watcher.overruns == 0 { try watcher.process { events.append($0) } }
    #expect(watcher.address(marker.address, on: hosts.nearIndex) != nil)
    #expect(watcher.address(victim.address, on: hosts.nearIndex) == nil)
    #expect(watcher.address(noise.address, on: hosts.nearIndex) == nil)
    #expect(
      events.contains { event in
        if case .addressRemoved(let address, 0) = event { return address.prefix == victim.prefix }
        return false
      })
  }

  @Test("A child takes another identity with all its groups, and dies with its parent")
  func identity() throws {
    let (reading, writing) = try FileDescriptor.pipe()
    var command = ChildProcess.Command("/usr/bin/id", [])
    command.arguments = ["id", "-G"]
    command.identity = ChildProcess.Identity(uid: 65534, gid: 65533, groups: [65532])
    command.deathSignal = .kill
    let child = try ChildProcess(command, descriptors: [(writing, as: 1)])
    #expect(try finish(child).isSuccess)
    var bytes: [UInt8] = []
    _ = try reading.read(into: &bytes, limit: 100)
    #expect(String(decoding: bytes, as: UTF8.self) == "65533 65532\n")
  }

  @Test("Real-time scheduling is not inherited by children")
  func realTime() throws {
    try ProcessControl.setRealTime(.roundRobin, priority: 1)
    defer { #expect(throws: Never.self) { try ProcessControl.setOrdinary() } }
    try run("/bin/sh", ["-c", "chrt -p $$ | grep -q SCHED_OTHER"])
  }
}
