import NetPrimitives

/// The blocks of S-BFD, RFC 7880 and RFC 7881.
extension Resolver {
  /// An initiator is a session as others are: it is shown, tracked and told about under its name.
  mutating func resolveInitiator(_ block: ParsedBlock) {
    let name = block.name.text
    guard checkSessionName(block, declaredBy: "sbfd_initiator") else { return }
    for keyword in ["neighbor_ip", "remote_discriminator"] where !block.mentions(keyword) {
      findings.error(
        block.name.position, "sbfd_initiator '\(name)' has no \(keyword)", .objectLeftOut("sbfd_initiator"))
    }
    let before = findings.objectsLeftOut
    guard let neighbor = block.address("neighbor_ip"), let word = block.word("remote_discriminator"),
      let discriminator = discriminator(word, at: block.position(of: "remote_discriminator"))
    else { return }
    var instance = BFDInstance(name: name, neighbor: neighbor, location: findings.location(block.position))
    instance.remoteDiscriminator = discriminator
    instance.interface = block.word("interface") ?? block.scope("neighbor_ip")
    instance.source = source(of: block, for: neighbor)
    checkNeighbor(instance, block)
    instance.desiredMinTX = block.interval("min_tx") ?? instance.desiredMinTX
    instance.requiredMinRX = .zero
    instance.idleTX = block.interval("idle_tx") ?? instance.idleTX
    instance.multiplier = block.integer("multiplier").map(UInt8.init(clamping:)) ?? instance.multiplier
    instance.ttl = block.integer("ttl").map(UInt8.init(clamping:)) ?? 255
    // The answer may have come a long way.
    instance.maxHops = -1
    instance.dscp = block.integer("dscp").map(UInt8.init(clamping:)) ?? instance.dscp
    instance.adminDown = block.flag("admin_down") ?? false
    readReports(block, into: &instance)
    instance.weight = block.weight("weight") ?? .fault
    guard findings.objectsLeftOut == before else { return }
    append(instance, block)
  }

  mutating func resolveReflectors() {
    let blocks = root.blocks("sbfd_reflector")
    guard let block = blocks.first else { return }
    if blocks.count > 1 { findings.error(blocks[1].position, "there is an sbfd_reflector already", .blockLeftOut) }
    findings.block = BlockName(keyword: "sbfd_reflector", name: "")
    defer { findings.block = nil }
    let before = findings.objectsLeftOut
    for keyword in ["discriminator"] where !block.mentions(keyword) {
      findings.error(block.position, "sbfd_reflector has no \(keyword)", .objectLeftOut("sbfd_reflector"))
    }
    if block.blocks("allow").isEmpty {
      findings.error(
        block.position, "sbfd_reflector has no 'allow' block; 0.0.0.0/0 and ::/0 allow everybody",
        .objectLeftOut("sbfd_reflector"))
    }
    var reflector = SBFDReflector()
    reflector.discriminators = (block.words("discriminator") ?? []).compactMap {
      discriminator($0.text, at: $0.position)
    }
    reflector.allowed = prefixes("allow", in: block)
    reflector.requiredMinRX = block.interval("min_rx") ?? reflector.requiredMinRX
    reflector.maximumRate = block.integer("max_rate") ?? reflector.maximumRate
    reflector.adminDown = block.flag("admin_down") ?? false
    if !reflector.discriminators.isEmpty, findings.objectsLeftOut == before {
      configuration.sbfdReflector = reflector
    }
  }

  /// A discriminator: 1 to 4294967295, or the same number written as an IPv4 address, as routers do.
  private func discriminator(_ text: String, at position: Position) -> UInt32? {
    if case .v4(let address)? = IPAddress(text), address.bits != 0 { return address.bits }
    if let number = decimalInteger(text), let value = UInt32(exactly: number), value != 0 { return value }
    findings.error(position, "'\(text)' is no discriminator: 1 to 4294967295, or an IPv4 address")
    return nil
  }
}
