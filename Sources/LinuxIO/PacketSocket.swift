internal import CLinux
internal import Glibc

/// A non-blocking packet socket: whole Ethernet frames. Needs CAP_NET_RAW.
///
/// Used to announce addresses (gratuitous ARP, unsolicited neighbour advertisements) and to watch a wire.
public final class PacketSocket {
  private let socket: Socket
  private var state = ReceiveState()

  private init(receiveBuffer: Int?) throws(SystemError) {
    // Protocol 0 receives nothing until the socket is bound, so no frame gets in before the filter is in place.
    socket = try Socket(domain: baton_AF_PACKET, type: baton_SOCK_RAW, protocol: 0)
    if let receiveBuffer { try socket.setReceiveBuffer(receiveBuffer) }
  }

  /// A socket that sends frames and receives none.
  public static func sender() throws(SystemError) -> PacketSocket {
    try PacketSocket(receiveBuffer: nil)
  }

  /// A socket that receives a copy of every frame with `etherType` (0x0003: all) that `filter` passes, on the interface
  /// with index `interface` (0: all), with kernel time stamps.
  public static func observer(
    interface: UInt32 = 0, etherType: UInt16 = allEtherTypes, filter: PacketFilter? = nil, ignoreOutgoing: Bool = false,
    receiveBuffer: Int = 8 << 20
  ) throws(SystemError) -> PacketSocket {
    let result = try PacketSocket(receiveBuffer: receiveBuffer)
    try check("setsockopt") { baton_socket_request_stamps(result.socket.number) }
    if let filter { try result.socket.attach(filter) }
    if ignoreOutgoing { try result.socket.set(baton_SOL_PACKET, baton_PACKET_IGNORE_OUTGOING, 1) }
    try check("bind") { baton_packet_bind(result.socket.number, etherType, interface) }
    return result
  }

  /// ETH_P_ALL.
  public static let allEtherTypes: UInt16 = 0x0003

  /// For `EventLoop.watch`.
  public var descriptor: FileDescriptor { socket.descriptor }

  /// How many frames the kernel dropped because the buffer was full or the filter said so, as of the last receive.
  public var dropped: UInt64 { state.dropped }

  /// Receives what is there, up to the batch's capacity; read it with `ReceiveBatch.forEachFrame`.
  public func receive(into batch: ReceiveBatch, at sample: ClockSample) throws(SystemError) -> Int {
    try state.receive(socket, BATON_PACKET, into: batch, at: sample)
  }

  /// Sends one frame, Ethernet header included, out of the interface with index `interface`. `wouldBlock` and
  /// `noBufferSpace` mean that it was not sent because a queue is full, `networkDown` that the interface is down.
  public func send(frame: Span<UInt8>, interface: UInt32) throws(SystemError) {
    try check("sendto") {
      unsafe frame.withUnsafeBufferPointer {
        unsafe baton_send_frame(socket.number, $0.baseAddress, $0.count, interface)
      }
    }
  }
}
