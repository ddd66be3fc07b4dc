internal import FoundationEssentials
internal import LinuxIO
public import NetPrimitives

/// One frame at one port of the switch.
public struct Sighting: Sendable {
  /// When, by the kernel's clock (realtime).
  public let time: Instant
  /// The host at the port.
  public let host: String
  /// The host's interface at the port.
  public let interface: String
  /// Whether the frame was on its way to the host; otherwise the host sent it.
  public let isDelivered: Bool
  /// What it was.
  public let frame: DecodedFrame
}

/// Watches the switch of a lab: every frame that a host sends and every frame that is delivered to one, with the kernel's
/// time. A frame that a cut port swallows is seen where it was sent and nowhere delivered.
public final class Observer {
  /// What was seen, in the order of arrival. `look()` brings it up to date.
  public private(set) var sightings: [Sighting] = []
  private let capture: PacketSocket
  private let batch: ReceiveBatch
  private let ports: [UInt32: (host: String, interface: String)]
  private var rawFrames: [(time: Instant, bytes: [UInt8])] = []
  private let keepsFrames: Bool

  /// Watches `lab` from now on. Hosts that are added later are not seen. Without `keepsFrames` there is no capture file.
  public init(_ lab: Lab, keepsFrames: Bool = true) throws(LabError) {
    self.keepsFrames = keepsFrames
    do {
      // Frames wait here until somebody looks, so there is room for some seconds of them.
      capture = try NetworkNamespace.entering(lab.switchNamespace) { () throws(SystemError) in
        try PacketSocket.observer(receiveBuffer: 32 << 20)
      }
      batch = try ReceiveBatch(capacity: 64, slotSize: 2048)
    } catch { throw .system("observing the switch", reason: "\(error)") }
    var ports: [UInt32: (host: String, interface: String)] = [:]
    let links = try lab.switchLinks()
    for host in lab.hosts {
      for interface in host.interfaces {
        if let index = links[host.port(interface.name)] { ports[index] = (host.name, interface.name) }
      }
    }
    self.ports = ports
  }

  /// Takes up what was captured since the last look.
  public func look() {
    // Nothing can fail on an open packet socket but the wire's namespace, and then there is nothing more to see.
    while let count = try? capture.receive(into: batch, at: .now()), count > 0 {
      batch.forEachFrame { frame, bytes in note(frame, bytes) }
    }
  }

  private func note(_ frame: Frame, _ bytes: Span<UInt8>) {
    guard let port = ports[frame.interface] else { return }
    let time = Instant(nanoseconds: UInt64(clamping: frame.stamp))
    // Each frame once for the capture file: where it came from.
    if keepsFrames, !frame.isOutgoing { rawFrames.append((time, bytes.indices.map { bytes[$0] })) }
    sightings.append(
      Sighting(
        time: time, host: port.host, interface: port.interface, isDelivered: frame.isOutgoing,
        frame: DecodedFrame(bytes)))
  }

  /// What was seen since the last call; it is not kept here.
  public func take() -> [Sighting] {
    look()
    defer { sightings.removeAll(keepingCapacity: true) }
    return sightings
  }

  /// What is seen from now on: the number of sightings so far, to be given to `first(from:where:)`.
  public func mark() -> Int {
    look()
    return sightings.count
  }

  /// The first sighting that `isWanted`, from number `start` on.
  public func first(from start: Int = 0, where isWanted: (Sighting) -> Bool) -> Sighting? {
    look()
    return sightings[start...].first(where: isWanted)
  }

  /// The last sighting that `isWanted`.
  public func last(where isWanted: (Sighting) -> Bool) -> Sighting? {
    look()
    return sightings.last(where: isWanted)
  }

  /// Writes every frame that a host sent to a capture file for tshark or Wireshark.
  public func writeCaptureFile(_ path: String) throws(LabError) {
    look()
    try CaptureFile.write(rawFrames, to: path)
  }
}

/// The classic capture file format of libpcap, with nanoseconds, little-endian.
enum CaptureFile {
  static func write(_ frames: [(time: Instant, bytes: [UInt8])], to path: String) throws(LabError) {
    var data = Data()
    func append(_ value: UInt32) {
      for shift in stride(from: UInt32(0), to: 32, by: 8) { data.append(UInt8(truncatingIfNeeded: value >> shift)) }
    }
    append(0xA1B2_3C4D)
    append(2 | 4 << 16)
    append(0)
    append(0)
    append(65_535)
    append(1)
    for frame in frames.sorted(by: { $0.time < $1.time }) {
      append(UInt32(truncatingIfNeeded: frame.time.nanoseconds / 1_000_000_000))
      append(UInt32(truncatingIfNeeded: frame.time.nanoseconds % 1_000_000_000))
      append(UInt32(frame.bytes.count))
      append(UInt32(frame.bytes.count))
      data.append(contentsOf: frame.bytes)
    }
    try Files.write(data, to: path)
  }
}
