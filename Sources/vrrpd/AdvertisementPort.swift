import LinuxIO
import NetPrimitives
import VRRPCore

/// The socket by which all instances of one family on one interface send and hear advertisements.
///
/// It is made when the interface appears, and made anew when the interface was re-created.
final class AdvertisementPort {
  /// What the port is for.
  struct Key: Hashable {
    let family: AddressFamily
    var interface: String
    /// Whether the interface is one of `use_vmac`.
    var isVirtual = false
    /// `auth_type AH`: what passes is whole IP packets of the authentication header's protocol.
    var hasHeader = false
  }

  let key: Key
  /// The interface's index while the socket was made.
  let index: UInt32
  let socket: RawSocket
  /// `kernel_rx_buf_size` in bytes; `nil` for what every socket has.
  private var receiveBuffer: Int?
  private(set) var groups: Set<IPAddress> = []
  /// The instances by virtual router number: indices into the daemon's list.
  private(set) var routes = [[Int]](repeating: [], count: 256)

  init(_ key: Key, index: UInt32) throws(SystemError) {
    self.key = key
    self.index = index
    // From an interface with a virtual MAC address what is sent comes from an address of its base interface.
    socket = try RawSocket(
      key.family, protocol: key.hasHeader ? VRRP.authenticationHeaderNumber : VRRP.protocolNumber,
      device: key.interface, wholePackets: key.hasHeader, fromAnyAddress: true)
    try socket.setMulticastInterface(index)
    // An instance without track_src_ip sends from its address whether the host has it or not.
    try socket.allowForeignSources()
  }

  /// Hears exactly `groups` from now on.
  func listen(to groups: Set<IPAddress>) throws(SystemError) {
    for group in self.groups.subtracting(groups) { try socket.leave(group, interface: index) }
    for group in groups.subtracting(self.groups) { try socket.join(group, interface: index) }
    self.groups = groups
  }

  /// Tells switches about the membership again, after the link was down.
  func rejoin() throws(SystemError) {
    for group in groups { try socket.rejoin(group, interface: index) }
  }

  /// Has room for `bytes` of packets from now on; `nil` for what every socket has.
  func setReceiveBuffer(_ bytes: Int?) throws(SystemError) {
    guard bytes != receiveBuffer else { return }
    try socket.setReceiveBuffer(bytes ?? RawSocket.receiveBuffer)
    receiveBuffer = bytes
  }

  /// Where an advertisement begins within what is received.
  var messageOffset: Int { key.hasHeader ? VRRP.messageOffsetBehindHeader : 0 }

  func setRoutes(_ instances: [(virtualRouterID: UInt8, index: Int)]) {
    routes = [[Int]](repeating: [], count: 256)
    for instance in instances { routes[Int(instance.virtualRouterID)].append(instance.index) }
  }
}
