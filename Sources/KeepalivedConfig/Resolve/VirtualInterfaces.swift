import NetPrimitives

/// The interfaces that `use_vmac` and `use_ipvlan` make, named as keepalived names them.
extension Resolver {
  mutating func nameVirtualInterfaces() {
    var taken = dropNamesInUse()
    var users: [VirtualKey: String] = [:]
    var bases: [String: (user: String, isIPVLAN: Bool)] = [:]
    for index in configuration.vrrpInstances.indices {
      let instance = configuration.vrrpInstances[index]
      let interfaces = virtualInterfaces(of: instance, &taken)
      for interface in interfaces {
        let isIPVLAN = instance.ipvlan != nil
        if let other = bases.updateValue((instance.name, isIPVLAN), forKey: interface.base), other.isIPVLAN != isIPVLAN
        {
          findings.add(
            .error, instance.location,
            "'\(instance.name)' and '\(other.user)': \(interface.base) cannot have use_vmac and use_ipvlan",
            .startRefused)
        }
        guard case .macvlan(let address) = interface.kind else { continue }
        let key = VirtualKey(base: interface.base, address: address)
        if let other = users.updateValue(instance.name, forKey: key) {
          findings.add(
            .error, instance.location,
            "'\(instance.name)' and '\(other)' would use the MAC address \(address) on \(interface.base)",
            .startRefused)
        }
      }
      configuration.vrrpInstances[index].virtualInterfaces = interfaces
    }
  }

  /// A name that another interface has already is ignored, as keepalived does: its instance gets one of its number. Returns
  /// the names that are given.
  private mutating func dropNamesInUse() -> Set<String> {
    var users: [String: String] = [:]
    for instance in configuration.vrrpInstances { users[instance.interface] = "an instance's interface" }
    for index in configuration.vrrpInstances.indices {
      let instance = configuration.vrrpInstances[index]
      guard let name = instance.virtualMAC?.name ?? instance.ipvlan?.name else { continue }
      if let user = users[name] {
        findings.add(
          .warning, instance.location,
          "'\(instance.name)': the name '\(name)' is in use by \(user); its interface gets another one")
        configuration.vrrpInstances[index].virtualMAC?.name = nil
        configuration.vrrpInstances[index].ipvlan?.name = nil
      } else {
        users[name] = "'\(instance.name)'"
      }
    }
    return Set(users.keys)
  }

  private func virtualInterfaces(of instance: VRRPInstance, _ taken: inout Set<String>) -> [VirtualInterface] {
    if let wanted = instance.ipvlan {
      let name = wanted.name ?? freeName(configuration.global.virtualMACPrefix, instance, &taken)
      return [VirtualInterface(name: name, base: instance.interface, kind: .ipvlan(wanted.mode))]
    }
    guard let wanted = instance.virtualMAC else { return [] }
    let ownName = wanted.name ?? freeName(configuration.global.virtualMACPrefix, instance, &taken)
    let entries = instance.virtualAddresses + instance.excludedAddresses
    let others = entries.filter { wanted.coversOtherInterfaces || $0.usesVirtualMAC }.compactMap(\.device)
      // An address may name the interface itself.
      .filter { $0 != ownName }
    // 00-00-5E-00-01-VRID for IPv4, 00-00-5E-00-02-VRID for IPv6 (RFC 9568 7.3).
    let standard = MACAddress(
      0x00_00_5E_00_00_00 | (instance.family == .ipv4 ? 0x100 : 0x200) | UInt64(instance.virtualRouterID))
    var bases: [String] = []
    for base in [instance.interface] + others where !bases.contains(base) { bases.append(base) }
    return bases.enumerated().map { index, base in
      let prefix = globals.word("vmac_addr_prefix") ?? configuration.global.virtualMACPrefix
      let name = index == 0 ? ownName : freeName(prefix, instance, &taken)
      return VirtualInterface(name: name, base: base, kind: .macvlan(wanted.address ?? standard))
    }
  }

  /// vrrp.VRID; where that is taken vrrp6.VRID for IPv6, and then vrrp1.VRID, vrrp2.VRID and so on.
  private func freeName(_ prefix: String, _ instance: VRRPInstance, _ taken: inout Set<String>) -> String {
    let middles = [""] + (instance.family == .ipv6 ? ["6"] : []) + (1...taken.count + 1).map { "\($0)" }
    let names = middles.map { "\(prefix)\($0).\(instance.virtualRouterID)" }
    let name = names.first { !taken.contains($0) } ?? names[0]
    if !isInterfaceName(name) {
      findings.add(.error, instance.location, "'\(name)' is no interface name: at most 15 bytes, no '/'")
    }
    taken.insert(name)
    return name
  }
}

/// What two virtual interfaces must not have in common.
private struct VirtualKey: Hashable {
  let base: String
  let address: MACAddress
}
