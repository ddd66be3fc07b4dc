internal import CNetlink
internal import Glibc
internal import NetPrimitives

/// Changes the addresses, links, routes and rules of a network namespace. Needs CAP_NET_ADMIN.
///
/// The kernel answers each request at once, so a call takes some ten microseconds.
public final class NetworkConfigurator {
  private let socket: NetlinkSocket

  /// Works on the calling thread's network namespace.
  public init() throws(SystemError) {
    socket = try NetlinkSocket()
  }

  /// Adds an address. `exists` where the interface has it already, `noSuchDevice` where the interface is gone,
  /// `invalidArgument` also where an IPv4 address of the same prefix has another scope.
  public func add(_ address: InterfaceAddress) throws(SystemError) {
    try change(address, RTM_NEWADDR, flags: NLM_F_CREATE | NLM_F_EXCL)
  }

  /// Adds an address, or gives the one that is there the properties of `address` (lifetime, flags, origin).
  public func replace(_ address: InterfaceAddress) throws(SystemError) {
    try change(address, RTM_NEWADDR, flags: NLM_F_CREATE | NLM_F_REPLACE)
  }

  /// Deletes an address. `addressNotAvailable` where the interface does not have it, `noSuchDevice` where the interface
  /// is gone.
  public func remove(_ address: InterfaceAddress) throws(SystemError) {
    try change(address, RTM_DELADDR, flags: 0)
  }

  /// Sets a link administratively up or down.
  public func setLink(_ index: UInt32, up: Bool) throws(SystemError) {
    let request = try NetlinkRequest(RTM_NEWLINK, flags: NLM_F_ACK)
    var header = ifinfomsg()
    header.ifi_index = Int32(bitPattern: index)
    header.ifi_change = 1  // IFF_UP
    header.ifi_flags = up ? 1 : 0
    try request.append(header)
    try send(request, "RTM_NEWLINK")
  }

  /// Makes a link a port of the bridge with index `bridge`; `nil` takes it off its bridge.
  public func setLink(_ index: UInt32, bridge: UInt32?) throws(SystemError) {
    let request = try NetlinkRequest(RTM_NEWLINK, flags: NLM_F_ACK)
    var header = ifinfomsg()
    header.ifi_index = Int32(bitPattern: index)
    try request.append(header)
    try request.put(IFLA_MASTER, bridge ?? 0)
    try send(request, "RTM_NEWLINK")
  }

  /// Sends a request with NLM_F_ACK and reads the answer.
  func send(_ request: NetlinkRequest, _ call: StaticString) throws(SystemError) {
    try socket.send(request)
    try socket.awaitAcknowledgement(call)
  }

  private func change(_ address: InterfaceAddress, _ kind: Int, flags: Int32) throws(SystemError) {
    try send(
      try Self.request(address, kind, flags: flags | NLM_F_ACK), kind == RTM_NEWADDR ? "RTM_NEWADDR" : "RTM_DELADDR")
  }

  private static func request(
    _ address: InterfaceAddress, _ kind: Int, flags: Int32
  ) throws(SystemError) -> NetlinkRequest {
    let request = try NetlinkRequest(kind, flags: flags)
    var header = ifaddrmsg()
    header.ifa_family = address.address.family.number
    header.ifa_prefixlen = UInt8(address.prefix.length)
    header.ifa_scope = address.scope.rawValue
    header.ifa_index = address.interface
    try request.append(header)
    try request.put(IFA_LOCAL, address.address.bytes)
    try request.put(IFA_ADDRESS, (address.peer ?? address.address).bytes)
    if let broadcast = address.broadcast { try request.put(IFA_BROADCAST, broadcast.bytes) }
    if let label = address.label { try request.put(IFA_LABEL, text: label) }
    guard kind == RTM_NEWADDR else { return request }
    let settable = address.flags.intersection(.settable)
    try request.put(IFA_FLAGS, settable.rawValue)
    if let origin = address.origin { try request.put(IFA_PROTO, [origin]) }
    if let preferred = address.preferredLifetime {
      // struct ifa_cacheinfo: preferred, valid (for ever), creation and update stamps (the kernel's).
      try request.put(IFA_CACHEINFO, [preferred, .max, 0, 0])
    }
    return request
  }
}
