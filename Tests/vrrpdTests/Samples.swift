import KeepalivedConfig
import NetPrimitives

let somewhere = SourceLocation(file: "keepalived.conf", line: 1, column: 1)

func address(_ text: String) -> IPAddress {
  guard let address = IPAddress(text) else { preconditionFailure("not an address: \(text)") }
  return address
}

func entry(_ text: String) -> AddressEntry {
  guard let prefix = IPPrefix(text) else { preconditionFailure("not a prefix: \(text)") }
  return AddressEntry(prefix: prefix, location: somewhere)
}

/// An instance with one virtual address and every default but what `change` sets.
func instance(_ name: String = "VI_1", _ change: (inout VRRPInstance) -> Void = { _ in }) -> VRRPInstance {
  var instance = VRRPInstance(name: name, interface: "eth0", virtualRouterID: 51, location: somewhere)
  instance.virtualAddresses = [entry("192.0.2.200")]
  change(&instance)
  return instance
}
