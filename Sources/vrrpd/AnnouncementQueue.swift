import KeepalivedConfig
import NetPrimitives

/// `garp_interval` and `gna_interval`, of `global_defs` and of each `garp_group`.
struct AnnouncementPacing: Equatable {
  /// The announcements that share one spacing: those of a family on an interface, or on the interfaces of a group.
  struct Lane: Hashable {
    let family: AddressFamily
    let name: String
  }

  private let garpInterval: Interval
  private let gnaInterval: Interval
  private let groups: [GratuitousGroup]

  /// No spacing at all.
  init() {
    self.init(Configuration())
  }

  init(_ configuration: Configuration) {
    garpInterval = configuration.global.garpInterval
    gnaInterval = configuration.global.gnaInterval
    groups = configuration.gratuitousGroups
  }

  /// Where announcements on `interface` wait, and for how long each; `nil` where they need not wait.
  func lane(_ family: AddressFamily, on interface: String) -> (lane: Lane, spacing: Interval)? {
    let index = groups.firstIndex { $0.interfaces.contains(interface) }
    let own = index.map { family == .ipv4 ? groups[$0].garpInterval : groups[$0].gnaInterval } ?? .zero
    if let index, own > .zero { return (Lane(family: family, name: "\(index)/"), own) }
    let common = family == .ipv4 ? garpInterval : gnaInterval
    return common > .zero ? (Lane(family: family, name: interface), common) : nil
  }
}

/// Announcements that must not follow each other faster than `garp_interval` and `gna_interval` allow, whatever instances
/// they come from. Each address waits once, and then for as many rounds as were asked for; so the rounds over all
/// addresses of an instance stay rounds, and no number of bursts makes the queue longer than there are addresses.
struct AnnouncementQueue {
  /// What is to be announced.
  struct Item: Hashable {
    /// The name of the instance.
    let instance: String
    /// The index of the address.
    let address: Int
  }

  fileprivate struct Waiting {
    var order: [Item] = []
    var first = 0
    var rounds: [Item: Int] = [:]
    var next = Instant.zero
    var spacing: Interval

    var isEmpty: Bool { rounds.isEmpty }
  }

  /// The most rounds that one address waits for.
  static let roundLimit = 100

  private var pacing = AnnouncementPacing()
  private var lanes: [AnnouncementPacing.Lane: Waiting] = [:]

  /// Goes by other spacings; what waits was for the old ones and is forgotten, for a reload announces nothing.
  mutating func setPacing(_ new: AnnouncementPacing) {
    guard new != pacing else { return }
    pacing = new
    lanes = [:]
  }

  /// When `due` must be called; `nil` where nothing waits.
  var nextDeadline: Instant? { lanes.values.lazy.filter { !$0.isEmpty }.map(\.next).min() }

  /// Whether `item` has to wait; where not, it may leave at once.
  mutating func append(_ item: Item, family: AddressFamily, interface: String) -> Bool {
    guard let (lane, spacing) = pacing.lane(family, on: interface) else { return false }
    var waiting = lanes[lane] ?? Waiting(spacing: spacing)
    let rounds = waiting.rounds[item] ?? 0
    if rounds == 0 { waiting.order.append(item) }
    waiting.rounds[item] = min(rounds + 1, Self.roundLimit)
    lanes[lane] = waiting
    return true
  }

  /// What may leave now: at most one item of each lane.
  mutating func due(now: Instant) -> [Item] {
    guard !lanes.isEmpty else { return [] }
    return lanes.keys.compactMap { lane -> Item? in
      guard let next = lanes[lane]?.next, next <= now else { return nil }
      return lanes[lane]?.take(now: now)
    }
  }

  /// Forgets what waits for an instance.
  mutating func remove(_ instance: String) {
    for lane in lanes.keys { lanes[lane]?.remove { $0.instance == instance } }
  }
}

extension AnnouncementQueue.Waiting {
  /// The next item, and one spacing of rest behind it.
  fileprivate mutating func take(now: Instant) -> AnnouncementQueue.Item? {
    guard first < order.count else { return nil }
    let item = order[first]
    first += 1
    if let rounds = rounds[item], rounds > 1 {
      self.rounds[item] = rounds - 1
      order.append(item)
    } else {
      rounds[item] = nil
    }
    if first == order.count || first >= 1_024 {
      order.removeFirst(first)
      first = 0
    }
    next = now + spacing
    return item
  }

  fileprivate mutating func remove(_ condition: (AnnouncementQueue.Item) -> Bool) {
    order = order[first...].filter { !condition($0) }
    first = 0
    rounds = rounds.filter { !condition($0.key) }
  }
}
