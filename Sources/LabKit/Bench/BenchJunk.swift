internal import BFDCore
internal import FoundationEssentials
internal import LinuxIO
internal import NetPrimitives

/// Packets that a router must not mind, as fast as this machine sends them.
enum BenchJunk: String, CaseIterable, Codable {
  /// Shorter than a control packet.
  case truncated
  /// Another version.
  case badVersion = "bad_version"
  /// Well-formed, but for no session there is.
  case unknownDiscriminator = "unknown_discriminator"
  /// Detection multiplier 0.
  case zeroMultiplier = "zero_multiplier"
  /// Well-formed, from beyond a router.
  case lowHopLimit = "hop_limit_too_low"

  private var bytes: [UInt8] {
    var packet = ControlPacket(
      state: .up, detectMultiplier: self == .zeroMultiplier ? 0 : 3, myDiscriminator: 1, yourDiscriminator: 0xDEAD_BEEF,
      desiredMinTxInterval: 10_000, requiredMinRxInterval: 10_000)
    packet.requiredMinEchoRxInterval = 0
    var bytes = [UInt8](repeating: 0, count: ControlPacket.mandatoryLength)
    var span = bytes.mutableSpan
    packet.encode(into: &span)
    if self == .badVersion { bytes[0] = bytes[0] & 0x1F | 2 << 5 }
    return self == .truncated ? Array(bytes.prefix(20)) : bytes
  }

  /// Sends all kinds in turn to the router of the benchmark, from the neighbours' namespace, for `duration`; how many of
  /// each were sent is the last line of standard output.
  static func send(for duration: Interval) throws(LabError) {
    var sent = Dictionary(uniqueKeysWithValues: allCases.map { ($0.rawValue, 0) })
    do {
      let near = try DatagramSocket.sharedTransmitter(.ipv4)
      let far = try DatagramSocket.sharedTransmitter(.ipv4, DatagramSocket.Transmission(hopLimit: 64))
      let batch = try TransmitBatch(capacity: 250, slotSize: 64)
      let target = Endpoint(.v4(BenchLoad.routerAddress), port: 3784)
      let end = MonotonicClock.now() + duration
      while MonotonicClock.now() < end {
        for kind in allCases {
          let bytes = kind.bytes
          while batch.append(bytes.span, to: target) {}
          sent[kind.rawValue, default: 0] += (kind == .lowHopLimit ? far : near).send(batch) { _, _ in }
        }
      }
    } catch { throw .system("sending junk", reason: "\(error)") }
    do { Terminal.say(String(decoding: try JSONEncoder().encode(sent), as: UTF8.self)) } catch {
      throw .configuration("what was sent cannot be written as JSON: \(error)")
    }
  }

  /// How many of each kind were sent, by the reason to discard them, in the output of `send`; `nil` before its end.
  static func sent(output: String) -> [String: Int]? {
    output.split(separator: "\n").last.flatMap { try? JSONDecoder().decode([String: Int].self, from: Data($0.utf8)) }
  }
}
