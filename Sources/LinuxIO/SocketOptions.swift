internal import CLinux
internal import Glibc
internal import NetPrimitives

/// What all kinds of sockets share.
struct Socket {
  let descriptor: FileDescriptor

  var number: Int32 { descriptor.rawValue }

  /// A non-blocking, close-on-exec socket.
  init(domain: Int32, type: Int32, protocol number: Int32) throws(SystemError) {
    descriptor = FileDescriptor(owning: try check("socket") { socket(domain, type | baton_SOCK_FLAGS, number) })
  }

  /// A datagram socket of `family`; an IPv6 one takes no IPv4.
  init(_ family: AddressFamily) throws(SystemError) {
    try self.init(domain: family.domain, type: baton_SOCK_DGRAM, protocol: 0)
    if family == .ipv6 { try set(Int32(IPPROTO_IPV6), IPV6_V6ONLY, 1) }
  }

  func set(_ level: Int32, _ option: Int32, _ value: Int32) throws(SystemError) {
    try check("setsockopt") {
      unsafe withUnsafePointer(to: value) {
        unsafe setsockopt(number, level, option, $0, socklen_t(MemoryLayout<Int32>.size))
      }
    }
  }

  func get(_ level: Int32, _ option: Int32) throws(SystemError) -> Int32 {
    var value: Int32 = 0
    var length = socklen_t(MemoryLayout<Int32>.size)
    try check("getsockopt") { unsafe getsockopt(number, level, option, &value, &length) }
    return value
  }

  func bind(_ endpoint: Endpoint) throws(SystemError) {
    var endpoint = baton_endpoint(endpoint.address, port: endpoint.port)
    try check("bind") { unsafe baton_socket_bind(number, &endpoint) }
  }

  /// The address and port that the socket is bound to.
  func name() throws(SystemError) -> Endpoint {
    var endpoint = baton_endpoint()
    try check("getsockname") { unsafe baton_socket_name(number, &endpoint) }
    return Endpoint(endpoint.address ?? .v4(IPv4Address(0)), port: endpoint.port)
  }

  /// Binds a Unix socket; a leading NUL makes `path` an abstract name.
  func bind(path: String) throws(SystemError) {
    try check("bind") { unsafe baton_unix_bind(number, path, path.utf8.count) }
  }

  /// Connects a Unix socket.
  func connect(path: String) throws(SystemError) {
    try check("connect") { unsafe baton_unix_connect(number, path, path.utf8.count) }
  }

  /// Ties the socket to the interface `name`, or to none for an empty name.
  func bind(toDevice name: String) throws(SystemError) {
    try check("setsockopt(SO_BINDTODEVICE)") { unsafe baton_socket_bind_device(number, name) }
  }

  /// The buffer size in bytes: beyond the system's limit where the process may, up to it otherwise.
  func setReceiveBuffer(_ bytes: Int) throws(SystemError) {
    let bytes = Int32(clamping: bytes)
    do throws(SystemError) {
      try set(SOL_SOCKET, baton_SO_RCVBUFFORCE, bytes)
    } catch {
      guard error.code == .notPermitted else { throw error }
      try set(SOL_SOCKET, SO_RCVBUF, bytes)
    }
  }

  /// TTL or hop limit, for unicast and multicast.
  func setHopLimit(_ family: AddressFamily, _ limit: UInt8) throws(SystemError) {
    switch family {
    case .ipv4:
      try set(Int32(IPPROTO_IP), IP_TTL, Int32(limit))
      try set(Int32(IPPROTO_IP), IP_MULTICAST_TTL, Int32(limit))
    case .ipv6:
      try set(Int32(IPPROTO_IPV6), IPV6_UNICAST_HOPS, Int32(limit))
      try set(Int32(IPPROTO_IPV6), IPV6_MULTICAST_HOPS, Int32(limit))
    }
  }

  /// TOS or traffic class, and the queueing priority on the way out of this host.
  func setTrafficClass(_ family: AddressFamily, _ value: UInt8, priority: Int32) throws(SystemError) {
    switch family {
    case .ipv4: try set(Int32(IPPROTO_IP), IP_TOS, Int32(value))
    case .ipv6: try set(Int32(IPPROTO_IPV6), IPV6_TCLASS, Int32(value))
    }
    // After IP_TOS, which sets the priority, too. Above 6 needs CAP_NET_ADMIN.
    try set(SOL_SOCKET, baton_SO_PRIORITY, priority)
  }

  func trafficClass(_ family: AddressFamily) throws(SystemError) -> UInt8 {
    switch family {
    case .ipv4: UInt8(truncatingIfNeeded: try get(Int32(IPPROTO_IP), IP_TOS))
    case .ipv6: UInt8(truncatingIfNeeded: try get(Int32(IPPROTO_IPV6), IPV6_TCLASS))
    }
  }

  /// Lets packets leave unfragmented (DF, IPV6_DONTFRAG) or not at all. What routers said of the path's MTU is not
  /// believed: only the link's own MTU keeps a packet back. The kernel need not number such packets, either (RFC 6864 4.1).
  func setUnfragmented(_ family: AddressFamily) throws(SystemError) {
    switch family {
    case .ipv4: try set(Int32(IPPROTO_IP), baton_IP_MTU_DISCOVER, baton_IP_PMTUDISC_PROBE)
    case .ipv6:
      try set(Int32(IPPROTO_IPV6), baton_IPV6_MTU_DISCOVER, baton_IP_PMTUDISC_PROBE)
      try set(Int32(IPPROTO_IPV6), baton_IPV6_DONTFRAG, 1)
    }
  }

  /// Lets the socket send from an address that this host does not have (yet).
  func setFreeBind(_ family: AddressFamily) throws(SystemError) {
    switch family {
    case .ipv4: try set(Int32(IPPROTO_IP), baton_IP_FREEBIND, 1)
    case .ipv6: try set(Int32(IPPROTO_IPV6), baton_IPV6_FREEBIND, 1)
    }
  }

  func requestMetadata(_ family: AddressFamily) throws(SystemError) {
    try check("setsockopt") { baton_socket_request_metadata(number, Int32(family.rawValue)) }
  }

  /// Lets everything in again.
  func detachFilter() throws(SystemError) { try set(SOL_SOCKET, baton_SO_DETACH_FILTER, 0) }

  /// Lets further sockets of this user bind the same address and port.
  func sharePort() throws(SystemError) { try check("setsockopt(SO_REUSEPORT)") { baton_socket_share_port(number) } }

  /// How many datagrams the socket has dropped since it was opened, modulo 2^32.
  func drops() throws(SystemError) -> UInt32 {
    var drops: UInt32 = 0
    try check("getsockopt(SO_MEMINFO)") { unsafe baton_socket_drops(number, &drops) }
    return drops
  }

  /// Lets `filter`'s result choose among the sockets that share a port.
  func sort(_ filter: PacketFilter) throws(SystemError) {
    let program = filter.program
    try check("setsockopt(SO_ATTACH_REUSEPORT_CBPF)") {
      unsafe program.withUnsafeBufferPointer {
        unsafe baton_socket_sort(number, $0.baseAddress, UInt16($0.count))
      }
    }
  }

  func attach(_ filter: PacketFilter) throws(SystemError) {
    let program = filter.program
    try check("setsockopt(SO_ATTACH_FILTER)") {
      unsafe program.withUnsafeBufferPointer {
        unsafe baton_socket_attach_filter(number, $0.baseAddress, UInt16($0.count))
      }
    }
  }

  func send(
    _ bytes: Span<UInt8>, to destination: Endpoint?, from source: IPAddress?, interface: UInt32,
    hopLimit: UInt8? = nil
  ) throws(SystemError) {
    var target = destination.map { baton_endpoint($0.address, port: $0.port) } ?? .none
    var origin = source.map { baton_endpoint($0) } ?? .none
    try check("sendmsg") {
      unsafe bytes.withUnsafeBufferPointer { bytes in
        unsafe baton_send(number, bytes.baseAddress, bytes.count, &target, &origin, interface, hopLimit ?? 0)
      }
    }
  }
}

extension PacketFilter {
  fileprivate var program: [sock_filter] {
    instructions.map { sock_filter(code: $0.code, jt: $0.jumpTrue, jf: $0.jumpFalse, k: $0.operand) }
  }
}

extension AddressFamily {
  /// AF_INET or AF_INET6.
  var domain: Int32 { self == .ipv4 ? AF_INET : AF_INET6 }
}

/// A received-datagram counter and the instant up to which a socket is known to be read.
struct ReceiveState {
  private(set) var lastEmpty = Instant.zero
  private(set) var dropped: UInt64 = 0
  private var lastDropped: UInt32 = 0

  /// Receives a batch from `socket` and keeps account.
  mutating func receive(
    _ socket: Socket, _ kind: baton_socket_kind, into batch: ReceiveBatch, at sample: ClockSample
  ) throws(SystemError) -> Int {
    let count = try batch.fill(socket.number, kind, sample: sample, earliest: lastEmpty)
    if count < batch.capacity { lastEmpty = sample.monotonic }
    if count > 0 {
      _ = updateDrops(batch.dropped(count - 1))
    }
    return count
  }

  /// Takes note of the kernel's counter, which is 32 bits wide and may wrap; the drops so far.
  mutating func updateDrops(_ now: UInt32) -> UInt64 {
    // What a datagram tells is as old as the datagram.
    let step = now &- lastDropped
    if step < 1 << 31 {
      dropped += UInt64(step)
      lastDropped = now
    }
    return dropped
  }
}
