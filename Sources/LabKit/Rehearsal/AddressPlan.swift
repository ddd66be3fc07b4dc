internal import NetPrimitives

/// Hands out addresses for what a file does not name, none twice.
struct AddressPlan {
  private var used: Set<IPAddress> = []

  /// Addresses that are not to be handed out.
  mutating func take(_ addresses: some Sequence<IPAddress>) { used.formUnion(addresses) }

  /// A free address of the network, with its length: host `number`, or the next that fits; `nil` where it is full.
  mutating func spare(in network: IPPrefix, number: UInt64) -> IPPrefix? {
    let hosts: UInt64 = Self.hostCount(network)
    guard hosts > 0 else { return nil }
    // 101 is to be read as 101 in IPv6, too.
    let first = network.address.family == .ipv6 ? UInt64("\(number)", radix: 16) ?? number : number
    for step in 0..<min(hosts, 4_096) {
      // Host numbers run from 1; where the wanted one lies beyond the network, they begin again.
      let candidate = Self.host((first - 1 + step) % hosts + 1, of: network)
      if used.insert(candidate).inserted { return IPPrefix(candidate, length: network.length) }
    }
    return nil
  }

  /// The network that an address is taken to be in where nothing is said: its /24 or /64.
  static func customaryNetwork(of address: IPAddress) -> IPPrefix? {
    IPPrefix(address, length: address.family == .ipv4 ? 24 : 64)
  }

  /// How many host numbers the network has, without the network's own and IPv4's broadcast.
  private static func hostCount(_ network: IPPrefix) -> UInt64 {
    let bits = network.address.family.addressBits - network.length
    switch network.address.family {
    case .ipv4: return bits < 2 ? 0 : (1 << UInt64(bits)) - 2
    case .ipv6: return bits < 2 ? 0 : (1 << UInt64(min(bits, 62))) - 2
    }
  }

  private static func host(_ number: UInt64, of network: IPPrefix) -> IPAddress {
    switch network.address {
    case .v4(let address):
      let mask: UInt32 = network.length == 0 ? 0 : ~0 << (32 - UInt32(network.length))
      return .v4(IPv4Address(address.bits & mask | UInt32(truncatingIfNeeded: number)))
    case .v6(let address):
      let high = network.length >= 64 ? address.high : address.high & ~(~0 >> UInt64(network.length))
      let low = network.length <= 64 ? 0 : address.low & ~(~0 >> UInt64(network.length - 64))
      return .v6(IPv6Address(high: high, low: low | number))
    }
  }
}
