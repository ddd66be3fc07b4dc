/// A rule that says which table routes a packet, as ip-rule(8) describes it.
public struct RoutingRule: Hashable, Sendable {
  /// What happens to the packets that it is for.
  public enum Action: Hashable, Sendable {
    /// This table is looked at.
    case table(UInt32)
    /// The table of the VRF that the packet belongs to is looked at.
    case vrf
    /// The rule with this priority is next.
    case goTo(UInt32)
    /// Nothing.
    case nop
    /// Dropped silently.
    case blackhole
    /// Refused with "network unreachable".
    case unreachable
    /// Refused with "administratively prohibited".
    case prohibit
  }

  /// A firewall mark and which of its bits count.
  public struct Mark: Hashable, Sendable {
    /// The value.
    public var value: UInt32
    /// The bits that count.
    public var mask: UInt32
    /// A mark.
    public init(value: UInt32, mask: UInt32 = .max) {
      self.value = value
      self.mask = mask
    }
  }

  /// Its family.
  public var family: AddressFamily
  /// What happens.
  public var action: Action
  /// Whether it is for the packets that the conditions do not hold for.
  public var isInverted = false
  /// Packets from here.
  public var source: IPPrefix?
  /// Packets to here.
  public var destination: IPPrefix?
  /// When its turn is: the least first. `nil`: not said yet; the kernel would add such a rule as often as it is told to.
  public var priority: UInt32?
  /// Packets with this type of service; 0: any.
  public var typeOfService: UInt8 = 0
  /// Packets with this mark.
  public var mark: Mark?
  /// Packets that come in here; `lo` for those of this host.
  public var incomingInterface: String?
  /// Packets of sockets that are bound to this interface.
  public var outgoingInterface: String?
  /// Routes whose prefixes are no longer than this do not count.
  public var suppressedPrefixLength: UInt32?
  /// Routes over interfaces of this group do not count.
  public var suppressedGroup: UInt32?
  /// Packets of this tunnel.
  public var tunnel: UInt64?
  /// Packets of these users.
  public var users: ClosedRange<UInt32>?
  /// Packets of this IP protocol.
  public var transport: UInt8?
  /// Packets from these ports.
  public var sourcePorts: ClosedRange<UInt16>?
  /// Packets to these ports.
  public var destinationPorts: ClosedRange<UInt16>?
  /// Source realm in the upper and destination realm in the lower 16 bits.
  public var realms: UInt32?
  /// Who made it (RTPROT_).
  public var origin: UInt8

  /// A rule for every packet.
  public init(family: AddressFamily, action: Action, origin: UInt8) {
    self.family = family
    self.action = action
    self.origin = origin
  }
}

extension RoutingRule: CustomStringConvertible {
  /// What tells it from others, much as ip-rule(8) writes it: `from 192.0.2.0/24 table 5`.
  public var description: String {
    var words = isInverted ? ["not"] : []
    words.append("from \(source.map { "\($0)" } ?? (family == .ipv4 ? "all" : "all of IPv6"))")
    if let destination { words.append("to \(destination)") }
    if let priority { words.append("preference \(priority)") }
    if let mark { words.append("fwmark \(mark.value)/\(mark.mask)") }
    if let incomingInterface { words.append("iif \(incomingInterface)") }
    if let outgoingInterface { words.append("oif \(outgoingInterface)") }
    switch action {
    case .table(let table): words.append("table \(table)")
    case .vrf: words.append("l3mdev")
    case .goTo(let priority): words.append("goto \(priority)")
    case .nop, .blackhole, .unreachable, .prohibit: words.append("\(action)")
    }
    return words.joined(separator: " ")
  }
}
