import BFDCore
import KeepalivedConfig
import LinuxIO
import NetPrimitives
import Testing

@testable import bfdd

let neighbor = IPAddress.v4(IPv4Address(0xC000_0266))
let own = IPAddress.v4(IPv4Address(0xC000_0265))

/// A `bfd_instance` as the configuration reader delivers it.
func instance(_ name: String, _ address: IPAddress = neighbor, _ change: (inout BFDInstance) -> Void = { _ in })
  -> BFDInstance
{
  var result = BFDInstance(
    name: name, neighbor: address, location: SourceLocation(file: "keepalived.conf", line: 1, column: 1))
  change(&result)
  return result
}

func plan(_ name: String, _ address: IPAddress = neighbor, _ change: (inout BFDInstance) -> Void = { _ in })
  throws -> SessionPlan
{
  try SessionPlan(instance(name, address, change))
}

/// A session table that runs `plan`, and a peer that brings it Up.
struct SampleSession {
  var table = SessionTable(seed: 1)
  var effects = Effects()
  let slot: Int
  var now = Instant.zero + .seconds(500)

  init(_ plan: SessionPlan) throws {
    slot = try table.add(
      SessionPath(peer: plan.key.neighbor, local: plan.key.source), parameters: plan.parameters, now: now)
  }

  var session: Session { table[slot] }

  mutating func receive(_ state: BFDCore.SessionState, diagnostic: BFDCore.Diagnostic = .none) {
    var packet = ControlPacket(
      state: state, diagnostic: diagnostic, detectMultiplier: 3, myDiscriminator: 77,
      yourDiscriminator: session.localDiscriminator, desiredMinTxInterval: 20_000, requiredMinRxInterval: 30_000)
    packet.isFinal = session.isPolling
    var bytes = [UInt8](repeating: 0, count: 24)
    var span = bytes.mutableSpan
    packet.encode(into: &span)
    table.receive(
      bytes.span,
      Arrival(source: neighbor, destination: own, interface: 2, hopLimit: 255, kind: .singleHop, instant: now),
      now: now, effects: &effects)
  }

  mutating func establish() {
    receive(.down)
    receive(.initializing)
    receive(.up)
    effects.removeAll()
  }

  /// What happened, in few words.
  var events: [String] {
    effects.events.map { event in
      switch event {
      case .stateChanged(let change): "\(change.old.name) -> \(change.new.name)"
      case .timersChanged: "timers"
      case .authenticationChanged: "authentication"
      case .discovered: "discovered"
      case .unsolicitedLimitReached: "limit"
      case .removed: "removed"
      }
    }
  }

  /// The change of state that happened last.
  var lastChange: StateChange? {
    effects.events.reversed().lazy.compactMap { if case .stateChanged(let change) = $0 { change } else { nil } }.first
  }
}
