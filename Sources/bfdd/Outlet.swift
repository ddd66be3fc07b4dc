import BFDCore
import LinuxIO
import NetPrimitives

/// Where a session's packets leave: its own socket, because the source port is to be its own and stay the same
/// (RFC 5881 4).
struct Outlet {
  /// Sends; that of an S-BFD initiator receives the answers, too.
  let socket: DatagramSocket
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

  /// Opens the socket for `plan` on `interface`, in the VRF with the index `vrf`. `port` is the one to use if it is free.
  ///
  /// The source address need not be there yet, so that a socket outlives its loss.
  init(_ plan: SessionPlan, interface: UInt32, vrf: UInt32, port: UInt16) throws(SystemError) {
    let neighbor = plan.key.neighbor
    let scope = neighbor.isLinkLocal ? interface : 0
    let any: IPAddress = neighbor.family == .ipv4 ? .v4(IPv4Address(0)) : .v6(IPv6Address(high: 0, low: 0))
    let source = plan.key.source.map { $0.isLinkLocal ? $0.scoped(to: interface) : $0 }
    let transmission = DatagramSocket.Transmission(
      hopLimit: plan.hopLimit, trafficClass: Self.trafficClass(plan.dscp), freeBind: true)
    socket =
      plan.key.kind == .seamless
      ? try .requester(source: source ?? any, firstPort: port, device: plan.key.vrf, transmission)
      : try .transmitter(source: source ?? any, firstPort: port, device: plan.key.vrf, transmission)
    destination = Endpoint(neighbor.scoped(to: scope), port: plan.key.kind.port)
    self.interface = interface
    self.vrf = vrf
    self.port = try socket.localEndpoint().port
    try setPaddedSize(plan.paddedPDUSize)
  }

  /// Sends a packet.
  mutating func send(_ transmission: Transmission) -> Result {
    do throws(SystemError) {
      if padded.count > transmission.length {
        for index in 0..<transmission.length { padded[index] = transmission.bytes[index] }
        // A packet before it may have been a longer one.
        for index in transmission.length..<min(transmission.bytes.count, padded.count) { padded[index] = 0 }
        try socket.send(padded.span, to: destination, interface: interface)
      } else {
        try socket.send(
          transmission.bytes.span.extracting(first: transmission.length), to: destination, interface: interface)
      }
      if error != nil { error = nil }
      return .sent
    } catch {
      guard error.code != .wouldBlock, error.code != .noBufferSpace, error != self.error else {
        return .refused(error, isNews: false)
      }
      self.error = error
      return .refused(error, isNews: true)
    }
  }

  /// What became of a packet.
  enum Result {
    case sent
    /// The kernel did not take it, for the same reason as the one before unless `isNews`; a full queue is no news.
    case refused(SystemError, isNews: Bool)
  }

  /// Pads packets to `size` bytes of UDP payload from now on, and sends them unfragmented; `nil` ends both.
  mutating func setPaddedSize(_ size: Int?) throws(SystemError) {
    guard size ?? 0 != padded.count else { return }
    try socket.setUnfragmented(size != nil)
    padded = [UInt8](repeating: 0, count: size ?? 0)
  }

  /// What the kernel marks packets with.
  var dscp: UInt8 { get throws(SystemError) { try socket.trafficClass() >> 2 } }

  func setDSCP(_ value: UInt8) throws(SystemError) { try socket.setTrafficClass(Self.trafficClass(value)) }

  /// DSCP is the upper six bits of TOS and traffic class (RFC 2474); the lower two belong to ECN.
  private static func trafficClass(_ dscp: UInt8) -> UInt8 { dscp << 2 }

  func setHopLimit(_ limit: UInt8) throws(SystemError) { try socket.setHopLimit(limit) }
}
