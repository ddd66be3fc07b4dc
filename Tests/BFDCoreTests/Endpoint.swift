import NetPrimitives
import Testing

@testable import BFDCore

let peerAddress = IPAddress.v4(IPv4Address(0xC000_0202))
let localAddress = IPAddress.v4(IPv4Address(0xC000_0201))

/// A packet with the time at which it left.
struct Sent {
  let instant: Instant
  let packet: ControlPacket
  let bytes: [UInt8]
}

/// One session in a table of its own, on a clock that the test moves; the test plays the peer.
struct Endpoint {
  static let peerDiscriminator: UInt32 = 0x1122_3344

  var table: SessionTable
  var effects = Effects()
  var now = Instant.zero + .seconds(1_000)
  let slot: Int
  /// All packets that left, oldest first.
  var sent: [Sent] = []
  /// All changes of state, oldest first.
  var changes: [StateChange] = []
  /// What made the timers change while the state stayed, oldest first.
  var timerChanges: [ChangeCause] = []
  /// The slots that were given back.
  var removed: [Int] = []
  /// How often another key was used from then on.
  var keyChanges = 0

  init(
    _ parameters: SessionParameters = .fast, path: SessionPath = SessionPath(peer: peerAddress, local: localAddress),
    keys: AuthenticationKeys = [], isEnabled: Bool = true, seed: UInt64 = 1
  ) throws {
    table = SessionTable(seed: seed)
    slot = try table.add(path, parameters: parameters, keys: keys, isEnabled: isEnabled, now: now)
  }

  var session: Session { table[slot] }
  var state: SessionState { table[slot].state }
  var drops: DropCounters { table[slot].statistics.drops }

  /// A packet as the peer would send it, knowing our discriminator.
  func packet(
    _ state: SessionState, tx: UInt32 = 10_000, rx: UInt32 = 10_000, multiplier: UInt8 = 3, knowsUs: Bool = true
  ) -> ControlPacket {
    ControlPacket(
      state: state, detectMultiplier: multiplier, myDiscriminator: Self.peerDiscriminator,
      yourDiscriminator: knowsUs ? session.localDiscriminator : 0, desiredMinTxInterval: tx, requiredMinRxInterval: rx)
  }

  /// Gives the table raw bytes and returns the packets it answered with at once.
  @discardableResult
  mutating func receive(
    bytes: [UInt8], source: IPAddress = peerAddress, destination: IPAddress = localAddress, interface: UInt32 = 2,
    hopLimit: UInt8? = 255, kind: PathKind = .singleHop, at instant: Instant? = nil
  ) -> [ControlPacket] {
    let arrival = Arrival(
      source: source, destination: destination, interface: interface, hopLimit: hopLimit, kind: kind,
      instant: instant ?? now)
    table.receive(bytes.span, arrival, now: now, effects: &effects)
    return collect()
  }

  @discardableResult
  mutating func receive(_ packet: ControlPacket, hopLimit: UInt8? = 255, at instant: Instant? = nil) -> [ControlPacket]
  {
    receive(bytes: packet.encoded, hopLimit: hopLimit, at: instant)
  }

  /// Wakes the table at the present time.
  @discardableResult
  mutating func advance() -> [ControlPacket] {
    table.advance(now: now, effects: &effects)
    return collect()
  }

  /// Runs the clock forward, waking the table exactly when it asks to be woken, and returns what left meanwhile.
  @discardableResult
  mutating func run(for interval: Interval) -> [Sent] {
    let before = sent.count
    let end = now + interval
    while let deadline = table.nextDeadline, deadline <= end {
      now = max(now, deadline)
      advance()
    }
    now = end
    return Array(sent[before...])
  }

  /// Runs the clock while the peer sends `packet` every 10 ms, as an Up peer at full speed does.
  @discardableResult
  mutating func run(for interval: Interval, hearing packet: (Endpoint) -> ControlPacket) -> [Sent] {
    let before = sent.count
    let end = now + interval
    while now < end {
      receive(packet(self))
      run(for: .milliseconds(10))
    }
    return Array(sent[before...])
  }

  /// Brings the session Up, with every Poll it has pending answered.
  mutating func establish(tx: UInt32 = 10_000, rx: UInt32 = 10_000, multiplier: UInt8 = 3) {
    receive(packet(.down, tx: 1_000_000, rx: rx, multiplier: multiplier, knowsUs: false))
    receive(packet(.initializing, tx: tx, rx: rx, multiplier: multiplier))
    var final = packet(.up, tx: tx, rx: rx, multiplier: multiplier)
    final.isFinal = true
    receive(final)
    receive(packet(.up, tx: tx, rx: rx, multiplier: multiplier))
    if session.isPolling {
      run(for: .milliseconds(10))
      receive(final)
      receive(packet(.up, tx: tx, rx: rx, multiplier: multiplier))
    }
    #expect(state == .up)
    #expect(!session.isPolling)
  }

  mutating func update(_ parameters: SessionParameters) {
    table.update(slot, parameters: parameters, now: now, effects: &effects)
    collect()
  }

  mutating func update(keys: AuthenticationKeys) {
    table.update(slot, keys: keys, now: now, effects: &effects)
    collect()
  }

  mutating func setEnabled(_ isEnabled: Bool) {
    table.setEnabled(slot, isEnabled, now: now, effects: &effects)
    collect()
  }

  mutating func setPath(interface: UInt32 = 0, isAvailable: Bool) {
    table.setPath(slot, interface: interface, isAvailable: isAvailable, now: now, effects: &effects)
    collect()
  }

  mutating func remove() {
    table.remove(slot, cause: .configuration, now: now, effects: &effects)
    collect()
  }

  /// Empties the effects into `sent`, `changes` and `removed`.
  @discardableResult
  mutating func collect() -> [ControlPacket] {
    // What is in them only the sender knows; the tests of echo look at them before.
    let transmissions = effects.transmissions.filter { $0.length != EchoPacket.length }
    let packets = transmissions.map { ControlPacket(sent: $0) }
    sent += zip(packets, transmissions).map { Sent(instant: now, packet: $0, bytes: $1.sentBytes) }
    for event in effects.events {
      switch event {
      case .stateChanged(let change): changes.append(change)
      case .removed(let slot): removed.append(slot)
      case .authenticationChanged: keyChanges += 1
      case .discovered, .unsolicitedLimitReached: Issue.record("a session that nobody asked for")
      case .timersChanged(_, let cause): timerChanges.append(cause)
      }
    }
    effects.removeAll()
    return packets
  }
}

extension SessionParameters {
  /// 10 ms x 3.
  static let fast = SessionParameters.symmetric(.milliseconds(10))

  static func symmetric(_ interval: Interval, multiplier: UInt8 = 3, isPassive: Bool = false) -> SessionParameters {
    SessionParameters(
      desiredMinTxInterval: interval, requiredMinRxInterval: interval, detectMultiplier: multiplier,
      isPassive: isPassive)
  }
}

extension Transmission {
  var sentBytes: [UInt8] { (0..<length).map { bytes[$0] } }
}

extension ControlPacket {
  var encoded: [UInt8] {
    var bytes = [UInt8](repeating: 0xA5, count: Self.mandatoryLength)
    var span = bytes.mutableSpan
    encode(into: &span)
    return bytes
  }

  /// What a peer would read; a packet of ours that does not decode fails the test.
  init(sent transmission: Transmission) {
    do {
      self = try ControlPacket(decoding: transmission.sentBytes.span)
    } catch {
      Issue.record("we sent a packet that a peer must discard: \(error)")
      self.init(
        state: .adminDown, detectMultiplier: 0, myDiscriminator: 0, yourDiscriminator: 0, desiredMinTxInterval: 0,
        requiredMinRxInterval: 0)
    }
  }
}

/// The times between consecutive packets.
func gaps(of sent: [Sent]) -> [Interval] {
  zip(sent, sent.dropFirst()).map { $1.instant - $0.instant }
}
