import NetPrimitives

/// The last sequence number of each sender whose advertisements were authentic. Only holders of a key get into it; of
/// more than `capacity` the one that was silent longest is forgotten.
struct ReplayTable: Sendable {
  private struct Sender {
    let address: IPAddress
    var sequence: UInt64
  }

  /// The one that was heard last comes last.
  private var senders: [Sender] = []

  /// Whether `sequence` is new from `sender`; it is remembered then. A number that `isExpired` does not count any more:
  /// it only orders what the time window refuses anyway, and a sender whose clock was set back is heard again.
  mutating func accept(
    _ sequence: UInt64, from sender: IPAddress, capacity: Int, isExpired: (UInt64) -> Bool
  ) -> Bool {
    if let index = senders.firstIndex(where: { $0.address.isSameHost(as: sender) }) {
      let last = senders[index].sequence
      guard isExpired(last) || sequence.isLater(than: last) else { return false }
      senders.remove(at: index)
    } else if senders.count >= capacity {
      senders.removeFirst()
    }
    senders.append(Sender(address: sender, sequence: sequence))
    return true
  }
}

extension UInt64 {
  /// Serial number arithmetic (RFC 1982), which survives the overflow.
  func isLater(than other: UInt64) -> Bool { Int64(bitPattern: self &- other) > 0 }
}
