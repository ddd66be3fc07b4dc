import LinuxIO
import Logging
import NetPrimitives
import Synchronization

/// Which addresses, routes and rules this vrrpd has put on the machine, in a file beside its control socket, for the next one that uses that
/// socket: after a SIGKILL it removes exactly these, and not those of another vrrpd that lives.
///
/// The file is written beside the event loop, a moment after the addresses. It holds the network namespace and then one
/// `interface address/length`, `route ...` or `rule ...` a line.
final class AddressRecord {
  private let path: String
  private let wanted: Contents
  private var writing: BackgroundWork<SystemError?>?
  /// What was noted last; `nil` before the first time, when the file may still tell of an earlier run.
  private var last: [String]?

  private final class Contents: Sendable {
    let text = Mutex("")
    /// Held while the file is written, so that removing it waits for that and nothing writes it afterwards. `note` does
    /// not take it: it must not wait for a disk.
    let isKept = Mutex(true)
  }

  /// The record of the vrrpd with the control socket `socket`.
  init(socket: String, loop: EventLoop, logger: Logger) throws(SystemError) {
    let path = socket + ".addresses"
    self.path = path
    let wanted = Contents()
    self.wanted = wanted
    writing = try BackgroundWork(loop: loop, work: { Self.write(wanted, to: path) }) { result in
      let error: SystemError?
      switch result {
      case .success(let failure): error = failure
      case .failure(let failure): error = failure
      }
      if let error { logger.warning("\(path): \(error)") }
    }
  }

  /// Whether the file is being written.
  var isWriting: Bool { writing?.isRunning == true }

  /// What the last vrrpd with this socket had on interfaces of the present network namespace.
  func recorded() -> Set<String> {
    guard let bytes = try? FileSystem.read(path, limit: 1 << 20) else { return [] }
    let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n").map(String.init)
    guard lines.first == Self.namespace else { return [] }
    return Set(lines.dropFirst())
  }

  /// Notes what is on interfaces now, as `name(of:on:)` names it.
  func note(_ addresses: [String]) {
    guard addresses != last else { return }
    last = addresses
    wanted.text.withLock { $0 = ([Self.namespace] + addresses).joined(separator: "\n") + "\n" }
    writing?.start()
  }

  /// Nothing is left: for a clean stop, when the loop has ended.
  func remove() {
    wanted.isKept.withLock {
      $0 = false
      // Missing already is as good.
      try? FileSystem.remove(path)
    }
  }

  /// An address as the record names it.
  static func name(of address: InterfaceAddress, on interface: String) -> String { "\(interface) \(address.prefix)" }

  /// A route as the record names it: what the kernel's list tells of it.
  static func name(of route: Route) -> String {
    var bare = route
    bare.hops = []
    // The kernel gives an IPv6 route without a metric 1024, and one of IPv4 the metric 0, which it does not tell.
    bare.metric = route.metric ?? (route.family == .ipv6 ? 1_024 : 0)
    return "route \(bare)"
  }

  /// A rule as the record names it.
  static func name(of rule: RoutingRule) -> String { "rule \(rule)" }

  /// All of these as the record names them.
  static func names(of holdings: Holdings, link: [UInt32: Link]) -> [String] {
    holdings.addresses.compactMap { item in
      link[item.object.interface].map { name(of: item.object, on: $0.name) }
    } + holdings.routes.map { name(of: $0.object) } + holdings.rules.map { name(of: $0.object) }
  }

  /// A network namespace is known by its inode.
  private static var namespace: String {
    let status = try? FileSystem.status("/proc/self/ns/net")
    return "namespace \(status.map { "\($0.device) \($0.inode)" } ?? "unknown")"
  }

  private static func write(_ contents: Contents, to path: String) -> SystemError? {
    contents.isKept.withLock { isKept in
      guard isKept else { return nil }
      do throws(SystemError) {
        try FileSystem.replace(path, with: Array(contents.text.withLock { $0 }.utf8))
        return nil
      } catch {
        return error
      }
    }
  }
}
