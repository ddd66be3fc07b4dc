public import NetPrimitives

/// What a router is measured with: so many single-hop sessions over IPv4, each to a neighbour with an address of its own.
public struct BenchLoad: Sendable, Hashable {
  /// How many sessions.
  public var sessions: Int
  /// How often both ends want to send and are willing to receive.
  public var interval: Interval
  /// The detection multiplier of both ends.
  public var multiplier: UInt8
  /// How long the router is measured at rest, before neighbours fall silent.
  public var duration: Interval

  /// How many sessions there can be: the neighbours' half of the lab's network.
  public static let greatestSessions = 30_000
  /// The network that router and neighbours are in; the neighbours' addresses begin at its lower end.
  static let network = IPv4Address(0x0A63_0000)
  static let neighborsPrefix = "10.99.0.0/17"
  static let routerAddress = IPv4Address(0x0A63_8001)
  static let peersAddress = IPv4Address(0x0A63_8002)

  /// A load.
  public init(sessions: Int, interval: Interval, multiplier: UInt8, duration: Interval) {
    self.sessions = sessions
    self.interval = interval
    self.multiplier = multiplier
    self.duration = duration
  }

  /// The silence after which either end gives up the other.
  var detectionTime: Interval { interval * Int64(multiplier) }

  /// How many neighbours fall silent, one after the other, to see how late the router notices.
  var silenced: Int { min(sessions, 200) }

  /// The address of neighbour `index`, 0 ..< `sessions`.
  static func neighbor(_ index: Int) -> IPv4Address { IPv4Address(network.bits + 1 + UInt32(index)) }

  /// The neighbour with this address.
  func neighbor(_ address: IPAddress) -> Int? {
    guard case .v4(let address) = address else { return nil }
    let index = Int(address.bits) - Int(Self.network.bits) - 1
    return (0..<sessions).contains(index) ? index : nil
  }
}
