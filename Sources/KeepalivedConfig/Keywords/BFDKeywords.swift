import NetPrimitives

extension KeywordTable {
  static let bfdInstance: [Keyword] =
    [
      row(
        .bfdInstance, "neighbor_ip", .scopedAddress, "required", "the neighbour's address", aliases: ["neighbour_ip"]),
      row(
        .bfdInstance, "use", .word, "", "the bfd_template that says what this block does not say itself"),
    ] + session(.bfdInstance)

  static let bfdTemplate: [Keyword] = session(.bfdTemplate)

  /// What an instance and a template both know.
  private static func session(_ block: Block) -> [Keyword] {
    [
      row(block, "source_ip", .address, "the kernel's choice", "our address"),
      row(block, "passive", .flag, "off", "send nothing before a packet was received"),
      row(block, "max_hops", .integer(-1...255), "0", "hops a received packet may have made; -1: any number"),
      row(block, "multihop", .optionalBoolean, "off", "RFC 5883: port 4784"),
      row(block, "weight", .weight(limit: 253), "0", "for instances that track the session"),
      row(
        block, "vrrp", .flag, "on", "tell VRRP about the session",
        .ignored("everything that names the session is told about it")),
      row(
        block, "checker", .flag, "on", "tell IPVS checkers about the session",
        .ignored("everything that names the session is told about it")),
      row(
        block, "echo_rx", .milliseconds(1...4_294_967), "off",
        "send the neighbour's echo packets back; the least time it is to leave between two"),
      row(
        block, "echo_tx", .milliseconds(1...4_294_967), "off",
        "send echo packets while Up, where the neighbour loops them; least time between two of them"),
      row(
        block, "unaffiliated_echo", .optionalBoolean, "off",
        "RFC 9747: watch a neighbour without BFD, which only has to forward"),
      row(block, "demand", .optionalBoolean, "off", "ask the neighbour for no packets while Up, and check it by Polls"),
      row(
        block, "demand_poll_interval", .milliseconds(100...4_294_967), "10000",
        "time between two Polls in Demand mode"),
      row(block, "interface", .interface, "the one in the neighbor's subnet", "the interface the neighbor is on"),
      row(block, "vrf", .interface, "none", "the VRF device whose routes and addresses are used"),
      row(block, "admin_down", .optionalBoolean, "off", "hold the session in AdminDown"),
    ] + parameters(block)
  }

  static let bfdUnsolicited: [Keyword] =
    [
      row(.bfdUnsolicited, "interface", .interface, "required", "the interface that neighbours may begin on"),
      row(.bfdUnsolicited, "allow", .block(.name), "the interface's subnets", "the prefixes that neighbours may be in"),
      row(.bfdUnsolicited, "max_sessions", .integer(1...4_096), "64", "how many sessions there may be at a time"),
      row(
        .bfdUnsolicited, "hold_time", .wholeSeconds(1...86_400), "60",
        "how long a session that is not up is kept"),
      row(
        .bfdUnsolicited, "use", .word, "", "the bfd_template that says what this block does not say itself"),
    ] + parameters(.bfdUnsolicited)

  /// What every session can be told, however it is made.
  private static func parameters(_ block: Block) -> [Keyword] {
    [
      row(block, "min_rx", .milliseconds(1...4_294_967), "10", "least time between two packets we can receive"),
      row(block, "min_tx", .milliseconds(1...4_294_967), "10", "least time between two packets we send while Up"),
      row(
        block, "idle_tx", .milliseconds(1_000...4_294_967), "1000",
        "least time between two packets we send while not Up"),
      row(block, "multiplier", .integer(1...255), "5", "packets the neighbour may miss"),
      row(
        block, "common_intervals", .optionalBoolean, "bfd_common_intervals",
        "round intervals up to those of RFC 7419, which every implementation knows"),
      row(
        block, "padded_pdu_size", .integer(24...65_507), "no padding",
        "RFC 9764: bytes of UDP payload that our packets are padded to, unfragmented"),
      row(block, "ttl", .integer(1...255), "255", "TTL or hop limit of our packets", aliases: ["hoplimit"]),
      row(
        block, "authentication", .block(.bfdAuthentication), "none",
        "a key that packets are authenticated with; of several, all are accepted and the first is used to send"),
      row(block, "dscp", .integer(0...63), "48", "the DSCP our packets are marked with; 48 is CS6, network control"),
      row(block, "log_state_changes", .optionalBoolean, "on", "a line in the log for every change of state"),
      row(block, "notify_up", .script, "", "runs when the session comes up"),
      row(block, "notify_down", .script, "", "runs when the session was up and no longer is"),
      row(block, "notify", .script, "", "runs on every change of state, with name, state and diagnostic appended"),
    ]
  }

  static let bfdAuthentication: [Keyword] = [
    row(
      .bfdAuthentication, "type", .choice(BFDAuthentication.Kind.allCases.map(\.rawValue)), "required",
      "what the key is used for"),
    row(.bfdAuthentication, "key_id", .integer(0...255), "required", "the key's number in the packets"),
    row(.bfdAuthentication, "key", .secret, "required, or key_file", "the key itself, as text or as hex:DIGITS"),
    row(
      .bfdAuthentication, "key_file", .word, "", "the file with the key: an absolute path, or a systemd credential"),
  ]
}
