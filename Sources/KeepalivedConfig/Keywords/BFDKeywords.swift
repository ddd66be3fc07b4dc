import NetPrimitives

extension KeywordTable {
  static let bfdInstance: [Keyword] = [
    row(.bfdInstance, "neighbor_ip", .scopedAddress, "required", "the neighbour's address", aliases: ["neighbour_ip"]),
    row(.bfdInstance, "source_ip", .address, "the kernel's choice", "our address"),
    row(.bfdInstance, "min_rx", .milliseconds(1...4_294_967), "10", "least time between two packets we can receive"),
    row(.bfdInstance, "min_tx", .milliseconds(1...4_294_967), "10", "least time between two packets we send while Up"),
    row(
      .bfdInstance, "idle_tx", .milliseconds(1_000...4_294_967), "1000",
      "least time between two packets we send while not Up"),
    row(.bfdInstance, "multiplier", .integer(1...255), "5", "packets the neighbour may miss"),
    row(.bfdInstance, "passive", .flag, "off", "send nothing before a packet was received"),
    row(.bfdInstance, "ttl", .integer(1...255), "255", "TTL or hop limit of our packets", aliases: ["hoplimit"]),
    row(.bfdInstance, "max_hops", .integer(-1...255), "0", "hops a received packet may have made; -1: any number"),
    row(.bfdInstance, "multihop", .optionalBoolean, "off", "RFC 5883: port 4784"),
    row(.bfdInstance, "weight", .weight(limit: 253), "0", "for instances that track the session"),
    row(
      .bfdInstance, "vrrp", .flag, "on", "tell VRRP about the session",
      .ignored("everything that names the session is told about it")),
    row(
      .bfdInstance, "checker", .flag, "on", "tell IPVS checkers about the session",
      .ignored("everything that names the session is told about it")),
  ]
}
