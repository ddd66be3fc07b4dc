internal import BFDCore
internal import FoundationEssentials
internal import LinuxIO
internal import NetPrimitives

/// Packets that a router must not mind.
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

  private var hopLimit: UInt8 { self == .lowHopLimit ? 64 : 255 }

  /// How many packets the kernel is handed as one piece, which it cuts up: else sending takes longer than receiving.
  private static let burst = 60

  /// A socket that sends this kind, and a batch of bursts for it.
  private func sender() throws(SystemError) -> DatagramSocket {
    let socket = try DatagramSocket.sharedTransmitter(.ipv4, DatagramSocket.Transmission(hopLimit: hopLimit))
    try socket.setSegmentSize(UInt16(bytes.count))
    return socket
  }

  /// Sends all kinds in turn to the router of the benchmark, from the neighbours' namespace, for `duration`, together `rate`
  /// packets a second, or as many as this machine can; how many of each were sent is the last line of standard output.
  static func send(_ rate: Int, for duration: Interval) throws(LabError) {
    var sent = Dictionary(uniqueKeysWithValues: allCases.map { ($0.rawValue, 0) })
    do {
      let batch = try TransmitBatch(capacity: 1, slotSize: burst * ControlPacket.mandatoryLength)
      var senders: [(BenchJunk, DatagramSocket, burst: [UInt8])] = []
      for kind in allCases {
        senders.append((kind, try kind.sender(), Array(repeatElement(kind.bytes, count: burst).joined())))
      }
      let target = Endpoint(.v4(BenchLoad.routerAddress), port: 3784)
      var due = MonotonicClock.now()
      let end = due + duration
      while due < end {
        for (kind, socket, bytes) in senders {
          guard batch.append(bytes.span, to: target) else { continue }
          sent[kind.rawValue, default: 0] += socket.send(batch) { _, _ in } * burst
        }
        // What this machine was too slow for is not made up for: the rate is a limit.
        due = max(due + .seconds(1) * Int64(burst * allCases.count) / Int64(rate), MonotonicClock.now())
        MonotonicClock.sleep(until: due)
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
