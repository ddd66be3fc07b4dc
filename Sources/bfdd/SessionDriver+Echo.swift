import BFDCore
import LinuxIO
import Logging
import NetPrimitives

extension SessionDriver {
  /// How often sessions whose echo packets have no way yet look for one.
  private static let echoTick = Interval.seconds(1)
  /// How many of the others look again each time: a neighbour's Ethernet address may change without a word.
  private static let refreshedPerTick = 16

  /// Looks up what the echo packets of the session in `slot` need, and tells the engine what it may do.
  func resolveEcho(_ slot: Int, now: Instant) {
    guard let plan = running[slot]?.plan, plan.usesEcho else { return endEcho(slot, now: now) }
    startEchoTick()
    let before = echo.problems[slot]
    let port = openEchoPort(of: slot, plan)
    findEchoPath(slot, plan, port)
    if let problem = echo.problems[slot], problem != before { logger.notice("\(plan.name): \(problem)") }
    let isUnaffiliated = plan.key.kind == .unaffiliatedEcho
    // An unaffiliated session goes Down by what does not come back, so it goes on when the way is lost.
    table.setEcho(
      slot, maySend: isUnaffiliated ? port != nil : echo.paths[slot] != nil, mayLoop: port != nil, now: now,
      effects: &effects)
    if isUnaffiliated, table[slot].state != .up { outlet(of: slot)?.solicit() }
  }

  /// Ends the echo of a session that goes on without.
  private func endEcho(_ slot: Int, now: Instant) {
    forgetEcho(slot)
    table.setEcho(slot, maySend: false, mayLoop: false, now: now, effects: &effects)
  }

  /// Forgets the way of the session's echo packets.
  func forgetEcho(_ slot: Int) {
    echo.problems[slot] = nil
    echo.paths[slot] = nil
    closeUnusedPorts()
  }

  /// Closes the ports that no session uses any more, such as those of an interface that was created anew.
  private func closeUnusedPorts() {
    for key in Array(echo.ports.keys) where !isUsed(key) {
      if let entry = echo.ports.removeValue(forKey: key) { loop.unwatch(entry.registration) }
    }
    for family in Array(echo.reserved.keys) where !echo.ports.keys.contains(where: { $0.family == family }) {
      echo.reserved[family] = nil
    }
  }

  private func isUsed(_ key: EchoPort.Key) -> Bool {
    running.indices.contains { slot in
      guard let plan = running[slot]?.plan, plan.usesEcho else { return false }
      return echoInterface(of: slot) == key.interface && plan.key.neighbor.family == key.family
    }
  }

  private func echoInterface(of slot: Int) -> UInt32 { table[slot].currentInterface }

  /// Opens the port that the session needs, unless another one has.
  private func openEchoPort(of slot: Int, _ plan: SessionPlan) -> EchoPort? {
    let key = EchoPort.Key(interface: echoInterface(of: slot), family: plan.key.neighbor.family)
    // Not known before the first packet where the routes decide; no news, for without a packet there is no echo.
    guard key.interface != 0, let link = links[key.interface] else { return nil }
    if let port = echo.ports[key]?.port { return port }
    do throws(SystemError) {
      let port = try EchoPort(key, name: link.name)
      let registration = try loop.watch(port.socket.descriptor, priority: .packet) { [unowned self, unowned port] _ in
        receiveEcho(port)
      }
      echo.ports[key] = (port, registration)
      reserveEchoPort(key.family)
      return port
    } catch {
      echo.problems[slot] =
        error.code == .notPermitted || error.code == .familyNotSupported
        ? "no echo: bfdd may not open packet sockets (CAP_NET_RAW, see ECHO in bfdd(8))" : "no echo: \(error)"
      return nil
    }
  }

  private func reserveEchoPort(_ family: AddressFamily) {
    guard echo.reserved[family] == nil else { return }
    do throws(SystemError) {
      let socket = try DatagramSocket.receiver(family, port: EchoFrame.port, receiveBuffer: 4_096)
      try socket.attach(.none)
      echo.reserved[family] = socket
    } catch {
      logger.notice("UDP port \(EchoFrame.port) is not reserved, the kernel may answer echo packets: \(error)")
    }
  }

  /// Notes by which addresses the session's echo packets travel, or why they cannot.
  private func findEchoPath(_ slot: Int, _ plan: SessionPlan, _ port: EchoPort?) {
    guard let port, let link = links[port.key.interface] else {
      echo.paths[slot] = nil
      return
    }
    guard let from = link.macAddress, !link.isLoopback else {
      return lackEchoPath(slot, "no echo: \(link.name) has no Ethernet addresses")
    }
    guard let own = plan.key.source ?? ownAddress(toward: plan.key.neighbor, on: link.index) else {
      return lackEchoPath(slot, "no echo: \(link.name) has no address in the neighbor's network, set source_ip")
    }
    guard let to = macAddress(of: plan.key.neighbor, on: link.index) ?? echo.paths[slot]?.addresses.to else {
      return lackEchoPath(slot, "no echo yet: the neighbor's Ethernet address is not known")
    }
    echo.problems[slot] = nil
    let addresses = EchoFrame.Addresses(from: from, to: to, own: own.scoped(to: 0), port: running[slot]?.port ?? 0)
    guard echo.paths[slot]?.addresses != addresses || echo.paths[slot]?.dscp != plan.dscp else { return }
    echo.paths[slot] = EchoPath(port: port, addresses: addresses, dscp: plan.dscp)
  }

  private func lackEchoPath(_ slot: Int, _ problem: String) {
    echo.paths[slot] = nil
    echo.problems[slot] = problem
  }

  private func ownAddress(toward neighbor: IPAddress, on interface: UInt32) -> IPAddress? {
    addresses(on: interface).first { address in
      address.isUsable && address.address.family == neighbor.family
        && address.prefix.contains(neighbor)
    }?.address
  }

  private func macAddress(of neighbor: IPAddress, on interface: UInt32) -> MACAddress? {
    do throws(SystemError) {
      if echo.neighbors == nil { echo.neighbors = try NeighborTable() }
      return try echo.neighbors?.macAddress(of: neighbor, on: interface)
    } catch {
      logger.error("the kernel does not tell its neighbors: \(error)")
      echo.neighbors = nil
      return nil
    }
  }

  // MARK: Looking again

  private func startEchoTick() {
    guard !echo.isTicking else { return }
    echo.isTicking = true
    loop.startTimer(at: loop.wakeUp.monotonic + Self.echoTick) { [unowned self] in echoTick() }
  }

  private func echoTick() {
    echo.isTicking = false
    closeUnusedPorts()
    for entry in echo.ports.values { entry.port.readForwarding() }
    let users = order.filter { running[$0]?.plan.usesEcho == true }
    let now = loop.wakeUp.monotonic
    for slot in users where echo.paths[slot] == nil || table[slot].state != .up { resolveEcho(slot, now: now) }
    for offset in 0..<min(Self.refreshedPerTick, users.count) {
      resolveEcho(users[(echo.next + offset) % users.count], now: now)
    }
    echo.next &+= Self.refreshedPerTick
    finishTurn()
  }

  // MARK: Packets

  /// Sends an echo packet. `failure` is told of one that could not be sent, and whether its error is a new one.
  func sendEcho(_ transmission: Transmission, failure: (SystemError, _ isNews: Bool) -> Void) {
    guard let path = echo.paths[transmission.slot] else {
      return failure(SystemError("sendto", .hostUnreachable), false)
    }
    let length = EchoFrame.write(transmission, path.addresses, dscp: path.dscp, to: &echo.frame)
    let frame = echo.frame
    do throws(SystemError) {
      try path.port.socket.send(frame: frame.span.extracting(first: length), interface: path.port.key.interface)
      if path.isRefused { echo.paths[transmission.slot]?.isRefused = false }
    } catch {
      let isTransient = error.code == .wouldBlock || error.code == .noBufferSpace
      if !isTransient { echo.paths[transmission.slot]?.isRefused = true }
      failure(error, !isTransient && !path.isRefused)
    }
  }

  private func receiveEcho(_ port: EchoPort) {
    let now = loop.wakeUp.monotonic
    do throws(SystemError) {
      if try port.socket.receive(into: batch, at: loop.wakeUp) == batch.capacity { loop.leavePackets() }
    } catch {
      // An interface that goes down says so here; the path is looked up again when netlink tells.
      return
    }
    batch.forEachFrame { frame, bytes in
      guard !frame.isTruncated, let packet = EchoFrame(decoding: bytes) else { return table.dropEcho() }
      let isToUs = isOwn(packet.destination, on: frame.interface)
      if isToUs, isOwn(packet.source, on: frame.interface) {
        takeEcho(packet, bytes.extracting(packet.payload), frame, now)
      } else {
        turnRound(packet, bytes, port, exchanging: isToUs, now)
      }
    }
    finishTurn()
  }

  /// One of ours has come back.
  private func takeEcho(_ packet: EchoFrame, _ payload: Span<UInt8>, _ frame: Frame, _ now: Instant) {
    guard !EchoFrame.isControlPacket(payload) else {
      let arrival = Arrival(
        source: packet.source, destination: packet.destination, interface: frame.interface, hopLimit: packet.hopLimit,
        kind: .unaffiliatedEcho, instant: frame.received)
      _ = table.receive(payload, arrival, now: now, effects: &effects)
      return
    }
    table.receiveEcho(payload, at: frame.received, now: now, effects: &effects)
  }

  /// Sends a peer's packet back to it, unless the kernel does. A packet that has made a hop was turned round already.
  private func turnRound(
    _ packet: EchoFrame, _ bytes: Span<UInt8>, _ port: EchoPort, exchanging isToUs: Bool, _ now: Instant
  ) {
    let peer = isToUs ? packet.source : packet.destination
    // Routers do not forward what comes from a link-local address.
    guard isToUs || !port.isForwarding || peer.isLinkLocal && peer.family == .ipv6 else { return }
    guard packet.hopLimit == 255 else { return table.dropEcho() }
    let looped = table.loopEcho(
      from: peer, or: slot(behind: packet.sender, port), interface: port.key.interface,
      domain: domain(of: port.key.interface), now: now)
    guard looped != nil else { return }
    for offset in 0..<bytes.count { echo.frame[offset] = bytes[offset] }
    packet.turnRound(&echo.frame, isToUs ? .exchange : .forward)
    // A full queue loses it, as any wire might.
    let frame = echo.frame
    try? port.socket.send(frame: frame.span.extracting(first: bytes.count), interface: port.key.interface)
  }

  /// The slot of a session whose neighbor has that Ethernet address.
  private func slot(behind sender: MACAddress, _ port: EchoPort) -> Int? {
    echo.paths.first { slot, path in
      path.port === port && path.addresses.to == sender && table[slot].state == .up
    }?.key
  }

  private func isOwn(_ address: IPAddress, on interface: UInt32) -> Bool {
    addresses(on: interface).contains { $0.address.scoped(to: 0) == address }
  }
}
