public import NetPrimitives

extension Router {
  /// The destinations of advertisements: the group, or every peer.
  private var destinations: [IPAddress] {
    switch configuration.transport {
    case .multicast(let group): [group]
    // People list every router on every router; what we sent to ourselves would tell nobody anything.
    case .unicast(let peers, _): peers.filter { peer in sourceAddress.map { !$0.isSameHost(as: peer) } ?? true }
    }
  }

  /// Builds the advertisements anew; called whenever something in them changed, so that sending one builds nothing.
  mutating func prepareAdvertisements() {
    guard let source = sourceAddress else {
      prepared = []
      return
    }
    prepared = destinations.map { ($0, message(priority: effectivePriority, source: source, destination: $0)) }
  }

  private func message(priority: UInt8, source: IPAddress, destination: IPAddress) -> [UInt8] {
    let old = configuration.oldUnicastChecksum
    let isOld = old == .always || old == .automatic && hasHeardOldChecksum
    let covered = isOld && !configuration.isMulticast && configuration.family == .ipv4 ? VRRP.groupIPv4 : destination
    return configuration.content.message(priority: priority, source: source, destination: covered)
  }

  mutating func sendAdvertisements(now: Instant, into effects: inout [Effect]) {
    send(prepared, now: now, into: &effects)
  }

  /// Priority 0: "I give up" (RFC 9568 6.4.3).
  mutating func sendResignation(now: Instant, into effects: inout [Effect]) {
    guard let source = sourceAddress else { return }
    let messages = destinations.map {
      (destination: $0, message: message(priority: 0, source: source, destination: $0))
    }
    send(messages, now: now, into: &effects)
    statistics.priorityZeroSent &+= 1
  }

  /// Sends one advertisement to all of its destinations, authenticated as configured.
  private mutating func send(
    _ messages: [(destination: IPAddress, message: [UInt8])], now: Instant, into effects: inout [Effect]
  ) {
    statistics.advertisementsSent &+= 1
    guard let source = sourceAddress, let first = messages.first else { return }
    switch configuration.authentication {
    case nil, .password:
      for (destination, message) in messages { effects.append(.sendAdvertisement(message, to: destination)) }
    case .header(let key):
      for (destination, message) in messages {
        let packet = AuthenticationHeader.packet(
          message, sequence: authenticator.nextHeaderSequence(), key: key, source: source, destination: destination,
          hopLimit: configuration.hopLimit)
        effects.append(.sendAdvertisement(packet, to: destination))
      }
    case .trailer(let setting):
      let trailer = trailer(setting, behind: first.message, source: source, now: now)
      for (destination, message) in messages {
        effects.append(
          .sendAdvertisement(message.with(trailer, source: source, destination: destination), to: destination))
      }
    }
  }

  /// The trailer of an advertisement, which is the same for all destinations; empty where none is sent.
  private mutating func trailer(
    _ setting: TrailerAuthentication, behind message: [UInt8], source: IPAddress, now: Instant
  ) -> [UInt8] {
    guard let key = setting.sendingKey else { return [] }
    let sequence = authenticator.nextTrailerSequence(setting, now: now)
    return AuthenticationTrailer(keyID: setting.activeKey, sequence: sequence)
      .bytes(behind: message, source: source, key: key)
  }

  /// The address to send from changed; without one the router is in fault.
  public mutating func sourceAddressChanged(to address: IPAddress?, now: Instant, into effects: inout [Effect]) {
    guard address != sourceAddress else { return }
    // A router that loses its address can no longer say so: its last words go out while the old one is still known.
    if address == nil {
      setFault(.noSourceAddress, true, now: now, into: &effects)
      sourceAddress = nil
      prepareAdvertisements()
    } else {
      sourceAddress = address
      prepareAdvertisements()
      switch phase {
      case .initialize, .fault: break
      case .backup, .master: announceSource(into: &effects)
      }
      setFault(.noSourceAddress, false, now: now, into: &effects)
    }
  }

  /// A neighbor that sent to us in vain for a while asks for our Ethernet address once a second at most (RFC 4861 10; ARP in
  /// Linux likewise). With short intervals that is too late: the active router's advertisements, which wait for the answer,
  /// would be missed.
  func announceSource(into effects: inout [Effect]) {
    guard !configuration.isMulticast, sourceAddress != nil else { return }
    effects.append(.announceSource)
  }

  /// The interface has carrier again, or another Ethernet address, without having been down for us: what its neighbors know of
  /// our addresses may be wrong.
  public mutating func linkRenewed(now: Instant, into effects: inout [Effect]) {
    switch phase {
    case .initialize, .fault: return
    case .backup, .master: announceSource(into: &effects)
    }
    announceAgain(now: now)
  }
}

extension [UInt8] {
  /// The message with its trailer, which the checksum covers in IPv6.
  fileprivate func with(_ trailer: [UInt8], source: IPAddress, destination: IPAddress) -> [UInt8] {
    var result = self + trailer
    guard source.family == .ipv6, !trailer.isEmpty else { return result }
    result.replace(at: Advertisement.checksumOffset, bigEndian: 0)
    var checksum = InternetChecksum()
    checksum.add(result.span)
    checksum.addPseudoHeader(
      source: source, destination: destination, protocol: VRRP.protocolNumber, length: result.count)
    result.replace(at: Advertisement.checksumOffset, bigEndian: checksum.value)
    return result
  }
}
