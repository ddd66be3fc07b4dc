import BFDCore
import LinuxIO
import NetPrimitives

/// Where a session's packets leave: its own socket, because the source port is to be its own and stay the same
/// (RFC 5881 4).
struct Outlet {
  private let socket: DatagramSocket
  private let destination: Endpoint
  /// The index of the interface packets leave by; 0 where the routes decide.
  let interface: UInt32
  /// The index of the VRF device; 0 where there is none.
  let vrf: UInt32
  /// The source port.
  let port: UInt16
  /// Why the last packet was refused; `nil` where it was not.
  private(set) var error: SystemError?

  /// Opens the socket for `plan` on `interface`, in the VRF with the index `vrf`. `port` is the one to use if it is free.
  ///
  /// The source address need not be there yet, so that a socket outlives its loss.
  init(_ plan: SessionPlan, interface: UInt32, vrf: UInt32, port: UInt16) throws(SystemError) {
    let neighbor = plan.key.neighbor
    let scope = neighbor.isLinkLocal ? interface : 0
    let any: IPAddress = neighbor.family == .ipv4 ? .v4(IPv4Address(0)) : .v6(IPv6Address(high: 0, low: 0))
    let source = plan.key.source.map { $0.isLinkLocal ? $0.scoped(to: interface) : $0 }
    socket = try DatagramSocket.transmitter(
      source: source ?? any, firstPort: port, device: plan.key.vrf,
      DatagramSocket.Transmission(
        hopLimit: plan.hopLimit, trafficClass: Self.trafficClass(plan.dscp), freeBind: true))
    destination = Endpoint(neighbor.scoped(to: scope), port: plan.key.kind.port)
    self.interface = interface
    self.vrf = vrf
    self.port = try socket.localEndpoint().port
  }

  /// Sends a packet. Returns the error where it is a new one; a full queue is no news.
  mutating func send(_ transmission: Transmission) -> (isSent: Bool, news: SystemError?) {
    do throws(SystemError) {
      try socket.send(
        transmission.bytes.span.extracting(first: transmission.length), to: destination, interface: interface)
      if error != nil { error = nil }
      return (true, nil)
    } catch {
      guard error.code != .wouldBlock, error.code != .noBufferSpace, error != self.error else { return (false, nil) }
      self.error = error
      return (false, error)
    }
  }

  /// What the kernel marks packets with.
  var dscp: UInt8 { get throws(SystemError) { try socket.trafficClass() >> 2 } }

  func setDSCP(_ value: UInt8) throws(SystemError) { try socket.setTrafficClass(Self.trafficClass(value)) }

  /// DSCP is the upper six bits of TOS and traffic class (RFC 2474); the lower two belong to ECN.
  private static func trafficClass(_ dscp: UInt8) -> UInt8 { dscp << 2 }

  func setHopLimit(_ limit: UInt8) throws(SystemError) { try socket.setHopLimit(limit) }
}
