/// A whole keepalived.conf, checked and with every default and inheritance applied.
///
/// Entries stand in file order. What a finding of kind error was about may be missing; a daemon does not use a
/// configuration with errors.
public struct Configuration: Hashable, Sendable {
  /// `global_defs` and the root-level scalars.
  public var global = GlobalDefinitions()
  /// Every `bfd_instance`, then every `sbfd_initiator`.
  public var bfdInstances: [BFDInstance] = []
  /// Every `bfd_unsolicited`.
  public var bfdUnsolicited: [BFDUnsolicited] = []
  /// `sbfd_reflector`.
  public var sbfdReflector: SBFDReflector?
  /// Every `vrrp_instance`.
  public var vrrpInstances: [VRRPInstance] = []
  /// Every `vrrp_sync_group`.
  public var syncGroups: [SyncGroup] = []
  /// Every `vrrp_script` that an instance or group tracks.
  public var scripts: [VRRPScript] = []
  /// Every `track_file`.
  public var trackFiles: [TrackFile] = []
  /// Every `vrrp_track_process`.
  public var trackProcesses: [TrackProcess] = []
  /// `static_ipaddress`.
  public var staticAddresses: [AddressEntry] = []
  /// `static_routes`.
  public var staticRoutes: [RouteEntry] = []
  /// `static_rules`.
  public var staticRules: [RuleEntry] = []
  /// Every `track_group`.
  public var trackGroups: [TrackGroup] = []
  /// Every `garp_group`.
  public var gratuitousGroups: [GratuitousGroup] = []
  /// `interface_up_down_delays`.
  public var interfaceDelays: [InterfaceDelay] = []

  /// An empty configuration.
  public init() {}
}
