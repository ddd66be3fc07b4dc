public import NetPrimitives

/// `vrrp_instance NAME {}`, with the global definitions, the defaults and strict mode applied.
public struct VRRPInstance: Hashable, Sendable {
  /// The name, unique.
  public var name: String
  /// `interface`, else `vrf`. Empty with `followsSourceAddress`.
  public var interface: String
  /// A unicast instance without `interface`: it lives on the interface that has `sourceAddress` at the moment.
  public var followsSourceAddress = false
  /// `vrf`: adverts go and come by any interface of this VRF, as its routes say.
  public var vrf: String?
  /// `virtual_router_id`, 1 to 255.
  public var virtualRouterID: UInt8
  /// `version`.
  public var version = VRRPVersion.v2
  /// The family of the virtual addresses, else of the source address; IPv4 where neither is given.
  public var family = AddressFamily.ipv4
  /// `state`: what the instance wants to start as; only an owner can. Not given: master for priority 255.
  public var state = InitialState.backup
  /// `priority`, 1 to 255. Not given: 100, and 255 for `state MASTER`.
  public var priority: UInt8 = 100
  /// `advert_int`: whole seconds for version 2; hundredths up to 40.95 s for version 3.
  public var advertisementInterval = Interval.seconds(1)
  /// `nopreempt` not given, or given to an owner or a `state MASTER`.
  public var preempt = true
  /// `preempt_delay`, 0 to 1000 s.
  public var preemptDelay = Interval.zero

  /// `virtual_ipaddress`: advertised, in this order.
  public var virtualAddresses: [AddressEntry] = []
  /// `virtual_ipaddress_excluded`: added and removed with the others, but not advertised.
  public var excludedAddresses: [AddressEntry] = []
  /// `virtual_routes`.
  public var routes: [RouteEntry] = []
  /// `virtual_rules`.
  public var rules: [RuleEntry] = []
  /// `promote_secondaries`.
  public var promoteSecondaries = false

  /// `unicast_peer`.
  public var unicastPeers: [UnicastPeer] = []
  /// Whether adverts go to `unicastPeers` instead of the multicast group. Without peers only with
  /// `unicast_fault_no_peer`, which keeps the instance in FAULT then.
  public var isUnicast = false
  /// `unicast_src_ip`, `mcast_src_ip`. `nil`: the interface's primary address (link-local for IPv6).
  public var sourceAddress: IPAddress?
  /// `unicast_ttl`, only with peers. `nil`: 255 for IPv4, the kernel's choice for IPv6.
  public var unicastTTL: UInt8?
  /// `unicast_fault_no_peer`.
  public var faultWithoutPeers = false
  /// `check_unicast_src`, or a TTL limit on any peer: drop adverts from who is no peer.
  public var checkUnicastSource = false
  /// `track_src_ip`: FAULT while the source address is absent.
  public var trackSourceAddress = false
  /// `mcast_dst_ip`, else `vrrp_mcast_group4` or `vrrp_mcast_group6`.
  public var multicastGroup = IPAddress.v4(IPv4Address(0xE000_0012))

  /// `track_interface`, `track_script`, `track_file`, `track_process`, `track_bfd`.
  public var tracking = Tracking()
  /// `dont_track_primary`: faults of the instance's own interface do not matter.
  public var dontTrackPrimary = false
  /// `no_bfd_takeover` not given, neither here nor in `global_defs`: a BFD session to the active router that goes down
  /// ends the wait for it.
  public var bfdTakeover = true

  /// `authentication`; version 2 only.
  public var authentication: VRRPAuthentication?
  /// `auth_hmac`.
  public var messageAuthentication: VRRPMessageAuthentication?
  /// `accept`, and not `no_accept`: packets to the virtual addresses are accepted by who is not their owner.
  public var accept = true
  /// `strict_mode`, `vrrp_strict`.
  public var strict = false
  /// `skip_check_adv_addr`: the address list of an unchanged sender is not compared.
  public var skipAddressListCheck = false
  /// `v3_checksum_as_v2`: IPv4 version 3 checksums without pseudo-header.
  public var checksumAsV2 = false
  /// `old_unicast_checksum`.
  public var oldUnicastChecksum = OldUnicastChecksum.automatic
  /// `down_timer_adverts`, 1 to 100: how many advertisement intervals may pass.
  public var downTimerAdverts = 3
  /// `lower_prio_no_advert`: a lower priority's advert is not answered.
  public var lowerPriorityNoAdvert = false
  /// `higher_prio_send_advert`: one more advert before giving way.
  public var higherPrioritySendAdvert = true
  /// `owner_ignore_adverts`.
  public var ownerIgnoreAdverts = false
  /// `timer_expired_backup`: the priority whose skew counts. `nil`: off.
  public var timerExpiredBackup: UInt8?
  /// `garp_*`.
  public var gratuitous = GratuitousPolicy()
  /// `kernel_rx_buf_size`, in bytes.
  public var receiveBufferSize: Int?
  /// `use_vmac`.
  public var virtualMAC: VirtualMAC?
  /// The interfaces that `use_vmac` or `use_ipvlan` makes: the one for adverts and addresses first, then those on other
  /// interfaces.
  public var virtualInterfaces: [VirtualInterface] = []
  /// `use_ipvlan`.
  public var ipvlan: IPVLAN?

  /// `notify`, `notify_master` and so on.
  public var notify = NotifyScripts()
  /// `smtp_alert`.
  public var smtpAlert = false
  /// `notify_priority_changes`.
  public var notifyPriorityChanges = false
  /// Where the block begins.
  public var location: SourceLocation

  /// An instance with every default.
  public init(name: String, interface: String, virtualRouterID: UInt8, location: SourceLocation) {
    self.name = name
    self.interface = interface
    self.virtualRouterID = virtualRouterID
    self.location = location
  }

  /// Where it lives, in words.
  var place: String {
    guard let sourceAddress, interface.isEmpty else { return interface }
    return "the interface of \(sourceAddress)"
  }

  /// The interface that an address goes to: the one of `use_vmac` where there is one for it.
  public func device(of entry: AddressEntry) -> String {
    let device = entry.device ?? interface
    return virtualInterfaces.first { $0.base == device }?.name ?? device
  }

  /// Whether this router owns the addresses: priority 255.
  public var isOwner: Bool { priority == 255 }
}

/// `version`.
public enum VRRPVersion: UInt8, Hashable, Sendable, CaseIterable {
  /// RFC 3768.
  case v2 = 2
  /// RFC 9568.
  case v3 = 3
}

/// `state`.
public enum InitialState: Hashable, Sendable {
  /// `MASTER`.
  case master
  /// `BACKUP`.
  case backup
}

/// `old_unicast_checksum [never]`.
public enum OldUnicastChecksum: Hashable, Sendable {
  /// Not given: found out from what peers send.
  case automatic
  /// Always.
  case always
  /// `never`.
  case never
}

/// One line of `unicast_peer`.
public struct UnicastPeer: Hashable, Sendable {
  /// Where adverts go.
  public var address: IPAddress
  /// `min_ttl`, 0 to 255.
  public var minimumTTL: UInt8?
  /// `max_ttl`, 0 to 255.
  public var maximumTTL: UInt8?
  /// Where it stands.
  public var location: SourceLocation
}

/// `authentication {}`.
public enum VRRPAuthentication: Hashable, Sendable {
  /// `auth_type PASS`: exactly 8 bytes, NUL padded.
  case password([UInt8])
  /// `auth_type AH`: exactly 8 bytes, NUL padded.
  case header([UInt8])
}

/// `auth_hmac {}` of keepalived 2.4.2 and later.
public struct VRRPMessageAuthentication: Hashable, Sendable {
  /// What happens to an advert without a code; a wrong one is dropped in every mode.
  public enum Mode: String, Hashable, Sendable, CaseIterable {
    /// Dropped.
    case enforce
    /// Accepted.
    case permissive
    /// Accepted; none is sent.
    case receiveOnly = "receive-only"
  }

  /// `key ID VALUE`: the keys by id, 32 to 64 bytes each; empty where key files are not read.
  public var keys: [UInt8: Secret] = [:]
  /// `active_key`: what is sent with.
  public var activeKey: UInt8 = 0
  /// `mode`.
  public var mode = Mode.enforce
  /// `anti_replay monotonic`, not `time`.
  public var monotonicReplayProtection = false
  /// `time_window`, 1 s to 300 s; not given: 3 x advert_int, but at least 5 s.
  public var timeWindow = Interval.seconds(5)
}

/// `garp_*` of an instance.
public struct GratuitousPolicy: Hashable, Sendable {
  /// `garp_master_delay`: when the second burst follows the first; zero: no second burst.
  public var delay = Interval.seconds(5)
  /// `garp_master_repeat`: how often each address is announced in a burst, from 1.
  public var repeats = 5
  /// `garp_master_refresh`: how often the announcement is repeated while master; zero: never.
  public var refresh = Interval.zero
  /// `garp_master_refresh_repeat`, from 1.
  public var refreshRepeats = 1
  /// `garp_lower_prio_delay`.
  public var lowerPriorityDelay = Interval.seconds(5)
  /// `garp_lower_prio_repeat`; 0: none.
  public var lowerPriorityRepeats = 5
  /// `garp_extra_if`: how often secondary interfaces of a VMAC announce; zero: never.
  public var extraInterfaceInterval = Interval.zero

  /// keepalived's defaults.
  public init() {}
}

/// An interface with a virtual router's own MAC address.
public struct VirtualInterface: Hashable, Sendable {
  /// Its name, unique.
  public var name: String
  /// The interface that it is on.
  public var base: String
  /// What it is.
  public var kind: Kind

  /// What an interface is.
  public enum Kind: Hashable, Sendable {
    /// A macvlan with this MAC address.
    case macvlan(MACAddress)
    /// An ipvlan with the MAC address of the interface that it is on.
    case ipvlan(IPVLAN.Mode)
  }
}

/// `use_ipvlan`.
public struct IPVLAN: Hashable, Sendable {
  /// The interface's name. `nil`: the prefix and the VRID.
  public var name: String?
  /// Whom others on the same interface may reach.
  public var mode = Mode.bridge

  /// How ipvlans on one interface treat each other, as Linux numbers it.
  public enum Mode: UInt16, Hashable, Sendable {
    /// They reach one another.
    case bridge
    /// They do not.
    case `private`
    /// By way of the switch.
    case vepa
  }
}

/// `use_vmac`.
public struct VirtualMAC: Hashable, Sendable {
  /// The interface's name. `nil`: the prefix and the VRID.
  public var name: String?
  /// The address. `nil`: 00:00:5e:00:01:VRID or 00:00:5e:00:02:VRID.
  public var address: MACAddress?
  /// `use_vmac_addr`: also for virtual addresses on other interfaces.
  public var coversOtherInterfaces = false
  /// `vmac_xmit_base`, or unicast: adverts leave from the base interface.
  public var transmitsFromBase = false
}
