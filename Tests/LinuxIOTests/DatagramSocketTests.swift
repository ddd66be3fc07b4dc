import LinuxIO
import NetPrimitives
import Testing

/// A receiver on loopback and where to reach it.
struct LoopbackReceiver {
  let socket: DatagramSocket
  let endpoint: Endpoint
  let batch: ReceiveBatch
  let loop: EventLoop

  init(_ family: AddressFamily, capacity: Int = 16, receiveBuffer: Int = 1 << 20) throws {
    let address = try loopback(family)
    socket = try .receiver(family, port: 0, address: address, receiveBuffer: receiveBuffer)
    endpoint = try socket.localEndpoint()
    batch = try ReceiveBatch(capacity: capacity, slotSize: 64)
    loop = try EventLoop()
  }

  func receive() throws -> [(Datagram, [UInt8])] {
    var result: [(Datagram, [UInt8])] = []
    let count = try socket.receive(into: batch, at: .now())
    #expect(count == batch.count)
    batch.forEach { result.append(($0, copy($1))) }
    return result
  }
}

func loopback(_ family: AddressFamily) throws -> IPAddress {
  try #require(IPAddress(family == .ipv4 ? "127.0.0.1" : "::1"))
}

func copy(_ bytes: Span<UInt8>) -> [UInt8] {
  var result: [UInt8] = []
  for index in bytes.indices { result.append(bytes[index]) }
  return result
}

func add(
  _ bytes: [UInt8], in batch: TransmitBatch, to destination: Endpoint, from source: IPAddress? = nil,
  interface: UInt32 = 0
) -> Bool {
  batch.append(bytes.span, to: destination, from: source, interface: interface)
}

@Suite("UDP sockets")
struct DatagramSocketTests {
  @Test(
    "A datagram arrives with addresses, interface, hop limit, traffic class and time", arguments: AddressFamily.allCases
  )
  func metadata(_ family: AddressFamily) throws {
    let receiver = try LoopbackReceiver(family)
    let sender = try DatagramSocket.transmitter(source: try loopback(family))
    let before = MonotonicClock.now()
    try sender.send([1, 2, 3].span, to: receiver.endpoint)
    let (datagram, bytes) = try #require(try receiver.receive().first)
    let after = MonotonicClock.now()
    #expect(bytes == [1, 2, 3])
    #expect(datagram.source == (try sender.localEndpoint()))
    #expect(datagram.destination == receiver.endpoint.address)
    #expect(datagram.interface == 1)
    #expect(datagram.hopLimit == 255)
    #expect(datagram.trafficClass == 0xC0)
    #expect(!datagram.isTruncated)
    #expect(datagram.received >= before && datagram.received <= after)
    #expect(DatagramSocket.sourcePorts.contains(datagram.source.port))
  }

  @Test("The time of a datagram is the kernel's, not that of reading", arguments: AddressFamily.allCases)
  func kernelTime(_ family: AddressFamily) throws {
    let receiver = try LoopbackReceiver(family)
    let sender = try DatagramSocket.transmitter(source: try loopback(family))
    // The kernel begins to stamp some time after the first socket of the machine asked for it; until then a datagram's
    // time is that of reading.
    let patience = MonotonicClock.now() + .seconds(30)
    var isStamped = false
    while !isStamped && MonotonicClock.now() < patience {
      // A first reading finds the socket empty and so bounds what follows.
      #expect(try receiver.receive().isEmpty)
      try sender.send([1].span, to: receiver.endpoint)
      let sent = MonotonicClock.now()
      while MonotonicClock.now() < sent + .milliseconds(5) {}
      let (datagram, _) = try #require(try receiver.receive().first)
      isStamped = datagram.received <= sent
    }
    #expect(isStamped)
  }

  @Test("A changed hop limit is seen by the receiver", arguments: AddressFamily.allCases)
  func hopLimit(_ family: AddressFamily) throws {
    let receiver = try LoopbackReceiver(family)
    let sender = try DatagramSocket.transmitter(
      source: try loopback(family), DatagramSocket.Transmission(hopLimit: 64, trafficClass: 0x20))
    try sender.send([1].span, to: receiver.endpoint)
    try sender.setHopLimit(1)
    try sender.send([2].span, to: receiver.endpoint)
    let received = try receiver.receive()
    #expect(received.map(\.0.hopLimit) == [64, 1])
    #expect(received.map(\.0.trafficClass) == [0x20, 0x20])
  }

  @Test("A batch takes what fits, in order, and says when the socket is empty", arguments: AddressFamily.allCases)
  func batches(_ family: AddressFamily) throws {
    let receiver = try LoopbackReceiver(family, capacity: 4)
    let sender = try DatagramSocket.transmitter(source: try loopback(family))
    for number in 0..<6 { try sender.send([UInt8(number)].span, to: receiver.endpoint) }
    #expect(try receiver.receive().map(\.1) == [[0], [1], [2], [3]])
    #expect(receiver.batch.count == receiver.batch.capacity)
    #expect(try receiver.receive().map(\.1) == [[4], [5]])
    #expect(try receiver.receive().isEmpty)
  }

  @Test("A longer datagram is cut and marked, an empty one is empty")
  func lengths() throws {
    let receiver = try LoopbackReceiver(.ipv4)
    let sender = try DatagramSocket.transmitter(source: try loopback(.ipv4))
    try sender.send([UInt8](repeating: 7, count: 65).span, to: receiver.endpoint)
    try sender.send([UInt8]().span, to: receiver.endpoint)
    let received = try receiver.receive()
    #expect(received.map(\.0.isTruncated) == [true, false])
    #expect(received.map(\.1.count) == [64, 0])
  }

  @Test("One sendmmsg carries datagrams with source addresses of their own", arguments: AddressFamily.allCases)
  func sharedTransmitter(_ family: AddressFamily) throws {
    let receiver = try LoopbackReceiver(family)
    let sender = try DatagramSocket.sharedTransmitter(family)
    let batch = try TransmitBatch(capacity: 3, slotSize: 8)
    let own = try loopback(family)
    // All of 127/8 is local.
    let other = family == .ipv4 ? try #require(IPAddress("127.0.0.9")) : own
    #expect(add([1], in: batch, to: receiver.endpoint, from: own, interface: 1))
    #expect(add([2], in: batch, to: receiver.endpoint, from: other))
    #expect(!add([UInt8](repeating: 0, count: 9), in: batch, to: receiver.endpoint))
    #expect(add([3], in: batch, to: receiver.endpoint))
    #expect(!add([4], in: batch, to: receiver.endpoint))
    #expect(sender.send(batch) { Issue.record("\($0): \($1)") } == 3)
    #expect(batch.count == 0)
    let received = try receiver.receive()
    #expect(received.map(\.1) == [[1], [2], [3]])
    #expect(received.map(\.0.source.address) == [own, other, own])
    #expect(Set(received.map(\.0.source.port)).count == 1)
  }

  @Test("A datagram that cannot be sent is reported, the rest of the batch is sent")
  func partialFailure() throws {
    let receiver = try LoopbackReceiver(.ipv4)
    let sender = try DatagramSocket.sharedTransmitter(.ipv4)
    let batch = try TransmitBatch(capacity: 4, slotSize: 8)
    let foreign = try #require(IPAddress("192.0.2.1"))
    #expect(add([1], in: batch, to: receiver.endpoint))
    #expect(add([2], in: batch, to: receiver.endpoint, from: foreign))
    #expect(add([3], in: batch, to: receiver.endpoint))
    #expect(add([4], in: batch, to: receiver.endpoint, from: foreign))
    var failed: [Int] = []
    #expect(sender.send(batch) { index, _ in failed.append(index) } == 2)
    #expect(failed == [1, 3])
    #expect(try receiver.receive().map(\.1) == [[1], [3]])
  }

  @Test("What names an interface leaves from the address of its socket all the same", arguments: AddressFamily.allCases)
  func boundSource(_ family: AddressFamily) throws {
    let receiver = try LoopbackReceiver(family)
    // All of 127/8 is local; the routes would prefer 127.0.0.1.
    let source = family == .ipv4 ? try #require(IPAddress("127.0.0.9")) : try loopback(family)
    let sender = try DatagramSocket.transmitter(source: source)
    try sender.send([1].span, to: receiver.endpoint, interface: 1)
    try sender.send([2].span, to: receiver.endpoint)
    #expect(try receiver.receive().map(\.0.source.address) == [source, source])
  }

  @Test("A connected transmitter needs no destination")
  func connected() throws {
    let receiver = try LoopbackReceiver(.ipv6)
    let sender = try DatagramSocket.transmitter(source: try loopback(.ipv6))
    try sender.connect(to: receiver.endpoint)
    try sender.send([5].span)
    #expect(try receiver.receive().map(\.1) == [[5]])
  }

  @Test("Taken source ports are passed over, a full range is an error, a foreign source is an error")
  func sourcePorts() throws {
    let source = try loopback(.ipv4)
    let first = try DatagramSocket.transmitter(source: source, firstPort: 60_000)
    let port = try first.localEndpoint().port
    let second = try DatagramSocket.transmitter(source: source, firstPort: port)
    #expect(try second.localEndpoint().port != port)
    #expect(throws: SystemError("bind", .addressInUse)) {
      try DatagramSocket.transmitter(source: source, ports: port...port)
    }
    let foreign = try #require(IPAddress("192.0.2.1"))
    #expect(throws: SystemError("bind", .addressNotAvailable)) { try DatagramSocket.transmitter(source: foreign) }
    let free = try DatagramSocket.transmitter(source: foreign, DatagramSocket.Transmission(freeBind: true))
    #expect(try free.localEndpoint().address == foreign)
  }

  @Test("What does not fit into the buffer is counted")
  func overflow() throws {
    let receiver = try LoopbackReceiver(.ipv4, capacity: 512, receiveBuffer: 4096)
    let sender = try DatagramSocket.transmitter(source: try loopback(.ipv4))
    for _ in 0..<400 { try sender.send([1].span, to: receiver.endpoint) }
    let first = try receiver.receive().count
    #expect(first < 400)
    // The kernel tells the count with the next datagram.
    try sender.send([1].span, to: receiver.endpoint)
    #expect(try receiver.receive().count == 1)
    #expect(Int(receiver.socket.dropped) == 400 - first)
  }

  @Test("The event loop tells when a datagram has come")
  func eventLoop() throws {
    let receiver = try LoopbackReceiver(.ipv6)
    let sender = try DatagramSocket.transmitter(source: try loopback(.ipv6))
    var seen: [[UInt8]] = []
    try receiver.loop.watch(receiver.socket.descriptor, priority: .packet) { _ in
      #expect(throws: Never.self) { seen += try receiver.receive().map(\.1) }
    }
    try sender.send([9].span, to: receiver.endpoint)
    try receiver.loop.runTurn(Idle())
    #expect(seen == [[9]])
  }
}

@Suite("Packet filters")
struct PacketFilterTests {
  /// A control packet as far as the filter looks: version and length.
  private func packet(version: UInt8 = 1, length: Int = 24) -> [UInt8] {
    [version << 5] + [UInt8](repeating: 0, count: length - 1)
  }

  @Test("The BFD filter passes version 1, 24 bytes, hop limit 255, and nothing less", arguments: AddressFamily.allCases)
  func bfd(_ family: AddressFamily) throws {
    let receiver = try LoopbackReceiver(family)
    try receiver.socket.attach(.bfd(family, minimumHopLimit: 255))
    let sender = try DatagramSocket.transmitter(source: try loopback(family))
    try sender.send(packet(length: 23).span, to: receiver.endpoint)
    try sender.send(packet(version: 0).span, to: receiver.endpoint)
    try sender.send(packet(version: 2).span, to: receiver.endpoint)
    try sender.send([UInt8]().span, to: receiver.endpoint)
    try sender.setHopLimit(254)
    try sender.send(packet().span, to: receiver.endpoint)
    try sender.setHopLimit(255)
    try sender.send(packet().span, to: receiver.endpoint)
    try sender.send(packet(length: 48).span, to: receiver.endpoint)
    #expect(try receiver.receive().map(\.1.count) == [24, 48])
    #expect(receiver.socket.dropped == 5)
  }

  @Test("A sieved port keeps junk apart and counts it by reason", arguments: AddressFamily.allCases)
  func sieved(_ family: AddressFamily) throws {
    let receiver = try SievedReceiver(family, port: 0)
    let low = try #require(receiver.lowHopLimit)
    let port = try receiver.packets.localEndpoint().port
    let endpoint = Endpoint(try loopback(family), port: port)
    #expect(throws: SystemError("bind", .addressInUse)) { _ = try SievedReceiver(family, port: port) }

    let sender = try DatagramSocket.transmitter(source: try loopback(family))
    for _ in 0..<3 { try sender.send(packet(length: 23).span, to: endpoint) }
    try sender.send([UInt8]().span, to: endpoint)
    for version in [0, 2, 7] as [UInt8] { try sender.send(packet(version: version).span, to: endpoint) }
    try sender.setHopLimit(254)
    try sender.send(packet().span, to: endpoint)
    try sender.setHopLimit(255)
    try sender.send(packet(length: 48).span, to: endpoint)

    let batch = try ReceiveBatch(capacity: 16, slotSize: 128)
    func lengths(_ socket: DatagramSocket) throws -> [Int] {
      _ = try socket.receive(into: batch, at: .now())
      return (0..<batch.count).map { batch.withBytes($0) { $0.count } }
    }
    #expect(try lengths(receiver.packets) == [48])
    #expect(try lengths(low) == [24])
    var drops = SievedReceiver.Drops()
    (drops.tooShort, drops.badVersion) = (4, 3)
    #expect(try receiver.drops() == drops)

    try receiver.setMinimumHopLimit(200)
    try sender.setHopLimit(200)
    try sender.send(packet().span, to: endpoint)
    try sender.setHopLimit(199)
    for _ in 0..<200 { try sender.send(packet().span, to: endpoint) }
    #expect(try lengths(receiver.packets) == [24])
    let overflow = try receiver.drops().lowHopLimit
    #expect(overflow > 100, "there is room for a few only")
    var rest = 0
    while case let count = try lengths(low).count, count > 0 { rest += count }
    #expect(rest + Int(overflow) == 200)
    #expect(try receiver.drops().bufferFull == 0)
  }

  @Test("Without a minimum any hop limit passes", arguments: AddressFamily.allCases)
  func anyHopLimit(_ family: AddressFamily) throws {
    let receiver = try LoopbackReceiver(family)
    try receiver.socket.attach(.bfd(family))
    let sender = try DatagramSocket.transmitter(
      source: try loopback(family), DatagramSocket.Transmission(hopLimit: 3))
    try sender.send(packet().span, to: receiver.endpoint)
    #expect(try receiver.receive().count == 1)
  }

  @Test("A program that the kernel finds wrong is an error")
  func malformed() throws {
    let receiver = try LoopbackReceiver(.ipv4)
    #expect(throws: SystemError("setsockopt(SO_ATTACH_FILTER)", .invalidArgument)) {
      try receiver.socket.attach(PacketFilter([PacketFilter.Instruction(code: 0xFFFF, operand: 0)]))
    }
  }
}
