import ControlInterface
import KeepalivedConfig
import NetPrimitives
import VRRPCore

/// What a reload would do, said before it is done.
extension VRRPDaemon {
  /// The changes that `new` would bring to what runs now.
  func plan(for new: Configuration) -> [PlannedChange] {
    let keys = Dictionary(instances.map { ($0.key, $0) }, uniquingKeysWith: { first, _ in first })
    let newKeys = Dictionary(
      new.vrrpInstances.map { (InstanceKey($0), $0) }, uniquingKeysWith: { first, _ in first })
    return configuration.differences(to: new, forBFD: false).map { difference in
      switch difference.action {
      case .added:
        let instance = new.vrrpInstances.first { $0.name == difference.name }
        return PlannedChange(
          .add, kind: difference.kind, name: difference.name,
          effects: difference.kind == "vrrp_instance" ? effectsOfAdding(instance, keys) : [])
      case .removed:
        let instance = instances.first { $0.configuration.name == difference.name }
        return PlannedChange(
          .remove, kind: difference.kind, name: difference.name,
          effects: difference.kind == "vrrp_instance" ? effectsOfRemoving(instance, newKeys) : [])
      case .changed(let keywords):
        let effects: [String]
        if difference.kind == "vrrp_instance",
          let instance = instances.first(where: { $0.configuration.name == difference.name }),
          let wanted = new.vrrpInstances.first(where: { $0.name == difference.name })
        {
          effects = effectsOfChanging(instance, to: wanted)
        } else {
          effects = []
        }
        return PlannedChange(
          .change, kind: difference.kind, name: difference.name, keywords: keywords, effects: effects)
      }
    }
  }

  /// Instances are the same by interface, family, number and version, not by name.
  private func effectsOfAdding(_ instance: VRRPInstance?, _ keys: [InstanceKey: Instance]) -> [String] {
    guard let instance else { return [] }
    if let same = keys[InstanceKey(instance)] {
      return ["it goes on from \(same.configuration.name), which is the same virtual router, without a change of state"]
    }
    return ["it starts, and becomes master where no better router is heard"]
  }

  private func effectsOfRemoving(_ instance: Instance?, _ newKeys: [InstanceKey: VRRPInstance]) -> [String] {
    guard let instance else { return [] }
    if let same = newKeys[instance.key] { return ["it goes on as \(same.name)"] }
    guard instance.router.state == .master else { return ["it takes no part any more"] }
    let count = instance.held.addresses.count
    return ["it is master: it resigns with priority 0 and takes \(count) address\(count == 1 ? "" : "es") away"]
  }

  private func effectsOfChanging(_ instance: Instance, to new: VRRPInstance) -> [String] {
    let old = instance.configuration
    guard instance.key == InstanceKey(new) else {
      return effectsOfRemoving(instance, [:]) + ["it starts anew, as another virtual router"]
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
    effects += addressEffects(instance, new)
    if old.transport != new.transport { effects.append("advertisements go elsewhere from then on") }
    if old.authentication != new.authentication || old.messageAuthentication != new.messageAuthentication {
      effects.append("advertisements that are authenticated as before are dropped from then on")
    }
    if effects.isEmpty { effects.append("it counts from then on; the state stays") }
    return effects
  }

  private func addressEffects(_ instance: Instance, _ new: VRRPInstance) -> [String] {
    let (before, after) = (instance.configuration.allAddresses, new.allAddresses)
    let added = after.filter { entry in !before.contains { $0.prefix == entry.prefix && $0.device == entry.device } }
    let removed = before.filter { entry in !after.contains { $0.prefix == entry.prefix && $0.device == entry.device } }
    let time = instance.router.state == .master ? "" : ", when it becomes master"
    func text(_ entries: [AddressEntry]) -> String { entries.map { "\($0.prefix)" }.joined(separator: ", ") }
    return (added.isEmpty ? [] : ["it adds \(text(added))\(time)"])
      + (removed.isEmpty ? [] : ["it takes away \(text(removed))\(time)"])
  }
}

extension VRRPInstance {
  fileprivate var transport: [String] {
    isUnicast ? unicastPeers.map { "\($0.address)" } : ["\(multicastGroup)"]
  }
}
