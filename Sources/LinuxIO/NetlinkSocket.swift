internal import CNetlink
internal import Glibc
internal import NetPrimitives

/// A netlink socket of libnl.
@safe final class NetlinkSocket {
  /// What a receive brought.
  enum Reception {
    case messages
    case empty
    /// The kernel dropped messages because the buffer was full.
    case overrun
  }

  private let socket: OpaquePointer

  /// A socket of NETLINK_ROUTE, or of another protocol.
  init(protocol number: Int32 = NETLINK_ROUTE) throws(SystemError) {
    guard let socket = unsafe nl_socket_alloc() else { throw SystemError("nl_socket_alloc", .noMemory) }
    unsafe self.socket = socket
    unsafe nl_socket_disable_seq_check(socket)
    unsafe nl_socket_disable_auto_ack(socket)
    unsafe nl_socket_enable_msg_peek(socket)
    errno = 0
    let result = unsafe nl_connect(socket, number)
    // libnl has no number of its own for want of descriptors.
    if result < 0, errno == EMFILE || errno == ENFILE { throw SystemError("socket", ErrorCode(rawValue: errno)) }
    try Self.checked("nl_connect", result)
    // The kernel answers at once; a limit, so that nothing could ever wait for ever.
    var limit = timeval(tv_sec: 2, tv_usec: 0)
    try check("setsockopt") {
      unsafe setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    }
  }

  deinit {
    unsafe nl_socket_free(socket)
  }

  private var descriptor: Int32 { unsafe nl_socket_get_fd(socket) }

  func duplicateDescriptor() throws(SystemError) -> FileDescriptor {
    FileDescriptor(owning: try check("fcntl") { fcntl(descriptor, F_DUPFD_CLOEXEC, 0) })
  }

  /// Joins multicast groups, with a large buffer, without waiting from now on.
  func subscribe(groups: [rtnetlink_groups]) throws(SystemError) {
    for group in groups {
      try Self.checked("nl_socket_add_memberships", unsafe nl_socket_add_membership(socket, Int32(group.rawValue)))
    }
    try Self.checked("nl_socket_set_nonblocking", unsafe nl_socket_set_nonblocking(socket))
    try setReceiveBuffer(4 << 20)
  }

  private func setReceiveBuffer(_ bytes: Int32) throws(SystemError) {
    try Self.checked("nl_socket_set_buffer_size", unsafe nl_socket_set_buffer_size(socket, bytes, 0))
    // SO_RCVBUFFORCE; refused without CAP_NET_ADMIN, then the system's limit holds.
    _ = unsafe withUnsafePointer(to: bytes) { unsafe setsockopt(descriptor, SOL_SOCKET, 33, $0, 4) }
  }

  // MARK: Requests

  func send(_ request: NetlinkRequest) throws(SystemError) {
    try Self.checked("nl_send_auto", unsafe nl_send_auto(socket, request.message))
  }

  /// Sends several requests in one datagram.
  func sendTogether(_ requests: [NetlinkRequest]) throws(SystemError) {
    var bytes: [UInt8] = []
    for request in requests {
      guard let header = unsafe nlmsg_hdr(request.message) else { continue }
      unsafe nl_complete_msg(socket, request.message)
      unsafe bytes += UnsafeRawBufferPointer(start: header, count: Int(header.pointee.nlmsg_len))
      bytes += [UInt8](repeating: 0, count: (4 - bytes.count % 4) % 4)
    }
    try Self.checked("nl_sendto", unsafe nl_sendto(socket, &bytes, bytes.count))
  }

  /// Reads the kernel's answers to `count` requests with NLM_F_ACK, and throws the first refusal.
  func awaitAcknowledgements(_ count: Int, _ call: StaticString) throws(SystemError) {
    var answers: [Int32] = []
    while answers.count < count {
      let reception = try receive { message in
        if message.kind == Int(NLMSG_ERROR) { answers.append(message.error) }
      }
      if reception != .messages { throw SystemError(call, .noBufferSpace) }
    }
    if let refusal = answers.first(where: { $0 != 0 }) { throw SystemError(call, ErrorCode(rawValue: -refusal)) }
  }

  /// Reads the kernel's answer to a request with NLM_F_ACK.
  func awaitAcknowledgement(_ call: StaticString) throws(SystemError) {
    var answer: Int32?
    while answer == nil {
      let reception = try receive { message in
        if message.kind == Int(NLMSG_ERROR) { answer = message.error }
      }
      if reception != .messages { throw SystemError(call, .noBufferSpace) }
    }
    if let answer, answer != 0 { throw SystemError(call, ErrorCode(rawValue: -answer)) }
  }

  /// Lists all objects of a kind.
  func dump(_ kind: Int, _ body: (NetlinkMessage) -> Void) throws(SystemError) {
    try Self.checked("nl_send_simple", unsafe nl_rtgen_request(socket, Int32(kind), AF_UNSPEC, NLM_F_DUMP))
    try receiveDump(body)
  }

  /// Lists what a request with NLM_F_DUMP asks for. The kernel looks at what the request says of the objects (Linux 4.20;
  /// before that it lists all).
  func dump(_ request: NetlinkRequest, _ body: (NetlinkMessage) -> Void) throws(SystemError) {
    var isOn: Int32 = 1
    // SOL_NETLINK, NETLINK_GET_STRICT_CHK; an old kernel does not know it.
    _ = unsafe setsockopt(descriptor, 270, 12, &isOn, socklen_t(MemoryLayout<Int32>.size))
    try send(request)
    try receiveDump(body)
  }

  private func receiveDump(_ body: (NetlinkMessage) -> Void) throws(SystemError) {
    var isDone = false
    var failure: Int32 = 0
    while !isDone {
      let reception = try receive { message in
        switch message.kind {
        case Int(NLMSG_DONE): isDone = true
        case Int(NLMSG_ERROR): (isDone, failure) = (true, message.error)
        default: body(message)
        }
      }
      if reception != .messages { throw SystemError("nl_recv", .noBufferSpace) }
    }
    if failure != 0 { throw SystemError("netlink dump", ErrorCode(rawValue: -failure)) }
  }

  // MARK: Receiving

  /// Receives one datagram and lends its messages.
  func receive(_ body: (NetlinkMessage) -> Void) throws(SystemError) -> Reception {
    var sender = sockaddr_nl()
    var buffer: UnsafeMutablePointer<UInt8>?
    let length = unsafe nl_recv(socket, &sender, &buffer, nil)
    defer { unsafe free(buffer) }
    if length == -NLE_AGAIN || length == 0 { return .empty }
    if length == -NLE_NOMEM { return .overrun }
    try Self.checked("nl_recv", length)
    guard let buffer = unsafe buffer else { return .empty }
    unsafe buffer.withMemoryRebound(to: nlmsghdr.self, capacity: 1) { first in
      var remaining = length
      var header = unsafe first
      while unsafe nlmsg_ok(header, remaining) != 0 {
        body(unsafe NetlinkMessage(header))
        unsafe header = nlmsg_next(header, &remaining)
      }
    }
    return .messages
  }

  /// libnl reports its own error numbers; the ones that matter are told apart by the kernel's answers, which carry errno.
  @discardableResult
  static func checked(_ call: StaticString, _ result: Int32) throws(SystemError) -> Int32 {
    guard result < 0 else { return result }
    let code: ErrorCode =
      switch -result {
      case NLE_NOMEM: .noBufferSpace
      case NLE_PERM, NLE_NOACCESS: .notPermitted
      case NLE_AGAIN: .wouldBlock
      default: .inputOutput
      }
    throw SystemError(call, code)
  }
}

/// A request under construction.
@safe final class NetlinkRequest {
  fileprivate let message: OpaquePointer

  init(_ kind: Int, flags: Int32) throws(SystemError) {
    guard let message = unsafe nlmsg_alloc_simple(Int32(kind), flags) else {
      throw SystemError("nlmsg_alloc", .noMemory)
    }
    unsafe self.message = message
  }

  deinit {
    unsafe nlmsg_free(message)
  }

  /// Appends the fixed header that comes before the attributes.
  func append<Header: BitwiseCopyable>(_ header: Header) throws(SystemError) {
    var header = header
    let size = MemoryLayout<Header>.size
    try NetlinkSocket.checked("nlmsg_append", unsafe nlmsg_append(message, &header, size, Int32(NLMSG_ALIGNTO)))
  }

  /// Appends an attribute of bytes, or of numbers in host order.
  func put<Element: BitwiseCopyable>(_ attribute: Int, _ value: [Element]) throws(SystemError) {
    let length = Int32(value.count * MemoryLayout<Element>.stride)
    try NetlinkSocket.checked("nla_put", unsafe nla_put(message, Int32(attribute), length, value))
  }

  func put(_ attribute: Int, _ value: UInt32) throws(SystemError) { try put(attribute, [value]) }

  /// Appends a text with the NUL that ends it.
  func put(_ attribute: Int, text: String) throws(SystemError) { try put(attribute, Array(text.utf8) + [0]) }

  /// Appends an attribute that consists of the attributes that `body` appends.
  func nest(_ attribute: Int, _ body: () throws(SystemError) -> Void) throws(SystemError) {
    guard let start = unsafe nla_nest_start(message, Int32(attribute)) else {
      throw SystemError("nla_nest_start", .noMemory)
    }
    try body()
    unsafe nla_nest_end(message, start)
  }
}

/// A received message, valid only inside the closure it is lent to.
@safe struct NetlinkMessage {
  private let header: UnsafeMutablePointer<nlmsghdr>

  @unsafe fileprivate init(_ header: UnsafeMutablePointer<nlmsghdr>) {
    unsafe self.header = header
  }

  /// RTM_NEWLINK and so on.
  var kind: Int { unsafe Int(header.pointee.nlmsg_type) }
  /// The netlink port of the program that caused it.
  var sender: UInt32 { unsafe header.pointee.nlmsg_pid }
  /// The negative errno of an NLMSG_ERROR; 0 is an acknowledgement.
  var error: Int32 { fixedHeader(nlmsgerr.self)?.error ?? -EIO }

  /// The structure behind the message header; `nil` where the message is too short.
  func fixedHeader<Header: BitwiseCopyable>(_: Header.Type) -> Header? {
    guard unsafe nlmsg_datalen(header) >= MemoryLayout<Header>.size, let data = unsafe nlmsg_data(header) else {
      return nil
    }
    return unsafe data.loadUnaligned(as: Header.self)
  }

  /// The bytes of an attribute behind a fixed header of `size` bytes.
  func attribute(_ number: Int, after size: Int) -> [UInt8]? {
    guard let attribute = unsafe nlmsg_find_attr(header, Int32(size), Int32(number)) else { return nil }
    return unsafe Self.bytes(attribute)
  }

  @unsafe private static func bytes(_ attribute: UnsafeMutablePointer<nlattr>) -> [UInt8] {
    unsafe Array(UnsafeRawBufferPointer(start: nla_data(attribute), count: Int(nla_len(attribute))))
  }

  /// The link that an RTM_NEWLINK or RTM_DELLINK describes.
  ///
  /// Only those of AF_UNSPEC describe links. Those of other families describe what a protocol has on a link, and reach the
  /// same multicast group: a bridge's RTM_DELLINK of AF_BRIDGE says that a link is no longer a port of it, and its
  /// RTM_NEWLINK lacks the link's kind.
  var link: Link? {
    guard let header = fixedHeader(ifinfomsg.self), Int32(header.ifi_family) == AF_UNSPEC else { return nil }
    let size = MemoryLayout<ifinfomsg>.size
    func number(_ name: Int) -> UInt32? { attribute(name, after: size)?.hostOrderUInt32 }
    guard let name = attribute(IFLA_IFNAME, after: size) else { return nil }
    let mac = attribute(IFLA_ADDRESS, after: size)
    return Link(
      index: UInt32(bitPattern: header.ifi_index), name: name.textUpToNUL, mtu: number(IFLA_MTU) ?? 0,
      macAddress: mac.flatMap { $0.count == 6 ? MACAddress($0.reduce(0) { $0 << 8 | UInt64($1) }) : nil },
      isUp: header.ifi_flags & 0x1 != 0, isRunning: header.ifi_flags & 0x40 != 0,
      isLoopback: header.ifi_flags & 0x8 != 0, kind: linkInformation(IFLA_INFO_KIND)?.textUpToNUL,
      master: number(IFLA_MASTER),
      parent: parent, routingTable: routingTable)
  }

  /// IFLA_LINK, where it says what the link lies on. With the number of another namespace it is an index there; and a
  /// veth's is its peer, of whose changes no message tells.
  private var parent: UInt32? {
    let size = MemoryLayout<ifinfomsg>.size
    guard attribute(IFLA_LINK_NETNSID, after: size) == nil, linkInformation(IFLA_INFO_KIND)?.textUpToNUL != "veth"
    else { return nil }
    return attribute(IFLA_LINK, after: size)?.hostOrderUInt32
  }

  /// IFLA_VRF_TABLE of a VRF: the only attribute of its kind's data.
  private var routingTable: UInt32? {
    guard linkInformation(IFLA_INFO_KIND)?.textUpToNUL == "vrf", let data = linkInformation(IFLA_INFO_DATA),
      data.count >= 8
    else { return nil }
    return Array(data[4...]).hostOrderUInt32
  }

  /// An attribute within IFLA_LINKINFO.
  private func linkInformation(_ number: Int) -> [UInt8]? {
    guard
      let information = unsafe nlmsg_find_attr(
        header, Int32(MemoryLayout<ifinfomsg>.size), Int32(IFLA_LINKINFO)),
      let found = unsafe nla_find(
        nla_data(information).assumingMemoryBound(to: nlattr.self), nla_len(information), Int32(number))
    else { return nil }
    return unsafe Self.bytes(found)
  }

  /// Whether this RTM_NEWNEIGH is of the neighbor `address` on an interface. A bridge's entries have a family of their own.
  func isNeighbor(_ address: IPAddress, on interface: UInt32) -> Bool {
    guard let header = fixedHeader(ndmsg.self), header.ndm_family == address.family.number,
      header.ndm_ifindex == Int32(bitPattern: interface)
    else { return false }
    return attribute(NDA_DST, after: MemoryLayout<ndmsg>.size) == address.bytes
  }

  /// The Ethernet address that an RTM_NEWNEIGH tells, where it may be used.
  var neighborMACAddress: MACAddress? {
    guard let header = fixedHeader(ndmsg.self), Int32(header.ndm_state) & (NUD_INCOMPLETE | NUD_FAILED) == 0,
      let mac = attribute(NDA_LLADDR, after: MemoryLayout<ndmsg>.size), mac.count == 6
    else { return nil }
    return MACAddress(mac.reduce(0) { $0 << 8 | UInt64($1) })
  }

  /// The address that an RTM_NEWADDR or RTM_DELADDR describes.
  var address: InterfaceAddress? {
    guard let header = fixedHeader(ifaddrmsg.self) else { return nil }
    let size = MemoryLayout<ifaddrmsg>.size
    let family: AddressFamily
    switch Int32(header.ifa_family) {
    case AF_INET: family = .ipv4
    case AF_INET6: family = .ipv6
    default: return nil
    }
    func ip(_ name: Int) -> IPAddress? { attribute(name, after: size)?.address(family) }
    // IFA_ADDRESS is the peer of a point-to-point address, whose own end is IFA_LOCAL, else the address itself.
    let remote = ip(IFA_ADDRESS)
    guard let local = ip(IFA_LOCAL) ?? remote, let prefix = IPPrefix(local, length: Int(header.ifa_prefixlen)) else {
      return nil
    }
    let lifetimes = attribute(IFA_CACHEINFO, after: size)
    let preferred = lifetimes?.hostOrderUInt32
    return InterfaceAddress(
      interface: header.ifa_index, prefix: prefix, label: attribute(IFA_LABEL, after: size)?.textUpToNUL,
      scope: AddressScope(rawValue: header.ifa_scope), broadcast: ip(IFA_BROADCAST),
      peer: remote == local ? nil : remote,
      flags: AddressFlags(
        rawValue: attribute(IFA_FLAGS, after: size)?.hostOrderUInt32 ?? UInt32(header.ifa_flags)),
      preferredLifetime: preferred == .max ? nil : preferred,
      origin: attribute(IFA_PROTO, after: size)?.first.flatMap { $0 == 0 ? nil : $0 })
  }
}

extension [UInt8] {
  /// The first four bytes as a number in this machine's order.
  var hostOrderUInt32: UInt32? {
    guard count >= 4 else { return nil }
    return unsafe withUnsafeBytes { unsafe $0.loadUnaligned(as: UInt32.self) }
  }

  var textUpToNUL: String { String(decoding: prefix { $0 != 0 }, as: UTF8.self) }

  func address(_ family: AddressFamily) -> IPAddress? {
    count == family.addressLength ? IPAddress(family, from: span, at: 0) : nil
  }
}
