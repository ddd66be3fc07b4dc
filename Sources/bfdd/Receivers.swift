import BFDCore
import LinuxIO
import Logging
import NetPrimitives

/// The sockets that hear control packets: one for each port, family and routing domain.
final class Receivers {
  private struct Receiver {
    let socket: SievedReceiver
    let kind: PathKind
    /// The routing domain it hears, as the engine numbers them.
    let domain: UInt32
    /// The index of that domain's VRF device; 0 outside of VRFs.
    let vrf: UInt32
    let registrations: [EventLoop.Registration]
    /// What the kernel had dropped when the counters were last cleared.
    var cleared = SievedReceiver.Drops()
  }

  /// How often packets with a low TTL are looked at: one batch each time.
  private static let lowHopLimitPause = Interval.milliseconds(100)
  /// How many batches one socket may fill in a turn before the others have theirs.
  static let batchesPerTurn = 4

  /// Reads a socket of a kind and routing domain, at most so many batches.
  var read: (_ socket: DatagramSocket, PathKind, _ domain: UInt32, _ batches: Int) -> Void = { _, _, _, _ in }
  private let loop: EventLoop
  private let logger: Logger
  private var receivers: [Receiver] = []

  init(loop: EventLoop, logger: Logger) {
    self.loop = loop
    self.logger = logger
  }

  /// Closes the receivers that `isNeeded` does not hold for: nobody listens where there is no session.
  func close(unless isNeeded: (PathKind, AddressFamily, _ domain: UInt32) -> Bool) {
    receivers.removeAll { receiver in
      guard !isNeeded(receiver.kind, receiver.socket.packets.family, receiver.domain) else { return false }
      for registration in receiver.registrations { loop.unwatch(registration) }
      return true
    }
  }

  /// The ports that are open.
  var openPorts: Set<UInt16> { Set(receivers.map(\.kind.port)) }

  /// Opens the receiver of a routing domain where there is none. That of a VRF device which was created anew replaces
  /// the old one: sockets are tied to a device by its index.
  func listen(
    _ family: AddressFamily, _ kind: PathKind, domain: UInt32 = 0, vrf: (name: String, index: UInt32)? = nil
  ) throws(SystemError) {
    let present = receivers.firstIndex { $0.socket.packets.family == family && $0.kind == kind && $0.domain == domain }
    if let present {
      guard receivers[present].vrf != vrf?.index ?? 0 else { return }
      for registration in receivers.remove(at: present).registrations { loop.unwatch(registration) }
    }
    let hasOtherDomain = receivers.contains { $0.socket.packets.family == family && $0.kind == kind }
    let socket = try open(family, kind, device: vrf?.name, hasOtherDomain: hasOtherDomain)
    var registrations = [
      try loop.watch(socket.packets.descriptor, priority: .packet) { [unowned self] _ in
        read(socket.packets, kind, domain, Self.batchesPerTurn)
      }
    ]
    if let low = socket.lowHopLimit { registrations.append(try watchNowAndThen(low, kind, domain)) }
    receivers.append(
      Receiver(socket: socket, kind: kind, domain: domain, vrf: vrf?.index ?? 0, registrations: registrations))
  }

  /// Opens a receiver; where the port is somebody else's, says which port that is.
  private func open(
    _ family: AddressFamily, _ kind: PathKind, device: String?, hasOtherDomain: Bool
  ) throws(SystemError) -> SievedReceiver {
    do throws(SystemError) {
      return try SievedReceiver(family, port: kind.port, device: device, hasOtherDomain: hasOtherDomain)
    } catch {
      if error.code == .addressInUse {
        logger.error(
          "UDP port \(kind.port) is taken: does another BFD daemon run here (keepalived, FRR, BIRD)? ss -lunp shows it")
      }
      throw error
    }
  }

  /// Reads a few packets of `socket` after everything else, and then none for a while: however many there are, they
  /// cost next to nothing.
  private func watchNowAndThen(
    _ socket: DatagramSocket, _ kind: PathKind, _ domain: UInt32
  ) throws(SystemError) -> EventLoop.Registration {
    var own: EventLoop.Registration?
    let registration = try loop.watch(socket.descriptor, priority: .control) { [unowned self] _ in
      read(socket, kind, domain, 1)
      guard let own else { return }
      // Changing what a watched descriptor is waited for does not fail.
      try? loop.change(own, to: [])
      loop.startTimer(at: loop.wakeUp.monotonic + Self.lowHopLimitPause) { [unowned self] in
        try? loop.change(own, to: .reading)
      }
    }
    own = registration
    return registration
  }

  /// Lets the kernel put apart what no session accepts because of its TTL or hop limit. `minimum` is the least that a
  /// session of that kind, family and domain accepts; `nil` where there is none.
  func sieve(minimum: (PathKind, AddressFamily, _ domain: UInt32) -> UInt8?) {
    for receiver in receivers {
      let least = minimum(receiver.kind, receiver.socket.packets.family, receiver.domain)
      do throws(SystemError) {
        // One hop takes 255 from whoever has no session yet (RFC 9468); several say nothing about it.
        try receiver.socket.setMinimumHopLimit(least ?? (receiver.kind == .singleHop ? 255 : 0))
      } catch {
        logger.error("packets to port \(receiver.kind.port) are not sieved: \(error)")
      }
    }
  }

  /// What the kernel dropped since `clearDrops`, by reason: it was for no session, or nobody looked.
  var drops: [String: Int] {
    var result: [String: Int] = [:]
    for receiver in receivers {
      guard let drops = try? receiver.socket.drops() else { continue }
      let counts = [
        (DropReason.truncated.name, drops.tooShort - receiver.cleared.tooShort),
        (DropReason.badVersion.name, drops.badVersion - receiver.cleared.badVersion),
        (DropReason.hopLimitTooLow.name, drops.lowHopLimit - receiver.cleared.lowHopLimit),
        ("receive_buffer_full", drops.bufferFull - receiver.cleared.bufferFull),
      ]
      for (reason, count) in counts where count > 0 { result[reason, default: 0] += Int(clamping: count) }
    }
    return result
  }

  /// Counts what the kernel drops from zero again.
  func clearDrops() {
    for index in receivers.indices {
      if let drops = try? receivers[index].socket.drops() { receivers[index].cleared = drops }
    }
  }
}
