import NetPrimitives

/// Sync groups, track groups, and what must differ between instances.
extension Resolver {
  mutating func resolveSyncGroup(_ block: ParsedBlock) {
    let name = block.name.text
    let tracking = tracking(of: block)
    let members = members(of: block).filter { member in
      guard let other = groupOfInstance[member.text] else { return true }
      findings.error(member.position, "instance '\(member.text)' is in the sync group '\(other)' already", .wordLeftOut)
      return false
    }
    guard !members.isEmpty else {
      if block.lines(of: "group").isEmpty {
        findings.error(
          block.name.position, "vrrp_sync_group '\(name)' has no members", .objectLeftOut("vrrp_sync_group"))
      }
      return
    }
    if members.count == 1, block.lines(of: "group").joined().count == 1 {
      findings.warning(block.name.position, "vrrp_sync_group '\(name)' has a single member")
    }
    for member in members { groupOfInstance[member.text] = name }
    var group = SyncGroup(name: name, members: members.map(\.text), location: findings.location(block.position))
    group.tracking = tracking
    group.notify = notifyScripts(block)
    group.smtpAlert = smtpAlert(block)
    group.notifyPriorityChanges =
      block.flag("notify_priority_changes") ?? globals.flag("vrrp_notify_priority_changes") ?? false
    for index in configuration.vrrpInstances.indices {
      let name = configuration.vrrpInstances[index].name
      guard group.members.contains(name), !saysOwnPriorityNotices.contains(name) else { continue }
      configuration.vrrpInstances[index].notifyPriorityChanges = group.notifyPriorityChanges
    }
    group.keepsTrackingWeights = block.flag("sync_group_tracking_weight") ?? false
    configuration.syncGroups.append(group)
  }

  mutating func resolveTrackGroup(_ block: ParsedBlock) {
    let members = members(of: block).map(\.text)
    configuration.trackGroups.append(
      TrackGroup(name: block.name.text, members: members, location: findings.location(block.position)))
  }

  /// The instances that `group {}` names; several may stand on one line.
  private func members(of block: ParsedBlock) -> [Word] {
    let lines = block.lines(of: "group").joined().map { [$0] }
    return unique(lines, "the members of '\(block.name.text)'").map { $0[0] }.filter { member in
      guard declared["vrrp_instance"]?.contains(member.text) != true else { return true }
      let hint = suggestion(for: member.text, among: Array(declared["vrrp_instance"] ?? []))
      findings.error(
        member.position,
        "there is no vrrp_instance '\(member.text)'" + (hint.map { " (did you mean '\($0)'?)" } ?? ""),
        .wordLeftOut)
      return false
    }
  }

  /// On one interface a virtual router id is used once per family; instances may share it if their peers or groups differ.
  func checkVirtualRouters() {
    var names: [RouterKey: String] = [:]
    for instance in configuration.vrrpInstances {
      let peers: [IPAddress?] = instance.isUnicast ? instance.unicastPeers.map(\.address) : [nil]
      let keys = peers.map { peer in
        RouterKey(
          interface: instance.interface, family: instance.family, identifier: instance.virtualRouterID,
          destination: peer ?? instance.multicastGroup)
      }
      if let twin = keys.lazy.compactMap({ names[$0] }).first {
        findings.block = BlockName(keyword: "vrrp_instance", name: instance.name)
        findings.add(
          .error, instance.location,
          "vrrp_instance '\(instance.name)' and '\(twin)' have the same virtual_router_id "
            + "\(instance.virtualRouterID) on \(instance.place)", .startRefused)
      }
      for key in keys { names[key] = instance.name }
    }
    findings.block = nil
  }

  /// An address that two instances add would be removed by whichever leaves first.
  func checkAddressesAcrossInstances() {
    var owners: [AddressKey: String] = [:]
    for instance in configuration.vrrpInstances {
      for entry in instance.virtualAddresses + instance.excludedAddresses {
        var key = AddressKey(entry)
        key.device = entry.device ?? instance.interface
        if let owner = owners[key], owner != instance.name {
          findings.add(.warning, entry.location, "'\(entry.address)' is an address of '\(owner)' too")
        }
        owners[key] = instance.name
      }
    }
  }
}

/// What must be unique among virtual routers.
private struct RouterKey: Hashable {
  var interface: String
  var family: AddressFamily
  var identifier: UInt8
  /// A unicast peer, or the multicast group.
  var destination: IPAddress
}
