public import NetPrimitives

/// One line of `virtual_routes` or `static_routes`.
public struct RouteEntry: Hashable, Sendable {
  /// The route.
  public var route: Route
  /// `vrf`: in the table of this VRF, not in the route's.
  public var vrf: String?
  /// `no_track`: its loss does not matter.
  public var noTrack = false
  /// `track_group`; static routes only.
  public var trackGroup: String?
  /// Where it stands.
  public var location: SourceLocation
}

/// One line of `virtual_rules` or `static_rules`.
public struct RuleEntry: Hashable, Sendable {
  /// The rule.
  public var rule: RoutingRule
  /// `no_track`: its loss does not matter.
  public var noTrack = false
  /// `track_group`; static rules only.
  public var trackGroup: String?
  /// Where it stands.
  public var location: SourceLocation
}

/// What virtual and static routes and rules have in common.
public enum VirtualRouting {
  /// RTPROT_KEEPALIVED: who made them.
  public static let origin: UInt8 = 18
}
