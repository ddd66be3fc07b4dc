import ControlInterface
import KeepalivedConfig
import NetPrimitives
import VRRPCore

/// What a reload would do, said before it is done: from the difference that `apply` goes by.
extension VRRPDaemon {
  /// The changes that `wanted` would bring to what runs now.
  func plan(for wanted: Configuration) -> [PlannedChange] {
    let new = placed(wanted)
    let difference = ReloadDifference(from: instances.map(\.configuration), to: new.vrrpInstances)
    return configuration.differences(to: new, forBFD: false).map { change in
      let isInstance = change.kind == "vrrp_instance"
      let before = isInstance ? instances.firstIndex { $0.configuration.name == change.name } : nil
      let after = isInstance ? new.vrrpInstances.firstIndex { $0.name == change.name } : nil
      switch change.action {
      case .added:
        return PlannedChange(
          .add, kind: change.kind, name: change.name, effects: after.map { effectsOfAdding($0, difference) } ?? [])
      case .removed:
        return PlannedChange(
          .remove, kind: change.kind, name: change.name, effects: before.map { effectsOfRemoving($0, difference) } ?? []
        )
      case .changed(let keywords):
        var effects: [String] = []
        if let before, let after {
          effects = effectsOfChanging(before, to: after, new.vrrpInstances[after], difference)
        }
        return PlannedChange(.change, kind: change.kind, name: change.name, keywords: keywords, effects: effects)
      }
    }
  }

  private func effectsOfAdding(_ after: Int, _ difference: ReloadDifference) -> [String] {
    guard let before = difference.predecessor(of: after) else {
      return ["it starts, and becomes master where no better router is heard"]
    }
    return [
      "it goes on from \(instances[before].configuration.name), which is the same virtual router, without a change of state"
    ]
  }

  private func effectsOfRemoving(_ before: Int, _ difference: ReloadDifference) -> [String] {
    if let same = difference.successor(of: before) { return ["it goes on as \(same.name)"] }
    let instance = instances[before]
    guard instance.router.state == .master else { return ["it takes no part any more"] }
    let handedOver = handOvers(difference) { $0.from == before }
    let count = instance.held.addresses.count - handedOver.count
    return ["it is master: it resigns with priority 0 and takes \(count) address\(count == 1 ? "" : "es") away"]
      + handedOverText(handedOver)
  }

  /// The addresses that an instance gives to another one while both are master.
  private func handOvers(
    _ difference: ReloadDifference, where isWanted: (ReloadDifference.HandOver) -> Bool
  ) -> [ReloadDifference.HandOver] {
    difference.handOvers.filter {
      isWanted($0) && instances[$0.from].router.state == .master && instances[$0.to].router.state == .master
    }
  }

  private func handedOverText(_ handOvers: [ReloadDifference.HandOver]) -> [String] {
    Dictionary(grouping: handOvers, by: \.to).sorted { $0.key < $1.key }.map { to, moved in
      "it hands \(text(moved.map(\.address))) over to \(instances[to].configuration.name); the machine keeps them"
    }
  }

  private func text(_ entries: [AddressEntry]) -> String { entries.map { "\($0.prefix)" }.joined(separator: ", ") }

  private func effectsOfChanging(
    _ before: Int, to after: Int, _ new: VRRPInstance, _ difference: ReloadDifference
  ) -> [String] {
    let instance = instances[before]
    let old = instance.configuration
    guard difference.predecessor(of: after) == before else {
      let start = effectsOfAdding(after, difference)
      return effectsOfRemoving(before, difference)
        + (difference.predecessor(of: after) == nil ? ["it starts anew, as another virtual router"] : start)
    }
    var effects: [String] = []
    if old.priority != new.priority {
      effects.append("priority \(old.priority) -> \(new.priority): the routers elect anew by it")
    }
    if old.advertisementInterval != new.advertisementInterval {
      effects.append(
        "advert_int \(old.advertisementInterval) -> \(new.advertisementInterval)"
          + (new.version == .v2 ? ": other routers must have the same, or they drop its advertisements" : ""))
    }
    effects += addressEffects(before, new, difference)
    if old.transport != new.transport { effects.append("advertisements go elsewhere from then on") }
    if old.authentication != new.authentication || old.messageAuthentication != new.messageAuthentication {
      effects.append("advertisements that are authenticated as before are dropped from then on")
    }
    if effects.isEmpty { effects.append("it counts from then on; the state stays") }
    return effects
  }

  private func addressEffects(_ before: Int, _ new: VRRPInstance, _ difference: ReloadDifference) -> [String] {
    let instance = instances[before]
    let (old, wanted) = (instance.configuration.allAddresses, new.allAddresses)
    func isIn(_ list: [AddressEntry], _ entry: AddressEntry) -> Bool {
      list.contains { $0.identity == entry.identity && $0.device == entry.device }
    }
    let given = handOvers(difference) { $0.from == before }
    let taken = handOvers(difference) { $0.to == before }
    let added = wanted.filter { !isIn(old, $0) && !taken.map(\.address.identity).contains($0.identity) }
    let removed = old.filter { !isIn(wanted, $0) && !given.map(\.address.identity).contains($0.identity) }
    let time = instance.router.state == .master ? "" : ", when it becomes master"
    return (added.isEmpty ? [] : ["it adds \(text(added))\(time)"])
      + (removed.isEmpty ? [] : ["it takes away \(text(removed))\(time)"]) + handedOverText(given)
      + Dictionary(grouping: taken, by: \.from).sorted { $0.key < $1.key }.map { from, moved in
        "it has \(text(moved.map(\.address))) from \(instances[from].configuration.name) at once"
      }
  }
}

extension VRRPInstance {
  fileprivate var transport: [String] {
    isUnicast ? unicastPeers.map { "\($0.address)" } : ["\(multicastGroup)"]
  }
}
