import NetPrimitives

@testable import VRRPCore

/// Routers on one link with a virtual clock: packets take `delay`, and nothing is ever late.
struct Segment {
  static let delay = Interval.microseconds(200)

  var now = Instant.zero + .seconds(1)
  var routers: [Router] = []
  /// A router that is not alive neither hears nor acts; its timers stand still.
  var isAlive: [Bool] = []
  /// While the link is cut, packets are lost.
  var isCut = false
  /// Whose virtual addresses are on the interface.
  var holdsAddresses: [Bool] = []
  var notifications: [[Notification]] = []
  var transitions: [(time: Instant, router: Int, to: RouterState, cause: TransitionCause)] = []
  var announcements = 0
  private var wire: [(due: Instant, from: Int, message: [UInt8], to: IPAddress)] = []

  /// One router for each configuration; router n has the address ending in n + 1.
  init(_ configurations: [RouterConfiguration]) {
    for (index, configuration) in configurations.enumerated() {
      let source = configuration.family == .ipv4 ? "192.0.2.\(index + 1)" : "fe80::\(index + 1)"
      routers.append(Router(configuration, sourceAddress: address(source)))
      isAlive.append(true)
      holdsAddresses.append(false)
      notifications.append([])
    }
  }

  var masters: [Int] { routers.indices.filter { isAlive[$0] && routers[$0].state == .master } }

  mutating func startAll() {
    for index in routers.indices { apply(index) { $0.start(now: $1, into: &$2) } }
  }

  mutating func apply(_ index: Int, _ action: (inout Router, Instant, inout [Effect]) -> Void) {
    var effects: [Effect] = []
    action(&routers[index], now, &effects)
    for effect in effects {
      switch effect {
      case .sendAdvertisement(let message, let to): wire.append((now + Self.delay, index, message, to))
      case .addAddresses: holdsAddresses[index] = true
      case .removeAddresses: holdsAddresses[index] = false
      case .announce(let run): announcements += run.count
      case .notify(let notification, _): notifications[index].append(notification)
      case .stateChanged(let change): transitions.append((change.time, index, change.to, change.cause))
      case .announceSource, .priorityChanged, .notice: break
      }
    }
  }

  /// Lets `interval` pass.
  mutating func run(for interval: Interval) {
    let end = now + interval
    while true {
      let deadlines = routers.indices.compactMap { isAlive[$0] ? routers[$0].nextDeadline : nil }
      let next = min(deadlines.min() ?? .distantFuture, wire.map(\.due).min() ?? .distantFuture)
      guard next <= end else { break }
      now = max(now, next)
      deliver()
      for index in routers.indices where isAlive[index] && (routers[index].nextDeadline ?? .distantFuture) <= now {
        apply(index) { $0.deadlineReached(now: $1, into: &$2) }
      }
    }
    now = end
  }

  private mutating func deliver() {
    let due = wire.filter { $0.due <= now }
    wire.removeAll { $0.due <= now }
    if isCut { return }
    for packet in due {
      for index in routers.indices where index != packet.from && isAlive[index] {
        guard let source = routers[packet.from].sourceAddress else { continue }
        let path = PacketPath(source: source, destination: packet.to, hopLimit: 255, receivedAt: now)
        apply(index) { $0.receive(packet.message.span, path: path, now: $1, into: &$2) }
      }
    }
  }
}

/// A router with keepalived's defaults and one address.
func configuration(
  _ version: VRRPVersion = .v3, family: AddressFamily = .ipv4, priority: UInt8 = 100,
  interval: Interval = .seconds(1), _ change: (inout RouterConfiguration) -> Void = { _ in }
) -> RouterConfiguration {
  var new = RouterConfiguration(name: "VI_1", virtualRouterID: 51, family: family, version: version)
  new.priority = priority
  new.advertisementInterval = interval
  new.addresses = [address(family == .ipv4 ? "192.0.2.200" : "fe80::200")]
  change(&new)
  return new
}
