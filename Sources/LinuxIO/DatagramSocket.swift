internal import CLinux
internal import Glibc
public import NetPrimitives

/// A non-blocking UDP socket of one address family.
public final class DatagramSocket {
  /// How a socket sends.
  public struct Transmission: Sendable {
    /// TTL or hop limit.
    public var hopLimit: UInt8
    /// TOS or traffic class; 0xC0 is CS6, network control.
    public var trafficClass: UInt8
    /// SO_PRIORITY, 0...6 without CAP_NET_ADMIN; 6 is "interactive", the highest band of the default queue.
    public var priority: UInt8
    /// Whether the source address may be missing on this host when the socket is bound.
    public var freeBind: Bool

    /// RFC 5881 5 and its usual marking: hop limit 255, CS6, highest priority.
    public init(hopLimit: UInt8 = 255, trafficClass: UInt8 = 0xC0, priority: UInt8 = 6, freeBind: Bool = false) {
      self.hopLimit = hopLimit
      self.trafficClass = trafficClass
      self.priority = priority
      self.freeBind = freeBind
    }
  }

  /// The source ports of BFD (RFC 5881 4).
  public static let sourcePorts: ClosedRange<UInt16> = 49152...65535

  /// The family of the socket.
  public let family: AddressFamily
  private let socket: Socket
  private var state = ReceiveState()
  /// Where it is bound to an IPv4 address, that: a datagram that names its interface has to name it, too, or the kernel
  /// takes the address that the routes prefer. For IPv6 the kernel remembers.
  private var source: IPAddress?

  private init(_ family: AddressFamily) throws(SystemError) {
    self.family = family
    socket = try Socket(family)
  }

  /// A socket that receives on `port` (0: one that the kernel chooses), on any local address or on `address` alone, on
  /// any interface or on `device` alone, with packet information, hop limit, time stamps and drop counter.
  ///
  /// `receiveBuffer` is in bytes; beyond the system's limit it needs CAP_NET_ADMIN and is cut to the limit without.
  public static func receiver(
    _ family: AddressFamily, port: UInt16, address: IPAddress? = nil, device: String? = nil,
    receiveBuffer: Int = 4 << 20
  ) throws(SystemError) -> DatagramSocket {
    try receiver(
      family, port: port, address: address, device: device, receiveBuffer: receiveBuffer, isJoining: false)
  }

  /// With `isJoining` it shares the port with sockets that `joinPort` was called for.
  static func receiver(
    _ family: AddressFamily, port: UInt16, address: IPAddress? = nil, device: String? = nil, receiveBuffer: Int,
    isJoining: Bool
  ) throws(SystemError) -> DatagramSocket {
    let result = try DatagramSocket(family)
    if isJoining { try result.socket.sharePort() }
    try result.socket.requestMetadata(family)
    try result.socket.setReceiveBuffer(receiveBuffer)
    if let device { try result.socket.bind(toDevice: device) }
    try result.socket.bind(Endpoint(address ?? family.any, port: port))
    return result
  }

  /// A socket that shares `port`, takes nothing, and counts what it was given.
  static func sink(_ family: AddressFamily, port: UInt16, device: String?) throws(SystemError) -> DatagramSocket {
    let result = try DatagramSocket(family)
    try result.socket.attach(.none)
    try result.socket.sharePort()
    if let device { try result.socket.bind(toDevice: device) }
    try result.socket.bind(Endpoint(family.any, port: port))
    return result
  }

  /// A socket that sends from `source`. `device` ties it to an interface by name (or to a VRF).
  ///
  /// What it sends leaves unfragmented; `messageTooLong` where the link's MTU is too small for it. The path's MTU, as
  /// routers reported it, is not believed: what is too long for the path is lost on it, and arrives again the moment the
  /// path can take it.
  ///
  /// Bound to a free port of `ports`, the first tried being `firstPort` (take it from a random generator); `addressInUse`
  /// where all are taken. It receives nothing: what is sent to its port is dropped by a filter.
  public static func transmitter(
    source: IPAddress, ports: ClosedRange<UInt16> = sourcePorts, firstPort: UInt16? = nil, device: String? = nil,
    _ transmission: Transmission = Transmission()
  ) throws(SystemError) -> DatagramSocket {
    let result = try DatagramSocket(source.family)
    try result.socket.attach(.none)
    try result.socket.setUnfragmented(source.family)
    try result.socket.setHopLimit(source.family, transmission.hopLimit)
    try result.socket.setTrafficClass(
      source.family, transmission.trafficClass, priority: Int32(transmission.priority))
    if transmission.freeBind { try result.socket.setFreeBind(source.family) }
    if let device { try result.socket.bind(toDevice: device) }
    try result.bind(source, ports, first: firstPort ?? ports.lowerBound)
    if result.family == .ipv4, source != result.family.any { result.source = source }
    return result
  }

  /// A socket that sends as a `transmitter` does, and receives the answers to its own port, with packet information, hop
  /// limit and time stamps.
  public static func requester(
    source: IPAddress, ports: ClosedRange<UInt16> = sourcePorts, firstPort: UInt16? = nil, device: String? = nil,
    _ transmission: Transmission = Transmission()
  ) throws(SystemError) -> DatagramSocket {
    let result = try transmitter(source: source, ports: ports, firstPort: firstPort, device: device, transmission)
    try result.socket.requestMetadata(source.family)
    try result.socket.detachFilter()
    return result
  }

  /// A socket from which several sessions send, each datagram naming its own source address and interface
  /// (`TransmitBatch.append`). Bound to a free port of `ports` on every local address.
  public static func sharedTransmitter(
    _ family: AddressFamily, ports: ClosedRange<UInt16> = sourcePorts, firstPort: UInt16? = nil,
    device: String? = nil, _ transmission: Transmission = Transmission()
  ) throws(SystemError) -> DatagramSocket {
    try transmitter(source: family.any, ports: ports, firstPort: firstPort, device: device, transmission)
  }

  private func bind(_ source: IPAddress, _ ports: ClosedRange<UInt16>, first: UInt16) throws(SystemError) {
    let size = Int(ports.upperBound - ports.lowerBound) + 1
    let start = ports.contains(first) ? Int(first - ports.lowerBound) : 0
    var step = 0
    while true {
      let port = ports.lowerBound + UInt16((start + step) % size)
      do throws(SystemError) {
        return try socket.bind(Endpoint(source, port: port))
      } catch {
        step += 1
        guard error.code == .addressInUse, step < size else { throw error }
      }
    }
  }

  /// For `EventLoop.watch`.
  public var descriptor: FileDescriptor { socket.descriptor }

  /// The address and port that the socket is bound to.
  public func localEndpoint() throws(SystemError) -> Endpoint { try socket.name() }

  /// Fixes the destination: `send` without one then skips the route look-up, and errors that the network reports (port
  /// unreachable and so on) come back from later sends.
  public func connect(to destination: Endpoint) throws(SystemError) {
    var endpoint = baton_endpoint(destination.address, port: destination.port)
    try check("connect") { unsafe baton_socket_connect(socket.number, &endpoint) }
  }

  /// Lets the kernel drop what `filter` does not pass.
  public func attach(_ filter: PacketFilter) throws(SystemError) { try socket.attach(filter) }

  /// Lets further sockets of this process have the same port.
  func joinPort() throws(SystemError) { try socket.sharePort() }

  /// Lets `filter`'s result choose among the sockets of this port, in the order of their binding.
  func sort(_ filter: PacketFilter) throws(SystemError) { try socket.sort(filter) }

  /// How many datagrams the kernel dropped since the socket was opened, whether or not any was received since.
  func kernelDrops() throws(SystemError) -> UInt64 { state.updateDrops(try socket.drops()) }

  /// Changes TTL or hop limit of what is sent from now on.
  public func setHopLimit(_ limit: UInt8) throws(SystemError) { try socket.setHopLimit(family, limit) }

  /// Changes TOS or traffic class of what is sent from now on; the priority on the way out of this host stays.
  public func setTrafficClass(_ value: UInt8) throws(SystemError) {
    let priority = try socket.get(SOL_SOCKET, baton_SO_PRIORITY)
    try socket.setTrafficClass(family, value, priority: priority)
  }

  /// Cuts what is sent from now on into datagrams of `size` bytes, at most 64 at a time (UDP_SEGMENT, Linux 4.18): many
  /// take little more time than one.
  public func setSegmentSize(_ size: UInt16) throws(SystemError) {
    try socket.set(Int32(IPPROTO_UDP), baton_UDP_SEGMENT, Int32(size))
  }

  /// TOS or traffic class of what is sent.
  public func trafficClass() throws(SystemError) -> UInt8 { try socket.trafficClass(family) }

  /// How many datagrams the kernel dropped because the buffer was full or the filter said so, as of the last receive.
  public var dropped: UInt64 { state.dropped }

  /// The size of the receive buffer that the kernel granted, in bytes (its own overhead included: twice what was asked).
  public func receiveBuffer() throws(SystemError) -> Int { Int(try socket.get(SOL_SOCKET, SO_RCVBUF)) }

  /// Receives what is there, up to the batch's capacity; the number of datagrams, 0 where there were none.
  ///
  /// `sample` is when the caller woke up (`EventLoop.wakeUp`). Errors that the network reported for earlier sends
  /// (`connectionRefused` and so on) come out here, too; they do not mean that the socket is unusable.
  public func receive(into batch: ReceiveBatch, at sample: ClockSample) throws(SystemError) -> Int {
    try state.receive(socket, BATON_DATAGRAM, into: batch, at: sample)
  }

  /// Sends one datagram. `destination` may be left out after `connect`; `source` and `interface` as in
  /// `TransmitBatch.append`. `wouldBlock` and `noBufferSpace` mean that it was not sent because a queue is full.
  public func send(
    _ bytes: Span<UInt8>, to destination: Endpoint? = nil, from source: IPAddress? = nil, interface: UInt32 = 0
  ) throws(SystemError) {
    try socket.send(
      bytes, to: destination, from: source ?? (interface == 0 ? nil : self.source), interface: interface)
  }

  /// Sends a batch and empties it. What could not be sent is reported by its index in the batch; the rest is sent all
  /// the same. Returns how many were sent.
  @discardableResult
  public func send(_ batch: TransmitBatch, failure: (Int, SystemError) -> Void) -> Int {
    batch.flush(socket.number, failure: failure)
  }
}
