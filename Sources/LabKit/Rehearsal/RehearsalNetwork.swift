internal import KeepalivedConfig
internal import NetPrimitives

/// Rebuilds the network around two routers from what their files say: which interfaces there are, which of them are on the
/// same wire, and which addresses they have.
struct RehearsalNetwork {
  private(set) var routers: [RehearsalPlan.Router]
  private(set) var client: [Interface] = []
  private(set) var watched: [RehearsalPlan.Watched] = []
  private var addresses = AddressPlan()
  private var segmentCount = 0

  init(_ routers: [RehearsalPlan.Router]) { self.routers = routers }

  mutating func build() {
    for index in routers.indices {
      addresses.take(routers[index].model.vrrpInstances.flatMap(\.watchedAddresses).map(\.address))
      addresses.take(ownAddresses(of: index).map(\.address))
      addresses.take(routers[index].model.staticAddresses.map(\.address))
      addInterfaces(index)
    }
    for index in routers.indices { addOwnAddresses(index) }
    for index in routers.indices { addMissingAddresses(index) }
    for index in routers.indices { addNeighbors(index) }
    addClient()
  }

  // MARK: Interfaces and segments

  /// Interfaces in the order in which the file names them; `lo` is there anyway.
  private func interfaceNames(_ model: Configuration) -> [String] {
    var names: [String] = []
    func add(_ name: String?) {
      if let name, name != "lo", !names.contains(name) { names.append(name) }
    }
    for instance in model.vrrpInstances {
      add(instance.interface)
      for entry in instance.watchedAddresses { add(entry.device) }
    }
    for session in model.bfdInstances { add(session.interface) }
    for instance in model.vrrpInstances { for tracked in instance.tracking.interfaces { add(tracked.name) } }
    for group in model.syncGroups { for tracked in group.tracking.interfaces { add(tracked.name) } }
    for entry in model.staticAddresses { add(entry.device ?? model.global.defaultInterface) }
    for hop in model.hops { add(hop.device) }
    return names
  }

  private mutating func addInterfaces(_ index: Int) {
    for name in interfaceNames(routers[index].model) {
      let segment = index == 0 ? nil : segmentOfFirst(for: name)
      if segment == nil { segmentCount += 1 }
      routers[index].interfaces.append(Interface(name, on: segment ?? "net\(segmentCount)", []))
    }
  }

  /// The segment of router a's interface that runs the same virtual router; else of the one with the same name, if no
  /// interface of router b is there by its virtual router.
  private func segmentOfFirst(for name: String) -> String? {
    func counterpart(_ name: String) -> String? {
      guard let instance = routers[1].model.vrrpInstances.first(where: { $0.interface == name }) else { return nil }
      return routers[0].model.vrrpInstances.first { $0.isSameRouter(as: instance) }?.interface
    }
    let taken = Set(routers[1].model.vrrpInstances.compactMap { counterpart($0.interface) })
    let wanted = counterpart(name) ?? (taken.contains(name) ? nil : name)
    return routers[0].interfaces.first { $0.name == wanted }?.segment
  }

  // MARK: Addresses

  /// What is known to be the router's own: what its file says, and what the other's file calls a peer.
  private func ownAddresses(of index: Int) -> [(address: IPAddress, interface: String?)] {
    let (own, other) = (routers[index].model, routers[1 - index].model)
    var result: [(address: IPAddress, interface: String?)] = []
    for instance in own.vrrpInstances {
      let counterpart = other.vrrpInstances.first { $0.isSameRouter(as: instance) }
      guard let address = instance.sourceAddress ?? counterpart?.unicastPeers.first?.address else { continue }
      result.append((address, instance.interface))
    }
    for session in own.bfdInstances { if let source = session.source { result.append((source, session.interface)) } }
    for session in other.bfdInstances {
      let counterpart = own.bfdInstances.first { $0.source == session.neighbor || $0.neighbor == session.source }
      result.append((session.neighbor, counterpart?.interface))
    }
    return result
  }

  private mutating func addOwnAddresses(_ index: Int) {
    for (address, interface) in ownAddresses(of: index) {
      let known = routers[index].interfaces
      guard !known.contains(where: { $0.addresses.contains { $0.address == address } }) else { continue }
      let name = interface ?? place(of: address, index)
      guard let position = known.firstIndex(where: { $0.name == name }),
        let prefix = network(around: address, on: name, index)
      else { continue }
      routers[index].interfaces[position].addresses.append(prefix)
    }
  }

  /// The interface whose virtual addresses are in the same network, else the first of an instance.
  private func place(of address: IPAddress, _ index: Int) -> String? {
    let instances = routers[index].model.vrrpInstances
    for instance in instances {
      for entry in instance.watchedAddresses {
        if Self.network(of: entry)?.contains(address) == true { return entry.device ?? instance.interface }
      }
    }
    return instances.first?.interface
  }

  /// The address with the length of the network on the interface that holds it.
  private func network(around address: IPAddress, on name: String?, _ index: Int) -> IPPrefix? {
    let entries = routers[index].model.vrrpInstances.flatMap { instance in
      instance.watchedAddresses.filter { ($0.device ?? instance.interface) == name }
    }
    let around = entries.compactMap(Self.network).first { $0.contains(address) }
    return IPPrefix(address, length: around?.length ?? (address.family == .ipv4 ? 24 : 64))
  }

  /// The network of a virtual address: as written, or the customary one where it stands alone.
  private static func network(of entry: AddressEntry) -> IPPrefix? {
    entry.prefix.length < entry.address.family.addressBits - 1
      ? entry.prefix : AddressPlan.customaryNetwork(of: entry.address)
  }

  /// Gives every interface with virtual addresses an address of their family: without one nobody could be answered.
  private mutating func addMissingAddresses(_ index: Int) {
    for instance in routers[index].model.vrrpInstances {
      for entry in instance.watchedAddresses where !entry.address.isLinkLocal {
        let device = entry.device == "lo" ? nil : entry.device
        guard
          let position = routers[index].interfaces.firstIndex(where: { $0.name == device ?? instance.interface }),
          !routers[index].interfaces[position].addresses.contains(where: {
            $0.address.family == entry.address.family && !$0.address.isLinkLocal
          }),
          let network = Self.network(of: entry), let own = addresses.spare(in: network, number: 101 + UInt64(index))
        else { continue }
        routers[index].interfaces[position].addresses.append(own)
      }
    }
  }

  /// Everything of the other router on the same segments must be reachable, whatever its network.
  private mutating func addNeighbors(_ index: Int) {
    let own = routers[index].interfaces
    for other in routers[1 - index].interfaces {
      guard let interface = own.first(where: { $0.segment == other.segment }) else { continue }
      for prefix in other.addresses where !prefix.address.isLinkLocal {
        guard !own.contains(where: { $0.addresses.contains { $0.contains(prefix.address) } }) else { continue }
        routers[index].neighbors.append(
          RehearsalPlan.Neighbor(address: prefix.address, interface: interface.name))
      }
    }
    addGateways(index)
  }

  /// The kernel takes a route only where it could reach the gateway: nobody is there, but the way is.
  private mutating func addGateways(_ index: Int) {
    let (own, model) = (routers[index].interfaces, routers[index].model)
    let networks = own.flatMap(\.addresses) + model.staticAddresses.map(\.prefix)
    for hop in model.hops where !hop.isOnLink {
      guard let gateway = hop.gateway, !gateway.isLinkLocal, !networks.contains(where: { $0.contains(gateway) }),
        !routers[index].neighbors.contains(where: { $0.address == gateway }),
        let interface = own.first(where: { hop.device == nil || $0.name == hop.device })
      else { continue }
      routers[index].neighbors.append(RehearsalPlan.Neighbor(address: gateway, interface: interface.name))
    }
  }

  // MARK: The client and what it watches

  private mutating func addClient() {
    for index in routers.indices {
      for instance in routers[index].model.vrrpInstances {
        for entry in instance.watchedAddresses where !watched.contains(where: { $0.address == entry.address }) {
          let device = entry.device == "lo" ? nil : entry.device
          watch(entry.address, instance, on: device ?? instance.interface, index)
        }
      }
    }
  }

  private mutating func watch(_ address: IPAddress, _ instance: VRRPInstance, on name: String, _ index: Int) {
    guard let segment = routers[index].interfaces.first(where: { $0.name == name })?.segment else { return }
    let interface = clientInterface(on: segment)
    watched.append(
      RehearsalPlan.Watched(
        address: address, instance: instance.name, interface: name, clientInterface: interface,
        isAnswered: instance.accept, preferred: preferred(instance)))
  }

  private mutating func clientInterface(on segment: String) -> String {
    if let known = client.first(where: { $0.segment == segment }) { return known.name }
    let name = "eth\(client.count)"
    var own: [IPPrefix] = []
    for network in routers.flatMap(\.interfaces).filter({ $0.segment == segment }).flatMap(\.addresses)
    where !network.address.isLinkLocal && !own.contains(where: { $0.contains(network.address) }) {
      if let address = addresses.spare(in: network, number: 250) { own.append(address) }
    }
    client.append(Interface(name: name, segment: segment, addresses: own))
    return name
  }

  /// The router that preempts: the one of the higher priority with every check passing.
  private func preferred(_ instance: VRRPInstance) -> String? {
    let candidates = routers.compactMap { router in
      router.model.vrrpInstances.first { $0.isSameRouter(as: instance) }
        .map { (name: router.name, priority: router.model.healthyPriority($0), preempts: $0.preempt) }
    }
    guard candidates.count == 2, candidates[0].priority != candidates[1].priority,
      let best = candidates.max(by: { $0.priority < $1.priority }), best.preempts
    else { return nil }
    return best.name
  }
}

extension VRRPInstance {
  /// Whether both instances are the same virtual router, on whatever machine.
  func isSameRouter(as other: VRRPInstance) -> Bool {
    virtualRouterID == other.virtualRouterID && family == other.family
      && (interface == other.interface || name == other.name || sharesAddress(with: other))
  }

  private func sharesAddress(with other: VRRPInstance) -> Bool {
    watchedAddresses.contains { own in other.watchedAddresses.contains { $0.address == own.address } }
  }
}

extension Configuration {
  /// The next hops of all routes.
  fileprivate var hops: [Route.Hop] {
    (vrrpInstances.flatMap(\.routes) + staticRoutes).flatMap(\.route.hops)
  }

  /// The priority of an instance while all that it tracks is well.
  func healthyPriority(_ instance: VRRPInstance) -> Int {
    guard !instance.isOwner else { return 255 }
    // A positive weight counts while all is well, a negative one when it is not; `reverse` changes that about.
    var gain = 0
    for tracked in tracked(by: instance) {
      gain += tracked.weight.reverse ? min(-tracked.weight.value, 0) : max(tracked.weight.value, 0)
    }
    return min(max(Int(instance.priority) + gain, 1), 254)
  }

  /// What an instance tracks by itself or by its group, but for files, whose numbers are factors.
  func tracked(by instance: VRRPInstance) -> [TrackedObject] {
    var all: [TrackedObject] = []
    let group = syncGroups.first { $0.members.contains(instance.name) }?.tracking
    for tracking in [instance.tracking, group ?? Tracking()] {
      all += tracking.scripts
      all += tracking.bfd
      all += tracking.interfaces
    }
    return all
  }
}
