internal import BFDCore
internal import KeepalivedConfig
internal import LinuxIO
internal import NetPrimitives
internal import VRRPCore

/// Watches the addresses of a rehearsal: pings them from the client, reads the wire at the switch and what the routers'
/// kernels say of their addresses.
final class RehearsalWatch {
  /// How often each address is pinged.
  static let probeInterval = Interval.milliseconds(10)

  /// By number of the watched address.
  private(set) var histories: [AddressHistory]
  private let plan: RehearsalPlan
  private let routers: [Host]
  private let observer: Observer
  private let pingers: [Pinger]
  private let step: Interval
  private let index: [IPAddress: Int]
  private let clientName: String
  private var nextProbe = Instant.zero
  private var nextReading = Instant.zero
  /// How many lines of each router's address monitor were read.
  private var read: [String: Int] = [:]
  private var lastAdvertisement: [Advertiser: Instant] = [:]
  private var sessions: [SessionEnd: (isUp: Bool, time: Instant)] = [:]

  private struct Advertiser: Hashable {
    let router: String
    let identifier: UInt8
    let family: AddressFamily
  }

  private struct SessionEnd: Hashable {
    let router: String
    let neighbor: IPAddress
  }

  init(_ plan: RehearsalPlan, lab: Lab, routers: [Host], client: Host) throws(LabError) {
    self.plan = plan
    self.routers = routers
    clientName = client.name
    observer = try Observer(lab, keepsFrames: false)
    histories = plan.watched.map { _ in AddressHistory() }
    index = Dictionary(uniqueKeysWithValues: plan.watched.enumerated().map { ($0.element.address, $0.offset) })
    let links = try Lab.links(in: client.namespace)
    var pingers: [Pinger] = []
    for watched in plan.watched where watched.isAnswered {
      pingers.append(
        try Pinger(from: client, to: watched.address, interface: links[watched.clientInterface] ?? 0))
    }
    self.pingers = pingers
    // Hundreds of addresses are pinged less often, so that the watching leaves the routers room.
    step = max(Self.probeInterval, .microseconds(500) * Int64(pingers.count))
    for router in routers {
      try router.start("addresses", ["ip", "-tshort", "-oneline", "monitor", "address"], environment: ["TZ": "UTC"])
    }
  }

  // MARK: Watching

  /// Watches for that long.
  func run(for interval: Interval) throws(LabError) {
    let end = MonotonicClock.now() + interval
    while MonotonicClock.now() < end { try turn() }
  }

  /// Watches until `condition` holds, which is asked ten times a second; returns whether it did in time.
  func run(within limit: Interval, until condition: () -> Bool) throws(LabError) -> Bool {
    let end = MonotonicClock.now() + limit
    var nextQuestion = MonotonicClock.now()
    while MonotonicClock.now() < end {
      try turn()
      guard MonotonicClock.now() >= nextQuestion else { continue }
      if condition() { return true }
      nextQuestion = MonotonicClock.now() + .milliseconds(100)
    }
    return condition()
  }

  private func turn() throws(LabError) {
    let now = MonotonicClock.now()
    if now >= nextProbe {
      for pinger in pingers { pinger.send() }
      nextProbe = max(nextProbe + step, now)
    }
    for sighting in observer.take() { note(sighting) }
    if now >= nextReading {
      readMonitors()
      for router in routers { try router.checkDaemons() }
      nextReading = now + .milliseconds(50)
    }
    try Wait.pause(max(min(nextProbe - MonotonicClock.now(), .milliseconds(5)), .microseconds(200)))
  }

  /// Takes up everything that has happened until now.
  func catchUp() {
    for sighting in observer.take() { note(sighting) }
    readMonitors()
  }

  private func note(_ sighting: Sighting) {
    let isRouter = sighting.host != clientName
    switch sighting.frame.content {
    case .echo(let isReply, let sequence):
      noteEcho(sighting, isReply: isReply, sequence, isRouter: isRouter)
    case .advertisement(let packet, _) where isRouter && !sighting.isDelivered:
      guard let family = sighting.frame.source?.family else { return }
      let advertiser = Advertiser(router: sighting.host, identifier: packet.virtualRouterID, family: family)
      // Priority 0 gives up; it is no claim.
      lastAdvertisement[advertiser] = packet.priority == 0 ? nil : sighting.time
    case .bfd(let packet, _) where isRouter && !sighting.isDelivered:
      guard let neighbor = sighting.frame.destination else { return }
      let isUp = packet.state == .up && !packet.isPoll && !packet.isFinal
      sessions[SessionEnd(router: sighting.host, neighbor: neighbor)] = (isUp, sighting.time)
    case .arp(_, let sender, _, let target) where sender == target && isRouter && !sighting.isDelivered:
      if let number = index[target] { histories[number].announced(by: sighting.host, at: sighting.time) }
    case .neighborAdvertisement(let target, false, _) where isRouter && !sighting.isDelivered:
      if let number = index[target] { histories[number].announced(by: sighting.host, at: sighting.time) }
    default: break
    }
  }

  private func noteEcho(_ sighting: Sighting, isReply: Bool, _ sequence: UInt16, isRouter: Bool) {
    let address = isReply ? sighting.frame.source : sighting.frame.destination
    guard let address, let number = index[address] else { return }
    switch (isReply, isRouter, sighting.isDelivered) {
    case (false, false, false): histories[number].sent(sequence, at: sighting.time)
    case (true, true, false): histories[number].replied(sequence, by: sighting.host)
    case (true, false, true): histories[number].arrived(sequence, at: sighting.time)
    default: break
    }
  }

  /// What the kernels reported, from the logs of `ip monitor`.
  private func readMonitors() {
    for router in routers {
      let output = router.daemon("addresses")?.output ?? ""
      let lines = output.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
      for line in lines.dropFirst(read[router.name] ?? 0) { note(line, router.name) }
      read[router.name] = lines.count
    }
  }

  private func note(_ line: Substring, _ router: String) {
    let words = line.split(whereSeparator: \.isWhitespace)
    guard let stamp = words.first, let time = Instant(timestamp: stamp.drop { $0 == "[" }.prefix { $0 != "]" }) else {
      return
    }
    for word in words.dropFirst() {
      guard let address = IPPrefix(word)?.address, let number = index[address] else { continue }
      return histories[number].changed(router, holds: !line.contains("Deleted"), at: time)
    }
  }

  /// Asks the kernels which addresses they have now, in case a report was missed.
  func synchronize() throws(LabError) {
    catchUp()
    for router in routers {
      let output = try Command.run(["ip", "-n", router.namespace, "-o", "addr"])
      let present = Set(output.split(whereSeparator: \.isWhitespace).compactMap { IPPrefix($0)?.address })
      for (address, number) in index {
        histories[number].changed(router.name, holds: present.contains(address), at: .realtime())
      }
    }
  }

  func died(_ router: String, _ span: AddressHistory.Span) {
    for number in histories.indices { histories[number].died(router, span) }
  }

  func forget(before time: Instant) {
    for number in histories.indices { histories[number].forget(before: time) }
  }

  // MARK: Rest

  /// Why the network is not at rest, `nil` where it is: nothing has changed for a while, each address is on one router
  /// (`preferred`: on the right one) and answers, nobody else advertises it, and BFD is up.
  func unrest(since start: Instant, preferred: Bool) -> String? {
    catchUp()
    let now = Instant.realtime()
    let begin = now - plan.quietTime
    guard begin > start else { return "too little time has passed" }
    let quiet = AddressHistory.Span(begin, now)
    for (watched, history) in zip(plan.watched, histories) {
      let holders = history.holders(at: now)
      guard holders.count == 1 else {
        return holders.isEmpty ? "nobody has \(watched.address)" : "both routers have \(watched.address)"
      }
      guard history.isSteady(in: quiet) else { return "\(watched.address) moves to and fro" }
      if preferred, let best = watched.preferred, best != holders[0] {
        return "\(watched.address) is on \(holders[0]) and not on \(best), whose priority is higher"
      }
      if watched.isAnswered, !history.isAnswered(in: quiet) { return "\(watched.address) does not answer" }
      if let rival = rival(of: holders[0], for: watched, since: begin) {
        return "\(rival) advertises \(watched.instance), which \(holders[0]) holds"
      }
    }
    return sessionUnrest(now)
  }

  private func rival(of holder: String, for watched: RehearsalPlan.Watched, since begin: Instant) -> String? {
    for router in plan.routers where router.name != holder {
      for instance in router.model.vrrpInstances
      where instance.watchedAddresses.contains(where: { $0.address == watched.address }) {
        let advertiser = Advertiser(
          router: router.name, identifier: instance.virtualRouterID, family: instance.family)
        if let time = lastAdvertisement[advertiser], time >= begin { return router.name }
      }
    }
    return nil
  }

  private func sessionUnrest(_ now: Instant) -> String? {
    for router in plan.routers {
      for session in router.model.bfdInstances where !session.adminDown {
        let end = sessions[SessionEnd(router: router.name, neighbor: session.neighbor)]
        guard let end, end.isUp, end.time > now - max(session.desiredMinTX * 4, .seconds(2)) else {
          return "BFD session \(session.name) of \(router.name) is not up"
        }
      }
    }
    return nil
  }
}
