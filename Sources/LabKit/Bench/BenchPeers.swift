internal import BFDCore
internal import LinuxIO
internal import NetPrimitives

/// The many neighbours of a router that is measured, in one process: it sends and receives in batches and does nothing
/// per packet but note it, so that it is never what limits the router. What it says of itself shows whether that held.
final class BenchPeers: EventLoopDriver {
  private enum Phase {
    /// Waiting for the sessions to come up, until the deadline.
    case starting(deadline: Instant)
    /// All are up; the router may settle.
    case settling(end: Instant)
    case measuring(end: Instant)
    /// Neighbour `next` falls silent with its first packet after `time`.
    case silencing(next: Int, time: Instant)
    /// The router has until then to notice the last ones.
    case waiting(end: Instant)
    case done
  }

  private let load: BenchLoad
  private let loop: EventLoop
  private let socket: DatagramSocket
  private let sender: DatagramSocket
  private let incoming: ReceiveBatch
  private let outgoing: TransmitBatch
  private var generator: SeededGenerator
  private var peers: [BenchPeer]
  private var transmissions = DeadlineQueue()
  private var phase: Phase
  private var tick: Instant
  private var nextSweep: Instant
  private var report = PeersReport()
  private var gaps = Spread()
  /// Whether a neighbour's silence was noticed by the router.
  private var isNoticed: [Bool]
  private var isRestKnown: [Bool]
  /// Who answers at once what was read last.
  private var answers: [(index: Int, isFinal: Bool, isNews: Bool)] = []
  private var atRest = 0
  private var failure: SystemError?

  /// Packets leave and are read this often: as network cards collect what comes from many neighbours.
  private static let tickInterval = Interval.microseconds(200)
  /// How long the router has until all sessions are up, and how long it may settle then.
  private static let startLimit = Interval.seconds(40)
  private static let settling = Interval.seconds(2)
  /// The time from one neighbour's silence to the next.
  private static let silenceSpacing = Interval.milliseconds(25)
  private static let port: UInt16 = 3784

  var nextDeadline: Instant? { tick }

  private init(_ load: BenchLoad) throws(SystemError) {
    self.load = load
    loop = try EventLoop()
    socket = try .receiver(.ipv4, port: Self.port, receiveBuffer: 32 << 20)
    sender = try .sharedTransmitter(.ipv4)
    incoming = try ReceiveBatch(capacity: 256, slotSize: 128)
    outgoing = try TransmitBatch(capacity: 256, slotSize: 64)
    generator = try KernelRandom.generator()
    peers = Array(repeating: BenchPeer(), count: load.sessions)
    isNoticed = Array(repeating: false, count: load.sessions)
    isRestKnown = isNoticed
    let now = MonotonicClock.now()
    phase = .starting(deadline: now + Self.startLimit)
    tick = now
    nextSweep = now
    // They were there before the router, each with a beat of its own.
    for index in peers.indices {
      transmissions.schedule(index, at: now + .nanoseconds(Int64(generator.next(below: 1_000_000_000))))
    }
  }

  /// Plays the neighbours in this process's network namespace until the measurement is over, saying on standard output
  /// how far it is and in the end what was seen.
  static func run(_ load: BenchLoad) throws(LabError) {
    do {
      let peers = try BenchPeers(load)
      Terminal.say(PeersPhase.ready.rawValue)
      try peers.loop.run(peers)
      if let failure = peers.failure { throw failure }
      Terminal.say(try peers.report.line())
    } catch let error as LabError { throw error } catch { throw .system("playing the neighbours", reason: "\(error)") }
  }

  func deadlinesReached(at now: Instant) {
    do throws(SystemError) {
      let start = MonotonicClock.now()
      try receiveAll()
      let now = MonotonicClock.now()
      advance(now: now)
      try sendDue(now: now)
      // What came by the start has been heard; who was not may have spoken since.
      if start >= nextSweep { sweep(now: start) }
      tick = max(tick + Self.tickInterval, now)
    } catch {
      failure = error
      loop.stop()
    }
  }

  // MARK: Receiving

  private func receiveAll() throws(SystemError) {
    var isMore = true
    while isMore {
      isMore = try socket.receive(into: incoming, at: .now()) == incoming.capacity
      answers.removeAll(keepingCapacity: true)
      incoming.forEach { datagram, bytes in
        guard let destination = datagram.destination, let index = load.neighbor(destination),
          let packet = try? ControlPacket(decoding: bytes)
        else { return }
        take(packet, index, at: datagram.received)
      }
      let now = MonotonicClock.now()
      for answer in answers {
        try send(answer.index, final: answer.isFinal, now: now)
        if answer.isNews { schedule(answer.index, after: now) }
      }
      try flush()
    }
    report.own_drops = socket.dropped
  }

  /// Notes a packet of the router to neighbour `index`.
  private func take(_ packet: ControlPacket, _ index: Int, at instant: Instant) {
    if case .measuring = phase { report.received += 1 }
    if let silentSince = peers[index].silentSince {
      return noteDetection(packet, index, at: instant, silentSince: silentSince)
    }
    let reception = peers[index].receive(packet, at: instant, load)
    if let gap = reception.gap, isMeasuring { gaps.record(gap) }
    if reception.isLost, isMeasuring { report.flaps += 1 }
    if case .starting = phase, !isRestKnown[index], peers[index].isAtRest(load) {
      isRestKnown[index] = true
      atRest += 1
      report.all_up = instant.nanoseconds
    }
    if reception.isPoll || reception.isNews {
      answers.append((index: index, isFinal: reception.isPoll, isNews: reception.isNews))
    }
  }

  private func noteDetection(_ packet: ControlPacket, _ index: Int, at instant: Instant, silentSince: Instant) {
    guard packet.state != .up, !isNoticed[index] else { return }
    isNoticed[index] = true
    report.detections.append((instant - (silentSince + peers[index].routersDetectionTime(load))).microseconds)
  }

  /// Whether what happens to sessions counts.
  private var isMeasuring: Bool {
    switch phase {
    case .measuring, .silencing, .waiting: true
    case .starting, .settling, .done: false
    }
  }

  /// Gives up where the router fell silent altogether.
  private func sweep(now: Instant) {
    nextSweep = now + .milliseconds(10)
    for index in peers.indices where peers[index].silentSince == nil {
      if peers[index].checkDetection(now: now, load), isMeasuring { report.flaps += 1 }
    }
  }

  // MARK: Sending

  private func sendDue(now: Instant) throws(SystemError) {
    while let index = transmissions.popExpired(now: now) {
      if let last = peers[index].lastSent, isMeasuring {
        report.own_largest_gap = max(report.own_largest_gap, (now - last).microseconds)
      }
      if case .silencing(let next, let time) = phase, index == next, now >= time {
        try sendLast(index)
        phase = .silencing(next: next + 1, time: time + Self.silenceSpacing)
        continue
      }
      try send(index, final: false, now: now)
      schedule(index, after: now)
    }
    try flush()
  }

  private func schedule(_ index: Int, after now: Instant) {
    let interval = peers[index].transmitInterval(load)
    // RFC 5880 6.8.7: 75 to 100 %, or to 90 % where a single loss would end the session.
    let shortest = interval * 3 / 4
    let longest = load.multiplier == 1 ? interval * 9 / 10 : interval
    let jitter = Int64(generator.next(below: UInt64((longest - shortest).nanoseconds) + 1))
    transmissions.schedule(index, at: now + shortest + .nanoseconds(jitter))
  }

  private func send(_ index: Int, final isFinal: Bool, now: Instant) throws(SystemError) {
    let packet = peers[index].packet(index, final: isFinal, now: now, load)
    if case .measuring = phase { report.sent += 1 }
    var bytes = [24 of UInt8](repeating: 0)
    var span = bytes.mutableSpan
    packet.encode(into: &span)
    if outgoing.count == outgoing.capacity { try flush() }
    _ = outgoing.append(
      bytes.span, to: Endpoint(.v4(BenchLoad.routerAddress), port: Self.port), from: .v4(BenchLoad.neighbor(index)))
  }

  /// The last packet of a neighbour leaves alone, so that the time of its leaving is known.
  private func sendLast(_ index: Int) throws(SystemError) {
    try flush()
    try send(index, final: false, now: MonotonicClock.now())
    try flush()
    peers[index].fallSilent(at: MonotonicClock.now())
    report.silenced += 1
  }

  private func flush() throws(SystemError) {
    var failure: SystemError?
    // While the router's interface goes there is nobody to send to; that the run then has no result is seen elsewhere.
    sender.send(outgoing) { _, error in if error.code != .connectionRefused { failure = error } }
    if let failure { throw failure }
  }

  // MARK: Phases

  private func advance(now: Instant) {
    switch phase {
    case .starting(let deadline):
      if atRest == peers.count { phase = .settling(end: now + Self.settling) }
      if now >= deadline {
        report.all_up = nil
        finish()
      }
    case .settling(let end) where now >= end:
      report.up = peers.count { $0.state == .up && $0.router?.state == .up }
      Terminal.say(PeersPhase.begin.rawValue)
      phase = .measuring(end: now + load.duration)
    case .measuring(let end) where now >= end:
      Terminal.say(PeersPhase.silencing.rawValue)
      phase = .silencing(next: 0, time: now + .milliseconds(100))
    case .silencing(let next, _) where next == load.silenced:
      phase = .waiting(end: now + load.detectionTime + .seconds(2))
    case .waiting(let end) where now >= end || report.detections.count == report.silenced:
      finish()
    case .settling, .measuring, .silencing, .waiting, .done: break
    }
  }

  private func finish() {
    phase = .done
    if report.all_up == nil { report.up = peers.count { $0.state == .up && $0.router?.state == .up } }
    report.detections.sort()
    report.largest_gap = gaps.greatest.microseconds
    report.gap_p99 = gaps.quantile(0.99)?.microseconds
    loop.stop()
  }
}
