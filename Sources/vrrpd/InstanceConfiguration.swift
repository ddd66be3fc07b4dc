import KeepalivedConfig
import NetPrimitives
import VRRPCore

/// What makes two configurations of an instance the same instance: keepalived's key, which is not the name.
struct InstanceKey: Hashable {
  /// Empty where it follows its source address.
  let interface: String
  /// The source address that decides the interface.
  let place: IPAddress?
  let family: AddressFamily
  let virtualRouterID: UInt8
  /// The version is part of it because routers of different versions do not hear each other.
  let version: KeepalivedConfig.VRRPVersion
  /// So are the interfaces with its own MAC address: moving from one MAC to another is a new beginning.
  let virtualInterfaces: [VirtualInterface]

  init(_ instance: VRRPInstance) {
    interface = instance.followsSourceAddress ? "" : instance.interface
    place = instance.followsSourceAddress ? instance.sourceAddress : nil
    family = instance.family
    virtualRouterID = instance.virtualRouterID
    version = instance.version
    virtualInterfaces = instance.virtualInterfaces
  }
}

extension RouterConfiguration {
  /// What the protocol core needs of an instance, which is a member of `group` if that is given.
  init(
    _ instance: VRRPInstance, global: GlobalDefinitions, group: KeepalivedConfig.SyncGroup? = nil,
    statics: Configuration = Configuration()
  ) {
    self.init(
      name: instance.name, virtualRouterID: instance.virtualRouterID, family: instance.family,
      version: instance.version == .v2 ? .v2 : .v3)
    priority = instance.priority
    prefersMaster = instance.state == .master
    advertisementInterval = instance.advertisementInterval
    addresses = instance.virtualAddresses.map(\.address)
    excludedAddressCount = instance.excludedAddresses.count
    places = instance.allAddresses.map { "\($0.address) \(instance.device(of: $0))" }
    preemption = instance.preempt ? .after(instance.preemptDelay) : .never
    downTimerAdvertisements = instance.downTimerAdverts
    checksumForm = instance.checksumAsV2 ? .messageOnly : .pseudoHeader
    authentication = Authentication(instance)
    unicastHopLimit = instance.unicastTTL ?? VRRP.hopLimit
    for peer in instance.unicastPeers where peer.minimumTTL != nil || peer.maximumTTL != nil {
      let minimum = peer.minimumTTL ?? 0
      peerHopLimits[peer.address.scoped(to: 0)] = minimum...max(minimum, peer.maximumTTL ?? 255)
    }
    needsPeers = instance.faultWithoutPeers
    oldUnicastChecksum = VRRPCore.OldUnicastChecksum(instance.oldUnicastChecksum)
    expiredTimerPriority = instance.timerExpiredBackup
    transport =
      instance.isUnicast
      ? .unicast(instance.unicastPeers.map(\.address), checksSource: instance.checkUnicastSource)
      : .multicast(instance.multicastGroup)
    skipsAddressCheckOfKnownSender = instance.skipAddressListCheck
    staysSilentOnLowerPriority = instance.lowerPriorityNoAdvert
    answersHigherPriority = instance.higherPrioritySendAdvert
    ownerIgnoresAdvertisements = instance.ownerIgnoreAdverts
    takesOverOnBFD = instance.bfdTakeover
    announcements = AnnouncementConfiguration(instance.gratuitous)
    isInSyncGroup = group != nil
    trackers = Tracker.all(of: instance.tracking)
    let groups = statics.trackGroups.filter { $0.members.contains(instance.name) }.map(\.name)
    for name in instance.neededInterfaces + statics.interfaces(of: groups)
    where !trackers.contains(where: { $0.kind == .interface && $0.name == name }) {
      trackers.append(Tracker(kind: .interface, name: name))
    }
    trackers += groups.map { Tracker(kind: .group, name: $0) }
    if let group {
      // Members that must change together cannot each go by a priority of its own, unless the operator says so.
      if !group.keepsTrackingWeights { trackers = trackers.compactMap(\.inGroup) }
      trackers += Tracker.all(of: group.tracking).filter { !trackers.contains($0) }
    }
  }
}

extension Authentication {
  /// What the instance's `authentication` or `auth_hmac` asks for; `nil` for nothing.
  fileprivate init?(_ instance: VRRPInstance) {
    switch instance.authentication {
    case .password(let bytes): self = .password(Password(bytes: bytes))
    case .header(let bytes): self = .header(Secret(bytes))
    case nil:
      guard let hmac = instance.messageAuthentication else { return nil }
      self = .trailer(TrailerAuthentication(hmac))
    }
  }
}

extension VRRPCore.OldUnicastChecksum {
  fileprivate init(_ keyword: KeepalivedConfig.OldUnicastChecksum) {
    self =
      switch keyword {
      case .automatic: .automatic
      case .always: .always
      case .never: .never
      }
  }
}

extension TrailerAuthentication {
  fileprivate init(_ hmac: VRRPMessageAuthentication) {
    let mode: Mode =
      switch hmac.mode {
      case .enforce: .enforce
      case .permissive: .permissive
      case .receiveOnly: .receiveOnly
      }
    self.init(
      keys: hmac.keys, activeKey: hmac.activeKey, mode: mode,
      timeWindow: hmac.monotonicReplayProtection ? nil : Int(hmac.timeWindow.milliseconds / 1_000))
  }
}

extension AnnouncementConfiguration {
  fileprivate init(_ policy: GratuitousPolicy) {
    self.init()
    delay = policy.delay
    repeats = policy.repeats
    refresh = policy.refresh
    refreshRepeats = policy.refreshRepeats
    lowerPriorityDelay = policy.lowerPriorityDelay
    lowerPriorityRepeats = policy.lowerPriorityRepeats
  }
}

extension Tracker {
  /// The tracker as it counts in a sync group without `sync_group_tracking_weight`: weighted scripts, processes and
  /// sessions not at all, interfaces and files as if they had no weight (keepalived 4.11).
  fileprivate var inGroup: Tracker? {
    guard weight != 0 else { return self }
    switch kind {
    case .script, .process, .bfd: return nil
    case .interface, .file, .group: return Tracker(kind: kind, name: name, isReversed: isReversed)
    }
  }

  /// Everything that `tracking` names.
  fileprivate static func all(of tracking: Tracking) -> [Tracker] {
    let kinds: [(Kind, [KeepalivedConfig.TrackedObject])] = [
      (.interface, tracking.interfaces), (.script, tracking.scripts), (.file, tracking.files),
      (.process, tracking.processes), (.bfd, tracking.bfd),
    ]
    return kinds.flatMap { kind, objects in
      objects.map { Tracker(kind: kind, name: $0.name, weight: $0.weight.value, isReversed: $0.weight.reverse) }
    }
  }
}

extension VRRPInstance {
  /// Whether packets to the virtual addresses are accepted: by their owner always.
  var accepts: Bool { accept || isOwner }

  /// All virtual addresses in the order in which they are announced.
  var allAddresses: [AddressEntry] { virtualAddresses + excludedAddresses }

  /// Whether it is on this interface, or has or tracks something there.
  func uses(_ name: String) -> Bool {
    interface == name || tracking.interfaces.contains { $0.name == name }
      || allAddresses.contains { $0.device == name }
      || routes.contains { $0.interfaces.contains(name) }
  }

  /// The other interfaces that it needs: those of addresses, routes and rules without `no_track`.
  fileprivate var neededInterfaces: [String] {
    let addresses = allAddresses.filter { !$0.noTrack }.compactMap(\.device)
    let routes = self.routes.filter { !$0.noTrack }.flatMap(\.interfaces)
    let rules = self.rules.filter { !$0.noTrack }.flatMap(\.interfaces)
    return (addresses + routes + rules).filter { $0 != interface }
  }
}

extension Configuration {
  /// The interfaces of what is static and belongs to one of these groups.
  fileprivate func interfaces(of groups: [String]) -> [String] {
    func isOurs(_ group: String?) -> Bool { group.map(groups.contains) ?? false }
    return staticAddresses.filter { isOurs($0.trackGroup) }.map { $0.device ?? global.defaultInterface }
      + staticRoutes.filter { isOurs($0.trackGroup) }.flatMap(\.interfaces)
      + staticRules.filter { isOurs($0.trackGroup) }.flatMap(\.interfaces)
  }
}

extension RouteEntry {
  /// The interfaces that it names.
  fileprivate var interfaces: [String] { route.hops.compactMap(\.device) }
}

extension RuleEntry {
  /// The interfaces that it names.
  fileprivate var interfaces: [String] {
    [rule.incomingInterface, rule.outgoingInterface].compactMap { $0 }.filter { $0 != "lo" }
  }
}
