internal import CLinux
internal import Glibc
public import NetPrimitives

/// A non-blocking raw socket for one IP protocol, such as VRRP's 112. Needs CAP_NET_RAW.
///
/// What is received is handed out without the IP header; its TTL, addresses and interface are in `Datagram`. What is
/// sent gets its header from the kernel (IPv4: DF clear). Both are different with `wholePackets`. The kernel computes and checks no checksum: an IPv6 sender
/// must name its source address and cover it in the checksum itself, a receiver can count the wrong ones.
public final class RawSocket {
  /// The family of the socket.
  public let family: AddressFamily
  private let socket: Socket
  private let kind: baton_socket_kind
  private var state = ReceiveState()

  /// How many bytes of packets a socket has room for where nothing else is asked for.
  public static let receiveBuffer = 1 << 20

  /// A socket for protocol `number`, tied to the interface `device` by name where given.
  ///
  /// Sends with hop limit 255, traffic class 0xC0 and SO_PRIORITY 6; multicast is not looped back to this host.
  /// Receives unicast, and multicast of joined groups (IPv6: of groups that any socket of this host has joined).
  /// `address` limits reception to packets sent to that address. With `wholePackets`, IPv4 only, packets are received and
  /// sent with their IP header; the kernel fills in its checksum. With `fromAnyAddress` packets may be sent from addresses
  /// that are on other interfaces.
  public init(
    _ family: AddressFamily, protocol number: UInt8, device: String? = nil, address: IPAddress? = nil,
    wholePackets: Bool = false, fromAnyAddress: Bool = false, hopLimit: UInt8 = 255, trafficClass: UInt8 = 0xC0,
    receiveBuffer: Int = RawSocket.receiveBuffer
  ) throws(SystemError) {
    self.family = family
    kind =
      switch (family, wholePackets) {
      case (.ipv4, false): BATON_RAW_IPV4
      case (.ipv4, true): BATON_RAW_IPV4_WHOLE
      case (.ipv6, _): BATON_DATAGRAM
      }
    socket = try Socket(domain: family.domain, type: baton_SOCK_RAW, protocol: Int32(number))
    if let device { try socket.bind(toDevice: device) }
    try socket.requestMetadata(family)
    try socket.setReceiveBuffer(receiveBuffer)
    try socket.setHopLimit(family, hopLimit)
    try socket.setTrafficClass(family, trafficClass, priority: 6)
    if kind == BATON_RAW_IPV4_WHOLE { try socket.set(Int32(IPPROTO_IP), IP_HDRINCL, 1) }
    switch family {
    case .ipv4:
      try socket.set(Int32(IPPROTO_IP), baton_IP_MULTICAST_ALL, 0)
      try socket.set(Int32(IPPROTO_IP), IP_MULTICAST_LOOP, 0)
      try socket.set(Int32(IPPROTO_IP), baton_IP_MTU_DISCOVER, baton_IP_PMTUDISC_DONT)
    case .ipv6:
      try socket.set(Int32(IPPROTO_IPV6), baton_IPV6_MULTICAST_ALL, 0)
      try socket.set(Int32(IPPROTO_IPV6), IPV6_MULTICAST_LOOP, 0)
    }
    if fromAnyAddress {
      // IP_FREEBIND and IPV6_FREEBIND.
      try socket.set(Int32(family == .ipv4 ? IPPROTO_IP : IPPROTO_IPV6), family == .ipv4 ? 15 : 78, 1)
    }
    if let address { try socket.bind(Endpoint(address)) }
  }

  /// For `EventLoop.watch`.
  public var descriptor: FileDescriptor { socket.descriptor }

  /// Joins `group` on the interface with index `interface`; joining again is no error.
  public func join(_ group: IPAddress, interface: UInt32) throws(SystemError) {
    do throws(SystemError) {
      try membership(group, interface, join: true)
    } catch {
      guard error.code == .addressInUse else { throw error }
    }
  }

  /// Leaves `group` on the interface with index `interface`; not being a member is no error.
  public func leave(_ group: IPAddress, interface: UInt32) throws(SystemError) {
    do throws(SystemError) {
      try membership(group, interface, join: false)
    } catch {
      guard error.code == .addressNotAvailable || error.code == .noSuchDevice else { throw error }
    }
  }

  /// Leaves and joins again, so that switches learn of the membership after a link was down or re-created.
  public func rejoin(_ group: IPAddress, interface: UInt32) throws(SystemError) {
    try leave(group, interface: interface)
    try join(group, interface: interface)
  }

  private func membership(_ group: IPAddress, _ interface: UInt32, join: Bool) throws(SystemError) {
    var group = baton_endpoint(group)
    try check(join ? "setsockopt(ADD_MEMBERSHIP)" : "setsockopt(DROP_MEMBERSHIP)") {
      unsafe baton_socket_multicast(socket.number, &group, interface, join ? 1 : 0)
    }
  }

  /// Sends multicast out of the interface with index `interface` unless a datagram names another.
  public func setMulticastInterface(_ interface: UInt32) throws(SystemError) {
    try check("setsockopt(MULTICAST_IF)") {
      baton_socket_multicast_interface(socket.number, Int32(family.rawValue), interface)
    }
  }

  /// Lets datagrams leave from addresses that this host does not have.
  public func allowForeignSources() throws(SystemError) {
    switch family {
    case .ipv4: try socket.set(Int32(IPPROTO_IP), baton_IP_TRANSPARENT, 1)
    case .ipv6: try socket.set(Int32(IPPROTO_IPV6), baton_IPV6_TRANSPARENT, 1)
    }
  }

  /// Asks for a receive buffer of `bytes`; beyond the system's limit it needs CAP_NET_ADMIN and is cut to the limit without.
  public func setReceiveBuffer(_ bytes: Int) throws(SystemError) { try socket.setReceiveBuffer(bytes) }

  /// Changes TTL or hop limit of what is sent from now on.
  public func setHopLimit(_ limit: UInt8) throws(SystemError) { try socket.setHopLimit(family, limit) }

  /// Ties the socket to another interface, or to none for an empty name; after an interface was re-created.
  public func bind(toDevice name: String) throws(SystemError) { try socket.bind(toDevice: name) }

  /// Lets the kernel drop what `filter` does not pass.
  public func attach(_ filter: PacketFilter) throws(SystemError) { try socket.attach(filter) }

  /// How many datagrams the kernel dropped because the buffer was full or the filter said so, as of the last receive.
  public var dropped: UInt64 { state.dropped }

  /// Receives what is there, up to the batch's capacity; the number of datagrams, 0 where there were none.
  /// `sample` is when the caller woke up (`EventLoop.wakeUp`).
  public func receive(into batch: ReceiveBatch, at sample: ClockSample) throws(SystemError) -> Int {
    try state.receive(socket, kind, into: batch, at: sample)
  }

  /// Sends one datagram to `destination` from `source` by the interface with index `interface`; see
  /// `TransmitBatch.append`. `hopLimit`, from 1, instead of the socket's TTL or hop limit.
  public func send(
    _ bytes: Span<UInt8>, to destination: IPAddress, from source: IPAddress? = nil, interface: UInt32 = 0,
    hopLimit: UInt8? = nil
  ) throws(SystemError) {
    try socket.send(bytes, to: Endpoint(destination), from: source, interface: interface, hopLimit: hopLimit)
  }

  /// Sends a batch and empties it; see `DatagramSocket.send(_:failure:)`.
  @discardableResult
  public func send(_ batch: TransmitBatch, failure: (Int, SystemError) -> Void) -> Int {
    batch.flush(socket.number, failure: failure)
  }
}
