public import NetPrimitives

/// A network interface as the kernel describes it.
public struct Link: Hashable, Sendable {
  /// The interface index; not 0.
  public let index: UInt32
  /// The interface name.
  public let name: String
  /// The largest packet in bytes.
  public let mtu: UInt32
  /// The Ethernet address; `nil` where the link has none.
  public let macAddress: MACAddress?
  /// Whether it is administratively up (IFF_UP).
  public let isUp: Bool
  /// Whether it is operational (IFF_RUNNING): up, with carrier, not dormant.
  public let isRunning: Bool
  /// Whether it is the loopback interface.
  public let isLoopback: Bool
  /// The driver kind, such as "macvlan" or "vrf"; `nil` for physical interfaces.
  public let kind: String?
  /// The index of the bridge, bond or VRF that it belongs to.
  public let master: UInt32?
  /// The index of the interface that it lies on (macvlan, VLAN); `nil` also where that is in another network namespace.
  public let parent: UInt32?
  /// The routing table of a VRF; `nil` for other links.
  public let routingTable: UInt32?

  /// A link with the given properties, for tests.
  public init(
    index: UInt32, name: String, mtu: UInt32 = 1500, macAddress: MACAddress? = nil, isUp: Bool, isRunning: Bool,
    isLoopback: Bool = false, kind: String? = nil, master: UInt32? = nil, parent: UInt32? = nil,
    routingTable: UInt32? = nil
  ) {
    self.index = index
    self.name = name
    self.mtu = mtu
    self.macAddress = macAddress
    self.isUp = isUp
    self.isRunning = isRunning
    self.isLoopback = isLoopback
    self.kind = kind
    self.master = master
    self.parent = parent
    self.routingTable = routingTable
  }
}

/// How far an address is valid: rtnetlink's RT_SCOPE numbers.
public struct AddressScope: RawRepresentable, Hashable, Sendable, BitwiseCopyable {
  /// The number.
  public let rawValue: UInt8
  /// The scope with this number.
  public init(rawValue: UInt8) { self.rawValue = rawValue }
  /// Everywhere: 0.
  public static let global = AddressScope(rawValue: 0)
  /// This site: 200.
  public static let site = AddressScope(rawValue: 200)
  /// This link: 253.
  public static let link = AddressScope(rawValue: 253)
  /// This host: 254.
  public static let host = AddressScope(rawValue: 254)
  /// Nowhere: 255. In a request to delete a route: whatever its scope.
  public static let nowhere = AddressScope(rawValue: 255)
}

/// The IFA_F_ flags of an address.
public struct AddressFlags: OptionSet, Hashable, Sendable {
  /// The bits.
  public let rawValue: UInt32
  /// The set with these bits.
  public init(rawValue: UInt32) { self.rawValue = rawValue }
  /// IPv4: not the first address of its prefix on the interface.
  public static let secondary = AddressFlags(rawValue: 0x01)
  /// IPv6: no duplicate address detection. Set it on virtual addresses, which must work at once.
  public static let noDAD = AddressFlags(rawValue: 0x02)
  /// IPv6: a duplicate was found; the address is unusable.
  public static let dadFailed = AddressFlags(rawValue: 0x08)
  /// Preferred lifetime over: not chosen as source address.
  public static let deprecated = AddressFlags(rawValue: 0x20)
  /// IPv6: duplicate address detection is under way; the address is not usable yet.
  public static let tentative = AddressFlags(rawValue: 0x40)
  /// Without lifetime.
  public static let permanent = AddressFlags(rawValue: 0x80)
  /// IPv6: the home address of a mobile host (RFC 6275).
  public static let homeAddress = AddressFlags(rawValue: 0x10)
  /// IPv6: temporary addresses are made from it (RFC 8981).
  public static let managesTemporary = AddressFlags(rawValue: 0x100)
  /// Creates no route to its prefix.
  public static let noPrefixRoute = AddressFlags(rawValue: 0x200)
  /// A multicast address whose group the kernel joins.
  public static let autoJoin = AddressFlags(rawValue: 0x400)
  /// What counts when an address is added; all others are reported by the kernel.
  static let settable: AddressFlags = [.noDAD, .homeAddress, .managesTemporary, .noPrefixRoute, .autoJoin]
}

/// An address of an interface.
public struct InterfaceAddress: Hashable, Sendable {
  /// The index of the interface.
  public var interface: UInt32
  /// The address and the length of its prefix.
  public var prefix: IPPrefix
  /// IPv4: the label, such as `eth0:1`; must start with the interface's name.
  public var label: String?
  /// Its scope.
  public var scope: AddressScope
  /// IPv4: the broadcast address.
  public var broadcast: IPAddress?
  /// The other end of a point-to-point address.
  public var peer: IPAddress?
  /// Its flags; `noDAD`, `homeAddress`, `managesTemporary`, `noPrefixRoute` and `autoJoin` count when it is added, the
  /// others are reported by the kernel.
  public var flags: AddressFlags
  /// IPv6: for how many seconds it may be chosen as a source address; `nil` for ever, 0 never (for virtual /128s).
  public var preferredLifetime: UInt32?
  /// Who added it (IFA_PROTO, Linux 5.18): a number of our choice that marks our addresses; `nil` where unknown.
  public var origin: UInt8?

  /// The address `prefix` on the interface with index `interface`.
  public init(
    interface: UInt32, prefix: IPPrefix, label: String? = nil, scope: AddressScope = .global,
    broadcast: IPAddress? = nil, peer: IPAddress? = nil, flags: AddressFlags = [], preferredLifetime: UInt32? = nil,
    origin: UInt8? = nil
  ) {
    self.interface = interface
    self.prefix = prefix
    self.label = label
    self.scope = scope
    self.broadcast = broadcast
    self.peer = peer
    self.flags = flags
    self.preferredLifetime = preferredLifetime
    self.origin = origin
  }

  /// The address itself.
  public var address: IPAddress { prefix.address }
  /// Whether it can be used now: no unfinished or failed duplicate address detection.
  public var isUsable: Bool { flags.isDisjoint(with: [.tentative, .dadFailed]) }
}

/// A change of the network, compared with what was known before.
public enum NetworkEvent: Hashable, Sendable {
  /// A link appeared or changed; `previous` is `nil` where it is new.
  case link(Link, previous: Link?)
  /// A link disappeared. Its addresses are reported as removed before it.
  case linkRemoved(Link)
  /// An address appeared or changed; `previous` is `nil` where it is new.
  case address(InterfaceAddress, previous: InterfaceAddress?)
  /// An address disappeared. `sender` is the netlink port of the program that removed it (usually its process id), 0
  /// for the kernel or where unknown.
  case addressRemoved(InterfaceAddress, sender: UInt32)
}
