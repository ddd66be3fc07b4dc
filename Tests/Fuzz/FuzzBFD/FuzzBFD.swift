import BFDCore
import FuzzInput
import NetPrimitives

/// Two ends of a path, with or without authentication, and somebody in between who damages, repeats, drops and forges
/// packets. Nothing may trap, and a packet that is refused changes no state.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>, _ count: Int) -> Int32 {
  var tape = unsafe Tape(start, count)
  var path = Path(authenticatedBy: tape.next())
  while !tape.isAtEnd { path.step(&tape) }
  return 0
}

private struct Path {
  private var ends: [End]
  private var now = Instant.zero + .seconds(1_000)
  /// What was sent and not yet delivered, by the end that is to receive it.
  private var wire: [[[UInt8]]] = [[], []]
  private var last: [[UInt8]] = [[], []]

  init(authenticatedBy selector: UInt8) {
    let keys = Self.keys(selector)
    ends = (0...1).map { End(number: $0, keys: keys, now: Instant.zero + .seconds(1_000)) }
  }

  mutating func step(_ tape: inout Tape) {
    let operation = tape.next()
    let end = Int(operation >> 7)
    switch operation & 0b111 {
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
    default: collect(end, ends[end].setKeys(Self.keys(tape.next()), now))
    }
  }

  private mutating func deliver(to end: Int, damaging: (inout [UInt8]) -> Void) {
    guard !wire[end].isEmpty else { return }
    var packet = wire[end].removeFirst()
    damaging(&packet)
    last[end] = packet
    collect(end, ends[end].receive(packet, now))
  }

  private mutating func collect(_ end: Int, _ packets: [[UInt8]]) { wire[1 - end].append(contentsOf: packets) }

  private static func keys(_ selector: UInt8) -> AuthenticationKeys {
    let types = AuthenticationType.allCases
    return [selector & 0b1111, selector >> 4].compactMap { number in
      guard Int(number) < types.count else { return nil }
      return try? AuthenticationKey(type: types[Int(number)], id: number, secret: Secret(Array("secret\(number)".utf8)))
    }
  }
}

/// One end: a table with one session.
private struct End {
  private var table = SessionTable(seed: 1)
  private var effects = Effects()
  private let slot: Int
  private let (own, peer): (IPAddress, IPAddress)

  init(number: Int, keys: AuthenticationKeys, now: Instant) {
    let addresses = [IPv4Address(0xC000_0201), IPv4Address(0xC000_0202)].map(IPAddress.v4)
    (own, peer) = (addresses[number], addresses[1 - number])
    let parameters = SessionParameters(
      desiredMinTxInterval: .milliseconds(10), requiredMinRxInterval: .milliseconds(10), detectMultiplier: 3)
    guard
      let slot = try? table.add(SessionPath(peer: peer, local: own), parameters: parameters, keys: keys, now: now)
    else { fatalError("an empty table refuses a session") }
    self.slot = slot
  }

  mutating func receive(_ packet: [UInt8], _ now: Instant) -> [[UInt8]] {
    let (state, refused) = (table[slot].state, refusedCount)
    let arrival = Arrival(
      source: peer, destination: own, interface: 2, hopLimit: 255, kind: .singleHop, instant: now)
    table.receive(packet.span, arrival, now: now, effects: &effects)
    precondition(refusedCount == refused || table[slot].state == state, "a refused packet changed the state")
    return collect()
  }

  private var refusedCount: UInt64 { table.drops.total &+ table[slot].statistics.drops.total }

  mutating func advance(_ now: Instant) -> [[UInt8]] {
    table.advance(now: now, effects: &effects)
    precondition(table.nextDeadline.map { $0 > now } ?? true, "a deadline stays due")
    return collect()
  }

  mutating func setEnabled(_ isEnabled: Bool, _ now: Instant) -> [[UInt8]] {
    table.setEnabled(slot, isEnabled, now: now, effects: &effects)
    return collect()
  }

  mutating func setKeys(_ keys: AuthenticationKeys, _ now: Instant) -> [[UInt8]] {
    table.update(slot, keys: keys, now: now, effects: &effects)
    return collect()
  }

  private mutating func collect() -> [[UInt8]] {
    defer { effects.removeAll() }
    return effects.transmissions.map { transmission in (0..<transmission.length).map { transmission.bytes[$0] } }
  }
}
