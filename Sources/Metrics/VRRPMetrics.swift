import ControlInterface

/// vrrpd's metrics.
enum VRRPMetrics {
  /// Of vrrpd as a whole.
  static let daemon: [Column<VRRPInfo>] = [
    Column(name: "vrrp_instances", kind: .gauge, help: "VRRP instances by state.") {
      [
        Sample(labels: [("state", "master")], value: .integer($0.numberOfInstancesMaster)),
        Sample(labels: [("state", "backup")], value: .integer($0.numberOfInstancesBackup)),
        Sample(labels: [("state", "fault")], value: .integer($0.numberOfInstancesFault)),
      ]
    },
    .flag("vrrp_maintenance", "Whether an operator took this router out of service.") { $0.maintenance },
    .flag(
      "vrrp_bfd_stale",
      "Whether bfdd cannot be reached and its last known states are held; no sample where no session is tracked."
    ) { $0.bfd == .unused ? nil : $0.bfd == .stale },
    .counters(
      "vrrp_dropped_total", by: "reason",
      "What was dropped and belongs to no instance, by reason: packets, and lines for notify_fifo."
    ) { $0.drops },
  ]

  /// Of one instance.
  static let instance: [Column<InstanceInfo>] = [
    .gauge("vrrp_instance_state", "State of the instance: 0 init, 1 backup, 2 master, 3 fault, as in keepalived.") {
      $0.state.code
    },
    Column(
      name: "vrrp_virtual_address_active", kind: .gauge,
      help: "Whether this router is master for the address. Over all routers the sum is 1."
    ) { instance in
      instance.virtualAddresses.map {
        Sample(labels: [("address", $0.address)], value: .integer(instance.state == .master ? 1 : 0))
      }
    },
    .gauge("vrrp_instance_priority", "Configured priority.") { $0.priority },
    .gauge("vrrp_instance_effective_priority", "Priority with all that is tracked counted in.") {
      $0.effectivePriority
    },
    .gauge("vrrp_instance_master_priority", "Priority that the active router advertises.") { $0.masterPriority },
    .counter("vrrp_instance_transitions_total", "Changes of state.") { $0.statistics.stateTransitions },
    .counter("vrrp_instance_master_transitions_total", "How often the instance became master.") {
      $0.statistics.masterTransitions
    },
    .counter("vrrp_instance_master_releases_total", "How often it gave that up.") { $0.statistics.masterReleases },
    .seconds("vrrp_instance_last_transition_time_seconds", "When the state changed last, since the Unix epoch.") {
      $0.lastTransition
    },
    .counter("vrrp_instance_advertisements_received_total", "Advertisements accepted.") {
      $0.statistics.advertisementRcvd
    },
    .counter("vrrp_instance_advertisements_sent_total", "Advertisements sent.") { $0.statistics.advertisementSent },
    .counter("vrrp_instance_send_failures_total", "Advertisements the kernel did not take.") {
      $0.statistics.sendFailed
    },
    .counters(
      "vrrp_instance_packets_dropped_total", by: "reason", "Packets of the instance that were not accepted, by reason."
    ) { $0.statistics.drops },
    .counter("vrrp_instance_address_list_errors_total", "Advertisements whose addresses are not the configured ones.") {
      $0.statistics.addressListErrors
    },
    .counter("vrrp_instance_priority_zero_received_total", "Advertisements accepted by which a master gave up.") {
      $0.statistics.priorityZeroPktsRcvd
    },
    .counter("vrrp_instance_priority_zero_sent_total", "Advertisements sent to give up being master.") {
      $0.statistics.priorityZeroPktsSent
    },
    .counter(
      "vrrp_instance_dual_master_episodes_total", "How often another router was heard as master while this one was."
    ) { $0.statistics.dualMasterEpisodes },
    .counter("vrrp_instance_bfd_takeovers_total", "Takeovers because BFD saw the master die.") {
      $0.statistics.takeovers
    },
    .counter("vrrp_instance_false_bfd_takeovers_total", "Those after which the old master turned out to be alive.") {
      $0.statistics.falseTakeovers
    },
    .counter("vrrp_instance_announcements_sent_total", "Gratuitous ARP and unsolicited neighbour advertisements sent.")
    {
      $0.statistics.gratuitousSent
    },
    .seconds("vrrp_instance_advertisement_interval_seconds", "Interval between this router's advertisements.") {
      $0.advertiseInterval
    },
    .seconds("vrrp_instance_master_down_interval_seconds", "After this much silence of the master a backup takes over.")
    {
      $0.masterDownInterval
    },
    .seconds("vrrp_instance_last_received_age_seconds", "How long ago the master's last advertisement was accepted.") {
      $0.lastReceivedAge
    },
    .seconds("vrrp_instance_advertisement_lateness_max_seconds", "The worst lateness of an advertisement of ours.") {
      $0.statistics.lateness.max
    },
    Column(
      name: "vrrp_tracked_up", kind: .gauge,
      help: "Whether a tracked object is well, as far as known; no sample while it is not known."
    ) { instance in tracked(instance) { $0.isUp } },
    Column(
      name: "vrrp_tracked_stale", kind: .gauge,
      help: "Whether the state of a tracked BFD session is only the last known one, for bfdd cannot be reached."
    ) { instance in
      tracked(instance) { $0.kind == .bfd ? $0.state == .staleUp || $0.state == .staleDown : nil }
    },
  ]

  private static func tracked(_ instance: InstanceInfo, _ value: (TrackedObject) -> Bool?) -> [Sample] {
    instance.tracked.compactMap { object in
      value(object).map {
        Sample(labels: [("kind", object.kind.rawValue), ("object", object.name)], value: .integer($0 ? 1 : 0))
      }
    }
  }

  static func labels(_ instance: InstanceInfo) -> [(name: String, value: String)] {
    [
      ("name", instance.name), ("interface", instance.interface), ("vrid", "\(instance.vrid)"),
      ("family", instance.addressFamily),
    ]
  }
}

extension InstanceState {
  /// keepalived's number of the state.
  var code: Int {
    switch self {
    case .`init`: 0
    case .backup: 1
    case .master: 2
    case .fault: 3
    }
  }
}

extension TrackedObject {
  /// Whether it is well; `nil` while that is not known.
  var isUp: Bool? {
    switch state {
    case .up, .staleUp: true
    case .down, .staleDown: false
    case .unknown: nil
    }
  }
}
