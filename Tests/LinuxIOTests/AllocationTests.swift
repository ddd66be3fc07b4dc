import CAllocationCounter
import LinuxIO
import NetPrimitives
import Testing

/// Receives in an event loop, sends a batch at every deadline, and remembers as little as it can.
private final class Exchange: EventLoopDriver {
  let loop: EventLoop
  let receiver: DatagramSocket
  let sender: DatagramSocket
  let incoming: ReceiveBatch
  let outgoing: TransmitBatch
  let destination: Endpoint
  let packet = [UInt8](repeating: 0x20, count: 24)
  let size: Int
  var nextDeadline: Instant?
  var received = 0
  var sum = 0
  var latest = Instant.zero

  init(_ family: AddressFamily, size: Int) throws {
    self.size = size
    loop = try EventLoop()
    receiver = try .receiver(family, port: 0, address: try loopback(family))
    sender = try .transmitter(source: try loopback(family))
    incoming = try ReceiveBatch(capacity: 64, slotSize: 128)
    outgoing = try TransmitBatch(capacity: 64, slotSize: 128)
    destination = try receiver.localEndpoint()
    nextDeadline = .zero
    try loop.watch(receiver.descriptor, priority: .packet) { [unowned self] _ in readAll() }
  }

  private func readAll() {
    guard let count = try? receiver.receive(into: incoming, at: loop.wakeUp) else { return }
    received += count
    incoming.forEach { datagram, bytes in
      if datagram.hopLimit == 255, datagram.destination == destination.address { sum += bytes.count }
      latest = datagram.received
    }
  }

  func deadlinesReached(at now: Instant) {
    let packet = packet
    for _ in 0..<size { _ = outgoing.append(packet.span, to: destination) }
    sender.send(outgoing) { _, _ in }
    nextDeadline = now + .microseconds(10)
  }

  /// Runs until `count` more datagrams were received.
  func run(_ count: Int) throws {
    let end = received + count
    while received < end { try loop.runTurn(self) }
  }
}

@Suite("Allocations")
struct AllocationTests {
  @Test("The counter counts")
  func counter() {
    let before = baton_allocations()
    let array = [UInt8](repeating: 1, count: 1000 + Int(before % 2))
    #expect(baton_allocations() > before)
    #expect(array.count >= 1000)
  }

  @Test("Receiving, sending and waiting allocate nothing in steady state", arguments: AddressFamily.allCases, [1, 32])
  func steadyState(_ family: AddressFamily, size: Int) throws {
    let exchange = try Exchange(family, size: size)
    try exchange.run(10 * size)
    let before = baton_allocations()
    try exchange.run(500 * size)
    #expect(baton_allocations() - before == 0)
    #expect(exchange.sum == exchange.received * 24)
  }
}
