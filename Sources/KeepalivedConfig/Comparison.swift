import NetPrimitives

/// What differs between two configurations, by the keywords that say it.
///
/// Values are compared as they are, member by member, so that a setting that is added to the model is compared without
/// anybody having to think of it here. Where a thing stands in the file does not count.
public struct ConfigurationDifference: Hashable, Sendable {
  /// What happened to a block.
  public enum Action: Hashable, Sendable {
    /// The new configuration has it and the old one has not.
    case added
    /// The old one has it and the new one has not.
    case removed
    /// Both have it; these keywords say something else.
    case changed([String])
  }

  /// What happened.
  public let action: Action
  /// The keyword of the block.
  public let kind: String
  /// Its name; empty where it has none.
  public let name: String
}

extension Configuration {
  /// What `new` changes for vrrpd, or for bfdd.
  public func differences(to new: Configuration, forBFD: Bool) -> [ConfigurationDifference] {
    var result = Self.members("global_defs", global, new.global)
    if forBFD {
      return result + Self.blocks("bfd_instance", bfdInstances, new.bfdInstances, \.name)
        + Self.whole("bfd_unsolicited", bfdUnsolicited, new.bfdUnsolicited)
        + Self.whole("sbfd_reflector", sbfdReflector as Any, new.sbfdReflector as Any)
    }
    result += Self.blocks("vrrp_script", scripts, new.scripts, \.name)
    result += Self.blocks("track_file", trackFiles, new.trackFiles, \.name)
    result += Self.blocks("vrrp_track_process", trackProcesses, new.trackProcesses, \.name)
    result += Self.blocks("vrrp_instance", vrrpInstances, new.vrrpInstances, \.name)
    result += Self.blocks("vrrp_sync_group", syncGroups, new.syncGroups, \.name)
    result += Self.blocks("track_group", trackGroups, new.trackGroups, \.name)
    result += Self.whole("static_ipaddress", staticAddresses, new.staticAddresses)
    result += Self.whole("static_routes", staticRoutes, new.staticRoutes)
    result += Self.whole("static_rules", staticRules, new.staticRules)
    result += Self.whole("garp_group", gratuitousGroups, new.gratuitousGroups)
    result += Self.whole("interface_up_down_delays", interfaceDelays, new.interfaceDelays)
    return result
  }

  private static func whole(_ kind: String, _ old: some Any, _ new: some Any) -> [ConfigurationDifference] {
    guard text(of: old) != text(of: new) else { return [] }
    return [ConfigurationDifference(action: .changed([]), kind: kind, name: "")]
  }

  private static func members(_ kind: String, _ old: some Any, _ new: some Any) -> [ConfigurationDifference] {
    let keywords = differingKeywords(old, new)
    return keywords.isEmpty ? [] : [ConfigurationDifference(action: .changed(keywords), kind: kind, name: "")]
  }

  private static func blocks<Item>(
    _ kind: String, _ old: [Item], _ new: [Item], _ name: (Item) -> String
  ) -> [ConfigurationDifference] {
    let before = Dictionary(old.map { (name($0), $0) }, uniquingKeysWith: { first, _ in first })
    let names = Set(new.map(name))
    var result = old.map(name).filter { !names.contains($0) }.map {
      ConfigurationDifference(action: .removed, kind: kind, name: $0)
    }
    for item in new {
      guard let earlier = before[name(item)] else {
        result.append(ConfigurationDifference(action: .added, kind: kind, name: name(item)))
        continue
      }
      let keywords = differingKeywords(earlier, item)
      if !keywords.isEmpty {
        result.append(ConfigurationDifference(action: .changed(keywords), kind: kind, name: name(item)))
      }
    }
    return result
  }

  /// The keywords of the members in which two values of one type differ.
  private static func differingKeywords(_ old: Any, _ new: Any) -> [String] {
    var keywords: [String] = []
    for (before, after) in zip(Mirror(reflecting: old).children, Mirror(reflecting: new).children) {
      guard let label = before.label, label != "location", text(of: before.value) != text(of: after.value) else {
        continue
      }
      for keyword in memberKeywords(label, before.value, after.value) where !keywords.contains(keyword) {
        keywords.append(keyword)
      }
    }
    return keywords
  }

  /// The keywords of a member that differs. Of one that is made of several, only those that differ.
  private static func memberKeywords(_ label: String, _ old: Any, _ new: Any) -> [String] {
    let parts = zip(Mirror(reflecting: old).children, Mirror(reflecting: new).children).filter {
      text(of: $0.value) != text(of: $1.value)
    }
    let keywords = parts.compactMap { part, _ in part.label.flatMap { modelKeywords["\(label).\($0)"] } }
    return keywords.isEmpty ? modelKeywords[label] ?? [label] : keywords.flatMap { $0 }
  }

  /// A value with all that it is made of, locations aside. For comparing only: it can hold secrets.
  private static func text(of value: Any) -> String {
    // What a secret shows of itself is always the same.
    if let secret = value as? Secret { return "\(secret.hashValue)" }
    let mirror = Mirror(reflecting: value)
    guard !mirror.children.isEmpty else { return "\(value)" }
    var parts: [String] = []
    for child in mirror.children where child.label != "location" {
      parts.append("\(child.label ?? "")=\(text(of: child.value))")
    }
    // The elements of sets and dictionaries stand in no order.
    if mirror.displayStyle == .set || mirror.displayStyle == .dictionary { parts.sort() }
    return "(\(parts.joined(separator: ",")))"
  }
}
