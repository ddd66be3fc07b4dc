internal import CLinux
public import NetPrimitives

/// Preallocated room for datagrams that leave one socket together (`sendmmsg`).
///
/// Sessions that share a socket can name their source address and interface per datagram.
@safe public final class TransmitBatch {
  /// How many datagrams fit.
  public let capacity: Int
  /// How many are waiting to be sent.
  public private(set) var count = 0

  private let storage: OpaquePointer

  /// Room for `capacity` datagrams of at most `slotSize` bytes each.
  public init(capacity: Int, slotSize: Int) throws(SystemError) {
    precondition(capacity > 0 && slotSize > 0, "a batch has room")
    guard let storage = unsafe baton_send_batch_create(UInt32(capacity), UInt32(slotSize)) else {
      throw SystemError("calloc", .noMemory)
    }
    unsafe self.storage = storage
    self.capacity = capacity
  }

  deinit {
    unsafe baton_send_batch_destroy(storage)
  }

  /// Adds a copy of `bytes` for `destination`. `false` where the batch is full or `bytes` longer than a slot.
  ///
  /// `source` is the sender address (`nil`: as the socket is bound, or as the kernel chooses; an IPv4 datagram that names
  /// its interface has to name the address the socket is bound to, too), `interface` the index of the interface to leave
  /// by (0: as the socket is bound, or as the routes say).
  public func append(
    _ bytes: Span<UInt8>, to destination: Endpoint, from source: IPAddress? = nil, interface: UInt32 = 0
  ) -> Bool {
    guard count < capacity else { return false }
    var target = baton_endpoint(destination.address, port: destination.port)
    var origin = source.map { baton_endpoint($0) } ?? .none
    let result = unsafe bytes.withUnsafeBufferPointer { bytes in
      unsafe baton_send_batch_put(
        storage, UInt32(count), bytes.baseAddress, bytes.count, &target, &origin, interface)
    }
    guard result == 0 else { return false }
    count += 1
    return true
  }

  /// Sends everything and empties the batch. A datagram that cannot be sent is reported by its index and left out; the
  /// others are sent all the same. Returns how many were sent.
  func flush(_ socket: Int32, failure: (Int, SystemError) -> Void) -> Int {
    defer { count = 0 }
    var next = 0
    var sent = 0
    while next < count {
      do throws(SystemError) {
        let step = try check("sendmmsg") {
          unsafe baton_send_batch_send(storage, socket, UInt32(next), UInt32(count - next))
        }
        sent += Int(step)
        next += max(1, Int(step))
      } catch {
        failure(next, error)
        next += 1
      }
    }
    return sent
  }
}
