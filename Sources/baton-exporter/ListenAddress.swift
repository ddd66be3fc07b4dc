import ArgumentParser
import NetPrimitives

/// Where to listen: an address of this machine and a port.
struct ListenAddress: ExpressibleByArgument, CustomStringConvertible, Equatable {
  /// The address, as text without brackets.
  let host: String
  /// The TCP port; 0 lets the kernel choose one.
  let port: Int

  /// Reachable from this machine only. The port is the one that is registered for keepalived exporters.
  static let standard = ListenAddress(host: "127.0.0.1", port: 9650)

  init(host: String, port: Int) {
    self.host = host
    self.port = port
  }

  /// `192.0.2.1:9650`, `[2001:db8::1]:9650`. Names are not resolved: a metric must not depend on a name server.
  init?(argument: String) {
    guard let colon = argument.lastIndex(of: ":"), let port = UInt16(argument[argument.index(after: colon)...]) else {
      return nil
    }
    var host = argument[..<colon]
    let isBracketed = host.hasPrefix("[") && host.hasSuffix("]")
    if isBracketed { host = host.dropFirst().dropLast() }
    guard let address = IPAddress(String(host)), (address.family == .ipv6) == isBracketed else { return nil }
    self.init(host: String(host), port: Int(port))
  }

  var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
  var defaultValueDescription: String { description }
}
