internal import CLinux
public import NetPrimitives

/// What the kernel says about one received datagram.
public struct Datagram: Sendable, BitwiseCopyable {
  /// The sender; its port is 0 on raw sockets.
  public let source: Endpoint
  /// The destination address in the packet; `nil` where the kernel gave none.
  public let destination: IPAddress?
  /// The index of the interface it came in on; 0 where the kernel gave none.
  public let interface: UInt32
  /// TTL or hop limit; `nil` where the kernel gave none, which a check must refuse.
  public let hopLimit: UInt8?
  /// TOS or traffic class; `nil` where the kernel gave none.
  public let trafficClass: UInt8?
  /// When the kernel received it.
  public let received: Instant
  /// Whether it was longer than the batch's slots and is cut off.
  public let isTruncated: Bool
}

/// What the kernel says about one captured Ethernet frame.
public struct Frame: Sendable, BitwiseCopyable {
  /// The index of the interface it passed.
  public let interface: UInt32
  /// The ethertype.
  public let etherType: UInt16
  /// Whether this host sent it.
  public let isOutgoing: Bool
  /// When it passed.
  public let received: Instant
  /// CLOCK_REALTIME nanoseconds of its passing, the same for all observers on one machine; 0 where the kernel gave none.
  public let stamp: Int64
  /// Whether it was longer than the batch's slots and is cut off.
  public let isTruncated: Bool
}

/// Preallocated room for datagrams that are received together (`recvmmsg`). Its contents are those of the last
/// `receive`.
///
/// One batch can serve any number of sockets, one after the other.
@safe public final class ReceiveBatch {
  /// How many datagrams fit.
  public let capacity: Int
  /// How many the last receive brought. Fewer than `capacity` means that the socket was empty then.
  public private(set) var count = 0

  private let storage: OpaquePointer
  private var sample = ClockSample(monotonic: .zero, realtime: 0)
  private var earliest = Instant.zero

  /// Room for `capacity` datagrams of at most `slotSize` bytes each; longer ones are cut off and marked.
  public init(capacity: Int, slotSize: Int) throws(SystemError) {
    precondition(capacity > 0 && slotSize > 0, "a batch has room")
    guard let storage = unsafe baton_receive_batch_create(UInt32(capacity), UInt32(slotSize)) else {
      throw SystemError("calloc", .noMemory)
    }
    unsafe self.storage = storage
    self.capacity = capacity
  }

  deinit {
    unsafe baton_receive_batch_destroy(storage)
  }

  /// Receives what is there. `earliest` is when the socket was last empty.
  func fill(
    _ socket: Int32, _ kind: baton_socket_kind, sample: ClockSample, earliest: Instant
  ) throws(SystemError) -> Int {
    count = 0
    self.sample = sample
    self.earliest = earliest
    count = Int(try attempt("recvmmsg") { unsafe baton_receive_batch_fill(storage, socket, kind) } ?? 0)
    return count
  }

  private func raw(_ index: Int) -> baton_datagram {
    precondition(index >= 0 && index < count, "no such datagram in the batch")
    return unsafe baton_receive_batch_datagram(storage, UInt32(index)).pointee
  }

  /// What is known about datagram `index` (0 ..< `count`).
  public func datagram(_ index: Int) -> Datagram {
    let raw = raw(index)
    return Datagram(
      source: Endpoint(raw.source.address ?? .v4(IPv4Address(0)), port: raw.source.port),
      destination: raw.destination.address,
      interface: raw.interface,
      hopLimit: UInt8(exactly: raw.hop_limit),
      trafficClass: UInt8(exactly: raw.traffic_class),
      received: sample.instant(ofStamp: raw.stamp, notBefore: earliest),
      isTruncated: raw.truncated != 0)
  }

  /// What is known about frame `index` (0 ..< `count`) of a packet socket.
  public func frame(_ index: Int) -> Frame {
    let raw = raw(index)
    return Frame(
      interface: raw.interface, etherType: raw.ethertype, isOutgoing: raw.outgoing != 0,
      received: sample.instant(ofStamp: raw.stamp, notBefore: earliest), stamp: raw.stamp,
      isTruncated: raw.truncated != 0)
  }

  /// The socket's count of datagrams dropped since it was opened (full buffer or filter), as of datagram `index`.
  func dropped(_ index: Int) -> UInt32 { raw(index).dropped }

  /// Lends the bytes of datagram `index` (0 ..< `count`).
  public func withBytes<Result, Failure: Error>(
    _ index: Int, _ body: (Span<UInt8>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    let length = Int(raw(index).length)
    let bytes = unsafe UnsafeBufferPointer(start: baton_receive_batch_bytes(storage, UInt32(index)), count: length)
    return try body(unsafe bytes.span)
  }

  /// Lends every datagram of the batch in the order of arrival.
  public func forEach(_ body: (Datagram, Span<UInt8>) -> Void) {
    for index in 0..<count {
      let datagram = datagram(index)
      withBytes(index) { body(datagram, $0) }
    }
  }

  /// Lends every frame of the batch in the order of arrival.
  public func forEachFrame(_ body: (Frame, Span<UInt8>) -> Void) {
    for index in 0..<count {
      let frame = frame(index)
      withBytes(index) { body(frame, $0) }
    }
  }
}
