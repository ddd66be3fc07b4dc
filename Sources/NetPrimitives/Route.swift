/// A route to add to a kernel's tables, as ip-route(8) describes it. Interfaces go by name.
public struct Route: Hashable, Sendable {
  /// What the kernel does with the packets: its RTN_ numbers.
  public enum Kind: UInt8, Hashable, Sendable, CaseIterable {
    /// Sent to a next hop.
    case unicast = 1
    /// Taken as this host's.
    case local = 2
    /// Sent as a broadcast.
    case broadcast = 3
    /// Taken, or sent as a unicast.
    case anycast = 4
    /// Sent as a multicast.
    case multicast = 5
    /// Dropped silently.
    case blackhole = 6
    /// Refused with "host unreachable".
    case unreachable = 7
    /// Refused with "administratively prohibited".
    case prohibit = 8
    /// Not in this table: the next rule decides.
    case `throw` = 9
    /// Translated; no kernel of today does it.
    case nat = 10
  }

  /// One way on.
  public struct Hop: Hashable, Sendable {
    /// The next router, possibly of the other family; `nil`: the destination is on the link.
    public var gateway: IPAddress?
    /// The interface; `nil`: where the gateway is.
    public var device: String?
    /// Its share among several, 1 to 256.
    public var weight = 1
    /// Whether the gateway is reached on the interface whatever its addresses are.
    public var isOnLink = false
    /// Source realm in the upper and destination realm in the lower 16 bits.
    public var realms: UInt32?
    /// The header that packets get on this way.
    public var tunnel: Tunnel?
    /// A hop with nothing said.
    public init() {}
  }

  /// An outer IP header, which the kernel puts before packets (`encap ip` and `encap ip6` of ip-route(8)) for a tunnel
  /// interface that takes it from the route.
  public struct Tunnel: Hashable, Sendable {
    /// Where the header leads; its family is that of the header.
    public var destination: IPAddress
    /// Where it comes from; `nil`: the kernel's choice.
    public var source: IPAddress?
    /// The tunnel's key.
    public var key: UInt64?
    /// TTL or hop limit; `nil`: the kernel's choice.
    public var hopLimit: UInt8?
    /// Type of service or traffic class.
    public var trafficClass: UInt8?
    /// A header that leads to `destination`.
    public init(to destination: IPAddress) { self.destination = destination }
  }

  /// A property of the path: one of the kernel's RTAX_ numbers.
  public struct Metric: Hashable, Sendable {
    /// The number, 1 to 17.
    public var number: Int
    /// The value in the kernel's unit.
    public var value: UInt32
    /// Whether the kernel must not learn a better one.
    public var isLocked: Bool
    /// A metric.
    public init(number: Int, value: UInt32, isLocked: Bool = false) {
      self.number = number
      self.value = value
      self.isLocked = isLocked
    }
  }

  /// Where a route goes among those to the same destination with the same metric.
  public enum Place: Hashable, Sendable {
    /// Only where there is none.
    case only
    /// Before them.
    case first
    /// Behind them.
    case last
  }

  /// The number of the main table.
  public static let mainTable: UInt32 = 254
  /// The number of the table of local addresses.
  public static let localTable: UInt32 = 255

  /// Its family.
  public var family: AddressFamily
  /// What happens to the packets.
  public var kind = Kind.unicast
  /// Where to; `nil`: everywhere.
  public var destination: IPPrefix?
  /// IPv6: where from; `nil`: from anywhere.
  public var sourcePrefix: IPPrefix?
  /// The ways on; several share the load.
  public var hops: [Hop] = []
  /// Which address packets of this host's own get.
  public var preferredSource: IPAddress?
  /// The table.
  public var table: UInt32
  /// The metric: less is better. `nil`: the kernel's default.
  public var metric: UInt32?
  /// How far it goes: rtnetlink's RT_SCOPE number. `nil`: what fits its kind and its hops.
  public var scope: UInt8?
  /// IPv4: only for packets with this type of service.
  public var typeOfService: UInt8 = 0
  /// Who made it (RTPROT_).
  public var origin: UInt8
  /// Properties of the path.
  public var metrics: [Metric] = []
  /// The congestion control algorithm of connections over it.
  public var congestionControl: String?
  /// IPv6: how good this router is (RFC 4191): 0 medium, 1 high, 3 low.
  public var routerPreference: UInt8?
  /// IPv6: for how many seconds.
  public var lifetime: UInt32?
  /// Whether the TTL is carried over from and to MPLS.
  public var propagatesTTL: Bool?
  /// Where it goes among others of its kind.
  public var place = Place.first

  /// A unicast route to everywhere in the main table.
  public init(family: AddressFamily, table: UInt32 = Self.mainTable, origin: UInt8) {
    self.family = family
    self.table = table
    self.origin = origin
  }
}

extension Route: CustomStringConvertible {
  /// What tells it from others, as ip-route(8) writes it: `blackhole 192.0.2.0/24 table 5`.
  public var description: String {
    var words = kind == .unicast ? [] : ["\(kind)"]
    words.append(destination.map { "\($0)" } ?? (family == .ipv4 ? "default" : "default of IPv6"))
    if let sourcePrefix { words.append("from \(sourcePrefix)") }
    for hop in hops {
      if hops.count > 1 { words.append("nexthop") }
      if let gateway = hop.gateway { words.append("via \(gateway)") }
      if let device = hop.device { words.append("dev \(device)") }
    }
    if table != Self.mainTable { words.append("table \(table)") }
    if let metric { words.append("metric \(metric)") }
    if typeOfService != 0 { words.append("tos \(typeOfService)") }
    return words.joined(separator: " ")
  }
}
