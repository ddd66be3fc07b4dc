/// Datagrams that were dropped before it was known which instance they were for.
struct StrayDrops {
  /// Too short to say which virtual router they are for, or without a destination.
  var tooShort: UInt64 = 0
  /// Those of sockets that are closed by now, for which there was no room in the receive buffer.
  private var overflowOfClosed: UInt64 = 0

  /// A socket is closed after it lost `count` datagrams.
  mutating func noteClosed(overflow count: UInt64) { overflowOfClosed &+= count }

  /// For which there was no room in the receive buffer of a socket; `open` are the counts of those that are open.
  func overflow(open: some Sequence<UInt64>) -> UInt64 { open.reduce(overflowOfClosed, &+) }
}
