import KeepalivedConfig
import LinuxIO
import NetPrimitives
import VRRPCore

/// What is to be on the machine, or is there, because of an instance while it is master, or of the `static_*` lists.
struct Holdings {
  /// An address, route or rule.
  struct Item<Object> {
    let object: Object
    /// Whether its loss matters: not with `no_track`.
    let isTracked: Bool
    /// The `track_group` of something static.
    var group: String?
  }

  var addresses: [Item<InterfaceAddress>] = []
  var routes: [Item<Route>] = []
  var rules: [Item<RoutingRule>] = []

  /// The groups of what is here.
  var groups: [String] {
    addresses.compactMap(\.group) + routes.compactMap(\.group) + rules.compactMap(\.group)
  }
}

extension Holdings {
  /// The addresses, routes and rules of a configuration as the kernel is to have them. Addresses on interfaces that do not
  /// exist, and routes of VRFs that do not, are left out.
  init(
    addresses: [AddressEntry], routes: [RouteEntry], rules: [RuleEntry], link: (String) -> Link?,
    device: (AddressEntry) -> String
  ) {
    // A list may advertise an address twice; on the machine it is once.
    var known: Set<InterfaceAddress.Identity> = []
    self.addresses = addresses.compactMap { entry in
      guard let link = link(device(entry)) else { return nil }
      let address = InterfaceAddress(entry, interface: link.index)
      guard known.insert(address.identity).inserted else { return nil }
      return Item(object: address, isTracked: !entry.noTrack, group: entry.trackGroup)
    }
    self.routes = routes.compactMap { entry in
      var route = entry.route
      if let vrf = entry.vrf {
        guard let table = link(vrf)?.routingTable else { return nil }
        route.table = table
      }
      return Item(object: route, isTracked: !entry.noTrack, group: entry.trackGroup)
    }
    self.rules = rules.map { Item(object: $0.rule, isTracked: !$0.noTrack, group: $0.trackGroup) }
  }
}

extension InterfaceAddress {
  /// IFA_PROTO of the addresses that vrrpd adds: VRRP's protocol number. By it the next start finds what a killed
  /// vrrpd has left behind.
  static let originMark: UInt8 = VRRP.protocolNumber

  init(_ entry: AddressEntry, interface: UInt32) {
    var flags: AddressFlags = []
    if entry.noDuplicateAddressDetection { flags.insert(.noDAD) }
    if entry.isHomeAddress { flags.insert(.homeAddress) }
    if entry.managesTemporaryAddresses { flags.insert(.managesTemporary) }
    if entry.noPrefixRoute { flags.insert(.noPrefixRoute) }
    if entry.autoJoin { flags.insert(.autoJoin) }
    var preferredLifetime: UInt32?
    if case .seconds(let seconds) = entry.preferredLifetime { preferredLifetime = seconds }
    // The prefix of a point-to-point address is that of the other end.
    let prefix = entry.peer.flatMap { IPPrefix(entry.address, length: $0.length) } ?? entry.prefix
    self.init(
      interface: interface, prefix: prefix, label: entry.label, scope: AddressScope(rawValue: entry.scope),
      broadcast: entry.broadcast.map { .v4($0) }, peer: entry.peer?.address, flags: flags,
      preferredLifetime: preferredLifetime, origin: Self.originMark)
  }

  /// Whether both name the same address of the same interface.
  func isSame(as other: InterfaceAddress) -> Bool {
    interface == other.interface && address == other.address && prefix.length == other.prefix.length
      && peer == other.peer
  }

  /// The address as `AddressFirewall` takes it: a link-local one with its interface.
  var blockedAddress: IPAddress { address.isLinkLocal ? address.scoped(to: interface) : address.scoped(to: 0) }
}
