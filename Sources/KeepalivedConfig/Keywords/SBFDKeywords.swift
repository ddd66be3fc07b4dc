import NetPrimitives

extension KeywordTable {
  /// Why what sessions have is missing in the blocks of S-BFD; `nil` where there is nothing to say.
  static func reasonOfAbsence(_ name: String, in block: Block) -> String? {
    guard block == .sbfdInitiator || block == .sbfdReflector else { return nil }
    return switch name {
    case "echo_rx", "echo_tx", "unaffiliated_echo": "there is no S-BFD echo"
    case "authentication": "S-BFD packets are not authenticated"
    case "demand", "demand_poll_interval": "S-BFD has no Demand mode of the operator's choice (RFC 7880)"
    case "multihop": "S-BFD works over any number of hops"
    case "vrf": "S-BFD works outside of VRFs only"
    default: nil
    }
  }

  static let sbfdInitiator: [Keyword] = [
    row(
      .sbfdInitiator, "neighbor_ip", .scopedAddress, "required", "the reflector's address", aliases: ["neighbour_ip"]),
    row(
      .sbfdInitiator, "remote_discriminator", .word, "required",
      "the reflector's discriminator: a number or as an IPv4 address"),
    row(.sbfdInitiator, "source_ip", .address, "the kernel's choice", "our address"),
    row(.sbfdInitiator, "interface", .interface, "the routes' choice", "the interface the way leaves by"),
    row(.sbfdInitiator, "min_tx", .milliseconds(1...4_294_967), "10", "time between two packets while Up"),
    row(.sbfdInitiator, "idle_tx", .milliseconds(1_000...4_294_967), "1000", "time between two packets while not Up"),
    row(.sbfdInitiator, "multiplier", .integer(1...255), "5", "packets that may remain without an answer"),
    row(.sbfdInitiator, "ttl", .integer(1...255), "255", "TTL or hop limit of our packets", aliases: ["hoplimit"]),
    row(
      .sbfdInitiator, "dscp", .integer(0...63), "48", "the DSCP our packets are marked with; 48 is CS6, network control"
    ),
    row(.sbfdInitiator, "weight", .weight(limit: 253), "0", "for instances that track the session"),
    row(.sbfdInitiator, "admin_down", .optionalBoolean, "off", "hold the session in AdminDown"),
    row(.sbfdInitiator, "log_state_changes", .optionalBoolean, "on", "a line in the log for every change of state"),
    row(.sbfdInitiator, "notify_up", .script, "", "runs when the session comes up"),
    row(.sbfdInitiator, "notify_down", .script, "", "runs when the session was up and no longer is"),
    row(
      .sbfdInitiator, "notify", .script, "", "runs on every change of state, with name, state and diagnostic appended"),
  ]

  static let sbfdReflector: [Keyword] = [
    row(
      .sbfdReflector, "discriminator", .words(1...16), "required", "our discriminators: numbers or as IPv4 addresses"),
    row(.sbfdReflector, "allow", .block(.name), "required", "the prefixes that initiators must be in"),
    row(.sbfdReflector, "min_rx", .milliseconds(1...4_294_967), "10", "how often an initiator may send"),
    row(.sbfdReflector, "max_rate", .integer(1...1_000_000), "10000", "the most answers in a second"),
    row(.sbfdReflector, "admin_down", .optionalBoolean, "off", "answer AdminDown: out of service for a time"),
  ]
}
