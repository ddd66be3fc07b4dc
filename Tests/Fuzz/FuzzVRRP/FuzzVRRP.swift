import FuzzInput
import NetPrimitives
import VRRPCore

/// Two routers of every kind, and somebody in between who damages, repeats, drops and forges advertisements. Nothing may
/// trap, and deadlines that were served are over.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>, _ count: Int) -> Int32 {
  var tape = unsafe Tape(start, count)
  var segment = Segment(kind: tape.next())
  while !tape.isAtEnd { segment.step(&tape) }
  return 0
}

private struct Segment {
  private var routers: [Router]
  private let family: AddressFamily
  private var now = Instant.zero + .seconds(1_000)
  private var wire: [(from: Int, message: [UInt8], to: IPAddress)] = []

  init(kind: UInt8) {
    let family: AddressFamily = kind & 1 == 0 ? .ipv4 : .ipv6
    let version: VRRPVersion = family == .ipv4 && kind & 2 == 0 ? .v2 : .v3
    self.family = family
    routers = (0...1).map { number in
      var configuration = RouterConfiguration(name: "VI_1", virtualRouterID: 51, family: family, version: version)
      configuration.priority = 100 + UInt8(number)
      configuration.addresses = [Self.address(family, 200)]
      configuration.authentication = Self.authentication(kind >> 2 & 0b11, version)
      if kind & 0b1_0000 != 0 {
        let peer = Self.address(family, 2 - UInt32(number))
        configuration.transport = .unicast([peer], checksSource: kind & 0b10_0000 != 0)
      }
      return Router(configuration, sourceAddress: Self.address(family, UInt32(number) + 1))
    }
    for number in routers.indices { act(number) { $0.start(now: $1, into: &$2) } }
  }

  mutating func step(_ tape: inout Tape) {
    let operation = tape.next()
    let number = Int(operation >> 7)
    switch operation & 0b111 {
    case 0:
      now = now + .milliseconds(10 * Int64(tape.next()))
      for number in routers.indices { serveDeadlines(number) }
    case 1: deliver { _ in }
    case 2:
      let (place, mask) = (Int(tape.next()), tape.next())
      deliver { if !$0.isEmpty { $0[place % $0.count] ^= mask } }
    case 3: receive(number, tape.next(Int(tape.next())), to: VRRP.group(family), hopLimit: 255)
    case 4: receive(number, tape.next(Int(tape.next())), to: Self.address(family, 1), hopLimit: tape.next())
    case 5: if !wire.isEmpty { wire.removeFirst() }
    case 6:
      let isUp = tape.next() & 1 == 0
      act(number) { $0.interfaceChanged(isUp: isUp, now: $1, into: &$2) }
    default: act(number) { _ = $0.failOver(now: $1, into: &$2) }
    }
  }

  /// Announcements go out in rounds, one a turn, so a deadline may be followed by others of the same moment; not for ever.
  private mutating func serveDeadlines(_ number: Int) {
    for _ in 0..<16 {
      guard let deadline = routers[number].nextDeadline, deadline <= now else { return }
      act(number) { $0.deadlineReached(now: $1, into: &$2) }
    }
    preconditionFailure("a deadline stays due")
  }

  private mutating func deliver(damaging: (inout [UInt8]) -> Void) {
    guard !wire.isEmpty else { return }
    var packet = wire.removeFirst()
    damaging(&packet.message)
    receive(1 - packet.from, packet.message, to: packet.to, hopLimit: 255)
  }

  private mutating func receive(_ number: Int, _ message: [UInt8], to destination: IPAddress, hopLimit: UInt8) {
    let path = PacketPath(
      source: Self.address(family, 2 - UInt32(number)), destination: destination, hopLimit: hopLimit, receivedAt: now)
    act(number) { $0.receive(message.span, path: path, now: $1, into: &$2) }
  }

  private mutating func act(_ number: Int, _ action: (inout Router, Instant, inout [Effect]) -> Void) {
    var effects: [Effect] = []
    action(&routers[number], now, &effects)
    for case .sendAdvertisement(let message, let destination) in effects { wire.append((number, message, destination)) }
  }

  private static func address(_ family: AddressFamily, _ number: UInt32) -> IPAddress {
    switch family {
    case .ipv4: .v4(IPv4Address(0xC000_0200 + number))
    case .ipv6: IPAddress("fe80::\(number)") ?? .v4(IPv4Address(number))
    }
  }

  private static func authentication(_ selector: UInt8, _ version: VRRPVersion) -> Authentication? {
    let key = Secret(Array("0123456789abcdef0123456789abcdef".utf8))
    return switch (selector, version) {
    case (0, _): nil
    case (1, .v2): .password(Password("secret"))
    case (2, .v2): .header(Secret(Array("secret".utf8)))
    default: .trailer(TrailerAuthentication(keys: [1: key], activeKey: 1))
    }
  }
}
