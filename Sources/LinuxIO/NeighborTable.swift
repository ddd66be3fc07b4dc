internal import CNetlink
internal import Glibc
public import NetPrimitives

/// Asks the kernel which Ethernet address a neighbour has: its ARP and Neighbor Discovery entries.
public final class NeighborTable {
  private let socket: NetlinkSocket

  /// Works on the calling thread's network namespace.
  public init() throws(SystemError) {
    socket = try NetlinkSocket()
  }

  /// The Ethernet address of `address` on the interface with index `interface`; `nil` where the kernel knows none, as
  /// before anything was sent there. Takes some ten microseconds.
  public func macAddress(of address: IPAddress, on interface: UInt32) throws(SystemError) -> MACAddress? {
    let request = try NetlinkRequest(RTM_GETNEIGH, flags: 0)
    var header = ndmsg()
    header.ndm_family = UInt8(address.family.domain)
    header.ndm_ifindex = Int32(bitPattern: interface)
    try request.append(header)
    try request.put(NDA_DST, address.bytes)
    try socket.send(request)
    var answer: (isError: Bool, mac: MACAddress?, error: Int32)?
    while answer == nil {
      let reception = try socket.receive { message in
        switch message.kind {
        case Int(NLMSG_ERROR): answer = (true, nil, message.error)
        case RTM_NEWNEIGH where message.isNeighbor(address, on: interface):
          answer = (false, message.neighborMACAddress, 0)
        default: break
        }
      }
      if reception != .messages { throw SystemError("RTM_GETNEIGH", .noBufferSpace) }
    }
    guard let answer, answer.isError else { return answer?.mac }
    let code = ErrorCode(rawValue: -answer.error)
    guard code == .noSuchFile || code == .noSuchDevice else { throw SystemError("RTM_GETNEIGH", code) }
    return nil
  }
}
