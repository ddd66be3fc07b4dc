import BFDCore
import FuzzInput
import NetPrimitives

/// Nothing may trap, and a packet that is refused changes no state. The first byte says what runs: two ends of a path, a
/// system among strangers, or a frame by itself.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>, _ count: Int) -> Int32 {
  var tape = unsafe Tape(start, count)
  switch tape.next() & 0b11 {
  case 0:
    var stranger = Stranger()
    while !tape.isAtEnd { stranger.step(&tape) }
  case 1: turnRound(tape.rest())
  default:
    var path = Path(authenticatedBy: tape.next())
    while !tape.isAtEnd { path.step(&tape) }
  }
  return 0
}

/// Any frame to the echo port: what is read lies within it, and what was turned round can be read again, and goes back
/// from where it came.
private func turnRound(_ bytes: [UInt8]) {
  guard let packet = EchoFrame(decoding: bytes.span) else { return }
  precondition(packet.payload.upperBound <= bytes.count, "a payload longer than its frame")
  _ = EchoFrame.isControlPacket(bytes.span.extracting(packet.payload))
  for turn in [EchoFrame.Turn.forward, .exchange] {
    var frame = bytes
    packet.turnRound(&frame, turn)
    guard let back = EchoFrame(decoding: frame.span) else {
      preconditionFailure("turned round, it is no echo any more")
    }
    precondition(back.payload == packet.payload && back.hopLimit == packet.hopLimit &- 1)
    let isExchanged = back.source == packet.destination && back.destination == packet.source
    precondition(turn == .exchange ? isExchanged : back.source == packet.source)
    precondition(Array(frame[0..<6]) == Array(bytes[6..<12]) && Array(frame[6..<12]) == Array(bytes[0..<6]))
  }
}

extension SessionTable {
  /// Does what is due, as a daemon's turns do; after that nothing is. A session that goes Down by its echo may have been
  /// silent for a Detection Time by then, as in Demand mode: that is seen to in the next turn.
  mutating func serveDeadlines(_ now: Instant, _ effects: inout Effects) {
    for _ in 0..<2 { advance(now: now, effects: &effects) }
    precondition(nextDeadline.map { $0 > now } ?? true, "a deadline stays due")
  }
}
