import NetPrimitives

/// Reads the lines of `virtual_routes` and `static_routes`.
struct RouteLines {
  let findings: Findings
  let names: RoutingNames
  let place: AddressPlace

  /// The route of a line; `nil` where anything in it is not valid: without that it would be another one.
  func route(_ words: [Word]) -> RouteEntry? {
    let before = findings.errorsMet
    let entry = entry(words)
    return findings.errorsMet == before ? entry : nil
  }

  private func entry(_ words: [Word]) -> RouteEntry? {
    var line = Line(
      reader: OptionReader(words, of: .route, findings), names: names,
      entry: RouteEntry(
        route: Route(family: .ipv4, origin: VirtualRouting.origin), location: findings.location(words[0].position)))
    while let (word, row) = line.reader.next() {
      if let row {
        line.read(word, row.name)
      } else if line.hasDestination {
        StatementChecker(findings: findings).reportUnknown(word, within: .route, .lineLeftOut)
        return nil
      } else {
        line.readDestination(word)
      }
    }
    guard !line.isBroken else { return nil }
    guard line.hasDestination else {
      findings.error(words[0].position, "the route has no destination")
      return nil
    }
    line.finish(words[0].position)
    if place == .instance, line.entry.trackGroup != nil {
      findings.error(words[0].position, "'track_group' is for static routes only")
    }
    return line.entry
  }
}

/// A route that is being read.
private struct Line {
  var reader: OptionReader
  let names: RoutingNames
  var entry: RouteEntry
  var hasDestination = false
  /// Whether nothing more is worth saying of it.
  var isBroken = false
  /// `via`, `dev`, `onlink`, `weight`, `realms` that stand before any `nexthop`.
  var first = Route.Hop()
  var further: [Route.Hop] = []
  /// The gateways behind `or`.
  var alternates: [IPAddress] = []
  var family: AddressFamily?
  var table: UInt32?
  var hasProtocol = false

  private var findings: Findings { reader.findings }

  mutating func readDestination(_ word: Word) {
    hasDestination = true
    guard word.text != "default" else { return }
    // What keepalived called 'inet6 default' before, and still takes.
    if word.text == "default6" {
      family = .ipv6
      return
    }
    guard let prefix = IPPrefix(word.text) else {
      isBroken = true
      return findings.error(word.position, "'\(word.text)' is not a valid destination")
    }
    entry.route.destination = prefix.network
  }

  mutating func read(_ word: Word, _ option: String) {
    if let kind = Self.kinds[option] {
      entry.route.kind = kind
    } else if let number = Self.metrics[option] {
      readMetric(word, number)
    } else {
      var hop = first
      let isOfHop = readHop(word, option, in: &hop)
      first = hop
      if !isOfHop, !readSelector(word, option) { readRest(word, option) }
    }
  }

  private static let kinds: [String: Route.Kind] = Dictionary(
    uniqueKeysWithValues: Route.Kind.allCases.map { ("\($0)", $0) })

  /// The kernel's RTAX_ numbers.
  private static let metrics = [
    "mtu": 2, "window": 3, "rtt": 4, "rttvar": 5, "ssthresh": 6, "cwnd": 7, "advmss": 8, "reordering": 9,
    "hoplimit": 10,
    "initcwnd": 11, "features": 12, "rto_min": 13, "initrwnd": 14, "quickack": 15, "fastopen_no_cookie": 17,
  ]

  private mutating func readMetric(_ word: Word, _ number: Int) {
    let isLocked = reader.take("lock")
    let value: UInt32?
    switch word.text {
    case "features":
      value =
        reader.take("ecn")
        ? 1
        : {
          findings.error(word.position, "'features' is ecn"); return nil
        }()
    // The kernel counts the first in eighths of a millisecond, the second in quarters.
    case "rtt": value = milliseconds(word, perMillisecond: 8)
    case "rttvar": value = milliseconds(word, perMillisecond: 4)
    case "rto_min": value = milliseconds(word, perMillisecond: 1)
    case "quickack", "fastopen_no_cookie": value = reader.number(word, in: 0...1)
    default: value = reader.number(word, in: 0...UInt32.max)
    }
    if let value { entry.route.metrics.append(Route.Metric(number: number, value: value, isLocked: isLocked)) }
  }

  /// A time with `s` or `ms` behind it; without either it is in the kernel's unit, as in ip-route(8).
  private mutating func milliseconds(_ option: Word, perMillisecond factor: Int) -> UInt32? {
    guard let word = reader.argument(of: option) else { return nil }
    let number = word.text.prefix { $0.isASCII && $0.isNumber }
    let units = ["": 1, "ms": factor, "msec": factor, "msecs": factor, "s": 1_000 * factor, "sec": 1_000 * factor]
    guard let value = decimalInteger(String(number)), let unit = units[String(word.text.dropFirst(number.count))],
      let result = UInt32(exactly: value.multipliedReportingOverflow(by: unit).partialValue), value <= UInt32.max
    else {
      findings.error(word.position, "'\(option.text)' is a time such as 300ms or 2s, not '\(word.text)'")
      return nil
    }
    return result
  }

  /// What belongs to a way on; false where `option` does not.
  private mutating func readHop(_ word: Word, _ option: String, in hop: inout Route.Hop) -> Bool {
    switch option {
    case "via":
      // The family may be named; the address tells it, too.
      if !reader.take("inet") { _ = reader.take("inet6") }
      hop.gateway = reader.address(word)
    case "dev": hop.device = reader.interface(word)
    case "onlink": hop.isOnLink = true
    case "realms": hop.realms = reader.realms(word, names)
    case "encap": hop.tunnel = readTunnel(word)
    default: return false
    }
    return true
  }

  /// What tells the route from others; false where `option` is none of that.
  private mutating func readSelector(_ word: Word, _ option: String) -> Bool {
    switch option {
    case "inet": family = .ipv4
    case "inet6": family = .ipv6
    case "to":
      // `to` may be followed by the type.
      guard let destination = reader.argument(of: word) else { return true }
      guard let kind = Self.kinds[destination.text] else {
        readDestination(destination)
        return true
      }
      entry.route.kind = kind
    case "src": entry.route.preferredSource = reader.address(word)
    case "from": entry.route.sourcePrefix = reader.prefix(word)
    case "table": table = reader.named(word, .tables, names)
    case "metric": entry.route.metric = reader.number(word, in: 0...UInt32.max)
    case "tos": entry.route.typeOfService = reader.named(word, .services, names, limit: 255).map(UInt8.init) ?? 0
    case "scope": entry.route.scope = reader.named(word, .scopes, names, limit: 255).map(UInt8.init)
    case "vrf": entry.vrf = reader.interface(word)
    default: return false
    }
    return true
  }

  private mutating func readRest(_ word: Word, _ option: String) {
    switch option {
    case "nexthop": readNextHop()
    case "or":
      findings.warning(word.position, "'or' is deprecated: 'nexthop via' says it better")
      if let gateway = reader.address(word) { alternates.append(gateway) }
    case "as":
      _ = reader.take("to")
      _ = reader.address(word)
    case "protocol":
      hasProtocol = true
      entry.route.origin = reader.named(word, .protocols, names, limit: 255).map(UInt8.init) ?? VirtualRouting.origin
    case "congctl":
      _ = reader.take("lock")
      entry.route.congestionControl = reader.argument(of: word)?.text
    case "pref": entry.route.routerPreference = choice(word, ["low": 3, "medium": 0, "high": 1])
    case "expires": entry.route.lifetime = reader.number(word, in: 1...UInt32.max)
    case "ttl-propagate":
      entry.route.propagatesTTL = choice(word, ["on": true, "enabled": true, "off": false, "disabled": false])
    case "add": entry.route.place = .only
    case "prepend": entry.route.place = .first
    case "append": entry.route.place = .last
    case "no_track": entry.noTrack = true
    case "track_group": entry.trackGroup = reader.argument(of: word)?.text
    default: break
    }
  }

  /// What follows `encap`, as far as it is the tunnel's: as in ip-route(8), `src` and `tos` are, there.
  private mutating func readTunnel(_ encap: Word) -> Route.Tunnel? {
    guard let kind = reader.argument(of: encap) else { return nil }
    guard kind.text == "ip" || kind.text == "ip6" else {
      // A route without it would be another route.
      findings.error(
        kind.position, "'encap' is ip or ip6; '\(kind.text)' is not supported, and the route would be wrong without it")
      reader.skipRest()
      return nil
    }
    let family: AddressFamily = kind.text == "ip" ? .ipv4 : .ipv6
    var (destination, source): (IPAddress?, IPAddress?)
    var key: UInt64?
    var (hopLimit, trafficClass): (UInt8?, UInt8?)
    while let option = reader.take(oneOf: family == .ipv4 ? Self.ipv4Tunnel : Self.ipv6Tunnel) {
      switch option.text {
      case "id": key = reader.number(option, in: 0...UInt64(Int64.max))
      case "dst": destination = reader.address(option)
      case "src": source = reader.address(option)
      case "ttl", "hoplimit": hopLimit = reader.number(option, in: 0...255)
      default: trafficClass = reader.named(option, .services, names, limit: 255).map(UInt8.init)
      }
    }
    guard let destination else {
      findings.error(kind.position, "'encap \(kind.text)' needs a 'dst'")
      return nil
    }
    if [destination, source].contains(where: { $0.map { $0.family != family } ?? false }) {
      findings.error(kind.position, "the addresses of 'encap \(kind.text)' are of another family")
    }
    var tunnel = Route.Tunnel(to: destination)
    tunnel.source = source
    tunnel.key = key
    tunnel.hopLimit = hopLimit
    tunnel.trafficClass = trafficClass
    return tunnel
  }

  private static let ipv4Tunnel: Set = ["id", "dst", "src", "ttl", "tos", "dsfield"]
  private static let ipv6Tunnel: Set = ["id", "dst", "src", "hoplimit", "tc"]

  private mutating func choice<Value>(_ option: Word, _ choices: [String: Value]) -> Value? {
    guard let word = reader.argument(of: option) else { return nil }
    guard let value = choices[word.text] else {
      findings.error(
        word.position, "'\(option.text)' is \(choices.keys.sorted().joined(separator: ", ")), not '\(word.text)'")
      return nil
    }
    return value
  }

  /// What follows `nexthop`, up to the next one.
  private mutating func readNextHop() {
    var hop = Route.Hop()
    while let (word, row) = reader.next() {
      if row?.name == "nexthop" {
        further.append(hop)
        hop = Route.Hop()
      } else if word.text == "weight" {
        hop.weight = reader.number(word, in: 1...256) ?? 1
      } else if row?.name == "no_track" {
        entry.noTrack = true
      } else if row == nil || !readHop(word, row?.name ?? "", in: &hop) {
        findings.error(word.position, "'\(word.text)' has no meaning behind nexthop")
        return reader.skipRest()
      }
    }
    further.append(hop)
  }

  /// What follows from the whole line.
  mutating func finish(_ position: Position) {
    entry.route.hops = first == Route.Hop() ? further : [first] + further
    if !alternates.isEmpty {
      guard first.gateway != nil, further.isEmpty else {
        return findings.error(position, "'or' goes behind 'via', and not together with 'nexthop'")
      }
      entry.route.hops += alternates.map { gateway in
        var hop = first
        hop.gateway = gateway
        return hop
      }
    }
    let addresses = [
      entry.route.destination?.address, entry.route.preferredSource, entry.route.sourcePrefix?.address,
    ].compactMap { $0?.family }
    entry.route.family = family ?? addresses.first ?? entry.route.hops.compactMap { $0.gateway?.family }.first ?? .ipv4
    if addresses.contains(where: { $0 != entry.route.family }) {
      findings.error(position, "the addresses of the route are of different families")
    }
    let isLocal = [.local, .broadcast, .anycast, .nat].contains(entry.route.kind)
    entry.route.table = table ?? (isLocal ? Route.localTable : Route.mainTable)
    if !first.isEmpty, !further.isEmpty {
      findings.error(position, "'via' and 'dev' go behind 'nexthop' where there is one")
    }
    if entry.route.kind == .unicast, entry.route.hops.isEmpty || entry.route.hops.contains(where: \.isEmpty) {
      findings.error(position, "the route leads nowhere: 'via' or 'dev' is missing")
    }
    if hasProtocol, !entry.noTrack, entry.route.origin != VirtualRouting.origin {
      findings.warning(position, "a route that is tracked has protocol keepalived; 'no_track' lets it have another")
      entry.route.origin = VirtualRouting.origin
    }
  }
}

extension Route.Hop {
  /// Whether nothing says where it leads.
  fileprivate var isEmpty: Bool { gateway == nil && device == nil }
}
