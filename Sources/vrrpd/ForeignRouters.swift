import ControlInterface
import NetPrimitives
import VRRPCore

/// Routers whose advertisements are none of ours: of a number that no instance here has, or of one of ours but not
/// accepted, or with other addresses. The table has a fixed size; when it is full, whoever was not heard for the longest
/// time gives way. Recording allocates nothing.
struct ForeignRouters {
  private struct Entry {
    let interface: UInt32
    let source: IPAddress
    let virtualRouterID: UInt8
    let version: UInt8
    var priority: UInt8
    var kind: ForeignRouter.Kind
    var count: UInt64
    var first: Instant
    var last: Instant
  }

  static let capacity = 64
  private var entries: [Entry] = []

  init() { entries.reserveCapacity(Self.capacity) }

  /// Notes an advertisement, of which at least three bytes are there.
  mutating func record(
    _ message: Span<UInt8>, from source: IPAddress, interface: UInt32, kind: ForeignRouter.Kind, at time: Instant
  ) {
    guard message.count >= 3 else { return }
    let (version, identifier) = (message[0] >> 4, message[1])
    if let index = entries.firstIndex(where: {
      $0.virtualRouterID == identifier && $0.source == source && $0.interface == interface && $0.version == version
    }) {
      entries[index].priority = message[2]
      entries[index].kind = kind
      entries[index].count &+= 1
      entries[index].last = time
      return
    }
    let entry = Entry(
      interface: interface, source: source, virtualRouterID: identifier, version: version, priority: message[2],
      kind: kind, count: 1, first: time, last: time)
    if entries.count < Self.capacity {
      entries.append(entry)
    } else if let oldest = entries.indices.min(by: { entries[$0].last < entries[$1].last }) {
      entries[oldest] = entry
    }
  }

  /// What is known, by interface and number.
  func list(interface name: (UInt32) -> String?, at time: TimeOfDay) -> [ForeignRouter] {
    entries.map { entry in
      ForeignRouter(
        interface: name(entry.interface) ?? "\(entry.interface)", vrid: Int(entry.virtualRouterID),
        source: entry.source.scoped(to: 0).description, version: Int(entry.version), priority: Int(entry.priority),
        kind: entry.kind, count: Int(clamping: entry.count), firstSeen: time.microseconds(of: entry.first),
        lastSeen: time.microseconds(of: entry.last))
    }
    .sorted { ($0.interface, $0.vrid, $0.source) < ($1.interface, $1.vrid, $1.source) }
  }
}
