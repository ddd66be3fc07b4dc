import LinuxIO
import NetPrimitives

/// A socket that several sessions send from, many packets at a time.
final class SharedSocket {
  /// What sessions that share a socket have in common.
  struct Key: Hashable {
    let source: IPAddress
    let device: String?
    let vrf: UInt32
    let hopLimit: UInt8
    let dscp: UInt8

    /// Of the session `plan` on `interface`, in the VRF with the index `vrf`.
    init(_ plan: SessionPlan, interface: UInt32, vrf: UInt32) {
      let any: IPAddress =
        plan.key.neighbor.family == .ipv4 ? .v4(IPv4Address(0)) : .v6(IPv6Address(high: 0, low: 0))
      source = plan.key.source.map { $0.isLinkLocal ? $0.scoped(to: interface) : $0 } ?? any
      device = plan.key.vrf
      self.vrf = vrf
      hopLimit = plan.hopLimit
      dscp = plan.dscp
    }

    /// A socket that sends so. `port` is the source port to use if it is free. With `isReceiving` it hears what is sent
    /// to that.
    ///
    /// The source address need not be there yet, so that a socket outlives its loss.
    func open(port: UInt16, isReceiving: Bool = false) throws(SystemError) -> DatagramSocket {
      let transmission = DatagramSocket.Transmission(
        hopLimit: hopLimit, trafficClass: Self.trafficClass(dscp), freeBind: true)
      return isReceiving
        ? try .requester(source: source, firstPort: port, device: device, transmission)
        : try .transmitter(source: source, firstPort: port, device: device, transmission)
    }

    /// DSCP is the upper six bits of TOS and traffic class (RFC 2474); the lower two belong to ECN.
    static func trafficClass(_ dscp: UInt8) -> UInt8 { dscp << 2 }
  }

  let socket: DatagramSocket
  /// The source port.
  let port: UInt16
  /// Where packets come from, as long as they name an interface; `nil` lets the kernel choose.
  private let source: IPAddress?
  private let batch: TransmitBatch
  /// Whose packets are in the batch.
  private var slots: [Int] = []

  private static let capacity = 64
  /// The longest control packet, 52 bytes with authentication, has room.
  static let slotSize = 64

  init(_ key: Key, port: UInt16) throws(SystemError) {
    socket = try key.open(port: port)
    self.port = try socket.localEndpoint().port
    source = key.source.isUnspecified ? nil : key.source
    batch = try TransmitBatch(capacity: Self.capacity, slotSize: Self.slotSize)
    slots.reserveCapacity(Self.capacity)
  }

  /// Puts a packet into the batch; `false` where it is full.
  func append(_ bytes: Span<UInt8>, of slot: Int, to destination: Endpoint, interface: UInt32) -> Bool {
    guard batch.append(bytes, to: destination, from: interface == 0 ? nil : source, interface: interface) else {
      return false
    }
    slots.append(slot)
    return true
  }

  /// Sends the batch. `failure` is told of each packet that could not be sent.
  func flush(_ failure: (_ slot: Int, SystemError) -> Void) {
    guard batch.count > 0 else { return }
    socket.send(batch) { index, error in failure(slots[index], error) }
    slots.removeAll(keepingCapacity: true)
  }
}
