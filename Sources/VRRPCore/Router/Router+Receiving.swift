public import NetPrimitives

/// What the operating system says about a received packet.
public struct PacketPath: Hashable, Sendable {
  /// The sender.
  public var source: IPAddress
  /// The address the packet was sent to.
  public var destination: IPAddress
  /// The TTL or hop limit it arrived with; `nil` where the system did not say, which no multicast packet passes.
  public var hopLimit: UInt8?
  /// When the kernel received it.
  public var receivedAt: Instant

  /// The path of a packet.
  public init(source: IPAddress, destination: IPAddress, hopLimit: UInt8?, receivedAt: Instant) {
    self.source = source
    self.destination = destination
    self.hopLimit = hopLimit
    self.receivedAt = receivedAt
  }
}

extension Router {
  /// Takes an advertisement for this router's number that arrived on its interface. Whatever does not pass the checks
  /// changes nothing but the counter of its reason, which is returned.
  @discardableResult
  public mutating func receive(
    _ message: Span<UInt8>, path: PacketPath, now: Instant, into effects: inout [Effect]
  ) -> DropReason? {
    do throws(DropReason) {
      let offset = try messageOffset(message)
      let advertisement = try accept(message, from: offset, path: path)
      statistics.advertisementsReceived &+= 1
      if advertisement.priority == 0 { statistics.priorityZeroReceived &+= 1 }
      noteIfFalseTakeover(path, into: &effects)
      compareAddresses(advertisement, message.extracting(offset...), path, into: &effects)
      switch phase {
      case .initialize, .fault: break
      case .backup(let backup): listen(backup, to: advertisement, path: path)
      case .master(let master): answer(advertisement, as: master, path: path, now: now, into: &effects)
      }
      return nil
    } catch {
      statistics.drops[error] &+= 1
      if error != .notListening { lastTrouble = AdvertisementTrouble(path.source, refusal: error, at: path.receivedAt) }
      return error
    }
  }

  // MARK: Checks

  /// The checks of RFC 9568 7.1 and RFC 3768 7.1, in keepalived's order.
  private mutating func accept(
    _ packet: Span<UInt8>, from offset: Int, path: PacketPath
  ) throws(DropReason) -> Advertisement {
    switch phase {
    case .initialize, .fault: throw .notListening
    case .backup, .master: break
    }
    let message = packet.extracting(offset...)
    let advertisement = try Advertisement(
      message, family: configuration.family, trailerLength: needsRealTime ? AuthenticationTrailer.length : 0)
    if configuration.isMulticast, path.hopLimit != VRRP.hopLimit { throw .hopLimit }
    guard advertisement.version == configuration.version.rawValue else { throw .version }
    try authenticate(advertisement, packet, message, path)
    try checkInterval(advertisement)
    guard advertisement.type == 1 else { throw .packetType }
    // Of a trailer the checksum says something in IPv6 only.
    let covered = configuration.family == .ipv6 ? message : message.extracting(..<advertisement.length)
    let form = try checksumForm(of: covered, path)
    guard path.destination.isMulticast == configuration.isMulticast else { throw .destination }
    guard advertisement.addressCount > 0 || configuration.addresses.isEmpty else { throw .addressCount }
    if let source = sourceAddress, source.isSameHost(as: path.source) { throw .ownAddress }
    if configuration.ownerIgnoresAdvertisements, configuration.isOwner, advertisement.priority == VRRP.ownerPriority {
      throw .ownerIgnoresAdvertisements
    }
    if case .unicast(let peers, checksSource: true) = configuration.transport,
      !peers.contains(where: { $0.isSameHost(as: path.source) })
    {
      throw .unicastSource
    }
    if let limits = configuration.peerHopLimits[path.source.scoped(to: 0)] {
      guard let hopLimit = path.hopLimit, limits.contains(hopLimit) else { throw .unicastSource }
    }
    if configuration.version == .v3, configuration.family == .ipv4 { count(form) }
    return advertisement
  }

  /// Where the message begins: with an authentication header the router is handed the whole IP packet.
  private func messageOffset(_ packet: Span<UInt8>) throws(DropReason) -> Int {
    guard case .header = configuration.authentication else { return 0 }
    try AuthenticationHeader.checkShape(packet)
    return VRRP.messageOffsetBehindHeader
  }

  private mutating func authenticate(
    _ advertisement: Advertisement, _ packet: Span<UInt8>, _ message: Span<UInt8>, _ path: PacketPath
  ) throws(DropReason) {
    if case .trailer(let setting) = configuration.authentication {
      try authenticate(message, hasTrailer: message.count > advertisement.length, setting, path)
    }
    guard configuration.version == .v2 else { return }
    guard advertisement.authenticationType <= 2 else { throw .authenticationType }
    guard advertisement.authenticationType == configuration.authentication?.typeOnWire ?? 0 else {
      throw .authenticationMismatch
    }
    switch configuration.authentication {
    case nil, .trailer: break
    case .password(let password):
      guard password.matches(message, at: advertisement.authenticationOffset) else { throw .authenticationFailure }
    case .header(let key): try authenticator.verify(header: packet, key: key)
    }
  }

  private mutating func authenticate(
    _ message: Span<UInt8>, hasTrailer: Bool, _ setting: TrailerAuthentication, _ path: PacketPath
  ) throws(DropReason) {
    guard hasTrailer else {
      guard setting.mode != .enforce else { throw .missingAuthentication }
      return
    }
    var peers: Int?
    if case .unicast(let list, _) = configuration.transport {
      guard list.contains(where: { $0.isSameHost(as: path.source) }) else { throw .unicastSource }
      peers = list.count
    }
    _ = try authenticator.verify(
      trailerOf: message, setting, source: path.source, peers: peers, at: path.receivedAt)
  }

  /// v2 routers must agree on the interval (RFC 3768 7.1); in v3 the active router's counts, whatever it is.
  private mutating func checkInterval(_ advertisement: Advertisement) throws(DropReason) {
    let mine = configuration.version.nearestInterval(to: configuration.advertisementInterval)
    switch configuration.version {
    case .v2: guard advertisement.interval == mine else { throw .interval }
    case .v3:
      guard advertisement.interval > .zero else { throw .interval }
      if advertisement.interval != mine { statistics.intervalDifferences &+= 1 }
    }
  }

  /// keepalived before 1.3.6 made its unicast checksums for the multicast group.
  private mutating func checksumForm(
    of message: Span<UInt8>, _ path: PacketPath
  ) throws(DropReason) -> ChecksumForm {
    let version = configuration.version
    if let form = ChecksumForm.verified(message, version: version, source: path.source, destination: path.destination) {
      return form
    }
    guard !configuration.isMulticast, configuration.family == .ipv4, configuration.oldUnicastChecksum != .never,
      let form = ChecksumForm.verified(message, version: version, source: path.source, destination: VRRP.groupIPv4)
    else { throw .checksum }
    if !hasHeardOldChecksum {
      hasHeardOldChecksum = true
      prepareAdvertisements()
    }
    return form
  }

  private mutating func count(_ form: ChecksumForm) {
    switch form {
    case .messageOnly: statistics.checksumsWithoutPseudoHeader &+= 1
    case .pseudoHeader: statistics.checksumsWithPseudoHeader &+= 1
    }
  }

  /// Counts and reports a router that advertises other addresses; it is accepted all the same, as RFC 9568 7.1 allows
  /// and keepalived does.
  private mutating func compareAddresses(
    _ advertisement: Advertisement, _ message: Span<UInt8>, _ path: PacketPath, into effects: inout [Effect]
  ) {
    let isKnown = lastAdvertisement?.source == path.source
    if isKnown, configuration.skipsAddressCheckOfKnownSender { return }
    if hasOurAddresses(advertisement, message) { return }
    statistics.addressListErrors &+= 1
    lastTrouble = AdvertisementTrouble(path.source, refusal: nil, at: path.receivedAt)
    if !isKnown { effects.append(.notice(.addressesDiffer(path.source))) }
  }

  private func hasOurAddresses(_ advertisement: Advertisement, _ message: Span<UInt8>) -> Bool {
    guard Int(advertisement.addressCount) == configuration.addresses.count else { return false }
    let isSameOrder = configuration.addresses.indices.allSatisfy {
      advertisement.address($0, of: message).isSameHost(as: configuration.addresses[$0])
    }
    if isSameOrder { return true }
    let theirs = Set((0..<Int(advertisement.addressCount)).map { advertisement.address($0, of: message) })
    return configuration.addresses.allSatisfy { theirs.contains($0.scoped(to: 0)) }
  }

  // MARK: Backup

  /// RFC 9568 6.4.2 with keepalived's `preempt_delay`. An advertisement that is not accepted never extends the timer.
  private mutating func listen(_ current: Backup, to advertisement: Advertisement, path: PacketPath) {
    var backup = current
    defer { phase = .backup(backup) }
    if advertisement.priority == 0 {
      remember(advertisement, path)
      backup.expectation = .masterResigned
      backup.deadlineWithoutBFD = nil
      backup.hearsActive = false
      if !isInMaintenance { backup.deadline = path.receivedAt + skewTime }
      return
    }
    backup.hasHeardActive = true
    if advertisement.priority < effectivePriority, mayPreempt {
      preempted = LastAdvertisement(advertisement, path)
      guard case .after(let delay) = configuration.preemption, delay > .zero else {
        expectPreemption(of: path.source, &backup)
        return
      }
      let since = backup.lowerPrioritySince ?? path.receivedAt
      backup.lowerPrioritySince = since
      if path.receivedAt >= since + delay {
        expectPreemption(of: path.source, &backup)
        return
      }
    } else {
      backup.lowerPrioritySince = nil
    }
    remember(advertisement, path)
    backup.expectation = .masterTimeout
    backup.deadlineWithoutBFD = nil
    backup.hasWaitedAfterStall = false
    backup.wish = nil
    backup.hearsActive = true
    adopt(advertisement.interval)
    patience.heard(path.source, interval: masterAdvertisementInterval, now: path.receivedAt)
    if !isInMaintenance { backup.deadline = path.receivedAt + silenceLimit }
  }

  /// The timer runs on. Patience is for a router that is silent: one that is heard itself, with a lower priority than before,
  /// is preempted when the ordinary timer ends.
  private func expectPreemption(of router: IPAddress, _ backup: inout Backup) {
    backup.expectation = .preemption
    guard let deadline = backup.deadline, let last = lastAdvertisement, last.source.isSameHost(as: router)
    else { return }
    backup.deadline = min(deadline, last.receivedAt + masterDownInterval)
  }

  private mutating func remember(_ advertisement: Advertisement, _ path: PacketPath) {
    lastAdvertisement = LastAdvertisement(advertisement, path)
  }

  /// v3: a backup judges the active router by the interval it announces (RFC 9568 6.4.2).
  private mutating func adopt(_ interval: Interval) {
    if configuration.version == .v3 { adoptedInterval = interval }
  }

  // MARK: Master

  /// RFC 9568 6.4.3. Answers are not sent here but by `deadlineReached`, which is due at once: so a router that reads a
  /// hundred advertisements after a stall answers once, and not before it has read the last of them.
  private mutating func answer(
    _ advertisement: Advertisement, as current: Master, path: PacketPath, now: Instant, into effects: inout [Effect]
  ) {
    var master = current
    if advertisement.priority == 0 {
      advertiseInAnswer(&master, now: now)
      // Only an active router resigns: an episode is over.
      if !isSucceeding(master, at: path.receivedAt) { announceAsWinner(&master, isEpisode: true, now: now) }
      phase = .master(master)
      return
    }
    if isBetter(advertisement.priority, path.source) {
      // Who was not running for so long that the others gave it up was replaced, and they have announced that.
      if configuration.answersHigherPriority, now - master.deadline < masterDownInterval {
        sendAdvertisements(now: now, into: &effects)
      }
      remember(advertisement, path)
      adopt(advertisement.interval)
      patience.yielded(
        to: path.source, interval: masterAdvertisementInterval, downInterval: masterDownInterval, now: path.receivedAt)
      becomeBackup(cause: .betterRouter, lateness: .zero, now: now, &effects)
      return
    }
    noteRival(advertisement, path, &master, now: now, into: &effects)
    phase = .master(master)
  }

  /// Higher priority, or the same and a higher address (RFC 9568 6.4.3).
  private func isBetter(_ priority: UInt8, _ source: IPAddress) -> Bool {
    guard priority == effectivePriority else { return priority > effectivePriority }
    guard let mine = sourceAddress else { return true }
    return source.scoped(to: 0) > mine.scoped(to: 0)
  }

  /// Another router is active beside us and must hear at once that we are better; and so must everybody who learned its
  /// address meanwhile.
  private mutating func noteRival(
    _ advertisement: Advertisement, _ path: PacketPath, _ master: inout Master, now: Instant,
    into effects: inout [Effect]
  ) {
    var isEpisode = false
    if !isSucceeding(master, at: path.receivedAt) {
      isEpisode = master.lastRival.map { path.receivedAt - $0 > masterDownInterval } ?? true
      master.lastRival = path.receivedAt
      if isEpisode {
        statistics.dualMasterEpisodes &+= 1
        effects.append(.notice(.dualMaster(path.source, priority: advertisement.priority)))
        effects.append(.notify(.masterReceivedLowerPriority, priority: effectivePriority))
      }
    }
    if !configuration.staysSilentOnLowerPriority { advertiseInAnswer(&master, now: now) }
    announceAsWinner(&master, isEpisode: isEpisode, now: now)
  }

  /// Advertises at once, as the protocol wants it, but a few times in an interval at most; then the others wait for our
  /// ordinary advertisement. One that has not heard the last answers does not hear the next one sooner because there are
  /// more of them.
  private func advertiseInAnswer(_ master: inout Master, now: Instant) {
    if now - master.answers.since >= configuration.advertisementInterval { master.answers = (now, 0) }
    guard master.answers.count < Self.answersInAnInterval else { return }
    if master.deadline > now { master.answers.count += 1 }
    master.deadline = min(master.deadline, now)
  }

  /// Enough for several rivals that the end of a cut brings together.
  private static var answersInAnInterval: Int { 4 }

  /// Whether the router has just become active: then it hears the last advertisement of the one before it, which is how
  /// it should be. One that goes on after that has not heard us.
  private func isSucceeding(_ master: Master, at time: Instant) -> Bool {
    time - master.since <= configuration.advertisementInterval
  }

  private func announceAsWinner(_ master: inout Master, isEpisode: Bool, now: Instant) {
    master.announcements.answerRival(isEpisode: isEpisode, interval: masterDownInterval, now: now)
  }

  /// The router that a BFD takeover displaced is heard before VRRP itself would have missed it: it was alive.
  private mutating func noteIfFalseTakeover(_ path: PacketPath, into effects: inout [Effect]) {
    guard case .master(var master) = phase, let displaced = master.displaced,
      displaced.router.isSameHost(as: path.source)
    else { return }
    master.displaced = nil
    phase = .master(master)
    guard path.receivedAt > master.since, path.receivedAt <= displaced.until else { return }
    statistics.falseBFDTakeovers &+= 1
    effects.append(.notice(.falseTakeover(path.source)))
  }
}

extension IPAddress {
  /// Whether both are the same address, whatever their scopes: where both come from one interface, scopes say nothing.
  func isSameHost(as other: IPAddress) -> Bool { scoped(to: 0) == other.scoped(to: 0) }
}
