import BFDCore
import LinuxIO
import NetPrimitives

/// Whether a session can send now, by what the kernel says about interfaces and addresses.
enum PathResolution: Equatable {
  /// It can, on the interface with the first index, 0 where the routes decide because several hops lie between or no
  /// interface has an address in the neighbor's subnet; in the VRF with the second, 0 for none.
  case available(interface: UInt32, vrf: UInt32 = 0)
  /// It has to wait for this to change.
  case waiting(String)

  /// `bound` is the interface that the session's path was last found on; 0 where there was none yet.
  init(
    _ key: SessionPlan.Key, links: [UInt32: Link], addresses: [UInt32: [InterfaceAddress]], bound: UInt32 = 0
  ) {
    guard let name = key.vrf else {
      self = Self.resolve(key, links, addresses, vrf: 0, bound: bound)
      return
    }
    guard let vrf = links.values.first(where: { $0.name == name }) else {
      self = .waiting("there is no VRF \(name)")
      return
    }
    guard vrf.kind == "vrf" else {
      self = .waiting("\(name) is no VRF")
      return
    }
    guard vrf.isUp else {
      self = .waiting("VRF \(name) is down")
      return
    }
    // Nothing else belongs to this routing domain.
    let members = links.filter { $0.key == vrf.index || $0.value.master == vrf.index }
    if let interface = key.interface, links.values.contains(where: { $0.name == interface }),
      !members.values.contains(where: { $0.name == interface })
    {
      self = .waiting("interface \(interface) is not in VRF \(name)")
      return
    }
    self = Self.resolve(key, members, addresses, vrf: vrf.index, bound: bound)
  }

  private static func resolve(
    _ key: SessionPlan.Key, _ links: [UInt32: Link], _ addresses: [UInt32: [InterfaceAddress]], vrf: UInt32,
    bound: UInt32
  ) -> PathResolution {
    if let name = key.interface {
      return resolve(key, on: links.values.first { $0.name == name }, name, addresses, vrf: vrf)
    }
    guard let source = key.source else {
      return key.neighbor.isLinkLocal && key.neighbor.family == .ipv6
        ? .waiting("a link-local neighbor needs its interface, as in \(key.neighbor)%eth0")
        : onNeighborsLink(key, links, addresses, vrf: vrf, bound: bound)
    }
    let holders = addresses.keys.filter { index in
      links[index]?.isUp == true && addresses[index, default: []].contains { $0.address == source && $0.isUsable }
    }
    guard let holder = holders.min() else { return .waiting("no interface that is up has the address \(source)") }
    // A link-local address is complete with its interface only.
    guard source.isLinkLocal, source.family == .ipv6 else {
      return onNeighborsLink(key, links, addresses, vrf: vrf, bound: bound)
    }
    return holders.count == 1
      ? .available(interface: holder, vrf: vrf)
      : .waiting("several interfaces have the address \(source); name one, as in \(key.neighbor)%eth0")
  }

  private static func resolve(
    _ key: SessionPlan.Key, on link: Link?, _ name: String, _ addresses: [UInt32: [InterfaceAddress]], vrf: UInt32
  ) -> PathResolution {
    guard let link else { return .waiting("there is no interface \(name)") }
    guard link.isUp else { return .waiting("interface \(name) is down") }
    if let source = key.source,
      !addresses[link.index, default: []].contains(where: { $0.address == source && $0.isUsable })
    {
      return .waiting("interface \(name) does not have the address \(source)")
    }
    return .available(interface: link.index, vrf: vrf)
  }

  /// A single hop belongs to one link (RFC 5881 3): the one whose subnet holds the neighbor. Left to the routes it would
  /// come up over another link when its own is cut. A session that has had such a link waits for one when the subnet is
  /// gone, for the same reason.
  private static func onNeighborsLink(
    _ key: SessionPlan.Key, _ links: [UInt32: Link], _ addresses: [UInt32: [InterfaceAddress]], vrf: UInt32,
    bound: UInt32
  ) -> PathResolution {
    guard key.kind == .singleHop || key.kind == .unaffiliatedEcho,
      !addresses.values.joined().contains(where: { $0.address == key.neighbor })
    else { return .available(interface: 0, vrf: vrf) }
    let candidates = links.values.compactMap { link -> NeighborLink? in
      // What is in a VRF is no link of those outside of it.
      guard vrf != 0 || link.master.flatMap({ links[$0] })?.kind != "vrf" else { return nil }
      return NeighborLink(link, addresses[link.index, default: []], key, bound: bound)
    }
    guard let best = candidates.max(by: <) else {
      return bound == 0
        ? .available(interface: 0, vrf: vrf)
        : .waiting("no interface has an address in the subnet of \(key.neighbor) any more")
    }
    return best.link.isUp
      ? .available(interface: best.link.index, vrf: vrf) : .waiting("interface \(best.link.name) is down")
  }
}

/// A link with an address in the subnet of a session's neighbor, and how well it suits.
private struct NeighborLink {
  let link: Link
  private let suitability: [Int]

  /// `nil` where no address on the link is in the neighbor's subnet. The best link is the one with the session's own
  /// address, then the one that the session has had, so that an address which comes later, such as a virtual one on an
  /// interface of its own, does not move it; then the one with the longest prefix, as the routes would have it.
  init?(_ link: Link, _ addresses: [InterfaceAddress], _ key: SessionPlan.Key, bound: UInt32) {
    let usable = addresses.filter(\.isUsable)
    let lengths = usable.compactMap { address -> Int? in
      if address.peer == key.neighbor { return key.neighbor.family == .ipv4 ? 32 : 128 }
      return address.prefix.contains(key.neighbor) ? address.prefix.length : nil
    }
    guard let longest = lengths.max() else { return nil }
    self.link = link
    let hasSource = key.source.map { source in usable.contains { $0.address == source } } ?? false
    suitability = [
      hasSource ? 1 : 0, link.index == bound ? 1 : 0, longest, link.isUp ? 1 : 0, -Int(link.index),
    ]
  }

  static func < (one: NeighborLink, other: NeighborLink) -> Bool {
    one.suitability.lexicographicallyPrecedes(other.suitability)
  }
}
