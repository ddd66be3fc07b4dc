internal import LinuxIO
internal import NetPrimitives

/// Pings an address from a host of the lab, one request at a time. Replies are not read: the observer sees them.
final class Pinger {
  private let socket: RawSocket
  private let destination: IPAddress
  private let interface: UInt32
  private var sequence: UInt16 = 0

  /// Pings `destination`, by the interface with index `interface` where given, as a link-local one needs.
  init(from host: Host, to destination: IPAddress, interface: UInt32 = 0) throws(LabError) {
    let number: UInt8 = destination.family == .ipv4 ? 1 : 58
    do {
      socket = try NetworkNamespace.entering(host.namespace) { () throws(SystemError) in
        try RawSocket(destination.family, protocol: number)
      }
    } catch { throw .system("pinging \(destination)", reason: "\(error)") }
    self.destination = destination
    self.interface = interface
  }

  /// Sends one echo request. A refusal (no route yet, no neighbour) is no error: the next one may leave.
  func send() {
    sequence &+= 1
    // RFC 792, RFC 4443 4.1: type, code, checksum, identifier, sequence number; 8 bytes of nothing as data.
    var message: [UInt8] = [destination.family == .ipv4 ? 8 : 128, 0, 0, 0, 0xBA, 0x70]
    message.append(bigEndian: sequence)
    message += [UInt8](repeating: 0, count: 8)
    // The kernel fills in ICMPv6 checksums.
    if destination.family == .ipv4 {
      var checksum = InternetChecksum()
      checksum.add(message.span)
      message.replace(at: 2, bigEndian: checksum.value)
    }
    try? socket.send(message.span, to: destination, interface: interface)
  }
}

extension NetworkNamespace {
  /// Makes something in the network namespace called `name`; sockets stay in the namespace they were made in. The calling
  /// thread is back in its own afterwards.
  static func entering<Result>(
    _ name: String, _ make: () throws(SystemError) -> Result
  ) throws(SystemError) -> Result {
    let own = try NetworkNamespace.current()
    try NetworkNamespace(path: "/run/netns/\(name)").enter()
    do throws(SystemError) {
      let result = try make()
      try own.enter()
      return result
    } catch {
      try own.enter()
      throw error
    }
  }
}
