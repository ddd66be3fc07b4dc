import BFDCore
import KeepalivedConfig
import LinuxIO
import Logging
import NetPrimitives

/// Runs the S-BFD reflector on the event loop: its sockets on port 7784, of both families, as long as it is configured.
final class ReflectorDriver {
  private(set) var reflector: Reflector?
  private let loop: EventLoop
  private let logger: Logger
  private let batch: ReceiveBatch
  private var registrations: [EventLoop.Registration] = []

  init(loop: EventLoop, logger: Logger) throws(SystemError) {
    self.loop = loop
    self.logger = logger
    batch = try ReceiveBatch(capacity: 64, slotSize: 256)
  }

  /// Runs the reflector with these settings, or none; its counters stay.
  func apply(_ settings: Reflector.Settings?) throws(SystemError) {
    guard let settings else {
      for registration in registrations { loop.unwatch(registration) }
      registrations = []
      reflector = nil
      return
    }
    if registrations.isEmpty {
      for family in AddressFamily.allCases { try listen(family) }
    }
    if reflector == nil { reflector = Reflector(settings) } else { reflector?.settings = settings }
  }

  func clearStatistics() { reflector?.clearStatistics() }

  private func listen(_ family: AddressFamily) throws(SystemError) {
    let socket = try DatagramSocket.receiver(family, port: PathKind.seamless.port)
    // RFC 7881 6.1, and the marking of sessions.
    try socket.setHopLimit(255)
    try socket.setTrafficClass(0xC0)
    registrations.append(
      try loop.watch(socket.descriptor, priority: .packet) { [unowned self] _ in receive(socket) })
  }

  private func receive(_ socket: DatagramSocket) {
    for _ in 0..<Receivers.batchesPerTurn {
      do throws(SystemError) {
        guard try socket.receive(into: batch, at: loop.wakeUp) > 0 else { return }
      } catch {
        return logger.error("receiving on port \(PathKind.seamless.port): \(error)")
      }
      let now = loop.wakeUp.monotonic
      batch.forEach { datagram, bytes in
        let source = datagram.source
        guard let answer = reflector?.reflect(bytes, from: source.address, port: source.port, now: now) else { return }
        // Back to where it came from, from where it was sent to. What cannot be sent is the initiator's to notice.
        try? socket.send(
          answer.span, to: source, from: datagram.destination,
          interface: source.address.isLinkLocal ? datagram.interface : 0)
      }
      if batch.count < batch.capacity { return }
    }
    loop.leavePackets()
  }
}

extension Reflector.Settings {
  /// What an `sbfd_reflector` block describes.
  init(_ block: SBFDReflector) {
    self.init(
      discriminators: Set(block.discriminators), allowed: block.allowed, requiredMinRxInterval: block.requiredMinRX,
      maximumRate: block.maximumRate, isAdminDown: block.adminDown)
  }
}
