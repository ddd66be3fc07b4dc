import ControlInterface
import DaemonRuntime
import KeepalivedConfig
import LinuxIO
import Logging
import NetPrimitives
import VRRPCore

extension VRRPDaemon {
  /// Opens, renews and closes sockets so that every instance whose interface exists has one, and knows its routes.
  func updatePorts() {
    var wanted: [AdvertisementPort.Key: [Int]] = [:]
    for index in instances.indices {
      for key in [instances[index].port, instances[index].virtualPort].compactMap({ $0 }) {
        wanted[key, default: []].append(index)
      }
    }
    for (key, entry) in ports where wanted[key] == nil || watcher.link(named: key.interface)?.index != entry.port.index
    {
      loop.unwatch(entry.registration)
      strayDrops.noteClosed(overflow: entry.port.socket.dropped)
      ports[key] = nil
    }
    for (key, indices) in wanted {
      guard let link = watcher.link(named: key.interface) else { continue }
      do throws(SystemError) {
        let port = try port(key, index: link.index)
        try port.listen(to: groups(of: indices))
        try port.setReceiveBuffer(indices.compactMap { instances[$0].configuration.receiveBufferSize }.max())
        port.setRoutes(indices.map { (instances[$0].configuration.virtualRouterID, $0) })
        setSystemFault(indices, false)
      } catch {
        networkTrouble.log(
          .networkTrouble, .error, "\(key.interface): no VRRP socket: \(error)",
          [.interface: key.interface, .reason: "\(error)"])
        setSystemFault(indices, true)
      }
    }
  }

  private func setSystemFault(_ indices: [Int], _ isFailing: Bool) {
    let now = MonotonicClock.now()
    for index in indices { update(index) { $0.systemFaultChanged(isFailing: isFailing, now: now, into: &$1) } }
  }

  private func groups(of indices: [Int]) -> Set<IPAddress> {
    Set(
      indices.compactMap {
        let configuration = instances[$0].configuration
        return configuration.isUnicast ? nil : configuration.multicastGroup
      })
  }

  /// The port that there is, or a new one.
  private func port(_ key: AdvertisementPort.Key, index: UInt32) throws(SystemError) -> AdvertisementPort {
    if let port = ports[key]?.port { return port }
    let port = try AdvertisementPort(key, index: index)
    let registration = try loop.watch(port.socket.descriptor, priority: .packet) { [weak self, weak port] _ in
      guard let self, let port else { return }
      if receive(on: port, at: loop.wakeUp) == receiveBatch.capacity { readAll(port) }
    }
    ports[key] = (port, registration)
    return port
  }

  /// Reads what has arrived on one port by now, and nothing else: an instance that is about to believe in a silence must
  /// not wait for whatever else keeps the daemon busy. A flood ends it after a thousand packets.
  func readAll(_ port: AdvertisementPort) {
    for _ in 0..<16 where receive(on: port, at: .now()) < receiveBatch.capacity { return }
    loop.leavePackets()
  }

  /// Reads one batch and returns how many packets it held; the rest, if any, is read when the loop comes by again.
  private func receive(on port: AdvertisementPort, at sample: ClockSample) -> Int {
    do throws(SystemError) {
      guard try port.socket.receive(into: receiveBatch, at: sample) > 0 else { return 0 }
    } catch {
      // An interface that went down is reported by netlink as well.
      logger.debug("\(port.key.interface): receive: \(error)")
      return 0
    }
    receiveBatch.forEach { datagram, bytes in receive(datagram, bytes, on: port, now: sample.monotonic) }
    return receiveBatch.count
  }

  private func receive(_ datagram: Datagram, _ bytes: Span<UInt8>, on port: AdvertisementPort, now: Instant) {
    guard bytes.count >= port.messageOffset + 2, let destination = datagram.destination else {
      strayDrops.tooShort &+= 1
      return
    }
    guard
      let index = route(
        bytes.extracting(port.messageOffset...), from: datagram.source.address, to: destination, on: port)
    else {
      // On an interface of one virtual router the others' packets are heard as well, a second time.
      guard !port.key.isVirtual else { return }
      unknownRouters.count(bytes[port.messageOffset + 1], from: datagram.source.address, on: port.key.interface)
      foreign.record(
        bytes.extracting(port.messageOffset...), from: datagram.source.address, interface: port.index,
        kind: .unknownVRID, at: datagram.received)
      return
    }
    guard instances[index].listeningPort == port.key else { return }
    let path = PacketPath(
      source: datagram.source.address, destination: destination, hopLimit: datagram.hopLimit,
      receivedAt: datagram.received)
    let errorsBefore = addressListErrors(of: index)
    var refusal: DropReason?
    update(index) { refusal = $0.receive(bytes, path: path, now: now, into: &$1) }
    // An instance that is in fault or has not started hears nothing, which is as it should be. But that there is another
    // router on the link ends what was left behind.
    if refusal == .notListening { return dropLeftovers(of: instances[index], "another master is heard") }
    if let refusal { refused(datagram.source.address, refusal, by: instances[index]) }
    guard refusal != nil || addressListErrors(of: index) != errorsBefore else { return }
    foreign.record(
      bytes.extracting(port.messageOffset...), from: path.source, interface: port.index,
      kind: refusal == nil ? .otherAddresses : .notAccepted, at: path.receivedAt)
  }

  private func refused(_ source: IPAddress, _ reason: DropReason, by instance: Instance) {
    refusedPackets.log(
      .packetRefused, .warning,
      "\(instance.configuration.name): advertisement from \(source) refused: \(reason.name)",
      [
        .instance: instance.configuration.name, .interface: instance.configuration.interface,
        .neighbor: "\(source)", .reason: reason.name,
      ])
  }

  private func addressListErrors(of index: Int) -> UInt64 { instances[index].router.statistics.addressListErrors }

  /// The instance that a packet is for. Several may share a number: those of the two versions, unicast ones with
  /// different peers, and those of different multicast groups.
  private func route(
    _ bytes: Span<UInt8>, from source: IPAddress, to destination: IPAddress, on port: AdvertisementPort
  ) -> Int? {
    let candidates = port.routes[Int(bytes[1])]
    guard candidates.count > 1 else { return candidates.first }
    return candidates.first {
      let configuration = instances[$0].configuration
      let isPeer = configuration.unicastPeers.contains { $0.address.scoped(to: 0) == source.scoped(to: 0) }
      return configuration.version.rawValue == bytes[0] >> 4 && configuration.isUnicast == isPeer
        && (configuration.isUnicast || configuration.multicastGroup == destination.scoped(to: 0))
    } ?? candidates.first
  }
}
