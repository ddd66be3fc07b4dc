import NetPrimitives

/// What an address line stands in.
enum AddressPlace {
  case instance
  case global
}

/// Reads the lines of `virtual_ipaddress`, `virtual_ipaddress_excluded` and `static_ipaddress`.
struct AddressLines {
  let findings: Findings
  let place: AddressPlace

  /// The address of a line; `nil` where it has none that is valid.
  func entry(_ words: [Word]) -> AddressEntry? {
    let before = findings.objectsLeftOut
    let options = LineOptions(words.dropFirst(), of: .address, findings)
    guard let prefix = prefix(words[0]) else { return nil }
    var entry = AddressEntry(prefix: prefix, location: findings.location(words[0].position))
    entry.device = options.word("dev")?.text
    entry.isHomeAddress = options.flag("home")
    entry.noDuplicateAddressDetection = prefix.address.family == .ipv6 && !options.flag("-nodad")
    entry.managesTemporaryAddresses = options.flag("mngtmpaddr")
    entry.noPrefixRoute = options.flag("noprefixroute")
    entry.autoJoin = options.flag("autojoin")
    entry.noTrack = options.flag("no_track")
    readPeer(options, into: &entry)
    readIPv4Options(options, into: &entry)
    readLifetime(options, into: &entry)
    readPlace(options, into: &entry)
    return findings.objectsLeftOut == before ? entry : nil
  }

  /// The address with its prefix length. A length that cannot be is replaced by that of the address alone.
  private func prefix(_ word: Word) -> IPPrefix? {
    if let prefix = IPPrefix(word.text) { return prefix }
    let parts = word.text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2, let address = IPAddress(parts[0]) else {
      let hint = parts.count == 2 ? "address with prefix length" : "IP address"
      findings.error(word.position, "'\(word.text)' is not a valid \(hint)")
      return nil
    }
    let length = address.family == .ipv4 ? 32 : 128
    findings.error(
      word.position, "a prefix length of \(address.family.name) is from 0 to \(length), not '\(parts[1])'",
      .replaced(with: "\(length)"))
    return IPPrefix("\(parts[0])/\(length)")
  }

  private func readPeer(_ options: LineOptions, into entry: inout AddressEntry) {
    guard let peer = options.prefix("peer"), let position = options.position(of: "peer") else { return }
    guard peer.address.family == entry.address.family else {
      return findings.error(
        position, "the peer '\(peer)' and the address '\(entry.address)' are of different families", .wordLeftOut)
    }
    entry.peer = peer
  }

  /// `scope`, `brd` and `label` are for IPv4.
  private func readIPv4Options(_ options: LineOptions, into entry: inout AddressEntry) {
    guard case .v4(let address) = entry.address else {
      for name in ["scope", "brd", "label"] {
        guard let position = options.position(of: name) else { continue }
        // keepalived ignores the others, but leaves out an address with a broadcast address.
        findings.error(
          position, "'\(name)' is for IPv4 addresses only", name == "brd" ? .objectLeftOut("address") : .wordLeftOut)
      }
      return
    }
    if let scope = options.word("scope") {
      if let number = Self.scopes[scope.text] ?? integerWithPrefix(scope.text), (0...255).contains(number) {
        entry.scope = UInt8(number)
      } else {
        findings.error(
          scope.position, "'scope' is host, link, site, global, nowhere or 0 to 255, not '\(scope.text)'",
          .wordLeftOut)
      }
    }
    if let label = options.word("label") {
      if (1...15).contains(label.text.utf8.count) {
        entry.label = label.text
      } else {
        findings.error(
          label.position, "a label has 1 to 15 bytes, '\(label.text)' has \(label.text.utf8.count)",
          .objectLeftOut("address"))
      }
    }
    if let broadcast = options.word("brd") { readBroadcast(broadcast, address, into: &entry) }
  }

  private static let scopes = ["host": 254, "link": 253, "site": 200, "global": 0, "universe": 0, "nowhere": 255]

  private func readBroadcast(_ word: Word, _ address: IPv4Address, into entry: inout AddressEntry) {
    // RFC 3021: two addresses have no room for a third meaning.
    if ["+", "-"].contains(word.text), entry.prefix.length > 30 {
      return findings.warning(
        word.position, "a prefix of length \(entry.prefix.length) has no broadcast address: 'brd' has no effect")
    }
    let hostBits = entry.prefix.length == 0 ? UInt32.max : UInt32((UInt64(1) << (32 - entry.prefix.length)) - 1)
    switch word.text {
    case "+": entry.broadcast = IPv4Address(address.bits | hostBits)
    case "-": entry.broadcast = IPv4Address(address.bits & ~hostBits)
    default:
      guard let broadcast = IPv4Address(word.text) else {
        return findings.error(
          word.position, "'brd' needs an IPv4 address, + or -, not '\(word.text)'",
          .objectLeftOut("address"))
      }
      entry.broadcast = broadcast
    }
  }

  private func readLifetime(_ options: LineOptions, into entry: inout AddressEntry) {
    if entry.address.family == .ipv6, entry.prefix.length == 128 { entry.preferredLifetime = .seconds(0) }
    guard let lifetime = options.word("preferred_lft") else { return }
    if lifetime.text == "forever" {
      entry.preferredLifetime = .forever
    } else if let seconds = decimalInteger(lifetime.text).flatMap(UInt32.init(exactly:)) {
      entry.preferredLifetime = .seconds(seconds)
    } else {
      findings.error(
        lifetime.position, "'preferred_lft' is a number of seconds or forever, not '\(lifetime.text)'",
        .wordLeftOut)
    }
  }

  private func readPlace(_ options: LineOptions, into entry: inout AddressEntry) {
    switch place {
    case .global:
      entry.trackGroup = options.word("track_group")?.text
      if let position = options.position(of: "use_vmac") {
        findings.error(position, "'use_vmac' is not for static addresses", .wordLeftOut)
      }
    case .instance:
      entry.usesVirtualMAC = options.flag("use_vmac")
      if let position = options.position(of: "track_group") {
        findings.error(position, "'track_group' is for static addresses only", .wordLeftOut)
      }
    }
  }
}
