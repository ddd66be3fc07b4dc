import ControlInterface
import KeepalivedConfig

extension Configuration {
  /// What a reload that brings `new` would change, and what that would cause.
  func plannedSessionChanges(_ new: Configuration) -> [PlannedChange] {
    differences(to: new, forBFD: true).map { difference in
      let isSession = difference.kind == "bfd_instance"
      switch difference.action {
      case .added:
        return PlannedChange(
          .add, kind: difference.kind, name: difference.name, effects: isSession ? ["it starts, in Down"] : [])
      case .removed:
        return PlannedChange(
          .remove, kind: difference.kind, name: difference.name,
          effects: isSession ? ["the neighbor is told AdminDown, which is no failure of the path"] : [])
      case .changed(let keywords):
        return PlannedChange(
          .change, kind: difference.kind, name: difference.name, keywords: keywords,
          effects: isSession ? [Self.effect(of: keywords)] : [])
      }
    }
  }

  private static func effect(of keywords: [String]) -> String {
    let keywords = Set(keywords)
    if !keywords.isDisjoint(with: ["neighbor_ip", "source_ip", "interface", "vrf", "multihop"]) {
      return "it is another session: the old one ends with AdminDown, a new one starts"
    }
    if keywords.contains("admin_down") { return "it goes to AdminDown, or leaves it" }
    if !keywords.isDisjoint(with: ["min_rx", "min_tx", "multiplier"]) {
      return "a Poll sequence tells the neighbor; the session stays Up"
    }
    if keywords.contains("authentication") { return "both sides must accept the new key before either sends by it" }
    return "it counts from then on; the session stays as it is"
  }
}
