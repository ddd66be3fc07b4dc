internal import CNetlink
internal import Glibc
public import NetPrimitives

/// Drops packets to and from addresses of this host, and what interfaces report of their groups, in an nftables table of its
/// own. Needs CAP_NET_ADMIN.
///
/// Neighbour discovery passes, and ARP does not come by here: who asks for the address gets an answer, but nothing more.
/// The table belongs to this object's socket: it ends with it, also after SIGKILL (Linux 5.12; before that a table that was
/// left is replaced).
public final class AddressFirewall {
  private let socket: NetlinkSocket
  private let table: String

  /// Makes the table `table` with base chains of `priority` in the calling thread's network namespace. `exists` or
  /// `notPermitted` where another process owns one of that name, `notSupported` where the kernel has no nftables.
  public init(table: String, priority: Int32 = -1) throws(SystemError) {
    self.table = table
    socket = try NetlinkSocket(protocol: NETLINK_NETFILTER)
    do throws(SystemError) {
      try make(flags: 0x2, priority)  // NFT_TABLE_F_OWNER
    } catch {
      guard error.code == .invalidArgument || error.code == .notSupported else { throw error }
      try make(flags: 0, priority)
    }
  }

  /// Drops what concerns these addresses from now on. A link-local one is that of its scope's interface only.
  public func add(_ addresses: [IPAddress]) throws(SystemError) { try change(keys(addresses), Message.newElements) }

  /// No longer drops what concerns these addresses.
  public func remove(_ addresses: [IPAddress]) throws(SystemError) {
    try change(keys(addresses), Message.deleteElements)
  }

  /// IGMP and MLD reports (RFC 3376, RFC 3810) no longer leave by the interfaces with these indices.
  public func silence(_ interfaces: [UInt32]) throws(SystemError) {
    try change([.silent: interfaces.map(Self.hostOrder)], Message.newElements)
  }

  /// Reports leave by these interfaces again.
  public func unsilence(_ interfaces: [UInt32]) throws(SystemError) {
    try change([.silent: interfaces.map(Self.hostOrder)], Message.deleteElements)
  }

  /// Removes the table.
  public func close() throws(SystemError) {
    try transact([try request(Message.deleteTable) { (request) throws(SystemError) in try request.put(1, text: table) }]
    )
  }

  // MARK: Messages

  /// NFT_MSG_.
  private enum Message {
    static let newTable = 0
    static let deleteTable = 2
    static let newChain = 3
    static let newRule = 6
    static let newSet = 9
    static let newElements = 12
    static let deleteElements = 14
  }

  private enum Kind: String, CaseIterable {
    case v4, v6
    case link = "v6_link"
    case silent

    init(_ address: IPAddress) {
      switch address {
      case .v4: self = .v4
      case .v6: self = address.isLinkLocal ? .link : .v6
      }
    }

    /// The set's type as nft(8) shows it: ipv4_addr, ipv6_addr, iface_index . ipv6_addr, iface_index.
    var type: UInt32 {
      switch self {
      case .v4: 7
      case .v6: 8
      case .link: 20 << 6 | 8
      case .silent: 20
      }
    }
    var length: UInt32 {
      switch self {
      case .v4, .silent: 4
      case .v6: 16
      case .link: 20
      }
    }
    func key(_ address: IPAddress) -> [UInt8] {
      guard self == .link else { return address.bytes }
      return hostOrder(address.scope) + address.bytes
    }
  }

  private static func hostOrder(_ number: UInt32) -> [UInt8] {
    (0..<4).map { UInt8(truncatingIfNeeded: number.littleEndian >> (8 * $0)) }
  }

  private func make(flags: UInt32, _ priority: Int32) throws(SystemError) {
    var requests: [NetlinkRequest] = []
    func named(_ request: NetlinkRequest) throws(SystemError) { try request.put(1, text: table) }
    // Made, removed and made: whatever an earlier run has left is gone, in one transaction.
    if flags == 0 {
      requests.append(try request(Message.newTable, named))
      requests.append(try request(Message.deleteTable, named))
    }
    requests.append(
      try request(Message.newTable) { (request) throws(SystemError) in
        try named(request)
        if flags != 0 { try request.put(2, flags.bigEndian) }
      })
    for (index, kind) in Kind.allCases.enumerated() {
      requests.append(
        try request(Message.newSet) { (request) throws(SystemError) in
          try named(request)
          try request.put(2, text: kind.rawValue)
          try request.put(3, UInt32(0).bigEndian)
          try request.put(4, kind.type.bigEndian)
          try request.put(5, kind.length.bigEndian)
          try request.put(10, UInt32(index + 1).bigEndian)
        })
    }
    for (hook, chain) in [(UInt32(1), "input"), (3, "output")] {
      requests.append(
        try request(Message.newChain) { (request) throws(SystemError) in
          try named(request)
          try request.put(3, text: chain)
          try request.nest(4) { () throws(SystemError) in
            try request.put(1, hook.bigEndian)
            try request.put(2, UInt32(bitPattern: priority).bigEndian)
          }
          try request.put(7, text: "filter")
        })
      for rule in rules(chain) {
        requests.append(
          try request(Message.newRule) { (request) throws(SystemError) in
            try named(request)
            try request.put(2, text: chain)
            try request.nest(4) { () throws(SystemError) in
              for expression in rule { try expression.append(to: request) }
            }
          })
      }
    }
    try transact(requests)
  }

  /// What a silent interface would report is dropped: IGMP, and MLD's 131, 132 and 143. Then neighbour solicitations (135) and advertisements (136) are accepted, and then what the sets hold is dropped: by
  /// destination on the way in, by source on the way out.
  private func rules(_ chain: String) -> [[FilterExpression]] {
    let isInput = chain == "input"
    let discovery = [UInt8(135), 136].map { type -> [FilterExpression] in
      [
        .family, .compare([10]), .protocolNumber, .compare([58]), .payload(base: 2, offset: 0, length: 1, 1),
        .compare([type]), .verdict(1),
      ]
    }
    let silence: [[FilterExpression]] =
      [
        [.protocolNumber, .compare([2]), .interface(isInput: false), .lookup(Kind.silent.rawValue, 8), .verdict(0)]
      ]
      + [UInt8(131), 132, 143].map { type in
        [
          .family, .compare([10]), .protocolNumber, .compare([58]), .payload(base: 2, offset: 0, length: 1, 1),
          .compare([type]), .interface(isInput: false), .lookup(Kind.silent.rawValue, 8), .verdict(0),
        ]
      }
    // Where source and destination stand in the headers of IPv4 and IPv6.
    return (isInput ? [] : silence) + discovery + [
      [
        .family, .compare([2]), .payload(base: 1, offset: isInput ? 16 : 12, length: 4, 1),
        .lookup(Kind.v4.rawValue, 1),
        .verdict(0),
      ],
      [
        .family, .compare([10]), .payload(base: 1, offset: isInput ? 24 : 8, length: 16, 1),
        .lookup(Kind.v6.rawValue, 1), .verdict(0),
      ],
      [
        .family, .compare([10]), .interface(isInput: isInput),
        .payload(base: 1, offset: isInput ? 24 : 8, length: 16, 9), .lookup(Kind.link.rawValue, 8), .verdict(0),
      ],
    ]
  }

  private func keys(_ addresses: [IPAddress]) -> [Kind: [[UInt8]]] {
    addresses.reduce(into: [:]) { keys, address in
      let kind = Kind(address)
      keys[kind, default: []].append(kind.key(address))
    }
  }

  private func change(_ elements: [Kind: [[UInt8]]], _ message: Int) throws(SystemError) {
    var requests: [NetlinkRequest] = []
    for kind in Kind.allCases {
      let keys = elements[kind] ?? []
      // A message of libnl holds a page.
      for start in stride(from: 0, to: keys.count, by: 64) {
        requests.append(
          try request(message) { (request) throws(SystemError) in
            try request.put(1, text: table)
            try request.put(2, text: kind.rawValue)
            try request.nest(3) { () throws(SystemError) in
              for key in keys[start..<min(start + 64, keys.count)] {
                try request.nest(1) { () throws(SystemError) in
                  try request.nest(1) { () throws(SystemError) in try request.put(1, key) }
                }
              }
            }
          })
      }
    }
    if !requests.isEmpty { try transact(requests) }
  }

  /// A message about tables of the family inet.
  private func request(
    _ message: Int, _ fill: (NetlinkRequest) throws(SystemError) -> Void
  ) throws(SystemError) -> NetlinkRequest {
    let isNew = [Message.newTable, Message.newChain, Message.newRule, Message.newSet, Message.newElements]
    let flags = NLM_F_ACK | (isNew.contains(message) ? NLM_F_CREATE : 0)
    // NFNL_SUBSYS_NFTABLES.
    let request = try NetlinkRequest(10 << 8 | message, flags: flags | (message == Message.newRule ? NLM_F_APPEND : 0))
    try request.append(FilterHeader(family: 1, resource: 0))
    try fill(request)
    return request
  }

  /// Sends all requests as one transaction: all of them count, or none.
  private func transact(_ requests: [NetlinkRequest]) throws(SystemError) {
    let begin = try NetlinkRequest(0x10, flags: 0)
    let end = try NetlinkRequest(0x11, flags: 0)
    for frame in [begin, end] { try frame.append(FilterHeader(family: 0, resource: UInt16(10).bigEndian)) }
    try socket.sendTogether([begin] + requests + [end])
    try socket.awaitAcknowledgements(requests.count, "nftables")
  }
}

/// struct nfgenmsg.
private struct FilterHeader: BitwiseCopyable {
  var family: UInt8
  var version: UInt8 = 0
  var resource: UInt16
}

/// An expression of a rule. Registers are nft's: 0 verdict, 1 the first of 16 bytes, 8 on those of 4 bytes.
private enum FilterExpression {
  case family
  case protocolNumber
  case interface(isInput: Bool)
  case payload(base: UInt32, offset: UInt32, length: UInt32, UInt32)
  case compare([UInt8])
  case lookup(String, UInt32)
  /// 0 drops, 1 accepts.
  case verdict(UInt32)

  private var name: String {
    switch self {
    case .family, .protocolNumber, .interface: "meta"
    case .payload: "payload"
    case .compare: "cmp"
    case .lookup: "lookup"
    case .verdict: "immediate"
    }
  }

  func append(to request: NetlinkRequest) throws(SystemError) {
    try request.nest(1) { () throws(SystemError) in
      try request.put(1, text: name)
      try request.nest(2) { () throws(SystemError) in try putData(in: request) }
    }
  }

  private func putData(in request: NetlinkRequest) throws(SystemError) {
    func meta(_ key: UInt32, _ register: UInt32) throws(SystemError) {
      try request.put(1, register.bigEndian)
      try request.put(2, key.bigEndian)
    }
    switch self {
    case .family: try meta(15, 1)  // NFT_META_NFPROTO
    case .protocolNumber: try meta(16, 1)  // NFT_META_L4PROTO
    case .interface(let isInput): try meta(isInput ? 4 : 5, 8)  // NFT_META_IIF, NFT_META_OIF
    case .payload(let base, let offset, let length, let register):
      for (index, number) in [register, base, offset, length].enumerated() {
        try request.put(index + 1, number.bigEndian)
      }
    case .compare(let bytes):
      try request.put(1, UInt32(1).bigEndian)
      try request.put(2, UInt32(0).bigEndian)
      try request.nest(3) { () throws(SystemError) in try request.put(1, bytes) }
    case .lookup(let set, let register):
      try request.put(1, text: set)
      try request.put(2, register.bigEndian)
    case .verdict(let code):
      try request.put(1, UInt32(0).bigEndian)
      try request.nest(2) { () throws(SystemError) in
        try request.nest(2) { () throws(SystemError) in try request.put(1, code.bigEndian) }
      }
    }
  }
}
