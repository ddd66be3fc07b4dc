import BFDCore
import FuzzInput
import NetPrimitives

/// Two ends of a path with echo, with or without authentication, and somebody in between who damages, repeats, drops and
/// forges packets.
struct Path {
  private var ends: [End]
  private var now = Instant.zero + .seconds(1_000)
  /// What was sent and not yet delivered, by the end that is to receive it.
  private var wire: [[[UInt8]]] = [[], []]
  private var last: [[UInt8]] = [[], []]
  /// Echo frames under way, by the end that made them, and whether the other end has turned them round.
  private var echoes: [(end: Int, isTurned: Bool, frame: [UInt8])] = []

  init(authenticatedBy selector: UInt8) {
    let keys = Self.keys(selector)
    ends = (0...1).map { End(number: $0, keys: keys, now: Instant.zero + .seconds(1_000)) }
  }

  mutating func step(_ tape: inout Tape) {
    let operation = tape.next()
    let end = Int(operation >> 7)
    switch operation & 0b1111 {
    case 0:
      now = now + .milliseconds(Int64(tape.next()))
      for end in ends.indices { collect(end, ends[end].advance(now)) }
    case 1: deliver(to: end) { _ in }
    case 2:
      let (place, mask) = (Int(tape.next()), tape.next())
      deliver(to: end) { if !$0.isEmpty { $0[place % $0.count] ^= mask } }
    case 3: collect(end, ends[end].receive(tape.next(Int(tape.next())), now))
    case 4: collect(end, ends[end].receive(last[end], now))
    case 5: if !wire[end].isEmpty { wire[end].removeFirst() }
    case 6: collect(end, ends[end].setEnabled(tape.next() & 1 == 0, now))
    case 7: collect(end, ends[end].setKeys(Self.keys(tape.next()), now))
    case 8: deliverEcho { _ in }
    case 9:
      let (place, mask) = (Int(tape.next()), tape.next())
      deliverEcho { $0[place % $0.count] ^= mask }
    case 10: if !echoes.isEmpty { echoes.removeFirst() }
    case 11: if let first = echoes.first { echoes.append(first) }
    case 12: collect(end, ends[end].setEcho(tape.next(), now))
    case 13: collect(end, ends[end].poll(now))
    default: collect(end, ends[end].setIntervals(tape.next(), echo: tape.next(), now))
    }
  }

  private mutating func deliver(to end: Int, damaging: (inout [UInt8]) -> Void) {
    guard !wire[end].isEmpty else { return }
    var packet = wire[end].removeFirst()
    damaging(&packet)
    last[end] = packet
    collect(end, ends[end].receive(packet, now))
  }

  /// Brings an echo frame to the other end, which turns it round, or back to the one that made it.
  private mutating func deliverEcho(damaging: (inout [UInt8]) -> Void) {
    guard !echoes.isEmpty else { return }
    var (end, isTurned, frame) = echoes.removeFirst()
    damaging(&frame)
    guard let packet = EchoFrame(decoding: frame.span) else { return }
    if isTurned {
      collect(end, ends[end].receiveEcho(frame, packet, now))
    } else if ends[1 - end].loops(packet, now) {
      packet.turnRound(&frame, .forward)
      echoes.append((end, true, frame))
    }
  }

  private mutating func collect(_ end: Int, _ sent: Sent) {
    wire[1 - end].append(contentsOf: sent.packets)
    echoes.append(contentsOf: sent.echoes.map { (end, false, $0) })
  }

  private static func keys(_ selector: UInt8) -> AuthenticationKeys {
    let types = AuthenticationType.allCases
    return [selector & 0b1111, selector >> 4].compactMap { number in
      guard Int(number) < types.count else { return nil }
      return try? AuthenticationKey(type: types[Int(number)], id: number, secret: Secret(Array("secret\(number)".utf8)))
    }
  }
}

/// What an end sent: the payloads of control packets, and echo frames.
private typealias Sent = (packets: [[UInt8]], echoes: [[UInt8]])

/// One end: a table with one session.
private struct End {
  private var table = SessionTable(seed: 1)
  private var effects = Effects()
  private let slot: Int
  private let (own, peer): (IPAddress, IPAddress)
  private static let interface: UInt32 = 2

  /// Intervals in milliseconds; an odd one asks for Demand mode, and an echo interval of 0 for no echo.
  private static func parameters(_ interval: UInt8, echo: UInt8) -> SessionParameters {
    SessionParameters(
      desiredMinTxInterval: .milliseconds(Int64(interval)), requiredMinRxInterval: .milliseconds(Int64(interval)),
      detectMultiplier: 3, requiredMinEchoRxInterval: .milliseconds(Int64(echo)),
      echoTxInterval: echo == 0 ? nil : .milliseconds(Int64(echo)),
      demandPollInterval: interval & 1 == 0 ? nil : .milliseconds(100))
  }

  init(number: Int, keys: AuthenticationKeys, now: Instant) {
    let addresses = [IPv4Address(0xC000_0201), IPv4Address(0xC000_0202)].map(IPAddress.v4)
    (own, peer) = (addresses[number], addresses[1 - number])
    let path = SessionPath(peer: peer, local: own, interface: Self.interface)
    guard let slot = try? table.add(path, parameters: Self.parameters(10, echo: 20), keys: keys, now: now)
    else { fatalError("an empty table refuses a session") }
    self.slot = slot
    table.setEcho(slot, maySend: true, mayLoop: true, now: now, effects: &effects)
  }

  mutating func receive(_ packet: [UInt8], _ now: Instant) -> Sent {
    let (state, refused) = (table[slot].state, refusedCount)
    let arrival = Arrival(
      source: peer, destination: own, interface: Self.interface, hopLimit: 255, kind: .singleHop, instant: now)
    table.receive(packet.span, arrival, now: now, effects: &effects)
    precondition(refusedCount == refused || table[slot].state == state, "a refused packet changed the state")
    return collect()
  }

  private var refusedCount: UInt64 { table.drops.total &+ table[slot].statistics.drops.total }

  mutating func advance(_ now: Instant) -> Sent {
    table.serveDeadlines(now, &effects)
    return collect()
  }

  mutating func setEnabled(_ isEnabled: Bool, _ now: Instant) -> Sent {
    table.setEnabled(slot, isEnabled, now: now, effects: &effects)
    return collect()
  }

  mutating func setKeys(_ keys: AuthenticationKeys, _ now: Instant) -> Sent {
    table.update(slot, keys: keys, now: now, effects: &effects)
    return collect()
  }

  mutating func setIntervals(_ interval: UInt8, echo: UInt8, _ now: Instant) -> Sent {
    table.update(slot, parameters: Self.parameters(interval, echo: echo), now: now, effects: &effects)
    return collect()
  }

  mutating func setEcho(_ ability: UInt8, _ now: Instant) -> Sent {
    table.setEcho(slot, maySend: ability & 1 == 0, mayLoop: ability & 2 == 0, now: now, effects: &effects)
    return collect()
  }

  mutating func poll(_ now: Instant) -> Sent {
    _ = table.poll(slot, now: now, effects: &effects)
    return collect()
  }

  /// Whether this end sends the frame back.
  mutating func loops(_ packet: EchoFrame, _ now: Instant) -> Bool {
    packet.hopLimit == 255 && table.loopEcho(from: packet.destination, interface: Self.interface, now: now) != nil
  }

  mutating func receiveEcho(_ frame: [UInt8], _ packet: EchoFrame, _ now: Instant) -> Sent {
    let state = table[slot].state
    table.receiveEcho(frame.span.extracting(packet.payload), at: now, now: now, effects: &effects)
    precondition(table[slot].state == state, "an echo that came back changed the state")
    return collect()
  }

  private mutating func collect() -> Sent {
    defer { effects.removeAll() }
    var sent: Sent = ([], [])
    for transmission in effects.transmissions {
      if transmission.isEcho {
        sent.echoes.append(frame(transmission))
      } else {
        sent.packets.append((0..<transmission.length).map { transmission.bytes[$0] })
      }
    }
    return sent
  }

  private func frame(_ transmission: Transmission) -> [UInt8] {
    var frame = [UInt8](repeating: 0, count: EchoFrame.maximumLength)
    let addresses = EchoFrame.Addresses(
      from: MACAddress(0x0200_0000_0001), to: MACAddress(0x0200_0000_0002), own: own, port: 50_000)
    let length = EchoFrame.write(transmission, addresses, dscp: 48, to: &frame)
    return Array(frame.prefix(length))
  }
}
