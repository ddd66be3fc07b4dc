import LinuxIO
import NetPrimitives

/// Tells the addresses, routes and rules that a dead vrrpd has left behind from those of a living one.
struct Leftovers {
  /// What the last vrrpd with our control socket had noted, as `AddressRecord` names it. It is dead: we have its socket.
  let recorded: Set<String>
  /// Whether no other vrrpd lives in this network namespace: then whatever bears our mark is a dead one's.
  let isAlone: Bool

  /// Those of `addresses` that are to be removed. Where the kernel keeps marks (IFA_PROTO, Linux 5.18), only addresses
  /// that bear ours are; before that the record alone decides.
  func find(among addresses: [InterfaceAddress], interface: (UInt32) -> String?) -> [InterfaceAddress] {
    // It marks its own addresses, too: those of the loopback and the link-local ones.
    let keepsMarks = addresses.contains { $0.origin != nil }
    return addresses.filter { address in
      let isMarked = address.origin == InterfaceAddress.originMark
      if isMarked, isAlone { return true }
      guard isMarked || !keepsMarks, let interface = interface(address.interface) else { return false }
      return recorded.contains(AddressRecord.name(of: address, on: interface))
    }
  }

  /// Those of `links` that are to be removed: macvlans and ipvlans that the record names.
  func find(among links: [Link]) -> [Link] {
    links.filter { $0.isVirtual && recorded.contains(AddressRecord.name(ofLink: $0.name)) }
  }

  /// The settings of interfaces that the record names.
  var settings: [(path: String, before: String, value: String)] {
    recorded.sorted().compactMap { line in
      let words = line.split(separator: " ").map(String.init)
      guard words.count == 4, words[0] == "setting", words[1].hasPrefix("ipv4/conf/"), !words[1].contains("..") else {
        return nil
      }
      return (words[1], words[2], words[3])
    }
  }

  /// Whether there are routes or rules among what was noted.
  var hasRouting: Bool { recorded.contains { $0.hasPrefix("route ") || $0.hasPrefix("rule ") } }

  /// Those of `routes`, which bear keepalived's mark, that are to be removed. A living keepalived has the same mark, so the
  /// record alone decides.
  func find(among routes: [Route]) -> [Route] { routes.filter { recorded.contains(AddressRecord.name(of: $0)) } }

  /// Those of `rules`, which bear keepalived's mark, that are to be removed.
  func find(among rules: [RoutingRule]) -> [RoutingRule] {
    rules.filter { recorded.contains(AddressRecord.name(of: $0)) }
  }
}
