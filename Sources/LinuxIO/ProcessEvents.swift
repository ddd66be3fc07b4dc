internal import CNetlink
internal import CLinux
internal import Glibc

/// Reports what processes begin, end and change their names, by the kernel's process connector (CONFIG_PROC_EVENTS).
///
/// Needs CAP_NET_ADMIN, and the first network, process and user namespaces of the machine: the kernel has it nowhere else.
public final class ProcessEvents {
  /// One observation. Threads are left out.
  public enum Event: Hashable, Sendable {
    /// `parent` has a copy of itself.
    case forked(parent: Int32, child: Int32)
    /// The process runs another program, or has another name.
    case changed(Int32)
    /// The process is gone.
    case exited(Int32)
    /// Observations were lost: look at everything again.
    case overflow
  }

  /// For `EventLoop.watch`.
  public let descriptor: FileDescriptor

  private static let connector: Int32 = 11  // NETLINK_CONNECTOR
  private static let processIndex: UInt32 = 1  // CN_IDX_PROC, and CN_VAL_PROC as well
  /// `struct nlmsghdr` and `struct cn_msg`, behind which the event begins.
  private static let headerLength = 16 + 20

  /// Listens from now on. `connectionRefused` or `protocolNotSupported` in another namespace than the first.
  public init() throws(SystemError) {
    descriptor = FileDescriptor(
      owning: try check("socket") {
        socket(
          AF_NETLINK, baton_SOCK_DGRAM | baton_SOCK_FLAGS,
          Self.connector)
      })
    var address = sockaddr_nl()
    address.nl_family = sa_family_t(AF_NETLINK)
    address.nl_groups = Self.processIndex
    let number = descriptor.rawValue
    try check("bind") {
      unsafe withUnsafePointer(to: &address) {
        unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
          unsafe bind(number, $0, socklen_t(MemoryLayout<sockaddr_nl>.size))
        }
      }
    }
    var size: Int32 = 1 << 20
    // SO_RCVBUFFORCE; what is lost all the same is noticed.
    _ = unsafe setsockopt(number, SOL_SOCKET, 33, &size, socklen_t(MemoryLayout<Int32>.size))
    try subscribe()
  }

  /// nlmsghdr, cn_msg, and PROC_CN_MCAST_LISTEN.
  private func subscribe() throws(SystemError) {
    let length = UInt32(Self.headerLength + 4)
    var message: [UInt8] = []
    func append(_ value: UInt32) { unsafe withUnsafeBytes(of: value) { unsafe message.append(contentsOf: $0) } }
    append(length)
    append(UInt32(NLMSG_DONE))  // type, and flags 0
    append(0)
    append(0)
    append(Self.processIndex)
    append(Self.processIndex)
    append(0)
    append(0)
    append(4)  // length of the data, and flags 0
    append(1)
    let number = descriptor.rawValue
    try check("send") { unsafe send(number, message, message.count, 0) }
  }

  /// The observations since the last call, at most `limit`.
  public func read(limit: Int = 256) throws(SystemError) -> [Event] {
    var events: [Event] = []
    var buffer = [UInt8](repeating: 0, count: 256)
    let number = descriptor.rawValue
    for _ in 0..<limit {
      do throws(SystemError) {
        guard let count = try attempt("recv", { unsafe recv(number, &buffer, buffer.count, 0) }) else { return events }
        if let event = Self.event(buffer[..<Int(count)]) { events.append(event) }
      } catch {
        guard error.code == .noBufferSpace else { throw error }
        return events + [.overflow]
      }
    }
    return events
  }

  /// `struct proc_event`: what, cpu, timestamp, then numbers of processes and their thread groups.
  private static func event(_ message: ArraySlice<UInt8>) -> Event? {
    func number(_ index: Int) -> Int32 {
      unsafe message.withUnsafeBytes {
        unsafe $0.loadUnaligned(fromByteOffset: headerLength + index * 4, as: Int32.self)
      }
    }
    guard message.count >= headerLength + 32 else { return nil }
    switch UInt32(bitPattern: number(0)) {
    case 0x1: return number(6) == number(7) ? .forked(parent: number(5), child: number(6)) : nil
    case 0x2: return .changed(number(5))
    case 0x200: return number(4) == number(5) ? .changed(number(4)) : nil
    case 0x8000_0000: return number(4) == number(5) ? .exited(number(4)) : nil
    default: return nil
    }
  }
}
