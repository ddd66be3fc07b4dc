import BFDCore
import LinuxIO
import NetPrimitives

/// The echo port on one interface, for one family: all of bfdd that needs CAP_NET_RAW. Opened only where a session uses
/// echo.
///
/// No UDP socket will do: an echo packet is addressed to the system that sends it, by way of another one's Ethernet
/// address, and the kernel refuses to receive what bears one of its own addresses as the sender.
final class EchoPort {
  struct Key: Hashable {
    /// The interface's index.
    let interface: UInt32
    let family: AddressFamily
  }

  let key: Key
  let socket: PacketSocket
  /// Whether the kernel itself sends the peers' echo packets back, because it forwards.
  private(set) var isForwarding = false
  private let forwardingFile: String

  /// Throws `notPermitted` or `familyNotSupported` where the daemon may not have packet sockets.
  init(_ key: Key, name: String) throws(SystemError) {
    self.key = key
    forwardingFile = "/proc/sys/net/\(key.family == .ipv4 ? "ipv4" : "ipv6")/conf/\(name)/forwarding"
    socket = try PacketSocket.observer(
      interface: key.interface, etherType: key.family == .ipv4 ? 0x0800 : 0x86DD,
      filter: .udp(key.family, port: EchoFrame.port), ignoreOutgoing: true, receiveBuffer: 1 << 20)
    readForwarding()
  }

  /// Looks again whether the kernel forwards.
  func readForwarding() {
    let text = (try? FileSystem.read(forwardingFile, limit: 16)) ?? []
    isForwarding = text.first == UInt8(ascii: "1")
  }
}

/// The way of a session's echo packets.
struct EchoPath {
  let port: EchoPort
  let addresses: EchoFrame.Addresses
  let dscp: UInt8
  /// Whether the last packet was refused.
  var isRefused = false
}

/// What the sessions with echo use.
struct EchoState {
  var ports: [EchoPort.Key: (port: EchoPort, registration: EventLoop.Registration)] = [:]
  /// By slot: the sessions whose packets have a way.
  var paths: [Int: EchoPath] = [:]
  /// By slot: why echo packets cannot be sent or looped.
  var problems: [Int: String] = [:]
  /// Ports of the kernel's own, so that it does not answer echo packets that no socket waits for with "port unreachable".
  var reserved: [AddressFamily: DatagramSocket] = [:]
  var neighbors: NeighborTable?
  /// A frame under construction.
  var frame = [UInt8](repeating: 0, count: 256)
  /// Where the next look at the neighbours' addresses begins.
  var next = 0
  var isTicking = false
}
