import KeepalivedConfig
import LinuxIO
import NetPrimitives

extension Holdings {
  /// What is to be on the machine while `instance` is master.
  init(_ instance: VRRPInstance, link: (String) -> Link?) {
    self.init(
      addresses: instance.allAddresses, routes: instance.routes, rules: instance.rules, link: link,
      device: instance.device)
  }

  /// What `owners` have on the machine, after each has given what it no longer wants to the one that wants it: the machine
  /// stays as it is. `wanted` says for each what it wants. What nobody wants stays with its owner, for it to be removed.
  static func handedOver(_ owners: [Holdings], wanted: [Holdings]) -> [Holdings] {
    var owners = owners
    hand(\.addresses, of: &owners, wanted) { $0.identity }
    hand(\.routes, of: &owners, wanted) { $0 }
    hand(\.rules, of: &owners, wanted) { $0 }
    return owners
  }

  private static func hand<Object, Identity: Hashable>(
    _ kind: WritableKeyPath<Holdings, [Item<Object>]>, of owners: inout [Holdings], _ wanted: [Holdings],
    _ identity: (Object) -> Identity
  ) {
    let wishes = wanted.map { Set($0[keyPath: kind].map { identity($0.object) }) }
    var takers: [Identity: Int] = [:]
    for (owner, wishes) in wishes.enumerated() { for wish in wishes { takers[wish] = owner } }
    var given: [(taker: Int, item: Item<Object>)] = []
    for owner in owners.indices {
      owners[owner][keyPath: kind].removeAll { item in
        let name = identity(item.object)
        guard !wishes[owner].contains(name), let taker = takers[name] else { return false }
        given.append((taker, item))
        return true
      }
    }
    for (taker, item) in given
    where !owners[taker][keyPath: kind].contains(where: { identity($0.object) == identity(item.object) }) {
      owners[taker][keyPath: kind].append(item)
    }
  }
}

extension InterfaceAddress {
  /// What makes two addresses the same address of the same interface.
  struct Identity: Hashable {
    let interface: UInt32
    let prefix: IPPrefix
    let peer: IPAddress?
  }

  var identity: Identity { Identity(interface: interface, prefix: prefix, peer: peer) }
}
