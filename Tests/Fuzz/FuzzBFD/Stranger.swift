import BFDCore
import FuzzInput
import NetPrimitives

/// A system with everything that hears packets of people it does not know: an S-BFD reflector and an initiator, a rule for
/// neighbours that begin by themselves, an unaffiliated echo session and one over several hops. What comes has a right
/// shape more often than not, so that it gets far.
struct Stranger {
  private static let reflected: UInt32 = 0x0A00_0002
  private static let sessionLimit = 4
  private static let subnet = IPPrefix("192.0.2.0/24")

  private var table = SessionTable(seed: 1)
  private var effects = Effects()
  private var reflector: Reflector
  private let configured: [Int]
  private var now = Instant.zero + .seconds(1_000)
  /// What left last, as a forger who listens has it.
  private var heard: [UInt8] = []

  init() {
    guard let subnet = Self.subnet else { fatalError("no prefix") }
    reflector = Reflector(
      Reflector.Settings(
        discriminators: [Self.reflected, 1], allowed: [subnet], requiredMinRxInterval: .milliseconds(10),
        maximumRate: 3))
    let parameters = SessionParameters(
      desiredMinTxInterval: .milliseconds(10), requiredMinRxInterval: .milliseconds(10), detectMultiplier: 3,
      minimumHopLimit: 250, remoteDiscriminator: Self.reflected, echoTxInterval: .milliseconds(20),
      demandPollInterval: .milliseconds(100))
    table.setUnsolicited([
      UnsolicitedRule(
        id: 1, interface: 2, subnets: [subnet], maximumSessions: Self.sessionLimit, hold: .seconds(1),
        parameters: parameters)
    ])
    var configured: [Int] = []
    for (number, kind) in [PathKind.multihop, .seamless, .unaffiliatedEcho].enumerated() {
      let path = SessionPath(peer: Self.address(UInt8(number)), local: Self.address(9), kind: kind)
      guard let slot = try? table.add(path, parameters: parameters, now: now) else {
        fatalError("an empty table refuses a session")
      }
      table.setEcho(slot, maySend: true, mayLoop: true, now: now, effects: &effects)
      configured.append(slot)
    }
    self.configured = configured
  }

  mutating func step(_ tape: inout Tape) {
    let operation = tape.next()
    switch operation & 0b111 {
    case 0:
      now = now + .milliseconds(20 * Int64(tape.next()))
      table.serveDeadlines(now, &effects)
    case 1: receive(tape.next(Int(tape.next())), &tape)
    case 2: receive(packet(&tape), &tape)
    case 3: receive(heard, &tape)
    case 4: reflect(tape.next(Int(tape.next())), &tape)
    case 5: reflect(packet(&tape), &tape)
    case 6: table.receiveEcho((operation & 8 == 0 ? heard : tape.next(32)).span, at: now, now: now, effects: &effects)
    default:
      let slot = configured[Int(tape.next()) % configured.count]
      table.setEnabled(slot, operation & 8 == 0, now: now, effects: &effects)
    }
    if let transmission = effects.transmissions.last {
      heard = (0..<transmission.length).map { transmission.bytes[$0] }
    }
    effects.removeAll()
    precondition(table.count <= configured.count + Self.sessionLimit, "more sessions than the rule lets be made")
  }

  private static func address(_ number: UInt8) -> IPAddress { .v4(IPv4Address(0xC000_0200 + UInt32(number))) }

  /// A packet whose every field the tape chooses, with a discriminator of this system more often than not.
  private func packet(_ tape: inout Tape) -> [UInt8] {
    let (flags, chosen) = (tape.next(), tape.next())
    let own = [Self.reflected] + configured.map { table[$0].localDiscriminator } + [0]
    var packet = ControlPacket(
      state: SessionState(rawValue: flags & 0b11) ?? .down, detectMultiplier: tape.next(),
      myDiscriminator: UInt32(tape.next()), yourDiscriminator: own[Int(chosen) % own.count],
      desiredMinTxInterval: word(&tape), requiredMinRxInterval: word(&tape))
    packet.isPoll = flags & 4 != 0
    packet.isFinal = flags & 8 != 0
    packet.isDemand = flags & 16 != 0
    packet.requiredMinEchoRxInterval = word(&tape)
    var bytes = [24 of UInt8](repeating: 0)
    var span = bytes.mutableSpan
    packet.encode(into: &span)
    return (0..<24).map { bytes[$0] }
  }

  private func word(_ tape: inout Tape) -> UInt32 {
    switch tape.next() {
    case 0: 0
    case 255: .max
    case let value: UInt32(value) * 1_000
    }
  }

  private mutating func receive(_ payload: [UInt8], _ tape: inout Tape) {
    let (sender, path) = (tape.next(), tape.next())
    let arrival = Arrival(
      source: Self.address(sender), destination: Self.address(9), interface: UInt32(path & 1) + 2,
      hopLimit: path & 2 == 0 ? 255 : (path & 4 == 0 ? 254 : nil), kind: PathKind.allCases[Int(path >> 6)], instant: now
    )
    let states = configured.map { table[$0].state }
    let count = table.count
    if table.receive(payload.span, arrival, now: now, effects: &effects) != nil {
      precondition(
        configured.map { table[$0].state } == states && table.count == count, "a refused packet changed something")
    }
  }

  private mutating func reflect(_ payload: [UInt8], _ tape: inout Tape) {
    let sender = tape.next()
    let before = reflector
    let answer = reflector.reflect(payload.span, from: Self.address(sender), port: UInt16(tape.next()) << 6, now: now)
    guard let answer else { return precondition(reflector.drops.total == before.drops.total + 1, "not counted") }
    // An answer is never taken for a question: two reflectors would talk for ever.
    precondition(
      reflector.reflect(answer.span, from: Self.address(sender), port: 49_152, now: now) == nil,
      "a reflector answers a reflector")
  }
}
