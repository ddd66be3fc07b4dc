internal import CNetlink
internal import Glibc
public import NetPrimitives

/// Routes and rules.
extension NetworkConfigurator {
  /// Adds a route where it goes. `exists` where there is such a route already; `noSuchDevice` where `index` knows no
  /// interface of that name; `networkDown` and `networkUnreachable` where it is down or the gateway is not on a link.
  /// With `isExclusive` nothing is added where any route leads to the same place with the same metric.
  public func add(_ route: Route, isExclusive: Bool = false, index: (String) -> UInt32?) throws(SystemError) {
    let place: Int32 =
      switch isExclusive ? .only : route.place {
      case .only: NLM_F_EXCL
      case .first: 0
      case .last: NLM_F_APPEND
      }
    try send(try request(route, RTM_NEWROUTE, flags: NLM_F_CREATE | place, index), "RTM_NEWROUTE")
  }

  /// Deletes a route. `noSuchProcess` where there is none.
  public func remove(_ route: Route, index: (String) -> UInt32?) throws(SystemError) {
    try send(try request(route, RTM_DELROUTE, flags: 0, index), "RTM_DELROUTE")
  }

  /// Adds a rule. `exists` where there is one like it.
  public func add(_ rule: RoutingRule) throws(SystemError) {
    try send(try request(rule, RTM_NEWRULE, flags: NLM_F_CREATE | NLM_F_EXCL), "RTM_NEWRULE")
  }

  /// Deletes a rule. `noSuchFile` where there is none.
  public func remove(_ rule: RoutingRule) throws(SystemError) {
    try send(try request(rule, RTM_DELRULE, flags: 0), "RTM_DELRULE")
  }

  // MARK: Lists

  /// The routes in all tables that bear `origin`, as far as a `Route` tells them: without hops and properties.
  public func routes(of origin: UInt8) throws(SystemError) -> [Route] {
    var routes: [Route] = []
    for family in AddressFamily.allCases {
      let request = try NetlinkRequest(RTM_GETROUTE, flags: NLM_F_DUMP)
      var header = rtmsg()
      header.rtm_family = family.number
      header.rtm_protocol = origin
      try request.append(header)
      try NetlinkSocket().dump(request) { message in
        if let route = message.route, route.origin == origin { routes.append(route) }
      }
    }
    return routes
  }

  /// The rules that bear `origin`, as far as `NetlinkMessage` reads them.
  public func rules(of origin: UInt8) throws(SystemError) -> [RoutingRule] {
    var rules: [RoutingRule] = []
    try NetlinkSocket().dump(RTM_GETRULE) { message in
      if let rule = message.rule, rule.origin == origin { rules.append(rule) }
    }
    return rules
  }

  // MARK: Requests for routes

  private func request(
    _ route: Route, _ kind: Int, flags: Int32, _ index: (String) -> UInt32?
  ) throws(SystemError) -> NetlinkRequest {
    let isNew = kind == RTM_NEWROUTE
    let request = try NetlinkRequest(kind, flags: flags | NLM_F_ACK)
    var header = rtmsg()
    header.rtm_family = route.family.number
    header.rtm_dst_len = UInt8(route.destination?.length ?? 0)
    header.rtm_src_len = UInt8(route.sourcePrefix?.length ?? 0)
    header.rtm_tos = route.typeOfService
    // Greater numbers are in the attribute only.
    header.rtm_table = UInt8(exactly: route.table) ?? UInt8(RT_TABLE_UNSPEC.rawValue)
    header.rtm_protocol = route.origin
    header.rtm_type = route.kind.rawValue
    header.rtm_scope = route.scope ?? (isNew ? route.naturalScope : AddressScope.nowhere).rawValue
    if route.hops.count == 1, route.hops[0].isOnLink { header.rtm_flags = UInt32(RTNH_F_ONLINK) }
    try request.append(header)
    try request.put(Int(RTA_TABLE.rawValue), route.table)
    if let destination = route.destination { try request.put(Int(RTA_DST.rawValue), destination.address.bytes) }
    if let source = route.sourcePrefix { try request.put(Int(RTA_SRC.rawValue), source.address.bytes) }
    if let metric = route.metric { try request.put(Int(RTA_PRIORITY.rawValue), metric) }
    try putHops(of: route, index, in: request)
    if isNew { try putProperties(of: route, in: request) }
    return request
  }

  private func putHops(
    of route: Route, _ index: (String) -> UInt32?, in request: NetlinkRequest
  ) throws(SystemError) {
    guard route.hops.count > 1 else {
      guard let hop = route.hops.first else { return }
      if let device = hop.device { try request.put(Int(RTA_OIF.rawValue), try Self.found(device, index)) }
      for (attribute, bytes) in hop.attributes(in: route.family) { try request.put(attribute, bytes) }
      return
    }
    var bytes: [UInt8] = []
    for hop in route.hops {
      let attributes = hop.attributes(in: route.family).flatMap { Self.attribute($0, $1) }
      // struct rtnexthop: length, flags, weight - 1, interface.
      bytes += Self.bytes(UInt16(8 + attributes.count))
      bytes += [hop.isOnLink ? UInt8(RTNH_F_ONLINK) : 0, UInt8(clamping: hop.weight - 1)]
      bytes += Self.bytes(try hop.device.map { device throws(SystemError) in try Self.found(device, index) } ?? 0)
      bytes += attributes
    }
    try request.put(Int(RTA_MULTIPATH.rawValue), bytes)
  }

  private static func found(_ device: String, _ index: (String) -> UInt32?) throws(SystemError) -> UInt32 {
    guard let index = index(device) else { throw SystemError("RTM_NEWROUTE", .noSuchDevice) }
    return index
  }

  private func putProperties(of route: Route, in request: NetlinkRequest) throws(SystemError) {
    if let source = route.preferredSource { try request.put(Int(RTA_PREFSRC.rawValue), source.bytes) }
    if let preference = route.routerPreference { try request.put(Int(RTA_PREF.rawValue), [preference]) }
    if let lifetime = route.lifetime { try request.put(Int(RTA_EXPIRES.rawValue), lifetime) }
    if let propagates = route.propagatesTTL {
      try request.put(Int(RTA_TTL_PROPAGATE.rawValue), [propagates ? 1 : 0] as [UInt8])
    }
    guard !route.metrics.isEmpty || route.congestionControl != nil else { return }
    try request.nest(Int(RTA_METRICS.rawValue)) { () throws(SystemError) in
      let locks = route.metrics.reduce(UInt32(0)) { $1.isLocked ? $0 | 1 << UInt32($1.number) : $0 }
      if locks != 0 { try request.put(RTAX_LOCK, locks) }
      for metric in route.metrics { try request.put(metric.number, metric.value) }
      if let algorithm = route.congestionControl { try request.put(RTAX_CC_ALGO, text: algorithm) }
    }
  }

  /// An attribute as it stands within the bytes of another: length, type, value, and what fills it up to four bytes.
  fileprivate static func attribute(_ type: Int, _ value: [UInt8]) -> [UInt8] {
    let padding = [UInt8](repeating: 0, count: (4 - value.count % 4) % 4)
    return bytes(UInt16(4 + value.count)) + bytes(UInt16(type)) + value + padding
  }

  /// A number in this machine's order.
  fileprivate static func bytes<Number: FixedWidthInteger>(_ number: Number) -> [UInt8] {
    (0..<Number.bitWidth / 8).map { UInt8(truncatingIfNeeded: number.littleEndian >> (8 * Number($0))) }
  }

  // MARK: Requests for rules

  private func request(_ rule: RoutingRule, _ kind: Int, flags: Int32) throws(SystemError) -> NetlinkRequest {
    let request = try NetlinkRequest(kind, flags: flags | NLM_F_ACK)
    var header = fib_rule_hdr()
    header.family = rule.family.number
    header.dst_len = UInt8(rule.destination?.length ?? 0)
    header.src_len = UInt8(rule.source?.length ?? 0)
    header.tos = rule.typeOfService
    header.flags = rule.isInverted ? UInt32(FIB_RULE_INVERT) : 0
    header.action = UInt8(rule.action.number)
    if case .table(let table) = rule.action { header.table = UInt8(exactly: table) ?? 0 }
    try request.append(header)
    if let source = rule.source { try request.put(FRA_SRC, source.address.bytes) }
    if let destination = rule.destination { try request.put(FRA_DST, destination.address.bytes) }
    try request.put(FRA_PROTOCOL, [rule.origin])
    switch rule.action {
    case .table(let table): try request.put(FRA_TABLE, table)
    case .vrf: try request.put(FRA_L3MDEV, [1] as [UInt8])
    case .goTo(let priority): try request.put(FRA_GOTO, priority)
    case .nop, .blackhole, .unreachable, .prohibit: break
    }
    try putConditions(of: rule, in: request)
    return request
  }

  private func putConditions(of rule: RoutingRule, in request: NetlinkRequest) throws(SystemError) {
    let numbers: [(Int, UInt32?)] = [
      (FRA_PRIORITY, rule.priority), (FRA_FWMARK, rule.mark?.value), (FRA_FWMASK, rule.mark?.mask),
      (FRA_FLOW, rule.realms), (FRA_SUPPRESS_PREFIXLEN, rule.suppressedPrefixLength),
      (FRA_SUPPRESS_IFGROUP, rule.suppressedGroup),
    ]
    for case (let attribute, let value?) in numbers { try request.put(attribute, value) }
    if let name = rule.incomingInterface { try request.put(FRA_IIFNAME, text: name) }
    if let name = rule.outgoingInterface { try request.put(FRA_OIFNAME, text: name) }
    if let tunnel = rule.tunnel { try request.put(FRA_TUN_ID, [tunnel.bigEndian]) }
    if let users = rule.users {
      try request.put(FRA_UID_RANGE, [users.lowerBound, users.upperBound])
    }
    if let transport = rule.transport { try request.put(FRA_IP_PROTO, [transport]) }
    for (attribute, ports) in [(FRA_SPORT_RANGE, rule.sourcePorts), (FRA_DPORT_RANGE, rule.destinationPorts)] {
      if let ports { try request.put(attribute, [ports.lowerBound, ports.upperBound]) }
    }
  }
}

extension AddressFamily {
  /// AF_INET or AF_INET6.
  var number: UInt8 { UInt8(self == .ipv4 ? AF_INET : AF_INET6) }

  /// The family with an AF_ number, if it is one of the two.
  init?(number: UInt8) {
    switch Int32(number) {
    case AF_INET: self = .ipv4
    case AF_INET6: self = .ipv6
    default: return nil
    }
  }
}

extension Route {
  /// The scope that ip-route(8) gives a route for which none is given.
  fileprivate var naturalScope: AddressScope {
    switch kind {
    case .local, .nat: .host
    case .broadcast, .multicast, .anycast: .link
    case .unicast: family == .ipv4 && hops.count == 1 && hops[0].gateway == nil ? .link : .global
    case .blackhole, .unreachable, .prohibit, .throw: .global
    }
  }
}

extension Route.Hop {
  /// The attributes of a way on in a route of `family`, without the interface.
  fileprivate func attributes(in family: AddressFamily) -> [(Int, [UInt8])] {
    var attributes: [(Int, [UInt8])] = []
    if let gateway {
      if gateway.family == family {
        attributes.append((Int(RTA_GATEWAY.rawValue), gateway.bytes))
      } else {
        // struct rtvia: the family, then the address.
        let other = NetworkConfigurator.bytes(UInt16(gateway.family.number))
        attributes.append((Int(RTA_VIA.rawValue), other + gateway.bytes))
      }
    }
    if let realms { attributes.append((Int(RTA_FLOW.rawValue), NetworkConfigurator.bytes(realms))) }
    if let tunnel {
      attributes.append((Int(RTA_ENCAP_TYPE.rawValue), NetworkConfigurator.bytes(tunnel.type)))
      attributes.append((Int(RTA_ENCAP.rawValue), tunnel.bytes))
    }
    return attributes
  }
}

extension Route.Tunnel {
  /// LWTUNNEL_ENCAP_.
  fileprivate var type: UInt16 {
    UInt16(destination.family == .ipv4 ? LWTUNNEL_ENCAP_IP.rawValue : LWTUNNEL_ENCAP_IP6.rawValue)
  }

  /// What stands within RTA_ENCAP. The attributes of both families have the same numbers but for these two.
  fileprivate var bytes: [UInt8] {
    let isIPv4 = destination.family == .ipv4
    let hopLimitNumber = isIPv4 ? LWTUNNEL_IP_TTL.rawValue : LWTUNNEL_IP6_HOPLIMIT.rawValue
    let classNumber = isIPv4 ? LWTUNNEL_IP_TOS.rawValue : LWTUNNEL_IP6_TC.rawValue
    let attributes: [(UInt32, [UInt8]?)] = [
      (LWTUNNEL_IP_ID.rawValue, key.map { NetworkConfigurator.bytes($0.bigEndian) }),
      (LWTUNNEL_IP_DST.rawValue, destination.bytes), (LWTUNNEL_IP_SRC.rawValue, source?.bytes),
      (hopLimitNumber, hopLimit.map { [$0] }), (classNumber, trafficClass.map { [$0] }),
    ]
    return attributes.flatMap { number, value in value.map { NetworkConfigurator.attribute(Int(number), $0) } ?? [] }
  }
}

extension RoutingRule.Action {
  /// FR_ACT_.
  fileprivate var number: Int {
    switch self {
    case .table, .vrf: FR_ACT_TO_TBL
    case .goTo: FR_ACT_GOTO
    case .nop: FR_ACT_NOP
    case .blackhole: FR_ACT_BLACKHOLE
    case .unreachable: FR_ACT_UNREACHABLE
    case .prohibit: FR_ACT_PROHIBIT
    }
  }

  fileprivate init?(number: UInt8, table: UInt32, goTo: UInt32?, isVRF: Bool) {
    switch Int(number) {
    case FR_ACT_TO_TBL: self = isVRF ? .vrf : .table(table)
    case FR_ACT_GOTO: self = .goTo(goTo ?? 0)
    case FR_ACT_NOP: self = .nop
    case FR_ACT_BLACKHOLE: self = .blackhole
    case FR_ACT_UNREACHABLE: self = .unreachable
    case FR_ACT_PROHIBIT: self = .prohibit
    default: return nil
    }
  }
}

extension NetlinkMessage {
  /// The route that an RTM_NEWROUTE or RTM_DELROUTE describes, without hops and properties.
  var route: Route? {
    guard let header = fixedHeader(rtmsg.self), let family = AddressFamily(number: header.rtm_family),
      let kind = Route.Kind(rawValue: header.rtm_type)
    else { return nil }
    let size = MemoryLayout<rtmsg>.size
    func number(_ name: rtattr_type_t) -> UInt32? { attribute(Int(name.rawValue), after: size)?.hostOrderUInt32 }
    func prefix(_ name: rtattr_type_t, _ length: UInt8) -> IPPrefix? {
      attribute(Int(name.rawValue), after: size)?.address(family).flatMap { IPPrefix($0, length: Int(length)) }
    }
    var route = Route(
      family: family, table: number(RTA_TABLE) ?? UInt32(header.rtm_table), origin: header.rtm_protocol)
    route.kind = kind
    route.destination = prefix(RTA_DST, header.rtm_dst_len)
    route.sourcePrefix = prefix(RTA_SRC, header.rtm_src_len)
    route.metric = number(RTA_PRIORITY)
    route.typeOfService = header.rtm_tos
    return route
  }

  /// The rule that an RTM_NEWRULE or RTM_DELRULE describes, as far as its description and its removal need it.
  var rule: RoutingRule? {
    guard let header = fixedHeader(fib_rule_hdr.self), let family = AddressFamily(number: header.family) else {
      return nil
    }
    let size = MemoryLayout<fib_rule_hdr>.size
    func bytes(_ name: Int) -> [UInt8]? { attribute(name, after: size) }
    func number(_ name: Int) -> UInt32? { bytes(name)?.hostOrderUInt32 }
    func prefix(_ name: Int, _ length: UInt8) -> IPPrefix? {
      bytes(name)?.address(family).flatMap { IPPrefix($0, length: Int(length)) }
    }
    guard
      let action = RoutingRule.Action(
        number: header.action, table: number(FRA_TABLE) ?? UInt32(header.table), goTo: number(FRA_GOTO),
        isVRF: bytes(FRA_L3MDEV)?.first == 1)
    else { return nil }
    var rule = RoutingRule(family: family, action: action, origin: bytes(FRA_PROTOCOL)?.first ?? 0)
    rule.isInverted = header.flags & UInt32(FIB_RULE_INVERT) != 0
    rule.source = prefix(FRA_SRC, header.src_len)
    rule.destination = prefix(FRA_DST, header.dst_len)
    rule.typeOfService = header.tos
    // A rule without the attribute has priority 0.
    rule.priority = number(FRA_PRIORITY) ?? 0
    rule.mark = number(FRA_FWMARK).map { RoutingRule.Mark(value: $0, mask: number(FRA_FWMASK) ?? .max) }
    rule.incomingInterface = bytes(FRA_IIFNAME)?.textUpToNUL
    rule.outgoingInterface = bytes(FRA_OIFNAME)?.textUpToNUL
    return rule
  }
}
