import LinuxIO
import NetPrimitives

/// Whether a session can send now, by what the kernel says about interfaces and addresses.
enum PathResolution: Equatable {
  /// It can, on the interface with the first index, 0 where the routes decide; in the VRF with the second, 0 for none.
  case available(interface: UInt32, vrf: UInt32 = 0)
  /// It has to wait for this to change.
  case waiting(String)

  init(
    _ key: SessionPlan.Key, links: [UInt32: Link], addresses: [UInt32: [InterfaceAddress]]
  ) {
    guard let name = key.vrf else {
      self = Self.resolve(key, links, addresses, vrf: 0)
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
    self = Self.resolve(key, members, addresses, vrf: vrf.index)
  }

  private static func resolve(
    _ key: SessionPlan.Key, _ links: [UInt32: Link], _ addresses: [UInt32: [InterfaceAddress]], vrf: UInt32
  ) -> PathResolution {
    if let name = key.interface {
      return resolve(key, on: links.values.first { $0.name == name }, name, addresses, vrf: vrf)
    }
    guard let source = key.source else {
      return key.neighbor.isLinkLocal && key.neighbor.family == .ipv6
        ? .waiting("a link-local neighbor needs its interface, as in \(key.neighbor)%eth0")
        : .available(interface: 0, vrf: vrf)
    }
    let holders = addresses.keys.filter { index in
      links[index]?.isUp == true && addresses[index, default: []].contains { $0.address == source && $0.isUsable }
    }
    guard let holder = holders.min() else { return .waiting("no interface that is up has the address \(source)") }
    // A link-local address is complete with its interface only; any other leaves the choice to the routes.
    guard source.isLinkLocal, source.family == .ipv6 else { return .available(interface: 0, vrf: vrf) }
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
}
