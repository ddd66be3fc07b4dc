import LinuxIO
import Logging
import NetPrimitives

/// Which addresses, interfaces, routes, rules and settings this vrrpd has put on the machine, in a file beside its control
/// socket, for the next one that uses that socket: after a SIGKILL it removes exactly these, and not those of another vrrpd
/// that lives.
///
/// The file holds the network namespace and then one `interface address/length`, `link NAME`, `route ...`, `rule ...` or
/// `setting PATH BEFORE VALUE` a line.
final class AddressRecord {
  private let file: StateFile
  /// What was noted last; `nil` before the first time, when the file may still tell of an earlier run.
  private var last: [String]?

  /// The record of the vrrpd with the control socket `socket`.
  init(socket: String, loop: EventLoop, logger: Logger) throws(SystemError) {
    file = try StateFile(socket + ".addresses", loop: loop, logger: logger)
  }

  /// Whether the file is being written.
  var isWriting: Bool { file.isWriting }

  /// What the last vrrpd with this socket had on interfaces of the present network namespace.
  func recorded() -> Set<String> {
    guard let text = file.read(limit: 1 << 20) else { return [] }
    let lines = text.split(separator: "\n").map(String.init)
    guard lines.first == Self.namespace else { return [] }
    return Set(lines.dropFirst())
  }

  /// Notes what is on interfaces now, as `name(of:on:)` names it.
  func note(_ addresses: [String]) {
    guard addresses != last else { return }
    last = addresses
    file.write(([Self.namespace] + addresses).joined(separator: "\n") + "\n")
  }

  /// Nothing is left: for a clean stop, when the loop has ended.
  func remove() { file.remove() }

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

  /// An interface that was made, as the record names it.
  static func name(ofLink link: String) -> String { "link \(link)" }

  /// A setting below /proc/sys/net as the record names it: what it was, and what it was set to.
  static func name(ofSetting path: String, before: String, value: String) -> String {
    "setting \(path) \(before) \(value)"
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
}
