import KeepalivedConfig
import NetPrimitives

/// What another configuration means for the instances that run: computed before anything is done, so that `--dry-run` says
/// what a reload does.
///
/// Instances are the same by interface, family, number, version and virtual interfaces, as in keepalived, and not by name.
struct ReloadDifference {
  /// An instance that goes on.
  struct Kept: Equatable {
    /// Its place in the present list.
    let before: Int
    /// Its place in the new list.
    let after: Int
  }

  /// An address that another instance has from then on.
  struct HandOver: Equatable {
    let address: AddressEntry
    /// The instances' places in the present list.
    let from: Int
    let to: Int
  }

  let kept: [Kept]
  /// Those that end, by their place in the present list.
  let ended: [Int]
  /// Those that begin, by their place in the new list.
  let added: [Int]
  private let present: [VRRPInstance]
  private let new: [VRRPInstance]

  init(from present: [VRRPInstance], to new: [VRRPInstance]) {
    self.present = present
    self.new = new
    var waiting = Dictionary(
      present.enumerated().map { (InstanceKey($0.element), $0.offset) }, uniquingKeysWith: { first, _ in first })
    var kept: [Kept] = []
    var added: [Int] = []
    for (index, instance) in new.enumerated() {
      if let before = waiting.removeValue(forKey: InstanceKey(instance)) {
        kept.append(Kept(before: before, after: index))
      } else {
        added.append(index)
      }
    }
    self.kept = kept
    self.added = added
    let goingOn = Set(kept.map(\.before))
    ended = present.indices.filter { !goingOn.contains($0) }
  }

  /// What the instance with this place in the present list becomes; `nil` where it ends.
  func successor(of before: Int) -> VRRPInstance? {
    kept.first { $0.before == before }.map { new[$0.after] }
  }

  /// What the instance with this place in the new list was; `nil` where it begins.
  func predecessor(of after: Int) -> Int? { kept.first { $0.after == after }?.before }

  /// Those that go on with another configuration, or name.
  var changed: [Kept] { kept.filter { present[$0.before] != new[$0.after] } }

  /// The addresses that one instance no longer has, and another one that goes on has newly.
  var handOvers: [HandOver] {
    var receivers: [Place: Int] = [:]
    for pair in changed {
      let had = Set(places(of: present[pair.before]).map(\.place))
      for (place, _) in places(of: new[pair.after]) where !had.contains(place) { receivers[place] = pair.before }
    }
    guard !receivers.isEmpty else { return [] }
    var result: [HandOver] = []
    for before in ended + changed.map(\.before) {
      let keeps = Set(successor(of: before).map { places(of: $0).map(\.place) } ?? [])
      for (place, entry) in places(of: present[before]) where !keeps.contains(place) {
        if let receiver = receivers[place] { result.append(HandOver(address: entry, from: before, to: receiver)) }
      }
    }
    return result
  }

  private struct Place: Hashable {
    let address: AddressEntry.Identity
    let device: String
  }

  private func places(of instance: VRRPInstance) -> [(place: Place, entry: AddressEntry)] {
    instance.allAddresses.map { (Place(address: $0.identity, device: instance.device(of: $0)), $0) }
  }
}

extension AddressEntry {
  /// What makes two entries of an interface the same address.
  struct Identity: Hashable {
    let prefix: IPPrefix
    let peer: IPPrefix?
  }

  var identity: Identity { Identity(prefix: prefix, peer: peer) }
}
