import BFDCore
import LinuxIO
import NetPrimitives

/// Where a session's packets leave.
final class Outlet {
  private enum Way {
    /// A socket of its own, because the source port should be its own (RFC 5881 4).
    case own(DatagramSocket)
    /// One that it shares with others; its source port stays the same, too.
    case shared(SharedSocket)
  }

  private let way: Way
  private let destination: Endpoint
  /// The index of the interface packets leave by; 0 where the routes decide.
  let interface: UInt32
  /// The index of the VRF device; 0 where there is none.
  let vrf: UInt32
  /// The source port.
  let port: UInt16
  /// Why the last packet was refused; `nil` where it was not.
  private(set) var error: SystemError?
  /// Room for a padded packet, all zero behind the packet (RFC 9764 3); empty where packets are not padded.
  private var padded: [UInt8] = []

  /// Opens a socket for `plan` on `interface`, in the VRF with the index `vrf`. `port` is the one to use if it is free.
  convenience init(_ plan: SessionPlan, interface: UInt32, vrf: UInt32, port: UInt16) throws(SystemError) {
    let key = SharedSocket.Key(plan, interface: interface, vrf: vrf)
    let socket = try key.open(port: port, isReceiving: plan.key.kind == .seamless)
    try self.init(.own(socket), plan, interface: interface, vrf: vrf, port: socket.localEndpoint().port)
    setPaddedSize(plan.paddedPDUSize)
  }

  /// Sends `plan`'s packets by a socket that others use, too.
  convenience init(_ plan: SessionPlan, interface: UInt32, vrf: UInt32, sharing socket: SharedSocket) {
    self.init(.shared(socket), plan, interface: interface, vrf: vrf, port: socket.port)
  }

  private init(_ way: Way, _ plan: SessionPlan, interface: UInt32, vrf: UInt32, port: UInt16) {
    self.way = way
    let scope = plan.key.neighbor.isLinkLocal ? interface : 0
    destination = Endpoint(plan.key.neighbor.scoped(to: scope), port: plan.key.kind.port)
    self.interface = interface
    self.vrf = vrf
    self.port = port
  }

  /// Whether `plan` takes a socket of its own: one that also receives, or whose packets do not fit into a batch.
  static func mustBeOwn(_ plan: SessionPlan) -> Bool { plan.key.kind == .seamless || plan.paddedPDUSize != nil }

  /// Sends; that of an S-BFD initiator receives the answers, too.
  var socket: DatagramSocket {
    switch way {
    case .own(let socket): socket
    case .shared(let shared): shared.socket
    }
  }

  /// The socket that it shares; `nil` where it has its own.
  var shared: SharedSocket? {
    if case .shared(let shared) = way { shared } else { nil }
  }

  /// Sends a packet, or puts it with those that leave by the same socket; `false` where their batch is full.
  func send(_ transmission: Transmission) throws(SystemError) -> Bool {
    let bytes = transmission.bytes.span.extracting(first: transmission.length)
    // What was refused before is sent alone, so that it is known when that is over.
    if case .shared(let shared) = way, error == nil, transmission.length <= SharedSocket.slotSize {
      return shared.append(bytes, of: transmission.slot, to: destination, interface: interface)
    }
    try socket.send(bytes, to: destination, interface: interface)
    return true
  }

  /// Whether packets are padded: then `sendPadded` sends them.
  var isPadded: Bool { !padded.isEmpty }

  /// Sends a packet with zeros behind it.
  func sendPadded(_ transmission: Transmission) throws(SystemError) {
    guard padded.count > transmission.length else { return _ = try send(transmission) }
    for index in 0..<transmission.length { padded[index] = transmission.bytes[index] }
    // A packet before it may have been a longer one.
    for index in transmission.length..<min(transmission.bytes.count, padded.count) { padded[index] = 0 }
    let packet = padded
    try socket.send(packet.span, to: destination, interface: interface)
  }

  /// Sends an empty packet, so that the kernel finds out the neighbour's Ethernet address. Whether it leaves does not matter.
  func solicit() {
    let nothing: [UInt8] = []
    try? socket.send(nothing.span, to: destination, interface: interface)
  }

  /// Pads packets to `size` bytes of UDP payload from now on; `nil` ends that.
  private func setPaddedSize(_ size: Int?) {
    guard size ?? 0 != padded.count else { return }
    padded = [UInt8](repeating: 0, count: size ?? 0)
  }

  /// Notes that a packet was sent alone, so that nothing is wrong any more.
  func sent() { error = nil }

  /// Notes that a packet was refused. Returns whether that is news; a full queue is none.
  func refused(_ error: SystemError) -> Bool {
    guard error.code != .wouldBlock, error.code != .noBufferSpace, error.code != self.error?.code else { return false }
    self.error = error
    return true
  }

  /// What the kernel marks packets with.
  var dscp: UInt8 { get throws(SystemError) { try socket.trafficClass() >> 2 } }

  /// Sends as `plan` says from now on; `false` where that takes another socket.
  func adapt(to plan: SessionPlan) throws(SystemError) -> Bool {
    guard case .own(let socket) = way else { return false }
    setPaddedSize(plan.paddedPDUSize)
    try socket.setHopLimit(plan.hopLimit)
    try socket.setTrafficClass(SharedSocket.Key.trafficClass(plan.dscp))
    return true
  }
}
