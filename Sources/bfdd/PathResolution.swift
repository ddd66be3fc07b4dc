import LinuxIO
import NetPrimitives

/// Whether a session can send now, by what the kernel says about interfaces and addresses.
enum PathResolution: Equatable {
  /// It can, on the interface with this index; 0 where the routes decide.
  case available(interface: UInt32)
  /// It has to wait for this to change.
  case waiting(String)

  init(
    _ key: SessionPlan.Key, links: [UInt32: Link], addresses: [UInt32: [InterfaceAddress]]
  ) {
    if let name = key.interface {
      self = Self.resolve(key, on: links.values.first { $0.name == name }, name, addresses)
      return
    }
    guard let source = key.source else {
      self =
        key.neighbor.isLinkLocal && key.neighbor.family == .ipv6
        ? .waiting("a link-local neighbour needs its interface, as in \(key.neighbor)%eth0") : .available(interface: 0)
      return
    }
    let holders = addresses.keys.filter { index in
      links[index]?.isUp == true && addresses[index, default: []].contains { $0.address == source && $0.isUsable }
    }
    guard let holder = holders.min() else {
      self = .waiting("no interface that is up has the address \(source)")
      return
    }
    // A link-local address is complete with its interface only; any other leaves the choice to the routes.
    guard source.isLinkLocal, source.family == .ipv6 else {
      self = .available(interface: 0)
      return
    }
    self =
      holders.count == 1
      ? .available(interface: holder)
      : .waiting("several interfaces have the address \(source); name one, as in \(key.neighbor)%eth0")
  }

  private static func resolve(
    _ key: SessionPlan.Key, on link: Link?, _ name: String, _ addresses: [UInt32: [InterfaceAddress]]
  ) -> PathResolution {
    guard let link else { return .waiting("there is no interface \(name)") }
    guard link.isUp else { return .waiting("interface \(name) is down") }
    if let source = key.source,
      !addresses[link.index, default: []].contains(where: { $0.address == source && $0.isUsable })
    {
      return .waiting("interface \(name) does not have the address \(source)")
    }
    return .available(interface: link.index)
  }
}
