internal import CLinux
internal import Glibc
public import NetPrimitives

/// A UDP port for BFD whose junk the kernel keeps apart, so that it takes no room from good packets and wakes nobody up.
///
/// Four sockets share the port, and a classic BPF program chooses between them by what it sees of a packet: one for what
/// may be a control packet; one, with little room, for such that came with a lower TTL or hop limit than any session
/// accepts; and two that take nothing, whose drop counters say how many were too short or of another version. Where the
/// kernel cannot sort, all comes to the first.
public final class SievedReceiver {
  /// What may be for a session.
  public let packets: DatagramSocket
  /// Control packets with a low TTL or hop limit: read now and then, to tell whose they are. `nil` where the kernel
  /// cannot sort.
  public let lowHopLimit: DatagramSocket?
  private let tooShort: DatagramSocket?
  private let badVersion: DatagramSocket?

  /// What the kernel dropped since the sockets were opened.
  public struct Drops: Sendable, Equatable {
    /// Payloads shorter than a control packet.
    public var tooShort: UInt64 = 0
    /// Another version than 1.
    public var badVersion: UInt64 = 0
    /// A low TTL or hop limit, and no room among those that are read now and then.
    public var lowHopLimit: UInt64 = 0
    /// Nothing to be seen wrong, and no room in the receive buffer.
    public var bufferFull: UInt64 = 0

    /// None.
    public init() {}
  }

  private static let largeBuffer = 4 << 20
  /// Room for some 40 packets.
  private static let smallBuffer = 16 << 10

  /// Opens `port` on all local addresses, or in the routing domain of `device`. Throws `addressInUse` where somebody else
  /// has it.
  ///
  /// `hasOtherDomain`: this process has the port in another routing domain. The kernel counts a socket outside of VRFs as
  /// in the way of one in a VRF, and the other way round, but where both share the port.
  public init(
    _ family: AddressFamily, port: UInt16, device: String? = nil, hasOtherDomain: Bool = false
  ) throws(SystemError) {
    // Else alone first: a second daemon must not come in as a fifth socket.
    packets = try .receiver(
      family, port: port, device: device, receiveBuffer: Self.largeBuffer, isJoining: hasOtherDomain)
    let others = try? Self.sort(packets, device)
    (lowHopLimit, tooShort, badVersion) = (others?.lowHopLimit, others?.tooShort, others?.badVersion)
  }

  private typealias Others = (tooShort: DatagramSocket, badVersion: DatagramSocket, lowHopLimit: DatagramSocket)

  /// Opens the other sockets of the port, in the order of the results of `PacketFilter.sievingBFD`.
  private static func sort(_ packets: DatagramSocket, _ device: String?) throws(SystemError) -> Others {
    let (family, port) = (packets.family, try packets.localEndpoint().port)
    try packets.joinPort()
    let tooShort = try DatagramSocket.sink(family, port: port, device: device)
    let badVersion = try DatagramSocket.sink(family, port: port, device: device)
    let low = try DatagramSocket.receiver(
      family, port: port, device: device, receiveBuffer: smallBuffer, isJoining: true)
    try packets.sort(.sievingBFD(family, minimumHopLimit: 255))
    return (tooShort, badVersion, low)
  }

  /// The lowest TTL or hop limit that any session accepts: what is below is put apart. 0 accepts all.
  public func setMinimumHopLimit(_ minimum: UInt8) throws(SystemError) {
    guard lowHopLimit != nil else { return }
    try packets.sort(.sievingBFD(packets.family, minimumHopLimit: minimum))
  }

  /// What the kernel dropped. Only `packets` and `lowHopLimit` can drop for want of room.
  public func drops() throws(SystemError) -> Drops {
    var drops = Drops()
    drops.bufferFull = try packets.kernelDrops()
    drops.tooShort = try tooShort?.kernelDrops() ?? 0
    drops.badVersion = try badVersion?.kernelDrops() ?? 0
    drops.lowHopLimit = try lowHopLimit?.kernelDrops() ?? 0
    return drops
  }
}
