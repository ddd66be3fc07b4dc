public import NetPrimitives

/// What an operator decides about one virtual router. The keywords in backquotes are keepalived's.
public struct RouterConfiguration: Sendable, Equatable {
  /// Whether a router of higher priority takes over from a living one of lower priority.
  public enum Preemption: Sendable, Equatable {
    /// It does, once `delay` has passed since the first advertisement of lower priority (`preempt_delay`; 0 for none).
    case after(Interval)
    /// It does not (`nopreempt`); the owner of the addresses does all the same (RFC 9568 6.1).
    case never
  }

  /// Where advertisements go to and come from.
  public enum Transport: Sendable, Equatable {
    /// A multicast group: that of the family, or `mcast_dst_ip`.
    case multicast(IPAddress)
    /// Each of these peers (`unicast_peer`); with `checksSource`, only they are listened to (`check_unicast_src`).
    case unicast([IPAddress], checksSource: Bool)
  }

  /// The name of the `vrrp_instance`.
  public var name: String
  /// `virtual_router_id`, 1 to 255.
  public var virtualRouterID: UInt8
  /// The family of the advertised addresses. Routers of the two families are distinct even where their number is one.
  public var family: AddressFamily
  /// `version`. v2 exists for IPv4 only.
  public var version: VRRPVersion
  /// `priority`, 1 to 255; 255 is the owner of the addresses.
  public var priority: UInt8 = 100
  /// `state MASTER`. Only an owner starts as master for it; every other router listens for a full timer first.
  public var prefersMaster = false
  /// `advert_int`.
  public var advertisementInterval: Interval = .seconds(1)
  /// `virtual_ipaddress`, in the order of the file: the order on the wire. At most 255.
  public var addresses: [IPAddress] = []
  /// How many more addresses move with the router without being advertised (`virtual_ipaddress_excluded`); they are
  /// announced after `addresses`.
  public var excludedAddressCount = 0
  /// Where each of these addresses is, in the same order, in the driver's words: an active router announces again when
  /// this changes.
  public var places: [String] = []
  /// `nopreempt` and `preempt_delay`.
  public var preemption = Preemption.after(.zero)
  /// `down_timer_adverts`, 1 to 100: how many intervals without an advertisement make the active router dead.
  public var downTimerAdvertisements = 3
  /// `v3_checksum_as_v2`: the form of the checksum that is sent in IPv4 v3 advertisements.
  public var checksumForm = ChecksumForm.pseudoHeader
  /// `authentication` or `auth_hmac`.
  public var authentication: Authentication?
  /// Multicast or `unicast_peer`.
  public var transport: Transport
  /// `unicast_ttl`: the TTL of unicast advertisements. Multicast ones have 255.
  public var unicastHopLimit = VRRP.hopLimit
  /// `min_ttl` and `max_ttl` of unicast peers: from any other distance their advertisements are dropped.
  public var peerHopLimits: [IPAddress: ClosedRange<UInt8>] = [:]
  /// `unicast_fault_no_peer`: a unicast router without peers is in fault.
  public var needsPeers = false
  /// `old_unicast_checksum`: whether IPv4 v3 unicast checksums are those of keepalived before 1.3.6.
  public var oldUnicastChecksum = OldUnicastChecksum.automatic
  /// `skip_check_adv_addr`: do not compare the addresses of an advertisement whose sender was accepted the last time.
  public var skipsAddressCheckOfKnownSender = false
  /// `lower_prio_no_advert`: do not answer an advertisement of lower priority (RFC 9568 6.4.3 answers at once).
  public var staysSilentOnLowerPriority = false
  /// `higher_prio_send_advert`: an active router that hears a better one says once more that it was active before it
  /// yields. Otherwise the better one may never hear of it, and would not know that others have learned a wrong way to
  /// the addresses.
  public var answersHigherPriority = true
  /// `owner_ignore_adverts`: an owner ignores others that claim to own its addresses.
  public var ownerIgnoresAdvertisements = false
  /// `timer_expired_backup`: an active router that is later with its own advertisement than a router of this priority
  /// would wait for it gives up being active. `nil`: it goes on, unless another has become active meanwhile.
  public var expiredTimerPriority: UInt8?
  /// Off with `no_bfd_takeover`: do not use a tracked BFD session to notice that the active router is dead.
  public var takesOverOnBFD = true
  /// How the virtual addresses are announced.
  public var announcements = AnnouncementConfiguration()
  /// Whether a `SyncGroup` decides when this router becomes active.
  public var isInSyncGroup = false
  /// Everything that is tracked.
  public var trackers: [Tracker] = []

  /// A router with keepalived's defaults.
  public init(name: String, virtualRouterID: UInt8, family: AddressFamily, version: VRRPVersion) {
    self.name = name
    self.virtualRouterID = virtualRouterID
    self.family = family
    self.version = version
    transport = .multicast(VRRP.group(family))
  }

  /// Whether advertisements go to a multicast group.
  var isMulticast: Bool {
    if case .multicast = transport { true } else { false }
  }

  /// How many addresses are announced.
  var announcedCount: Int { addresses.count + excludedAddressCount }

  /// The TTL or hop limit of advertisements.
  public var hopLimit: UInt8 { isMulticast ? VRRP.hopLimit : unicastHopLimit }

  /// Whether it has no peers and needs some.
  var lacksPeers: Bool {
    if case .unicast([], _) = transport { needsPeers } else { false }
  }

  /// Whether this router owns the addresses.
  public var isOwner: Bool { priority == VRRP.ownerPriority }

  /// What its advertisements say.
  var content: AdvertisementContent {
    AdvertisementContent(
      version: version, virtualRouterID: virtualRouterID, interval: advertisementInterval, addresses: addresses,
      authentication: authentication, checksumForm: checksumForm)
  }
}

/// What the pseudo-header of an IPv4 v3 unicast advertisement has for its destination: keepalived before 1.3.6 put the
/// multicast group there.
public enum OldUnicastChecksum: Sendable, Equatable {
  /// Both are accepted, and ours are made as those that were heard.
  case automatic
  /// Both are accepted, and ours are made the old way.
  case always
  /// Only the right way.
  case never
}

/// How often a new active router announces its addresses by gratuitous ARP or neighbour advertisements.
public struct AnnouncementConfiguration: Sendable, Equatable {
  /// `garp_master_delay`: from the first burst to the second; 0 for one burst only.
  public var delay = Interval.seconds(5)
  /// `garp_master_repeat`: rounds over all addresses in each burst.
  public var repeats = 5
  /// `garp_master_refresh`: between later rounds for as long as the router is active; 0 for none.
  public var refresh = Interval.zero
  /// `garp_master_refresh_repeat`: rounds at each refresh.
  public var refreshRepeats = 1
  /// `garp_lower_prio_delay`: as `delay`, after an advertisement of lower priority.
  public var lowerPriorityDelay = Interval.seconds(5)
  /// `garp_lower_prio_repeat`: as `repeats`, after an advertisement of lower priority; 0 for no announcement.
  public var lowerPriorityRepeats = 5

  /// keepalived's defaults.
  public init() {}
}
