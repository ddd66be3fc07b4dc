import BFDCore
import KeepalivedConfig
import LinuxIO
import NetPrimitives
import ScriptHelper

/// The sessions of one `bfd_unsolicited` block as the configuration wants them (RFC 9468).
struct UnsolicitedPlan: Hashable {
  let name: String
  let interface: String
  let allowed: [IPPrefix]
  let maximumSessions: Int
  let hold: Interval
  /// What each of them runs with; its name and addresses mean nothing.
  private let prototype: SessionPlan

  /// The sessions that `block` describes; throws as `SessionPlan` does.
  init(
    _ block: BFDUnsolicited, resolve: (KeepalivedConfig.ScriptCommand) -> ScriptHelper.ScriptCommand? = { _ in nil }
  ) throws(AuthenticationKeyError) {
    name = block.name
    interface = block.interface
    allowed = block.allowed
    maximumSessions = block.maximumSessions
    hold = block.holdTime
    prototype = try SessionPlan(block.session, resolve: resolve)
  }

  /// The session that was made on `path`.
  func session(on path: SessionPath) -> SessionPlan {
    var plan = prototype
    plan.name = "\(name)/\(path.peer)"
    plan.key = SessionPlan.Key(
      neighbor: path.peer, source: path.local, interface: interface, vrf: nil, kind: .singleHop)
    return plan
  }

  /// The engine's rule with the number `id`; `nil` while the interface is missing or down.
  func rule(_ id: Int, links: [UInt32: Link], addresses: [UInt32: [InterfaceAddress]]) -> UnsolicitedRule? {
    guard let link = links.values.first(where: { $0.name == interface }), link.isUp else { return nil }
    return UnsolicitedRule(
      id: id, interface: link.index,
      subnets: addresses[link.index, default: []].filter(\.isUsable).map(\.prefix), allowed: allowed,
      maximumSessions: maximumSessions, hold: hold, parameters: prototype.parameters, keys: prototype.keys)
  }
}
