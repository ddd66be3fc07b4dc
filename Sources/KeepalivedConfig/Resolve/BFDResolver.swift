import NetPrimitives

/// What tells two sessions apart (keepalived matches received packets by it).
struct BFDKey: Hashable {
  var neighbor: IPAddress
  var interface: String?
  var source: IPAddress?
  var multihop: Bool
}

extension Resolver {
  mutating func resolveBFD(_ block: ParsedBlock) {
    let name = block.name.text
    guard name.utf8.count <= 31 else {
      return findings.error(block.name.position, "the name of a BFD instance has at most 31 bytes")
    }
    guard let neighbor = block.address("neighbor_ip") else {
      if !block.mentions("neighbor_ip") {
        findings.error(block.name.position, "bfd_instance '\(name)' has no neighbor_ip")
      }
      return
    }
    var instance = BFDInstance(name: name, neighbor: neighbor, location: findings.location(block.position))
    instance.interface = block.scope("neighbor_ip")
    if neighbor.isMulticast || neighbor.isUnspecified {
      findings.error(block.position(of: "neighbor_ip"), "'\(neighbor)' cannot be a neighbour's address")
    }
    if let address = block.address("source_ip") {
      if address.family == neighbor.family {
        instance.source = address
      } else {
        findings.error(
          block.position(of: "source_ip"), "source_ip is \(address.family.name), neighbor_ip is \(neighbor.family.name)"
        )
      }
    }
    if neighbor.isLinkLocal, neighbor.family == .ipv6, instance.interface == nil, instance.source?.isLinkLocal != true {
      findings.error(
        block.position(of: "neighbor_ip"), "a link-local neighbour needs its interface: '\(neighbor)%eth0'")
    }
    instance.multihop = block.flag("multihop") ?? false
    readTimers(block, into: &instance)
    readHops(block, into: &instance)
    instance.passive = block.flag("passive") ?? false
    instance.weight = block.weight("weight") ?? .fault
    let key = BFDKey(
      neighbor: neighbor, interface: instance.interface, source: instance.source, multihop: instance.multihop)
    if let twin = bfdSessions[key] {
      findings.error(block.name.position, "bfd_instance '\(twin)' has the same neighbor_ip, source_ip and multihop")
      return
    }
    bfdSessions[key] = name
    configuration.bfdInstances.append(instance)
  }

  private func readTimers(_ block: ParsedBlock, into instance: inout BFDInstance) {
    instance.requiredMinRX = block.interval("min_rx") ?? instance.requiredMinRX
    instance.desiredMinTX = block.interval("min_tx") ?? instance.desiredMinTX
    instance.idleTX = block.interval("idle_tx") ?? instance.idleTX
    instance.multiplier = block.integer("multiplier").map(UInt8.init(clamping:)) ?? instance.multiplier
    for keyword in ["min_rx", "min_tx"] {
      guard let interval = block.interval(keyword), interval > .milliseconds(10_000) else { continue }
      findings.warning(block.position(of: keyword), "'\(keyword)' of \(interval) is long: the unit is milliseconds")
    }
  }

  /// keepalived sends IPv6 packets with hop limit 64, which no other implementation accepts (RFC 5881 section 5).
  private func readHops(_ block: ParsedBlock, into instance: inout BFDInstance) {
    instance.ttl = block.integer("ttl").map(UInt8.init(clamping:)) ?? 255
    instance.maxHops = block.integer("max_hops") ?? 0
    if instance.neighbor.family == .ipv6, !block.mentions("ttl") {
      findings.once(
        .note, block.position, about: "bfd ipv6 hoplimit",
        "the hop limit is 255 as RFC 5881 demands; keepalived's default for IPv6 is 64, it needs 'hoplimit 255'")
    }
    if instance.maxHops > Int(instance.ttl), instance.maxHops != 255 {
      findings.warning(block.position(of: "max_hops"), "max_hops is greater than the ttl of \(instance.ttl)")
      instance.maxHops = Int(instance.ttl)
    }
  }
}
