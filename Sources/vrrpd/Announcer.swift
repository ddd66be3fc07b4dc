import LinuxIO
import NetPrimitives
import VRRPCore

/// Tells a link where virtual addresses are now.
final class Announcer {
  private let socket: PacketSocket
  /// Announcements that the kernel did not take.
  private(set) var failures: UInt64 = 0

  init() throws(SystemError) {
    socket = try PacketSocket.sender()
  }

  /// Sends a gratuitous ARP or an unsolicited neighbour advertisement for `address` out of `link`. A link without an
  /// Ethernet address has no neighbours that could need it.
  func announce(_ address: IPAddress, on link: Link) {
    guard let mac = link.macAddress else { return }
    let frame =
      switch address {
      case .v4(let address): GratuitousARP.frame(address: address, source: mac)
      case .v6(let address): NeighborAdvertisement.frame(address: address, source: mac, isRouter: isRouter(link.name))
      }
    do throws(SystemError) {
      try socket.send(frame: frame.span, interface: link.index)
    } catch {
      failures += 1
    }
  }

  /// Whether the kernel forwards IPv6 packets that come in by `interface`, which is what the router flag says.
  private func isRouter(_ interface: String) -> Bool {
    let value = try? FileSystem.read("/proc/sys/net/ipv6/conf/\(interface)/forwarding", limit: 16)
    return value?.first.map { $0 != UInt8(ascii: "0") } ?? false
  }
}
