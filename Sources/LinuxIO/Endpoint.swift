internal import CLinux
public import NetPrimitives

/// An address and a UDP port; the port is 0 for protocols without ports.
public struct Endpoint: Hashable, Sendable, BitwiseCopyable {
  /// The address; a link-local IPv6 address carries its interface as scope.
  public let address: IPAddress
  /// The port.
  public let port: UInt16

  /// The endpoint made of both.
  public init(_ address: IPAddress, port: UInt16 = 0) {
    self.address = address
    self.port = port
  }
}

extension Endpoint: CustomStringConvertible {
  /// `192.0.2.1:3784`, `[2001:db8::1]:3784`.
  public var description: String {
    address.family == .ipv4 ? "\(address):\(port)" : "[\(address)]:\(port)"
  }
}

extension AddressFamily {
  /// `0.0.0.0` or `::`.
  var any: IPAddress {
    self == .ipv4 ? .v4(IPv4Address(0)) : .v6(IPv6Address(high: 0, low: 0))
  }
}

extension baton_endpoint {
  /// No address: the kernel chooses.
  static let none = baton_endpoint()

  @inline(__always)
  init(_ address: IPAddress, port: UInt16 = 0) {
    switch address {
    case .v4(let address):
      self.init(high: 0, low: UInt64(address.bits), scope: 0, port: port, family: 4)
    case .v6(let address):
      self.init(high: address.high, low: address.low, scope: address.scope, port: port, family: 6)
    }
  }

  /// `nil` where there is no address.
  @inline(__always)
  var address: IPAddress? {
    switch family {
    case 4: .v4(IPv4Address(UInt32(truncatingIfNeeded: low)))
    case 6: .v6(IPv6Address(high: high, low: low, scope: scope))
    default: nil
    }
  }
}
