import BFDCore
import KeepalivedConfig
import NetPrimitives

/// One BFD session as the configuration wants it.
struct SessionPlan: Hashable {
  /// What makes two sessions the same across a reload, whatever else changes. The name does not: a renamed session
  /// runs on.
  struct Key: Hashable {
    let neighbor: IPAddress
    let source: IPAddress?
    let interface: String?
    let kind: PathKind
  }

  let name: String
  let key: Key
  let parameters: SessionParameters
  /// TTL or hop limit of what is sent.
  let hopLimit: UInt8

  init(_ instance: BFDInstance) {
    name = instance.name
    key = Key(
      neighbor: instance.neighbor, source: instance.source, interface: instance.interface,
      kind: instance.multihop ? .multihop : .singleHop)
    parameters = SessionParameters(
      desiredMinTxInterval: instance.desiredMinTX, requiredMinRxInterval: instance.requiredMinRX,
      idleTxInterval: instance.idleTX, detectMultiplier: instance.multiplier, isPassive: instance.passive,
      minimumHopLimit: instance.minimumReceivedTTL)
    hopLimit = instance.ttl
  }
}

/// What a reload has to do: the difference between the sessions that run and those that are wanted.
struct SessionDifference: Equatable {
  /// Running sessions that are not wanted any more.
  var removed: [SessionPlan.Key] = []
  /// Sessions that run and are wanted otherwise.
  var changed: [SessionPlan] = []
  /// Sessions that are new.
  var added: [SessionPlan] = []

  init(from old: [SessionPlan], to new: [SessionPlan]) {
    let running = Dictionary(old.map { ($0.key, $0) }) { first, _ in first }
    let wanted = Set(new.map(\.key))
    removed = old.map(\.key).filter { !wanted.contains($0) }
    for plan in new {
      switch running[plan.key] {
      case nil: added.append(plan)
      case plan: break
      default: changed.append(plan)
      }
    }
  }
}
