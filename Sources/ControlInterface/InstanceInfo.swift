// What vrrpd says about its instances. JSON names are the YANG leaf names of RFC 8347 with `_` for `-`. Intervals are in
// microseconds, points in time in microseconds since the Unix epoch; what does not apply is null.

/// The state of a VRRP instance, in keepalived's words.
public enum InstanceState: String, Codable, Equatable, Sendable, CaseIterable {
  /// Not started yet.
  case `init`
  /// Another router is active, or may be.
  case backup
  /// This router is active and holds the addresses.
  case master
  /// Something the instance needs is broken; it takes no part.
  case fault
}

/// Why there was a new master last (RFC 8347 `new-master-reason-type`, and one of our own).
public enum NewMasterReason: String, Codable, Equatable, Sendable, CaseIterable {
  /// This router is not the master.
  case notMaster = "not_master"
  /// It has the highest priority.
  case priority
  /// It preempted a router of lower priority.
  case preempted
  /// The master was not heard any more.
  case noResponse = "no_response"
  /// BFD saw the master die.
  case bfdTakeover = "bfd_takeover"
}

/// What happened to a VRRP instance last (RFC 8347 `vrrp-event-type`, and some of our own).
public enum InstanceEventType: String, Codable, Equatable, Sendable, CaseIterable {
  /// Nothing yet.
  case none
  /// The instance started.
  case startup
  /// The instance is being stopped.
  case shutdown
  /// A router of higher priority was heard.
  case higherPriorityBackup = "higher_priority_backup"
  /// The master was not heard for the master-down interval.
  case masterTimeout = "master_timeout"
  /// The master announced that it leaves (priority 0).
  case masterLeft = "master_left"
  /// The interface came up.
  case interfaceUp = "interface_up"
  /// The interface went down.
  case interfaceDown = "interface_down"
  /// The interface lost the address advertisements are sent from.
  case noPrimaryIPAddress = "no_primary_ip_address"
  /// The interface has the address advertisements are sent from.
  case primaryIPAddress = "primary_ip_address"
  /// The preempt delay ran out.
  case preemptHoldTimeout = "preempt_hold_timeout"
  /// A router of lower priority was heard as master, and preempted.
  case lowerPriorityMaster = "lower_priority_master"
  /// The owner of the addresses took them back.
  case ownerPreempt = "owner_preempt"
  /// BFD saw the master die.
  case bfdTakeover = "bfd_takeover"
  /// A tracked object changed.
  case trackedChange = "tracked_change"
  /// Another member of the sync group changed.
  case syncGroup = "sync_group"
  /// A changed configuration.
  case configuration
  /// An operator's command.
  case operatorCommand = "operator"
}

/// A virtual address of an instance.
public struct VirtualAddress: Codable, Hashable, Sendable {
  /// The address.
  public var address: String
  /// The prefix length it is added with.
  public var prefixLength: Int
  /// The interface it is added to.
  public var interface: String?
  /// The IPv4 label.
  public var label: String?

  /// A virtual address.
  public init(address: String, prefixLength: Int, interface: String?, label: String? = nil) {
    self.address = address
    self.prefixLength = prefixLength
    self.interface = interface
    self.label = label
  }

  enum CodingKeys: String, CodingKey {
    case address
    case prefixLength = "prefix_length"
    case interface, label
  }
}

/// What kind of thing an instance tracks.
public enum TrackedKind: String, Codable, Equatable, Sendable, CaseIterable {
  /// `track_interface`, and the instance's own interface.
  case interface
  /// `track_script`.
  case script
  /// `track_file`.
  case file
  /// `track_process`.
  case process
  /// `track_bfd`.
  case bfd
  /// `track_group`: its static addresses, routes and rules.
  case group
}

/// The state of a thing an instance tracks.
public enum TrackedState: String, Codable, Equatable, Sendable, CaseIterable {
  /// It is well.
  case up
  /// It is not.
  case down
  /// Nothing is known yet.
  case unknown
  /// Last known up, but its source (bfdd) cannot be reached now.
  case staleUp = "stale_up"
  /// Last known down, but its source (bfdd) cannot be reached now.
  case staleDown = "stale_down"
}

/// A thing an instance tracks.
public struct TrackedObject: Codable, Equatable, Sendable {
  /// What kind of thing it is.
  public var kind: TrackedKind
  /// Its name.
  public var name: String
  /// Its state.
  public var state: TrackedState
  /// How much it adds to or takes from the priority; 0 means that the instance goes to fault while it is down.
  public var weight: Int

  /// A tracked thing.
  public init(kind: TrackedKind, name: String, state: TrackedState, weight: Int) {
    self.kind = kind
    self.name = name
    self.state = state
    self.weight = weight
  }
}

/// An advertisement that was refused, or had other addresses than the instance.
public struct AdvertisementTroubleInfo: Codable, Equatable, Sendable {
  /// Its sender.
  public var source: String
  /// The counter of the reason, as in `drops`; `address_list_errors` where it was accepted all the same.
  public var reason: String
  /// How long ago it arrived.
  public var age: Int

  /// An advertisement from `source`.
  public init(source: String, reason: String, age: Int) {
    self.source = source
    self.reason = reason
    self.age = age
  }
}

/// One VRRP instance.
public struct InstanceInfo: Codable, Equatable, Sendable {
  /// The name of the `vrrp_instance`.
  public var name: String
  /// The interface it runs on.
  public var interface: String
  /// The virtual router id.
  public var vrid: Int
  /// The protocol version: 2 or 3.
  public var version: Int
  /// "ipv4" or "ipv6".
  public var addressFamily: String
  /// The state.
  public var state = InstanceState.`init`
  /// The configured priority.
  public var priority = 100
  /// The priority with all that is tracked counted in.
  public var effectivePriority = 100
  /// Whether it takes over from a master of lower priority.
  public var preempt = true
  /// The interval between this router's advertisements.
  public var advertiseInterval = 1_000_000
  /// After this much silence of the master a backup takes over; null while it is not known.
  public var masterDownInterval: Int?
  /// The part of it that depends on the priority.
  public var skewTime: Int?
  /// The active router's address: the source of the last advertisement, or the own address of a master.
  public var masterAddress: String?
  /// The priority the active router advertises.
  public var masterPriority: Int?
  /// The virtual addresses.
  public var virtualAddresses: [VirtualAddress] = []
  /// What happened last.
  public var lastEvent = InstanceEventType.none
  /// Why this router became master last.
  public var newMasterReason = NewMasterReason.notMaster
  /// When the instance left the init state; null while it is in it.
  public var upDatetime: Int?
  /// When the state changed last; null if it never did.
  public var lastTransition: Int?
  /// How long ago the last advertisement of the master was accepted; null for a master, and where none was.
  public var lastReceivedAge: Int?
  /// How long `preempt_delay` still keeps it from preempting the master; null where it does not run.
  public var preemptDelayRemaining: Int?
  /// How much longer than `masterDownInterval` a backup waits for its master, because that fell silent before although it
  /// was alive; null where it does not.
  public var patience: Int?
  /// What was wrong with an advertisement last; null where nothing was.
  public var trouble: AdvertisementTroubleInfo?
  /// Whether it handed over on request, and does not preempt before it has been master again.
  public var yielding = false
  /// The sync group it is in.
  public var syncGroup: String?
  /// Why it is in fault, in words.
  public var faultReasons: [String] = []
  /// What it tracks.
  public var tracked: [TrackedObject] = []
  /// What was counted.
  public var statistics = InstanceStatistics()

  /// An instance in state init of which nothing else is known. `addressFamily` is "ipv4" or "ipv6".
  public init(name: String, interface: String, vrid: Int, version: Int, addressFamily: String) {
    self.name = name
    self.interface = interface
    self.vrid = vrid
    self.version = version
    self.addressFamily = addressFamily
  }

  enum CodingKeys: String, CodingKey {
    case name, interface, vrid, version
    case addressFamily = "address_family"
    case state, priority
    case effectivePriority = "effective_priority"
    case preempt
    case advertiseInterval = "advertise_interval"
    case masterDownInterval = "master_down_interval"
    case skewTime = "skew_time"
    case masterAddress = "master_address"
    case masterPriority = "master_priority"
    case virtualAddresses = "virtual_addresses"
    case lastEvent = "last_event"
    case newMasterReason = "new_master_reason"
    case upDatetime = "up_datetime"
    case lastTransition = "last_transition"
    case lastReceivedAge = "last_received_age"
    case preemptDelayRemaining = "preempt_delay_remaining"
    case patience, trouble, yielding
    case syncGroup = "sync_group"
    case faultReasons = "fault_reasons"
    case tracked, statistics
  }
}
